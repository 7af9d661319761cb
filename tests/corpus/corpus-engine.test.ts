/** Real files, where they are there: each opens as a dataset with the figures of the corpus's index. */
import { existsSync, openAsBlob, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bootOne, type OneDataset } from '../support/one-dataset';
import { CORPUS } from '../support/paths';
import { Input } from '$lib/bytes/input';

const INDEX = join(CORPUS, 'INDEX.tsv');
const TAKEN = [
  ...['otlp-json', 'otlp-jsonl', 'otlp-proto', 'parquet', 'csv', 'flat-json', 'datadog', 'xray'],
  ...['jaeger', 'jaeger-model', 'jaeger-es', 'jaeger-thrift-json', 'zipkin-v1', 'zipkin-v2'],
  ...['otel-go-stdout', 'otel-python'],
  ...['langfuse', 'langsmith', 'openai-agents', 'ai-sdk-devtools'],
];

/** Files of folders that are not taken as a whole. */
const TAKEN_FILES = [
  'flat-jsonl/lquerel-oltp-arrow--2_traces.json',
  'signoz/signoz--traces_data.jsonl',
  'signoz/robotframework-trace-report--signoz_response_spans.json',
  'sqlite/agent-replay--traces.db',
];

/** What has tests of its own beside this one, or is broken. */
const ELSEWHERE = [
  ...['chrome-trace', 'bad'],
  ...['claude-code', 'codex', 'pi-session', 'agent-trajectory', 'inspect-json', 'inspect-eval'],
];

/** Where a dataset differs from the index, and why. */
const DIFFERENT: Record<string, { spans: number; services?: number; why: string }> = {
  'flat-jsonl/lquerel-oltp-arrow--2_traces.json': {
    spans: 35,
    services: 0,
    why: 'the index takes services from attributes that do not say so',
  },
  'sqlite/agent-replay--traces.db': {
    spans: 42,
    services: 5,
    why: 'the index counts no services; here they are the agents',
  },
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

  const isTaken = ([path, format]: string[]) =>
    TAKEN.includes(format) || TAKEN_FILES.includes(path);

  test.each(rows.filter(isTaken))('%s', async (path, format, _bytes, spans, traces, services) => {
    expect(await open(path)).toMatchObject({
      spans: DIFFERENT[path]?.spans ?? Number(spans),
      traces: traces === '?' ? 1 : Number(traces),
      // The index does not count them everywhere.
      // Of Langfuse it counts types of observations.
      services:
        DIFFERENT[path]?.services ??
        (format === 'langfuse' ? 1 : services === '-' ? 0 : Number(services)),
    });
  });

  test.each(rows.filter((row) => !isTaken(row) && !ELSEWHERE.includes(row[1])))(
    '%s is refused with a reason',
    async (path) => {
      await expect(open(path)).rejects.toMatchObject({
        code: expect.stringMatching(/^(unknown-format|needs-mapping|no-spans)$/),
        message: expect.stringContaining(basename(path)),
      });
    },
  );
});
