/** A query's result on the page: Arrow columns, decoded cell by cell when asked. */
import { tableFromIPC, type Data, type Field, type Table } from 'apache-arrow';
import type { ColumnInfo, QueryResult } from '$lib/engine/engine';
import type { RawResult } from './run-query';
import { parseType, sentAs, typeOfField, typeText, type DuckDbType } from './duckdb-type';
import { readerOf, type Reader } from './values';

/** A column's part in one batch of the result. */
interface Chunk {
  /** The row that it begins at. */
  from: number;
  data: Data;
  read: Reader;
}

export class ArrowResult implements QueryResult {
  readonly table: Table;
  readonly columns: ColumnInfo[];
  readonly rowCount: number;
  readonly truncated: boolean;
  readonly elapsedMs: number;
  private readonly types: DuckDbType[];
  private readonly chunks = new Map<string, Chunk[]>();

  constructor(raw: RawResult) {
    this.table = tableFromIPC(raw.ipc);
    const { fields } = this.table.schema;
    this.types = fields.map((field, i) =>
      raw.columns ? sentAs(parseType(raw.columns[i].type)) : typeOfField(field),
    );
    this.columns = fields.map(({ name }, i) => ({
      name,
      type: raw.columns?.[i].type ?? typeText(this.types[i]),
    }));
    this.truncated = this.table.numRows > raw.limit;
    this.rowCount = Math.min(this.table.numRows, raw.limit);
    this.elapsedMs = raw.elapsedMs;
  }

  value(row: number, column: string): unknown {
    const chunks = this.chunksOf(column);
    const chunk = chunks.length === 1 ? chunks[0] : chunks[chunkAt(chunks, row)];
    if (!chunk || row < 0 || row >= chunk.from + chunk.data.length) return null;
    return chunk.read(row - chunk.from);
  }

  row(row: number): Record<string, unknown> {
    return Object.fromEntries(this.columns.map(({ name }) => [name, this.value(row, name)]));
  }

  rows(): Record<string, unknown>[] {
    return Array.from({ length: this.rowCount }, (_, row) => this.row(row));
  }

  numbers(column: string): Float64Array {
    const out = new Float64Array(this.rowCount);
    for (const { from, data, read } of this.chunksOf(column)) {
      const { values, length, nullCount } = data;
      const end = Math.min(from + length, this.rowCount);
      if (end <= from) break;
      if (nullCount === 0 && (values instanceof Float64Array || values instanceof Int32Array)) {
        out.set(values.subarray(0, end - from), from);
        continue;
      }
      for (let row = from; row < end; row++) {
        const value = read(row - from);
        out[row] = value === null ? NaN : Number(value);
      }
    }
    return out;
  }

  private chunksOf(column: string): Chunk[] {
    let chunks = this.chunks.get(column);
    if (!chunks) {
      const at = this.table.schema.fields.findIndex(({ name }) => name === column);
      const vector = this.table.getChildAt(at);
      if (!vector) throw new Error(`The result has no column “${column}”`);
      const field = this.table.schema.fields[at] as Field;
      let from = 0;
      chunks = vector.data.map((data) => {
        const chunk = { from, data, read: readerOf(this.types[at], field, data) };
        from += data.length;
        return chunk;
      });
      this.chunks.set(column, chunks);
    }
    return chunks;
  }
}

/** The chunk that a row lies in. */
function chunkAt(chunks: readonly Chunk[], row: number): number {
  let low = 0;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (chunks[middle].from <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
