/** Figures of the RED view on the page's own engine, against the same worked out in JavaScript from the raw spans. */
import {
  engineOverDemo,
  engineOverFile,
  engineOverSpans,
  type Asked,
} from '../../support/open-engine';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sql, type Sql } from '$lib/engine/engine';
import type { Span } from '$lib/model/span';
import { NO_SLOS } from '$lib/state/thresholds';
import {
  bucketLength,
  bucketsOver,
  inBuckets,
  isOffered,
  middles,
  rangeOf,
  timeOf,
  type Buckets,
  type Range,
} from '$lib/views/red/buckets';
import { differencesOf, termOf } from '$lib/views/red/heatmap/differences';
import { fineBin, heatmapOf } from '$lib/views/red/heatmap/heatmap';
import {
  differencesQuery,
  heatmapQuery,
  regionCondition,
} from '$lib/views/red/heatmap/heatmap-query';
import {
  NAMED_ERRORS,
  allOf,
  conditions,
  curvesQuery,
  errorsQuery,
  operationsQuery,
  seriesQuery,
  servicesQuery,
  totalQuery,
} from '$lib/views/red/red-query';
import {
  figureText,
  rateUnit,
  rowsOf,
  sortRows,
  unfold,
  type RedRow,
} from '$lib/views/red/red-rows';
import { burnOf, errorSeriesOf, marksOf, seriesOf } from '$lib/views/red/series';
import { curvesOf, largestOf, linePath, stepPath } from '$lib/views/red/spark';
import { EPOCH_NS, id, span } from '../../support/spans';
import { CORPUS } from '../../support/paths';

const ALL: Sql = sql`true`;
const LIMIT = { limit: 100_000 };

interface Raw {
  service: string;
  operation: string;
  start: bigint;
  ns: number;
  failed: boolean;
  description: string;
  isRoot: boolean;
  attributes: Record<string, string>;
  resource: Record<string, string>;
}

async function rawSpans(engine: Asked): Promise<Raw[]> {
  const result = await engine.query(
    `SELECT service, operation, start_time, end_time - start_time AS ns, status_code, status_description, is_root,
      attributes, resource FROM spans`,
    LIMIT,
  );
  return result.rows().map((row) => ({
    service: String(row.service),
    operation: String(row.operation),
    start: row.start_time as bigint,
    ns: Number(row.ns),
    failed: row.status_code === 'ERROR',
    description: (row.status_description as string | null) ?? '',
    isRoot: row.is_root === true,
    attributes: row.attributes as Record<string, string>,
    resource: row.resource as Record<string, string>,
  }));
}

async function wholeRange(engine: Asked): Promise<Range> {
  const [row] = (
    await engine.query('SELECT min(start_time) AS s, max(end_time) AS e FROM spans')
  ).rows();
  return rangeOf(null, { startNs: row.s as bigint, endNs: row.e as bigint })!;
}

/** As DuckDB's quantile_cont: straight between the two neighbours. */
function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

function by<T>(list: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const known = groups.get(key(one));
    if (known) known.push(one);
    else groups.set(key(one), [one]);
  }
  return groups;
}

function expectNear(found: number, wanted: number): void {
  if (Number.isNaN(wanted)) expect(found).toBeNaN();
  else expect(Math.abs(found - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * 1e-9 + 1e-3);
}

function expectFigures(row: RedRow, spans: readonly Raw[], range: Range): void {
  expect(row.spans).toBe(spans.length);
  expect(row.errors).toBe(spans.filter(({ failed }) => failed).length);
  if (range.lengthNs > 0) expectNear(row.perSecond, spans.length / (range.lengthNs / 1e9));
  else expect(row.perSecond).toBeNaN();
  expectNear(row.errorRate, row.errors / spans.length);
  const ns = spans.map((one) => one.ns);
  expectNear(row.meanNs, ns.reduce((all, one) => all + one, 0) / ns.length);
  expectNear(row.p50Ns, quantile(ns, 0.5));
  expectNear(row.p95Ns, quantile(ns, 0.95));
  expectNear(row.p99Ns, quantile(ns, 0.99));
}

/** Spans with what is awkward: no duration, whole decades, no service's name, seven kinds of errors, a silent minute. */
function awkward(): Span[] {
  return Array.from({ length: 240 }, (_, i) => {
    const startNs = EPOCH_NS + BigInt(i < 200 ? i : i + 120) * 500_000_000n + BigInt(i * 7919);
    const ns = i % 11 === 0 ? 0 : 10 ** (i % 8) - (i % 3);
    return span({
      spanId: id(i),
      parentId: i % 4 ? id(i - (i % 4)) : null,
      name: `op ${i % 5}`,
      startNs,
      endNs: startNs + BigInt(Math.max(0, ns)),
      status: i % 6 === 0 ? 'ERROR' : 'OK',
      statusDescription: i % 6 === 0 && i % 36 ? `it's "${(i / 6) % 9}"` : null,
      resource: {
        service: ['web', "it's", ''][i % 3],
        attributes: ['service.name', ['web', "it's", ''][i % 3], 'zone', i % 2 ? 'a' : 'b'],
      },
      attributes: [
        'only.here',
        String(i),
        ...(i % 2 ? ['http.method', i % 5 ? 'GET' : 'PUT'] : []),
        ...(i >= 100 && i < 140 ? ['region', 'eu'] : ['region', 'us']),
      ],
    });
  });
}

/** Three spans within microseconds. */
function tiny(): Span[] {
  return [0n, 800n, 2_400n].map((offset, i) =>
    span({ spanId: id(i), startNs: EPOCH_NS + offset, endNs: EPOCH_NS + offset + 500n }),
  );
}

const FILES = [
  'jaeger/crisp--case24.json',
  'jaeger/docker-buildx--jaeger.json',
  'otlp-json/jaeger--otel_traces_01.json',
].filter((file) => existsSync(join(CORPUS, file)));

const DATASETS: [name: string, open: () => Promise<Asked>][] = [
  ['awkward spans', () => engineOverSpans(awkward())],
  ['three spans within microseconds', () => engineOverSpans(tiny())],
  ['one span', () => engineOverSpans([span({ spanId: id(1), endNs: EPOCH_NS })])],
  ['the demo', engineOverDemo],
  ...FILES.map((file): [string, () => Promise<Asked>] => [
    file,
    () => engineOverFile(join(CORPUS, file)),
  ]),
];

describe.each(DATASETS)('%s', (_, open) => {
  let engine: Asked;
  let spans: Raw[];
  let range: Range;
  let buckets: Buckets;
  const bucketOf = (one: Raw) => Number((one.start - buckets.baseNs) / BigInt(buckets.stepNs));

  beforeAll(async () => {
    engine = await open();
    spans = await rawSpans(engine);
    range = await wholeRange(engine);
    buckets = bucketsOver(range, bucketLength(range, 400));
  });

  test('rate, errors and durations by service, by operation and in all', async () => {
    const services = rowsOf(await engine.query(servicesQuery(ALL, range)), 'service', NO_SLOS);
    const byService = by(spans, (one) => one.service);
    expect(new Set(services.map(({ service }) => service))).toEqual(new Set(byService.keys()));
    for (const row of services) expectFigures(row, byService.get(row.service!)!, range);
    const order = services.map((row) => row.spans);
    expect(order).toEqual([...order].sort((a, b) => b - a));

    const names = [...byService.keys()].slice(0, 2);
    const operations = rowsOf(
      await engine.query(operationsQuery(ALL, range, names), LIMIT),
      'operation',
      NO_SLOS,
    );
    const byOperation = by(
      spans.filter(({ service }) => names.includes(service)),
      ({ service, operation }) => JSON.stringify([service, operation]),
    );
    expect(operations.length).toBe(byOperation.size);
    for (const row of operations) {
      expectFigures(row, byOperation.get(JSON.stringify([row.service, row.operation]))!, range);
    }

    const [all] = rowsOf(await engine.query(totalQuery(ALL, range)), 'all', NO_SLOS);
    expectFigures(all, spans, range);
  });

  test('series have a value for each bucket: 0 for counts, a gap for durations', async () => {
    const series = seriesOf(await engine.query(seriesQuery(ALL, buckets), LIMIT), range, buckets);
    const inside = by(spans, (one) => String(bucketOf(one)));
    expect(series.spans.length).toBe(buckets.count);
    for (let i = 0; i < buckets.count; i++) {
      const here = inside.get(String(i)) ?? [];
      expect(series.spans[i]).toBe(here.length);
      expect(series.errors[i]).toBe(here.filter(({ failed }) => failed).length);
      const ns = here.map((one) => one.ns);
      expectNear(series.p50[i], here.length ? quantile(ns, 0.5) : NaN);
      expectNear(series.p95[i], here.length ? quantile(ns, 0.95) : NaN);
      expectNear(series.p99[i], here.length ? quantile(ns, 0.99) : NaN);
    }
    expect(largestOf(series.spans)).toBeGreaterThan(0);
  });

  test('errors by what their status says, the rarest together', async () => {
    const list = errorSeriesOf(await engine.query(errorsQuery(ALL, buckets), LIMIT), buckets.count);
    const failed = spans.filter((one) => one.failed);
    const totals = [...by(failed, ({ description }) => description)]
      .map(([description, of]) => ({ description, total: of.length }))
      .sort((a, b) => b.total - a.total || (a.description < b.description ? -1 : 1));
    const named = totals.slice(0, NAMED_ERRORS);
    expect(
      list.slice(0, NAMED_ERRORS).map(({ description, total }) => ({ description, total })),
    ).toEqual(named);
    const rest = failed.length - named.reduce((all, { total }) => all + total, 0);
    expect(list[NAMED_ERRORS]?.total ?? 0).toBe(rest);
    for (const { description, values } of list) {
      for (let i = 0; i < buckets.count; i++) {
        const here = failed.filter(
          (one) =>
            bucketOf(one) === i &&
            (description === null
              ? !named.some((known) => known.description === one.description)
              : one.description === description),
        );
        expect(values[i]).toBe(here.length);
      }
    }
  });

  test('the curves of the cards', async () => {
    const curves = curvesOf(await engine.query(curvesQuery(ALL, buckets), LIMIT), buckets.count);
    for (const [service, of] of by(spans, (one) => one.service)) {
      const curve = curves.get(service)!;
      const inside = by(of, (one) => String(bucketOf(one)));
      expect([...curve.spans]).toEqual(
        Array.from({ length: buckets.count }, (_, i) => inside.get(String(i))?.length ?? 0),
      );
      for (const [i, here] of inside) {
        const ns = here.map((one) => one.ns);
        expectNear(curve.p95[Number(i)] * 1e6, quantile(ns, 0.95));
      }
    }
  });

  test('the heatmap counts every span once, in the bin of its duration', async () => {
    const result = await engine.query(heatmapQuery(ALL, buckets), LIMIT);
    const wanted = new Map<string, number>();
    for (const one of spans) {
      const cell = `${bucketOf(one)} ${fineBin(one.ns)}`;
      wanted.set(cell, (wanted.get(cell) ?? 0) + 1);
    }
    const found = new Map(
      result.rows().map((row) => [`${Number(row.bucket)} ${row.bin}`, Number(row.spans)]),
    );
    expect(found).toEqual(wanted);
    const map = heatmapOf(
      {
        bucket: result.numbers('bucket'),
        bin: result.numbers('bin'),
        spans: result.numbers('spans'),
        errors: result.numbers('errors'),
      },
      buckets.count,
      12,
    )!;
    expect(map.total).toBe(spans.length);
    expect(map.rows).toBeLessThanOrEqual(13);
  });

  test('shares of every value in a selection and in the rest', async () => {
    const middle = spans.map(({ start }) => start).sort((a, b) => (a < b ? -1 : 1))[
      spans.length >> 1
    ];
    const bounds = {
      time: { startNs: range.startNs, endNs: middle + 1n },
      minNs: 0,
      maxNs:
        quantile(
          spans.map(({ ns }) => ns),
          0.75,
        ) | 0,
    };
    const isIn = (one: Raw) => one.start <= middle && one.ns <= bounds.maxNs;
    const inside = spans.filter(isIn);
    const outside = spans.filter((one) => !isIn(one));
    const list = differencesOf(
      await engine.query(differencesQuery(ALL, regionCondition(bounds)), LIMIT),
    );
    if (!inside.length || !outside.length) {
      expect(list).toEqual([]);
      return;
    }
    const share = (of: Raw[], source: string, key: string, value: string | null) => {
      const valueOf = (one: Raw): string | null => {
        if (source === 'attributes') return one.attributes[key] ?? null;
        if (source === 'resource') return one.resource[key] ?? null;
        return key === 'service' ? one.service : one.operation;
      };
      return of.filter((one) => valueOf(one) === value).length / of.length;
    };
    for (const { source, key, distance, values } of list) {
      if (source === 'fields' && key !== 'service' && key !== 'operation') continue;
      for (const value of values) {
        expectNear(value.inside, share(inside, source, key, value.value));
        expectNear(value.outside, share(outside, source, key, value.value));
        expect(Math.abs(value.inside - value.outside)).toBeLessThanOrEqual(distance + 1e-12);
      }
    }
    const distances = list.map(({ distance }) => distance);
    expect(distances).toEqual([...distances].sort((a, b) => b - a));
    // The attribute that differs most of all is found: worked out over all values of all repeated keys.
    let most = 0;
    for (const key of new Set(spans.flatMap((one) => Object.keys(one.attributes)))) {
      const all = spans.map((one) => one.attributes[key] ?? null);
      const known = all.filter((value) => value !== null);
      if (new Set(known).size === known.length || known.some((value) => value.length > 200))
        continue;
      const shares = (of: Raw[]) => {
        const counts = by(of, (one) => one.attributes[key] ?? '(not set)');
        return (value: string) => (counts.get(value)?.length ?? 0) / of.length;
      };
      const [here, there] = [shares(inside), shares(outside)];
      for (const value of new Set(all.map((one) => one ?? '(not set)'))) {
        most = Math.max(most, Math.abs(here(value) - there(value)));
      }
    }
    const found = list.find(({ source }) => source === 'attributes')?.distance ?? 0;
    expect(found).toBeGreaterThanOrEqual(most < 0.0005 ? 0 : most - 1e-9);
  });
});

describe('conditions', () => {
  test('are only those that are asked', () => {
    expect(conditions(ALL, false).text).toBe('true');
    expect(conditions(ALL, true).text).toBe('is_root');
    expect(conditions(sql`kind = 'SERVER'`, true, { service: "it's", operation: 'a' }).text).toBe(
      "kind = 'SERVER'\n    AND is_root\n    AND service = 'it''s'\n    AND operation = 'a'",
    );
    expect(allOf([ALL, ALL]).text).toBe('true');
  });

  test('keep what is counted to root spans and to the scope', async () => {
    const engine = await engineOverSpans(awkward());
    const spans = await rawSpans(engine);
    const range = await wholeRange(engine);
    const where = conditions(ALL, true, { service: '', operation: 'op 2' });
    const [all] = rowsOf(await engine.query(totalQuery(where, range)), 'all', NO_SLOS);
    const wanted = spans.filter(
      (one) => one.isRoot && one.service === '' && one.operation === 'op 2',
    );
    expect(wanted.length).toBeGreaterThan(0);
    expectFigures(all, wanted, range);
  });
});

describe('buckets', () => {
  const S = 1_000_000_000;
  const at = (startNs: bigint, endNs: bigint) => rangeOf({ startNs, endNs }, { startNs, endNs })!;

  test('begin at round times and cover the range', () => {
    const range = at(EPOCH_NS + 3n, EPOCH_NS + 60_000_000_000n);
    const buckets = bucketsOver(range, 5 * S);
    expect(buckets).toEqual({ stepNs: 5 * S, baseNs: EPOCH_NS, count: 12 });
    expect(bucketsOver(at(-7n, 3n), 5)).toEqual({ stepNs: 5, baseNs: -10n, count: 3 });
    expect([...middles(at(-7n, 3n), bucketsOver(at(-7n, 3n), 5))]).toEqual([-0.5, 4.5, 9.5]);
  });

  test('the end of a filter is not in it, that of a dataset is', () => {
    const startNs = EPOCH_NS;
    const endNs = EPOCH_NS + 10n;
    expect(bucketsOver(rangeOf({ startNs, endNs }, { startNs, endNs })!, 5).count).toBe(2);
    expect(bucketsOver(rangeOf(null, { startNs, endNs })!, 5).count).toBe(3);
    expect(rangeOf(null, { startNs: null, endNs: null })).toBeNull();
  });

  test('are round lengths with room for each, from nanoseconds to days', () => {
    const length = (ns: number, px: number) => bucketLength(at(0n, BigInt(ns)), px);
    expect(length(2_900, 400)).toBe(50);
    expect(length(3600 * S, 720)).toBe(30 * S);
    expect(length(86_400 * S * 30, 600)).toBe(6 * 3600 * S);
    expect(length(1, 400)).toBe(1);
    expect(isOffered(at(0n, 3_600_000_000_000n), S)).toBe(false);
    expect(isOffered(at(0n, 60_000_000_000n), S)).toBe(true);
  });

  test('a stretch becomes whole nanoseconds inside the range', () => {
    const range = at(EPOCH_NS, EPOCH_NS + 100n);
    expect(timeOf(range, -5, 20.4)).toEqual({ startNs: EPOCH_NS, endNs: EPOCH_NS + 20n });
    expect(timeOf(range, 90, 500)).toEqual({ startNs: EPOCH_NS + 90n, endNs: EPOCH_NS + 100n });
    expect(timeOf(range, 7, 7)).toEqual({ startNs: EPOCH_NS + 7n, endNs: EPOCH_NS + 8n });
  });

  test('rows land in their buckets, others are passed over', () => {
    expect([...inBuckets([0, 2, 9, -1], [5, 6, 7, 8], 4, 0)]).toEqual([5, 0, 6, 0]);
  });
});

describe('rows', () => {
  const row = (service: string, spans: number, p95Ns: number): RedRow => ({
    kind: 'service',
    service,
    operation: null,
    spans,
    perSecond: spans,
    errors: 0,
    errorRate: 0,
    meanNs: 0,
    p50Ns: 0,
    p95Ns,
    p99Ns: 0,
    breaches: [],
  });
  const rows = [row('a', 1, 5), row('b', 3, NaN), row('c', 2, 5)];
  const names = (list: RedRow[]) => list.map(({ service }) => service).join('');

  test('are in order, ties by their spans', () => {
    expect(names(sortRows(rows, 'spans', true))).toBe('bca');
    expect(names(sortRows(rows, 'p95', true))).toBe('cab');
    // What is unknown comes last in either order.
    expect(names(sortRows(rows, 'p95', false))).toBe('cab');
    expect(names(sortRows(rows, 'name', false))).toBe('abc');
  });

  test('unfold to their operations', () => {
    const operation: RedRow = { ...row('a', 1, 1), kind: 'operation', operation: 'x' };
    expect(unfold(rows, [operation], ['a']).map(({ kind }) => kind)).toEqual([
      'service',
      'operation',
      'service',
      'service',
    ]);
    expect(unfold(rows, [], ['a'])).toHaveLength(3);
  });

  test('rates choose one unit for all', () => {
    expect([5, 0.5, 0.01, 1e-4, 0].map((most) => rateUnit(most).label)).toEqual([
      '/s',
      '/min',
      '/h',
      '/d',
      '/s',
    ]);
    expect([0.4213, 12.345, 4310.7, NaN, Infinity].map(figureText)).toEqual([
      '0.421',
      '12.3',
      '4,311',
      '—',
      '∞',
    ]);
  });
});

describe('thresholds over time', () => {
  const range = rangeOf(null, { startNs: 0n, endNs: 3n })!;
  const buckets = bucketsOver(range, 1);
  const series = {
    range,
    buckets,
    at: middles(range, buckets),
    spans: Float64Array.of(10, 10, 0, 20),
    errors: Float64Array.of(0, 1, 0, 3),
    p50: Float64Array.of(1, 1, NaN, 1),
    p95: Float64Array.of(5, 50, NaN, 50),
    p99: Float64Array.of(9, 90, NaN, 90),
  };

  test('buckets that miss one are marked', () => {
    const slo = { errorRate: 0.1, duration: { percentile: 95 as const, limitNs: 10 } };
    expect(marksOf(series, slo, 'errors').map(({ from, to }) => [from, to])).toEqual([[3, 4]]);
    expect(marksOf(series, slo, 'duration').map(({ from, to }) => [from, to])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('the budget burns by the observed rate over the allowed one', () => {
    const burn = burnOf(series, 0.1);
    expect([...burn.rate]).toEqual([0, 1, NaN, expect.closeTo(1.5)]);
    expect([...burn.used]).toEqual([0, 0.25, 0.25, 1].map((used) => expect.closeTo(used)));
    expect(burn.total).toBeCloseTo(1);
  });
});

describe('terms of differences', () => {
  const of = (source: 'fields' | 'attributes', key: string) => ({
    source,
    key,
    distance: 1,
    values: [],
  });
  test('ask for the value, or for spans without one', () => {
    expect(termOf(of('attributes', 'zone'), 'a')).toMatchObject({ test: 'equals', values: ['a'] });
    expect(termOf(of('attributes', 'zone'), null)).toMatchObject({ test: 'exists', exclude: true });
    expect(termOf(of('fields', 'scope'), null)).toMatchObject({ field: 'scope', values: [''] });
    expect(termOf(of('fields', 'unknown'), 'a')).toBeNull();
  });
});

test('small curves are steps and broken lines', () => {
  expect(stepPath([1, 0, 2], 2)).toBe('M0 1V0.5H1V1H2V0H3V1Z');
  expect(stepPath([0], 0)).toBe('');
  expect(linePath([1, 2, NaN, 2], 2)).toBe('M0.5 0.5L1.5 0M3 0h1');
});
