/** A dataset's build follows how tables are declared: here a second table of rows stands beside the spans. */
import { bootDuckDb } from '../../scripts/node-engine';
import { MemoryHandle } from '$lib/bytes/handles/handle';
import { DatasetBuild } from '$lib/dataset/build';
import { emptyDatabase } from '$lib/dataset/empty-database';
import { TABLES } from '$lib/dataset/schema/dataset';
import { ROW_GROUP, type TableSpec } from '$lib/dataset/schema/table';
import type { Batch } from '$lib/dataset/write/batch';
import { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import { TableWriter } from '$lib/dataset/write/table-writer';
import { MapColumn } from '$lib/dataset/write/columns/maps';
import type { Connection, DuckDb } from '$lib/engine/worker/duckdb';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { family } from '../support/spans';

const NOTES = {
  name: 'notes',
  kind: 'rows',
  columns: [
    ['note_no', 'INTEGER', 'Row number'],
    ['time', 'BIGINT', 'Epoch nanoseconds'],
    ['body', 'VARCHAR', 'What it says'],
    ['weight', 'DOUBLE', 'How much it weighs'],
    ['is_loud', 'BOOLEAN', 'Whether it is'],
    ['attributes', 'MAP(VARCHAR, VARCHAR)', 'Flat keys'],
  ],
  later: [['span_no', 'INTEGER', 'The span that it belongs to']],
  virtual: [['time_ms', 'DOUBLE', 'Milliseconds', 'time / 1e6']],
} as const satisfies TableSpec;

/** Writes notes as `SpanRows` writes spans. */
class NoteRows {
  private readonly table = new TableWriter(NOTES);
  private readonly no = this.table.column('note_no');
  private readonly time = this.table.column('time');
  private readonly body = this.table.column('body');
  private readonly weight = this.table.column('weight');
  private readonly isLoud = this.table.column('is_loud');
  private readonly attributes = this.table.own('attributes', new MapColumn());

  push(no: number): boolean {
    this.no.push(no);
    this.time.push(BigInt(no) * 1_000_000n);
    this.body.push(no % 3 ? `note ${no % 5}` : null);
    this.weight.push(no % 2 ? no / 2 : null);
    this.isLoud.push(no % 7 ? no % 2 === 0 : null);
    this.attributes.push(['n', String(no % 11)]);
    return this.table.endRow(20);
  }

  finish = () => this.table.finish();
}

describe('a build with a second table of rows', () => {
  let db: DuckDb;
  let connection: Connection;
  let path: string;
  let build: DatasetBuild;
  beforeAll(async () => {
    db = await bootDuckDb();
  });
  afterEach(() => {
    build.abandon();
    connection.close();
    db.unregister(path);
  });

  async function begin(): Promise<string[]> {
    connection = db.connect();
    path = db.register('build.duckdb', new MemoryHandle(await emptyDatabase()));
    const ran: string[] = [];
    const watched = {
      run: (sql: string) => {
        ran.push(sql);
        connection.run(sql);
      },
      table: (sql: string) => connection.table(sql),
      insertArrow: (table: string, ipc: Uint8Array, create?: boolean) => {
        ran.push(`INSERT ${table}`);
        connection.insertArrow(table, ipc, create);
      },
    };
    build = new DatasetBuild(watched, path, 'build', [...TABLES, NOTES]);
    ran.length = 0;
    return ran;
  }

  const one = (sql: string) => connection.table(sql).get(0)?.toJSON() ?? {};

  test('rows of two tables come in batches of either or both', async () => {
    await begin();
    const batches: Batch[] = [];
    const writer = new DatasetWriter((batch) => batches.push(batch));
    const notes = new NoteRows();
    for (const span of family(6000)) writer.span(span);
    const counts: number[] = [];
    for (let no = 0; no < 30_000; no++) {
      if (!notes.push(no)) continue;
      const rows = notes.finish()!;
      counts.push(rows.rows);
      batches.push({ notes: rows });
    }
    const result = writer.finish();
    batches.at(-1)!.notes = notes.finish()!;
    expect(notes.finish()).toBeNull();
    expect(counts).toEqual([4096, 8192, 16_384]);
    for (const batch of batches) build.insert(batch);
    build.derive(result, { name: 'n', sources: [], format: '' });
    build.index();
    expect(one('SELECT count(*)::INTEGER AS spans FROM spans')).toEqual({ spans: 6000 });
    expect(
      one(`SELECT count(*)::INTEGER AS rows, sum(note_no)::BIGINT AS sum, count(body)::INTEGER AS bodies,
      sum(weight) AS weight, count(is_loud)::INTEGER AS known, count(*) FILTER (is_loud)::INTEGER AS loud,
      count(span_no)::INTEGER AS later, max(time_ms) AS last FROM notes`),
    ).toEqual({
      rows: 30_000,
      sum: 449_985_000n,
      bodies: 20_000,
      weight: 112_500_000,
      known: 25_714,
      loud: 12_857,
      later: 0,
      last: 29_999,
    });
    expect(
      one(`SELECT count(*)::INTEGER AS wrong FROM notes
      WHERE attributes['n'] <> (note_no % 11)::VARCHAR OR is_loud <> (note_no % 2 = 0)
        OR body <> 'note ' || (note_no % 5)`),
    ).toEqual({ wrong: 0 });
  });

  test('the index waits until the dataset is shown, unless a table has a whole row group', async () => {
    const ran = await begin();
    const writer = new DatasetWriter((batch) => build.insert(batch));
    for (const span of family(50)) writer.span(span);
    const result = writer.finish();
    build.derive(result, { name: 'n', sources: [], format: '' });
    const inserted = () =>
      ran.filter((sql) => sql.startsWith('INSERT ') && !sql.includes(' INTO '));
    expect(inserted()).toEqual(['INSERT spans', 'INSERT operations', 'INSERT lineage']);
    build.index();
    expect(inserted().slice(3).sort()).toEqual([
      'INSERT attribute_uses',
      'INSERT attribute_values',
      'INSERT keys',
      'INSERT resource_uses',
    ]);
  });

  test('whole row groups of either table are a transaction each', async () => {
    const ran = await begin();
    const notes = new NoteRows();
    const put = (rows: number) => {
      for (let no = 0; no < rows; no++) notes.push(no);
      build.insert({ notes: notes.finish()! });
    };
    put(ROW_GROUP);
    expect(ran).toEqual(['INSERT notes']);
    put(ROW_GROUP / 2);
    expect(ran.slice(1)).toEqual(['BEGIN', 'INSERT notes']);
    put(ROW_GROUP / 2);
    expect(ran.slice(3)).toEqual(['INSERT notes', 'COMMIT']);
    put(10);
    build.derive(
      { whole: null, spans: 0, diagnostics: [] },
      { name: 'n', sources: [], format: '' },
    );
    expect(ran.slice(5, 8)).toEqual(['BEGIN', 'INSERT notes', 'COMMIT']);
    expect(one('SELECT count(*)::INTEGER AS rows FROM notes')).toEqual({
      rows: 2 * ROW_GROUP + 10,
    });
  });
});

test('a column that nobody writes, or that is not plain, is named', () => {
  const table = new TableWriter(NOTES);
  expect(() => table.column('attributes')).toThrow('notes.attributes is not plain');
  table.column('note_no').push(1);
  table.endRow(1);
  expect(() => table.finish()).toThrow('Nothing writes notes.time');
});
