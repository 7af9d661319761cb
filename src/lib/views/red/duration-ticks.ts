/** Round durations for axes: decimal below a minute; minutes, hours and days above. */
import { linearTicks, logTicks } from '$lib/draw/plot-scale';
import { roundStep } from '$lib/draw/ticks';

const S = 1e9;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;

/** Replace decades from 10 s on. */
const LONG = [MIN, 10 * MIN, H, 10 * H, D, 10 * D, 100 * D];

/** Ticks of a linear axis. */
export function durationTicks(minNs: number, maxNs: number, count: number): number[] {
  if (maxNs <= MIN) return linearTicks(minNs, maxNs, count);
  const step = roundStep((maxNs - minNs) / count);
  const values: number[] = [];
  for (let at = Math.ceil(minNs / step) * step; at <= maxNs; at += step) values.push(at);
  return values;
}

/** Ticks of a logarithmic axis: about one per decade, or every second or third if there are many. */
export function durationLogTicks(minNs: number, maxNs: number, count: number): number[] {
  if (maxNs <= 10 * S) return logTicks(minNs, maxNs, count);
  const all = roundDurations(minNs, maxNs);
  const every = Math.max(1, Math.ceil(all.length / count));
  return all.filter((_, i) => i % every === 0);
}

/** Whole decades up to 10 s, then minutes, hours and days. */
export function roundDurations(minNs: number, maxNs: number): number[] {
  const decades = Array.from({ length: 11 }, (_, exponent) => 10 ** exponent);
  return [...decades, ...LONG].filter((ns) => ns >= minNs * (1 - 1e-9) && ns <= maxNs * (1 + 1e-9));
}
