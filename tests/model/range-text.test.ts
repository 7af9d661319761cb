/** Spans of time as people type them. */
import { parseLength, parseRange, parseRangeEnd, roundLengths } from '$lib/model/range-text';
import { isoTime } from '$lib/model/time';
import { expect, test } from 'vitest';

/** 22:30 on the 12th to 01:30 on the 13th. */
const dataset = { startNs: 1_794_522_600_000_000_000n, endNs: 1_794_533_400_000_000_000n };

test.each([
  ['5min', 300e9],
  ['1 min 30 s', 90e9],
  ['1.5h', 5_400e9],
  ['2d', 172_800e9],
  ['830µs', 830e3],
  ['5', null],
  ['min', null],
  ['5 minutes', null],
  ['1s and 2s', null],
])('%s is %s ns long', (text, ns) => expect(parseLength(text)).toBe(ns));

test.each([
  ['22:45', '2026-11-12T22:45:00.000000000Z'],
  ['01:15:00.5', '2026-11-13T01:15:00.500000000Z'],
  ['12:00', '2026-11-12T12:00:00.000000000Z'],
  ['+5min', '2026-11-12T22:35:00.000000000Z'],
  ['-1h', '2026-11-13T00:30:00.000000000Z'],
  ['2026-11-13 00:00', '2026-11-13T00:00:00.000000000Z'],
])('%s is a moment of the dataset', (text, iso) =>
  expect(isoTime(parseRangeEnd(text, dataset)!)).toBe(iso),
);

test.each([
  ['22:45..23:00', '2026-11-12T22:45:00.000000000Z', '2026-11-12T23:00:00.000000000Z'],
  ['22:45 – 00:10', '2026-11-12T22:45:00.000000000Z', '2026-11-13T00:10:00.000000000Z'],
  ['first 1min', '2026-11-12T22:30:00.000000000Z', '2026-11-12T22:31:00.000000000Z'],
  ['last 1h', '2026-11-13T00:30:00.000000000Z', '2026-11-13T01:30:00.000000001Z'],
  ['+1h..', '2026-11-12T23:30:00.000000000Z', '2026-11-13T01:30:00.000000001Z'],
  ['.. +1h', '2026-11-12T22:30:00.000000000Z', '2026-11-12T23:30:00.000000000Z'],
])('%s is a range', (text, start, end) => {
  const range = parseRange(text, dataset)!;
  expect([isoTime(range.startNs), isoTime(range.endNs)]).toEqual([start, end]);
});

test.each(['', '..', '23:00..22:45', 'last year', 'service=Agent', '12:00'])(
  '%j is no range',
  (text) => expect(parseRange(text, dataset)).toBeNull(),
);

test('round lengths fit into the dataset', () => {
  expect(roundLengths(dataset)).toEqual([3600e9, 900e9, 300e9, 60e9]);
  expect(roundLengths({ startNs: 0n, endNs: 5n })).toEqual([]);
});
