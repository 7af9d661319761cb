/** Every file is asked of every reader: exactly one says yes, or none where the file is refused. */
import { existsSync, openAsBlob, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { FORMATS } from '$lib/formats/registry';
import { CORPUS, FIXTURES } from '../support/paths';

/** The reader of a folder of the corpus; files of all others are refused. */
const READERS: Record<string, string> = {
  'otlp-json': 'otlp-json',
  'otlp-jsonl': 'otlp-json',
  'otlp-proto': 'otlp-proto',
  // Read for their spans: the logs are counted and skipped.
  'otlp-logs': 'otlp-json',
  jaeger: 'jaeger-json',
  'zipkin-v2': 'zipkin-v2',
  'zipkin-v1': 'zipkin-v1',
  'jaeger-model': 'jaeger-model',
  'jaeger-thrift-json': 'jaeger-model',
  'jaeger-es': 'jaeger-es',
  'otel-go-stdout': 'otel-go-stdout',
  'otel-python': 'otel-python',
  'otel-js-jsonl': 'otel-js',
  datadog: 'datadog',
  xray: 'xray',
  langfuse: 'langfuse',
  langsmith: 'langsmith',
  signoz: 'signoz',
  'openai-agents': 'openai-agents',
  'ai-sdk-devtools': 'ai-sdk-devtools',
  'chrome-trace': 'chrome-trace',
  'claude-code': 'claude-code',
  codex: 'codex',
  'pi-session': 'pi-session',
  'agent-trajectory': 'agent-trajectory',
  'inspect-json': 'inspect-json',
  parquet: 'parquet',
  sqlite: 'sqlite',
  csv: 'csv',
  'flat-json': 'flat-json',
  'flat-jsonl': 'flat-json',
};

/** Files that their folder does not tell. */
const FILES: Record<string, string | null> = {
  // Rows without span ids: a person says what they are.
  'flat-jsonl/agora--ecommerce_demo_traces.jsonl': null,
  'signoz/signoz--traces_data.jsonl': 'flat-json',
  // Rows without ids or times.
  'signoz/signoz--otel-demo-traces-golden.jsonl': null,
};

/** Files of `bad` that are still of a format, only broken. */
const BAD: Record<string, string> = {
  'jaeger--trace_invalid_json.json': 'jaeger-json',
  'otlp2parquet--invalid-malformed.json': 'otlp-json',
  'otlp2parquet--metrics_mixed.json': 'otlp-json',
  'otlp2parquet--trace_invalid_base64.json': 'otlp-json',
  'otlp2parquet--trace_mixed_encoding.json': 'otlp-json',
  'speedscope--te-not-enough-end-events.json': 'chrome-trace',
  'speedscope--te-out-of-order-unbalanced-name.json': 'chrome-trace',
  'speedscope--te-simple-partial-trailing-comma.json': 'chrome-trace',
  'speedscope--te-simple-partial.json': 'chrome-trace',
  'speedscope--te-unbalanced-args.json': 'chrome-trace',
};

/** Fixtures of `bad` that are of a format; the others are refused. */
const BAD_FIXTURES: Record<string, string> = {
  'broken-lines.jsonl': 'otlp-json',
  'deep.json': 'otlp-json',
  'metrics-only.json': 'otlp-json',
  'no-spans.json': 'otlp-json',
  'odd-spans.json': 'otlp-json',
  'script.json': 'otlp-json',
  'truncated.json': 'otlp-json',
  'truncated.json.gz': 'otlp-json',
};

/** What the files of `packed` hold, whatever they are packed in. */
const PACKED_FIXTURE = 'zipkin-v2';

async function claims(path: string): Promise<string[]> {
  const head = await new Source(new Input(path, await openAsBlob(path))).head();
  return FORMATS.filter((format) => format.sniff(head)).map(({ id }) => id);
}

const fixtures = readdirSync(FIXTURES).flatMap((folder) =>
  readdirSync(join(FIXTURES, folder)).map((name) => [folder, name]),
);

test.each(fixtures)('fixture %s/%s', async (folder, name) => {
  const reader =
    folder === 'bad' ? BAD_FIXTURES[name] : folder === 'packed' ? PACKED_FIXTURE : folder;
  expect(await claims(join(FIXTURES, folder, name))).toEqual(reader ? [reader] : []);
});

const INDEX = join(CORPUS, 'INDEX.tsv');
const rows = existsSync(INDEX)
  ? readFileSync(INDEX, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
  : [];

describe.skipIf(rows.length === 0)('the corpus', () => {
  test.each(rows)('%s', async (path, folder) => {
    const name = path.slice(path.indexOf('/') + 1);
    const reader =
      folder === 'bad'
        ? (BAD[name] ?? (name.startsWith('speedscope--te-') ? 'chrome-trace' : undefined))
        : path in FILES
          ? FILES[path]
          : READERS[folder];
    expect(await claims(join(CORPUS, path))).toEqual(reader ? [reader] : []);
  });
});
