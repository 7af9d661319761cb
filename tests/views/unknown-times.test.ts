/**
 * Spans whose times are unknown, in every figure that the views show: on the page's own engine, against the same figures
 * worked out in JavaScript from what was written. All of them count; none has a part in times.
 */
import { engineOverSpans, type Asked } from '../support/open-engine';
import { beforeAll, describe, expect, test } from 'vitest';
import { sql, type QueryResult } from '$lib/engine/engine';
import { INVALID_NS, type Span } from '$lib/model/span';
import { whereOf } from '$lib/queries/filter-sql';
import { durationsQuery } from '$lib/shell/filter/offers-query';
import { NO_FILTER } from '$lib/model/filter';
import { ODD_SPAN_COLUMNS, oddSpansQuery } from '$lib/views/configuration/configuration-query';
import {
  PAIR_COLUMNS,
  edgesQuery,
  nodesQuery,
  pairsQuery,
} from '$lib/views/dependencies/dependency-query';
import { graphOf, meanNs } from '$lib/views/dependencies/graph/dependency-graph';
import { rowsOf as edgeRowsOf, sortedRows } from '$lib/views/dependencies/table-rows';
import { bucketsOver, rangeOf, type Range } from '$lib/views/red/buckets';
import { fineBin } from '$lib/views/red/heatmap/heatmap';
import { heatmapQuery } from '$lib/views/red/heatmap/heatmap-query';
import { curvesQuery, seriesQuery, servicesQuery, totalQuery } from '$lib/views/red/red-query';
import { rowsOf, sortRows } from '$lib/views/red/red-rows';
import { NO_SLOS } from '$lib/state/thresholds';
import { figuresQuery, spreadQuery } from '$lib/views/statistics/groups/figures-query';
import { orderQuery } from '$lib/views/statistics/spans/spans-query';
import { workflowsQuery } from '$lib/views/statistics/workflows/workflows-query';
import { comparisonSql, readComparison } from '$lib/views/trace/detail/comparison-query';
import {
  barsQuery,
  lanesQuery,
  readBars,
  readLanes,
} from '$lib/views/traces/common-axis/common-axis-query';
import { AxisTime } from '$lib/views/traces/common-axis/common-axis';
import { groupingOf } from '$lib/views/traces/trace-groups';
import { traceGroupsQuery } from '$lib/views/traces/trace-groups-query';
import { TRACE_FACTS, traceListQuery, traceTimesQuery } from '$lib/views/traces/trace-list-query';
import { EPOCH_NS, id, span } from '../support/spans';

const MANY = { limit: 100_000 };

/** What of a span's two times is known, as the span was made. */
interface Known {
  span: Span;
  no: number;
  startNs: bigint | null;
  endNs: bigint | null;
  ns: number | null;
}

const traceId = (n: number) => 'b' + n.toString(16).padStart(31, '0');

/** Kinds of times that no dataset with dates can believe; the rest of the list are good ones. */
const FAULTS: ((
  startNs: bigint,
  endNs: bigint,
) => Partial<Span> & { knows: 'start' | 'end' | '' })[] = [
  (startNs) => ({ startNs, endNs: null, knows: 'start' }),
  (startNs) => ({ startNs, endNs: startNs - 33_672_000n, knows: 'start' }),
  (startNs) => ({ startNs, endNs: 2n ** 63n - 1n, knows: 'start' }),
  (startNs) => ({ startNs, endNs: INVALID_NS, knows: 'start' }),
  (_, endNs) => ({ startNs: 0n, endNs, knows: 'end' }),
  (_, endNs) => ({ startNs: 1_790_000_000n, endNs, knows: 'end' }),
  (_, endNs) => ({ startNs: null, endNs, knows: 'end' }),
  () => ({ startNs: null, endNs: null, knows: '' }),
  () => ({ startNs: 1_790_000_000_000n, endNs: 1_790_000_000_005n, knows: '' }),
  () => ({ startNs: -5n, endNs: 2n ** 63n - 1n, knows: '' }),
];

/** Two thirds good spans, and each kind of fault among them; one trace and one operation know no time at all. */
function made(): Known[] {
  const all: Known[] = [];
  const add = (some: Partial<Span> & { spanId: string }, knows = 'start end') => {
    const one = span(some);
    const startNs = knows.includes('start') ? one.startNs : null;
    const endNs = knows.includes('end') ? one.endNs : null;
    all.push({
      span: one,
      no: all.length,
      startNs,
      endNs,
      ns: startNs !== null && endNs !== null ? Number(endNs - startNs) : null,
    });
  };
  for (let i = 0; i < 240; i++) {
    const startNs = EPOCH_NS + BigInt(i) * 250_000_000n;
    const endNs = startNs + BigInt(((i * 7919) % 997) + 1) * 10_000n;
    const usual = {
      spanId: id(i),
      traceId: traceId(Math.floor(i / 8)),
      parentId: i % 8 ? id(i - (i % 8)) : null,
      name: `op ${i % 5}`,
      service: ['web', 'api', 'db'][i % 3],
      kind: 'SERVER' as const,
      status: i % 7 ? ('OK' as const) : ('ERROR' as const),
      attributes: ['workflow.name', `flow ${Math.floor(i / 8) % 2}`],
    };
    if (i % 3 === 2 && i % 8) {
      const { knows, ...times } = FAULTS[i % FAULTS.length](startNs, endNs);
      add({ ...usual, ...times }, knows);
    } else add({ ...usual, startNs, endNs });
  }
  for (let i = 0; i < 3; i++) {
    const { knows, ...times } = FAULTS[8](0n, 0n);
    add(
      {
        spanId: id(900 + i),
        traceId: traceId(99),
        parentId: i ? id(900) : null,
        service: ['lost', 'gone', 'gone'][i],
        name: 'timeless',
        attributes: ['workflow.name', 'timeless'],
        ...times,
      },
      knows,
    );
  }
  return all;
}

const spans = made();
let engine: Asked;
let summary: { startNs: bigint; endNs: bigint };
let range: Range;

beforeAll(async () => {
  engine = await engineOverSpans(spans.map((one) => one.span));
  const [row] = (await engine.query('SELECT start_time, end_time FROM dataset')).rows();
  summary = { startNs: row.start_time as bigint, endNs: row.end_time as bigint };
  range = rangeOf(null, summary)!;
}, 60_000);

const ask = (query: unknown) => engine.query(query as string, MANY);

/** As DuckDB's quantile_cont; NaN without values. */
function quantile(values: readonly number[], q: number): number {
  if (!values.length) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low);
}

const mean = (values: readonly number[]) =>
  values.length ? values.reduce((sum, one) => sum + one, 0) / values.length : NaN;

function groupsOf<T>(list: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

const timed = (list: readonly Known[]) => list.flatMap(({ ns }) => (ns === null ? [] : [ns]));
const starts = (list: readonly Known[]) =>
  list.flatMap(({ startNs }) => (startNs === null ? [] : [startNs]));
const least = (list: readonly bigint[]) =>
  list.length ? list.reduce((a, b) => (b < a ? b : a)) : null;
const most = (list: readonly bigint[]) =>
  list.length ? list.reduce((a, b) => (b > a ? b : a)) : null;

function expectNear(found: unknown, wanted: number): void {
  if (Number.isNaN(wanted)) expect(found === null || Number.isNaN(found)).toBe(true);
  else expect(Number(found)).toBeCloseTo(wanted, 3);
}

/** Of each trace: from its first known start to its last known end, or to a later start. */
function traceTimes() {
  return [...groupsOf(spans, (one) => one.span.traceId)].map(([trace, list]) => {
    const startNs = least(starts(list));
    const ends = list.flatMap(({ endNs }) => (endNs === null ? [] : [endNs]));
    const endNs = ends.length ? most([...ends, ...starts(list)]) : null;
    const ns = startNs !== null && endNs !== null ? Number(endNs - startNs) : null;
    return { trace, list, startNs, endNs, ns };
  });
}

/** Duration less the union of the known intervals of the direct children inside it. */
function selfNs(one: Known): number | null {
  if (one.ns === null) return null;
  const children = spans
    .filter(
      (child) =>
        child.ns !== null &&
        child.span.traceId === one.span.traceId &&
        child.span.parentId === one.span.spanId,
    )
    .map((child): [bigint, bigint] => [
      child.startNs! > one.startNs! ? child.startNs! : one.startNs!,
      child.endNs! < one.endNs! ? child.endNs! : one.endNs!,
    ])
    .filter(([from, to]) => to > from)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  let covered = 0n;
  let reached = one.startNs!;
  for (const [from, to] of children) {
    const begin = from > reached ? from : reached;
    if (to <= begin) continue;
    covered += to - begin;
    reached = to;
  }
  return one.ns - Number(covered);
}

test('the dataset: columns, its length, what was left out, and diagnostics', async () => {
  const rows = (
    await ask('SELECT start_time, end_time, duration_ms, self_time_ns FROM spans ORDER BY span_no')
  ).rows();
  expect(rows).toHaveLength(spans.length);
  rows.forEach((row, i) => {
    const { startNs, endNs, ns } = spans[i];
    expect([row.start_time, row.end_time]).toEqual([startNs, endNs]);
    expect(row.duration_ms === null).toBe(ns === null);
    const self = selfNs(spans[i]);
    expect(row.self_time_ns).toBe(self === null ? null : BigInt(self));
  });
  expect(summary.startNs).toBe(EPOCH_NS);
  expect(Number(summary.endNs - summary.startNs)).toBeLessThan(61e9);

  const refused = (await ask('FROM refused_times ORDER BY span_no')).rows();
  const wanted = spans.flatMap(({ no, span: { startNs, endNs }, ...known }) => {
    const start = known.startNs === startNs ? null : startNs;
    const end = known.endNs === endNs || endNs === INVALID_NS ? null : endNs;
    return start === null && end === null
      ? []
      : [{ span_no: no, start_time: start, end_time: end }];
  });
  expect(refused).toEqual(wanted);

  const counts = Object.fromEntries(
    (await ask('FROM diagnostics')).rows().map(({ code, count }) => [code, Number(count)]),
  );
  const count = (test: (one: Known) => boolean) => spans.filter(test).length;
  const negative = count(
    ({ startNs, span: one }) => startNs !== null && one.endNs === startNs - 33_672_000n,
  );
  expect(counts).toMatchObject({
    'unknown-start': count(({ startNs }) => startNs === null),
    unfinished: count(({ span: one }) => one.endNs === null),
    'negative-duration': negative,
    'unknown-duration':
      count(
        ({ startNs, endNs, span: one }) => startNs !== null && endNs === null && one.endNs !== null,
      ) - negative,
  });
  for (const code of [
    'unknown-start',
    'unknown-duration',
    'negative-duration',
    'unfinished',
  ] as const) {
    expect(ODD_SPAN_COLUMNS.rows(await ask(oddSpansQuery(code)!)), code).toHaveLength(counts[code]);
  }
});

describe('traces', () => {
  test('the list has the known times of each, and those without come last in any order', async () => {
    for (const key of ['start', 'duration'] as const) {
      for (const descending of [true, false]) {
        const rows = (await ask(traceListQuery({ key, descending }, null, summary.startNs))).rows();
        const times = new Map(traceTimes().map((one) => [one.trace, one]));
        expect(rows).toHaveLength(times.size);
        for (const row of rows) {
          const known = times.get(String(row.trace_id))!;
          expect(row.start_time).toBe(known.startNs);
          expect(row.duration_ns).toBe(known.ns);
          expect(row.span_count).toBe(known.list.length);
        }
        const values = rows.map((row) => row[key === 'start' ? 'start_ns' : 'duration_ns']);
        const numbers = values.filter((value) => value !== null) as number[];
        expect(values).toEqual([
          ...numbers.toSorted((a, b) => (descending ? b - a : a - b)),
          ...values.filter((value) => value === null),
        ]);
      }
    }
  });

  test('the strip and its ends are of those that have a start', async () => {
    const known = traceTimes().filter(({ startNs }) => startNs !== null);
    const [facts] = (await ask(TRACE_FACTS)).rows();
    expect(facts.first_start).toBe(least(known.map(({ startNs }) => startNs!)));
    const rows = (await ask(traceTimesQuery(EPOCH_NS, 1e9, null))).rows();
    expect(rows.reduce((sum, row) => sum + Number(row.traces), 0)).toBe(known.length);
    expect(rows.every(({ bucket }) => typeof bucket === 'number')).toBe(true);
  });

  test('groups count all and measure the known ones', async () => {
    const query = traceGroupsQuery(
      groupingOf('workflow')!,
      { key: 'p50', descending: true },
      null,
      summary.startNs,
    );
    const rows = (await ask(query)).rows();
    const groups = groupsOf(traceTimes(), ({ list }) => list[0].span.attributes[1]);
    expect(rows).toHaveLength(groups.size);
    for (const row of rows) {
      const group = groups.get(String(row.workflow))!;
      const lengths = group.flatMap(({ ns }) => (ns === null ? [] : [ns]));
      expect(Number(row.traces)).toBe(group.length);
      expectNear(row.p50_ns, quantile(lengths, 0.5));
      expectNear(row.max_ns, lengths.length ? Math.max(...lengths) : NaN);
      const binned = Object.values((row.durations ?? {}) as Record<string, bigint>);
      expect(binned.reduce((sum, one) => sum + Number(one), 0)).toBe(lengths.length);
    }
    expect(rows.at(-1)).toMatchObject({ workflow: 'timeless', last_start: null });
  });

  test('one axis of time ends where the known times do', async () => {
    const lanes = readLanes(await ask(lanesQuery('listed', null, summary.startNs)));
    expect(lanes.count).toBe(traceTimes().length);
    expect(lanes.originNs).toBe(EPOCH_NS);
    expect(lanes.startNs.at(-1)).toBeNaN();
    const time = new AxisTime(lanes.startNs, lanes.endNs, false);
    const last = most(traceTimes().map(({ endNs, startNs }) => endNs ?? startNs ?? 0n))!;
    expect(time.lengthNs).toBe(Number(last - EPOCH_NS));
    const bars = readBars(await ask(barsQuery('listed', null, summary.startNs)), lanes);
    expect(bars.startNs.every((ns) => !Number.isNaN(ns))).toBe(true);
    expect(bars.rows.length).toBe(starts(spans).length);
  });

  test('workflows', async () => {
    const rows = (
      await ask(
        workflowsQuery({ where: null, sort: { column: 'p50_ns', descending: false }, find: '' }),
      )
    ).rows();
    const groups = groupsOf(traceTimes(), ({ list }) => list[0].span.attributes[1]);
    for (const row of rows) {
      const group = groups.get(String(row.workflow))!;
      expect(Number(row.runs)).toBe(group.length);
      expectNear(
        row.p50_ns,
        quantile(
          group.flatMap(({ ns }) => (ns === null ? [] : [ns])),
          0.5,
        ),
      );
    }
    expect(rows.at(-1)).toMatchObject({ workflow: 'timeless', max_ns: null });
  });
});

describe('statistics', () => {
  const request = {
    grouping: { fields: ['service', 'operation'] as const, by: null },
    rowKeys: new Set<string>(),
    where: sql`true`,
    sort: { column: 'mean_ns', descending: false },
    find: '',
  };
  const keyOf = (one: Known) => `${one.span.service} ${one.span.name}`;

  test('counts are of all spans; sums, means and percentiles of those that have a duration', async () => {
    const rows = (await ask(figuresQuery(request))).rows();
    const groups = groupsOf(spans, keyOf);
    expect(rows).toHaveLength(groups.size);
    for (const row of rows) {
      const group = groups.get(`${row.service} ${row.operation}`)!;
      const lengths = timed(group);
      expect(Number(row.calls)).toBe(group.length);
      expect(row.total_ns === null ? null : Number(row.total_ns)).toBe(
        lengths.length ? lengths.reduce((a, b) => a + b) : null,
      );
      expectNear(row.mean_ns, mean(lengths));
      expectNear(row.p50_ns, quantile(lengths, 0.5));
      expectNear(row.p99_ns, quantile(lengths, 0.99));
      const selfs = group.flatMap((one) => (one.ns === null ? [] : [selfNs(one)!]));
      expectNear(row.self_ns, selfs.length ? selfs.reduce((a, b) => a + b) : NaN);
    }
    // Two operations know no time at all: last, also where the least comes first.
    expect(rows.slice(-2).map(({ mean_ns }) => mean_ns)).toEqual([null, null]);
    expect(rows.slice(0, -2).every(({ mean_ns }) => mean_ns !== null)).toBe(true);
  });

  test('histograms hold the known durations only', async () => {
    const rows = (await ask(spreadQuery(request))).rows();
    expect(rows.reduce((sum, row) => sum + Number(row.spans), 0)).toBe(timed(spans).length);
  });

  test('the table of spans sorts unknown ones last', async () => {
    for (const descending of [true, false]) {
      const columns = [{ id: 'duration_ns', sql: sql`end_time - start_time` }];
      const order = await ask(
        orderQuery({
          columns,
          where: sql`true`,
          sort: { column: 'duration_ns', descending },
          find: '',
        }),
      );
      const lengths = Array.from(order.numbers('span_no'), (no) => spans[no].ns);
      const known = lengths.slice(0, timed(spans).length);
      expect(known.includes(null)).toBe(false);
      expect(known).toEqual(timed(spans).toSorted((a, b) => (descending ? b - a : a - b)));
    }
  });

  test('durations that the filter offers, and what it keeps', async () => {
    const [row] = (await ask(durationsQuery(NO_FILTER, null))).rows();
    expectNear(row.p50, quantile(timed(spans), 0.5));
    expect(Number(row.longest)).toBe(Math.max(...timed(spans)));
    const short = whereOf({
      ...NO_FILTER,
      terms: [{ type: 'duration', minNs: null, maxNs: 1_000_000 }],
    });
    const kept = await ask(sql`SELECT span_no FROM spans WHERE ${short}`);
    expect(kept.rowCount).toBe(timed(spans).filter((ns) => ns <= 1_000_000).length);
    const early = whereOf({
      ...NO_FILTER,
      time: { startNs: EPOCH_NS, endNs: EPOCH_NS + 10_000_000_000n },
    });
    const inTime = await ask(sql`SELECT span_no FROM spans WHERE ${early}`);
    expect(inTime.rowCount).toBe(
      starts(spans).filter((ns) => ns < EPOCH_NS + 10_000_000_000n).length,
    );
  });
});

describe('RED', () => {
  const figuresOf = (list: readonly Known[]) => ({
    spans: list.length,
    perSecond: starts(list).length ? starts(list).length / (range.lengthNs / 1e9) : NaN,
    lengths: timed(list),
  });

  test('rates are of spans that have a start, durations of those that have one', async () => {
    const [all] = rowsOf(await ask(totalQuery(sql`true`, range)), 'all', NO_SLOS);
    const rows = rowsOf(await ask(servicesQuery(sql`true`, range)), 'service', NO_SLOS);
    const groups = groupsOf(spans, (one) => one.span.service!);
    for (const [row, list] of [
      [all, spans] as const,
      ...rows.map((row) => [row, groups.get(row.service!)!] as const),
    ]) {
      const wanted = figuresOf(list);
      expect(row.spans).toBe(wanted.spans);
      expectNear(row.perSecond, wanted.perSecond);
      expectNear(row.meanNs, mean(wanted.lengths));
      expectNear(row.p95Ns, quantile(wanted.lengths, 0.95));
    }
    for (const descending of [true, false]) {
      const last = sortRows(rows, 'p95', descending).slice(-2);
      expect(new Set(last.map(({ service }) => service))).toEqual(new Set(['lost', 'gone']));
    }
  });

  test('series, curves and the heatmap have a bucket for each span that has a start', async () => {
    const buckets = bucketsOver(range, 5_000_000_000);
    const bucketOf = (ns: bigint) => Number((ns - buckets.baseNs) / BigInt(buckets.stepNs));
    const series = (await ask(seriesQuery(sql`true`, buckets))).rows();
    const groups = groupsOf(
      spans.filter(({ startNs }) => startNs !== null),
      ({ startNs }) => String(bucketOf(startNs!)),
    );
    expect(series).toHaveLength(groups.size);
    for (const row of series) {
      const group = groups.get(String(row.bucket))!;
      expect(Number(row.spans)).toBe(group.length);
      expectNear(Number(row.p95_ms) * 1e6, quantile(timed(group), 0.95));
    }
    const curves = (await ask(curvesQuery(sql`true`, buckets))).rows();
    expect(curves.reduce((sum, row) => sum + Number(row.spans), 0)).toBe(starts(spans).length);

    const cells = (await ask(heatmapQuery(sql`true`, buckets))).rows();
    const wanted = groupsOf(
      spans.filter(({ ns }) => ns !== null),
      ({ startNs, ns }) => `${bucketOf(startNs!)} ${fineBin(ns!)}`,
    );
    expect(new Map(cells.map((row) => [`${row.bucket} ${row.bin}`, Number(row.spans)]))).toEqual(
      new Map([...wanted].map(([key, list]) => [key, list.length])),
    );
  });
});

test('edges of dependencies count all calls, and measure those that are known', async () => {
  const question = { level: 'services' as const, where: sql`true`, inside: false };
  const edges: QueryResult = await ask(edgesQuery('call', question));
  const nodes: QueryResult = await ask(nodesQuery(question)!);
  const graph = graphOf({ edges, nodes, links: null, peers: null });
  const byId = new Map(spans.map((one) => [one.span.spanId, one]));
  const calls = spans.filter(({ span: one }) => {
    const parent = one.parentId && byId.get(one.parentId);
    return parent && parent.span.service !== one.service;
  });
  const groups = groupsOf(
    calls,
    ({ span: one }) => `${byId.get(one.parentId!)!.span.service}>${one.service}`,
  );
  expect(graph.edges).toHaveLength(groups.size);
  for (const edge of graph.edges) {
    const group = groups.get(`${JSON.parse(edge.from)[0]}>${JSON.parse(edge.to)[0]}`)!;
    const lengths = timed(group);
    expect(edge.calls).toBe(group.length);
    expect(edge.timed).toBe(lengths.length);
    expectNear(meanNs(edge), mean(lengths));
    expectNear(edge.quantilesNs?.p95 ?? NaN, quantile(lengths, 0.95));
  }
  const lost = graph.edges.find(({ from }) => from === JSON.stringify(['lost']))!;
  expect(lost).toMatchObject({ calls: 2, quantilesNs: null });
  expect(graph.nodes.find(({ service }) => service === 'lost')!.timeNs).toBeNull();
  const table = edgeRowsOf(graph.edges, new Map(graph.nodes.map((node) => [node.id, node])));
  for (const column of ['mean', 'p95', 'total']) {
    for (const descending of [true, false]) {
      expect(sortedRows(table, { column, descending }).at(-1)!.edge.timed).toBe(0);
    }
  }
  const pair = PAIR_COLUMNS.first(
    await ask(
      pairsQuery(
        'call',
        { name: 'lost', operation: null },
        { name: 'gone', operation: null },
        sql`true`,
      ),
    ),
  );
  expect(pair).toMatchObject({ quantiles_ms: null, mean_ms: null, max_ms: null, slowest: null });
});

test('a span is compared with those of its kind that have a duration', async () => {
  const kind = spans.filter(({ span: one }) => one.service === 'web' && one.name === 'op 0');
  const comparison = readComparison(await ask(comparisonSql('web', 'op 0', 1n)))!;
  expect(comparison.count).toBe(timed(kind).length);
  expect(comparison.maxNs).toBe(Math.max(...timed(kind)));
  expect(readComparison(await ask(comparisonSql('gone', 'timeless', 1n)))).toBeNull();
});
