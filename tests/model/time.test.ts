import { afterEach, describe, expect, test } from 'vitest';
import { display } from '$lib/model/display';
import { exactDuration, exactTime, isoTime, shortDuration, timeOfDay } from '$lib/model/time';
import { ident, sql } from '$lib/engine/engine';

const spaced = (text: string) => text.replace(' ', '\u202f');

describe('durations', () => {
  test.each([
    [0, '0 ns'],
    [1, '1 ns'],
    [999, '999 ns'],
    [1000, '1 µs'],
    [1234, '1.23 µs'],
    [12_345, '12.3 µs'],
    [999_499, '999 µs'],
    [999_600, '1 ms'],
    [830_402, '830 µs'],
    [1_240_183_000, '1.24 s'],
    [59_990_000_000, '1 min'],
    [90_000_000_000, '1.5 min'],
    [5_400_000_000_000, '1.5 h'],
    [172_800_000_000_000, '2 d'],
    [-1500, '-1.5 µs'],
  ])('%d in short', (ns, text) => {
    expect(shortDuration(ns)).toBe(spaced(text));
  });

  test.each([
    [0n, '0 ns'],
    [830_402n, '830.402 µs'],
    [1_240_183_000n, '1.240183 s'],
    [3_600_000_000_001n, '3600.000000001 s'],
    [-1_500n, '-1.5 µs'],
    [9_007_199_254_740_993n, '9007199.254740993 s'],
  ])('%d in full', (ns, text) => {
    expect(exactDuration(ns)).toBe(spaced(text));
  });
});

test('absolute times keep nine digits, also before 1970 and beyond what dates hold', () => {
  expect(isoTime(1_760_000_000_123_456_789n)).toBe('2025-10-09T08:53:20.123456789Z');
  expect(isoTime(-1n)).toBe('1969-12-31T23:59:59.999999999Z');
  expect(isoTime(0n)).toBe('1970-01-01T00:00:00.000000000Z');
  expect(isoTime(10n ** 25n)).toBe('10000000000000000000000000 ns');
});

test('the sql tag quotes its values', () => {
  const part = sql`x = ${"it's"}`;
  expect(
    String(
      sql`SELECT ${1}, ${2n}, ${null}, ${true}, ${['a', "b'"]}, ${ident('a"b')} WHERE ${part}`,
    ),
  ).toBe(`SELECT 1, 2, NULL, true, ['a', 'b'''], "a""b" WHERE x = 'it''s'`);
  expect(String(sql`${Infinity}`)).toBe("'Infinity'::DOUBLE");
});

describe('as the visitor chose', () => {
  const chosen = { ...display };
  afterEach(() => void Object.assign(display, chosen));
  const NS = 1_772_355_600_123_456_789n; // 2026-03-01T09:00:00Z

  test('moments in a zone, on a clock of 24 or 12 hours', () => {
    expect(exactTime(NS)).toBe('2026-03-01 09:00:00.123456789 UTC');
    Object.assign(display, { timeZone: 'Asia/Kolkata' });
    expect(exactTime(NS)).toBe('2026-03-01 14:30:00.123456789 +05:30');
    Object.assign(display, { timeZone: 'America/New_York', clock: '12' });
    expect(exactTime(NS)).toBe('2026-03-01 4:00:00.123456789 am -05:00');
    expect(timeOfDay(NS)).toBe('4:00:00.123 am');
    expect(timeOfDay(-1n)).toBe('6:59:59.999 pm');
    expect(exactTime(1n << 80n)).toBe(`${1n << 80n} ns`);
  });

  test('every duration in milliseconds', () => {
    Object.assign(display, { durations: 'ms' });
    expect(shortDuration(1_240_183_000)).toBe(spaced('1240 ms'));
    expect(shortDuration(830_402)).toBe(spaced('0.83 ms'));
    expect(shortDuration(0)).toBe(spaced('0 ms'));
    expect(exactDuration(1_240_183_000n)).toBe(spaced('1240.183 ms'));
    expect(exactDuration(90_000_000_000_000n)).toBe(spaced('90000000 ms'));
  });
});
