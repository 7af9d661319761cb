/** Which kept datasets go, by age and by size. */
import type { LibraryEntry } from '$lib/model/dataset';
import { goneNote, outlived } from '$lib/state/retention.svelte';
import { expect, test } from 'vitest';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;

const entry = (id: string, ageDays: number, bytes: number): LibraryEntry => ({
  id,
  name: `${id}.json`,
  format: 'OTLP JSON',
  bytes,
  spans: 1,
  traces: 1,
  savedAt: NOW - ageDays * DAY,
});
const ENTRIES = [
  entry('old', 31, 10),
  entry('new', 0, 60),
  entry('edge', 30, 10),
  entry('mid', 3, 30),
];

const gone = (days: number | null, maxBytes: number | null) =>
  outlived(ENTRIES, { days, maxBytes }, NOW).map(({ id }) => id);

test('nothing goes without rules', () => expect(gone(null, null)).toEqual([]));
test('what is older than the days goes, what is just as old stays', () =>
  expect(gone(30, null)).toEqual(['old']));
test('the oldest go until the rest fits', () => {
  expect(gone(null, 100)).toEqual(['old']);
  expect(gone(null, 90)).toEqual(['edge', 'old']);
});
test('a smaller, older one may stay where a larger one has to go', () =>
  expect(gone(null, 80)).toEqual(['mid']));
test('the newest stays, however large', () =>
  expect(gone(null, 1)).toEqual(['mid', 'edge', 'old']));
test('both rules hold', () => expect(gone(30, 90)).toEqual(['edge', 'old']));

test('the note names what went, and the rule', () => {
  expect(goneNote([entry('a', 40, 2e6)], { days: 1, maxBytes: null })).toBe(
    'Removed from this browser, by your limit of 1 day: a.json (2.0\u202fMB).',
  );
});
