import { describe, expect, it } from 'vitest';
import { INVALID_NS } from '$lib/model/span';
import { asObject, fixture, producersOf, readFormat, spansOf } from '../support/read-format';

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

  it('reads resources behind more spans than are held', async () => {
    const span = (i: number) =>
      `{"traceId":"${'0'.repeat(31)}1","spanId":"${String(i).padStart(16, '0')}","name":"n","startTimeUnixNano":"5","endTimeUnixNano":"9"}`;
    const spans = Array.from({ length: 45_000 }, (_, i) => span(i)).join(',\n');
    const otlp = await readFormat(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[${span(1)}],"scope":{"name":"a"}}],"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"first"}}]}},{"scopeSpans":[{"spans":[${spans}],"scope":{"name":"b"}},{"spans":[${span(1)}],"scope":{"name":"c"}}],"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"late"}}]}}]}`,
      'otlp',
    );
    expect(producersOf(otlp.spans)).toEqual({ 'first a': 1, 'late b': 45_000, 'late c': 1 });
  });
});
