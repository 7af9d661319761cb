/**
 * Nanoseconds. Absolute times are BigInt epoch nanoseconds; inside one dataset, times are Number offsets from its start,
 * exact below 2^53 ns (104 days).
 */

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

/** A duration split for display: number and unit apart, because the unit is drawn quieter. */
export interface DurationParts {
  value: string;
  unit: string;
}

function unitFor(ns: number): [string, number] {
  const abs = Math.abs(ns);
  return UNITS.find(([, size]) => abs >= size) ?? UNITS[UNITS.length - 1];
}

/** At most three significant digits: `1.24 s`, `830 µs`. For lists and labels. */
export function shortDurationParts(ns: number): DurationParts {
  if (ns === 0) return { value: '0', unit: 'ns' };
  let [unit, size] = unitFor(ns);
  let text = threeDigits(ns / size);
  // 999.6 µs rounds to 1000: say 1 ms.
  const larger = UNITS[UNITS.findIndex(([name]) => name === unit) - 1];
  if (larger && Math.abs(Number(text)) * size >= larger[1]) {
    [unit, size] = larger;
    text = threeDigits(ns / size);
  }
  return { value: text, unit };
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

/** All digits: `1.240183 s`, `830.402 µs`. For the detail. `ns` must be an integer. */
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
