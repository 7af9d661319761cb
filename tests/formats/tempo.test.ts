/** Nested Parquet: maps, lists and structs, and Grafana Tempo's blocks, a row for each trace. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { asObject, readFormat } from '../support/read-format';

type Options = Parameters<typeof parquetWriteBuffer>[0];
type Element = NonNullable<Options['schema']>[number];
/** An element of the schema with those below it. */
type Tree = Element & { below?: Tree[] };

const text = (name: string): Tree => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  repetition_type: 'OPTIONAL',
});
const bytes = (name: string): Tree => ({ name, type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' });
const integer = (name: string): Tree => ({ name, type: 'INT64', repetition_type: 'OPTIONAL' });
const double = (name: string): Tree => ({ name, type: 'DOUBLE', repetition_type: 'OPTIONAL' });
const flag = (name: string): Tree => ({ name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' });
const struct = (name: string, ...below: Tree[]): Tree => ({
  name,
  repetition_type: 'OPTIONAL',
  below,
});
const list = (name: string, element: Tree): Tree => ({
  name,
  repetition_type: 'OPTIONAL',
  converted_type: 'LIST',
  below: [{ name: 'list', repetition_type: 'REPEATED', below: [{ ...element, name: 'element' }] }],
});
const map = (name: string, value: Tree): Tree => ({
  name,
  repetition_type: 'OPTIONAL',
  converted_type: 'MAP',
  below: [
    {
      name: 'key_value',
      repetition_type: 'REPEATED',
      below: [
        { ...text('key'), repetition_type: 'REQUIRED' },
        { ...value, name: 'value' },
      ],
    },
  ],
});

function flat({ below, ...element }: Tree): Element[] {
  if (!below) return [element];
  return [{ ...element, num_children: below.length }, ...below.flatMap(flat)];
}

function write(columns: [Tree, unknown[]][], options: Partial<Options> = {}): Uint8Array {
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: columns.map(([{ name }, data]) => ({ name, data })) as Options['columnData'],
      schema: [
        { name: 'root', num_children: columns.length },
        ...columns.flatMap(([tree]) => flat(tree)),
      ],
      ...options,
    }),
  );
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const ROOT = 'b7ad6b7169203331';
const CHILD = '00f067aa0ba902b7';
const raw = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

describe('nested columns', () => {
  it('are maps, lists of structs and structs', async () => {
    const file = write([
      [text('TraceId'), [TRACE, TRACE]],
      [text('SpanId'), [ROOT, CHILD]],
      [text('ParentSpanId'), [null, ROOT]],
      [text('SpanName'), ['GET', 'query']],
      [integer('Timestamp'), [1_700_000_000_000_000_001n, 1_700_000_000_000_000_002n]],
      [integer('Duration'), [5n, 1n]],
      [map('SpanAttributes', text('value')), [{ b: '1', __a: '2', '7': 'x' }, {}]],
      [map('ResourceAttributes', text('value')), [{ 'service.name': 'web' }, null]],
      [
        list(
          'Events',
          struct('element', integer('Timestamp'), text('Name'), map('Attributes', text('value'))),
        ),
        [[{ Timestamp: 1_700_000_000_000_000_003n, Name: 'e', Attributes: { k: 'v' } }], []],
      ],
      [
        list('Links', struct('element', text('TraceId'), text('SpanId'), text('TraceState'))),
        [null, [{ TraceId: TRACE, SpanId: ROOT, TraceState: 'a=b' }]],
      ],
    ]);
    const { spans } = await readFormat(file, 'x.parquet');
    expect(asObject(spans[0].attributes)).toEqual({ b: '1', __a: '2', '7': 'x' });
    expect(spans[0].resource).toEqual({ service: 'web', attributes: ['service.name', 'web'] });
    expect(spans[0].events).toEqual([
      { name: 'e', timeNs: 1_700_000_000_000_000_003n, attributes: ['k', 'v'] },
    ]);
    expect(spans[1].links).toEqual([
      { traceId: TRACE, spanId: ROOT, attributes: ['w3c.tracestate', 'a=b'] },
    ]);
    expect(spans[1]).toMatchObject({ parentId: ROOT, attributes: [], events: [] });
  });

  it('are read over row groups and parts of them', async () => {
    const count = 9000;
    const rows = Array.from({ length: count }, (_, i) => i);
    const file = write(
      [
        [text('trace_id'), rows.map(() => TRACE)],
        [text('span_id'), rows.map((i) => i.toString(16).padStart(16, '0'))],
        [text('name'), rows.map((i) => `n${i}`)],
        [integer('start_time_unix_nano'), rows.map((i) => 1_700_000_000_000_000_000n + BigInt(i))],
        // Wide rows: a part has the least number of rows.
        [
          map('attributes', text('value')),
          rows.map((i) => ({ wide: String(i).padEnd(20_000, 'x') })),
        ],
      ],
      { rowGroupSize: 5000 },
    );
    const { spans } = await readFormat(file, 'x.parquet');
    expect(spans.length).toBe(count);
    spans.forEach((span, i) => {
      if (span.name !== `n${i}` || Number.parseInt(span.attributes[1], 10) !== i) {
        throw new Error(`row ${i} is ${span.name}`);
      }
    });
  });
});

describe('Tempo', () => {
  const head: [Tree, unknown[]][] = [
    [bytes('TraceID'), [raw(TRACE)]],
    [text('TraceIDText'), [TRACE]],
    [text('RootServiceName'), ['web']],
  ];
  const scalar = [
    text('Key'),
    text('Value'),
    integer('ValueInt'),
    double('ValueDouble'),
    flag('ValueBool'),
  ];

  it('vParquet3 has single values and links in protobuf', async () => {
    const attrs = list('Attrs', struct('element', ...scalar, text('ValueDropped')));
    const span = struct(
      'element',
      bytes('SpanID'),
      bytes('ParentSpanID'),
      text('Name'),
      integer('Kind'),
      integer('StartTimeUnixNano'),
      integer('DurationNano'),
      integer('StatusCode'),
      text('StatusMessage'),
      attrs,
      list(
        'Events',
        struct(
          'element',
          integer('TimeUnixNano'),
          text('Name'),
          list('Attrs', struct('element', text('Key'), bytes('Value'))),
        ),
      ),
      bytes('Links'),
      text('HttpMethod'),
      integer('HttpStatusCode'),
    );
    const file = write([
      ...head,
      [
        list(
          'rs',
          struct(
            'element',
            struct('Resource', attrs, text('ServiceName'), text('K8sPodName')),
            list(
              'ss',
              struct(
                'element',
                struct('Scope', text('Name'), text('Version')),
                list('Spans', span),
              ),
            ),
          ),
        ),
        [
          [
            {
              Resource: {
                Attrs: [{ Key: 'n', ValueInt: 3n }],
                ServiceName: 'web',
                K8sPodName: 'p',
              },
              ss: [
                {
                  Scope: { Name: 'http', Version: '1' },
                  Spans: [
                    {
                      SpanID: raw(ROOT),
                      ParentSpanID: new Uint8Array(),
                      Name: 'GET /',
                      Kind: 2n,
                      StartTimeUnixNano: 1_700_000_000_000_000_001n,
                      DurationNano: 5n,
                      StatusCode: 2n,
                      StatusMessage: 'boom',
                      Attrs: [
                        { Key: 's', Value: 'v' },
                        { Key: 'd', ValueDouble: 1.5 },
                        { Key: 'b', ValueBool: false },
                      ],
                      Events: [
                        {
                          TimeUnixNano: 1_700_000_000_000_000_002n,
                          Name: 'e',
                          // AnyValue { string_value: "hi" }
                          Attrs: [{ Key: 'k', Value: Uint8Array.of(0x0a, 2, 0x68, 0x69) }],
                        },
                      ],
                      // LinkSlice { links: { trace_id, span_id } }
                      Links: Uint8Array.of(
                        0x0a,
                        28,
                        0x0a,
                        16,
                        ...raw(TRACE),
                        0x12,
                        8,
                        ...raw(CHILD),
                      ),
                      HttpMethod: 'GET',
                      HttpStatusCode: 500n,
                    },
                    {
                      SpanID: raw(CHILD),
                      ParentSpanID: raw(ROOT),
                      Name: 'query',
                      Kind: 3n,
                      StartTimeUnixNano: 1_700_000_000_000_000_003n,
                      DurationNano: 1n,
                      StatusCode: 0n,
                      StatusMessage: '',
                      Attrs: [],
                      Events: [],
                      Links: new Uint8Array(),
                      HttpMethod: null,
                      HttpStatusCode: null,
                    },
                  ],
                },
              ],
            },
          ],
        ],
      ],
    ]);
    const { spans, diagnostics } = await readFormat(file, 'data.parquet');
    expect(diagnostics).toEqual({});
    expect(spans).toMatchObject([
      {
        traceId: TRACE,
        spanId: ROOT,
        parentId: null,
        name: 'GET /',
        kind: 'SERVER',
        startNs: 1_700_000_000_000_000_001n,
        endNs: 1_700_000_000_000_000_006n,
        status: 'ERROR',
        statusDescription: 'boom',
        scope: 'http',
        attributes: [
          ...['http.method', 'GET', 'http.status_code', '500', 's', 'v', 'd', '1.5', 'b', 'false'],
          ...['otel.scope.version', '1'],
        ],
        events: [{ name: 'e', timeNs: 1_700_000_000_000_000_002n, attributes: ['k', 'hi'] }],
        links: [{ traceId: TRACE, spanId: CHILD, attributes: [] }],
        resource: {
          service: 'web',
          attributes: ['service.name', 'web', 'k8s.pod.name', 'p', 'n', '3'],
        },
      },
      { spanId: CHILD, parentId: ROOT, kind: 'CLIENT', status: 'UNSET', links: [] },
    ]);
  });

  it('vParquet4 and 5 have lists of values, links and offsets of events', async () => {
    const lists = [
      text('Key'),
      flag('IsArray'),
      list('Value', text('element')),
      list('ValueInt', integer('element')),
      list('ValueDouble', double('element')),
      list('ValueBool', flag('element')),
      text('ValueUnsupported'),
    ];
    const attrs = list('Attrs', struct('element', ...lists));
    const none = { IsArray: false, Value: [], ValueInt: [], ValueDouble: [], ValueBool: [] };
    const file = write([
      ...head,
      [
        list(
          'rs',
          struct(
            'element',
            struct('Resource', attrs, text('ServiceName')),
            list(
              'ss',
              struct(
                'element',
                struct('Scope', text('Name'), text('Version'), attrs),
                list(
                  'Spans',
                  struct(
                    'element',
                    bytes('SpanID'),
                    bytes('ParentSpanID'),
                    text('Name'),
                    integer('StartTimeUnixNano'),
                    integer('DurationNano'),
                    attrs,
                    list(
                      'Events',
                      struct('element', integer('TimeSinceStartNano'), text('Name'), attrs),
                    ),
                    list(
                      'Links',
                      struct(
                        'element',
                        bytes('TraceID'),
                        bytes('SpanID'),
                        text('TraceState'),
                        attrs,
                      ),
                    ),
                    struct('DedicatedAttributes', text('String01'), text('String02')),
                  ),
                ),
              ),
            ),
          ),
        ),
        [
          [
            {
              Resource: { Attrs: [], ServiceName: 'web' },
              ss: [
                {
                  Scope: { Name: 'lib', Version: '', Attrs: [{ ...none, Key: 'a', Value: ['b'] }] },
                  Spans: [
                    {
                      SpanID: raw(ROOT),
                      ParentSpanID: new Uint8Array(),
                      Name: 'x',
                      StartTimeUnixNano: 1_700_000_000_000_000_001n,
                      DurationNano: 5n,
                      Attrs: [
                        { ...none, Key: 'one', ValueInt: [7n] },
                        { ...none, Key: 'many', IsArray: true, Value: ['a', 'b"'] },
                        { ...none, Key: 'empty', IsArray: true },
                        { ...none, Key: 'odd', ValueUnsupported: '{"kvlistValue":{}}' },
                      ],
                      Events: [{ TimeSinceStartNano: 2n, Name: 'e', Attrs: [] }],
                      Links: [
                        { TraceID: raw(TRACE), SpanID: raw(CHILD), TraceState: 's', Attrs: [] },
                      ],
                      DedicatedAttributes: { String01: 'kept', String02: null },
                    },
                  ],
                },
              ],
            },
          ],
        ],
      ],
    ]);
    const { spans } = await readFormat(file, 'data.parquet');
    expect(spans[0]).toMatchObject({
      scope: 'lib',
      events: [{ name: 'e', timeNs: 1_700_000_000_000_000_003n }],
      links: [{ traceId: TRACE, spanId: CHILD, attributes: ['w3c.tracestate', 's'] }],
    });
    expect(asObject(spans[0].attributes)).toEqual({
      one: '7',
      many: '["a","b\\""]',
      empty: '[]',
      odd: '{"kvlistValue":{}}',
      'tempo.dedicated.String01': 'kept',
      'otel.scope.a': 'b',
    });
  });
});
