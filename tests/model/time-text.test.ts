/** Moments as people type them: read in the visitor's zone, written and read back. */
import { display } from '$lib/model/display';
import { isoTime } from '$lib/model/time';
import { momentText, parseMoment } from '$lib/model/time-text';
import { afterEach, expect, test } from 'vitest';

const chosen = { ...display };
afterEach(() => void Object.assign(display, chosen));

const iso = (text: string, nearNs: bigint | null = null) => {
  const ns = parseMoment(text, nearNs);
  return ns === null ? null : isoTime(ns);
};

test.each([
  ['2026-03-01 09:30:00.123456789', '2026-03-01T09:30:00.123456789Z'],
  ['2026-03-01T09:30:00Z', '2026-03-01T09:30:00.000000000Z'],
  ['2026-03-01 09:30', '2026-03-01T09:30:00.000000000Z'],
  ['2026-3-1', '2026-03-01T00:00:00.000000000Z'],
  ['2026-03-01 09:30:00,5 +01:00', '2026-03-01T08:30:00.500000000Z'],
  ['1772357400000000001', '2026-03-01T09:30:00.000000001Z'],
])('%s', (text, expected) => expect(iso(text)).toBe(expected));

test.each(['', 'now', '2026-02-30', '2026-03-01 24:00', '2026-03-01 09:30:61', '09:30'])(
  '%j is no moment',
  (text) => expect(parseMoment(text)).toBeNull(),
);

test('a time of day alone is of the day that it is near', () => {
  expect(iso('09:30:01', 1_772_320_000_000_000_000n)).toBe('2026-02-28T09:30:01.000000000Z');
});

test('in a zone, over both changes of its clocks', () => {
  Object.assign(display, { timeZone: 'Europe/Berlin', clock: '12' });
  expect(iso('2026-01-01 12:00')).toBe('2026-01-01T11:00:00.000000000Z');
  expect(iso('2026-07-01 12:00')).toBe('2026-07-01T10:00:00.000000000Z');
  // Skipped on 29 March, shown twice on 25 October.
  expect(iso('2026-03-29 02:30')).toBe('2026-03-29T01:30:00.000000000Z');
  expect(iso('2026-10-25 02:30')).toBe('2026-10-25T00:30:00.000000000Z');
  const ns = 1_790_000_000_000_000_001n;
  expect(parseMoment(momentText(ns))).toBe(ns);
});
