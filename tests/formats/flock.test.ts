/** Flock's table as its exporter writes it, made by native DuckDB, opened by the page's engine. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootOne, type OneDataset } from '../support/one-dataset';
import { ArrowResult } from '$lib/engine/query/result';
import { Input } from '$lib/bytes/input';

const TABLE = `CREATE TABLE IF NOT EXISTS spans (
  trace_id VARCHAR NOT NULL, span_id VARCHAR PRIMARY KEY, parent_id VARCHAR, name VARCHAR NOT NULL,
  service VARCHAR, operation VARCHAR, kind VARCHAR, start_time BIGINT NOT NULL, end_time BIGINT NOT NULL,
  duration_ms DOUBLE NOT NULL, status_code VARCHAR NOT NULL, status_description VARCHAR,
  attributes JSON, events JSON, links JSON, resource JSON, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)`;
const INDEXES = ['trace_id', 'service', 'start_time', 'name', 'created_at'].map(
  (column) => `CREATE INDEX IF NOT EXISTS idx_${column} ON spans(${column})`,
);

const T0 = 1_760_000_000_123_456_789n;
const TRACE = '0123456789abcdef0123456789abcdef';

let folder: string;
let engine: OneDataset;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spanlight-'));
  engine = await bootOne();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function file(name: string, statements: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(folder, name);
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  await connection.run('CHECKPOINT');
  connection.closeSync();
  instance.closeSync();
  return new Uint8Array(readFileSync(path));
}

const open = (bytes: Uint8Array<ArrayBuffer>, name = 'traces.duckdb') =>
  engine.open([new Input(name, new Blob([bytes]))], {
    signal: new AbortController().signal,
    onProgress: () => {},
  });

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  const request = { sql, limit: 10_000, timeoutMs: 10_000 };
  return new ArrowResult(await engine.query(request, { cancelled: false })).rows();
}

interface Row {
  id: string;
  parent?: string;
  name: string;
  start: number;
  end: number;
  status?: string;
  attributes?: object;
  events?: object[];
  resource?: object;
}

function insert(row: Row): string {
  const [service, operation = row.name] = [
    row.name.split('.', 1)[0],
    row.name.split('.').slice(1).join('.') || undefined,
  ];
  const start = T0 + BigInt(row.start);
  const end = T0 + BigInt(row.end);
  const text = (value: unknown) => `'${JSON.stringify(value).replaceAll("'", "''")}'`;
  return `INSERT INTO spans (trace_id, span_id, parent_id, name, service, operation, kind, start_time, end_time, duration_ms, status_code, status_description, attributes, events, links, resource)
    VALUES ('${TRACE}', '${row.id}', ${row.parent ? `'${row.parent}'` : 'NULL'}, '${row.name}', '${service}', '${operation}', 'INTERNAL',
    ${start}, ${end}, ${(row.end - row.start) / 1e6}, '${row.status ?? 'OK'}', NULL, ${text(row.attributes ?? {})}, ${text(row.events ?? [])}, '[]', ${text(row.resource ?? { 'service.name': 'flock-auto-trace' })})`;
}

const exception = (n: bigint) => ({
  name: 'exception',
  timestamp: 0,
  attributes: { 'exception.type': 'ValueError', 'exception.stacktrace': `line ${n}\n  "quoted"` },
});

/** JSON.stringify has no 64-bit integers: the exporter writes them as bare digits. */
const withTime = (sql: string) => sql.replaceAll('"timestamp":0', `"timestamp":${T0 + 7n}`);

describe('a table as the exporter writes it', () => {
  beforeAll(async () => {
    const bytes = await file('flock.duckdb', [
      TABLE,
      ...INDEXES,
      insert({
        id: 'aaaaaaaaaaaaaaaa',
        name: 'v1.import',
        start: 0,
        end: 900,
        attributes: { 'flock.workflow': true, 'workflow.name': 'v1.import', correlation_id: 'c-1' },
      }),
      withTime(
        insert({
          id: 'bbbbbbbbbbbbbbbb',
          parent: 'aaaaaaaaaaaaaaaa',
          name: 'Agent.execute',
          start: 1,
          end: 800,
          status: 'ERROR',
          attributes: {
            'agent.name': 'writer',
            'input.artifacts': '[{"a": 1}]',
            'output.length': 12345678901,
            nested: { deep: [1, 2] },
          },
          events: [exception(1n), exception(2n)],
        }),
      ),
      insert({
        id: 'cccccccccccccccc',
        parent: 'dddddddddddddddd',
        name: 'DSPyEngine.evaluate',
        start: 2,
        end: 3,
      }),
    ]);
    const summary = await open(bytes);
    expect(summary).toMatchObject({
      format: 'Flock',
      spans: 3,
      traces: 1,
      errors: 1,
      startNs: T0,
      endNs: T0 + 900n,
    });
    expect(summary.diagnostics).toEqual([
      { code: 'orphan', count: 1, example: `span cccccccccccccccc of trace ${TRACE}` },
    ]);
  });

  test('keeps names, times and attributes exactly', async () => {
    const [workflow, agent, orphan] = await rows('SELECT * FROM spans ORDER BY start_time');
    expect(workflow).toMatchObject({
      service: 'v1',
      operation: 'import',
      workflow: 'v1.import',
      correlation_id: 'c-1',
    });
    expect(workflow.attributes).toMatchObject({ 'flock.workflow': 'true' });
    expect(agent).toMatchObject({
      service: 'Agent',
      operation: 'execute',
      agent: 'writer',
      start_time: T0 + 1n,
    });
    expect(agent.attributes).toMatchObject({
      'input.artifacts': '[{"a": 1}]',
      'output.length': '12345678901',
      nested: '{"deep":[1,2]}',
    });
    expect(agent.events).toEqual([
      {
        name: 'exception',
        time: T0 + 7n,
        attributes: {
          'exception.type': 'ValueError',
          'exception.stacktrace': 'line 1\n  "quoted"',
        },
      },
      {
        name: 'exception',
        time: T0 + 7n,
        attributes: {
          'exception.type': 'ValueError',
          'exception.stacktrace': 'line 2\n  "quoted"',
        },
      },
    ]);
    expect(agent.resource).toEqual({ 'service.name': 'flock-auto-trace' });
    expect(orphan).toMatchObject({ is_orphan: true, depth: 0 });
  });

  test('answers the SQL that Flock’s users have', async () => {
    expect(
      await rows(
        "SELECT attributes->>'workflow.name' AS w FROM spans WHERE attributes->>'flock.workflow' = 'true'",
      ),
    ).toEqual([{ w: 'v1.import' }]);
    expect(
      await rows(
        "SELECT json_extract(attributes, '$.workflow.name') AS w, json_extract_string(attributes, '$.\"workflow.name\"') AS x FROM spans WHERE span_id = 'aaaaaaaaaaaaaaaa'",
      ),
    ).toEqual([{ w: 'v1.import', x: 'v1.import' }]);
    expect(
      await rows(
        'SELECT name, count(*) AS calls, avg(duration_ms) AS mean FROM spans GROUP BY name ORDER BY calls DESC LIMIT 10',
      ),
    ).toHaveLength(3);
  });
});

describe('other DuckDB files', () => {
  test('an empty table is an empty dataset', async () => {
    expect(await open(await file('empty.duckdb', [TABLE]))).toMatchObject({
      spans: 0,
      traces: 0,
      startNs: null,
    });
  });

  test('gzipped ones open too', async () => {
    const bytes = await file('packed.duckdb', [
      TABLE,
      insert({ id: 'aaaaaaaaaaaaaaaa', name: 'x', start: 0, end: 1 }),
    ]);
    expect(await open(new Uint8Array(gzipSync(bytes)))).toMatchObject({ spans: 1 });
  });

  test('bad JSON in a column costs that column only', async () => {
    const bytes = await file('badjson.duckdb', [
      TABLE.replaceAll('JSON', 'VARCHAR'),
      insert({ id: 'aaaaaaaaaaaaaaaa', name: 'x', start: 0, end: 1, attributes: { a: 'b' } }),
      "UPDATE spans SET events = '[{oops'",
    ]);
    const summary = await open(bytes);
    expect(summary.diagnostics.map(({ code }) => code)).toEqual(['broken-record']);
    expect(await rows('SELECT attributes FROM spans')).toEqual([{ attributes: { a: 'b' } }]);
  });

  test('one of an unknown storage version names the version', async () => {
    const bytes = await file('future.duckdb', [TABLE]);
    const header = new DataView(bytes.buffer, 0, 4096);
    header.setBigUint64(12, 999n, true);
    // DuckDB's checksum of a block: its words, each multiplied by a constant, combined by XOR.
    let checksum = 5381n;
    for (let at = 8; at < 4096; at += 8) {
      checksum ^= BigInt.asUintN(64, header.getBigUint64(at, true) * 0xbf58476d1ce4e5b9n);
    }
    header.setBigUint64(0, checksum, true);
    await expect(open(bytes)).rejects.toMatchObject({
      code: 'unsupported-version',
      message: expect.stringContaining('storage version 999'),
    });
  });

  test('a truncated one says so, and the open dataset stays', async () => {
    const good = await file('good.duckdb', [
      TABLE,
      insert({ id: 'aaaaaaaaaaaaaaaa', name: 'x', start: 0, end: 1 }),
    ]);
    await open(good);
    await expect(open(good.slice(0, 5000))).rejects.toMatchObject({ code: 'broken-file' });
    await expect(open(good.slice(0, good.length - 262_144))).rejects.toMatchObject({
      code: 'broken-file',
      message: expect.stringContaining(`${good.length - 262_144} bytes of ${good.length}`),
    });
    expect(await rows('SELECT count(*) AS n FROM spans')).toEqual([{ n: 1n }]);
  });

  test('a saved dataset opens in place', async () => {
    await open(
      await file('again.duckdb', [
        TABLE,
        insert({ id: 'aaaaaaaaaaaaaaaa', name: 'x', start: 0, end: 1 }),
      ]),
    );
    const saved = await engine.save();
    const summary = await open(new Uint8Array(await saved.arrayBuffer()), 'saved.duckdb');
    expect(summary).toMatchObject({ name: 'traces.duckdb', format: 'Flock', spans: 1 });
    expect(await engine.save()).toHaveProperty('size', saved.size);
  });

  test('databases and other files make one dataset, in which a span counts once', async () => {
    const one = await file('one.duckdb', [
      TABLE,
      insert({ id: 'aaaaaaaaaaaaaaaa', name: 'x', start: 0, end: 1, attributes: { k: 'v' } }),
    ]);
    const two = await file('two.duckdb', [
      TABLE,
      insert({ id: 'aaaaaaaaaaaaaaaa', name: 'x', start: 0, end: 1, attributes: { k: 'v' } }),
      insert({ id: 'bbbbbbbbbbbbbbbb', parent: 'aaaaaaaaaaaaaaaa', name: 'y', start: 0, end: 1 }),
    ]);
    await open(one);
    const saved = await engine.save();
    const zipkin = [
      {
        traceId: TRACE,
        id: 'cccccccccccccccc',
        name: 'z',
        timestamp: 1_700_000_000_000_000,
        duration: 1,
      },
    ];
    const summary = await engine.open(
      [
        new Input('saved.duckdb', saved),
        new Input('two.duckdb', new Blob([two])),
        new Input('zipkin.json', new Blob([JSON.stringify(zipkin)])),
        new Input(
          'other.duckdb',
          new Blob([await file('none.duckdb', ['CREATE TABLE t (i INT)'])]),
        ),
      ],
      { signal: new AbortController().signal, onProgress: () => {} },
    );
    expect(summary).toMatchObject({ name: 'saved.duckdb and 3 more', spans: 3, traces: 1 });
    expect(summary.diagnostics.map(({ code }) => code).sort()).toEqual([
      'duplicate-span',
      'several-roots',
      'skipped-file',
    ]);
    expect(await rows("SELECT attributes, resource FROM spans WHERE name = 'x'")).toEqual([
      { attributes: { k: 'v' }, resource: { 'service.name': 'flock-auto-trace' } },
    ]);
  });
});
