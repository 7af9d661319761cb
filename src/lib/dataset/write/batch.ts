/** What crosses from reading to the engine: rows of several tables, each as an Arrow IPC stream. */
import {
  Field,
  Float64,
  Int32,
  RecordBatch,
  Schema,
  Struct,
  Table,
  makeData,
  tableToIPC,
  type Data,
} from 'apache-arrow';

export interface Batch {
  /** Rows of `spans`. */
  spans: number;
  /** Rows to append, by table. */
  tables: Record<string, Uint8Array>;
}

/** An Arrow IPC stream of these columns, all of the same length. */
export function toIpc(columns: Record<string, Data>, length: number): Uint8Array {
  const data = Object.values(columns);
  const fields = Object.keys(columns).map((name, i) => new Field(name, data[i].type, true));
  const struct = new Struct(fields);
  const batch = new RecordBatch(
    new Schema(fields),
    makeData({ type: struct, length, nullCount: 0, children: data }) as never,
  );
  return tableToIPC(new Table([batch]), 'stream');
}

export function int32Data(data: Int32Array): Data<Int32> {
  return makeData({ type: new Int32(), length: data.length, nullCount: 0, data });
}

/** NaN stands for NULL. */
export function float64Data(data: Float64Array): Data<Float64> {
  const { nullCount, nullBitmap } = validity(data.length, (i) => !Number.isNaN(data[i]));
  return makeData({ type: new Float64(), length: data.length, nullCount, nullBitmap, data });
}

/** Negative numbers stand for NULL. */
export function referenceData(data: Int32Array): Data<Int32> {
  const { nullCount, nullBitmap } = validity(data.length, (i) => data[i] >= 0);
  return makeData({ type: new Int32(), length: data.length, nullCount, nullBitmap, data });
}

/** A column of nothing but NULL; the engine casts it to whatever the table has there. */
export function nullData(length: number): Data<Int32> {
  return referenceData(new Int32Array(length).fill(-1));
}

function validity(length: number, has: (row: number) => boolean) {
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  let nullCount = length;
  for (let row = 0; row < length; row++) {
    if (!has(row)) continue;
    nullBitmap[row >> 3] |= 1 << (row & 7);
    nullCount--;
  }
  return { nullCount, nullBitmap };
}
