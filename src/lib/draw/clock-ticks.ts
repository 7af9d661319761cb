/** Ticks of an axis of absolute times: round times of day in the visitor's zone, or offsets if seconds are too coarse. */
import { NS_PER_S, zonedTime } from '$lib/model/time';
import type { AxisTick } from './plot-scale';
import { roundStep, ticks } from './ticks';

const MIN = 60 * NS_PER_S;
const DAY = 86_400 * NS_PER_S;
/** Widths of `10:00:00`, `11-20`, and an offset. */
const CLOCK_GAP_PX = 84;
const OFFSET_GAP_PX = 72;

/**
 * At most one tick per 84 px.
 *
 * @param originNs epoch nanoseconds that the offsets count from
 * @param fromNs left edge, offset from the origin
 */
export function clockTicks(
  originNs: bigint,
  fromNs: number,
  toNs: number,
  widthPx: number,
): AxisTick[] {
  if (!(toNs > fromNs) || !(widthPx > 0)) return [];
  const stepNs = roundStep(((toNs - fromNs) / widthPx) * CLOCK_GAP_PX);
  if (stepNs < NS_PER_S) {
    const set = ticks(fromNs, toNs, widthPx, OFFSET_GAP_PX);
    return set.ticks.map(({ ns, label }) => ({
      at: ns,
      label: ns === 0 ? '0' : `${label.startsWith('+') ? label : `+${label}`}\u202f${set.unit}`,
    }));
  }
  const zoneNs = BigInt(zoneMinutes(originNs)) * BigInt(MIN);
  const step = BigInt(stepNs);
  // Round in the visitor's zone, not in UTC.
  const local = originNs + zoneNs + BigInt(Math.ceil(fromNs));
  const rest = ((local % step) + step) % step;
  const firstNs = Number((rest === 0n ? local : local - rest + step) - originNs - zoneNs);
  const marks: AxisTick[] = [];
  for (let at = firstNs; at <= toNs; at += stepNs) {
    marks.push({ at, label: clockLabel(originNs + BigInt(at), stepNs) });
  }
  return marks;
}

function clockLabel(ns: bigint, stepNs: number): string {
  const zoned = zonedTime(ns);
  if (!zoned) return '';
  if (stepNs >= DAY) return zoned.date.slice(5);
  const time = stepNs >= MIN ? zoned.time.slice(0, -3) : zoned.time;
  // A day's first tick shows the date.
  return /^0?0:00(:00)?$/.test(time)
    ? zoned.date.slice(5)
    : `${time}${zoned.half && ` ${zoned.half}`}`;
}

function zoneMinutes(ns: bigint): number {
  const match = /^([+-])(\d\d):(\d\d)$/.exec(zonedTime(ns)?.zone ?? '');
  if (!match) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}
