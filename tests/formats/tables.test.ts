/** Tables as spans: what columns mean, by layout and in general, in each of the formats that hold tables. */
import { readFileSync } from 'node:fs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { FORMATS } from '$lib/formats/registry';
import { AppError } from '$lib/model/errors';
import type { UnmappedTable } from '$lib/model/mapping';
import { INVALID_NS } from '$lib/model/span';
import { FIXTURES } from '../support/paths';
import { asObject, countsOf, readFormat } from '../support/read-format';

type Columns = Parameters<typeof parquetWriteBuffer>[0]['columnData'];

const parquet = (columnData: Columns) => new Uint8Array(parquetWriteBuffer({ columnData }));
const csv = (...lines: string[]) => lines.join('\n');

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const ROOT = 'b7ad6b7169203331';
const CHILD = '00f067aa0ba902b7';

async function needsMapping(bytes: string): Promise<UnmappedTable> {
  const source = new Source(Input.ofText('rows.csv', bytes));
  const head = await source.head();
  const format = FORMATS.find((candidate) => candidate.sniffTable?.(head));
  const error = await format
    ?.read(source, { span: () => undefined, warn: () => undefined })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: 'needs-mapping' });
  return JSON.parse((error as AppError).data.table) as UnmappedTable;
}

describe('Parquet', () => {
  it('reads ClickHouse’s otel_traces with JSON text', async () => {
    const file = parquet([
      {
        name: 'Timestamp',
        data: [1_700_000_000_000_000_001n, 1_700_000_000_001_000_002n],
        type: 'INT64',
      },
      { name: 'TraceId', data: [TRACE, TRACE], type: 'STRING' },
      { name: 'SpanId', data: [ROOT, CHILD], type: 'STRING' },
      { name: 'ParentSpanId', data: ['', ROOT], type: 'STRING' },
      { name: 'TraceState', data: ['a=b', ''], type: 'STRING' },
      { name: 'SpanName', data: ['GET /', 'query'], type: 'STRING' },
      { name: 'SpanKind', data: ['SPAN_KIND_SERVER', 'Client'], type: 'STRING' },
      { name: 'ServiceName', data: ['web', 'db'], type: 'STRING' },
      { name: 'ResourceAttributes', data: ['{"host.name":"n1"}', '{}'], type: 'STRING' },
      { name: 'ScopeName', data: ['http', ''], type: 'STRING' },
      { name: 'ScopeVersion', data: ['1.0', ''], type: 'STRING' },
      { name: 'SpanAttributes', data: ['{"a":1.50,"__proto__":"x"}', '{}'], type: 'STRING' },
      { name: 'Duration', data: [5_000_000n, 1n], type: 'INT64' },
      { name: 'StatusCode', data: ['Error', 'Unset'], type: 'STRING' },
      { name: 'StatusMessage', data: ['boom', ''], type: 'STRING' },
    ]);
    const result = await readFormat(file, 'x.parquet');
    expect(result.format).toBe('parquet');
    // The unit of Timestamp is judged by its values; ClickHouse's Duration is known.
    expect(countsOf(result)).toEqual({ 'judged-unit': 1 });
    const [root, child] = result.spans;
    expect(root).toMatchObject({
      traceId: TRACE,
      spanId: ROOT,
      parentId: null,
      name: 'GET /',
      kind: 'SERVER',
      startNs: 1_700_000_000_000_000_001n,
      endNs: 1_700_000_000_005_000_001n,
      status: 'ERROR',
      statusDescription: 'boom',
      scope: 'http',
      resource: { service: 'web' },
    });
    expect(root.attributes).toEqual([
      ...['a', '1.50', '__proto__', 'x', 'otel.scope.version', '1.0', 'w3c.tracestate', 'a=b'],
    ]);
    expect(asObject(root.resource.attributes)).toEqual({
      'host.name': 'n1',
      'service.name': 'web',
    });
    expect(child).toMatchObject({
      parentId: ROOT,
      kind: 'CLIENT',
      endNs: 1_700_000_000_001_000_003n,
    });
  });

  it('keeps timestamps to the nanosecond, decimals and singles by their digits', async () => {
    const start = new Date('2026-03-01T10:00:00.123Z');
    const file = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'trace_id', data: [TRACE] },
          { name: 'span_id', data: [ROOT] },
          { name: 'name', data: ['x'] },
          { name: 'start_time', data: [start] },
          { name: 'end_time', data: [1_772_359_200_123_456_789n] },
          { name: 'price', data: [123.45] },
          { name: 'share', data: [0.1] },
        ],
        schema: [
          { name: 'root', num_children: 7 },
          {
            name: 'trace_id',
            type: 'BYTE_ARRAY',
            converted_type: 'UTF8',
            repetition_type: 'REQUIRED',
          },
          {
            name: 'span_id',
            type: 'BYTE_ARRAY',
            converted_type: 'UTF8',
            repetition_type: 'REQUIRED',
          },
          { name: 'name', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
          {
            name: 'start_time',
            type: 'INT64',
            converted_type: 'TIMESTAMP_MILLIS',
            repetition_type: 'REQUIRED',
          },
          {
            name: 'end_time',
            type: 'INT64',
            logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' },
            repetition_type: 'REQUIRED',
          },
          {
            name: 'price',
            type: 'INT32',
            converted_type: 'DECIMAL',
            scale: 2,
            precision: 9,
            repetition_type: 'REQUIRED',
          },
          { name: 'share', type: 'FLOAT', repetition_type: 'REQUIRED' },
        ],
      }),
    );
    const { spans, diagnostics } = await readFormat(file, 'x.parquet');
    expect(diagnostics).toEqual({});
    expect(spans[0]).toMatchObject({
      startNs: 1_772_359_200_123_000_000n,
      endNs: 1_772_359_200_123_456_789n,
    });
    expect(asObject(spans[0].attributes)).toEqual({ price: '123.45', share: '0.1' });
  });

  it('says what is wrong with a broken one', async () => {
    const whole = parquet([{ name: 'trace_id', data: [TRACE], type: 'STRING' }]);
    await expect(readFormat(whole.slice(0, whole.length - 9), 'cut.parquet')).rejects.toMatchObject(
      {
        code: 'broken-file',
        message: expect.stringContaining('cut.parquet'),
      },
    );
  });
});

describe('layouts', () => {
  it('reads Phoenix’s dataframe with dots in its names', async () => {
    const { spans, diagnostics } = await readFormat(
      parquet([
        { name: 'name', data: ['llm'], type: 'STRING' },
        { name: 'span_kind', data: ['LLM'], type: 'STRING' },
        { name: 'parent_id', data: [null], type: 'STRING' },
        { name: 'start_time', data: [new Date(1_700_000_000_000)] },
        { name: 'end_time', data: [new Date(1_700_000_001_000)] },
        { name: 'status_code', data: ['OK'], type: 'STRING' },
        { name: 'status_message', data: [''], type: 'STRING' },
        { name: 'context.span_id', data: [ROOT], type: 'STRING' },
        { name: 'context.trace_id', data: [TRACE], type: 'STRING' },
        { name: 'attributes.llm.model_name', data: ['m'], type: 'STRING' },
        {
          name: 'attributes.llm.input_messages',
          data: ['[{"message.role":"user","message.content":"hi"}]'],
          type: 'STRING',
        },
      ]),
      'x.parquet',
    );
    expect(diagnostics).toEqual({});
    expect(spans[0]).toMatchObject({ traceId: TRACE, spanId: ROOT, parentId: null, status: 'OK' });
    expect(asObject(spans[0].attributes)).toEqual({
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'm',
      'llm.input_messages.0.message.role': 'user',
      'llm.input_messages.0.message.content': 'hi',
    });
  });

  it('adds up Langfuse’s tokens, whose input leaves the cached part out', async () => {
    const { spans, format } = await readFormat(
      csv(
        'id,trace_id,type,parent_observation_id,start_time,end_time,name,level,status_message,input,model,usage_details,total_cost,latency',
        'obs-1,trace-1,GENERATION,,2026-03-01T10:00:00.000Z,2026-03-01T10:00:02.500Z,answer,ERROR,limit,hi,m,"{""input"":10,""input_cached_tokens"":90,""output"":5,""output_reasoning_tokens"":7,""total"":112}",0.25,2.5',
        'obs-2,trace-1,SPAN,obs-1,2026-03-01T10:00:00.000Z,2026-03-01T10:00:01.000Z,step,DEFAULT,,,,,,1',
      ),
      'x.csv',
    );
    expect(format).toBe('csv');
    expect(spans[0]).toMatchObject({
      traceId: 'trace-1',
      spanId: 'obs-1',
      status: 'ERROR',
      statusDescription: 'limit',
      endNs: 1_772_359_202_500_000_000n,
    });
    expect(asObject(spans[0].attributes)).toEqual({
      'langfuse.observation.type': 'GENERATION',
      'input.value': 'hi',
      'gen_ai.request.model': 'm',
      'gen_ai.usage.input_tokens': '100',
      'gen_ai.usage.output_tokens': '12',
      'gen_ai.usage.cache_read.input_tokens': '90',
      'gen_ai.usage.reasoning.output_tokens': '7',
      'gen_ai.usage.cost': '0.25',
    });
    expect(spans[1]).toMatchObject({ parentId: 'obs-1', status: 'UNSET' });
  });

  it('reads LangSmith’s runs', async () => {
    const { spans } = await readFormat(
      csv(
        'id,trace_id,parent_run_id,name,run_type,start_time,end_time,status,error,inputs,prompt_tokens',
        '11111111-2222-3333-4444-555555555555,11111111-2222-3333-4444-555555555555,,chain,chain,2026-03-01T10:00:00.123456,2026-03-01T10:00:01,error,boom,"{""q"":1}",12',
      ),
      'x.csv',
    );
    expect(spans[0]).toMatchObject({
      spanId: '11111111222233334444555555555555',
      status: 'ERROR',
      statusDescription: 'boom',
      startNs: 1_772_359_200_123_456_000n,
    });
    expect(asObject(spans[0].attributes)).toEqual({
      'langsmith.span.kind': 'chain',
      'input.value': '{"q":1}',
      'gen_ai.usage.input_tokens': '12',
    });
  });

  it('reads SigNoz’s maps, materialised columns left out', async () => {
    const { spans } = await readFormat(
      csv(
        'ts_bucket_start,timestamp,trace_id,span_id,parent_span_id,name,kind,kind_string,duration_nano,status_code,status_code_string,has_error,attributes_string,attributes_number,resources_string,events,resource_string_service$$name',
        `1,2026-03-01 10:00:00.000000005,${TRACE},${ROOT},,GET,2,Server,7,2,Error,true,"{'http.method':'GET'}","{'n':1.5}","{'service.name':'web'}","['{""name"":""e"",""timeUnixNano"":1772359200000000006,""attributeMap"":{""k"":""v""}}']",web`,
      ),
      'x.csv',
    );
    expect(spans[0]).toMatchObject({
      kind: 'SERVER',
      status: 'ERROR',
      startNs: 1_772_359_200_000_000_005n,
      endNs: 1_772_359_200_000_000_012n,
      attributes: ['http.method', 'GET', 'n', '1.5'],
      events: [{ name: 'e', timeNs: 1_772_359_200_000_000_006n, attributes: ['k', 'v'] }],
      resource: { service: 'web', attributes: ['service.name', 'web'] },
    });
  });

  it('flattens attributes of ClickHouse’s JSON mode and leaves its lists of keys out', async () => {
    const { spans } = await readFormat(
      JSON.stringify({
        Timestamp: '2026-03-01 10:00:00.000000005',
        TraceId: TRACE,
        SpanId: ROOT,
        SpanName: 'x',
        SpanAttributes: { http: { method: 'GET', status: { code: 200 } } },
        SpanAttributesKeys: ['http.method', 'http.status.code'],
        ResourceAttributes: { service: { name: 'web' } },
        ResourceAttributesKeys: ['service.name'],
        Duration: 7,
      }),
      'x.json',
    );
    expect(spans[0].attributes).toEqual(['http.method', 'GET', 'http.status.code', '200']);
    expect(spans[0].resource).toEqual({ service: 'web', attributes: ['service.name', 'web'] });
  });

  it('knows a pod’s name from its service’s, and `root` from a parent', async () => {
    const { spans } = await readFormat(
      csv(
        'TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano,Duration',
        `${TRACE},${ROOT},root,cart-579b9bff58-t2dbm,Get,1661146988592291144,1661146988774282567,181991`,
      ),
      'x.csv',
    );
    expect(spans[0]).toMatchObject({ parentId: null, endNs: 1661146988774282567n });
    expect(asObject(spans[0].resource.attributes)).toEqual({
      'service.name': 'cart',
      'k8s.pod.name': 'cart-579b9bff58-t2dbm',
    });
  });
});

describe('units', () => {
  const rows = (header: string, ...lines: string[]) =>
    readFormat(csv(`trace_id,span_id,name,${header}`, ...lines), 'x.csv');

  it.each([
    ['s', '1700000000.25', 1_700_000_000_250_000_000n],
    ['ms', '1700000000123', 1_700_000_000_123_000_000n],
    ['us', '1700000000123456', 1_700_000_000_123_456_000n],
    ['ns', '1700000000123456789', 1_700_000_000_123_456_789n],
  ])('are judged by the size of epoch times: %s', async (_, text, ns) => {
    const result = await rows('start', `${TRACE},${ROOT},x,${text}`);
    expect(result.spans[0].startNs).toBe(ns);
    expect(countsOf(result)).toEqual({ 'judged-unit': 1 });
  });

  it('of durations are judged by start and end, against the name', async () => {
    const result = await rows(
      'start_time_ms,end_time_ms,duration_ms',
      `${TRACE},a1,x,1700000000000,1700000000500,500000`,
      `${TRACE},a2,x,1700000000000,1700000000250,250000`,
      `${TRACE},a3,x,1700000000000,,125000`,
    );
    expect(result.spans[2].endNs).toBe(1_700_000_000_125_000_000n);
    expect(countsOf(result)).toEqual({ 'judged-unit': 1 });
  });

  it('of single rows that contradict the column are told', async () => {
    const result = await rows(
      'start,end,duration_ms',
      `${TRACE},a1,x,1700000000000,1700000000500,500`,
      `${TRACE},a2,x,1700000000000,1700000000500,9`,
      `${TRACE},a3,x,1700000000000000,1700000000500,500`,
    );
    expect(result.spans.map(({ startNs }) => startNs)).toEqual([
      1_700_000_000_000_000_000n,
      1_700_000_000_000_000_000n,
      1_700_000_000_000_000_000n,
    ]);
    expect(countsOf(result)).toEqual({
      'judged-unit': 2,
      'mixed-units': 1,
      'duration-mismatch': 1,
    });
  });

  it('are read from durations that are written out', async () => {
    const { spans } = await rows(
      'start,duration',
      `${TRACE},a1,x,2026-03-01T10:00:00+01:00,PT1.2S`,
      `${TRACE},a2,x,2026-03-01T10:00:00Z,1m3.5s`,
      `${TRACE},a3,x,2026-03-01T10:00:00Z,soon`,
    );
    const lengths = spans.slice(0, 2).map(({ startNs, endNs }) => endNs! - startNs!);
    expect(lengths).toEqual([1_200_000_000n, 63_500_000_000n]);
    expect(spans[2].endNs).toBe(INVALID_NS);
    expect(spans[0].startNs).toBe(1_772_355_600_000_000_000n);
  });
});

describe('a table that nobody knows', () => {
  const text = csv(
    'when,what,took_ms,who',
    '2026-03-01T10:00:00Z,boil,5,anna',
    '2026-03-01T10:00:01Z,pour,7,bert',
  );

  it('is told with its columns and first rows', async () => {
    expect(await needsMapping(text)).toEqual({
      table: '',
      columns: [
        { name: 'when', type: 'text', field: null },
        { name: 'what', type: 'text', field: null },
        { name: 'took_ms', type: 'text', field: null },
        { name: 'who', type: 'text', field: null },
      ],
      rows: [
        ['2026-03-01T10:00:00Z', 'boil', '5', 'anna'],
        ['2026-03-01T10:00:01Z', 'pour', '7', 'bert'],
      ],
      missing: ['traceId', 'spanId', 'start'],
    });
  });

  it('is read by a mapping, its rows as roots', async () => {
    const source = new Source(Input.ofText('rows.csv', text));
    const format = FORMATS.find(({ id }) => id === 'csv')!;
    const spans: unknown[] = [];
    const codes: string[] = [];
    await format.read(
      source,
      { span: (span) => spans.push(span), warn: (code) => codes.push(code) },
      {
        mapping: {
          columns: { start: 'when', name: 'what', duration: 'took_ms', service: 'who' },
          withoutIds: 'one-trace',
        },
      },
    );
    expect(spans).toMatchObject([
      {
        traceId: '00000000000000000000000000000001',
        spanId: '0000000000000001',
        parentId: null,
        name: 'boil',
        endNs: 1_772_359_200_005_000_000n,
        resource: { service: 'anna' },
      },
      { traceId: '00000000000000000000000000000001', spanId: '0000000000000002', name: 'pour' },
    ]);
    expect(codes).toEqual(['made-id', 'made-id']);
  });
});

describe('CSV', () => {
  const header = 'trace_id,span_id,name,start_time,note';
  const row = (note: string, id = ROOT) => `${TRACE},${id},x,2026-03-01T10:00:00Z,${note}`;

  it('keeps line breaks, quotes and delimiters inside quotes', async () => {
    const { spans } = await readFormat(csv(header, row('"two\nlines, ""quoted"""')), 'x.csv');
    expect(spans[0].attributes).toEqual(['note', 'two\nlines, "quoted"']);
  });

  it('loses one row to a quote that is never closed', async () => {
    const result = await readFormat(
      csv(header, row('ok', 'a1'), row('"open', 'a2'), row('fine', 'a3'), row('too', 'a4'), ''),
      'x.csv',
    );
    expect(result.spans.map(({ spanId }) => spanId)).toEqual([
      '00000000000000a1',
      '00000000000000a3',
      '00000000000000a4',
    ]);
    expect(countsOf(result)).toEqual({ 'broken-record': 1 });
  });

  it('tells prose from rows', async () => {
    const head = new TextEncoder().encode('Dear all, hello,\nhow are you, and, well, so on\n');
    expect(FORMATS.filter((format) => format.sniff(head) || format.sniffTable?.(head))).toEqual([]);
  });

  it('takes twice as long for twice as much', async () => {
    const lines = (count: number) =>
      csv(header, ...Array.from({ length: count }, (_, i) => row(`"n ${i}"`, i.toString(16))));
    const timed = async (count: number) => {
      const text = lines(count);
      const at = performance.now();
      const { spans } = await readFormat(text, 'x.csv');
      expect(spans.length).toBe(count);
      return performance.now() - at;
    };
    await timed(4000);
    const once = Math.min(await timed(20_000), await timed(20_000));
    expect(await timed(40_000)).toBeLessThan(5 * once);
  });
});

describe('SigNoz', () => {
  const read = (name: string) =>
    readFormat(readFileSync(`${FIXTURES}signoz/${name}`), name).then(({ spans }) => spans);

  it.each(['query-range-v3.json', 'trace-columns.json', 'waterfall.json'])(
    '%s: a root and a call of it',
    async (name) => {
      const [root, child] = await read(name);
      expect(root).toMatchObject({
        traceId: TRACE,
        spanId: ROOT,
        parentId: null,
        name: 'GET /',
        kind: 'SERVER',
        status: 'OK',
        resource: { service: 'web' },
      });
      expect(asObject(root.attributes)).toMatchObject({ 'http.method': 'GET' });
      expect(child).toMatchObject({
        spanId: CHILD,
        parentId: ROOT,
        status: 'ERROR',
        statusDescription: 'boom',
        resource: { service: 'db' },
        links: [],
      });
      const [event] = [...root.events, ...child.events];
      expect(event.timeNs).toBe(1_714_566_896_000_000_200n);
      expect(child.endNs! - child.startNs!).toBe(name.startsWith('query') ? 500n : 500_000n);
    },
  );

  it('keeps nanoseconds and the types of tags', async () => {
    const [root] = await read('query-range-v3.json');
    expect(root.startNs).toBe(1_714_566_896_000_000_001n);
    expect(asObject(root.attributes)).toEqual({
      'http.method': 'GET',
      'http.status_code': '200',
      cached: 'true',
    });
    const [span] = await read('query-range-v5.json');
    expect(span).toMatchObject({
      kind: 'SERVER',
      status: 'OK',
      startNs: 1_714_566_896_000_000_001n,
      resource: { service: 'web', attributes: ['service.name', 'web'] },
    });
    expect(asObject(span.attributes)).toEqual({ 'http.method': 'GET' });
  });
});
