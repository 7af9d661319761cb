/** Traces over time, in a strip: buckets, and the range that is brushed on it. Pure. */
import { roundStep } from '$lib/draw/ticks';

/** About as many buckets as a strip has room for bars of a few pixels. */
const BUCKETS = 160;

export interface Buckets {
  /** Epoch nanoseconds of the first bucket's start. */
  startNs: bigint;
  stepNs: number;
  count: number;
}

/** Buckets of a round length from the first start to the last; null where there is no stretch of time. */
export function bucketsOf(firstNs: bigint | null, lastNs: bigint | null): Buckets | null {
  if (firstNs === null || lastNs === null || lastNs <= firstNs) return null;
  const stepNs = roundStep(Number(lastNs - firstNs + 1n) / BUCKETS);
  // Buckets stand on round moments: those of a day, an hour, a second.
  const step = BigInt(stepNs);
  const startNs = firstNs - (((firstNs % step) + step) % step);
  return { startNs, stepNs, count: Number((lastNs - startNs) / step) + 1 };
}

/** A bucket's start, epoch nanoseconds; of the bucket behind the last one, its end. */
export function edgeOf({ startNs, stepNs }: Buckets, bucket: number): bigint {
  return startNs + BigInt(bucket) * BigInt(stepNs);
}

/** Where a moment stands on the strip, in buckets from its left end; fractional, kept inside. */
export function placeOf({ startNs, stepNs, count }: Buckets, ns: bigint): number {
  return Math.max(0, Math.min(count, Number(ns - startNs) / stepNs));
}

/** Counts with zeros for the buckets that the query has no row for. */
export function filled(count: number, buckets: Float64Array, values: Float64Array): Float64Array {
  const all = new Float64Array(count);
  buckets.forEach((bucket, i) => {
    if (bucket >= 0 && bucket < count) all[bucket] = values[i];
  });
  return all;
}

/** A range of whole buckets, both edges within the strip, never empty. */
export function brushOf(count: number, from: number, to: number): [from: number, to: number] {
  const low = Math.max(0, Math.min(count - 1, Math.floor(Math.min(from, to))));
  const high = Math.max(low + 1, Math.min(count, Math.ceil(Math.max(from, to))));
  return [low, high];
}
