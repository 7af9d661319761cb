/** A file in which every attribute has a key of its own takes no more memory than one whose keys repeat. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Input } from '$lib/bytes/input';
import { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import { MAX_KEYS } from '$lib/dataset/write/attribute-index';
import { ingest } from '$lib/engine/open/ingest';

const SPANS = 10_000;
const PER_SPAN = 10;

/** OTLP JSON with ten attributes a span, and so many different keys of 26 characters. */
function fileOf(keys: number): Input {
  const parts: string[] = [];
  for (let i = 0; i < SPANS; i++) {
    const attributes = Array.from({ length: PER_SPAN }, (_, k) => {
      const key = `written.as.a.key.${String((i * PER_SPAN + k) % keys).padStart(9, '0')}`;
      return `{"key":"${key}","value":{"stringValue":"${k}"}}`;
    });
    const id = String(i + 1).padStart(16, '0');
    parts.push(
      `{"traceId":"${id}${id}","spanId":"${id}","name":"op","startTimeUnixNano":"1700000000000000000",`,
      `"endTimeUnixNano":"1700000000000000001","attributes":[${attributes.join()}]}${i + 1 < SPANS ? ',' : ''}`,
    );
  }
  return Input.ofText(
    'keys.json',
    `{"resourceSpans":[{"scopeSpans":[{"spans":[${parts.join('')}]}]}]}`,
  );
}

/** Bytes that a writer holds on to once it has read the file, and how many uses of keys its index left out. */
async function held(keys: number) {
  const collect = runInNewContext('gc') as () => void;
  const file = fileOf(keys);
  collect();
  const before = process.memoryUsage().heapUsed;
  const writer = new DatasetWriter(() => {});
  await ingest([file], writer, {});
  const { diagnostics } = writer.finish();
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  expect(writer.spans).toBe(SPANS);
  return { bytes, leftOut: diagnostics.find((d) => d.code === 'unindexed-key')?.count ?? 0 };
}

test('keys beyond those that the index knows are not held', async () => {
  setFlagsFromString('--expose-gc');
  await held(MAX_KEYS);
  const some = await held(MAX_KEYS);
  const all = await held(SPANS * PER_SPAN);
  expect(some.leftOut).toBe(0);
  expect(all.leftOut).toBe(SPANS * PER_SPAN - MAX_KEYS);
  // Their 80,000 texts and entries would take 20 MB.
  expect(all.bytes - some.bytes).toBeLessThan(2e6);
});
