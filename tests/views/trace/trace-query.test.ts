/** The SQL of one trace and one span, on the page's own engine. */
import { beforeAll, describe, expect, test } from 'vitest';
import { bootDuckDb, writeDataset } from '../../../scripts/node-engine';
import { bootOne } from '../../support/one-dataset';
import { sql, type Dataset, type QueryOptions } from '$lib/engine/engine';
import { ArrowResult } from '$lib/engine/query/result';
import type { Span } from '$lib/model/span';
import { attributeSections, querySpan } from '$lib/views/trace/detail/span-query';
import { holdsText, searchFor } from '$lib/queries/span-text';
import { queryAttributeKeys, queryColouring } from '$lib/views/trace/colour-query';
import { comparisonSql, rankOf, readComparison } from '$lib/views/trace/detail/comparison-query';
import { RowAttributes } from '$lib/views/trace/tree/row-attributes.svelte';
import { FLAG } from '$lib/trace/trace';
import {
  queryEventTimes,
  queryMatches,
  queryMatching,
  querySpanPosition,
  queryTrace,
  queryTraceHead,
  type LoadedTrace,
} from '$lib/views/trace/trace-query';
import { EPOCH_NS, id, span } from '../../support/spans';
import { Input } from '$lib/bytes/input';

const TRACE = 'a'.repeat(32);
const { signal } = new AbortController();

let engine: Dataset;

const service = (name: string) => ({
  service: name,
  attributes: ['service.name', name, 'host', 'h1'],
});

const SPANS: Span[] = [
  span({
    spanId: id(1),
    name: 'GET /cart',
    kind: 'SERVER',
    resource: service('web'),
    endNs: EPOCH_NS + 9_007_199n,
    attributes: ['workflow.name', "it's", '2', 'two', '1', 'one'],
  }),
  span({
    spanId: id(2),
    parentId: id(1),
    name: 'SELECT',
    resource: service('db'),
    startNs: EPOCH_NS + 5_000n,
    endNs: EPOCH_NS + 7_000n,
    status: 'ERROR',
    statusDescription: 'Deadlock Found',
    attributes: ['db.system', 'Postgres', '__proto__', 'x'],
    events: [
      { name: 'exception', timeNs: EPOCH_NS + 6_001n, attributes: ['exception.message', 'boom'] },
      { name: 'untimed', timeNs: null, attributes: [] },
      { name: 'retry', timeNs: EPOCH_NS + 6_500n, attributes: [] },
    ],
    links: [{ traceId: 'b'.repeat(32), spanId: id(9), attributes: ['k', 'v'] }],
    scope: 'pg',
  }),
  span({
    spanId: id(3),
    parentId: id(99),
    name: 'SELECT',
    resource: service('db'),
    startNs: EPOCH_NS + 1_000n,
    endNs: EPOCH_NS + 1_000n,
  }),
  // Another trace, and one with a span whose time was never given.
  span({ traceId: 'c'.repeat(32), spanId: id(1), name: 'SELECT' }),
  span({ traceId: 'd'.repeat(32), spanId: id(5), startNs: 0n, endNs: 0n, name: 'timeless' }),
  span({ traceId: 'd'.repeat(32), spanId: id(6), parentId: id(5), name: 'timed' }),
];

beforeAll(async () => {
  const db = await bootDuckDb();
  const inner = await bootOne(db);
  const bytes = await writeDataset(SPANS, { name: 't', sources: ['t'], format: 't' }, db);
  await inner.open([new Input('t.duckdb', new Blob([bytes]))], {
    signal,
    onProgress: () => {},
  });
  engine = {
    query: async (query: unknown, options: QueryOptions = {}) =>
      new ArrowResult(
        await inner.query(
          { sql: String(query), limit: options.limit ?? 10_000, timeoutMs: 10_000 },
          { cancelled: false },
        ),
      ),
  } as unknown as Dataset;
});

async function loaded(traceId = TRACE): Promise<LoadedTrace> {
  return queryTrace(engine, (await queryTraceHead(engine, traceId, signal))!, signal);
}

const names = ({ trace }: LoadedTrace) => [...trace.label].map((label) => trace.labels[label].name);

describe('a trace', () => {
  test('comes as offsets in preorder, with labels said once', async () => {
    const own = await loaded();
    const { trace, head } = own;
    expect(head).toMatchObject({ startNs: EPOCH_NS, spanCount: 3, workflow: "it's" });
    expect(names(own)).toEqual(['GET /cart', 'SELECT', 'SELECT']);
    expect([...trace.startNs]).toEqual([0, 5_000, 1_000]);
    expect([...trace.durationNsOf]).toEqual([9_007_199, 2_000, 0]);
    expect([...trace.selfNs]).toEqual([9_005_199, 2_000, 0]);
    expect([...trace.flags]).toEqual([FLAG.SERVER, FLAG.ERROR, FLAG.ORPHAN]);
    expect(trace.labels).toHaveLength(2);
    expect([0, 1, 2].map(own.spanIdOf)).toEqual([id(1), id(2), id(3)]);
    expect(own.truncated).toBe(false);
  });

  test('that is not there has no head, whatever its id holds', async () => {
    expect(await queryTraceHead(engine, 'nope', signal)).toBeNull();
    expect(await queryTraceHead(engine, `' OR 1=1 --`, signal)).toBeNull();
  });

  test('with a span without time counts from the first real start', async () => {
    const own = await loaded('d'.repeat(32));
    const { trace, head } = own;
    expect(head.startNs).toBe(EPOCH_NS);
    expect(names(own)).toEqual(['timeless', 'timed']);
    expect([...trace.startNs]).toEqual([0, 0]);
    expect([...trace.durationNsOf]).toEqual([0, 1_000_000]);
    expect(trace.timelessCount).toBe(1);
  });

  test('event times, exceptions apart, without those that have none', async () => {
    const own = await loaded();
    const events = await queryEventTimes(engine, own, signal);
    expect(events.count).toBe(2);
    expect([...events.offsets]).toEqual([0, 0, 2, 2]);
    expect([...events.timeNs].toSorted()).toEqual([6_001, 6_500]);
    expect(events.isException[events.timeNs.indexOf(6_001)]).toBe(1);
  });

  test('a span is found by its id in its own trace only', async () => {
    const own = await loaded();
    expect(await querySpanPosition(engine, own, id(2), signal)).toBe(1);
    expect(await querySpanPosition(engine, own, id(5), signal)).toBe(-1);
  });

  test.each([
    ['select', [1, 2]],
    ['  GET /CART ', [0]],
    ['deadlock', [1]],
    ['postgres', [1]],
    ['DB.SYSTEM', [1]],
    ['db.system=postgres', [1]],
    ['host=H1', [0, 1, 2]],
    ['boom', [1]],
    ["it's", [0]],
    [id(3), [2]],
    [`0x${id(3).toUpperCase()}`, [2]],
    [`0000${id(3)}`, [2]],
    ['AAAAAAAA-aaaa-aaaa-aaaa-aaaaaaaaaaaa', [0, 1, 2]],
    ['50%_', []],
    ["'); DROP TABLE spans; --", []],
    ['nul\0', []],
  ])('%j is found at %j', async (find, positions) => {
    expect([...(await queryMatches(engine, await loaded(), find, signal))]).toEqual(positions);
  });
});

test('a search for a key and value finds them again', async () => {
  expect(searchFor('db.system', 'a = b')).toBe('db.system=a = b');
  expect(searchFor('a key', 'v')).toBe('v');
  const text = searchFor('db.system', 'Postgres');
  const result = await engine.query(`SELECT count(*) AS n FROM spans WHERE ${holdsText(text)}`);
  expect(Number(result.value(0, 'n'))).toBe(1);
});

test('the row of a span is exact and keeps the order of its keys', async () => {
  const own = await loaded();
  const root = (await querySpan(engine, own.trace.spanNo[0], signal))!;
  expect(root.attributes).toEqual([
    { key: 'workflow.name', value: "it's" },
    { key: '2', value: 'two' },
    { key: '1', value: 'one' },
  ]);
  expect(root.endNs! - root.startNs!).toBe(9_007_199n);
  const child = (await querySpan(engine, own.trace.spanNo[1], signal))!;
  expect(child).toMatchObject({
    service: 'db',
    kind: 'INTERNAL',
    status: 'ERROR',
    statusDescription: 'Deadlock Found',
    parentId: id(1),
    parentNo: own.trace.spanNo[0],
    scope: 'pg',
    selfNs: 2_000n,
    links: [{ traceId: 'b'.repeat(32), spanId: id(9), attributes: [{ key: 'k', value: 'v' }] }],
  });
  expect(child.attributes).toContainEqual({ key: '__proto__', value: 'x' });
  expect(child.events.map(({ name, timeNs }) => [name, timeNs])).toEqual([
    ['exception', EPOCH_NS + 6_001n],
    ['untimed', null],
    ['retry', EPOCH_NS + 6_500n],
  ]);
  expect(await querySpan(engine, 1e9, signal)).toBeNull();
});

test('input and output stand apart from what describes a span', () => {
  const keys = ['input.state', 'output.value', 'output.type', 'gen_ai.prompt', 'http.method'];
  const sections = attributeSections(keys.map((key) => ({ key, value: '1' })));
  const keysOf = (list: { key: string }[]) => list.map(({ key }) => key);
  expect(keysOf(sections.input)).toEqual(['input.state', 'gen_ai.prompt']);
  expect(keysOf(sections.output)).toEqual(['output.value']);
  expect(keysOf(sections.rest)).toEqual(['output.type', 'http.method']);
});

describe('what is asked of a trace', () => {
  test('which spans a condition lets through', async () => {
    const own = await loaded();
    const where = sql`service = 'db' OR false`;
    expect([...(await queryMatching(engine, own, where, signal))]).toEqual([0, 1, 1]);
    expect([...(await queryMatching(engine, own, sql`false`, signal))]).toEqual([0, 0, 0]);
  });

  test('its attribute keys, with how many spans and values each has', async () => {
    expect(await queryAttributeKeys(engine, await loaded(), signal)).toEqual([
      { key: '1', spans: 1, values: 1 },
      { key: '2', spans: 1, values: 1 },
      { key: '__proto__', spans: 1, values: 1 },
      { key: 'db.system', spans: 1, values: 1 },
      { key: 'workflow.name', spans: 1, values: 1 },
    ]);
  });

  test.each([
    ['', ['web', 'db', 'db']],
    ['service', ['web', 'db', 'db']],
    ['operation', ['GET /cart', 'SELECT', 'SELECT']],
    ['kind', ['SERVER', 'INTERNAL', 'INTERNAL']],
    ['status', ['OK', 'ERROR', 'OK']],
    ['@db.system', ['', 'Postgres', '']],
    ['@it\'s "not" there', ['', '', '']],
    ['nonsense', ['web', 'db', 'db']],
  ])('colours by %j', async (by, expected) => {
    const { keys, of } = await queryColouring(engine, await loaded(), by, signal);
    expect([...of].map((index) => keys[index])).toEqual(expected);
  });

  test('colours by percentile, among the spans of the whole dataset that ended', async () => {
    const own = await loaded();
    const { keys, of } = await queryColouring(engine, own, 'percentile', signal);
    // Two SELECTs of db: of 0 and of 2 µs, of which the longer is slower than all others.
    expect([...of].map((index) => keys[index])).toEqual(['below p50', 'above p99', 'below p50']);
  });

  test('how a span compares: exact, and the slowest first', async () => {
    const query = comparisonSql('db', 'SELECT', 2_000n);
    const comparison = readComparison(await engine.query(query))!;
    expect(comparison).toMatchObject({
      count: 2,
      quicker: 1,
      p50Ns: 1000,
      p95Ns: 1900,
      maxNs: 2000,
    });
    expect(comparison.slowest).toEqual([
      { traceId: TRACE, spanId: id(2), durationNs: 2000 },
      { traceId: TRACE, spanId: id(3), durationNs: 0 },
    ]);
    expect(rankOf(comparison)).toBe(1);
    const none = await engine.query(comparisonSql('db', "it's", 1n));
    expect(readComparison(none)).toBeNull();
  });

  test('the main attributes of rows, once', async () => {
    const own = await loaded();
    let asked = 0;
    const counting = {
      query: (...args: Parameters<Dataset['query']>) => {
        asked++;
        return engine.query(...args);
      },
    };
    const attributes = new RowAttributes(counting, own);
    await attributes.fetch([0, 1, 2], signal);
    await attributes.fetch([0, 1, 2], signal);
    expect(asked).toBe(1);
    expect([0, 1, 2].map((at) => attributes.textOf(at))).toEqual([
      "workflow.name=it's, 2=two, 1=one",
      'db.system=Postgres, __proto__=x',
      '',
    ]);
  });
});
