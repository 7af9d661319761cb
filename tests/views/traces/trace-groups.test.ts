/** Grouping of traces, the strip over the list and the common axis: their figures against sums made here, and the pure parts. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it, test } from 'vitest';
import {
  engineOverDemo,
  engineOverFile,
  engineOverSpans,
  type Asked,
} from '../../support/open-engine';
import { sql, type QueryResult } from '$lib/engine/engine';
import { whereOf } from '$lib/queries/filter-sql';
import { NO_FILTER } from '$lib/model/filter';
import {
  AxisTime,
  parseSubject,
  subjectText,
  type AxisSubject,
} from '$lib/views/traces/common-axis/common-axis';
import {
  BINS_A_DECADE,
  GROUPINGS,
  GROUPING_IDS,
  GroupedRows,
  binHeights,
  durationBin,
  groupKey,
  groupName,
  termsOfGroup,
} from '$lib/views/traces/trace-groups';
import {
  DEFAULT_GROUP_SORT,
  GROUP_SORT_KEYS,
  groupTracesQuery,
  readGroupSort,
  traceGroupsQuery,
} from '$lib/views/traces/trace-groups-query';
import { brushOf, bucketsOf, edgeOf, filled, placeOf } from '$lib/views/traces/trace-histogram';
import { TRACE_FACTS, traceListQuery, traceTimesQuery } from '$lib/views/traces/trace-list-query';
import { EPOCH_NS, id, span } from '../../support/spans';
import { ROOT } from '../../support/paths';

const NEWEST = { key: 'start', descending: true } as const;
const ALL = { limit: 1_000_000 };

/** A trace as it stands in the table. */
interface Row {
  values: Record<string, string | null>;
  startNs: bigint;
  durationNs: number;
  spans: number;
  errors: number;
}

async function tracesOf(engine: Asked, where: string | null = null): Promise<Row[]> {
  const result = await engine.query(
    `SELECT * FROM traces ${where ? `WHERE trace_id IN (SELECT trace_id FROM spans WHERE ${where})` : ''}`,
    ALL,
  );
  return result.rows().map((row) => ({
    values: row as Record<string, string | null>,
    startNs: row.start_time as bigint,
    durationNs: Number((row.end_time as bigint) - (row.start_time as bigint)),
    spans: Number(row.span_count),
    errors: Number(row.error_count),
  }));
}

/** The quantile between the two values that it falls between, as `quantile_cont` has it. */
function quantile(sorted: number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

function expectGroups(result: QueryResult, columns: readonly string[], traces: Row[]): void {
  const expected = new Map<string, Row[]>();
  for (const trace of traces) {
    const key = groupKey(columns.map((column) => trace.values[column]));
    expected.set(key, [...(expected.get(key) ?? []), trace]);
  }
  expect(result.rowCount).toBe(expected.size);
  for (const row of result.rows()) {
    const own = expected.get(groupKey(columns.map((column) => row[column] as string | null)))!;
    expect(own).toBeDefined();
    const durations = own.map(({ durationNs }) => durationNs).sort((a, b) => a - b);
    const sum = (of: (trace: Row) => number) => own.reduce((total, trace) => total + of(trace), 0);
    expect({
      traces: Number(row.traces),
      failed: Number(row.failed_traces),
      spans: Number(row.spans),
      errors: Number(row.errors),
      min: row.min_ns,
      max: row.max_ns,
      last: row.last_start,
    }).toEqual({
      traces: own.length,
      failed: own.filter(({ errors }) => errors > 0).length,
      spans: sum(({ spans }) => spans),
      errors: sum(({ errors }) => errors),
      min: durations[0],
      max: durations.at(-1),
      last: own.reduce((last, { startNs }) => (startNs > last ? startNs : last), own[0].startNs),
    });
    expect(row.p50_ns).toBeCloseTo(quantile(durations, 0.5), 0);
    expect(row.p95_ns).toBeCloseTo(quantile(durations, 0.95), 0);
    const bins: Record<string, bigint> = {};
    for (const ns of durations) bins[durationBin(ns)] = (bins[durationBin(ns)] ?? 0n) + 1n;
    expect(row.durations).toEqual(bins);
  }
}

const DEMO = 'the demo';
const FILES = [
  DEMO,
  'tests/fixtures/jaeger-json/traces.json',
  'tests/fixtures/zipkin-v2/traces.json',
  'tests/fixtures/otlp-json/odd-times.json',
];

describe.each(FILES)('groups of %s', (file) => {
  let engine: Asked;
  beforeAll(async () => {
    engine = await (file === DEMO ? engineOverDemo() : engineOverFile(join(ROOT, file)));
  });

  test.each(GROUPING_IDS)('by %s have the figures of their traces', async (grouping) => {
    const { columns } = GROUPINGS[grouping];
    const query = traceGroupsQuery(GROUPINGS[grouping], DEFAULT_GROUP_SORT, null, 0n);
    expectGroups(await engine.query(query, ALL), columns, await tracesOf(engine));
  });

  test('obey the filter', async () => {
    const where = whereOf({ ...NO_FILTER, text: 'a' });
    const query = traceGroupsQuery(GROUPINGS.operation, DEFAULT_GROUP_SORT, where, 0n);
    const traces = await tracesOf(engine, String(where));
    expectGroups(await engine.query(query, ALL), GROUPINGS.operation.columns, traces);
  });

  test('open to exactly their traces', async () => {
    for (const grouping of Object.values(GROUPINGS)) {
      const groups = await engine.query(
        traceGroupsQuery(grouping, DEFAULT_GROUP_SORT, null, 0n),
        ALL,
      );
      for (let i = 0; i < Math.min(4, groups.rowCount); i++) {
        const values = grouping.columns.map((column) => groups.value(i, column) as string | null);
        const traces = await engine.query(
          groupTracesQuery(grouping, values, NEWEST, null, 0n),
          ALL,
        );
        expect(traces.rowCount).toBe(Number(groups.value(i, 'traces')));
      }
    }
  });

  test('the strip counts every trace once', async () => {
    const facts = (await engine.query(TRACE_FACTS)).row(0);
    const buckets = bucketsOf(facts.first_start as bigint, facts.last_start as bigint);
    const traces = (await tracesOf(engine)).filter(
      ({ startNs }) => startNs >= (facts.first_start as bigint),
    );
    if (!buckets) return expect(new Set(traces.map(({ startNs }) => startNs)).size).toBe(1);
    expect(buckets.count).toBeLessThan(400);
    const result = await engine.query(traceTimesQuery(buckets.startNs, buckets.stepNs, null));
    const at = result.numbers('bucket');
    const counts = filled(buckets.count, at, result.numbers('traces'));
    const failed = filled(buckets.count, at, result.numbers('failed'));
    for (let i = 0; i < buckets.count; i++) {
      const own = traces.filter(
        ({ startNs }) => startNs >= edgeOf(buckets, i) && startNs < edgeOf(buckets, i + 1),
      );
      expect(counts[i]).toBe(own.length);
      expect(failed[i]).toBe(own.filter(({ errors }) => errors > 0).length);
    }
  });
});

describe('order', () => {
  let engine: Asked;
  beforeAll(async () => {
    engine = await engineOverSpans(
      ['b', 'a', null, 'A b', 'a'].map((workflow, i) =>
        span({
          traceId: id(i).padStart(32, '0'),
          spanId: id(i + 1),
          startNs: EPOCH_NS + BigInt(i) * 1_000n,
          endNs: EPOCH_NS + BigInt(i) * 1_000n + BigInt(i + 1),
          status: i === 0 ? 'ERROR' : 'OK',
          attributes: workflow ? ['workflow.name', workflow, 'cost_usd', String(i)] : [],
        }),
      ),
    );
  });

  const names = async (sort: string) => {
    const result = await engine.query(
      traceGroupsQuery(GROUPINGS.workflow, readGroupSort(sort), null, EPOCH_NS),
    );
    return result.rows().map(({ workflow }) => workflow);
  };

  test('by name ignores case, and those without come last', async () => {
    expect(await names('name')).toEqual(['a', 'A b', 'b', null]);
    expect(await names('-name')).toEqual(['b', 'A b', 'a', null]);
  });

  test('by figures', async () => {
    expect((await names('-traces'))[0]).toBe('a');
    expect((await names('-rate'))[0]).toBe('b');
    expect((await names('last'))[0]).toBe('b');
    expect((await names('-p95'))[0]).toBe('a');
    for (const key of GROUP_SORT_KEYS) expect(await names(`-${key}`)).toHaveLength(4);
  });

  test('what makes no sense is the usual order', () => {
    expect(readGroupSort('')).toBe(DEFAULT_GROUP_SORT);
    expect(readGroupSort('-nothing')).toBe(DEFAULT_GROUP_SORT);
  });

  test('the list is sorted by what not every trace has', async () => {
    const list = async (key: 'cost' | 'workflow') => {
      const result = await engine.query(traceListQuery({ key, descending: true }, null, EPOCH_NS));
      return result.rows().map((row) => row[key]);
    };
    expect(await list('cost')).toEqual([4, 3, 1, 0, null]);
    expect((await list('workflow')).at(-1)).toBeNull();
  });

  test('facts say what there is', async () => {
    const facts = (await engine.query(TRACE_FACTS)).row(0);
    expect(facts).toMatchObject({
      workflow: 4n,
      correlation: 0n,
      session: 0n,
      tokens: 0n,
      cost: 4n,
    });
    expect(facts.first_start).toBe(EPOCH_NS);
  });
});

describe('a group', () => {
  it('is named by its values', () => {
    expect(groupName(GROUPINGS.workflow, ['v1'])).toBe('v1');
    expect(groupName(GROUPINGS.workflow, [null])).toBe('no workflow');
    expect(groupName(GROUPINGS.operation, ['web', 'GET /'])).toBe('web GET /');
    expect(groupName(GROUPINGS.operation, ['job', 'job'])).toBe('job');
    expect(groupName(GROUPINGS.service, [''])).toBe('no service');
  });

  it('becomes the filter, but for the traces without a value', () => {
    expect(termsOfGroup(GROUPINGS.session, ['s'])).toEqual([
      { type: 'field', field: 'session_id', values: ['s'], exclude: false },
    ]);
    expect(termsOfGroup(GROUPINGS.operation, ['a', 'b']).map(({ type }) => type)).toEqual([
      'root',
      'field',
      'field',
    ]);
    expect(termsOfGroup(GROUPINGS.session, [null])).toEqual([]);
  });

  it('has its histogram on one axis with the others', () => {
    expect(durationBin(0)).toBe(0);
    expect(durationBin(1_000)).toBe(3 * BINS_A_DECADE);
    expect(binHeights({ 2: 5n, 4: 1n }, 1, 5)).toEqual([0, 5, 0, 1, 0]);
  });
});

describe('rows of open groups', () => {
  it('are found both ways', () => {
    const open = new Map([
      [1, 3],
      [4, 0],
      [2, 2],
    ]);
    const rows = new GroupedRows(6, open);
    const all: [number, number][] = [];
    for (let group = 0; group < 6; group++) {
      all.push([group, -1]);
      for (let trace = 0; trace < (open.get(group) ?? 0); trace++) all.push([group, trace]);
    }
    expect(rows.count).toBe(all.length);
    all.forEach(([group, trace], row) => {
      expect(rows.at(row)).toEqual({ group, trace });
      expect(rows.rowOf(group, trace)).toBe(row);
    });
    expect(rows.rowOf(6)).toBe(-1);
  });
});

describe('the strip', () => {
  it('has round buckets over the first start and the last', () => {
    const buckets = bucketsOf(1_000_000_007n, 161_000_000_007n)!;
    expect(buckets).toEqual({ startNs: 0n, stepNs: 2_000_000_000, count: 81 });
    expect(edgeOf(buckets, 81)).toBeGreaterThan(161_000_000_007n);
    expect(placeOf(buckets, 3_000_000_000n)).toBe(1.5);
    expect(placeOf(buckets, -5n)).toBe(0);
    expect(bucketsOf(null, null)).toBeNull();
    expect(bucketsOf(5n, 5n)).toBeNull();
  });

  it('is brushed by whole buckets', () => {
    expect(brushOf(10, 3.2, 5.1)).toEqual([3, 6]);
    expect(brushOf(10, 5.1, 3.2)).toEqual([3, 6]);
    expect(brushOf(10, 4, 4)).toEqual([4, 5]);
    expect(brushOf(10, -9, 99)).toEqual([0, 10]);
    expect(brushOf(10, 10, 10)).toEqual([9, 10]);
  });
});

describe('the common axis', () => {
  const subjects: AxisSubject[] = [
    'listed',
    { grouping: GROUPINGS.correlation, values: ['a:b'] },
    { grouping: GROUPINGS.workflow, values: [null] },
    { grouping: GROUPINGS.workflow, values: [''] },
    { grouping: GROUPINGS.operation, values: ['web', 'GET "/":x'] },
    { grouping: GROUPINGS.operation, values: ['web', null] },
  ];
  it.each(subjects.map((subject) => [subjectText(subject), subject] as const))(
    '%s is read back',
    (text, subject) => expect(parseSubject(text)).toEqual(subject),
  );

  it.each(['', 'colour:red', 'operation:web', 'operation:["web"]', 'operation:[1,2]', 'operation'])(
    '%j is no subject',
    (text) => expect(parseSubject(text)).toBeNull(),
  );

  const of = (pairs: [number, number][], cut: boolean) =>
    new AxisTime(
      Float64Array.from(pairs, ([from]) => from),
      Float64Array.from(pairs, ([, to]) => to),
      cut,
    );

  it('is true time unless gaps are cut', () => {
    const time = of(
      [
        [100, 200],
        [1_000_000, 1_000_100],
      ],
      false,
    );
    expect(time.lengthNs).toBe(1_000_000);
    expect(time.place(100)).toBe(0);
    expect(time.place(1_000_050)).toBe(999_950);
    expect(time.moment(500)).toBe(600);
    expect(time.stretches).toHaveLength(1);
  });

  it('cuts long gaps to one length, keeps short ones, and every moment its place', () => {
    const pairs: [number, number][] = [
      [0, 100],
      [50, 160],
      [170, 300],
      [1e9, 1e9 + 100],
      [9e9, 9e9 + 40],
    ];
    const time = of(pairs, true);
    const busyNs = 160 + 130 + 100 + 40;
    expect(time.stretches.map(({ startNs, endNs }) => [startNs, endNs])).toEqual([
      [0, 300],
      [1e9, 1e9 + 100],
      [9e9, 9e9 + 40],
    ]);
    expect(time.lengthNs).toBeLessThan(busyNs * 1.3);
    let last = -1;
    for (const ns of [0, 160, 165, 300, 5e8, 1e9, 1e9 + 60, 5e9, 9e9, 9e9 + 40]) {
      const at = time.place(ns);
      expect(at).toBeGreaterThan(last);
      expect(time.moment(at)).toBeCloseTo(ns, 3);
      last = at;
    }
    expect(last).toBeCloseTo(time.lengthNs, 6);
    // Durations inside a stretch are true.
    expect(time.place(1e9 + 60) - time.place(1e9)).toBe(60);
  });

  it('stands without traces, and with traces of no length', () => {
    expect(of([], true).lengthNs).toBe(1);
    const time = of(
      [
        [5, 5],
        [9, 9],
      ],
      true,
    );
    expect(time.lengthNs).toBeGreaterThan(0);
    expect(time.place(5)).toBe(0);
  });
});

test('a query of the list runs as it stands in the SQL view', () => {
  expect(String(traceListQuery(NEWEST, sql`true`, 0n, sql`workflow = 'a'`))).toContain(
    "WHERE workflow = 'a' AND trace_no IN (",
  );
});
