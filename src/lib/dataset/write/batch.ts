/** What crosses from reading to the engine: rows of several tables, each as an Arrow IPC stream. */
import {
  Field,
  RecordBatch,
  Schema,
  Struct,
  Table,
  makeData,
  tableToIPC,
  type Data,
} from 'apache-arrow';
import { ROW_GROUP, type TableSpec } from '$lib/dataset/schema/table';
import { nullData } from './columns/numbers';

/** Rows of one table, as many as there are and as an Arrow IPC stream. */
export interface Rows {
  rows: number;
  ipc: Uint8Array;
}

/** Rows to append, by table; those without any are left out. */
export type Batch = Record<string, Rows>;

/** Rows of a table from its columns, which all have that length. Columns that come later are NULL. */
export function encodeRows<Spec extends TableSpec>(
  table: Spec,
  rows: number,
  columns: Readonly<Record<Spec['columns'][number][0], Data>>,
): Rows {
  const { columns: now, later = [] }: TableSpec = table;
  const byName: Readonly<Record<string, Data>> = columns;
  const data = [...now.map(([name]) => byName[name]), ...later.map(() => nullData(rows))];
  const fields = [...now, ...later].map(([name], i) => new Field(name, data[i].type, true));
  const struct = new Struct(fields);
  const batch = new RecordBatch(
    new Schema(fields),
    makeData({ type: struct, length: rows, nullCount: 0, children: data }) as never,
  );
  return { rows, ipc: tableToIPC(new Table([batch]), 'stream') };
}

/**
 * The first batches are small, so that the engine begins at once and little is left to insert when a small file has been
 * read; later ones are half a row group of the engine's.
 */
const FIRST_BATCH_ROWS = 4096;
const SMALL_BATCH_ROWS = 16_384;
const LARGE_BATCH_ROWS = ROW_GROUP / 2;
const BATCH_CHARS = 24 << 20;

/** How much of a table goes into a batch: bounded in rows and characters, so that no step holds a whole file. */
export class BatchLimit {
  private rows = 0;
  private chars = 0;
  private rowsBefore = 0;
  private size = FIRST_BATCH_ROWS;

  /** Counts a row. Returns whether the batch is full with it. */
  add(chars: number): boolean {
    this.chars += chars;
    return ++this.rows >= this.size || this.chars >= BATCH_CHARS;
  }

  /** Begins the next batch. The small ones end where a row group does, so that all that follow are whole. */
  next(): void {
    this.rowsBefore += this.rows;
    this.rows = 0;
    this.chars = 0;
    this.size =
      this.rowsBefore >= ROW_GROUP
        ? LARGE_BATCH_ROWS
        : Math.min(this.size * 2, SMALL_BATCH_ROWS, ROW_GROUP - this.rowsBefore);
  }
}
