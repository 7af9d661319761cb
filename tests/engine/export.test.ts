/** All rows of a query as a file: what native DuckDB, or anyone's reader, finds in it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootDuckDb, writeDataset } from '../../scripts/node-engine';
import { bootOne, type OneDataset } from '../support/one-dataset';
import type { ExportFormat } from '$lib/engine/engine';
import {
  csvText,
  jsonRows,
  jsonText,
  markdownTable,
  spreadsheetText,
  valueText,
} from '$lib/model/table-text';
import { family } from '../support/spans';
import { Input } from '$lib/bytes/input';

const SPANS = 200;

let engine: OneDataset;
let native: DuckDBConnection;
let folder: string;

beforeAll(async () => {
  const db = await bootDuckDb();
  const bytes = await writeDataset(
    family(SPANS),
    { name: 'export', sources: ['export'], format: 'test' },
    db,
  );
  engine = await bootOne(db);
  await engine.open([new Input('export.duckdb', new Blob([bytes]))], {
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  native = await (await DuckDBInstance.create()).connect();
  folder = mkdtempSync(join(tmpdir(), 'spanlight-export-'));
  writeFileSync(join(folder, 'dataset.duckdb'), bytes);
  await native.run(`ATTACH '${join(folder, 'dataset.duckdb')}' AS dataset (READ_ONLY)`);
});

afterAll(() => {
  native.closeSync();
  rmSync(folder, { recursive: true });
});

async function exported(sql: string, format: ExportFormat, guardsFormulas = false): Promise<Blob> {
  const request = { sql, format, guardsFormulas, timeoutMs: 60_000 };
  return engine.export(request, { cancelled: false }, () => {});
}

let files = 0;

async function written(sql: string, format: ExportFormat): Promise<string> {
  const path = join(folder, `${++files}.${format}`);
  writeFileSync(path, Buffer.from(await (await exported(sql, format)).arrayBuffer()));
  return path;
}

async function nativeRows(sql: string): Promise<unknown[][]> {
  return (await native.runAndReadAll(sql)).getRowsJson();
}

const ODD = `SELECT * FROM (VALUES
  (1, 'plain', 9007199254740993, 1.5, true, {'a': 'x', 'b': [1, 2]}, TIMESTAMP '2026-11-20 10:00:00.123456', DATE '2026-11-20'),
  (2, 'com,ma "quoted"', -1, 'NaN'::DOUBLE, false, NULL, NULL, NULL),
  (3, E'two\\nlines', NULL, -0.1, NULL, {'a': E'\\'', 'b': []}, TIMESTAMP '1969-12-31 23:59:59.5', DATE '1960-02-29'),
  (4, '', 0, 1e300, true, {'a': NULL, 'b': NULL}, NULL, NULL),
  (5, NULL, 5, NULL, true, NULL, NULL, NULL)
) AS odd(no, words, big, double, flag, nested, moment, day)`;

describe('CSV', () => {
  test('reads back as it was, texts with commas, quotes and lines too', async () => {
    const path = await written(ODD, 'csv');
    const sql = (from: string) =>
      `SELECT no, words, big, double, flag, moment, day FROM ${from} ORDER BY no`;
    const read = `read_csv('${path}', header = true, allow_quoted_nulls = false, types = {'double': 'DOUBLE', 'moment': 'TIMESTAMP', 'day': 'DATE', 'big': 'BIGINT', 'no': 'INTEGER'})`;
    expect(await nativeRows(sql(read))).toEqual(await nativeRows(sql(`(${ODD})`)));
  });

  test('has all rows, beyond any cap, in their order', async () => {
    const text = await (
      await exported('SELECT i FROM range(50000) t(i) ORDER BY i DESC', 'csv')
    ).text();
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBe(50_001);
    expect(lines.slice(0, 3)).toEqual(['i', '49999', '49998']);
    expect(lines.at(-1)).toBe('0');
  });

  test('a result without rows keeps its header', async () => {
    expect(await (await exported('SELECT 1 AS a, 2 AS "b,c" WHERE false', 'csv')).text()).toBe(
      'a,"b,c"\n',
    );
  });
});

describe('JSON', () => {
  test('is one array of objects, with all digits', async () => {
    const text = await (await exported(ODD, 'json')).text();
    expect(text).toContain('"big": 9007199254740993');
    const rows = JSON.parse(text) as Record<string, unknown>[];
    expect(rows.length).toBe(5);
    expect(rows[1]).toMatchObject({ words: 'com,ma "quoted"', double: null, nested: null });
    expect(rows[0].nested).toEqual({ a: 'x', b: [1, 2] });
    const path = await written(ODD, 'json');
    expect(await nativeRows(`SELECT big::BIGINT FROM read_json('${path}') ORDER BY no`)).toEqual(
      await nativeRows(`SELECT big FROM (${ODD}) ORDER BY no`),
    );
  });

  test('of nothing is an empty array', async () => {
    expect(JSON.parse(await (await exported('SELECT 1 AS a WHERE false', 'json')).text())).toEqual(
      [],
    );
  });
});

describe('Parquet', () => {
  test('native DuckDB reads the spans as they are', async () => {
    const columns = `span_no, trace_id, span_id, parent_id, name, service, start_time, end_time, duration_ms,
      status_code, attributes, resource, is_root, depth, self_time_ns`;
    const path = await written('FROM spans ORDER BY span_no', 'parquet');
    const from = (table: string) => `SELECT ${columns} FROM ${table} ORDER BY span_no`;
    expect(await nativeRows(from(`read_parquet('${path}')`))).toEqual(
      await nativeRows(from('dataset.spans')),
    );
    const [types] = await nativeRows(
      `SELECT list(column_type ORDER BY column_name) FROM (DESCRIBE SELECT attributes, start_time, is_root, events FROM read_parquet('${path}'))`,
    );
    const events = 'STRUCT("name" VARCHAR, "time" BIGINT, attributes MAP(VARCHAR, VARCHAR))[]';
    expect(types[0]).toEqual(['MAP(VARCHAR, VARCHAR)', events, 'BOOLEAN', 'BIGINT']);
  });

  test('keeps odd values and types', async () => {
    const path = await written(ODD, 'parquet');
    const sql = (from: string) =>
      `SELECT no, words, big, double, flag, moment, day, (nested IS NULL) AS nothing FROM ${from} ORDER BY no`;
    expect(await nativeRows(sql(`read_parquet('${path}')`))).toEqual(
      await nativeRows(sql(`(${ODD})`)),
    );
    const sums = await written(
      'SELECT sum(9007199254740993::BIGINT * i) AS total, -1::HUGEINT AS minus, hash(1) AS h FROM range(3) t(i)',
      'parquet',
    );
    expect(
      await nativeRows(`SELECT total::VARCHAR, minus::VARCHAR FROM read_parquet('${sums}')`),
    ).toEqual([['27021597764222979', '-1']]);
  });

  test('has several row groups, and none', async () => {
    const many = await written('SELECT i, i::VARCHAR AS t FROM range(150000) t(i)', 'parquet');
    expect(
      await nativeRows(
        `SELECT count(*)::INTEGER, sum(i)::VARCHAR, count(DISTINCT t)::INTEGER FROM read_parquet('${many}')`,
      ),
    ).toEqual([[150_000, '11249925000', 150_000]]);
    const none = await written("SELECT 1 AS a, MAP {'k': 'v'} AS m WHERE false", 'parquet');
    expect(await nativeRows(`SELECT count(*)::INTEGER FROM read_parquet('${none}')`)).toEqual([
      [0],
    ]);
  });
});

test('an export is cancelled, refused and told of like a query', async () => {
  const token = { cancelled: false };
  const rows: number[] = [];
  const slow = engine.export(
    {
      sql: 'SELECT a.span_no FROM spans a, spans b, spans c',
      format: 'csv',
      guardsFormulas: false,
      timeoutMs: 60_000,
    },
    token,
    (count) => {
      rows.push(count);
      token.cancelled = true;
    },
  );
  await expect(slow).rejects.toMatchObject({ name: 'AbortError' });
  expect(rows.length).toBe(1);
  await expect(exported('DELETE FROM spans', 'csv')).rejects.toMatchObject({ code: 'refused-sql' });
  await expect(exported('SELECT nothing', 'csv')).rejects.toMatchObject({ code: 'query-failed' });
  expect(await (await exported('SELECT 1 AS a', 'csv')).text()).toBe('a\n1\n');
});

test('a saved dataset has the queries that go with it, and is otherwise the same', async () => {
  const save = async (queries: { name: string; sql: string }[]) => {
    const path = join(folder, `${++files}.duckdb`);
    writeFileSync(path, Buffer.from(await (await engine.save(queries)).arrayBuffer()));
    await native.run(`ATTACH '${path}' AS saved_${files} (READ_ONLY)`);
    return `saved_${files}`;
  };
  const same = 'SELECT count(*)::INTEGER, bit_xor(hash(s))::VARCHAR FROM';
  const odd = { name: "it's", sql: "SELECT 'a';\n-- ü" };
  const saved = await save([odd, { name: 'two', sql: 'SELECT 2' }]);
  expect(await nativeRows(`FROM ${saved}.saved_queries ORDER BY name`)).toEqual([
    [odd.name, odd.sql],
    ['two', 'SELECT 2'],
  ]);
  expect(await nativeRows(`${same} ${saved}.spans AS s`)).toEqual(
    await nativeRows(`${same} dataset.spans AS s`),
  );
  // The open dataset has not changed, and neither has what is saved without queries.
  const plain = await save([]);
  expect(
    await nativeRows(
      `SELECT count(*)::INTEGER FROM duckdb_tables() WHERE database_name = '${plain}' AND table_name = 'saved_queries'`,
    ),
  ).toEqual([[0]]);
  expect(await (await exported('SELECT count(*) AS n FROM spans', 'csv')).text()).toBe(
    `n\n${SPANS}\n`,
  );

  // Opened and saved again, what came with it stays.
  const [bytes] = [await (await engine.save([odd])).arrayBuffer()];
  await engine.open([new Input('again.duckdb', new Blob([bytes]))], {
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  const path = join(folder, `${++files}.duckdb`);
  writeFileSync(
    path,
    Buffer.from(await (await engine.save([{ name: 'new', sql: 'SELECT 3' }])).arrayBuffer()),
  );
  await native.run(`ATTACH '${path}' AS again (READ_ONLY)`);
  expect(await nativeRows('SELECT name FROM again.saved_queries ORDER BY name')).toEqual([
    [odd.name],
    ['new'],
  ]);
});

const NESTED: [string, string[]][] = [
  ['INTEGER[]', ['[1, NULL, 3]', '[]', 'NULL', '[NULL]']],
  ['VARCHAR[][]', ["[['a', ''], [], NULL, [NULL, 'b']]", '[[]]', '[]', 'NULL', '[NULL]']],
  ['BIGINT[3]', ['[1, NULL, 9007199254740993]', 'NULL']],
  [
    'STRUCT(a VARCHAR, "b c" BIGINT[], "__proto__" STRUCT(d DATE, list TIMESTAMP[]))',
    [
      `{'a': 'x', 'b c': [1, NULL], '__proto__': {'d': '-infinity', 'list': ['0044-03-15 (BC) 10:00:00', NULL]}}`,
      `{'a': NULL, 'b c': [], '__proto__': {'d': NULL, 'list': []}}`,
      `{'a': NULL, 'b c': NULL, '__proto__': NULL}`,
      'NULL',
    ],
  ],
  [
    'STRUCT(k VARCHAR, m MAP(VARCHAR, DOUBLE[]))[]',
    [
      `[{'k': 'a', 'm': MAP {'x': [1.5, NULL], '': [], 'n': NULL}}, NULL, {'k': NULL, 'm': MAP {}}]`,
      '[]',
      'NULL',
      `[{'k': 'b', 'm': NULL}]`,
    ],
  ],
  ['MAP(VARCHAR, STRUCT(a INTEGER))', [`MAP {'x': {'a': 1}, 'y': NULL}`, 'MAP {}', 'NULL']],
  ['DECIMAL(9, 2)', ['-0.07', '1234567.89', '0', 'NULL']],
  ['DECIMAL(38, 10)', ['-1234567890123456789012345678.0123456789', '0.0000000001', 'NULL']],
  ['DECIMAL(20, 0)', ['-12345678901234567890', 'NULL']],
  ['UUID', ["'00112233-4455-6677-8899-aabbccddeeff'", 'NULL']],
  ['TIME', ["'23:59:59.999999'", "'00:00:00'", "'24:00:00'", 'NULL']],
];

test.each(NESTED)('Parquet holds %s as such', async (type, values) => {
  const rows = values.map((value, i) => `SELECT ${i} AS i, (${value})::${type} AS v`);
  const query = rows.join(' UNION ALL ');
  const path = await written(`FROM (${query}) ORDER BY i`, 'parquet');
  const read = (from: string) =>
    `SELECT v::VARCHAR AS t, typeof(v) AS type FROM ${from} ORDER BY i`;
  const expected = await nativeRows(read(`(${query})`));
  const asList = type.replace('[3]', '[]');
  expect(await nativeRows(read(`read_parquet('${path}')`))).toEqual(
    expected.map(([text, of]) => [text, type === asList ? of : String(of).replace('[3]', '[]')]),
  );
});

test('Parquet holds as text or JSON what it has no type for', async () => {
  const query = `SELECT INTERVAL 1 MONTH AS i, union_value(a := 1) AS u, MAP {1: 'a'} AS m, 340282366920938463463374607431768211455::UHUGEINT AS h`;
  const path = await written(query, 'parquet');
  expect(await nativeRows(`SELECT i, u::VARCHAR, m::VARCHAR, h FROM '${path}'`)).toEqual([
    ['1 month', '1', '{"1":"a"}', '340282366920938463463374607431768211455'],
  ]);
});

test('Parquet holds dates and times at the ends of what DuckDB has', async () => {
  const values = {
    DATE: ["'infinity'", "'-infinity'", "'0044-03-15 (BC)'", "'0001-01-01'", "'12345-02-28'"],
    TIMESTAMP: [
      "'infinity'",
      "'-infinity'",
      "'0044-03-15 (BC) 10:00:00.5'",
      "'1969-12-31 23:59:59.999999'",
      "'29000-12-31 00:00:00'",
    ],
    TIMESTAMP_NS: ["'infinity'", "'-infinity'", "'1969-12-31 23:59:59.999999999'"],
    TIMESTAMP_S: ["'infinity'", "'0001-01-01 00:00:01'"],
    TIMESTAMPTZ: ["'infinity'", "'-infinity'"],
  };
  for (const [type, list] of Object.entries(values)) {
    const query = `SELECT unnest([${list.map((text) => `${text}::${type}`).join()}]) AS v`;
    const path = await written(query, 'parquet');
    expect(await nativeRows(`SELECT v::VARCHAR FROM '${path}'`), type).toEqual(
      await nativeRows(`SELECT v::VARCHAR FROM (${query})`),
    );
  }
});

describe('formulas', () => {
  const texts = ['=1+1', '+1', '-1', '@x', '\t=1', '\r=1', 'a=b', '', "'=1"];
  const list = `unnest([${texts.map((text) => `'${text.replaceAll("'", "''")}'`).join()}])`;
  const query = `SELECT ${list} AS "=text", -1 AS number, ['=1'] AS list`;

  test('are texts in CSV that guards, and figures stay figures', async () => {
    const file = await (await exported(query, 'csv', true)).text();
    const guarded = ["'=1+1", "'+1", "'-1", "'@x", `"'\t=1"`, `"'\r=1"`, 'a=b', '""', "'=1"];
    const rows = guarded.map((text) => `${text.replace(/^"('\t=1)"$/, '$1')},-1,"[""=1""]"`);
    expect(file).toBe(["'=text,number,list", ...rows, ''].join('\n'));
  });

  test('stay as they are in CSV that does not, and in JSON', async () => {
    expect(await (await exported(query, 'csv')).text()).toContain('\n=1+1,-1,');
    expect(await (await exported(query, 'json', true)).text()).toContain('"=text": "=1+1"');
  });

  test('are texts in what is copied', () => {
    expect(csvText(['a'], [['=1'], [-1]], { guardsFormulas: true })).toBe("a\n'=1\n-1\n");
    expect(spreadsheetText('@x', { guardsFormulas: true })).toBe("'@x");
    expect(spreadsheetText('@x', { guardsFormulas: false })).toBe('@x');
  });
});

describe('text of rows', () => {
  test('CSV tells NULL from the empty text', () => {
    expect(
      csvText(
        ['a', 'b'],
        [
          [null, ''],
          [' x', 'y"'],
        ],
        { guardsFormulas: false },
      ),
    ).toBe('a,b\n,""\n" x","y"""\n');
  });

  test('JSON keeps digits, bytes and the order of keys', () => {
    expect(jsonText({ b: 2n ** 64n, a: [1.5, NaN, null, new Uint8Array([0, 65])] })).toBe(
      '{"b":18446744073709551616,"a":[1.5,null,null,"\\\\x00A"]}',
    );
    expect(jsonRows(['x'], [[1n], ['2']])).toBe('[\n  {"x": 1},\n  {"x": "2"}\n]\n');
    expect(valueText([1n, 'a'])).toBe('[1,"a"]');
  });

  test('Markdown escapes what would end a cell', () => {
    expect(
      markdownTable(
        ['a|b', 'n'],
        [
          ['x\ny', 1n],
          [null, 2],
        ],
      ),
    ).toBe('| a\\|b | n |\n| --- | ---: |\n| x<br>y | 1 |\n|  | 2 |\n');
  });
});
