import { expect, it } from 'vitest';
import { formatAge, formatBytes, formatCount, formatShare, plural } from '$lib/model/quantity';

it('formats counts', () => {
  expect(formatCount(48311)).toBe('48,311');
  expect(formatCount(9007199254740993n)).toBe('9,007,199,254,740,993');
  expect([
    plural(0, 'span'),
    plural(1, 'span'),
    plural(2, 'span'),
    plural(2, 'entry', 'entries'),
  ]).toEqual(['0 spans', '1 span', '2 spans', '2 entries']);
});

it('formats shares, and rounds none to nothing or all', () => {
  expect(
    [0, 0.00001, 0.0004, 0.00567, 0.01, 0.1234, 0.5, 0.9994, 0.99991, 1, NaN].map(formatShare),
  ).toEqual([
    '0%',
    '<0.01%',
    '0.04%',
    '0.57%',
    '1%',
    '12.3%',
    '50%',
    '>99.9%',
    '>99.9%',
    '100%',
    '–',
  ]);
});

it('formats bytes', () => {
  expect(
    [0, 1, 999, 1000, 1234, 9960, 12345, 99_949, 999_499, 999_500, 8_123_456, 2.5e9, 7e15].map(
      formatBytes,
    ),
  ).toEqual(
    [
      '0 B',
      '1 B',
      '999 B',
      '1.0 kB',
      '1.2 kB',
      '10.0 kB',
      '12.3 kB',
      '99.9 kB',
      '999 kB',
      '1.0 MB',
      '8.1 MB',
      '2.5 GB',
      '7000 TB',
    ].map((text) => text.replace(' ', '\u202f')),
  );
});

it('formats ages', () => {
  const day = 86_400_000;
  expect(
    [0, 59_000, 60_000, 3 * 3_600_000, day, 13 * day, 40 * day, 800 * day].map((ms) =>
      formatAge(0, ms),
    ),
  ).toEqual([
    'just now',
    'just now',
    '1 minute ago',
    '3 hours ago',
    '1 day ago',
    '1 week ago',
    '1 month ago',
    '2 years ago',
  ]);
  expect(formatAge(100, 0)).toBe('just now');
});
