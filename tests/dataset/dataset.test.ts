/** What only the whole dataset shows: lineage, diagnostics, traces; and that native DuckDB reads the same file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { bootDuckDb, writeDataset } from '../../scripts/node-engine';
import { bootOne, type OneDataset } from '../support/one-dataset';
import { SCHEMA_VERSION } from '$lib/dataset/schema/dataset';
import { ArrowResult } from '$lib/engine/query/result';
import type { DuckDb } from '$lib/engine/worker/duckdb';
import type { Span } from '$lib/model/span';
import { EPOCH_NS, family, id, span } from '../support/spans';
import { Input } from '$lib/bytes/input';

const META = { name: 'test', sources: ['test'], format: 'test' };

let db: DuckDb;
let engine: OneDataset;

beforeAll(async () => {
  db = await bootDuckDb();
  engine = await bootOne(db);
});

async function opened(spans: Iterable<Span>): Promise<OneDataset> {
  const bytes = await writeDataset(spans, META, db);
  await engine.open([new Input('test.duckdb', new Blob([bytes]))], {
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  return engine;
}

async function rows(engine: OneDataset, sql: string): Promise<Record<string, unknown>[]> {
  const request = { sql, limit: 10_000, timeoutMs: 10_000 };
  return new ArrowResult(await engine.query(request, { cancelled: false })).rows();
}

const LINEAGE =
  'SELECT span_no, parent_no, depth, child_count, self_time_ns, is_root, is_orphan FROM spans ORDER BY span_no';

async function diagnostics(engine: OneDataset): Promise<Record<string, number>> {
  const list = await rows(engine, 'FROM diagnostics');
  return Object.fromEntries(list.map(({ code, count }) => [code, Number(count)]));
}

/** A span from `start` to `end` microseconds after the epoch of the tests. */
function at(start: number, end: number, some: Partial<Span> & { spanId: string }): Span {
  const startNs = EPOCH_NS + BigInt(start) * 1000n;
  return span({ startNs, endNs: EPOCH_NS + BigInt(end) * 1000n, ...some });
}

describe('lineage', () => {
  test('self time leaves out the union of the children, clipped to the span', async () => {
    const engine = await opened([
      at(0, 100, { spanId: id(1) }),
      at(50, 70, { spanId: id(2), parentId: id(1) }),
      at(10, 30, { spanId: id(3), parentId: id(1) }),
      at(20, 40, { spanId: id(4), parentId: id(1) }),
      at(90, 150, { spanId: id(5), parentId: id(1) }),
      at(92, 95, { spanId: id(6), parentId: id(5) }),
    ]);
    const [root, ...children] = await rows(engine, LINEAGE);
    // 100 − (10…40) − (50…70) − (90…100)
    expect(root).toMatchObject({ self_time_ns: 40_000n, child_count: 4, depth: 0, is_root: true });
    expect(children.map(({ depth, parent_no }) => [depth, parent_no])).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 0],
      [2, 4],
    ]);
    expect(children[3]).toMatchObject({ self_time_ns: 57_000n });
  });

  test('orphans, cycles and several roots are told and shown', async () => {
    const engine = await opened([
      at(0, 9, { spanId: id(1) }),
      at(1, 9, { spanId: id(2) }),
      at(2, 9, { spanId: id(3), parentId: id(99) }),
      at(3, 9, { spanId: id(4), parentId: id(3) }),
      at(7, 9, { spanId: id(5), parentId: id(7) }),
      at(6, 9, { spanId: id(6), parentId: id(5) }),
      at(5, 9, { spanId: id(7), parentId: id(6) }),
      at(8, 9, { spanId: id(8), parentId: id(8) }),
      at(8, 9, { spanId: id(9), parentId: id(5) }),
    ]);
    const all = await rows(engine, LINEAGE);
    expect(all.map(({ parent_no }) => parent_no)).toEqual([
      null,
      null,
      null,
      2,
      6, // 5 → 7
      4, // 6 → 5
      null, // 7 is the earliest of its cycle, which is cut there
      null, // its own parent
      4,
    ]);
    expect(all[2]).toMatchObject({ is_orphan: true, is_root: false, depth: 0 });
    expect(all[8]).toMatchObject({ depth: 2 });
    expect(await diagnostics(engine)).toEqual({ orphan: 1, cycle: 2, 'several-roots': 1 });
    expect(await rows(engine, 'SELECT root_span_no, span_count, orphan_count FROM traces')).toEqual(
      [{ root_span_no: 0, span_count: 9, orphan_count: 1 }],
    );
  });

  test('the two sides of a Zipkin call share an id: the server side is the child', async () => {
    const engine = await opened([
      at(0, 100, { spanId: id(1), kind: 'CLIENT', service: 'web' }),
      at(10, 90, { spanId: id(1), kind: 'SERVER', service: 'api' }),
      at(20, 80, { spanId: id(2), parentId: id(1), service: 'api' }),
    ]);
    const all = await rows(engine, LINEAGE);
    expect(all.map(({ parent_no }) => parent_no)).toEqual([null, 0, 1]);
    expect(await diagnostics(engine)).toEqual({});
  });

  test('the same span counts once, another span with its id is kept and told', async () => {
    const engine = await opened([
      at(0, 9, { spanId: id(1) }),
      at(0, 9, { spanId: id(1) }),
      at(0, 8, { spanId: id(1) }),
      at(0, 9, { spanId: id(1), traceId: 'b'.repeat(32) }),
    ]);
    expect(await rows(engine, LINEAGE)).toHaveLength(3);
    expect(await diagnostics(engine)).toEqual({
      'duplicate-span': 1,
      'duplicate-id': 1,
      'several-roots': 1,
    });
  });

  test('the summary names the services that are to differ in colour, the busiest first', async () => {
    const summaryOf = async (spans: Span[]) => {
      const bytes = await writeDataset(spans, META, db);
      return engine.open([new Input('test.duckdb', new Blob([bytes]))]);
    };
    const of = (trace: string, service: string, no: number) =>
      at(no, no + 1, { spanId: id(no), traceId: trace.repeat(32), service });
    const few = [of('a', 'x', 1), of('a', 'y', 2), of('b', 'y', 3)];
    expect((await summaryOf(few)).serviceHues).toEqual({ names: ['y', 'x'], together: [] });
    const others = Array.from({ length: 11 }, (_, i) => of('c', `z${i + 10}`, 10 + i));
    const names = others.map(({ service }) => service);
    expect((await summaryOf([...few, ...others])).serviceHues).toEqual({
      names: ['y', 'x', ...names],
      together: [['x', 'y'], names],
    });
  });

  test('a trace in two spellings of its id is one, found by the longer', async () => {
    const long = `${'b'.repeat(16)}c4478a90e13d56b2`;
    const short = long.slice(16);
    const engine = await opened([
      at(1, 2, { spanId: id(2), parentId: id(1), traceId: short }),
      at(0, 9, { spanId: id(1), traceId: long }),
      at(3, 4, { spanId: id(3), traceId: 'd'.repeat(16) }),
    ]);
    expect(await rows(engine, 'SELECT trace_id, span_count FROM traces ORDER BY 1')).toEqual([
      { trace_id: long, span_count: 2 },
      { trace_id: 'd'.repeat(16), span_count: 1 },
    ]);
    expect(
      await rows(
        engine,
        `SELECT span_id, parent_no FROM spans WHERE trace_id = '${long}' ORDER BY 1`,
      ),
    ).toEqual([
      { span_id: id(1), parent_no: null },
      { span_id: id(2), parent_no: 1 },
    ]);
    expect(await diagnostics(engine)).toEqual({ 'short-trace-id': 1 });
  });

  test('a root that follows from its own descendant names no parent, but has the link', async () => {
    const link = {
      traceId: 'a'.repeat(32),
      spanId: id(2),
      attributes: ['opentracing.ref_type', 'follows_from'],
    };
    const engine = await opened([
      at(0, 9, { spanId: id(1), parentId: id(2), links: [link] }),
      at(1, 2, { spanId: id(2), parentId: id(1) }),
    ]);
    expect(
      await rows(engine, 'SELECT parent_id, is_root, len(links) AS n FROM spans ORDER BY span_no'),
    ).toEqual([
      { parent_id: null, is_root: true, n: 1n },
      { parent_id: id(1), is_root: false, n: 0n },
    ]);
    expect(await diagnostics(engine)).toEqual({});
  });

  test('odd times and ids are repaired and told', async () => {
    const engine = await opened([
      at(9, 0, { spanId: id(1) }),
      at(9, 9, { spanId: id(2), endNs: null }),
      at(0, 1, { spanId: '' }),
      at(0, 1, { spanId: id(3), traceId: '' }),
      at(0, 100, { spanId: id(4), service: 'a', traceId: 'b'.repeat(32) }),
      at(0, 1, {
        spanId: id(5),
        parentId: id(4),
        service: 'b',
        traceId: 'b'.repeat(32),
        startNs: EPOCH_NS - 5_000_000n,
      }),
    ]);
    expect(await diagnostics(engine)).toEqual({
      'negative-duration': 1,
      unfinished: 1,
      'missing-id': 2,
      'clock-skew': 1,
      'several-roots': 1,
    });
    expect(await rows(engine, 'SELECT span_id, end_time FROM spans WHERE is_unfinished')).toEqual([
      { span_id: id(2), end_time: null },
    ]);
    const selfTimes = (await rows(engine, LINEAGE)).map(({ self_time_ns }) => self_time_ns);
    expect(selfTimes).toEqual([null, null, 1000n, 1000n, 99_000n, 5_001_000n]);
  });

  test('ids that are no hex, or whose high word is zero, are told apart', async () => {
    const engine = await opened([
      at(0, 9, { spanId: 'run-1' }),
      at(1, 9, { spanId: '0000000000000000', parentId: 'run-1' }),
      at(2, 9, { spanId: '0000000000000001', parentId: '0000000000000000' }),
    ]);
    expect((await rows(engine, LINEAGE)).map(({ parent_no }) => parent_no)).toEqual([null, 0, 1]);
  });

  test('a chain of 100,000 spans does not overflow', async () => {
    const chain = Array.from({ length: 100_000 }, (_, i) =>
      at(i, 200_000, { spanId: id(i), parentId: i ? id(i - 1) : null }),
    ).reverse();
    const engine = await opened(chain);
    expect(await rows(engine, 'SELECT max(depth) AS d FROM spans')).toEqual([{ d: 99_999 }]);
  });
});

describe('the file', () => {
  test('keeps every attribute, also of many batches, and promotes those that are asked for often', async () => {
    const attributes = [
      ...[
        'workflow.name',
        'first',
        'k',
        '日本語 🎉',
        'k',
        'last wins',
        '__proto__',
        'p',
        '',
        'empty key',
      ],
      ...['gen_ai.usage.input_tokens', '12', 'llm.input_tokens', '99', 'gen_ai.usage.cost', '0.25'],
    ];
    const many = [
      span({
        spanId: 'first',
        attributes,
        events: [
          { name: 'e', timeNs: EPOCH_NS + 1n, attributes: ['exception.type', 'X'] },
          { name: 'f', timeNs: null, attributes: [] },
        ],
        links: [{ traceId: 'c'.repeat(32), spanId: id(7), attributes: ['why', 'because'] }],
      }),
      ...family(130_000),
    ];
    const engine = await opened(many);
    const [first] = await rows(engine, 'SELECT * FROM spans WHERE span_no = 0');
    expect(first.attributes).toEqual({
      'workflow.name': 'first',
      k: 'last wins',
      ['__proto__']: 'p',
      '': 'empty key',
      'gen_ai.usage.input_tokens': '12',
      'llm.input_tokens': '99',
      'gen_ai.usage.cost': '0.25',
    });
    expect(await diagnostics(engine)).toMatchObject({ 'repeated-key': 1 });
    expect(first).toMatchObject({
      workflow: 'first',
      input_tokens: 12n,
      cost: 0.25,
      start_time: EPOCH_NS,
    });
    expect(first.events).toEqual([
      { name: 'e', time: EPOCH_NS + 1n, attributes: { 'exception.type': 'X' } },
      { name: 'f', time: null, attributes: {} },
    ]);
    expect(first.links).toEqual([
      { trace_id: 'c'.repeat(32), span_id: id(7), attributes: { why: 'because' } },
    ]);
    expect(
      await rows(
        engine,
        `SELECT count(*) AS n, count(DISTINCT trace_id) AS t, sum(span_no) AS s, count(*) FILTER (attributes['user.id'] = 'u3') AS u, min(resource['service.name']) AS r FROM spans`,
      ),
    ).toEqual([{ n: 130_001n, t: 13_001n, s: (130_000n * 130_001n) / 2n, u: 26_000n, r: 'svc' }]);
  });

  test('is one that native DuckDB opens, with the same figures', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spanlight-'));
    try {
      const file = join(folder, 'd.duckdb');
      writeFileSync(file, await writeDataset(family(5000), META, db));
      const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
      const connection = await instance.connect();
      const query = `SELECT count(*)::INT AS spans, count(*) FILTER (status_code = 'ERROR')::INT AS errors,
        (SELECT count(*)::INT FROM traces) AS traces, sum(self_time_ns)::BIGINT AS self,
        count(attributes->>'user.id')::INT AS users FROM spans`;
      const native = (await connection.runAndReadAll(query)).getRowObjects();
      connection.closeSync();
      instance.closeSync();
      const engine = await opened(family(5000));
      expect(native).toEqual(await rows(engine, query));
      expect(native).toEqual([
        { spans: 5000, errors: 715, traces: 500, self: expect.anything(), users: 5000 },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('of an earlier version is read into a new dataset, with its name and what was odd about it', async () => {
    const spans = [
      ...family(300),
      span({
        spanId: 'last',
        endNs: null,
        attributes: ['k', '日本語', 'empty', ''],
        events: [{ name: 'e', timeNs: null, attributes: ['a', 'b'] }],
        links: [{ traceId: 'c'.repeat(32), spanId: id(7), attributes: ['why', 'because'] }],
        scope: 's',
      }),
    ];
    const bytes = await writeDataset(spans, { ...META, name: 'kept', format: 'Kept' }, db);
    const folder = mkdtempSync(join(tmpdir(), 'spanlight-'));
    try {
      const file = join(folder, 'old.duckdb');
      writeFileSync(file, bytes);
      const instance = await DuckDBInstance.create(file);
      const connection = await instance.connect();
      for (const statement of [
        'UPDATE dataset SET schema_version = 1',
        `INSERT INTO diagnostics VALUES ('broken-line', 3, 'line 7')`,
        'DROP VIEW span_attributes',
        ...['keys', 'values', 'uses', 'counts'].map((name) => `DROP TABLE attribute_${name}`),
        'CHECKPOINT',
      ]) {
        await connection.run(statement);
      }
      connection.closeSync();
      instance.closeSync();
      const all = 'SELECT * FROM spans ORDER BY span_no';
      const expected = await rows(await opened(spans), all);
      const summary = await engine.open([new Input('old.duckdb', new Blob([readFileSync(file)]))], {
        signal: new AbortController().signal,
        onProgress: () => {},
      });
      expect(summary).toMatchObject({ name: 'kept', format: 'Kept', spans: 301, traces: 31 });
      expect(summary.diagnostics).toEqual(
        expect.arrayContaining([
          { code: 'broken-line', count: 3, example: 'line 7' },
          { code: 'unfinished', count: 1, example: expect.any(String) },
        ]),
      );
      expect(await rows(engine, all)).toEqual(expected);
      expect(
        await rows(
          engine,
          `SELECT "key" FROM attribute_keys WHERE source = 'attributes' ORDER BY 1`,
        ),
      ).toEqual([{ key: 'empty' }, { key: 'k' }, { key: 'user.id' }]);
      expect(await rows(engine, 'SELECT schema_version AS v, sources FROM dataset')).toEqual([
        { v: SCHEMA_VERSION, sources: ['test'] },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('of no spans is a dataset too', async () => {
    const engine = await opened([]);
    expect(await rows(engine, 'SELECT count(*) AS n FROM traces')).toEqual([{ n: 0n }]);
  });
});
