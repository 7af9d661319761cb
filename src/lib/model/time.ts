/**
 * Nanoseconds. Absolute times are BigInt epoch nanoseconds; inside one dataset, times are Number offsets from its start,
 * exact below 2^53 ns (104 days).
 */
import { display } from './display';

export const NS_PER_MS = 1_000_000;
export const NS_PER_S = 1_000_000_000;

const UNITS: [string, number][] = [
  ['d', 86_400 * NS_PER_S],
  ['h', 3_600 * NS_PER_S],
  ['min', 60 * NS_PER_S],
  ['s', NS_PER_S],
  ['ms', NS_PER_MS],
  ['µs', 1_000],
  ['ns', 1],
];

/** A duration for display, with number and unit apart, because the unit is drawn quieter. */
export interface DurationParts {
  value: string;
  unit: string;
}

function unitFor(ns: number): [string, number] {
  if (display.durations === 'ms') return ['ms', NS_PER_MS];
  const abs = Math.abs(ns);
  return UNITS.find(([, size]) => abs >= size) ?? UNITS[UNITS.length - 1];
}

/** At most three significant digits: `1.24 s`, `830 µs`. For lists and labels. */
export function shortDurationParts(ns: number): DurationParts {
  if (display.durations === 'ms') return { value: shortMilliseconds(ns / NS_PER_MS), unit: 'ms' };
  if (ns === 0) return { value: '0', unit: 'ns' };
  let [unit, size] = unitFor(ns);
  let text = threeDigits(ns / size);
  // 999.6 µs rounds to 1000: show 1 ms.
  const larger = UNITS[UNITS.findIndex(([name]) => name === unit) - 1];
  if (larger && Math.abs(Number(text)) * size >= larger[1]) {
    [unit, size] = larger;
    text = threeDigits(ns / size);
  }
  return { value: text, unit };
}

/** With a fixed unit, at least three significant digits are kept, not at most: `1240`, `0.83`, `0.00042`. */
function shortMilliseconds(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return Number(value.toPrecision(3)).toLocaleString('en-US', {
    useGrouping: false,
    maximumFractionDigits: 6,
  });
}

function threeDigits(value: number): string {
  const abs = Math.abs(value);
  if (abs >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** `1.24 s` with a narrow no-break space. */
export function shortDuration(ns: number): string {
  const { value, unit } = shortDurationParts(ns);
  return `${value}\u202f${unit}`;
}

/** All digits: `1.240183 s`, `830.402 µs`. For details. `ns` must be an integer. */
export function exactDuration(ns: number | bigint): string {
  const big = BigInt(ns);
  const negative = big < 0n;
  const abs = negative ? -big : big;
  const [unit, size] = unitFor(Number(abs) < 60 * NS_PER_S ? Number(abs) : NS_PER_S);
  const scale = BigInt(size);
  const digits = String(size).length - 1;
  const fraction = digits
    ? String(abs % scale)
        .padStart(digits, '0')
        .replace(/0+$/, '')
    : '';
  return `${negative ? '-' : ''}${abs / scale}${fraction ? '.' + fraction : ''}\u202f${unit}`;
}

/** RFC 3339 in UTC with all nine digits: `2026-11-20T10:00:00.123456789Z`. */
export function isoTime(ns: bigint): string {
  const seconds = ns >= 0n ? ns / 1_000_000_000n : -((-ns + 999_999_999n) / 1_000_000_000n);
  const fraction = String(ns - seconds * 1_000_000_000n).padStart(9, '0');
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return `${ns} ns`;
  return date.toISOString().replace(/\.000Z$/, `.${fraction}Z`);
}

/** A time as this page shows it: in the zone and on the clock that the visitor chose. */
export interface ZonedTime {
  /** `2026-11-20` */
  date: string;
  /** `10:00:00` */
  time: string;
  /** The nine digits below the second. */
  fraction: string;
  /** `am` or `pm` on a 12-hour clock; '' otherwise. */
  half: string;
  /** `UTC`, `+01:00`. */
  zone: string;
}

let clock: { timeZone: string; format: Intl.DateTimeFormat } | null = null;

function formatOf(timeZone: string): Intl.DateTimeFormat {
  if (clock?.timeZone !== timeZone) {
    const options: Intl.DateTimeFormatOptions = {
      timeZone: timeZone || undefined,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    };
    clock = { timeZone, format: new Intl.DateTimeFormat('en-US', options) };
  }
  return clock.format;
}

/**
 * Null for times outside the range of `Date`.
 * @param hours 12 or 24; by default as the visitor chose.
 */
export function zonedTime(ns: bigint, hours: '24' | '12' = display.clock): ZonedTime | null {
  const seconds = ns >= 0n ? ns / 1_000_000_000n : -((-ns + 999_999_999n) / 1_000_000_000n);
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of formatOf(display.timeZone).formatToParts(date)) part[type] = value;
  const hour = Number(part.hour);
  const isTwelve = hours === '12';
  const shownHour = isTwelve ? String(hour % 12 || 12) : part.hour;
  return {
    date: `${part.year}-${part.month}-${part.day}`,
    time: `${shownHour}:${part.minute}:${part.second}`,
    fraction: String(ns - seconds * 1_000_000_000n).padStart(9, '0'),
    half: isTwelve ? (hour < 12 ? 'am' : 'pm') : '',
    zone:
      display.timeZone === 'UTC' ? 'UTC' : (part.timeZoneName ?? '').replace('GMT', '') || '+00:00',
  };
}

/** With all nine digits: `2026-11-20 10:00:00.123456789 UTC`. */
export function exactTime(ns: bigint): string {
  const at = zonedTime(ns);
  if (!at) return `${ns} ns`;
  return [at.date, `${at.time}.${at.fraction}`, at.half, at.zone].filter(Boolean).join(' ');
}

/** To the millisecond, for lists and axes that show the day and the zone elsewhere: `10:00:00.123`. */
export function timeOfDay(ns: bigint): string {
  const at = zonedTime(ns);
  if (!at) return `${ns} ns`;
  return `${at.time}.${at.fraction.slice(0, 3)}${at.half && ` ${at.half}`}`;
}
