import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FORMATS } from '$lib/formats/registry';
import { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { ACCEPTED_FORMATS } from '$lib/model/accepted-formats';
import type { DiagnosticCode } from '$lib/model/diagnostics';
import type { Span } from '$lib/model/span';
import { countsOf, fixture, readFormat, type ReadResult } from '../support/read-format';
import { FIXTURES } from '../support/paths';

/** What each fixture holds: spans, traces, services, and what is odd about it. */
const EXPECTED: Record<string, [number, number, number, Partial<Record<DiagnosticCode, number>>?]> =
  {
    'otlp-json/all-values.json': [3, 1, 1],
    'otlp-json/array.json': [2, 1, 2, { 'skipped-record': 1 }],
    'otlp-json/broken-record.json': [3, 1, 1, { 'broken-record': 3, 'broken-part': 1 }],
    'otlp-json/collector-lines.jsonl': [2, 1, 1, { 'broken-line': 1, 'skipped-signal': 3 }],
    'otlp-json/concatenated.json': [3, 1, 2],
    'otlp-json/odd-ids.json': [4, 4, 1, { 'invalid-id': 2 }],
    'otlp-json/odd-keys.json': [2, 1, 1],
    'otlp-json/odd-times.json': [6, 1, 1],
    'otlp-json/resource-last.json': [3, 1, 2],
    'otlp-json/scope-first-resource-last.json': [4, 1, 1],
    'otlp-json/snake-case.jsonl': [2, 1, 1],
    'otlp-json/tempo-answer.json': [1, 1, 1],
    'otlp-json/tempo-batches.json': [2, 1, 1],
    'otlp-json/truncated.json': [1, 1, 1, { truncated: 1, 'skipped-record': 1 }],
    'jaeger-json/answer.json': [5, 1, 3, { 'broken-part': 1 }],
    'jaeger-json/lines.jsonl': [6, 3, 1, { 'broken-line': 1 }],
    'jaeger-json/one-trace.json': [2, 1, 1],
    'jaeger-json/spans.json': [3, 1, 3],
    'jaeger-json/traces.json': [4, 2, 1],
    'jaeger-json/truncated.json': [4, 2, 2, { truncated: 1, 'broken-part': 2 }],
    'zipkin-v2/lines.jsonl': [2, 1, 1, { 'broken-line': 1 }],
    'zipkin-v2/single.json': [1, 1, 1],
    'zipkin-v2/trace.json': [6, 1, 3, { 'invalid-id': 1 }],
    'zipkin-v2/traces.json': [3, 2, 2],
    'zipkin-v2/truncated.json': [2, 2, 1, { truncated: 1 }],
    'csv/clickhouse.csv': [2, 1, 2, { 'no-time-zone': 2 }],
    'csv/odd-rows.csv': [4, 1, 1, { 'broken-record': 1, 'judged-unit': 2 }],
    'csv/semicolons.csv': [2, 1, 1, { 'mixed-units': 1, 'duration-mismatch': 1 }],
    'signoz/query-range-v3.json': [2, 1, 2],
    'signoz/query-range-v5.json': [1, 1, 1],
    'signoz/trace-columns.json': [2, 1, 2, { 'judged-unit': 1 }],
    'signoz/waterfall.json': [2, 1, 2, { 'judged-unit': 1 }],
    'flat-json/lines.jsonl': [3, 1, 2, { 'broken-line': 1 }],
    'flat-json/array.json': [2, 1, 1],
    'zipkin-v1/trace.json': [4, 1, 2],
    'jaeger-model/protobuf.json': [2, 1, 2],
    'jaeger-model/thrift.json': [2, 1, 1],
    'jaeger-es/documents.jsonl': [2, 1, 1],
    'jaeger-es/dump.jsonl': [2, 2, 1],
    'jaeger-es/search.json': [1, 1, 1],
    'otel-go-stdout/concatenated.json': [2, 1, 2],
    'otel-python/console.json': [2, 1, 1],
    'otel-python/flock-answer.json': [1, 1, 1],
    'otel-python/phoenix.jsonl': [2, 1, 1, { 'no-time-zone': 1 }],
    'otel-python/spans.json': [1, 1, 1],
    'otel-js/console.json': [1, 1, 1],
    'otel-js/file.jsonl': [2, 1, 1, { 'skipped-record': 1, 'skipped-signal': 2 }],
    'datadog/traces.json': [3, 2, 2],
    'xray/batch-get-traces.json': [3, 1, 2],
    'xray/segments.jsonl': [3, 1, 1],
    'next-trace/trace': [3, 1, 1],
    'langfuse/observations.jsonl': [2, 1, 1],
    'langfuse/trace.json': [3, 1, 2],
    'langsmith/runs.json': [2, 1, 1],
    'langsmith/tree.json': [3, 1, 1, { 'no-time-zone': 1 }],
    'mlflow/v2.json': [1, 1, 1],
    'mlflow/v3.json': [2, 1, 1],
    'openai-agents/lines.jsonl': [1, 1, 1],
    'openai-agents/traces.json': [2, 1, 1],
    'ai-sdk-devtools/generations.json': [2, 1, 1],
    'flujo-tree/debug-export.json': [2, 1, 2, { 'made-id': 2 }],
    'flujo-tree/tree.json': [2, 1, 2],
    'claude-code/agent.jsonl': [4, 1, 1],
    'claude-code/main.jsonl': [10, 1, 1, { 'duplicate-span': 1 }],
    'claude-code/sidechain.jsonl': [6, 1, 1, { 'skipped-record': 1, truncated: 1 }],
    'codex/fork.jsonl': [3, 1, 1, { 'duplicate-span': 16 }],
    'codex/rollout.jsonl': [8, 1, 1],
    'pi-session/branched.jsonl': [10, 1, 1],
    'pi-session/linear.jsonl': [3, 1, 1],
    'agent-trajectory/sub-agents.json': [10, 1, 2],
    'inspect-json/epochs.json': [12, 2, 1, { 'broken-record': 1 }],
    'inspect-json/steps.json': [6, 1, 1],
    'chrome-trace/async-flows.json': [20, 1, 3, { 'skipped-record': 2 }],
    'chrome-trace/concatenated.json': [4, 1, 1],
    'chrome-trace/kineto.json': [11, 1, 5],
    'chrome-trace/lines.jsonl': [5, 1, 1, { 'broken-line': 1 }],
    'chrome-trace/object.json': [10, 1, 3, { 'skipped-record': 6 }],
    'chrome-trace/odd.json': [
      11,
      1,
      3,
      { 'broken-record': 4, 'invalid-time': 1, 'skipped-record': 2 },
    ],
    'chrome-trace/open-array.json': [4, 1, 1],
    'chrome-trace/truncated.json': [3, 1, 1, { truncated: 1 }],
    'chrome-trace/unordered.json': [13, 1, 1, { unclosed: 2, 'unmatched-end': 1 }],
  };

function summary(result: ReadResult) {
  const { spans } = result;
  return [
    spans.length,
    new Set(spans.map((span) => span.traceId)).size,
    new Set(spans.map((span) => span.service ?? span.resource.service)).size,
    countsOf(result),
  ];
}

/** Without the name of the input, which some formats give to a root. */
function unnamed(spans: Span[], input: string): Span[] {
  return spans.map((span) => (span.name === input ? { ...span, name: '' } : span));
}

describe('formats', () => {
  it('are what people are told', () => {
    const told = ACCEPTED_FORMATS.map(({ label }) => label);
    for (const { label } of FORMATS) expect(told).toContain(label);
  });
});

describe('fixtures', () => {
  it('are all expected', () => {
    // Binary ones are written by tests of their own.
    const binary = new Set(['parquet', 'sqlite', 'otlp-proto']);
    const files = FORMATS.filter(({ id }) => !binary.has(id)).flatMap(({ id }) =>
      readdirSync(FIXTURES + id).map((name) => `${id}/${name}`),
    );
    expect(files.sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  for (const [path, [spans, traces, services, diagnostics = {}]] of Object.entries(EXPECTED)) {
    it(path, async () => {
      const bytes = fixture(path);
      const expected = [spans, traces, services, diagnostics];
      const first = await readFormat(bytes, path);
      expect(first.format).toBe(path.split('/')[0]);
      expect(summary(first)).toEqual(expected);

      // Content alone decides, in every wrapping.
      const text = bytes.toString('utf8');
      const utf16 = Buffer.from(text, 'utf16le');
      const swapped = Buffer.from(utf16).swap16();
      const half = bytes.length >> 1;
      const wrapped: Record<string, Uint8Array> = {
        gzip: gzipSync(bytes),
        'gzip in members': Buffer.concat([
          gzipSync(bytes.subarray(0, half)),
          gzipSync(new Uint8Array(0)),
          gzipSync(bytes.subarray(half)),
        ]),
        'UTF-8 with a mark': Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
        'UTF-16': utf16,
        'UTF-16 with a mark': Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]),
        'UTF-16 big-endian': swapped,
        'UTF-16 big-endian with a mark, gzip': gzipSync(
          Buffer.concat([Buffer.from([0xfe, 0xff]), swapped]),
        ),
        'Windows lines': Buffer.from(text.replaceAll(/\r?\n/g, '\r\n')),
      };
      for (const [how, other] of [['unknown', bytes], ...Object.entries(wrapped)] as const) {
        const again = await readFormat(other, 'unknown');
        expect(again.format, how).toBe(first.format);
        expect(summary(again), how).toEqual(expected);
        expect(unnamed(again.spans, 'unknown'), how).toEqual(unnamed(first.spans, path));
      }
    });
  }

  it('are recognised wherever their head is cut, and by no other format', async () => {
    for (const path of Object.keys(EXPECTED)) {
      const bytes = fixture(path);
      const head = await new Source(new Input(path, new Blob([bytes]))).head();
      const [id] = path.split('/');
      // About sixty places, and no multiple of what a record may be long.
      const step = Math.max(7, Math.ceil(head.length / 60) | 1);
      for (let end = 0; end < head.length; end += step) {
        const claims = FORMATS.filter((format) => format.sniff(head.slice(0, end)));
        // Rows of JSON are anybody's until what marks another format comes.
        const others = claims.filter(
          (format) => format.id !== id && (format.id !== 'flat-json' || end > 700),
        );
        expect(
          others.map((format) => format.id),
          `${path} cut at ${end}`,
        ).toEqual([]);
        if (end > 700) expect(claims.length, `${path} cut at ${end}`).toBe(1);
      }
    }
  });
});
