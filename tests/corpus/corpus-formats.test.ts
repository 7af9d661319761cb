import { join } from 'node:path';
import { openAsBlob, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DiagnosticCode } from '$lib/model/diagnostics';
import type { ErrorCode } from '$lib/model/errors';
import { countsOf, readFormat } from '../support/read-format';
import { CORPUS, HAS_CORPUS } from '../support/paths';

/** The format that takes a folder. */
const FORMAT_OF: Record<string, string> = {
  'otlp-json': 'otlp-json',
  'otlp-jsonl': 'otlp-json',
  'otlp-proto': 'otlp-proto',
  jaeger: 'jaeger-json',
  'zipkin-v2': 'zipkin-v2',
  'otlp-logs': 'otlp-json',
  parquet: 'parquet',
  sqlite: 'sqlite',
  csv: 'csv',
  'flat-json': 'flat-json',
  'flat-jsonl': 'flat-json',
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
};

const SESSIONS = new Set([
  'claude-code',
  'codex',
  'pi-session',
  'agent-trajectory',
  'inspect-json',
]);

interface Difference {
  format: string | null;
  /** The error that it is refused with. */
  refused?: ErrorCode;
  counts?: [spans: number, traces: number, services: number];
  diagnostics?: Partial<Record<DiagnosticCode, number>>;
  /** Why it is not what the index says. */
  reason: string;
}

const DIFFERENT: Record<string, Difference> = {
  'bad/jaeger--trace_invalid_json.json': {
    format: 'jaeger-json',
    counts: [1, 1, 0],
    reason: 'a span whose duration is a word has none, and no process; it is the only one',
  },
  'bad/jaeger--trace_wrong_format.json': {
    format: null,
    reason: 'a span by itself is nothing that Jaeger writes',
  },
  'bad/otlp2parquet--invalid-malformed.json': {
    format: 'otlp-json',
    counts: [0, 0, 0],
    diagnostics: { truncated: 1 },
    reason: 'logs that end in a comment: OTLP, but without spans',
  },
  'bad/otlp2parquet--metrics_mixed.json': {
    format: 'otlp-json',
    counts: [0, 0, 0],
    diagnostics: { 'skipped-signal': 3 },
    reason: 'OTLP, but only metrics',
  },
  'bad/otlp2parquet--trace_invalid_base64.json': {
    format: 'otlp-json',
    counts: [1, 1, 1],
    diagnostics: { 'invalid-id': 2 },
    reason: 'as the index says, with ids kept as they are',
  },
  'bad/otlp2parquet--trace_mixed_encoding.json': {
    format: 'otlp-json',
    counts: [1, 1, 1],
    diagnostics: { 'invalid-id': 2 },
    reason: 'as the index says, with ids kept as they are',
  },
  'otlp-logs/otlp2parquet--log.json': {
    format: 'otlp-json',
    counts: [0, 0, 0],
    diagnostics: { 'skipped-signal': 1 },
    reason: 'OTLP, but only logs; the index counts the services of the logs',
  },
  'otlp-logs/otlp2parquet--logs.jsonl': {
    format: 'otlp-json',
    counts: [0, 0, 0],
    diagnostics: { 'skipped-signal': 81 },
    reason: 'OTLP, but only logs; the index counts the services of the logs',
  },
  'zipkin-v2/opencensus-service--opencensus-sample1.json': {
    format: 'zipkin-v2',
    counts: [1, 1, 1],
    diagnostics: { 'duplicate-span': 8 },
    reason: 'nine copies of one span, equal in everything: the same span counts once',
  },
  'sqlite/agent-replay--traces.db': {
    format: 'sqlite',
    counts: [42, 5, 5],
    diagnostics: { 'missing-wal': 1 },
    reason: 'as the index says; it counts no services, which are the agents here',
  },
  'sqlite/ai-tutor-bot--phoenix-empty.db': {
    format: 'sqlite',
    counts: [0, 0, 0],
    reason: 'as the index says; it counts no services',
  },
  'sqlite/bazilinayat-llm-zoomcamp--traces.db': {
    format: 'sqlite',
    refused: 'needs-mapping',
    reason: 'rows without ids: a person says what they are',
  },
  'csv/restsense-demo--traces.csv': {
    format: 'csv',
    counts: [133, 7, 0],
    reason: 'as the index says; it counts no services',
  },
  'flat-jsonl/agora--ecommerce_demo_traces.jsonl': {
    format: null,
    reason: 'rows without span ids: a person says what they are',
  },
  'flat-jsonl/lquerel-oltp-arrow--2_traces.json': {
    format: 'flat-json',
    counts: [35, 9, 0],
    reason: 'the index takes services from attributes that do not say so (http_server_name, host)',
  },
  'signoz/robotframework-trace-report--signoz_response_spans.json': {
    format: 'signoz',
    counts: [7, 1, 2],
    diagnostics: { 'judged-unit': 1 },
    reason: 'as the index says; the unit of the times is not stated',
  },
  'signoz/signoz--otel-demo-traces-golden.jsonl': {
    format: null,
    reason: 'rows without ids, and minutes before now for times',
  },
  'signoz/signoz--traces_data.jsonl': {
    format: 'flat-json',
    counts: [20, 20, 1],
    reason: 'flat rows, as the index says',
  },
  'jaeger-thrift-json/jaeger--thrift_batch_01.json': {
    format: 'jaeger-model',
    counts: [1, 1, 1],
    reason: 'the index does not say how many traces',
  },
  'otel-python/open-agent-traces--otel_traces.json': {
    format: 'otel-python',
    counts: [6, 1, 0],
    reason: 'no resource; the index does not count services',
  },
  'otel-go-stdout/nats_otel--traces.json': {
    format: 'otel-go-stdout',
    counts: [1, 1, 0],
    reason: 'no resource; the index does not count services',
  },
  'otel-js-jsonl/OTEL-test--copilot-otel-traces.jsonl': {
    format: 'otel-js',
    counts: [0, 0, 0],
    diagnostics: { 'skipped-record': 13, 'skipped-signal': 41 },
    reason: 'spans that were lost in writing, log records and metrics; the service is of these',
  },
  'jaeger/crisp--case24.json': {
    format: 'jaeger-json',
    counts: [9, 1, 3],
    diagnostics: { 'invalid-id': 3 },
    reason: 'as the index says, with ids “G”, “H” and “I”, which are no hex',
  },
};

/** The index counts none for some tools, and types of observations for Langfuse, whose files here are of one service each. */
function servicesOf(folder: string, services: string): number {
  if (folder === 'langfuse') return 1;
  return services === '-' ? 0 : Number(services);
}

describe.skipIf(!HAS_CORPUS)('corpus', () => {
  const rows = HAS_CORPUS
    ? readFileSync(join(CORPUS, 'INDEX.tsv'), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split('\t'))
    : [];

  it('is listed', () => expect(rows.length).toBeGreaterThan(50));

  for (const [path, folder, , spans, traces, services] of rows) {
    // Sessions are counted by calls and tokens, in `sessions.test.ts`.
    if (SESSIONS.has(folder)) continue;
    // The index counts their events: `chrome-trace.test.ts` compares those.
    if (folder === 'chrome-trace' || path.startsWith('bad/speedscope--te-')) continue;
    it(path, async () => {
      const file = join(CORPUS, path);
      const { refused } = DIFFERENT[path] ?? {};
      if (refused) {
        const reading = readFormat(await openAsBlob(file), path);
        await expect(reading).rejects.toMatchObject({ code: refused });
        return;
      }
      const result = await readFormat(await openAsBlob(file), path);
      const expected: Difference = DIFFERENT[path] ?? {
        format: FORMAT_OF[folder] ?? null,
        counts: [Number(spans), Number(traces), servicesOf(folder, services)],
        reason: '',
      };
      expect(result.format).toBe(expected.format);
      if (result.format === null) return;
      const serviceNames = new Set(result.spans.map(({ resource }) => resource.service));
      // The index counts no service where none is named.
      serviceNames.delete('');
      expect([
        result.spans.length,
        new Set(result.spans.map(({ traceId }) => traceId)).size,
        serviceNames.size,
      ]).toEqual(expected.counts);
      expect(countsOf(result)).toEqual(expected.diagnostics ?? {});
    });
  }
});
