/** Numbers and booleans, growing row by row or already there as an array. */
import { Bool, Float64, Int32, Int64, makeData, type Data } from 'apache-arrow';
import { Validity, grown, type Column, type Numbers } from './column';

export class NumberColumn<T extends Numbers> implements Column {
  private values: T;
  private readonly make: new (length: number) => T;
  private readonly validity = new Validity();
  length = 0;

  constructor(make: new (length: number) => T) {
    this.make = make;
    this.values = new make(1024);
  }

  push(value: T[number] | null): void {
    this.values = grown(this.values, this.length + 1);
    if (value === null) this.validity.markNull(this.length);
    else this.values[this.length] = value;
    this.length++;
  }

  pushNulls(count: number): void {
    this.values = grown(this.values, this.length + count);
    this.validity.markNulls(this.length, count);
    this.length += count;
  }

  finish(): Data {
    const length = this.length;
    const nullCount = this.validity.nulls;
    const nullBitmap = this.validity.take(length);
    const data = this.values.subarray(0, length);
    this.values = new this.make(1024);
    this.validity.nulls = 0;
    this.length = 0;
    const props = { length, nullCount, nullBitmap };
    if (data instanceof Int32Array) return makeData({ type: new Int32(), data, ...props });
    if (data instanceof Float64Array) return makeData({ type: new Float64(), data, ...props });
    return makeData({ type: new Int64(), data: data as BigInt64Array, ...props });
  }
}

/** Booleans, as bytes of 0 and 1 until they are packed. */
export class BoolColumn implements Column {
  private values = new Uint8Array(1024);
  private length = 0;
  private readonly validity = new Validity();

  push(value: boolean | null): void {
    this.values = grown(this.values, this.length + 1);
    if (value === null) this.validity.markNull(this.length);
    this.values[this.length++] = value ? 1 : 0;
  }

  pushNulls(count: number): void {
    this.values = grown(this.values, this.length + count);
    this.values.fill(0, this.length, this.length + count);
    this.validity.markNulls(this.length, count);
    this.length += count;
  }

  finish(): Data {
    const { length } = this;
    const nullCount = this.validity.nulls;
    const nullBitmap = this.validity.take(length);
    const data = packed(this.values.subarray(0, length));
    this.validity.nulls = 0;
    this.length = 0;
    return makeData({ type: new Bool(), length, nullCount, nullBitmap, data });
  }
}

/** Booleans that are already there as bytes of 0 and 1. */
export function boolData(values: Uint8Array): Data<Bool> {
  const { length } = values;
  return makeData({ type: new Bool(), length, nullCount: 0, data: packed(values) });
}

/** Eight to a byte. */
function packed(values: Uint8Array): Uint8Array {
  const bits = new Uint8Array((values.length + 7) >> 3);
  for (let i = 0; i < values.length; i++) if (values[i]) bits[i >> 3] |= 1 << (i & 7);
  return bits;
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
