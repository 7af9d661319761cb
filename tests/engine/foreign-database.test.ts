/** DuckDB files of other tools, made by native DuckDB: their tables by the names of columns, otel-desktop-viewer's joined. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootOne, type OneDataset } from '../support/one-dataset';
import { Input } from '$lib/bytes/input';
import { ArrowResult } from '$lib/engine/query/result';
import type { Mapping } from '$lib/model/mapping';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const ROOT = 'b7ad6b7169203331';
const CHILD = '00f067aa0ba902b7';
const uuid = (hex: string) =>
  hex.padStart(32, '0').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');

let folder: string;
let engine: OneDataset;
let files = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spanlight-'));
  engine = await bootOne();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function open(statements: string, mapping?: Mapping) {
  const path = join(folder, `${++files}.duckdb`);
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(statements);
  await connection.run('CHECKPOINT');
  connection.closeSync();
  instance.closeSync();
  return engine.open([new Input('x.duckdb', new Blob([readFileSync(path)]))], { mapping });
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  const request = { sql, limit: 10_000, timeoutMs: 10_000 };
  return new ArrowResult(await engine.query(request, { cancelled: false })).rows();
}

const SPANS = `SELECT trace_id, span_id, parent_id, name, service, kind, start_time, end_time, status_code,
  status_description, attributes, resource, scope, events, links FROM spans ORDER BY start_time`;

describe('any table of spans', () => {
  it('is read with lists, structs, maps, unions and JSON, to the nanosecond', async () => {
    const summary = await open(`
      CREATE TYPE attribute AS UNION(str VARCHAR, num BIGINT, strs VARCHAR[]);
      CREATE TABLE traced (traceID VARCHAR, spanID VARCHAR, parentSpanID VARCHAR, name VARCHAR, kind VARCHAR,
        startTime TIMESTAMP_NS, endTime TIMESTAMP_NS, attributes MAP(VARCHAR, attribute), resourceAttributes JSON,
        events STRUCT(name VARCHAR, "timestamp" TIMESTAMP_NS, attributes MAP(VARCHAR, attribute))[],
        statusCode VARCHAR, amount DECIMAL(18, 4), point STRUCT(x INTEGER, y INTEGER));
      INSERT INTO traced VALUES ('${TRACE}', '${ROOT}', '', 'root', 'Server', '2023-11-14 22:13:20.000000001',
        '2023-11-14 22:13:20.000000009', MAP {'a': 'x'::attribute, 'n': 9007199254740993::attribute, 'l': ['p', 'q']::attribute},
        '{"service.name":"shop"}', [{'name': 'e', 'timestamp': '2023-11-14 22:13:20.000000002', 'attributes': MAP {'k': 1::attribute}}],
        'Ok', 1.2500, {'x': 1, 'y': 2});
      CREATE TABLE other (x INTEGER);`);
    expect(summary).toMatchObject({ spans: 1, traces: 1, services: 1, format: 'DuckDB' });
    expect(summary.diagnostics.map(({ code }) => code).sort()).toEqual([
      'no-time-zone',
      'skipped-table',
    ]);
    const [span] = await rows(SPANS);
    expect(span).toMatchObject({
      trace_id: TRACE,
      span_id: ROOT,
      parent_id: null,
      service: 'shop',
      kind: 'SERVER',
      status_code: 'OK',
      start_time: 1_700_000_000_000_000_001n,
      end_time: 1_700_000_000_000_000_009n,
      attributes: {
        a: 'x',
        n: '9007199254740993',
        l: '["p","q"]',
        amount: '1.2500',
        point: '{"x":1,"y":2}',
      },
      events: [{ name: 'e', time: 1_700_000_000_000_000_002n, attributes: { k: '1' } }],
    });
  });

  it('of another schema is read by a mapping', async () => {
    const table = `CREATE SCHEMA s; CREATE TABLE s.t ("at" BIGINT, what VARCHAR);
      INSERT INTO s.t VALUES (1700000000000, 'boil'), (1700000000001, 'pour');`;
    await expect(open(table)).rejects.toMatchObject({
      code: 'needs-mapping',
      message: expect.stringContaining('at, what'),
    });
    const summary = await open(table, {
      table: 's.t',
      columns: { start: 'at', name: 'what' },
      withoutIds: 'one-trace',
    });
    expect(summary).toMatchObject({ spans: 2, traces: 1 });
  });

  it('may be missing or empty, which is said', async () => {
    await expect(open('CREATE VIEW v AS SELECT 1 AS x')).rejects.toMatchObject({
      code: 'empty-file',
    });
    await expect(
      open('CREATE TABLE t (trace_id VARCHAR, span_id VARCHAR, start_time_ns BIGINT)'),
    ).rejects.toMatchObject({ code: 'no-spans', message: expect.stringContaining('tables: t') });
  });
});

const EXPECTED = [
  {
    trace_id: TRACE,
    span_id: ROOT,
    parent_id: null,
    name: 'root',
    service: 'shop',
    kind: 'SERVER',
    start_time: 1_700_000_000_000_000_001n,
    end_time: 1_700_000_000_000_000_009n,
    status_code: 'ERROR',
    status_description: 'boom',
    scope: 'lib',
    resource: { 'service.name': 'shop' },
    attributes: { a: 'x', n: '7', 'otel.scope.version': '1' },
    events: [{ name: 'e', time: 1_700_000_000_000_000_002n, attributes: { k: 'v' } }],
    links: [{ trace_id: TRACE, span_id: CHILD, attributes: { l: 'm' } }],
  },
  { span_id: CHILD, parent_id: ROOT, name: 'child', service: 'shop', events: [], links: [] },
];

describe('otel-desktop-viewer', () => {
  const DICTIONARY = (id: string, value: (text: string, kind?: string) => string) => `
    CREATE TABLE attributes (id UUID PRIMARY KEY, key VARCHAR, value VARCHAR, type VARCHAR, scope VARCHAR);
    CREATE TABLE resources (id UUID PRIMARY KEY, seq INTEGER, attribute_ids UUID[], dropped_attributes_count UINTEGER);
    CREATE TABLE scopes (id UUID PRIMARY KEY, seq INTEGER, name VARCHAR, version VARCHAR, attribute_ids UUID[],
      dropped_attributes_count UINTEGER);
    CREATE TABLE logs (id UUID, timestamp BIGINT, trace_id UUID, span_id ${id}, body VARCHAR);
    INSERT INTO attributes VALUES ('${uuid('1')}', 'a', '${value('x')}', 'string', 'span'), ('${uuid('2')}', 'n', '${value('7', 'int64')}', 'int64', 'span'),
      ('${uuid('3')}', 'service.name', '${value('shop')}', 'string', 'resource'), ('${uuid('4')}', 'k', '${value('v')}', 'string', 'event'),
      ('${uuid('5')}', 'l', '${value('m')}', 'string', 'link');
    INSERT INTO resources VALUES ('${uuid('a')}', 1, ['${uuid('3')}'], 0);
    INSERT INTO scopes VALUES ('${uuid('b')}', 1, 'lib', '1', [], 0);`;

  it('with attributes that owners share', async () => {
    const summary = await open(`${DICTIONARY('UUID', (text) => text)}
      CREATE TABLE spans (trace_id UUID, trace_state VARCHAR, span_id UUID PRIMARY KEY, parent_span_id UUID, name VARCHAR,
        kind VARCHAR, start_time BIGINT, end_time BIGINT, resource_id UUID, scope_id UUID, attribute_ids UUID[],
        dropped_attributes_count UINTEGER, status_code VARCHAR, status_message VARCHAR, service_name VARCHAR);
      CREATE TABLE events (id UUID PRIMARY KEY, span_id UUID, name VARCHAR, timestamp BIGINT, attribute_ids UUID[]);
      CREATE TABLE links (id UUID PRIMARY KEY, span_id UUID, trace_id UUID, linked_span_id UUID, trace_state VARCHAR, attribute_ids UUID[]);
      INSERT INTO spans VALUES ('${uuid(TRACE)}', '', '${uuid(ROOT)}', NULL, 'root', 'Server', 1700000000000000001, 1700000000000000009,
          '${uuid('a')}', '${uuid('b')}', ['${uuid('1')}', '${uuid('2')}'], 0, 'Error', 'boom', 'shop'),
        ('${uuid(TRACE)}', '', '${uuid(CHILD)}', '${uuid(ROOT)}', 'child', 'Internal', 1700000000000000003, 1700000000000000004,
          '${uuid('a')}', '${uuid('b')}', [], 0, 'Unset', '', 'shop');
      INSERT INTO events VALUES ('${uuid('e')}', '${uuid(ROOT)}', 'e', 1700000000000000002, ['${uuid('4')}']);
      INSERT INTO links VALUES ('${uuid('f')}', '${uuid(ROOT)}', '${uuid(TRACE)}', '${uuid(CHILD)}', '', ['${uuid('5')}']);
      INSERT INTO logs VALUES ('${uuid('9')}', 1, '${uuid(TRACE)}', '${uuid(ROOT)}', 'hello');`);
    expect(summary).toMatchObject({ spans: 2, traces: 1, services: 1 });
    expect(await rows(SPANS)).toMatchObject(EXPECTED);
  });

  it('with numbers as ids and values that say their kind', async () => {
    const tagged = (text: string, kind = 'string') => `{"kind":"${kind}","value":"${text}"}`;
    await open(`${DICTIONARY('UBIGINT', tagged)}
      CREATE TABLE spans (trace_id UUID, trace_state VARCHAR, span_id UBIGINT, parent_span_id UBIGINT, name VARCHAR,
        kind INTEGER, start_time UBIGINT, end_time UBIGINT, resource_id UUID, scope_id UUID, attribute_ids UUID[],
        dropped_attributes_count UINTEGER, status_code INTEGER, status_message VARCHAR, service_name VARCHAR);
      CREATE TABLE events (id UUID PRIMARY KEY, trace_id UUID, span_id UBIGINT, name VARCHAR, timestamp UBIGINT, attribute_ids UUID[]);
      CREATE TABLE links (id UUID PRIMARY KEY, trace_id UUID, span_id UBIGINT, linked_trace_id UUID, linked_span_id UBIGINT,
        trace_state VARCHAR, attribute_ids UUID[]);
      INSERT INTO spans VALUES ('${uuid(TRACE)}', '', ${BigInt(`0x${ROOT}`)}, NULL, 'root', 2, 1700000000000000001, 1700000000000000009,
          '${uuid('a')}', '${uuid('b')}', ['${uuid('1')}', '${uuid('2')}'], 0, 2, 'boom', 'shop'),
        ('${uuid(TRACE)}', '', ${BigInt(`0x${CHILD}`)}, ${BigInt(`0x${ROOT}`)}, 'child', 1, 1700000000000000003, 1700000000000000004,
          '${uuid('a')}', '${uuid('b')}', [], 0, 0, '', 'shop');
      INSERT INTO events VALUES ('${uuid('e')}', '${uuid(TRACE)}', ${BigInt(`0x${ROOT}`)}, 'e', 1700000000000000002, ['${uuid('4')}']);
      INSERT INTO links VALUES ('${uuid('f')}', '${uuid(TRACE)}', ${BigInt(`0x${ROOT}`)}, '${uuid(TRACE)}', ${BigInt(`0x${CHILD}`)}, '', ['${uuid('5')}']);`);
    expect(await rows(SPANS)).toMatchObject(EXPECTED);
  });

  it('with attributes that name their owner', async () => {
    await open(`
      CREATE TABLE spans (TraceID VARCHAR, TraceState VARCHAR, SpanID VARCHAR PRIMARY KEY, ParentSpanID VARCHAR, Name VARCHAR,
        Kind VARCHAR, StartTime BIGINT, EndTime BIGINT, ScopeName VARCHAR, ScopeVersion VARCHAR, StatusCode VARCHAR,
        StatusMessage VARCHAR, SearchText VARCHAR);
      CREATE TABLE events (ID UUID PRIMARY KEY, SpanID VARCHAR, Name VARCHAR, Timestamp BIGINT);
      CREATE TABLE links (ID UUID PRIMARY KEY, SpanID VARCHAR, TraceID VARCHAR, LinkedSpanID VARCHAR, TraceState VARCHAR);
      CREATE TABLE attributes (SpanID VARCHAR, EventID UUID, LinkID UUID, LogID UUID, Scope VARCHAR, Key VARCHAR, Value VARCHAR);
      INSERT INTO spans VALUES ('${TRACE}', '', '${ROOT}', '', 'root', 'Server', 1700000000000000001, 1700000000000000009, 'lib', '1', 'Error', 'boom', ''),
        ('${TRACE}', '', '${CHILD}', '${ROOT}', 'child', 'Internal', 1700000000000000003, 1700000000000000004, '', '', 'Unset', '', '');
      INSERT INTO events VALUES ('${uuid('e')}', '${ROOT}', 'e', 1700000000000000002);
      INSERT INTO links VALUES ('${uuid('f')}', '${ROOT}', '${TRACE}', '${CHILD}', '');
      INSERT INTO attributes VALUES ('${ROOT}', NULL, NULL, NULL, 'span', 'a', 'x'), ('${ROOT}', NULL, NULL, NULL, 'span', 'n', '7'),
        ('${ROOT}', NULL, NULL, NULL, 'resource', 'service.name', 'shop'), ('${CHILD}', NULL, NULL, NULL, 'resource', 'service.name', 'shop'),
        ('${ROOT}', '${uuid('e')}', NULL, NULL, 'event', 'k', 'v'), ('${ROOT}', NULL, '${uuid('f')}', NULL, 'link', 'l', 'm');`);
    expect(await rows(SPANS)).toMatchObject(EXPECTED);
  });
});
