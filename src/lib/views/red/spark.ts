/** A card's sparklines: paths in a box that is one unit wide per bucket and one unit high, from the top. */

import type { QueryResult } from '$lib/engine/engine';
import { inBuckets } from './buckets';

/** A service's figures by bucket of time. */
export interface Curves {
  spans: Float64Array;
  errors: Float64Array;
  /** Milliseconds; NaN without spans. */
  p95: Float64Array;
}

export const NO_CURVES: ReadonlyMap<string, Curves> = new Map();

/** Rows of `curvesQuery`, by service. @param count number of buckets */
export function curvesOf(result: QueryResult, count: number): ReadonlyMap<string, Curves> {
  const bucket = result.numbers('bucket');
  const [spans, errors, p95] = ['spans', 'errors', 'p95_ms'].map((name) => result.numbers(name));
  const found = new Map<string, Curves>();
  let from = 0;
  for (let row = 1; row <= result.rowCount; row++) {
    const service = result.value(from, 'service');
    if (row < result.rowCount && result.value(row, 'service') === service) continue;
    const part = (values: Float64Array, absent: number) =>
      inBuckets(bucket.subarray(from, row), values.subarray(from, row), count, absent);
    found.set(String(service ?? ''), {
      spans: part(spans, 0),
      errors: part(errors, 0),
      p95: part(p95, NaN),
    });
    from = row;
  }
  return found;
}

/** A filled shape on the base line, with steps, because a count is for its whole bucket. */
export function stepPath(values: ArrayLike<number>, largest: number): string {
  if (!(largest > 0) || !values.length) return '';
  let path = `M0 1`;
  for (let i = 0; i < values.length; i++) path += `V${digits(1 - values[i] / largest)}H${i + 1}`;
  return `${path}V1Z`;
}

/** A line through the middles of the buckets, interrupted where there is no value; a single value is a short stroke. */
export function linePath(values: ArrayLike<number>, largest: number): string {
  if (!(largest > 0)) return '';
  let path = '';
  let isOpen = false;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      isOpen = false;
      continue;
    }
    const y = digits(1 - values[i] / largest);
    const isLone = !isOpen && !Number.isFinite(values[i + 1]);
    if (isLone) path += `M${i} ${y}h1`;
    else path += `${isOpen ? 'L' : 'M'}${i + 0.5} ${y}`;
    isOpen = true;
  }
  return path;
}

const digits = (y: number) => Number(y.toFixed(3));

/** The largest number; 0 for none. */
export function largestOf(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
  return most;
}
