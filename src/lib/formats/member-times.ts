/** Times of records that are read as `Members`, with a warning if one can't be read. */
import { INVALID_NS } from '$lib/model/span';
import { parseDecimal } from '$lib/json/digits';
import type { Warns } from './span-parts';
import { parseMomentText } from './written-time';

/** Decimal places from a unit to nanoseconds. */
export const SECONDS = 9;
export const MILLISECONDS = 6;
export const MICROSECONDS = 3;
export const NANOSECONDS = 0;

/**
 * Epoch nanoseconds, exactly, of a written time or of a number in the given unit.
 * @returns null if nothing is given, INVALID_NS if it can't be read
 */
export function timeOf(text: string | null, unit: number, walk: Warns): bigint | null {
  if (text === null || text === '') return null;
  const number = parseDecimal(text, unit);
  if (number !== null) return number;
  const moment = parseMomentText(text);
  if (!moment) return INVALID_NS;
  if (!moment.hasZone) walk.warn('no-time-zone', `“${text}”`);
  return moment.ns;
}

/** The time of an event; null, with a warning, also if it can't be read. */
export function eventTimeOf(text: string | null, unit: number, walk: Warns): bigint | null {
  const ns = timeOf(text, unit, walk);
  if (ns !== INVALID_NS) return ns;
  walk.warn('invalid-time', `the time of an event, “${(text ?? '').slice(0, 80)}”`);
  return null;
}

/** A number in the given unit as nanoseconds; null if nothing is given, INVALID_NS if it is not a number. */
export function durationOf(text: string | null, unit: number): bigint | null {
  if (text === null || text === '') return null;
  return parseDecimal(text, unit) ?? INVALID_NS;
}
