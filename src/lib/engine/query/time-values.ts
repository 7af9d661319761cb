/** Dates, times and intervals from the engine's integers, as text in DuckDB's spelling. */

const MAX_INT32 = 2 ** 31 - 1;
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * @param days since 1970-01-01. Any of the engine's, which reach far beyond those of JavaScript.
 * https://howardhinnant.github.io/date_algorithms.html#civil_from_days
 */
export function dateText(days: number): string {
  if (days === MAX_INT32) return 'infinity';
  if (days === -MAX_INT32) return '-infinity';
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  const year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0);
  const shownYear = year > 0 ? year : 1 - year;
  const text = `${pad(shownYear, 4)}-${pad(month < 10 ? month + 3 : month - 9)}-${pad(day)}`;
  return year > 0 ? text : `${text} (BC)`;
}

/**
 * @param units since the epoch, of 10^-digits seconds.
 * @param zone what stands behind the time.
 */
export function epochText(units: bigint, digits: number, zone: string): string {
  if (units === MAX_INT64) return 'infinity';
  if (units === -MAX_INT64) return '-infinity';
  const unitsPerDay = 86_400n * 10n ** BigInt(digits);
  const remainder = units % unitsPerDay;
  const ofDay = remainder < 0n ? remainder + unitsPerDay : remainder;
  const days = Number((units - ofDay) / unitsPerDay);
  return `${dateText(days)} ${timeText(ofDay, digits)}${zone}`;
}

/** @param units since midnight, of 10^-digits seconds. */
export function timeText(units: bigint, digits: number): string {
  const perSecond = 10n ** BigInt(digits);
  const seconds = Number(units / perSecond);
  return clockText(seconds) + fractionText(units % perSecond, digits);
}

/** @param bits microseconds since midnight in the upper 40, and below them how far the zone is from the easternmost one. */
export function zonedTimeText(bits: bigint): string {
  const EASTERNMOST_S = 16 * 3_600 - 1;
  const offset = EASTERNMOST_S - Number(bits & 0xff_ffffn);
  const [hours, minutes, seconds] = clockText(Math.abs(offset)).split(':');
  const zone = seconds !== '00' ? `:${minutes}:${seconds}` : minutes !== '00' ? `:${minutes}` : '';
  return `${timeText(bits >> 24n, 6)}${offset < 0 ? '-' : '+'}${hours}${zone}`;
}

/** @param ns of less than a microsecond there are none. */
export function intervalText(months: number, days: number, ns: bigint): string {
  const parts: string[] = [];
  const part = (count: number, unit: string) => {
    if (count !== 0) parts.push(`${count} ${unit}${Math.abs(count) === 1 ? '' : 's'}`);
  };
  part(Math.trunc(months / 12), 'year');
  part(months % 12, 'month');
  part(days, 'day');
  if (ns !== 0n || parts.length === 0) {
    parts.push((ns < 0n ? '-' : '') + timeText((ns < 0n ? -ns : ns) / 1_000n, 6));
  }
  return parts.join(' ');
}

function clockText(seconds: number): string {
  return `${pad(Math.floor(seconds / 3_600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

function fractionText(units: bigint, digits: number): string {
  if (units === 0n) return '';
  return `.${String(units).padStart(digits, '0').replace(/0+$/, '')}`;
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}
