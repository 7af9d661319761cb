/** The tables of the Statistics view, against figures that are computed here from the spans as they were read. */
import { existsSync, openAsBlob } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { engineOverFile, engineOverSpans, type Asked } from '../../support/open-engine';
import { EPOCH_NS, id, span } from '../../support/spans';
import { readFormat } from '../../support/read-format';
import { makeDemo } from '../../../scripts/demo/demo-spans';
import { MAX_KEYS } from '$lib/dataset/write/attribute-index';
import { sql, type Sql } from '$lib/engine/engine';
import { parseTerm } from '$lib/model/filter';
import type { Span } from '$lib/model/span';
import { whereOf } from '$lib/queries/filter-sql';
import {
  HISTOGRAM_BINS,
  binRange,
  histogramQuery,
  keyTableQuery,
  numbersQuery,
  NUMBER_COLUMNS,
  BIN_COLUMNS,
  valueTableQuery,
} from '$lib/views/statistics/attributes/attributes-query';
import {
  figuresQuery,
  spreadQuery,
  type Grouping,
} from '$lib/views/statistics/groups/figures-query';
import {
  keyFactsOf,
  keyFactsQuery,
  keyIdText,
  rowKeysOf,
  rowKeysQuery,
  parseKeyId,
  type KeyId,
} from '$lib/views/statistics/attributes/key-query';
import { spanColumns } from '$lib/views/statistics/spans/span-columns';
import {
  parseSpanKey,
  parseSpanKeys,
  spanKeyText,
  spanKeysText,
} from '$lib/views/statistics/spans/span-key';
import { orderQuery, pageQuery, spansQuery } from '$lib/views/statistics/spans/spans-query';
import { binWords, groupId, spreadOf, spreadWords } from '$lib/views/statistics/spread';
import { fileQuery } from '$lib/views/statistics/table-sql';
import { workflowsQuery } from '$lib/views/statistics/workflows/workflows-query';
import { CORPUS } from '../../support/paths';

const ALL = sql`true`;
const NONE: ReadonlySet<string> = new Set();
const MANY = { limit: 1_000_000 };

/** A span as plain data, as the table should count it. */
interface Known {
  trace: string;
  spanId: string;
  service: string;
  operation: string;
  name: string;
  kind: string;
  isError: boolean;
  error: string | null;
  startNs: bigint;
  /** NaN for a span that never ended. */
  lengthNs: number;
  attributes: Map<string, string>;
  resource: Map<string, string>;
  events: Map<string, string>[];
}

const knownOnly = (lengths: readonly number[]) => lengths.filter((ns) => !Number.isNaN(ns));

const mapOf = (pairs: readonly string[]) => {
  const map = new Map<string, string>();
  for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
  return map;
};

function knownOf(spans: readonly Span[]): Known[] {
  return spans.map((one) => ({
    trace: one.traceId,
    spanId: one.spanId,
    service: one.service ?? one.resource.service,
    operation: one.operation ?? one.name,
    name: one.name,
    kind: one.kind,
    isError: one.status === 'ERROR',
    error: one.statusDescription,
    startNs: one.startNs!,
    lengthNs: one.endNs === null ? NaN : Number(one.endNs - one.startNs!),
    attributes: mapOf(one.attributes),
    resource: mapOf(one.resource.attributes),
    events: one.events.map((event) => mapOf(event.attributes)),
  }));
}

function groupsOf<T>(
  list: readonly T[],
  keyOf: (one: T) => string | null,
): Map<string | null, T[]> {
  const groups = new Map<string | null, T[]>();
  for (const one of list) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

/** Linear between the two nearest: what quantile_cont is. */
function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  const next = sorted[Math.min(low + 1, sorted.length - 1)];
  return sorted[low] + (next - sorted[low]) * (at - low);
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
const close = (value: unknown, expected: number) =>
  expect(Number(value)).toBeCloseTo(expected, expected > 1e6 ? 1 : 6);

const figures = (grouping: Grouping, where = ALL, find = '', column = 'total_ns', rowKeys = NONE) =>
  figuresQuery({ grouping, rowKeys, where, sort: { column, descending: true }, find });

const OPERATIONS: Grouping = { fields: ['service', 'operation'], by: null };

/** The rows are those of the groups, and each figure is that of its group. */
async function expectFigures(
  engine: Asked,
  query: Sql,
  spans: readonly Known[],
  keyOf: (one: Known) => string | null,
  rowKey: (row: Record<string, unknown>) => string | null,
) {
  const rows = (await engine.query(query, MANY)).rows();
  const groups = groupsOf(spans, keyOf);
  expect(rows.map(rowKey).sort()).toEqual([...groups.keys()].sort());
  let share = 0;
  for (const row of rows) {
    const group = groups.get(rowKey(row))!;
    const lengths = knownOnly(group.map(({ lengthNs }) => lengthNs));
    const errors = group.filter(({ isError }) => isError).length;
    expect(Number(row.calls)).toBe(group.length);
    expect(Number(row.errors)).toBe(errors);
    close(row.error_rate, errors / group.length);
    if (lengths.length === 0) {
      expect(row).toMatchObject({ total_ns: null, mean_ns: null, p50_ns: null, max_ns: null });
      continue;
    }
    expect(Number(row.total_ns)).toBe(sum(lengths));
    close(row.mean_ns, sum(lengths) / lengths.length);
    close(row.p50_ns, quantile(lengths, 0.5));
    close(row.p90_ns, quantile(lengths, 0.9));
    close(row.p95_ns, quantile(lengths, 0.95));
    close(row.p99_ns, quantile(lengths, 0.99));
    expect(Number(row.max_ns)).toBe(Math.max(...lengths));
    if (row.traces !== undefined) {
      expect(Number(row.traces)).toBe(new Set(group.map(({ trace }) => trace)).size);
      expect(Number(row.operations)).toBe(new Set(group.map(({ operation }) => operation)).size);
    }
    share += Number(row.self_share ?? 0);
  }
  if (rows.some((row) => Number(row.self_ns) > 0)) expect(share).toBeCloseTo(1, 9);
}

const pair = (...parts: unknown[]) => JSON.stringify(parts);

describe('the demo', () => {
  let engine: Asked;
  let spans: Known[];

  beforeAll(async () => {
    const demo = makeDemo().spans;
    spans = knownOf(demo);
    engine = await engineOverSpans(demo);
  });

  it('has the figures of its operations', async () => {
    await expectFigures(
      engine,
      figures(OPERATIONS),
      spans,
      ({ service, operation }) => pair(service, operation),
      (row) => pair(row.service, row.operation),
    );
  });

  it('has those of its services, under a filter', async () => {
    const where = whereOf({
      time: null,
      text: '',
      terms: [parseTerm('duration>=5ms')!, parseTerm('service!=frontend')!],
    });
    const left = spans.filter(({ lengthNs, service }) => lengthNs >= 5e6 && service !== 'frontend');
    await expectFigures(
      engine,
      figures({ fields: ['service'], by: null }, where),
      left,
      ({ service }) => service,
      (row) => row.service as string,
    );
  });

  it.each(['@http.request.method', '@@host.name', '@no.such.key', 'kind'])(
    'has those of its operations by %s',
    async (text) => {
      const by = parseSpanKey(text)!;
      const valueOf = (one: Known): string | null =>
        by.type === 'field' ? one.kind : (one[by.source].get(by.key) ?? null);
      await expectFigures(
        engine,
        figures({ ...OPERATIONS, by }),
        spans,
        (one) => pair(one.service, one.operation, valueOf(one)),
        (row) => pair(row.service, row.operation, row.by_value),
      );
    },
  );

  it('counts the self time of an operation as the rest of its children', async () => {
    const rows = (await engine.query(figures(OPERATIONS), MANY)).rows();
    const [{ total }] = (
      await engine.query('SELECT sum(self_time_ns)::DOUBLE AS total FROM spans')
    ).rows();
    expect(sum(rows.map((row) => Number(row.self_ns)))).toBe(total);
    for (const row of rows) expect(Number(row.self_ns)).toBeLessThanOrEqual(Number(row.total_ns));
  });

  it('sorts by any column, and keeps the rows that hold a text', async () => {
    for (const column of ['service', 'operation', 'calls', 'errors', 'error_rate', 'p95_ns']) {
      const ascending = figuresQuery({
        grouping: OPERATIONS,
        rowKeys: NONE,
        where: ALL,
        sort: { column, descending: false },
        find: '',
      });
      const rows = (await engine.query(ascending)).rows();
      const values = rows.map((row) =>
        typeof row[column] === 'string' ? (row[column] as string) : Number(row[column]),
      );
      const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(values).toEqual(sorted);
    }
    const found = await engine.query(figures(OPERATIONS, ALL, 'CHECK'), MANY);
    const names = [...groupsOf(spans, (one) => `${one.service} ${one.operation}`).keys()];
    const expected = names.filter((name) => name!.toLowerCase().includes('check'));
    expect(found.rowCount).toBe(expected.length);
    expect(found.rowCount).toBeGreaterThan(0);
    // The share is of all rows, also of those that the text hides.
    const all = (await engine.query(figures(OPERATIONS), MANY)).rows();
    const [first] = found.rows();
    const same = all.find(
      (row) => row.service === first.service && row.operation === first.operation,
    );
    expect(first.self_share).toBe(same!.self_share);
  });

  it('spreads the durations of each operation over bins', async () => {
    const result = await engine.query(
      spreadQuery({ grouping: OPERATIONS, rowKeys: NONE, where: ALL }),
      MANY,
    );
    const spread = spreadOf(result, ['service', 'operation']);
    const groups = groupsOf(spans, (one) => groupId([one.service, one.operation]));
    expect(spread.groups.size).toBe(groups.size);
    for (const [key, counts] of spread.groups) {
      const group = groups.get(key)!;
      expect(sum(counts)).toBe(group.length);
      for (const { lengthNs } of group) {
        const bin = Math.floor(4 * Math.log10(Math.max(1, lengthNs)));
        expect(counts[bin - spread.firstBin]).toBeGreaterThan(0);
      }
    }
  });

  it('lists all spans in any order, a page at a time', async () => {
    const keys = [parseSpanKey('@http.request.method')!, parseSpanKey('@@host.name')!];
    const columns = spanColumns({
      keys,
      rowKeys: rowKeysOf(await engine.query(rowKeysQuery([]))),
      datasetStartNs: 0n,
      longestNs: () => NaN,
      offer: () => {},
    });
    for (const [column, valueOf] of [
      ['duration_ns', (one: Known) => one.lengthNs],
      ['@http.request.method', (one: Known) => one.attributes.get('http.request.method') ?? null],
      ['start_time', (one: Known) => Number(one.startNs - spans[0].startNs)],
    ] as const) {
      const request = { columns, where: ALL, sort: { column, descending: true }, find: '' };
      const order = (await engine.query(orderQuery(request), MANY)).numbers('span_no');
      expect(new Set(order).size).toBe(spans.length);
      const values = [...order].map((spanNo) => valueOf(spans[spanNo]));
      for (let i = 1; i < values.length; i++) {
        const [before, value] = [values[i - 1], values[i]];
        // Without a value stands last; of equal ones the first in the file first.
        if (value === null || before === null) expect(value).toBeNull();
        else expect(value <= before).toBe(true);
        if (value === before) expect(order[i]).toBeGreaterThan(order[i - 1]);
      }
      const page = [...order.subarray(100, 200)];
      const rows = (await engine.query(pageQuery(columns, page))).rows();
      expect(rows.map((row) => row.span_no).sort()).toEqual([...page].sort());
      for (const row of rows) {
        const one = spans[Number(row.span_no)];
        expect(row).toMatchObject({
          service: one.service,
          operation: one.operation,
          trace_id: one.trace,
          start_time: one.startNs,
          duration_ns: BigInt(one.lengthNs),
          '@http.request.method': one.attributes.get('http.request.method') ?? null,
          '@@host.name': one.resource.get('host.name') ?? null,
        });
      }
      const whole = await engine.query(spansQuery(request), MANY);
      expect(whole.rowCount).toBe(spans.length);
      expect(whole.value(0, 'trace_id')).toBe(spans[order[0]].trace);
    }
    const find = (text: string) =>
      orderQuery({
        columns,
        where: ALL,
        sort: { column: 'start_time', descending: false },
        find: text,
      });
    expect((await engine.query(find('%'), MANY)).rowCount).toBe(0);
    const inOrder = (numbers: number[]) =>
      numbers.sort((a, b) => Number(spans[a].startNs - spans[b].startNs) || a - b);
    for (const text of ['CART', spans[7].spanId.slice(2, 12), 'POST']) {
      const needle = text.toLowerCase();
      const found = (await engine.query(find(text), MANY)).numbers('span_no');
      const expected = spans.flatMap((one, spanNo) =>
        [
          one.service,
          one.operation,
          one.name,
          one.error ?? '',
          one.trace,
          one.spanId,
          one.attributes.get('http.request.method') ?? '',
          one.resource.get('host.name') ?? '',
        ].some((value) => value.toLowerCase().includes(needle))
          ? [spanNo]
          : [],
      );
      expect([...found]).toEqual(inOrder(expected));
    }
  });

  it('knows the runs of its workflows', async () => {
    const rows = (
      await engine.query(
        workflowsQuery({ where: null, sort: { column: 'runs', descending: true }, find: '' }),
      )
    ).rows();
    const traces = [...groupsOf(spans, ({ trace }) => trace).values()];
    const runs = traces.flatMap((list) => {
      const named = list.find(({ attributes }) => attributes.has('workflow.name'));
      if (!named) return [];
      const ends = list.map((one) => one.startNs + BigInt(one.lengthNs));
      const start = list.reduce((a, { startNs }) => (startNs < a ? startNs : a), list[0].startNs);
      const end = ends.reduce((a, b) => (b > a ? b : a));
      return [
        {
          workflow: named.attributes.get('workflow.name')!,
          lengthNs: Number(end - start),
          isFailed: list.some(({ isError }) => isError),
          agents: list.flatMap(({ attributes }) => attributes.get('agent.name') ?? []),
          spans: list.length,
        },
      ];
    });
    const groups = groupsOf(runs, ({ workflow }) => workflow);
    expect(groups.size).toBeGreaterThan(2);
    expect(rows.map(({ workflow }) => workflow).sort()).toEqual([...groups.keys()].sort());
    for (const row of rows) {
      const group = groups.get(row.workflow as string)!;
      const lengths = group.map(({ lengthNs }) => lengthNs);
      expect(Number(row.runs)).toBe(group.length);
      expect(Number(row.failed)).toBe(group.filter(({ isFailed }) => isFailed).length);
      expect(Number(row.spans)).toBe(sum(group.map((run) => run.spans)));
      close(row.p50_ns, quantile(lengths, 0.5));
      close(row.p95_ns, quantile(lengths, 0.95));
      expect(row.agents).toEqual(
        expect.arrayContaining([...new Set(group.flatMap(({ agents }) => agents))]),
      );
    }
    const where = whereOf({ time: null, text: '', terms: [parseTerm('status=error')!] });
    const failed = await engine.query(
      workflowsQuery({ where, sort: { column: 'runs', descending: true }, find: '' }),
    );
    for (const row of failed.rows()) expect(row.failed).toBe(row.runs);
  });

  it('writes files of the shown columns, in the order of the table', async () => {
    const operations = fileQuery(figures(OPERATIONS), ['operation', 'total_ns']);
    const file = (await engine.query(operations, MANY)).rows();
    const table = (await engine.query(figures(OPERATIONS), MANY)).rows();
    expect(file.map((row) => row.total_ns)).toEqual(table.map((row) => row.total_ns));
  });
});

/** What a key is, computed from the spans. */
function keysOf(spans: readonly Known[]): Map<string, string[]> {
  const keys = new Map<string, string[]>();
  const add = (source: KeyId['source'], map: ReadonlyMap<string, string>) => {
    for (const [key, value] of map) {
      const text = keyIdText({ source, key });
      const values = keys.get(text);
      if (values) values.push(value);
      else keys.set(text, [value]);
    }
  };
  for (const { attributes, resource, events } of spans) {
    add('attributes', attributes);
    add('resource', resource);
    for (const event of events) add('events', event);
  }
  return keys;
}

async function expectKeys(engine: Asked, where: Sql | null, spans: readonly Known[]) {
  const query = keyTableQuery({ where, sort: { column: 'spans', descending: true }, find: '' });
  const rows = (await engine.query(query, MANY)).rows();
  const keys = keysOf(spans);
  const idOf = (row: Record<string, unknown>) => keyIdText(row as unknown as KeyId);
  expect(rows.map(idOf).sort()).toEqual([...keys.keys()].sort());
  for (const row of rows) {
    const values = keys.get(idOf(row))!;
    expect(Number(row.spans)).toBe(values.length);
    if (row.source !== 'events') close(row.share, values.length / spans.length);
    // Values of resources are few, and all in the index.
    const short = values.filter((value) => row.source === 'resource' || value.length <= 200);
    expect([idOf(row), Number(row.distinct_values)]).toEqual([idOf(row), new Set(short).size]);
    const counts = groupsOf(values, (value) => value);
    for (const top of row.top_values as { value: string; spans: bigint }[])
      expect(Number(top.spans)).toBe(counts.get(top.value)!.length);
    const [top] = row.top_values as { spans: bigint }[];
    if (top) {
      const most = Math.max(...short.map((value) => counts.get(value)!.length));
      expect(Number(top.spans)).toBe(most);
    }
    if (row.minimum !== null) {
      const numbers = values.map(Number);
      close(row.minimum, Math.min(...numbers));
      close(row.median, quantile(numbers, 0.5));
      close(row.maximum, Math.max(...numbers));
    }
  }
}

describe('attributes', () => {
  let engine: Asked;
  let spans: Known[];

  const long = 'x'.repeat(300);
  const made = Array.from({ length: 60 }, (_, i) =>
    span({
      spanId: id(i),
      startNs: EPOCH_NS + BigInt(i),
      endNs: EPOCH_NS + BigInt(i) + BigInt((i + 1) * 1000),
      status: i % 6 === 0 ? 'ERROR' : 'OK',
      attributes: [
        ...['request.id', `id-${i}`],
        ...['retries', String(i % 4)],
        ...['size', String((i + 1) ** 3 / 8)],
        ...['note', i % 3 === 0 ? `${long}${i % 2}` : 'short'],
        ...(i % 2 ? ['odd', 'true', '@type', 'T'] : []),
      ],
      events:
        i % 5 ? [] : [{ name: 'x', timeNs: EPOCH_NS, attributes: ['exception.type', `E${i % 2}`] }],
      resource: { service: 'svc', attributes: ['service.name', 'svc', 'host', `h${i % 2}`] },
    }),
  );

  beforeAll(async () => {
    spans = knownOf(made);
    engine = await engineOverSpans(made);
  });

  const factsOf = async (text: string) =>
    keyFactsOf(await engine.query(keyFactsQuery(parseKeyId(text)!)))!;

  it('are all there, with their figures', async () => {
    await expectKeys(engine, null, spans);
  });

  it('have the same figures when they are counted anew', async () => {
    await expectKeys(engine, ALL, spans);
  });

  it('have those of the spans that a filter leaves', async () => {
    const where = whereOf({ time: null, text: '', terms: [parseTerm('status=error')!] });
    await expectKeys(
      engine,
      where,
      spans.filter(({ isError }) => isError),
    );
  });

  it.each(['@retries', '@note', '@@host', '@request.id', '@"@type"'])(
    'have all values of %s, each with its spans',
    async (text) => {
      const facts = await factsOf(text);
      const query = valueTableQuery({
        facts,
        where: ALL,
        sort: { column: 'spans', descending: true },
        find: '',
      });
      const rows = (await engine.query(query)).rows();
      const source = facts.source === 'resource' ? 'resource' : 'attributes';
      const having = spans.filter((one) => one[source].has(facts.key));
      const groups = groupsOf(having, (one) => one[source].get(facts.key)!);
      expect(rows.map(({ value }) => value).sort()).toEqual([...groups.keys()].sort());
      for (const row of rows) {
        const group = groups.get(row.value as string)!;
        const errors = group.filter(({ isError }) => isError).length;
        expect(Number(row.spans)).toBe(group.length);
        close(row.share, group.length / having.length);
        expect(Number(row.errors)).toBe(errors);
        const lengths = knownOnly(group.map(({ lengthNs }) => lengthNs));
        if (!lengths.length) {
          expect(row).toMatchObject({ p50_ns: null, p95_ns: null });
          continue;
        }
        close(row.p50_ns, quantile(lengths, 0.5));
        close(row.p95_ns, quantile(lengths, 0.95));
      }
    },
  );

  it('of events are counted by events', async () => {
    const query = valueTableQuery({
      facts: await factsOf('@@@exception.type'),
      where: ALL,
      sort: { column: 'value', descending: false },
      find: '',
    });
    const rows = (await engine.query(query)).rows();
    expect(rows.map(({ value, spans: n }) => [value, Number(n)])).toEqual([
      ['E0', 6],
      ['E1', 6],
    ]);
  });

  it('have numbers with their middle, sum and spread', async () => {
    for (const text of ['@retries', '@size']) {
      const facts = await factsOf(text);
      expect(facts.type).toBe('number');
      const numbers = spans.map(({ attributes }) => Number(attributes.get(facts.key)));
      const row = NUMBER_COLUMNS.first(await engine.query(numbersQuery(facts, ALL)))!;
      expect(row.minimum).toBe(Math.min(...numbers));
      expect(row.maximum).toBe(Math.max(...numbers));
      close(row.median, quantile(numbers, 0.5));
      close(row.mean, sum(numbers) / numbers.length);
      close(row.total, sum(numbers));
      const bins = BIN_COLUMNS.rows(await engine.query(histogramQuery(facts, ALL)));
      expect(sum(bins.map(({ spans }) => spans))).toBe(numbers.length);
      for (const { bin, spans: n } of bins) {
        const [from, to] = binRange(facts, bin);
        const isLast = bin === HISTOGRAM_BINS - 1;
        const slack = 1e-9 * Math.max(1, to);
        const inside = numbers.filter(
          (one) => one >= from - slack && (one < to - slack || (isLast && one <= to + slack)),
        );
        expect(inside.length).toBe(Number(n));
      }
    }
  });

  it('group spans by values of any length', async () => {
    const rowKeys = rowKeysOf(await engine.query(rowKeysQuery([])));
    expect([...rowKeys]).toEqual(['@note']);
    const by = parseSpanKey('@note')!;
    const grouping: Grouping = { fields: ['service'], by };
    await expectFigures(
      engine,
      figures(grouping, ALL, '', 'calls', rowKeys),
      spans,
      ({ attributes }) => attributes.get('note')!,
      (row) => row.by_value as string,
    );
  });
});

it('a key that the index had no room for is grouped by the spans themselves', async () => {
  const many = Array.from({ length: 2 * MAX_KEYS }, (_, i) => [`k${i}`, 'x']).flat();
  const last = ['late', 'here'];
  const small = await engineOverSpans([
    span({ spanId: id(1), attributes: many }),
    span({ spanId: id(2), attributes: last }),
    span({ spanId: id(3), attributes: last }),
    span({ spanId: id(4) }),
  ]);
  const by = parseSpanKey('@late')!;
  const rowKeys = rowKeysOf(await small.query(rowKeysQuery([by, parseSpanKey('@k0')!])));
  expect([...rowKeys]).toEqual(['@late']);
  const result = await small.query(figures({ fields: ['service'], by }, ALL, '', 'calls', rowKeys));
  expect(result.rows().map((row) => [row.by_value, Number(row.calls)])).toEqual(
    expect.arrayContaining([
      ['here', 2],
      [null, 2],
    ]),
  );
});

const FILES = [
  'jaeger/docker-buildx--jaeger.json',
  'otlp-json/jaeger--example_trace.json',
  'otlp-jsonl/robotframework-trace-report--all_types_trace.json',
  'otlp-jsonl/robotframework-trace-report--otel-traces.json',
  'zipkin-v2/zipkin--smartthings-oauth-authorization.json',
  'zipkin-v2/zipkin--yelp.json',
];

describe.skipIf(!existsSync(CORPUS))('real files', () => {
  it.each(FILES.filter((path) => existsSync(join(CORPUS, path))))('%s', async (path) => {
    const file = join(CORPUS, path);
    const { spans } = await readFormat(await openAsBlob(file), basename(path));
    const known = knownOf(spans);
    const engine = await engineOverFile(file);
    await expectFigures(
      engine,
      figures(OPERATIONS),
      known,
      ({ service, operation }) => pair(service, operation),
      (row) => pair(row.service, row.operation),
    );
    await expectKeys(engine, null, known);
    await expectKeys(engine, ALL, known);
  });
});

describe('texts of links', () => {
  it('name keys', () => {
    for (const text of ['kind', '@http.route', '@@host.name', '@"@type"', '@@"\\"x\\""'])
      expect(spanKeyText(parseSpanKey(text)!)).toBe(text);
    for (const wrong of ['', '@', 'nothing', '@"', '@@"unclosed'])
      expect(parseSpanKey(wrong)).toBeNull();
    const keys = parseSpanKeys('@a,kind,@b%2Cc,@100%25,nothing');
    expect(keys).toEqual([
      { type: 'attribute', source: 'attributes', key: 'a' },
      { type: 'field', field: 'kind' },
      { type: 'attribute', source: 'attributes', key: 'b,c' },
      { type: 'attribute', source: 'attributes', key: '100%' },
    ]);
    expect(spanKeysText(keys)).toBe('@a,kind,@b%2Cc,@100%25');
    for (const text of ['@a', '@@b', '@@@c', '@@@"@c"'])
      expect(keyIdText(parseKeyId(text)!)).toBe(text);
    expect(parseKeyId('a')).toBeNull();
  });

  it('say what a histogram shows', () => {
    expect(binWords(24)).toBe('1\u202fms – 1.78\u202fms');
    expect(binWords(0)).toBe('up to 2\u202fns');
    const spread = { firstBin: 24, lastBin: 28, groups: new Map() };
    expect(spreadWords(spread, [1, 0, 5, 0, 0])).toBe(
      'Durations 1\u202fms – 5.62\u202fms, most in 3.16\u202fms – 5.62\u202fms',
    );
    expect(spreadWords(spread, [0, 0, 0, 0, 0])).toBe('No spans');
  });
});
