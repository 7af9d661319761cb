/** A query's result on the page: Arrow columns, decoded cell by cell when asked. */
import { DataType, Type, tableFromIPC, type Field, type Table, type Vector } from 'apache-arrow';
import type { ColumnInfo, QueryResult } from '$lib/engine/engine';
import type { RawResult } from './run-query';

export class ArrowResult implements QueryResult {
  readonly table: Table;
  readonly columns: ColumnInfo[];
  readonly rowCount: number;
  readonly truncated: boolean;
  readonly elapsedMs: number;
  private readonly vectors = new Map<string, Vector>();
  private readonly fields: ReadonlyMap<string, Field>;

  constructor(raw: RawResult) {
    this.table = tableFromIPC(raw.ipc);
    this.fields = new Map(this.table.schema.fields.map((field) => [field.name, field]));
    this.columns = this.table.schema.fields.map((field, i) => ({
      name: field.name,
      type: raw.columns?.[i]?.type ?? String(field.type).toUpperCase(),
    }));
    this.truncated = this.table.numRows > raw.limit;
    this.rowCount = Math.min(this.table.numRows, raw.limit);
    this.elapsedMs = raw.elapsedMs;
  }

  value(row: number, column: string): unknown {
    const vector = this.vector(column);
    return plain(vector.get(row), this.field(column));
  }

  row(row: number): Record<string, unknown> {
    return Object.fromEntries(this.columns.map(({ name }) => [name, this.value(row, name)]));
  }

  rows(): Record<string, unknown>[] {
    return Array.from({ length: this.rowCount }, (_, row) => this.row(row));
  }

  numbers(column: string): Float64Array {
    const vector = this.vector(column);
    const out = new Float64Array(this.rowCount);
    let at = 0;
    for (const { values, length, nullCount } of vector.data) {
      const direct =
        nullCount === 0 && (values instanceof Float64Array || values instanceof Int32Array);
      const end = Math.min(at + length, this.rowCount);
      if (direct) {
        out.set(values.subarray(0, end - at), at);
        at = end;
        continue;
      }
      for (; at < end; at++) {
        const value = vector.get(at);
        out[at] = value === null ? NaN : Number(plain(value, this.field(column)));
      }
    }
    return out;
  }

  private vector(column: string): Vector {
    let vector = this.vectors.get(column);
    if (!vector) {
      vector = this.table.getChild(column) ?? undefined;
      if (!vector) throw new Error(`The result has no column “${column}”`);
      this.vectors.set(column, vector);
    }
    return vector;
  }

  private field(column: string): Field {
    return this.fields.get(column)!;
  }
}

/** The engine's name of a type that Arrow has no word for. */
function opaqueName(field: Field): string | null {
  const json = field.metadata.get('ARROW:extension:metadata');
  if (!json) return field.metadata.get('ARROW:extension:name') ?? null;
  try {
    return String(JSON.parse(json).type_name ?? '') || null;
  } catch {
    return null;
  }
}

/**
 * Arrow's value as plain data: 64-bit and wider integers as BigInt, maps and structs as objects, lists as arrays. What Arrow or
 * JavaScript would round (times, intervals, wide decimals) has been made text by the query, see `readable`.
 */
function plain(value: unknown, field: Field): unknown {
  if (value === null || value === undefined) return null;
  const { type } = field;
  if (DataType.isDictionary(type)) return value;
  switch (type.typeId) {
    case Type.Map: {
      const entries = (type.children[0].type as DataType).children as Field[];
      const object: Record<string, unknown> = {};
      for (const [key, item] of value as Iterable<[unknown, unknown]>) {
        define(object, String(plain(key, entries[0])), plain(item, entries[1]));
      }
      return object;
    }
    case Type.Struct: {
      const object: Record<string, unknown> = {};
      const struct = value as Record<string, unknown>;
      for (const child of type.children as Field[]) {
        define(object, child.name, plain(struct[child.name], child));
      }
      return object;
    }
    case Type.List:
    case Type.FixedSizeList: {
      const child = type.children[0] as Field;
      return Array.from(value as Iterable<unknown>, (item) => plain(item, child));
    }
    case Type.FixedSizeBinary:
      return wideInteger(value as Uint8Array, opaqueName(field));
    case Type.Int:
      return opaqueName(field) === 'arrow.bool8' ? Boolean(value) : value;
    default:
      return value;
  }
}

/** Keys come from files: one that is called `__proto__` must stay a key. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else object[key] = value;
}

/** HUGEINT and UHUGEINT cross as 16 bytes, least significant first. */
function wideInteger(bytes: Uint8Array, name: string | null): unknown {
  if (bytes.length !== 16 || !name || !/hugeint/i.test(name)) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const low = view.getBigUint64(0, true);
  const high = /^u/i.test(name.replace(/^duckdb\./, ''))
    ? view.getBigUint64(8, true)
    : view.getBigInt64(8, true);
  return (high << 64n) + low;
}
