/** Several datasets at once, and opens that are cancelled, superseded or fail, over the page's own engine. */
import { bootDuckDb, bootEngine, nodeHost, writeDataset } from '../../scripts/node-engine';
import { beforeEach, describe, expect, test } from 'vitest';
import { Input } from '$lib/bytes/input';
import { MemoryHandle } from '$lib/bytes/handles/handle';
import { Sql, shared, sql } from '$lib/engine/engine';
import type { Host, OpenHooks, Place } from '$lib/engine/open/host';
import { ArrowResult } from '$lib/engine/query/result';
import type { DatasetEngine } from '$lib/engine/worker/dataset-engine';
import type { DuckDb } from '$lib/engine/worker/duckdb';
import type { OpenDataset } from '$lib/engine/worker/open-dataset';
import type { OpenProgress } from '$lib/model/dataset';
import { EPOCH_NS } from '../support/spans';

const db: DuckDb = await bootDuckDb();
let engine: DatasetEngine;
let host: Host;
/** What became of the places of new datasets. */
let fates: string[];

/** Zipkin's JSON of so many spans, each with an attribute. */
const zipkin = (name: string, spans: number) =>
  Input.ofText(
    `${name}.json`,
    JSON.stringify(
      Array.from({ length: spans }, (_, i) => ({
        traceId: 'a'.repeat(32),
        id: (i + 1).toString(16).padStart(16, '0'),
        name,
        timestamp: Number(EPOCH_NS / 1000n) + i,
        duration: 10,
        tags: { 'user.id': `${name} ${i % 3}` },
      })),
    ),
  );

const saved = async (name: string): Promise<Input> => {
  const dataset = await engine.open([zipkin(name, 4)], hooks());
  const file = await dataset.save();
  await engine.close(dataset);
  return new Input(`${name}.duckdb`, file);
};

const hooks = (
  signal = new AbortController().signal,
  onProgress: OpenHooks['onProgress'] = () => {},
): OpenHooks => ({ signal, onProgress });

async function rows(dataset: OpenDataset, query: string | Sql) {
  const request = {
    sql: String(query),
    shared: query instanceof Sql ? query.shared : [],
    limit: 100,
    timeoutMs: 60_000,
  };
  return new ArrowResult(await dataset.query(request, { cancelled: false })).rows();
}

/** Databases that are attached, and tables that hold shared searches. */
function leftovers(): string[] {
  const admin = db.connect();
  const found = admin
    .table(
      `SELECT database_name AS name FROM duckdb_databases() WHERE NOT internal AND database_name <> 'memory'
       UNION ALL SELECT table_name FROM duckdb_tables() WHERE database_name = 'memory'`,
    )
    .toArray()
    .map((row) => String(row.toJSON().name));
  admin.close();
  return found;
}

beforeEach(async () => {
  fates = [];
  const plain = await nodeHost();
  host = {
    ...plain,
    newDataset: async (): Promise<Place> => ({
      handle: new MemoryHandle(),
      libraryId: () => 'kept',
      keep: async () => void fates.push('kept'),
      letGo: async () => void fates.push('let go'),
      discard: async () => void fates.push('discarded'),
    }),
  };
  engine = await bootEngine(db, host);
});

describe('two datasets', () => {
  const NAMES = 'SELECT DISTINCT name FROM spans';
  const search = () => {
    const found = shared(sql`SELECT span_no FROM spans WHERE attributes['user.id'] LIKE '% 1'`);
    return sql`SELECT name, count(*) AS n FROM spans WHERE span_no IN (${found}) GROUP BY 1`;
  };

  test.each([
    ['both read from files', async (name: string) => zipkin(name, 4)],
    ['both attached in place', saved],
  ])('answer by turns, and one outlives the other: %s', async (_, make) => {
    const [first, second] = [
      await engine.open([await make('first')], hooks()),
      await engine.open([await make('second')], hooks()),
    ];
    const asked = Array.from({ length: 8 }, (_, i) => rows(i % 2 ? second : first, NAMES));
    expect(await Promise.all(asked)).toEqual(
      Array.from({ length: 8 }, (_, i) => [{ name: i % 2 ? 'second' : 'first' }]),
    );
    expect(await Promise.all([rows(first, search()), rows(second, search())])).toEqual([
      [{ name: 'first', n: 1n }],
      [{ name: 'second', n: 1n }],
    ]);
    await engine.close(first);
    expect(await rows(second, search())).toEqual([{ name: 'second', n: 1n }]);
    expect(await rows(second, `SELECT count(*) AS n FROM span_attributes`)).toEqual([{ n: 4n }]);
    await expect(rows(first, NAMES)).rejects.toMatchObject({ code: 'no-dataset' });
    await engine.close(second);
    expect(leftovers()).toEqual([]);
  });

  test('a query may compare one with another by its name, and only read it', async () => {
    const first = await engine.open([zipkin('first', 4)], hooks());
    const second = await engine.open([await saved('second')], hooks());
    const [{ alias }] = await rows(second, 'SELECT current_database() AS alias');
    const both = `SELECT (SELECT count(*) FROM spans) AS mine, (SELECT any_value(name) FROM ${String(alias)}.spans) AS theirs`;
    expect(await rows(first, both)).toEqual([{ mine: 4n, theirs: 'second' }]);
    await expect(rows(first, `DELETE FROM ${String(alias)}.spans`)).rejects.toMatchObject({
      code: 'refused-sql',
    });
    await engine.close(second);
    await expect(rows(first, both)).rejects.toMatchObject({ code: 'query-failed' });
    await engine.close(first);
    expect(leftovers()).toEqual([]);
  });

  test('closing one ends its own queries only', async () => {
    const first = await engine.open([zipkin('first', 4)], hooks());
    const second = await engine.open([zipkin('second', 4)], hooks());
    const endless = rows(first, 'SELECT count(*) FROM range(10000000) a, range(10000000) b');
    const waiting = rows(second, NAMES);
    const closed = engine.close(first);
    await expect(endless).rejects.toThrow('Cancelled');
    expect(await waiting).toEqual([{ name: 'second' }]);
    await closed;
    await engine.close(second);
    expect(leftovers()).toEqual([]);
  });
});

describe('an open that is cancelled', () => {
  /** Cancels as soon as the open says that it is there. */
  const cancelledAt = (phase: OpenProgress['phase'], files: Input[]) => {
    const abort = new AbortController();
    return engine.open(
      files,
      hooks(abort.signal, (progress) => {
        if (progress.phase === phase) abort.abort();
      }),
    );
  };

  test.each(['read', 'derive'] as const)('while it is at “%s” leaves nothing', async (phase) => {
    await expect(cancelledAt(phase, [zipkin('x', 4)])).rejects.toThrow('Cancelled');
    // The next one has its turn once this one is gone.
    const next = await engine.open([zipkin('next', 4)], hooks());
    expect(fates).toEqual(['discarded']);
    await engine.close(next);
    expect(leftovers()).toEqual([]);
  });

  test('during the very step that makes its columns never becomes a dataset', async () => {
    const abort = new AbortController();
    let steps = 0;
    host.working = (run) => {
      // The first is the insert, the second derives; the word comes while the thread is taken.
      if (++steps === 2) setImmediate(() => abort.abort());
      return run();
    };
    await expect(engine.open([zipkin('x', 4)], hooks(abort.signal))).rejects.toThrow('Cancelled');
    const next = await engine.open([zipkin('next', 4)], hooks());
    await engine.close(next);
    expect(fates[0]).toBe('discarded');
    expect(leftovers()).toEqual([]);
  });

  test.each([
    ['its files are got', () => new Promise<Input[]>(() => {})],
    [
      'a head is read',
      async () => [
        Object.assign(zipkin('x', 4), { stream: () => forEver<Uint8Array<ArrayBuffer>>() }),
      ],
    ],
  ])('while %s ends at once, whatever that takes', async (_, files) => {
    const abort = new AbortController();
    const opening = engine.open(files, hooks(abort.signal));
    await Promise.resolve();
    abort.abort();
    await expect(opening).rejects.toThrow('Cancelled');
    await engine.close(await engine.open([zipkin('next', 4)], hooks()));
  });

  test('before it began does not begin, and one in the queue leaves it', async () => {
    await expect(engine.open([zipkin('x', 4)], hooks(AbortSignal.abort()))).rejects.toThrow(
      'Cancelled',
    );
    const abort = new AbortController();
    const first = engine.open(() => new Promise<Input[]>(() => {}), hooks(abort.signal));
    let isAsked = false;
    const waits = new AbortController();
    const second = engine.open(async () => {
      isAsked = true;
      return [zipkin('second', 4)];
    }, hooks(waits.signal));
    waits.abort();
    await expect(second).rejects.toThrow('Cancelled');
    abort.abort();
    await expect(first).rejects.toThrow('Cancelled');
    await engine.close(await engine.open([zipkin('next', 4)], hooks()));
    expect(isAsked).toBe(false);
  });

  test('while a database is read leaves nothing', async () => {
    const file = await saved('x');
    await expect(cancelledAt('read', [file, zipkin('y', 2)])).rejects.toThrow('Cancelled');
    await engine.close(await engine.open([zipkin('next', 4)], hooks()));
    expect(leftovers()).toEqual([]);
  });
});

describe('a dataset that can’t be written out', () => {
  class FullHandle extends MemoryHandle {
    isFull = false;

    override write(buffer: Uint8Array, options: { at: number }): number {
      if (this.isFull) throw new Error('no room');
      return super.write(buffer, options);
    }
  }

  test('stays open, says so, and is not kept', async () => {
    const handle = new FullHandle();
    const { newDataset } = host;
    host.newDataset = async () => ({ ...(await newDataset()), handle });
    // What throws inside the engine leaves it holding the file, whose path can't be used again.
    engine = await bootEngine(await bootDuckDb(), host);
    const dataset = await engine.open([zipkin('x', 4)], hooks());
    handle.isFull = true;
    await expect(dataset.settled()).rejects.toThrow('no room');
    expect(fates).toEqual(['let go']);
    expect(await rows(dataset, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 4n }]);
    expect(await rows(dataset, 'SELECT count(*) AS n FROM span_attributes')).toEqual([{ n: 4n }]);
    await expect(dataset.save()).rejects.toMatchObject({ code: 'storage-failed' });
    await engine.close(dataset);
  });

  test('or can’t be put into the library, is sealed and can be saved', async () => {
    const { newDataset } = host;
    host.newDataset = async () => ({
      ...(await newDataset()),
      keep: async () => Promise.reject(new Error('no library')),
    });
    const dataset = await engine.open([zipkin('x', 4)], hooks());
    await expect(dataset.settled()).rejects.toThrow('no library');
    expect(fates).toEqual(['let go']);
    expect((await dataset.save()).size).toBeGreaterThan(12_288);
    await engine.close(dataset);
  });
});

test('closing right after opening keeps what the library is to have', async () => {
  const dataset = await engine.open([zipkin('x', 4)], hooks());
  await engine.close(dataset);
  expect(fates).toEqual(['kept']);
  expect(leftovers()).toEqual([]);
});

test('a failed open lets the next one through', async () => {
  await expect(engine.open([Input.ofText('x', 'nothing of ours')], hooks())).rejects.toMatchObject({
    code: 'unknown-format',
  });
  const spans = await writeDataset([], { name: 'n', sources: ['n'], format: 'f' }, db);
  const dataset = await engine.open([new Input('n.duckdb', new Blob([spans]))], hooks());
  expect(dataset.summary).toMatchObject({ name: 'n', spans: 0 });
  await engine.close(dataset);
});

async function* forEver<T>(): AsyncGenerator<T> {
  await new Promise(() => {});
  yield undefined as never;
}
