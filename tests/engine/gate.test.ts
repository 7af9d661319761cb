/** Each layer that keeps a dataset unchanged is tried alone, and then all of them together. */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bootDuckDb, writeDataset } from '../../scripts/node-engine';
import type { Connection, DuckDb } from '$lib/engine/worker/duckdb';
import { MemoryHandle, SealableHandle } from '$lib/bytes/handles/handle';
import { admit } from '$lib/engine/query/gate';
import { runQuery } from '$lib/engine/query/run-query';
import { ArrowResult } from '$lib/engine/query/result';
import { family } from '../support/spans';

let db: DuckDb;
let connection: Connection;
let handle: SealableHandle;
let fingerprint: string;

const PATH = 'datasets/gate.duckdb';

/** Of every column of every span: what a statement changed would show. */
const print = () =>
  String(
    connection
      .table("SELECT count(*) || ' ' || bit_xor(hash(s)) AS p FROM dataset.spans AS s")
      .get(0)?.p,
  );

beforeAll(async () => {
  const bytes = await writeDataset(family(40), { name: 'gate', sources: ['gate'], format: 'test' });
  db = await bootDuckDb();
  handle = new SealableHandle(new MemoryHandle(bytes));
  handle.seal();
  connection = db.connect();
  connection.run(`ATTACH '${db.register('gate.duckdb', handle)}' AS dataset (READ_ONLY)`);
  connection.run('USE dataset');
  fingerprint = print();
});

afterEach(() => {
  expect(print()).toBe(fingerprint);
});

const ask = async (sql: string, limit = 100, timeoutMs = 5000) =>
  new ArrowResult(await runQuery(connection, { sql, limit, timeoutMs }, { cancelled: false }));

describe('what is a query runs', () => {
  test.each([
    ['SELECT count(*) AS n FROM spans'],
    ['select 1;'],
    ['SELECT 1 -- a comment ; with a semicolon'],
    ['/* ; */ SELECT 1 ;;'],
    ['WITH a AS (SELECT 1 AS x) SELECT * FROM a'],
    ['FROM spans SELECT name'],
    ['FROM traces'],
    ['TABLE traces'],
    ['VALUES (1), (2)'],
    ['(SELECT 1) UNION ALL (SELECT 2)'],
    ['DESCRIBE spans'],
    ['SUMMARIZE traces'],
    ['SHOW TABLES'],
    ['SHOW ALL TABLES'],
    ['EXPLAIN SELECT * FROM spans'],
    ['explain analyze SELECT count(*) FROM spans'],
    ['PIVOT spans ON status_code USING count(*) GROUP BY service'],
    ["PIVOT spans ON status_code IN ('OK', 'ERROR') USING count(*)"],
    ['UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b INTO NAME n VALUE v'],
    ["SELECT 'DROP TABLE spans; DELETE FROM spans' AS harmless, created_at FROM dataset"],
    ['PIVOT spans ON status_code, kind USING count(*) GROUP BY service ORDER BY service LIMIT 3'],
    ['PIVOT spans ON status_code -- why\n, kind /* ( */ USING count(*)'],
    ['PIVOT spans ON year(timestamp) USING count(*)'],
    ["PIVOT spans ON status_code IN ('OK'), kind USING count(*) GROUP BY service"],
    ['SELECT * FROM (PIVOT spans ON status_code USING count(*) GROUP BY service) WHERE true'],
    ['WITH p AS (PIVOT spans ON kind USING sum(duration_ms) GROUP BY service) FROM p'],
    ['WITH s AS (FROM spans WHERE true) PIVOT s ON kind USING count(*) -- ä'],
    [
      'FROM (PIVOT spans ON kind USING count(*) GROUP BY service) JOIN (PIVOT spans ON status_code USING count(*) GROUP BY service) USING (service)',
    ],
    ["SELECT 'ä€🦆' AS text; ; -- ü"],
    ["/* ü */ EXPLAIN SELECT 'ä' AS text;"],
    ['DESCRIBE SELECT name FROM spans'],
    ['SELECT * FROM (DESCRIBE spans)'],
    ['SELECT (SELECT count(*) FROM traces), t.* FROM traces t, LATERAL (SELECT t.trace_id) AS l'],
    ["FROM query('SELECT 1')"],
    ["FROM query_table('spans')"],
  ])('%s', async (sql) => {
    const result = await ask(sql);
    expect(result.rowCount).toBeGreaterThan(0);
  });

  test('keeps the order and says what it cut', async () => {
    const result = await ask('SELECT i FROM range(1000) t(i) ORDER BY i DESC', 10);
    expect(result.rowCount).toBe(10);
    expect(result.truncated).toBe(true);
    expect(result.value(0, 'i')).toBe(999n);
    const whole = await ask('SELECT i FROM range(10) t(i)', 10);
    expect(whole.truncated).toBe(false);
  });

  test('gives columns of one name different names', async () => {
    const result = await ask('SELECT a.name, b.name FROM spans a, spans b LIMIT 1');
    expect(new Set(result.columns.map(({ name }) => name)).size).toBe(2);
  });
});

const STATEMENTS = [
  'DELETE FROM spans',
  'DeLeTe/**/FrOm spans',
  '-- SELECT\nDELETE FROM spans',
  'DELETE FROM spans RETURNING *',
  'INSERT INTO spans (name) VALUES (1) RETURNING 1',
  'UPDATE spans SET name = 1',
  'TRUNCATE spans',
  'DROP TABLE spans',
  'ALTER TABLE spans DROP COLUMN name',
  'CREATE TABLE x AS SELECT 1',
  'CREATE TEMP TABLE x AS SELECT 1',
  'CREATE OR REPLACE MACRO json_extract(a, b) AS 1',
  'CREATE VIEW v AS SELECT 1',
  'WITH x AS (DELETE FROM spans RETURNING *) SELECT * FROM x',
  'WITH x AS (SELECT 1) DELETE FROM spans',
  'WITH x AS (SELECT 1) INSERT INTO spans (name) SELECT * FROM x',
  'MERGE INTO spans USING spans s ON true WHEN MATCHED THEN DELETE',
  'SELECT 1; DELETE FROM spans',
  'SELECT 1; SELECT 2',
  'SELECT 1) LIMIT 1; DELETE FROM spans; SELECT * FROM (SELECT 2',
  'SELECT 1) t; DELETE FROM spans --',
  'PIVOT spans ON status_code; DELETE FROM spans',
  'EXPLAIN DELETE FROM spans',
  'EXPLAIN ANALYZE DELETE FROM spans',
  'DETACH dataset',
  `ATTACH '${PATH}' AS w`,
  "ATTACH ':memory:' AS m",
  'USE memory',
  "COPY spans TO 'out.csv'",
  "COPY (SELECT 1) TO 'out.csv'",
  "COPY spans FROM 'in.csv'",
  "EXPORT DATABASE 'out'",
  "IMPORT DATABASE 'in'",
  'INSTALL json',
  'LOAD json',
  'PRAGMA database_list',
  'PRAGMA enable_profiling',
  'SET threads = 1',
  'RESET ALL',
  'SET VARIABLE a = 1',
  'CALL checkpoint()',
  'CHECKPOINT',
  'FORCE CHECKPOINT',
  'VACUUM',
  'ANALYZE',
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'PREPARE p AS SELECT 1',
  'EXECUTE p',
  'DEALLOCATE p',
  'COMMENT ON TABLE spans IS NULL',
  'CREATE SECRET s (TYPE s3)',
  'CREATE SEQUENCE s',
  'CREATE TYPE t AS ENUM (SELECT 1)',
  "FROM query('DELETE FROM spans')",
  "SELECT * FROM query('SELECT 1; DELETE FROM spans')",
  "FROM read_csv('https://example.org/x.csv')",
  "FROM 'https://example.org/x.parquet'",
  "FROM 'x.csv'",
  "FROM read_text('x.txt')",
  `FROM read_text('${PATH}')`,
  `FROM read_blob('${PATH}')`,
  `SELECT (SELECT count(*) FROM read_blob('${PATH}'))`,
  "FROM glob('*')",
  "FROM sniff_csv('x.csv')",
  "FROM read_duckdb('x.duckdb')",
  'FROM enable_logging()',
  'FROM system.main.enable_logging()',
  "FROM checkpoint('dataset')",
  'FROM force_checkpoint()',
  'FROM truncate_duckdb_logs()',
  "FROM json_execute_serialized_sql('x')",
  // Statements that have the function in another statement inside, or in no plan.
  `PIVOT (FROM read_text('${PATH}')) ON filename USING count(*)`,
  `PIVOT (FROM read_blob('${PATH}')) ON filename USING sum(size)`,
  `FROM (PIVOT (FROM READ_TEXT/**/('${PATH}')) ON filename USING count(*)) WHERE false`,
  `WITH s AS (FROM system.main.read_blob('${PATH}')) PIVOT s ON size USING count(*)`,
  `SELECT * FROM spans, (PIVOT (FROM glob('datasets/*')) ON file USING count(*))`,
  'PIVOT (FROM enable_logging()) ON Success USING count(*)',
  'PIVOT (FROM enable_logging() WHERE false) ON Success USING count(*)',
  'PIVOT (FROM spans WHERE kind IN (SELECT Success::VARCHAR FROM "enable_Logging" /**/ ()) AND false) ON kind USING count(*)',
  'PIVOT (FROM spans LEFT JOIN (SELECT DISTINCT 1 AS span_no FROM enable_logging()) AS l USING (span_no)) ON kind USING count(*)',
  'WITH s AS (SELECT * FROM (FROM enable_logging())) SELECT * FROM (PIVOT s ON Success USING count(*))',
  `PIVOT spans ON kind IN (SELECT filename FROM read_text('${PATH}')) USING count(*)`,
  `PIVOT (PIVOT (FROM read_blob('${PATH}')) ON filename USING count(*)) ON size USING count(*)`,
  `DESCRIBE FROM read_text('${PATH}')`,
  `DESCRIBE FROM read_csv('${PATH}')`,
  `DESCRIBE SELECT * FROM glob('datasets/*')`,
  `SELECT * FROM (DESCRIBE FROM read_blob('${PATH}'))`,
  `WITH d AS (DESCRIBE FROM read_text('${PATH}')) FROM d`,
  `SUMMARIZE FROM read_text('${PATH}')`,
  `SELECT * FROM (SUMMARIZE FROM read_blob('${PATH}'))`,
  `EXPLAIN FROM read_text('${PATH}')`,
  `EXPLAIN ANALYZE SELECT count(*) FROM read_blob('${PATH}')`,
  `EXPLAIN DESCRIBE FROM read_text('${PATH}')`,
  'EXPLAIN ANALYZE FROM enable_logging()',
  `FROM query('FROM read_text(''${PATH}'')')`,
  `SELECT * FROM spans, LATERAL (FROM read_blob('${PATH}'))`,
  `SELECT ARRAY(SELECT content FROM read_blob('${PATH}'))`,
  `VALUES ((SELECT count(*) FROM read_blob('${PATH}')))`,
  `SELECT 1 WHERE EXISTS (FROM read_blob('${PATH}'))`,
  `FROM spans WHERE name IN (SELECT filename FROM read_text('${PATH}'))`,
  `(SELECT 1) UNION ALL (SELECT size FROM read_text('${PATH}'))`,
  `FROM '${PATH}'`,
  `TABLE '${PATH}'`,
  `SHOW TABLES FROM '${PATH}'`,
  `FROM read_duckdb('${PATH}', table_name := 'traces')`,
  '',
  ' ; ',
  '-- nothing',
];

describe('the gate alone refuses', () => {
  test.each(STATEMENTS)('%s', (sql) => {
    expect(() => admit(connection, sql)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(refused-sql|query-failed)$/) }),
    );
  });

  test('says so when it is a statement, and gives the engine’s message when it is a mistake', () => {
    const refused = (sql: string) => {
      try {
        admit(connection, sql);
      } catch (error) {
        return error as { code: string; message: string };
      }
    };
    expect(refused('DELETE FROM spans')).toMatchObject({
      code: 'refused-sql',
      message: expect.stringContaining('Only queries run here'),
    });
    expect(refused('SELECT 1; DELETE FROM spans')?.code).toBe('refused-sql');
    const typo = refused('SELECT\n  nme\nFROM spans');
    expect(typo?.code).toBe('query-failed');
    expect(typo?.message).toContain('nme');
    expect(typo?.message).toContain('LINE 2:');
  });
});

test('a refused file is told of as such, also by what the engine would say itself', () => {
  for (const sql of [
    `DESCRIBE FROM read_text('${PATH}')`,
    `PIVOT (FROM read_text('${PATH}')) ON filename USING count(*)`,
  ]) {
    expect(() => admit(connection, sql)).toThrow(
      expect.objectContaining({
        code: 'refused-sql',
        message: 'Queries read the open dataset and nothing else: no files.',
      }),
    );
  }
});

test('a text that was admitted is not looked at again, and one that was refused is refused again', () => {
  const sql = 'SELECT 1 AS once';
  expect(admit(connection, sql)).toBe(admit(connection, sql));
  for (let i = 0; i < 2; i++) expect(() => admit(connection, 'DELETE FROM spans')).toThrow();
  const other = db.connect();
  expect(admit(other, sql)).not.toBe(admit(connection, sql));
  other.close();
});

describe('behind the gate', () => {
  const fails = (sql: string) => {
    expect(() => connection.run(sql), sql).toThrow();
  };

  test('the read-only attachment refuses writes', () => {
    for (const sql of [
      'DELETE FROM spans',
      "INSERT INTO spans (name) VALUES ('x')",
      'UPDATE spans SET name = NULL',
      'DROP TABLE spans',
      'CREATE TABLE dataset.x AS SELECT 1',
      'CREATE MACRO dataset.f() AS 1',
      'ALTER TABLE spans ADD COLUMN x INTEGER',
    ]) {
      fails(sql);
    }
  });

  test('the read-only transaction refuses writes to any database', () => {
    connection.run('BEGIN TRANSACTION READ ONLY');
    fails('CREATE TABLE memory.main.x AS SELECT 1');
    connection.run('ROLLBACK');
  });

  test('a query that runs gets no files', () => {
    const whole = (sql: string) => {
      let part = connection.start(sql);
      while (part === null) part = connection.poll();
      while (part === null || part.length > 0) part = connection.fetch();
    };
    whole('SELECT count(*) FROM spans');
    for (const sql of [
      `SELECT size FROM read_blob('${PATH}')`,
      `PIVOT (FROM read_text('${PATH}')) ON filename USING sum(size)`,
      "FROM glob('datasets/*')",
      `FROM sniff_csv('${PATH}')`,
    ]) {
      expect(() => whole(sql), sql).toThrow('no files');
    }
    whole('SELECT count(*) FROM spans');
  });

  test('files, settings and extensions are out of reach', () => {
    for (const sql of [
      "COPY spans TO 'out.csv'",
      "EXPORT DATABASE 'out'",
      "FROM read_csv('x.csv')",
      "FROM 'https://example.org/x.parquet'",
      "ATTACH 'elsewhere.duckdb' AS e",
      "ATTACH 'https://example.org/x.duckdb' AS e",
      'SET enable_external_access = true',
      'SET lock_configuration = false',
      'SET autoload_known_extensions = true',
      'PRAGMA threads = 2',
      // INSTALL does nothing in this build; loading is what would fetch.
      'LOAD json',
      'LOAD httpfs',
    ]) {
      fails(sql);
    }
  });

  test('the sealed handle refuses bytes, also when the path is attached again for writing', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    expect(() => handle.write(bytes, { at: 0 })).toThrow('sealed');
    expect(() => handle.truncate(0)).toThrow('sealed');
    const size = handle.getSize();
    const intruder = db.connect();
    try {
      intruder.run('USE memory');
      intruder.run('DETACH dataset');
      intruder.run(`ATTACH '${PATH}' AS dataset`);
      intruder.run('DELETE FROM dataset.spans');
      intruder.run('CHECKPOINT dataset');
    } catch {
      // Somewhere on the way it must fail; that the bytes are the same is what counts.
    }
    expect(handle.getSize()).toBe(size);
    try {
      intruder.run('DETACH dataset');
    } catch {
      // A failed checkpoint may have detached it already.
    }
    intruder.close();
    connection.run('USE memory');
    db.unregister(PATH);
    connection.run(`ATTACH '${db.register('gate.duckdb', handle)}' AS dataset (READ_ONLY)`);
    connection.run('USE dataset');
  });
});

describe('running', () => {
  test('stops at the time limit and goes on afterwards', async () => {
    await expect(
      ask('SELECT count(*) FROM range(1000000) a, range(1000000) b', 10, 200),
    ).rejects.toMatchObject({ code: 'query-timeout' });
    expect((await ask('SELECT 1 AS x')).value(0, 'x')).toBe(1);
  });

  test('stops when cancelled', async () => {
    const token = { cancelled: false };
    const sql = 'SELECT count(*) FROM range(1000000) a, range(1000000) b';
    const running = runQuery(connection, { sql, limit: 1, timeoutMs: 60_000 }, token);
    setImmediate(() => (token.cancelled = true));
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect((await ask('SELECT 1 AS x')).value(0, 'x')).toBe(1);
  });

  test('keeps every digit and every type', async () => {
    const result = await ask(`SELECT
      9007199254740993::BIGINT AS big, (-170141183460469231731687303715884105728)::HUGEINT AS low,
      sum(9223372036854775807) OVER () AS total, 18446744073709551615::UBIGINT AS unsigned,
      TIMESTAMP_NS '2026-01-02 03:04:05.123456789' AS ns, DATE '2026-01-02' AS day, INTERVAL 3 DAY AS span,
      12345678901234567.25::DECIMAL(38,2) AS wide, 1.5 AS short, true AS yes, NULL AS nothing,
      MAP {'__proto__': 'a', 'k': 'b'} AS m, {'x': 1, 'y': [1, 2]} AS s, [true, NULL] AS l,
      uuid '00000000-0000-0000-0000-000000000001' AS id`);
    const row = result.row(0);
    expect(row).toMatchObject({
      big: 9007199254740993n,
      low: -170141183460469231731687303715884105728n,
      total: 9223372036854775807n,
      unsigned: 18446744073709551615n,
      ns: '2026-01-02 03:04:05.123456789',
      day: '2026-01-02',
      span: '3 days',
      wide: '12345678901234567.25',
      short: 1.5,
      yes: true,
      nothing: null,
      s: { x: 1, y: [1, 2] },
      l: [true, null],
      id: '00000000-0000-0000-0000-000000000001',
    });
    expect(Object.entries(row.m as object)).toEqual([
      ['__proto__', 'a'],
      ['k', 'b'],
    ]);
    expect(result.columns.find(({ name }) => name === 'm')?.type).toBe('MAP(VARCHAR, VARCHAR)');
  });
});
