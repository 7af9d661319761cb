import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FORMATS } from '$lib/formats/registry';
import { flockSpan, type FlockRow } from '$lib/formats/flock/flock';
import { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { ACCEPTED_FORMATS } from '$lib/model/accepted-formats';
import type { DiagnosticCode } from '$lib/model/diagnostics';
import { isAbort } from '$lib/model/errors';
import { INVALID_NS, type Span } from '$lib/model/span';
import {
  asObject,
  countsOf,
  expectSound,
  readFormat,
  type ReadResult,
} from '../support/read-format';
import { FIXTURES } from '../support/paths';

const fixture = (path: string) => readFileSync(FIXTURES + path);

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

/** By span id; of a shared id the first. */
async function spansOf(path: string): Promise<Record<string, Span>> {
  const { spans } = await readFormat(fixture(path), path);
  return Object.fromEntries([...spans].reverse().map((span) => [span.spanId, span]));
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
    const files = FORMATS.filter(({ id }) => id !== 'parquet' && id !== 'sqlite').flatMap(
      ({ id }) => readdirSync(FIXTURES + id).map((name) => `${id}/${name}`),
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
      for (let end = 0; end < head.length; end += 7) {
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

describe('OTLP JSON', () => {
  it('takes all kinds of values', async () => {
    const spans = await spansOf('otlp-json/all-values.json');
    const span = spans.eee19b7ec3c1b174;
    expect(span).toMatchObject({
      traceId: '5b8efff798038103d269b633813fc60c',
      parentId: null,
      name: 'place order',
      kind: 'SERVER',
      startNs: 1544712660123456789n,
      endNs: 1544712661987654321n,
      status: 'ERROR',
      statusDescription: 'card refused',
      scope: 'shop.checkout',
      resource: {
        service: 'checkout',
        attributes: ['service.name', 'checkout', 'process.command_args', '["run","--fast"]'],
      },
    });
    expect(asObject(span.attributes)).toEqual({
      text: 'a "quoted"\nline, 😀 and 日本',
      empty: '',
      int: '9223372036854775807',
      'int.number': '-42',
      double: '72.50',
      'double.small': '1.5e-7',
      'double.nan': 'NaN',
      yes: 'true',
      no: 'false',
      bytes: 'AAAwOQ==',
      list: '["x\\"y",12345678901234567890,0.5,"Infinity",true,null]',
      'list.empty': '[]',
      map: '{"a":1,"b":{"c":[]}}',
      nothing: 'null',
      order: 'value first',
      twice: 'two',
      'w3c.tracestate': 'vendor=1',
      'otel.dropped_attributes_count': '3',
      'otel.scope.version': '1.4.0',
      'otel.scope.team': 'blue',
    });
    expect(span.events).toEqual([
      {
        name: 'exception',
        timeNs: 1544712661000000001n,
        attributes: ['exception.type', 'IOError'],
      },
      { name: '', timeNs: 1544712661000000002n, attributes: [] },
    ]);
    expect(span.links).toEqual([
      {
        traceId: '5b8efff798038103d269b633813fc60d',
        spanId: 'eee19b7ec3c1b173',
        attributes: ['why', 'retry'],
      },
    ]);
    expect(spans.eee19b7ec3c1b175).toMatchObject({
      parentId: 'eee19b7ec3c1b174',
      kind: 'CLIENT',
      endNs: null,
      status: 'OK',
    });
    expect(spans.eee19b7ec3c1b176).toMatchObject({
      parentId: null,
      kind: 'PRODUCER',
      endNs: null,
      status: 'UNSET',
      statusDescription: null,
    });
  });

  it('takes snake case, old names and numbers beyond 2^53', async () => {
    const spans = await spansOf('otlp-json/snake-case.jsonl');
    expect(spans['1000000000000001']).toMatchObject({
      status: 'ERROR',
      statusDescription: '1 failed',
      kind: 'INTERNAL',
      scope: 'listener',
      events: [{ name: 'log', timeNs: 1700000001000000000n }],
      links: [{ spanId: '1000000000000009' }],
    });
    expect(asObject(spans['1000000000000001'].attributes)).toEqual({
      n: '3',
      d: '1.5',
      b: 'true',
      l: '[1]',
      m: '{"k":"v"}',
    });
    expect(spans['1000000000000002']).toMatchObject({
      startNs: 1700000001000000001n,
      endNs: 1700000002000000003n,
      scope: 'listener',
    });
  });

  it('turns base64 ids into hex', async () => {
    const spans = await spansOf('otlp-json/tempo-batches.json');
    expect(spans['726b5e30102fc0d0']).toMatchObject({
      traceId: '000000000000000060ba2abb44f13eae',
      parentId: '398f0f21a3db99ae',
      kind: 'SERVER',
      status: 'OK',
    });
    expect(spans['398f0f21a3db99ae']).toMatchObject({
      traceId: '000000000000000060ba2abb44f13eae',
      parentId: null,
    });
  });

  it('keeps ids of other shapes as they are', async () => {
    const { spans, diagnostics } = await readFormat(fixture('otlp-json/odd-ids.json'), 'x');
    expect(spans.map(({ traceId, spanId }) => [traceId, spanId])).toEqual([
      ['not an id!', 'xyz'],
      ['', '0000000000000002'],
      ['978883983d506fa5', '00000000000000ab'],
      ['0000000000012345', ''],
    ]);
    expect(diagnostics['invalid-id']?.example).toBe('“not an id!” (line 2)');
  });

  it('reads times exactly, or as what is no time', async () => {
    const { spans } = await readFormat(fixture('otlp-json/odd-times.json'), 'x');
    expect(spans.map(({ startNs, endNs }) => [startNs, endNs])).toEqual([
      [1700000000123456789n, 1700000000123456790n],
      [1700000000000000000n, 1700000001000000000n],
      [null, 1700000000000000001n],
      [null, INVALID_NS],
      [1700000000000000000n, INVALID_NS],
      [-5n, -7n],
    ]);
  });

  it('waits for a resource or scope behind its spans', async () => {
    const { spans } = await readFormat(fixture('otlp-json/resource-last.json'), 'x');
    expect(spans.map(({ name, scope, resource }) => [name, scope, resource.service])).toEqual([
      ['one', 'first', 'late'],
      ['two', 'second', 'late'],
      ['three', 'third', 'early'],
    ]);
  });

  it('gives each span its scope once, where the resource comes last', async () => {
    const { spans } = await readFormat(fixture('otlp-json/scope-first-resource-last.json'), 'x');
    const ofScope = ['otel.scope.version', '1', 'otel.scope.k', 'v'];
    expect(spans.map(({ name, scope, attributes }) => [name, scope, attributes])).toEqual([
      ['bare', 'first', ofScope],
      ['own', 'first', ['a', '1', ...ofScope]],
      ['bare too', 'first', ofScope],
      ['no scope', '', []],
    ]);
    expect(spans[0].attributes).not.toBe(spans[2].attributes);
  });

  it('shares resources that are equal', async () => {
    const { spans } = await readFormat(fixture('otlp-json/concatenated.json'), 'x');
    expect(spans[0].resource).toBe(spans[1].resource);
  });

  it('says which line is broken and which record', async () => {
    const lines = await readFormat(fixture('otlp-json/collector-lines.jsonl'), 'x');
    expect(lines.diagnostics['broken-line']?.example).toMatch(/^line 4: /);
    expect(lines.diagnostics['skipped-signal']?.example).toBe('2 log records, 1 metrics');
    expect(lines.spans.map(({ name }) => name)).toEqual(['Größe 📏 测量', 'child']);
    const record = await readFormat(fixture('otlp-json/broken-record.json'), 'x');
    expect(record.diagnostics['broken-record']?.example).toMatch(/line 10/);
    expect(record.spans.map(({ name }) => name)).toEqual(['one', 'attributes are no list', 'four']);
  });
});

describe('Jaeger JSON', () => {
  it('reads references, tags, logs and processes', async () => {
    const spans = await spansOf('jaeger-json/answer.json');
    const root = spans['0000000000000001'];
    expect(root).toMatchObject({
      parentId: null,
      links: [],
      name: 'root',
      kind: 'SERVER',
      status: 'OK',
      startNs: 1605223981761425000n,
      endNs: 1605223982028462000n,
      scope: 'lib',
      resource: {
        service: 'front',
        attributes: ['service.name', 'front', 'hostname', 'h1'],
      },
    });
    expect(asObject(root.attributes)).toMatchObject({
      big: '9223372036854775807',
      ratio: '0.250',
      flag: 'false',
      blob: 'AAAwOQ==',
      'jaeger.warnings': '["clock skew adjusted"]',
    });
    expect(root.events).toEqual([
      {
        name: 'exception',
        timeNs: 1605223981761500000n,
        attributes: ['exception.type', 'IOError', 'message', 'kept'],
      },
      { name: 'only a message', timeNs: 1605223981761501000n, attributes: ['level', 'info'] },
      { name: 'log', timeNs: 1605223981761502000n, attributes: ['level', 'info'] },
    ]);
    const child = spans['0000000000000002'];
    expect(child).toMatchObject({
      parentId: '0000000000000001',
      status: 'ERROR',
      statusDescription: 'card refused',
      scope: 'scope',
      endNs: 1605223981761438000n,
      resource: { service: 'back' },
    });
    expect(child.links).toEqual([
      {
        traceId: 'c620759e5d60fafb8ee0922b30e06bc6',
        spanId: '0000000000000009',
        attributes: ['opentracing.ref_type', 'follows_from'],
      },
      {
        traceId: 'ffffffffffffffffffffffffffffffff',
        spanId: '0000000000000008',
        attributes: ['opentracing.ref_type', 'child_of'],
      },
    ]);
    expect(spans['0000000000000003']).toMatchObject({
      parentId: '0000000000000001',
      links: [{ spanId: '0000000000000001', attributes: ['opentracing.ref_type', 'follows_from'] }],
      status: 'ERROR',
      startNs: 1605223981761427500n,
      endNs: 1605223981761427500n,
    });
    expect(spans['0000000000000004']).toMatchObject({
      parentId: '0000000000000001',
      status: 'UNSET',
      resource: { service: '' },
    });
    // A duration that is no number loses the duration, not the span.
    expect(spans['0000000000000005']).toMatchObject({ name: 'broken', endNs: INVALID_NS });
  });

  it('takes processes before and behind the spans, and in them', async () => {
    const { spans } = await readFormat(fixture('jaeger-json/traces.json'), 'x');
    expect(new Set(spans.map(({ resource }) => resource)).size).toBe(1);
    expect(spans[0].resource.attributes).toEqual(['service.name', 'svc', 'v', '1']);
    expect(spans[1]).toMatchObject({ traceId: '0000000000001abc', parentId: '00000000000000a1' });
    const bare = await spansOf('jaeger-json/spans.json');
    expect(bare['7606ddfe69932d34'].resource).toEqual({
      service: 'one',
      attributes: ['service.name', 'one', 'ip', '::1'],
    });
    expect(bare['7bd66f09ba90ea3d'].status).toBe('ERROR');
    expect(bare['7bd66f09ba90ea3e']).toMatchObject({ startNs: null, endNs: null });
  });
});

describe('Zipkin v2 JSON', () => {
  it('reads both sides of a call, endpoints, annotations and errors', async () => {
    const { spans } = await readFormat(fixture('zipkin-v2/trace.json'), 'x');
    const [root, client, server, local, publish, next] = spans;
    expect(root).toMatchObject({
      spanId: 'b33447baae403ed6',
      parentId: null,
      kind: 'SERVER',
      startNs: 1521186011926119000n,
      endNs: 1521186011928958000n,
      status: 'UNSET',
      resource: { service: 'frontend', attributes: ['service.name', 'frontend'] },
    });
    expect(asObject(root.attributes)).toEqual({
      'net.host.ip': '192.168.0.10',
      'net.host.port': '8080',
      'net.peer.ip': '::1',
      'net.peer.port': '54602',
      'http.method': 'GET',
      'http.path': '/',
      n: '5',
    });
    expect(client).toMatchObject({
      kind: 'CLIENT',
      status: 'ERROR',
      statusDescription: 'timeout after 1 s',
      events: [
        { name: 'ws', timeNs: 1521186011926300000n },
        { name: 'wr', timeNs: 1521186011927000000n },
      ],
    });
    expect(asObject(client.attributes)).toMatchObject({
      'peer.service': 'backend',
      'net.peer.ip': '192.168.0.11',
    });
    expect(server).toMatchObject({
      spanId: client.spanId,
      kind: 'SERVER',
      status: 'ERROR',
      statusDescription: null,
    });
    expect(asObject(server.attributes)['zipkin.shared']).toBe('true');
    expect(local).toMatchObject({
      kind: 'INTERNAL',
      startNs: 1521186011926450000n,
      endNs: null,
    });
    expect(publish).toMatchObject({ parentId: null, startNs: null, endNs: INVALID_NS });
    expect(next).toMatchObject({ spanId: 'no hex', status: 'ERROR', statusDescription: null });
  });
});

describe('Flock', () => {
  const row: FlockRow = {
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    parent_id: null,
    name: 'Agent.execute',
    service: 'Agent',
    operation: 'execute',
    kind: 'INTERNAL',
    start_time: 1700000000123456789n,
    end_time: 1700000000223456789n,
    status_code: 'ERROR',
    status_description: 'ValueError: no',
    attributes:
      '{"agent.name":"pizza","flock.workflow":true,"output.length":12345678901234567890,"ratio":0.10,"input.ctx":"{\\"a\\": 1}","nested":{"a": [1, 2]},"none":null}',
    events:
      '[{"name":"exception","timestamp":1700000000123456790,"attributes":{"exception.type":"ValueError"}}]',
    links:
      '[{"context":{"trace_id":"0af7651916cd43dd8448eb211c80319d","span_id":"b7ad6b7169203332"},"attributes":{}}]',
    resource: '{"service.name":"flock-auto-trace","telemetry.sdk.language":"python"}',
  };
  const read = (changes: Partial<FlockRow> = {}) => {
    const warnings: [DiagnosticCode, string][] = [];
    const span = flockSpan(
      { ...row, ...changes },
      { warn: (code, example) => warnings.push([code, example]) },
    );
    expectSound(span);
    return { span, warnings };
  };

  it('reads a row', () => {
    const { span, warnings } = read();
    expect(warnings).toEqual([]);
    expect(span).toMatchObject({
      service: 'Agent',
      operation: 'execute',
      kind: 'INTERNAL',
      startNs: 1700000000123456789n,
      status: 'ERROR',
      statusDescription: 'ValueError: no',
      events: [
        {
          name: 'exception',
          timeNs: 1700000000123456790n,
          attributes: ['exception.type', 'ValueError'],
        },
      ],
      links: [{ traceId: '0af7651916cd43dd8448eb211c80319d', spanId: 'b7ad6b7169203332' }],
      resource: { service: 'flock-auto-trace' },
    });
    expect(asObject(span.attributes)).toEqual({
      'agent.name': 'pizza',
      'flock.workflow': 'true',
      'output.length': '12345678901234567890',
      ratio: '0.10',
      'input.ctx': '{"a": 1}',
      nested: '{"a": [1, 2]}',
      none: 'null',
    });
    expect(read().span.resource).toBe(span.resource);
  });

  it('keeps the rest of a row with broken JSON or none', () => {
    const { span, warnings } = read({
      attributes: '{"a": 1',
      events: '{"no":"list"}',
      links: null,
      resource: '[]',
    });
    expect(span).toMatchObject({ attributes: [], events: [], links: [], name: 'Agent.execute' });
    expect(warnings.map(([code]) => code)).toEqual([
      'broken-record',
      'broken-record',
      'broken-record',
    ]);
    expect(warnings[0][1]).toContain('column “attributes” of span b7ad6b7169203331');
    expect(read({ attributes: '', events: 'null', links: '[]', resource: null }).warnings).toEqual(
      [],
    );
  });

  it('takes columns that older databases lack for null', () => {
    const nothing = Object.fromEntries(Object.keys(row).map((key) => [key, null]));
    const { span, warnings } = read(nothing as Partial<FlockRow>);
    expect(span).toMatchObject({ traceId: '', service: null, operation: null, startNs: null });
    expect(warnings).toEqual([]);
  });
});

describe('sources', () => {
  const line = (i: number) =>
    `{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"traceId":"${'0'.repeat(31)}1","spanId":"${String(i).padStart(16, '0')}","name":"${'n'.repeat(i % 97)}${Math.sin(i)}","startTimeUnixNano":"${i + 1}","endTimeUnixNano":"${i + 2}"}]}]}]}\n`;
  const big = Buffer.from(Array.from({ length: 30_000 }, (_, i) => line(i)).join(''));

  it('reports packed bytes, waits to be ready, and can be cancelled', async () => {
    const packed = gzipSync(big);
    for (const bytes of [big, packed]) {
      const seen: number[] = [];
      let ready = 0;
      const { spans } = await readFormat(bytes, 'big', {
        onBytes: (done) => seen.push(done),
        ready: async () => {
          ready++;
        },
      });
      expect(spans.length).toBe(30_000);
      expect(seen.at(-1)).toBe(bytes.length);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(ready).toBeGreaterThanOrEqual(seen.length);
    }
    const controller = new AbortController();
    const reading = readFormat(big, 'big', {
      signal: controller.signal,
      onBytes: () => controller.abort(),
    });
    await expect(reading).rejects.toSatisfy(isAbort);
  });

  it('reads many members of gzip, also where pieces end inside their headers', async () => {
    const members: Buffer[] = [];
    for (let at = 0; at < big.length; at += 70_001) {
      members.push(gzipSync(big.subarray(at, at + 70_001)));
    }
    // Stored bytes that look like a header must not end a member.
    const header = String.fromCharCode(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);
    const fake = Buffer.from(line(1).replace('"n', `"n${header}`), 'latin1');
    members.push(gzipSync(fake, { level: 0 }));
    const { spans, diagnostics } = await readFormat(Buffer.concat(members), 'members.gz');
    expect(spans.length).toBe(30_001);
    // The header is no UTF-8.
    expect(diagnostics).toMatchObject({ 'replaced-text': { count: 1 } });
  });

  it('keeps what was whole of damaged gzip', async () => {
    const packed = gzipSync(big);
    const cut = await readFormat(packed.subarray(0, packed.length >> 1), 'cut.gz');
    expect(cut.spans.length).toBeGreaterThan(10_000);
    expect(cut.diagnostics.truncated?.example).toMatch(/^cut\.gz: the gzip data end early/);
    const trailer = await readFormat(packed.subarray(0, packed.length - 4), 'trailer.gz');
    expect(trailer.spans.length).toBe(30_000);
    expect(countsOf(trailer)).toEqual({ truncated: 1 });
    const garbage = await readFormat(Buffer.concat([packed, Buffer.alloc(100, 65)]), 'tail.gz');
    expect(garbage.spans.length).toBeGreaterThan(29_000);
    expect(countsOf(garbage)).toEqual({ truncated: 1 });
  });

  it('reads resources and processes behind more spans than are held', async () => {
    const span = (i: number) =>
      `{"traceId":"${'0'.repeat(31)}1","spanId":"${String(i).padStart(16, '0')}","name":"n","startTimeUnixNano":"5","endTimeUnixNano":"9"}`;
    const spans = Array.from({ length: 45_000 }, (_, i) => span(i)).join(',\n');
    const otlp = await readFormat(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[${span(1)}],"scope":{"name":"a"}}],"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"first"}}]}},{"scopeSpans":[{"spans":[${spans}],"scope":{"name":"b"}},{"spans":[${span(1)}],"scope":{"name":"c"}}],"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"late"}}]}}]}`,
      'otlp',
    );
    const tally = (all: Span[]) => {
      const counts: Record<string, number> = {};
      for (const { scope, resource } of all) {
        const key = `${resource.service} ${scope}`;
        counts[key] = (counts[key] ?? 0) + 1;
      }
      return counts;
    };
    expect(tally(otlp.spans)).toEqual({ 'first a': 1, 'late b': 45_000, 'late c': 1 });
    const jaegerSpans = Array.from(
      { length: 45_000 },
      (_, i) =>
        `{"traceID":"a","spanID":"${i.toString(16)}","startTime":1,"processID":"p${i % 2}"}`,
    ).join(',');
    const jaeger = await readFormat(
      `{"data":[{"traceID":"a","spans":[${jaegerSpans}],"processes":{"p0":{"serviceName":"x"},"p1":{"serviceName":"y"}}},{"traceID":"b","spans":[{"traceID":"b","spanID":"1","startTime":1,"processID":"p0"}],"processes":{"p0":{"serviceName":"z"}}}]}`,
      'jaeger',
    );
    expect(tally(jaeger.spans)).toEqual({ 'x ': 22_500, 'y ': 22_500, 'z ': 1 });
  });

  it('lets go of what nobody reads to the end', async () => {
    const member = gzipSync(big);
    const source = new Source(new Input('members.gz', new Blob([member, member, member])));
    expect((await source.head()).length).toBe(65_536);
    for await (const piece of source.chunks()) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
  });

  it('reads nothing from nothing', async () => {
    expect((await readFormat('', 'empty')).format).toBeNull();
    expect((await readFormat('   \n', 'blank')).format).toBeNull();
    expect((await readFormat(gzipSync(''), 'empty.gz')).format).toBeNull();
    expect((await readFormat(Buffer.from([0x1f, 0x8b, 0x08]), 'stub.gz')).format).toBeNull();
  });
});
