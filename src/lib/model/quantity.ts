/** Formats quantities: counts, bytes, ages. In English, like the interface. */

const COUNT = new Intl.NumberFormat('en-US');

/** `48,311`: all digits. */
export function formatCount(count: number | bigint): string {
  return COUNT.format(count);
}

/** `1 span`, `48,311 spans`. */
export function plural(count: number | bigint, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${BigInt(count) === 1n ? one : many}`;
}

/**
 * A share of 0–1 as `12.3%`: three significant digits at most, and never rounded to 0% or 100%. NaN (a share of nothing) is '–'.
 */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (Number.isNaN(percent)) return '–';
  if (percent > 0 && percent < 0.01) return '<0.01%';
  if (percent > 99.9 && percent < 100) return '>99.9%';
  return `${Number(percent.toPrecision(percent < 1 ? 2 : 3))}%`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `8.1 MB`, in powers of a thousand, at most three digits. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const text = unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1);
  return `${text}\u202f${BYTE_UNITS[unit]}`;
}

const AGES: [unit: string, ms: number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** `3 days ago`, `just now`; both in epoch milliseconds. */
export function formatAge(thenMs: number, nowMs: number): string {
  const elapsedMs = nowMs - thenMs;
  const age = AGES.find(([, ms]) => elapsedMs >= ms);
  if (!age) return 'just now';
  return `${plural(Math.floor(elapsedMs / age[1]), age[0])} ago`;
}

/** The length of a text: `830 characters`, `12.3k characters`. */
export function textSize(characters: number): string {
  if (characters < 1_000) return `${characters} characters`;
  if (characters < 1_000_000) return `${Number((characters / 1_000).toPrecision(3))}k characters`;
  return `${Number((characters / 1_000_000).toPrecision(3))}M characters`;
}
