/** Values of every type, at every depth, beside what native DuckDB says of the same query. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootDuckDb, writeDataset } from '../../scripts/node-engine';
import { bootOne, type OneDataset } from '../support/one-dataset';
import type { ExportFormat, QueryResult } from '$lib/engine/engine';
import { Input } from '$lib/bytes/input';
import { ArrowResult } from '$lib/engine/query/result';
import { jsonText, valueText } from '$lib/model/table-text';
import { family } from '../support/spans';

let engine: OneDataset;
let native: DuckDBConnection;
let folder: string;
let files = 0;

beforeAll(async () => {
  const db = await bootDuckDb();
  const meta = { name: 'values', sources: ['values'], format: 'test' };
  engine = await bootOne(db);
  await engine.open(
    [new Input('values.duckdb', new Blob([await writeDataset(family(2), meta, db)]))],
    { signal: new AbortController().signal, onProgress: () => {} },
  );
  native = await (await DuckDBInstance.create()).connect();
  folder = mkdtempSync(join(tmpdir(), 'spanlight-values-'));
});

afterAll(() => {
  native.closeSync();
  rmSync(folder, { recursive: true });
});

async function ask(sql: string): Promise<QueryResult> {
  return new ArrowResult(
    await engine.query({ sql, limit: 1_000, timeoutMs: 60_000 }, { cancelled: false }),
  );
}

async function column(sql: string): Promise<unknown[]> {
  const result = await ask(sql);
  const [{ name }] = result.columns;
  return Array.from({ length: result.rowCount }, (_, row) => result.value(row, name));
}

async function nativeRows(sql: string): Promise<unknown[][]> {
  return (await native.runAndReadAll(sql)).getRowsJson();
}

async function exported(sql: string, format: ExportFormat): Promise<Blob> {
  return engine.export(
    { sql, format, guardsFormulas: false, timeoutMs: 60_000 },
    { cancelled: false },
    () => {},
  );
}

async function written(sql: string, format: ExportFormat): Promise<string> {
  const path = join(folder, `${++files}.${format}`);
  writeFileSync(path, Buffer.from(await (await exported(sql, format)).arrayBuffer()));
  return path;
}

/** Literals of a type, extremes first; NULL is added to each. */
const SCALARS: Record<string, string[]> = {
  BOOLEAN: ['true', 'false'],
  TINYINT: ['-128', '127'],
  SMALLINT: ['-32768', '32767'],
  INTEGER: ['-2147483648', '2147483647'],
  BIGINT: ['-9223372036854775808', '9223372036854775807'],
  HUGEINT: [
    '-170141183460469231731687303715884105728',
    '170141183460469231731687303715884105727',
    '-1',
  ],
  UTINYINT: ['255'],
  USMALLINT: ['65535'],
  UINTEGER: ['4294967295'],
  UBIGINT: ['18446744073709551615'],
  UHUGEINT: ['340282366920938463463374607431768211455', '0'],
  BIGNUM: ["'-123456789012345678901234567890123456789012'", "'0'", "'18446744073709551616'"],
  FLOAT: ["'nan'", "'infinity'", "'-infinity'", '1.5'],
  DOUBLE: ["'nan'", "'-infinity'", '-0.1', '1e300', '5e-324'],
  'DECIMAL(4,2)': ['-99.99', '1.50', '0.05', '-0.05'],
  'DECIMAL(15,3)': ['-999999999999.999', '123456789012.345'],
  'DECIMAL(18,6)': ['-999999999999.999999', '0.000001', '-0.000001'],
  'DECIMAL(38,10)': ['-9999999999999999999999999999.9999999999', '1'],
  'DECIMAL(38,0)': ['-99999999999999999999999999999999999999'],
  DATE: [
    "'2024-02-29'",
    "'infinity'",
    "'-infinity'",
    "'1969-12-31'",
    "'0001-01-01'",
    "'0044-03-15 (BC)'",
    "'5877642-06-25 (BC)'",
    "'5881580-07-10'",
  ],
  TIME: ["'00:00:00'", "'03:04:05.000001'", "'23:59:59.5'", "'24:00:00'"],
  TIME_NS: ["'03:04:05.123456789'", "'23:59:59.999999999'"],
  'TIME WITH TIME ZONE': [
    "'03:04:05.5+02'",
    "'00:00:00+15:59:59'",
    "'24:00:00-15:59:59'",
    "'12:00:00-03:30'",
    "'12:00:00-00:30'",
  ],
  TIMESTAMP: [
    "'2024-01-02 03:04:05'",
    "'1969-12-31 23:59:59.999999'",
    "'infinity'",
    "'-infinity'",
    "'290309-12-22 (BC) 00:00:00'",
    "'294247-01-10 04:00:54.775806'",
    "'0044-03-15 (BC) 12:30:00.5'",
  ],
  TIMESTAMP_S: ["'2024-01-02 03:04:05'", "'1901-12-13 20:45:52'", "'infinity'"],
  TIMESTAMP_MS: ["'2024-01-02 03:04:05.25'", "'1969-12-31 23:59:59.001'", "'-infinity'"],
  TIMESTAMP_NS: ["'2024-01-02 03:04:05.123456789'", "'1677-09-22 00:00:00'", "'infinity'"],
  'TIMESTAMP WITH TIME ZONE': [
    "'2024-01-02 03:04:05.25+05:30'",
    "'infinity'",
    "'0044-03-15 (BC) 12:00:00+00'",
  ],
  INTERVAL: [
    "'1 hour'",
    "'-1 month -2 days -00:00:00.000001'",
    "'1 year 13 months 1 day 100:00:00.5'",
    "'0 seconds'",
    "'-1 year 1 day'",
    "'83 years 3 months 999 days 00:16:39.999999'",
    'to_hours(2562047)',
  ],
  UUID: ["'00000000-0000-0000-0000-000000000001'", "'ffffffff-ffff-4fff-bfff-fffffffffff0'"],
  VARCHAR: ["''", '\'🦆, "quoted"\'', "E'two\\nlines'", "' =1+1'"],
  BLOB: ["'\\x00a\\xFF\"'", "''"],
  BIT: ["'1'", "'10101010'", "'0001000100010001001'"],
  "ENUM('a', 'b c')": ["'a'", "'b c'"],
};

/** A table of one column `x` of the type. */
const rowsOf = (type: string) =>
  `(SELECT x FROM (VALUES ${[...SCALARS[type], 'NULL'].map((literal, i) => `(${i}, (${literal})::${type})`).join(', ')}) t(i, x) ORDER BY i)`;

/** What is a number or bytes in JavaScript, and so differs from the engine's text. */
const IS_NUMBER =
  /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(([1-9]|1[0-5]),.*|BIGNUM)$/;

describe.each(Object.keys(SCALARS))('%s', (type) => {
  test('has the value that native DuckDB has', async () => {
    const values = await column(`SELECT x FROM ${rowsOf(type)}`);
    const texts = (await nativeRows(`SELECT x::VARCHAR FROM ${rowsOf(type)}`)).map(
      ([text]) => text,
    );
    expect(values.at(-1)).toBe(null);
    if (IS_NUMBER.test(type)) {
      // To a number and back, since both spell fractions their own way.
      const numbers = await nativeRows(
        `SELECT x::DOUBLE::VARCHAR, x::VARCHAR FROM ${rowsOf(type)} WHERE x IS NOT NULL`,
      );
      expect(
        values.slice(0, -1).map((value) => (typeof value === 'bigint' ? String(value) : value)),
      ).toEqual(
        numbers.map(([double, exact], i) =>
          typeof values[i] === 'bigint' ? exact : Number(String(double).replace('inf', 'Infinity')),
        ),
      );
    } else {
      expect(values.map((value) => (value === null ? null : valueText(value)))).toEqual(texts);
    }
    const [described] = (await ask(`SELECT x FROM ${rowsOf(type)}`)).columns;
    expect(described.type).toBe(type);
  });

  test('is the same in lists, arrays, structs, maps, unions, and in each other', async () => {
    const values = await column(`SELECT x FROM ${rowsOf(type)}`);
    const nested = async (expression: string) =>
      column(`SELECT ${expression} FROM ${rowsOf(type)}`);
    expect(await nested('[x]')).toEqual(values.map((x) => [x]));
    expect(await nested('[NULL, x, x]')).toEqual(values.map((x) => [null, x, x]));
    expect(await nested('array_value(x, x)')).toEqual(values.map((x) => [x, x]));
    expect(await nested("{'a': x, 'b': [x]}")).toEqual(values.map((x) => ({ a: x, b: [x] })));
    // Without names there is no cast of what Arrow can’t carry.
    if (type !== 'INTERVAL') expect(await nested('row(x, 1)')).toEqual(values.map((x) => [x, 1]));
    expect(await nested("MAP {'k': x, '__proto__': NULL}")).toEqual(
      values.map((x) =>
        Object.fromEntries([
          ['k', x],
          ['__proto__', null],
        ]),
      ),
    );
    expect(await nested('union_value(u := x)')).toEqual(values);
    const members = `UNION(w VARCHAR, u ${type})`;
    expect(
      await nested(
        `CASE WHEN x IS NULL THEN union_value(w := 'none')::${members} ELSE union_value(u := x)::${members} END`,
      ),
    ).toEqual(values.map((x) => x ?? 'none'));
    expect(await nested("[{'m': MAP {'k': [union_value(u := array_value(x, x))]}}, NULL]")).toEqual(
      values.map((x) => [{ m: { k: [[x, x]] } }, null]),
    );
    const keys = await column(`SELECT MAP {x: 1} FROM ${rowsOf(type)} WHERE x IS NOT NULL`);
    expect(keys).toEqual(values.slice(0, -1).map((x) => ({ [valueText(x)]: 1 })));
  });

  test('is the same in CSV and JSON', async () => {
    const sql = `SELECT x, [x] AS list, {'a': x} AS struct FROM ${rowsOf(type)}`;
    const result = await ask(sql);
    const json = await (await exported(sql, 'json')).text();
    expect(json.trim().split('\n').slice(1, -1)).toEqual(
      Array.from({ length: result.rowCount }, (_, row) => {
        const [x, list, struct] = ['x', 'list', 'struct'].map((name) =>
          jsonText(result.value(row, name)),
        );
        return `{"x": ${x}, "list": ${list}, "struct": ${struct}}${row < result.rowCount - 1 ? ',' : ''}`;
      }),
    );
    JSON.parse(json);
    const path = await written(sql, 'csv');
    const read = await nativeRows(
      `FROM read_csv('${path}', header = true, auto_detect = false, allow_quoted_nulls = false, quote = '"', escape = '"',
        columns = {'x': 'VARCHAR', 'list': 'VARCHAR', 'struct': 'VARCHAR'})`,
    );
    expect(read).toEqual(
      Array.from({ length: result.rowCount }, (_, row) =>
        ['x', 'list', 'struct'].map((name) => {
          const value = result.value(row, name);
          return value === null ? null : valueText(value);
        }),
      ),
    );
  });
});

describe('columns and fields', () => {
  test('of any name are themselves', async () => {
    const names = [
      'a$&b',
      "a'b",
      'a"b',
      'two words',
      'name',
      '__proto__',
      '$`',
      'Ä',
      'x, y INTEGER',
    ];
    const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`);
    const day = "DATE '2024-01-02'";
    const result = await ask(`SELECT ${quoted.map((name) => `${day} AS ${name}`).join(', ')}`);
    expect(result.columns.map(({ name }) => name)).toEqual(names);
    expect(names.map((name) => result.value(0, name))).toEqual(names.map(() => '2024-01-02'));
    const [struct] = await column(
      `SELECT struct_pack(${quoted.map((name) => `${name} := ${day}`).join(', ')})`,
    );
    expect(Object.entries(struct as object)).toEqual(names.map((name) => [name, '2024-01-02']));
    const [union] = await column(`SELECT union_value("a, b VARCHAR" := ${day})`);
    expect(union).toBe('2024-01-02');
    expect(await column(`SELECT 'it''s, )'::ENUM('x', 'it''s, )')`)).toEqual(["it's, )"]);
  });

  test('without a word in Arrow come as text', async () => {
    const result = await ask(
      "SELECT {'a': 1, 'b': [DATE '2024-01-02']}::VARIANT AS \"v$&\", [1::VARIANT] AS list, 'POINT (1 2)'::GEOMETRY AS place, {'VARIANT': 1} AS none",
    );
    expect(result.row(0)).toEqual({
      'v$&': "{'a': 1, 'b': [2024-01-02]}",
      list: ['1'],
      place: 'POINT (1 2)',
      none: { VARIANT: 1 },
    });
  });

  test('of a statement that can’t be described have their types', async () => {
    const result = await ask(
      "PIVOT (SELECT 'k' AS k, 1.5 AS x, DATE '2024-01-02' AS day, true AS yes, [INTERVAL 1 HOUR] AS list) ON k USING sum(x)",
    );
    expect(result.row(0)).toEqual({ day: '2024-01-02', yes: true, list: ['01:00:00'], k: '1.5' });
    expect(result.columns.map(({ type }) => type)).toEqual([
      'DATE',
      'BOOLEAN',
      'INTERVAL[]',
      'DECIMAL(38,1)',
    ]);
  });

  test('intervals longer than Arrow’s are not told wrong', async () => {
    const sql = 'SELECT to_microseconds(9223372036854775807) AS x, -to_hours(2562048) AS y';
    const [wanted] = await nativeRows(`SELECT x::VARCHAR, y::VARCHAR FROM (${sql})`);
    expect(Object.values((await ask(sql)).row(0))).toEqual(wanted);
  });
});

describe('numbers', () => {
  test('are those of value(), in every type and over several batches', async () => {
    const result =
      await ask(`SELECT i AS big, i::INTEGER AS small, i / 4 AS fraction, (i / 4)::DECIMAL(9,2) AS decimal,
      i::HUGEINT AS huge, CASE WHEN i % 3 > 0 THEN i END AS gaps FROM range(5000) t(i)`);
    expect(result.table.batches.length).toBeGreaterThan(0);
    for (const { name } of result.columns) {
      const numbers = result.numbers(name);
      expect(numbers.length).toBe(1_000);
      for (let row = 0; row < 1_000; row++) {
        const value = result.value(row, name);
        expect(numbers[row]).toBe(value === null ? NaN : Number(value));
      }
    }
  });
});
