/** Small traces, and random ones. */
import { buildTrace, type Trace } from '../../src/lib/trace/trace';

export interface Row {
  parent?: number;
  start: number;
  end: number;
  flags?: number;
  service?: string;
  operation?: string;
  selfNs?: number;
}

/** Rows by their index as span number, shifted so that numbers and rows differ. */
export function traceOf(rows: Row[], firstNo = 100): Trace {
  const keyOf = ({ service = 'a', operation = 'op' }: Row) => `${service} ${operation}`;
  const keys = [...new Set(rows.map(keyOf))];
  const indexOf = new Map(keys.map((key, i) => [key, i]));
  return buildTrace({
    spanNo: Float64Array.from(rows, (_, i) => firstNo + i),
    parentNo: Float64Array.from(rows, ({ parent }) =>
      parent === undefined ? -1 : firstNo + parent,
    ),
    startNs: Float64Array.from(rows, ({ start }) => start),
    durationNs: Float64Array.from(rows, ({ start, end }) => end - start),
    selfNs: Float64Array.from(rows, ({ selfNs }) => selfNs ?? 0),
    flags: Float64Array.from(rows, ({ flags }) => flags ?? 0),
    label: Int32Array.from(rows, (row) => indexOf.get(keyOf(row))!),
    labels: keys.map((key) => {
      const [service, operation] = key.split(' ');
      return { name: operation, operation, service };
    }),
  });
}

/** Integers from 0 to below `n`, the same ones for the same seed (mulberry32). */
export function randomOf(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * n);
  };
}
