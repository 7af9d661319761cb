/** Time ranges as people type them, absolute or relative to the ends of a dataset. */
import { parseNs, type TimeRange } from './filter';
import { DAY_NS, parseMoment } from './time-text';

const SECOND_NS = 1_000_000_000;

/** `1min 30s`, `250 ms`: whole nanoseconds; null if it is not a duration. */
export function parseLength(text: string): number | null {
  const pieces = text.match(/\d+(?:\.\d+)?\s*(?:ns|us|µs|ms|min|s|h|d)(?![a-z])/gi);
  if (!pieces || text.replace(/\s/g, '') !== pieces.join('').replace(/\s/g, '')) return null;
  let total = 0;
  for (const piece of pieces) {
    const days = /^(\d+(?:\.\d+)?)\s*d$/i.exec(piece);
    const ns = days ? Math.round(Number(days[1]) * Number(DAY_NS)) : parseNs(piece.toLowerCase());
    if (ns === null) return null;
    total += ns;
  }
  return Number.isSafeInteger(total) ? total : null;
}

/**
 * One end of a range: a time as `parseMoment` reads it, a time of day on a day of the dataset, `+5min` from the
 * dataset's start, or `-5min` from its end. Null if it is none of these.
 */
export function parseRangeEnd(text: string, dataset: TimeRange): bigint | null {
  const trimmed = text.trim();
  const sign = /^[+\-−]/.exec(trimmed)?.[0];
  const length = sign ? parseLength(trimmed.slice(1)) : null;
  if (length !== null)
    return sign === '+' ? dataset.startNs + BigInt(length) : dataset.endNs - BigInt(length);
  const moment = parseMoment(trimmed, dataset.startNs);
  if (moment === null || !/^\d\d?:/.test(trimmed) || moment >= dataset.startNs) return moment;
  // A time of day before the dataset's start means the next day, if the dataset lasts until then.
  const nextDay = parseMoment(trimmed, dataset.startNs + DAY_NS);
  return nextDay !== null && nextDay <= dataset.endNs ? nextDay : moment;
}

/** A range in one text: `12:04..12:09`, `2026-11-20 10:00 – 11:00`, `last 5min`, `first 10 s`. Null if it is not a range. */
export function parseRange(text: string, dataset: TimeRange): TimeRange | null {
  const trimmed = text.trim();
  const relative = /^(first|last)\s+(.+)$/i.exec(trimmed);
  if (relative) {
    const length = parseLength(relative[2]);
    if (!length) return null;
    return relative[1].toLowerCase() === 'last'
      ? lastOf(dataset, length)
      : { startNs: dataset.startNs, endNs: dataset.startNs + BigInt(length) };
  }
  const ends = trimmed.split(/\s*(?:\.\.|–|—|\bto\b)\s*/);
  if (ends.length !== 2 || !ends.some(Boolean)) return null;
  return rangeOf(ends[0], ends[1], dataset);
}

/** A range of two typed ends; an empty one means the dataset's own. Null if they do not make a range. */
export function rangeOf(start: string, end: string, dataset: TimeRange): TimeRange | null {
  const startNs = start.trim() ? parseRangeEnd(start, dataset) : dataset.startNs;
  const endNs = end.trim() ? parseRangeEnd(end, dataset) : openEnd(dataset);
  return startNs !== null && endNs !== null && startNs < endNs ? { startNs, endNs } : null;
}

/** The last part of a dataset, of a given length. */
export function lastOf(dataset: TimeRange, ns: number): TimeRange {
  return { startNs: dataset.endNs - BigInt(ns), endNs: openEnd(dataset) };
}

/** Ranges exclude their end, so this adds what starts at the very end of the dataset. */
function openEnd({ endNs }: TimeRange): bigint {
  return endNs + 1n;
}

const LENGTHS_S = [1, 10, 60, 300, 900, 3_600, 21_600, 86_400, 604_800];

/** Round durations worth offering within a dataset, longest first; at most four. */
export function roundLengths({ startNs, endNs }: TimeRange): number[] {
  return LENGTHS_S.map((seconds) => seconds * SECOND_NS)
    .filter((ns) => BigInt(ns) < endNs - startNs)
    .slice(-4)
    .reverse();
}
