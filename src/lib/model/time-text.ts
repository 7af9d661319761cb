/** Times as people type them, in a time zone, to the nanosecond. */
import { zonedTime } from './time';

const TYPED =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i;
const CLOCK = /^(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?$/;

/**
 * `2026-11-20 10:00:00.5`, with or without a zone of its own (`Z`, `+01:00`), a date alone, epoch nanoseconds, or a time
 * of day alone, taken on the day of `nearNs`. Without a zone it is in the visitor's (`display`). Null if it is not a time.
 * A time that the zone's clocks skip means the time just after the gap; one that they show twice means the first.
 */
export function parseMoment(text: string, nearNs: bigint | null = null): bigint | null {
  const trimmed = text.trim();
  if (/^-?\d{15,19}$/.test(trimmed)) return BigInt(trimmed);
  const clock = CLOCK.exec(trimmed);
  if (clock) {
    const day = nearNs === null ? null : zonedTime(nearNs);
    return day && parseMoment(`${day.date} ${trimmed}`);
  }
  const match = TYPED.exec(trimmed);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(ms);
  const isReal =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!isReal) return null;
  const wallNs = BigInt(ms) * 1_000_000n + BigInt((match[7] ?? '').padEnd(9, '0'));
  const zone = match[8];
  return zone ? wallNs - offsetOf(zone) : fromWall(wallNs);
}

/** A time as `parseMoment` reads it back, without trailing zeros: `2026-11-20 10:00:00.5`. */
export function momentText(ns: bigint): string {
  const at = zonedTime(ns, '24');
  if (!at) return String(ns);
  const fraction = at.fraction.replace(/0+$/, '');
  return `${at.date} ${at.time}${fraction && `.${fraction}`}`;
}

export const DAY_NS = 86_400_000_000_000n;

/** Tries the zone's offset before and after a change of clocks; the earlier consistent reading wins. */
function fromWall(wallNs: bigint): bigint {
  const before = wallNs - offsetAt(wallNs - DAY_NS);
  const after = wallNs - offsetAt(wallNs + DAY_NS);
  if (wallNs - offsetAt(before) === before) return before;
  return wallNs - offsetAt(after) === after ? after : before;
}

/** How far the visitor's zone is ahead of UTC at a given time, in nanoseconds. */
function offsetAt(ns: bigint): bigint {
  const zone = zonedTime(ns)?.zone ?? 'UTC';
  return offsetOf(zone);
}

function offsetOf(zone: string): bigint {
  const match = /^([+-])(\d\d):?(\d\d)/.exec(zone);
  if (!match) return 0n;
  const minutes = BigInt(match[2]) * 60n + BigInt(match[3]);
  return (match[1] === '-' ? -minutes : minutes) * 60_000_000_000n;
}
