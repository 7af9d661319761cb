/** Every loop of the JSON reader, with its work counted: four times the input must not take more than about four times the work. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { JsonReader } from '$lib/json/reader';
import { KnownValues } from '$lib/json/known-values';
import { JsonWalk, fields, type Shape } from '$lib/json/walk';
import type { Source } from '$lib/bytes/source';
import { countLooks } from '../support/count-looks';

const SHORT = 2 << 10;
const LONG = 4 * SHORT;

afterEach(() => vi.restoreAllMocks());

/** A text repeated to about so many bytes. */
const repeat = (text: string, length: number) => text.repeat(Math.ceil(length / text.length));

/** The work of walking a text in pieces of a size, and how often each diagnostic came. */
async function walk(text: string, size: number, most = Infinity) {
  const bytes = new TextEncoder().encode(text);
  const source = {
    name: 'test.json',
    fault: null,
    async *chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
    },
  } as unknown as Source;
  const counts: Record<string, number> = {};
  let values = 0;
  const walk = new JsonWalk(source, {
    warn: (code, _, count = 1) => (counts[code] = (counts[code] ?? 0) + count),
  });
  const known = new KnownValues((part) => part.value());
  const root: Shape = {
    fields: fields({
      list: {
        elements: {
          read(json) {
            json.value();
            values++;
          },
        },
      },
      known: { read: (json) => void known.read(json) },
      raw: { read: (json) => void json.raw() },
      picky: {
        elements: {
          read(json) {
            throw json.error('not what the format says');
          },
        },
      },
    }),
  };
  root.elements = root;
  const looks = countLooks(walk.json, most);
  await walk.run(root);
  vi.restoreAllMocks();
  return { looks: looks(), counts, values };
}

const SHAPES: Record<string, (length: number) => string> = {
  'many short records': (n) => `{"list":[${repeat('{"a":1},', n)}1]}`,
  'many lines': (n) => repeat('{"list":[{"a":"b"},2]}\n', n),
  'one long string': (n) => `{"list":["${repeat('x', n)}"]}`,
  'one string full of escapes': (n) => `{"list":["${repeat('\\u00e9\\n', n)}"]}`,
  'one string full of what is replaced': (n) => `{"list":["${repeat('\\ud800\\\\', n)}"]}`,
  'one long key': (n) => `{"list":[{"${repeat('k', n)}":1}]}`,
  'many different keys': (n) =>
    `{"list":[{${Array.from({ length: n / 24 }, (_, i) => `"key-${i + 100000}":"${i + 100000}"`).join()}}]}`,
  'one long number': (n) => `{"list":[${repeat('1', n)}]}`,
  'one long record': (n) => `{"list":[[${repeat('{"a":[1]},', n)}1]]}`,
  'one record deep inside itself': (n) => `{"list":[${'['.repeat(n / 2)}${']'.repeat(n / 2)}]}`,
  'a long value that is skipped': (n) => `{"other":[${repeat('{"a":["b\\n"]},', n)}1],"list":[1]}`,
  'skipped brackets on lines of their own': (n) => `{"other":[${repeat('\n[\n],', n)}1]}`,
  'skipped brackets between blank lines': (n) => `{"other":[${repeat('[],\n\n\n\n\n', n)}1]}`,
  'a long string that is skipped': (n) => `{"other":"${repeat('x\\n', n)}"}`,
  'a long word that is skipped': (n) => `{"other":${repeat('1', n)}}`,
  'white space inside': (n) => `{"list":[${repeat(' \n', n)}1]}`,
  'white space between values': (n) => `{"list":[1]}${repeat(' \n', n)}{"list":[1]}`,
  'NUL bytes': (n) => `{"list":[1]}\n${repeat('\0', n)}{"list":[1]}`,
  'NUL bytes before each line': (n) => repeat('\0\0\0{"list":[1]}\n', n),
  'NUL bytes inside a value': (n) => `{"list":[1,${repeat('\0', n)}2]}`,
  'lines with a container’s name': (n) => repeat('collector-1  | {"list":[1]}\n', n),
  'lines that might have a container’s name': (n) => repeat('collector-1   collector-1 \n', n),
  'a line that is all container’s name': (n) => repeat('collector-1 ', n),
  'lines of something else': (n) => repeat('2024-01-01 INFO started\n', n),
  'one line of something else': (n) => `${repeat('started ', n)}\n{"list":[1]}`,
  'words on one line': (n) => repeat('5 ', n),
  'strings by themselves': (n) => repeat('"x"\n', n),
  'a word and white space': (n) => `5${repeat(' ', n)}\n{"list":[1]}`,
  'sources that repeat': (n) => repeat('{"known":{"a":[1,2,3]}}\n', n),
  'sources that end differently': (n) =>
    Array.from({ length: n / 100 }, (_, i) => `{"known":{"${'x'.repeat(80)}":${i + 1000}}}\n`).join(
      '',
    ),
  'a long source text': (n) => `{"raw":[${repeat('1,', n)}1]}`,
  'records that the format refuses': (n) => `{"picky":[${repeat('{"a":[1]},', n)}1]}`,
  'one long record that the format refuses': (n) => `{"picky":[[${repeat('1,', n)}1]]}`,
  'broken records on one line': (n) => `{"list":[${repeat('x,', n)}1]}`,
  'broken records on lines of their own': (n) => `{"list":[${repeat('\n{"a" 1},', n)}1]}`,
  'a broken record that goes on': (n) => `{"list":[x${repeat(' {"a":1}', n)},1]}`,
  'broken lines': (n) => repeat('{"list":[1 2]}\n', n),
  'lines cut inside a value': (n) => repeat('{"list":[{"a":\n', n),
  'lines cut inside a value that is skipped': (n) => repeat('{"other":\n', n),
  'lines cut inside a string': (n) => repeat('{"list":["a\n', n),
  'arrays on lines of their own that never end': (n) => repeat('[\n', n),
  'arrays in a list that never end': (n) => `{"list":[${repeat('[\n', n)}`,
  'lines that end what nothing began': (n) => repeat(']}\n', n),
  'records whose end is never found': (n) => repeat('{"list":[1,\n2,\nx [[[[\n', n),
  'records that swallow the lines after them': (n) => repeat('{"list":[1,\n{"a":[\n', n),
};

describe.each(Object.entries(SHAPES))('%s', (_, text) => {
  test.each([1, 2 * LONG])(
    'takes work in proportion to its length, in pieces of %i',
    async (size) => {
      const short = await walk(text(SHORT), size, 100 * SHORT);
      // Counting stops the walk at five times the work; quadratic work would be sixteen times.
      const long = await walk(text(LONG), size, 5 * short.looks);
      expect(long.looks).toBeGreaterThan(LONG);
    },
  );
});

test('the counter stops work that grows too fast', () => {
  const look = (length: number, most: number) => {
    const json = new JsonReader();
    const looks = countLooks(json, most);
    json.reset(repeat('[1]\n', length));
    for (let at = 0; at < length; at += 64) {
      json.lineOf(0);
      json.lineOf(at);
    }
    vi.restoreAllMocks();
    return looks();
  };
  const short = look(SHORT, Infinity);
  expect(() => look(LONG, 5 * short)).toThrow('looks');
});

test('lines that swallow the good ones after them cost only the first of those', async () => {
  const good = 100;
  const { values, counts } = await walk(
    '{"list":[{"a":\n'.repeat(300) + '{"list":[5]}\n'.repeat(good),
    LONG,
  );
  expect(values).toBeGreaterThanOrEqual(good - 3);
  expect(counts['broken-line']).toBeGreaterThan(1);
});
