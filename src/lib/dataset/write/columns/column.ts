/** What all growing columns share. They become Arrow data, batch by batch. */
import type { Data } from 'apache-arrow';

/** A column that is reset by `finish`, so that one object serves all batches. */
export interface Column {
  finish(): Data;
}

export type Numbers = Int32Array | Float64Array | BigInt64Array | Uint8Array;

export function grown<T extends Numbers>(array: T, needed: number): T {
  if (needed <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(
    Math.max(needed, array.length * 2),
  );
  larger.set(array as never);
  return larger;
}

/** One bit a row, 1 = there is a value; only made once a null comes. */
export class Validity {
  nulls = 0;
  private bits: Uint8Array | null = null;

  markNull(row: number): void {
    if (!this.bits || row >> 3 >= this.bits.length) {
      const larger = new Uint8Array(Math.max(1024, (row >> 3) * 2)).fill(255);
      if (this.bits) larger.set(this.bits);
      this.bits = larger;
    }
    this.bits[row >> 3] &= ~(1 << (row & 7));
    this.nulls++;
  }

  /** Marks `count` rows from `row` on, byte by byte where it can. */
  markNulls(row: number, count: number): void {
    const end = row + count;
    while (row < end && row & 7) this.markNull(row++);
    const bytes = (end - row) >> 3;
    if (bytes > 0) {
      // Makes room for all of them.
      this.markNull(row + bytes * 8 - 1);
      this.bits!.fill(0, row >> 3, (row >> 3) + bytes);
      this.nulls += bytes * 8 - 1;
      row += bytes * 8;
    }
    while (row < end) this.markNull(row++);
  }

  /** The bitmap of `length` rows, or undefined where nothing is null. */
  take(length: number): Uint8Array | undefined {
    const needed = (length + 7) >> 3;
    let bits = this.bits ?? undefined;
    if (bits && bits.length < needed) {
      const larger = new Uint8Array(needed).fill(255);
      larger.set(bits);
      bits = larger;
    }
    this.bits = null;
    return bits?.slice(0, needed);
  }
}
