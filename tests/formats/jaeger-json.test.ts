import { describe, expect, it } from 'vitest';
import { INVALID_NS } from '$lib/model/span';
import { asObject, fixture, producersOf, readFormat, spansOf } from '../support/read-format';

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

  it('reads processes behind more spans than are held', async () => {
    const jaegerSpans = Array.from(
      { length: 45_000 },
      (_, i) =>
        `{"traceID":"a","spanID":"${i.toString(16)}","startTime":1,"processID":"p${i % 2}"}`,
    ).join(',');
    const jaeger = await readFormat(
      `{"data":[{"traceID":"a","spans":[${jaegerSpans}],"processes":{"p0":{"serviceName":"x"},"p1":{"serviceName":"y"}}},{"traceID":"b","spans":[{"traceID":"b","spanID":"1","startTime":1,"processID":"p0"}],"processes":{"p0":{"serviceName":"z"}}}]}`,
      'jaeger',
    );
    expect(producersOf(jaeger.spans)).toEqual({ 'x ': 22_500, 'y ': 22_500, 'z ': 1 });
  });
});
