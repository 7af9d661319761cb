/** Values of the traces that SDKs and tracing backends write as JSON; their counts are in `formats.test.ts`. */
import { openAsBlob, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Span } from '$lib/model/span';
import { CORPUS, FIXTURES, HAS_CORPUS } from '../support/paths';
import { asObject, readFormat } from '../support/read-format';

async function spansOf(path: string): Promise<Span[]> {
  return (await readFormat(readFileSync(FIXTURES + path), path)).spans;
}

describe('Zipkin v1', () => {
  it('takes kind, service, times and peers from annotations', async () => {
    const [root, client, server, local] = await spansOf('zipkin-v1/trace.json');
    expect(root).toMatchObject({
      parentId: null,
      kind: 'SERVER',
      startNs: 1700000000000100000n,
      endNs: 1700000000000900000n,
      status: 'ERROR',
      statusDescription: 'card refused',
      resource: { service: 'shop' },
    });
    expect(asObject(root.attributes)).toMatchObject({
      'http.path': '/cart',
      'peer.service': 'browser',
      'net.peer.ip': '10.0.0.9',
      'net.host.ip': '10.0.0.1',
    });
    expect(root.events.map(({ name }) => name)).toEqual(['sr', 'ss']);
    expect(local).toMatchObject({
      kind: 'INTERNAL',
      startNs: 1700000000000150000n,
      endNs: null,
      resource: { service: 'shop' },
    });
    expect(client.spanId).toBe(server.spanId);
  });

  it('makes two spans of a report of both sides', async () => {
    const [, client, server] = await spansOf('zipkin-v1/trace.json');
    expect(client).toMatchObject({
      kind: 'CLIENT',
      startNs: 1700000000000200000n,
      endNs: 1700000000000700000n,
      resource: { service: 'shop' },
    });
    expect(asObject(client.attributes)).toMatchObject({
      'peer.service': 'bank',
      'net.peer.port': '443',
    });
    expect(server).toMatchObject({
      kind: 'SERVER',
      startNs: 1700000000000300000n,
      endNs: 1700000000000600000n,
      resource: { service: 'bank' },
    });
    expect(asObject(server.attributes).amount).toBe('12.50');
    expect(server.events.map(({ name }) => name)).toEqual(['sr', 'retry', 'ss']);
  });
});

describe('Jaeger’s model', () => {
  it('reads Protobuf’s ids, times, values and processes', async () => {
    const [root, child] = await spansOf('jaeger-model/protobuf.json');
    expect(root).toMatchObject({
      traceId: '00000000000000000000000000000001',
      spanId: '0000000000000002',
      kind: 'SERVER',
      startNs: 1485467191639875139n,
      endNs: 1485467192639880139n,
      resource: {
        service: 'mapped',
        attributes: ['service.name', 'mapped', 'host', 'h1'],
      },
    });
    expect(asObject(root.attributes)).toEqual({
      'span.kind': 'server',
      big: '9223372036854775222',
      no: 'false',
      blob: 'AAAwOQ==',
    });
    expect(root.events).toEqual([
      { name: 'cache miss', timeNs: 1485467191700000000n, attributes: ['n', '3'] },
    ]);
    expect(child).toMatchObject({
      parentId: '0000000000000002',
      endNs: 1485467191639880140n,
      status: 'ERROR',
      resource: { service: 'inline' },
    });
    expect(child.links).toMatchObject([{ spanId: '00000000000000ff' }]);
  });

  it('reads Thrift’s numbers', async () => {
    const [root, inner] = await spansOf('jaeger-model/thrift.json');
    expect(root).toMatchObject({
      traceId: '0000000000000001fffffffffffffffe',
      spanId: '0000000000647d98',
      parentId: null,
      startNs: 1485467191639875000n,
      endNs: 1485467191662813000n,
      resource: { service: 'api' },
    });
    expect(inner.parentId).toBe(root.spanId);
  });

  it('reads Elasticsearch’s tags as fields', async () => {
    const [root, child] = await spansOf('jaeger-es/documents.jsonl');
    expect(root.status).toBe('ERROR');
    expect(asObject(root.attributes)).toEqual({ plain: 'x', 'http.method': 'GET', error: 'true' });
    expect(root.resource).toBe(child.resource);
    expect(root.resource.attributes).toEqual(['service.name', 'shop', 'host.name', 'h1']);
    expect(child.parentId).toBe(root.spanId);
  });
});

describe('OpenTelemetry’s SDKs', () => {
  it('reads Go’s', async () => {
    const [root, open] = await spansOf('otel-go-stdout/concatenated.json');
    expect(root).toMatchObject({
      traceId: '0555ce1903feb85770d102846273073b',
      parentId: null,
      kind: 'SERVER',
      startNs: 1705071460147265775n,
      endNs: 1705071460164529263n,
      status: 'ERROR',
      statusDescription: 'too large',
      scope: 'fib',
      resource: { service: 'fib' },
    });
    expect(asObject(root.attributes)).toEqual({
      n: '9223372036854775807',
      list: '["a", "b"]',
      'otel.scope.version': 'v1',
      'w3c.tracestate': 'a=1',
      'otel.dropped_attributes_count': '2',
      'otel.go.ChildSpanCount': '1',
    });
    expect(root.events[0].timeNs).toBe(1705071460150000000n);
    expect(root.links).toMatchObject([{ traceId: '0555ce1903feb85770d102846273073c' }]);
    expect(open).toMatchObject({ parentId: 'c1b335eeeaf56405', endNs: null, status: 'ERROR' });
  });

  it('reads Python’s', async () => {
    const [root, child] = await spansOf('otel-python/console.json');
    expect(root).toMatchObject({
      traceId: '40dabc09e11884c650eca1ff140b7588',
      spanId: 'a3a5f20e2d82b5de',
      parentId: null,
      kind: 'SERVER',
      startNs: 1768429345535420000n,
      endNs: 1768429345535465000n,
      status: 'ERROR',
      statusDescription: 'ValueError: no',
      resource: { service: 'merit' },
    });
    expect(root.attributes).toEqual([
      ...['http.route', '/a', 'n', '0.02408307045698166', '__proto__', 'kept'],
    ]);
    expect(root.links).toMatchObject([{ spanId: 'a3a5f20e2d82b5df' }]);
    expect(child).toMatchObject({ parentId: 'a3a5f20e2d82b5de', endNs: null, kind: 'INTERNAL' });
    const [numbers] = await spansOf('otel-python/spans.json');
    expect(numbers).toMatchObject({ startNs: 1751181817641060001n, endNs: 1751181827262279003n });
    expect(numbers.events[0].timeNs).toBe(1751181817643815007n);
  });

  it('reads Phoenix’s, with its nested attributes', async () => {
    const [llm, tool] = await spansOf('otel-python/phoenix.jsonl');
    expect(asObject(llm.attributes)).toEqual({
      'llm.token_count.prompt': '12',
      'llm.token_count.completion': '3',
      'llm.model_name': 'm',
      'input.value': 'hi',
      'openinference.span.kind': 'LLM',
    });
    expect(tool).toMatchObject({
      parentId: llm.spanId,
      status: 'ERROR',
      statusDescription: 'boom',
    });
  });

  it('reads JavaScript’s pairs, and what its console exporter shows', async () => {
    const [agent, chat] = await spansOf('otel-js/file.jsonl');
    expect(agent).toMatchObject({
      parentId: null,
      kind: 'INTERNAL',
      startNs: 1773851536522000001n,
      endNs: 1773851540000000007n,
      resource: { service: 'copilot-chat' },
    });
    expect(agent.events).toEqual([
      { name: 'first', timeNs: 1773851537000000005n, attributes: ['n', '1'] },
    ]);
    expect(chat).toMatchObject({
      parentId: 'e3932fa1ec23e122',
      kind: 'CLIENT',
      endNs: null,
      status: 'ERROR',
      statusDescription: 'quota',
      links: [{ spanId: 'e3932fa1ec23e124', attributes: ['why', 'retry'] }],
    });
    const [shown] = await spansOf('otel-js/console.json');
    expect(shown).toMatchObject({
      spanId: 'd252e6664ba50b3a',
      parentId: 'b6634723f1292aca',
      kind: 'SERVER',
      startNs: 1729901610391000000n,
      endNs: 1729901610391354000n,
    });
  });
});

describe('Datadog', () => {
  it('reads ids, errors, links and events', async () => {
    const [root, query, job] = await spansOf('datadog/traces.json');
    expect(root).toMatchObject({
      traceId: '9e3779b97f4a7c15',
      spanId: '0000000000000001',
      parentId: null,
      name: 'web.request',
      kind: 'SERVER',
      startNs: 1777572686409163713n,
      endNs: 1777572686417578630n,
      status: 'ERROR',
      statusDescription: 'boom',
      scope: 'flask',
      resource: { service: 'shop' },
    });
    expect(asObject(root.attributes)).toMatchObject({
      'resource.name': 'GET /cart',
      'span.type': 'web',
      process_id: '55366.0',
    });
    expect(root.events).toEqual([
      { name: 'retry', timeNs: 1777572686409163999n, attributes: ['n', '1'] },
    ]);
    expect(query.parentId).toBe(root.spanId);
    expect(job.links).toMatchObject([
      { traceId: '00000000000000010000000000000005', spanId: '0000000000000009' },
      { traceId: '69f39b4e0000000080162b7b525a710f', spanId: '544ea1c260b6092f' },
    ]);
  });
});

describe('AWS X-Ray', () => {
  it('reads nested subsegments, times from their digits, faults and causes', async () => {
    const [segment, ...inner] = await spansOf('xray/segments.jsonl');
    expect(segment).toMatchObject({
      traceId: '5f29ab21d4ebf299219a65bd5c31d6da',
      parentId: null,
      startNs: 1596566305535414123n,
      endNs: 1596566305592854500n,
      status: 'ERROR',
      statusDescription: 'no table',
      resource: { service: 'DDB' },
    });
    expect(asObject(segment.attributes)).toMatchObject({
      tenant: 't1',
      'http.method': 'GET',
      'http.status_code': '500',
      'metadata.default.k.deep': '1',
      'aws.xray.sdk': 'X-Ray for Go',
    });
    expect(asObject(segment.events[0].attributes)['exception.stacktrace']).toBe(
      '  at main (a.go:203)',
    );
    expect(inner.map(({ name, parentId, endNs }) => [name, parentId, endNs]).sort()).toEqual([
      ['dynamodb', '88ad1df59cd7a7be', 1596566305592845700n],
      ['marshal', '7df694142c905d8d', null],
    ]);
  });

  it('reads documents that are text', async () => {
    const spans = await spansOf('xray/batch-get-traces.json');
    expect(spans.map(({ name, parentId, resource }) => [name, parentId, resource.service])).toEqual(
      [
        ['api', null, 'api'],
        ['inner', '88ad1df59cd7a7be', 'api'],
        ['worker', '01', 'worker'],
      ],
    );
    expect(spans[2].startNs).toBe(1596566305600000000n);
  });
});

describe('Next.js', () => {
  it('keeps the distances of its own clock', async () => {
    const [first, root, compile] = await spansOf('next-trace/trace');
    expect(first).toMatchObject({ startNs: 1718000000123000000n, endNs: 1718000000123037000n });
    expect(root).toMatchObject({ parentId: null, startNs: 1718000000122973000n });
    expect(compile.startNs).toBe(1718000000123873000n);
    expect(asObject(compile.attributes)).toEqual({ trigger: '/' });
  });
});

describe.skipIf(!HAS_CORPUS)('one trace that two tools wrote', () => {
  const read = async (path: string) =>
    (await readFormat(await openAsBlob(CORPUS + path), path)).spans;

  it('is the same, field by field, as far as both have the fields', async () => {
    const go = await read('otel-go-stdout/docker-buildx--otlp.json');
    const jaeger = await read('jaeger/docker-buildx--jaeger.json');
    /** Jaeger has microseconds, no word for INTERNAL, its own tags for what Go has fields for, and resources in another order. */
    const plain = (spans: Span[]) =>
      spans
        .map((span) => ({
          traceId: span.traceId,
          spanId: span.spanId,
          parentId: span.parentId,
          name: span.name,
          kind: span.kind === 'INTERNAL' ? 'UNSPECIFIED' : span.kind,
          status: span.status,
          scope: span.scope,
          service: span.resource.service,
          start: (span.startNs ?? 0n) / 1000n,
          attributes: Object.entries(asObject(span.attributes))
            .filter(([key]) => !/^(otel\.|span\.kind$|error$)/.test(key))
            .sort(),
          events: span.events.map(({ name, timeNs, attributes }) => [
            name,
            (timeNs ?? 0n) / 1000n,
            Object.entries(asObject(attributes)).sort(),
          ]),
        }))
        .sort((a, b) => (a.spanId < b.spanId ? -1 : 1));
    expect(plain(go)).toEqual(plain(jaeger));
    const ends = new Map(jaeger.map(({ spanId, endNs }) => [spanId, endNs]));
    for (const { spanId, endNs } of go) {
      const distance = (endNs ?? 0n) - (ends.get(spanId) ?? 0n);
      // Start and duration are both cut to microseconds.
      expect(distance >= 0n && distance < 2000n, spanId).toBe(true);
    }
  });
});
