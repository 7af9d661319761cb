/** The command palette: what a text finds, in which order. */
import { expect, test } from 'vitest';
import { findCommands, idPrefix, type Command } from '$lib/shell/palette/commands';

const command = (label: string, more: Partial<Command> = {}): Command => ({
  id: label,
  label,
  // The icons are components of the page.
  icon: null as never,
  run: () => {},
  ...more,
});
const labels = (found: Command[]) => found.map(({ label }) => label);

const ALL = [
  command('Timeline', { group: 'Views' }),
  command('Statistics', { group: 'Views', words: 'which operations compare' }),
  command('Theme: dark', { group: 'Page', words: 'colours appearance' }),
  command('POST /order', { group: 'Operations', isMinor: true }),
];

test('without a text the recent ones come first, and minor ones only so', () => {
  expect(labels(findCommands(ALL, '', []))).toEqual(['Timeline', 'Statistics', 'Theme: dark']);
  const found = findCommands(ALL, ' ', ['gone', 'POST /order', 'Theme: dark']);
  expect(labels(found)).toEqual(['POST /order', 'Theme: dark', 'Timeline', 'Statistics']);
  expect(found[0].group).toBe('Recent');
});

test('a text finds labels by their letters and other words as they are spelt', () => {
  expect(labels(findCommands(ALL, 'stat', []))).toEqual(['Statistics']);
  expect(labels(findCommands(ALL, 'td', []))).toEqual(['Theme: dark']);
  expect(labels(findCommands(ALL, 'appear', []))).toEqual(['Theme: dark']);
  expect(labels(findCommands(ALL, 'apear', []))).toEqual([]);
  expect(labels(findCommands(ALL, 'order', []))).toEqual(['POST /order']);
  expect(findCommands(ALL, 'order', [])[0].group).toBeUndefined();
});

test('what may be an id is hexadecimal', () => {
  expect(idPrefix(' 4BF9-2f35 ')).toBe('4bf92f35');
  expect(idPrefix('0x4BF92f35')).toBe('4bf92f35');
  expect(idPrefix('ab')).toBeNull();
  expect(idPrefix('frontend')).toBeNull();
});
