/** Parses written times and durations, exact to the nanosecond. */
import { fitsInt64, parseDecimal } from '$lib/json/digits';

export interface WrittenTime {
  /** Epoch nanoseconds. */
  ns: bigint;
  /** False if no zone was written and UTC was assumed. */
  hasZone: boolean;
}

const MOMENT =
  /^\s*([+-]?\d{4,6})-(\d\d)-(\d\d)(?:(?:T|\s+)(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?(?:\s+(?:UTC|GMT|Z|[+-]\d{4}))?\s*$/i;

/**
 * A time as written by ISO 8601, RFC 3339, SQL or Go's `String()`: `2023-05-01T00:35:33.175Z`, `2023-05-01 00:35:33+02`,
 * `2023-05-01 00:35:33.1 +0000 UTC`. Digits below a nanosecond are dropped. Null for anything else.
 */
export function parseMomentText(text: string): WrittenTime | null {
  const match = MOMENT.exec(text);
  if (!match) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  const ms = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second);
  const date = new Date(ms);
  // Refuses 31 April and 25:00; a leap second becomes the next second.
  if (!(+month === date.getUTCMonth() + 1 || +hour === 24 || +second === 60)) return null;
  if (Number.isNaN(ms) || +month > 12 || +day > 31 || +hour > 24 || +minute > 59 || +second > 60) {
    return null;
  }
  const below = BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  const ns = (BigInt(ms) - BigInt(zoneMs(zone))) * 1_000_000n + below;
  return fitsInt64(ns) ? { ns, hasZone: zone !== undefined } : null;
}

function zoneMs(zone = ''): number {
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (!match) return 0;
  const [, sign, hours, minutes = '0'] = match;
  return (sign === '-' ? -1 : 1) * (+hours * 60 + +minutes) * 60_000;
}

const SECOND = 9;
/** Decimal places from the unit to nanoseconds, or whole seconds per unit. */
const GO_UNITS: Record<string, [shift: number, times: bigint]> = {
  ns: [0, 1n],
  us: [3, 1n],
  µs: [3, 1n],
  μs: [3, 1n],
  ms: [6, 1n],
  s: [SECOND, 1n],
  sec: [SECOND, 1n],
  m: [SECOND, 60n],
  min: [SECOND, 60n],
  h: [SECOND, 3600n],
};
const GO_PART = /([\d.]+)\s*(ns|us|µs|μs|ms|sec|s|min|m|h)/y;
const ISO_DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/i;
const CLOCK = /^(?:(\d+) days?,? )?(\d+):(\d\d):(\d\d(?:\.\d+)?)$/;

/**
 * A duration with its unit: `PT1.2S`, `1.5ms`, `1m3s`, `0 days 00:00:01.2`. In nanoseconds; null for anything else, including
 * bare numbers.
 */
export function parseDurationText(text: string): bigint | null {
  const trimmed = text.trim();
  const parts = ISO_DURATION.exec(trimmed) ?? CLOCK.exec(trimmed);
  if (parts) {
    const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = parts;
    if (trimmed.length < 3) return null;
    const whole = (BigInt(days) * 24n + BigInt(hours)) * 60n + BigInt(minutes);
    const rest = parseDecimal(seconds, SECOND);
    return rest === null ? null : whole * 60_000_000_000n + rest;
  }
  let ns = 0n;
  GO_PART.lastIndex = 0;
  while (GO_PART.lastIndex < trimmed.length) {
    const part = GO_PART.exec(trimmed);
    if (!part) return null;
    const [shift, times] = GO_UNITS[part[2]];
    const value = parseDecimal(part[1], shift);
    if (value === null) return null;
    ns += value * times;
  }
  return trimmed === '' ? null : ns;
}
