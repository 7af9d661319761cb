/**
 * Time in buckets of equal length: the length that suits a range and a width, where buckets start, and the engine's rows in
 * them. Buckets start at multiples of their length since 1970, so that they align with round times in UTC.
 */
import { roundStep } from '$lib/draw/ticks';
import type { TimeRange } from '$lib/model/filter';
import { shortDuration } from '$lib/model/time';

const S = 1_000_000_000;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;

/** Lengths that can be chosen by hand, in nanoseconds. */
export const BUCKET_LENGTHS = [
  1 * S,
  5 * S,
  10 * S,
  30 * S,
  1 * MIN,
  5 * MIN,
  15 * MIN,
  30 * MIN,
  1 * H,
  6 * H,
  12 * H,
  1 * D,
] as const;

/** The narrowest useful bar. */
const MIN_BUCKET_PX = 4;
/** More are neither readable nor fast. */
export const MAX_BUCKETS = 2_000;

/** The time shown, both ends inclusive. */
export interface Range {
  startNs: bigint;
  endNs: bigint;
  /** The divisor of rates: whole nanoseconds, 0 if everything happened at once. */
  lengthNs: number;
}

/** The filter's time, or the whole dataset's. Null where there is neither. */
export function rangeOf(
  time: TimeRange | null,
  summary: { startNs: bigint | null; endNs: bigint | null },
): Range | null {
  if (time) {
    return {
      startNs: time.startNs,
      // A filter's end is exclusive.
      endNs: time.endNs - 1n,
      lengthNs: Number(time.endNs - time.startNs),
    };
  }
  const { startNs, endNs } = summary;
  if (startNs === null || endNs === null) return null;
  return { startNs, endNs, lengthNs: Number(endNs - startNs) };
}

/** Buckets of one length over a range. */
export interface Buckets {
  stepNs: number;
  /** Where the first begins: epoch nanoseconds. */
  baseNs: bigint;
  count: number;
}

/** Buckets of a given length that cover a range. */
export function bucketsOver({ startNs, endNs }: Range, stepNs: number): Buckets {
  const step = BigInt(stepNs);
  const baseNs = floorTo(startNs, step);
  return { stepNs, baseNs, count: Number((endNs - baseNs) / step) + 1 };
}

/** The last multiple of `step` at or before a time, also before 1970. */
function floorTo(ns: bigint, step: bigint): bigint {
  const rest = ns % step;
  return ns - (rest < 0n ? rest + step : rest);
}

/** The round length that gives buckets of at least `minPx`. */
export function bucketLength(range: Range, widthPx: number, minPx = MIN_BUCKET_PX): number {
  const most = Math.max(1, Math.floor(widthPx / minPx));
  return roundStep(Math.max(1, range.lengthNs / most));
}

/** Whether a length can be chosen by hand. */
export function isOffered(range: Range, stepNs: number): boolean {
  return range.lengthNs / stepNs < MAX_BUCKETS;
}

/** `1 s`, `5 min`, `1 d`. */
export function lengthText(stepNs: number): string {
  return shortDuration(stepNs);
}

/** Middles of the buckets, as offsets from the start of the range. */
export function middles({ startNs }: Range, { baseNs, stepNs, count }: Buckets): Float64Array {
  const firstNs = Number(baseNs - startNs);
  return Float64Array.from({ length: count }, (_, i) => firstNs + (i + 0.5) * stepNs);
}

/** Both ends of all buckets, as offsets from the start of the range: a little more than the range itself. */
export function extent(
  { startNs }: Range,
  { baseNs, stepNs, count }: Buckets,
): [fromNs: number, toNs: number] {
  const firstNs = Number(baseNs - startNs);
  return [firstNs, firstNs + count * stepNs];
}

/**
 * A column of the result by bucket, with `absent` for missing rows: 0 for counts, NaN for values that need spans. Rows of
 * buckets outside the range are ignored.
 */
export function inBuckets(
  at: ArrayLike<number>,
  values: ArrayLike<number>,
  count: number,
  absent: number,
): Float64Array {
  const filled = new Float64Array(count).fill(absent);
  for (let row = 0; row < at.length; row++) {
    if (at[row] >= 0 && at[row] < count) filled[at[row]] = values[row];
  }
  return filled;
}

/** A range of offsets as the filter's time: whole nanoseconds, inside the range, never empty. */
export function timeOf(range: Range, fromNs: number, toNs: number): TimeRange {
  const startNs = range.startNs + BigInt(Math.max(0, Math.round(fromNs)));
  const lastNs = range.startNs + BigInt(Math.max(0, Math.round(toNs)));
  const endNs = lastNs > range.endNs + 1n ? range.endNs + 1n : lastNs;
  return { startNs, endNs: endNs > startNs ? endNs : startNs + 1n };
}
