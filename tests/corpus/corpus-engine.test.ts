/** Real files, where they are there: each opens as a dataset with the figures of the corpus's index. */
import { existsSync, openAsBlob, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bootOne, type OneDataset } from '../support/one-dataset';
import { CORPUS } from '../support/paths';
import { Input } from '$lib/bytes/input';

const INDEX = join(CORPUS, 'INDEX.tsv');
const TAKEN = ['otlp-json', 'otlp-jsonl', 'jaeger', 'zipkin-v2'];

/** Where a dataset differs from the index, and why. */
const DIFFERENT: Record<string, { spans: number; why: string }> = {
  'zipkin-v2/opencensus-service--opencensus-sample1.json': {
    spans: 1,
    why: 'nine copies of one span, equal in everything: the same span counts once',
  },
};

const rows = existsSync(INDEX)
  ? readFileSync(INDEX, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
  : [];

describe.skipIf(rows.length === 0)('the corpus', () => {
  let engine: OneDataset;
  const open = async (path: string) => {
    const file = new Input(basename(path), await openAsBlob(join(CORPUS, path)));
    const { signal } = new AbortController();
    return engine.open([file], { signal, onProgress: () => {} });
  };

  beforeAll(async () => {
    engine = await bootOne();
  });

  test.each(rows.filter(([, format]) => TAKEN.includes(format)))(
    '%s',
    async (path, _format, _bytes, spans, traces, services) => {
      expect(await open(path)).toMatchObject({
        spans: DIFFERENT[path]?.spans ?? Number(spans),
        traces: Number(traces),
        services: Number(services),
      });
    },
  );

  test.each(rows.filter(([, format]) => ![...TAKEN, 'chrome-trace', 'bad'].includes(format)))(
    '%s is refused with a reason',
    async (path) => {
      await expect(open(path)).rejects.toMatchObject({
        code: expect.stringMatching(/^(unknown-format|not-a-dataset|no-spans)$/),
        message: expect.stringContaining(basename(path)),
      });
    },
  );
});
