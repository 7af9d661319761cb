/** The work of reading a file, and of all that follows it, grows with the file: twice the input, at most about twice the work. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import { detect } from '$lib/engine/open/detect';
import { FIXTURES } from '../support/paths';
import { countWork } from '../support/work';

/** Copies of a file in the smaller input; the larger one has twice as many. */
const COPIES = 14;

/** n log n, and what is rounded up to whole pieces. */
const MAX_GROWTH = 2.3;

/** A file that cannot be repeated as text. */
const NOT_TEXT = /\.(gz|zst|parquet|duckdb|db|pb)$/;

/** Copies of a file's text as one larger file; ids differ between copies unless `same`. */
function repeated(text: string, copies: number, same: boolean): string {
  const copy = (i: number) =>
    same
      ? text
      : text.replace(/[0-9a-f]{8,}/g, (id) =>
          /[a-f]/.test(id) ? id.slice(0, -5) + i.toString(16).padStart(5, '0') : id,
        );
  const parts = Array.from({ length: copies }, (_, i) => copy(i).trim());
  // The elements of an array follow each other in one array; whatever else it is, values follow each other.
  if (text.trimStart().startsWith('[') && text.trimEnd().endsWith(']'))
    return `[${parts.map((part) => part.slice(1, -1)).join()}]`;
  return parts.join('\n');
}

/** A header line and its rows, the rows again and again. */
function repeatedRows(text: string, copies: number): string {
  const [header, ...rows] = text.trimEnd().split('\n');
  return [header, ...Array.from({ length: copies }, () => rows).flat()].join('\n');
}

async function read(text: string): Promise<number> {
  const source = new Source(new Input('input', new Blob([text])), {});
  const detected = await detect(source);
  if (detected.kind !== 'format') throw new Error('not recognised');
  const writer = new DatasetWriter(() => undefined);
  await detected.format.read(source, writer);
  writer.finish();
  return writer.read;
}

const files = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.includes('/') && !name.startsWith('bad/') && !NOT_TEXT.test(name))
  .sort();

describe.each([
  ['copies', false],
  ['copies with the same ids', true],
])('%s', (_, same) => {
  test.each(files)('%s', async (name) => {
    const text = readFileSync(`${FIXTURES}${name}`, 'utf8');
    const make = (copies: number) =>
      name.startsWith('csv/') ? repeatedRows(text, copies) : repeated(text, copies, same);
    const works: number[] = [];
    const spans: number[] = [];
    // The first run does what is done once, some of it only for files of that size.
    for (const copies of [2 * COPIES, COPIES, 2 * COPIES]) {
      const input = make(copies);
      works.push(
        await countWork(async () => {
          spans.push(await read(input));
        }),
      );
    }
    expect(spans[2]).toBeGreaterThanOrEqual(spans[1]);
    expect(works[2] / works[1]).toBeLessThan(MAX_GROWTH);
  });
});
