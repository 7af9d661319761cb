/** The SQL view's logic apart from its components: completion, cells, order, selection, charts, the schema's rows. */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineOverDemo, type Asked } from '../../support/open-engine';
import { cellText, describeColumn, usualWidthPx } from '$lib/views/sql/result/cell-text';
import { spotAt, tablesIn } from '$lib/views/sql/editor/completion';
import { at, blockOf, cellCount, moved } from '$lib/views/sql/result/grid-selection';
import { asKind, resultChart, usualChart } from '$lib/views/sql/result/result-chart';
import { readSamples, samplesQuery, schemaRows } from '$lib/views/sql/sidebar/schema-rows';
import { sortedRows } from '$lib/views/sql/result/sort-rows';
import {
  functionsQuery,
  keyValuesQuery,
  keysQuery,
  readFunctions,
  readKeys,
  readTables,
  readValues,
  schemaQuery,
  valuesQuery,
} from '$lib/views/sql/editor/vocabulary';

let engine: Asked;

beforeAll(async () => {
  engine = await engineOverDemo();
});

async function asked(text: string) {
  const result = await engine.query(text);
  const columns = result.columns.map((column) =>
    describeColumn(column, result.rowCount ? result.value(0, column.name) : null),
  );
  const order = Int32Array.from({ length: result.rowCount }, (_, row) => row);
  return { result, columns, order };
}

describe('completion knows what the cursor is in', () => {
  test.each([
    ["SELECT attributes['ht", { kind: 'key', column: 'attributes', typed: 'ht', close: "']" }],
    ["WHERE s.resource ->> 'serv", { kind: 'key', column: 'resource', typed: 'serv', close: "'" }],
    [
      "json_extract(attributes, '$.work",
      { kind: 'key', column: 'attributes', typed: 'work', close: "'" },
    ],
    [
      `json_extract_string(attributes, '$."work`,
      { kind: 'key', column: 'attributes', typed: 'work', close: `"'` },
    ],
    ["WHERE service = '", { kind: 'value', column: 'service', key: null, typed: '', close: "'" }],
    [
      "WHERE status_code IN ('OK', 'ER",
      { kind: 'value', column: 'status_code', key: null, typed: 'ER', close: "'" },
    ],
    [
      "attributes['a.b'] <> 'x",
      { kind: 'value', column: 'attributes', key: 'a.b', typed: 'x', close: "'" },
    ],
    [
      "attributes->>'a.b' = 'x",
      { kind: 'value', column: 'attributes', key: 'a.b', typed: 'x', close: "'" },
    ],
    ["SELECT 'just tex", { kind: 'nothing' }],
    ['SELECT 1 -- serv', { kind: 'nothing' }],
    ['SELECT 1.5', { kind: 'nothing' }],
    ['SELECT s.na', { kind: 'member' }],
    ["SELECT 'it''s', ser", { kind: 'word', typed: 'ser' }],
    ["SELECT attributes['a'], ser", { kind: 'word', typed: 'ser' }],
  ])('%s', (before, spot) => {
    expect(spotAt(before)).toEqual(spot);
  });

  test('and which tables are meant', () => {
    expect(
      tablesIn('SELECT x FROM traces JOIN "spans" USING (trace_id)', ['spans', 'traces']),
    ).toEqual(['spans', 'traces']);
    expect(tablesIn('SELECT ', ['spans', 'traces'])).toEqual(['spans']);
  });
});

describe('the dataset’s words', () => {
  test('tables with comments, keys, values, functions', async () => {
    const tables = readTables(await engine.query(schemaQuery()));
    const spans = tables[0];
    expect(spans.name).toBe('spans');
    expect(spans.columns.find(({ name }) => name === 'trace_id')?.comment).not.toBe('');
    expect(tables.map(({ name }) => name)).toContain('traces');
    const keys = readKeys(await engine.query(keysQuery()));
    expect(keys.resource.map(({ text }) => text)).toContain('service.name');
    const [key] = keys.attributes;
    const values = await engine.query(keyValuesQuery('attributes', key.text));
    expect(values.rowCount).toBeGreaterThan(0);
    const services = readValues(await engine.query(valuesQuery())).service;
    expect(services.map(({ text }) => text)).toContain('frontend');
    const functions = readFunctions(await engine.query(functionsQuery()));
    const names = functions.map(({ name }) => name);
    expect(names).toContain('quantile_cont');
    expect(names).not.toContain('read_csv');
    expect(functions.find(({ name }) => name === 'regexp_matches')?.kind).toBe('scalar');
  });

  test('as rows: opened, filtered, with samples', async () => {
    const tables = readTables(await engine.query(schemaQuery()));
    const keys = readKeys(await engine.query(keysQuery()));
    const closed = schemaRows({ tables, keys }, new Set(), new Map(), '');
    expect(closed.map(({ level }) => level)).toEqual(tables.map(() => 1));
    const found = schemaRows({ tables, keys }, new Set(), new Map(), 'service.name');
    expect(found.map(({ label }) => label)).toContain('service.name');
    expect(found.find(({ kind }) => kind === 'key')?.inserts).toBe("resource['service.name']");
    for (const name of ['duration_ms', 'status_code', 'attributes', 'is_root', 'services']) {
      const column = tables.flatMap(({ columns }) => columns).find((one) => one.name === name)!;
      const samples = readSamples(column, await engine.query(samplesQuery(column)));
      expect(samples.length, name).toBeGreaterThan(0);
    }
  });
});

describe('cells', () => {
  const column = (name: string, type: string, first: unknown = null) =>
    describeColumn({ name, type }, first);
  const written = (value: unknown, name: string, type: string, raw = false) => {
    const { text, unit } = cellText(value, column(name, type, value), raw);
    return unit ? `${text} ${unit}` : text;
  };

  test.each([
    [1.5, 'duration_ms', 'DOUBLE', '1.5 ms'],
    [1500, 'avg(duration_ms)', 'DOUBLE', '1.5 s'],
    [1500n, 'self_time_ns', 'BIGINT', '1.5 µs'],
    [42n, 'count(duration_ms)', 'BIGINT', '42'],
    [1234567n, 'calls', 'BIGINT', '1,234,567'],
    [0.1234567, 'x', 'DOUBLE', '0.123457'],
    [5.12, 'error_percent', 'DOUBLE', '5.12 %'],
    [0.0512, 'error_rate', 'DOUBLE', '0.0512'],
    [0.25, 'market_share', 'DOUBLE', '0.25'],
    ['12', 'cpu_ms', 'VARCHAR', '12'],
    ['12', 'cpu_percent', 'VARCHAR', '12'],
    [0.5, 'request_rate', 'DOUBLE', '0.5'],
    [12.5, 'tokens_per_s', 'DOUBLE', '12.5'],
    [12.5, 'calls_per_ms', 'DOUBLE', '12.5'],
    [12.5, 'p95_ms', 'DOUBLE', '12.5 ms'],
    [12.5, 'terms', 'DOUBLE', '12.5'],
    [null, 'x', 'BIGINT', 'NULL'],
    ['a\nb', 'x', 'VARCHAR', 'a ⏎ b'],
    [{ a: 1n, b: null }, 'x', 'STRUCT(a BIGINT, b INTEGER)', '{"a":1,"b":null}'],
    [true, 'x', 'BOOLEAN', 'true'],
  ])('%s of %s', (value, name, type, expected) => {
    expect(written(value, name, type)).toBe(expected);
  });

  test('an epoch is a time, a small number of nanoseconds is not', () => {
    const ns = 1_794_477_600_123_456_789n;
    expect(column('start_time', 'BIGINT', ns).kind).toBe('time');
    expect(cellText(ns, column('start_time', 'BIGINT', ns), false).title).toContain('.123456789');
    expect(column('start_time', 'BIGINT', 12n).kind).toBe('number');
    expect(written(ns, 'start_time', 'BIGINT', true)).toBe(String(ns));
  });

  test('ids lead somewhere, columns of the filter are known', () => {
    expect(column('slowest_trace_id', 'VARCHAR')).toMatchObject({
      leadsTo: 'trace',
      field: 'trace_id',
    });
    expect(column('parent_id', 'VARCHAR').leadsTo).toBe('span');
    expect(column('service_name', 'VARCHAR')).toMatchObject({ kind: 'service', field: 'service' });
  });

  test('columns are as wide as what is in them, within bounds', () => {
    const words = column('x', 'VARCHAR');
    expect(usualWidthPx(words, [])).toBe(64);
    expect(usualWidthPx(words, [cellText('y'.repeat(500), words, false)])).toBe(380);
  });
});

test('rows are sorted as the engine sorts them', async () => {
  const text = `SELECT * FROM (VALUES
    (1, 3::BIGINT, 'b', 1.5::DOUBLE), (2, NULL, 'a', 'nan'::DOUBLE), (3, 9007199254740993, 'B', -1),
    (4, 9007199254740992, NULL, NULL), (5, 3, '', 0)) t(no, big, word, double)`;
  const { result, columns } = await asked(text);
  for (const column of columns) {
    for (const descending of [false, true]) {
      const order = sortedRows(result, column, descending);
      const sorted = await engine.query(
        `SELECT no FROM (${text}) ORDER BY "${column.name}" ${descending ? 'DESC' : 'ASC'} NULLS LAST, no`,
      );
      expect(
        Array.from(order, (row) => result.value(row, 'no')),
        `${column.name} ${descending}`,
      ).toEqual(sorted.rows().map(({ no }) => no));
    }
  }
});

describe('selection', () => {
  const size = { rows: 10, columns: 4, pageRows: 3 };
  const press = (key: string, shift = false, mod = false) => ({ key, shift, mod });

  test('moves, grows and stays inside', () => {
    let selection = moved(at(0, 0), press('ArrowDown'), size)!;
    expect(selection).toEqual(at(1, 0));
    selection = moved(selection, press('ArrowRight', true), size)!;
    selection = moved(selection, press('PageDown', true), size)!;
    expect(blockOf(selection)).toEqual({ top: 1, bottom: 4, left: 0, right: 1 });
    expect(cellCount(blockOf(selection))).toBe(8);
    expect(moved(selection, press('End', false, true), size)).toEqual(at(9, 3));
    expect(moved(at(0, 0), press('ArrowUp'), size)).toEqual(at(0, 0));
    expect(cellCount(blockOf(moved(at(2, 2), press('a', false, true), size)!))).toBe(40);
    expect(moved(at(0, 0), press('x'), size)).toBeNull();
  });
});

describe('charts', () => {
  test('over time, by name, and of one figure', async () => {
    const time = await asked(
      'SELECT start_time // 60000000000 * 60000000000 AS minute_start_time, count(*) AS calls FROM spans GROUP BY 1 ORDER BY 2',
    );
    const line = usualChart(time.columns, time.result.rowCount)!;
    expect(line).toEqual({ kind: 'line', x: 'minute_start_time', ys: ['calls'] });
    const drawn = resultChart(time.result, time.columns, time.order, line)!;
    const xs = Array.from(drawn.spec.x.values);
    expect(xs).toEqual(xs.toSorted((a, b) => a - b));
    expect(xs[0]).toBe(0);
    expect(xs.every((x) => x % 60e9 === 0)).toBe(true);

    const named = await asked(
      'SELECT service, count(*) AS calls FROM spans GROUP BY service ORDER BY calls DESC',
    );
    const bars = usualChart(named.columns, named.result.rowCount)!;
    expect(bars).toEqual({ kind: 'bar', x: 'service', ys: ['calls'] });
    const barChart = resultChart(named.result, named.columns, named.order, bars)!;
    expect(barChart.xText(0)).toBe(named.result.value(0, 'service'));
    expect(barChart.spec.series[0].values[0]).toBe(Number(named.result.value(0, 'calls')));

    const figure = await asked('SELECT duration_ms FROM spans');
    const histogram = usualChart(figure.columns, figure.result.rowCount)!;
    expect(histogram.kind).toBe('histogram');
    const { series } = resultChart(figure.result, figure.columns, figure.order, histogram)!.spec;
    expect(Array.from(series[0].values).reduce((sum, count) => sum + count, 0)).toBe(
      figure.result.rowCount,
    );
  });

  test('points need two figures, nothing needs one', async () => {
    const { columns, result, order } = await asked(
      'SELECT service, duration_ms, depth FROM spans LIMIT 50',
    );
    const points = asKind(usualChart(columns, 50)!, 'scatter', columns);
    expect(points).toEqual({ kind: 'scatter', x: 'depth', ys: ['duration_ms'] });
    expect(resultChart(result, columns, order, points)!.spec.series[0].values.length).toBe(50);
    const words = await asked("SELECT 'x' AS a");
    expect(usualChart(words.columns, 1)).toBeNull();
  });
});
