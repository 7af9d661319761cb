/** Colours, ticks, scales and text for canvases. */
import { describe, expect, test } from 'vitest';
import { assignHues, CATEGORY_COUNT, colourIndex, colourVar, useHuesOf } from '$lib/draw/colour';
import { TextMeasure } from '$lib/draw/text';
import { roundStep, ticks } from '$lib/draw/ticks';
import { nsAt, nsPerPx, xAt } from '$lib/draw/time-scale';

const US = 1e3;
const S = 1e9;
const MIN = 60 * S;
const H = 60 * MIN;

test('a name has one colour for ever', () => {
  // Links and screenshots rely on these: a change of the hash changes everybody's colours.
  expect(['frontend', 'checkout', 'Agent', 'Flock', ''].map(colourIndex)).toEqual(EXPECTED_COLOURS);
  expect(colourVar('frontend')).toBe(`var(--cat-${EXPECTED_COLOURS[0]})`);
  const counts = new Array<number>(CATEGORY_COUNT).fill(0);
  for (let i = 0; i < 1200; i++) counts[colourIndex(`service-${i}`)]++;
  expect(Math.min(...counts)).toBeGreaterThan(60);
  expect(Math.max(...counts)).toBeLessThan(140);
});
const EXPECTED_COLOURS = [4, 5, 0, 8, 6];

describe('services of one dataset', () => {
  const names = Array.from({ length: 40 }, (_, i) => `service-${i}`);

  test('twelve have twelve hues, the busiest the one of its name, in every view', () => {
    const twelve = names.slice(0, 12);
    const own = colourIndex(twelve[0]);
    expect(new Set(twelve.map(colourIndex)).size).toBeLessThan(12);
    useHuesOf({ names: twelve, together: [] });
    expect(new Set(twelve.map(colourIndex)).size).toBe(12);
    expect(colourIndex(twelve[0])).toBe(own);
    expect(colourVar(twelve[5])).toBe(`var(--cat-${colourIndex(twelve[5])})`);
    useHuesOf({ names: [], together: [] });
    expect(new Set(twelve.map(colourIndex)).size).toBeLessThan(12);
  });

  test('of more, those of one trace differ', () => {
    const together = [names.slice(10, 15), [names[0], names[20], names[39]], names.slice(30, 34)];
    const hues = assignHues({ names, together });
    for (const set of together)
      expect(new Set(set.map((name) => hues.get(name))).size).toBe(set.length);
    expect(hues).toEqual(assignHues({ names, together }));
  });

  test('of thirteen in one trace, two share a hue', () => {
    const thirteen = names.slice(0, 13);
    const hues = assignHues({ names: thirteen, together: [thirteen] });
    expect(new Set(hues.values()).size).toBe(12);
    expect(hues.size).toBe(13);
  });
});

describe('ticks', () => {
  const labels = (startNs: number, endNs: number, widthPx = 1000) => {
    const { ticks: list, unit, base } = ticks(startNs, endNs, widthPx, 100);
    return { labels: list.map(({ label }) => label), unit, base };
  };

  test('steps are round in every unit', () => {
    expect([0.2, 1, 3, 7, 60, 260 * US, 0.4 * S].map(roundStep)).toEqual([
      1,
      1,
      5,
      10,
      100,
      500 * US,
      0.5 * S,
    ]);
    expect(
      [0.6 * S, 7 * S, 20 * S, 31 * S, 11 * MIN, 50 * MIN, 5 * H, 13 * H].map(roundStep),
    ).toEqual([1 * S, 10 * S, 30 * S, MIN, 15 * MIN, H, 6 * H, 24 * H]);
    expect(roundStep(40 * 24 * H)).toBe(50 * 24 * H);
  });

  test.each([
    [
      0,
      10,
      { labels: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10'], unit: 'ns', base: '' },
    ],
    [
      0,
      830 * US,
      {
        labels: ['0', '100', '200', '300', '400', '500', '600', '700', '800'],
        unit: 'µs',
        base: '',
      },
    ],
    [0, 1.24 * S, { labels: ['0', '0.2', '0.4', '0.6', '0.8', '1.0', '1.2'], unit: 's', base: '' }],
    [
      0,
      2 * MIN,
      { labels: ['0', '15', '30', '45', '60', '75', '90', '105', '120'], unit: 's', base: '' },
    ],
    [
      0,
      30 * MIN,
      {
        labels: ['0:00', '5:00', '10:00', '15:00', '20:00', '25:00', '30:00'],
        unit: 'min:s',
        base: '',
      },
    ],
    [
      0,
      5 * H,
      {
        labels: [
          '0:00',
          '0:30',
          '1:00',
          '1:30',
          '2:00',
          '2:30',
          '3:00',
          '3:30',
          '4:00',
          '4:30',
          '5:00',
        ],
        unit: 'h:min',
        base: '',
      },
    ],
    [
      0,
      3 * 24 * H,
      { labels: ['0d', '0d 12h', '1d', '1d 12h', '2d', '2d 12h', '3d'], unit: 'd h', base: '' },
    ],
  ])('%s … %s', (start, end, expected) => {
    expect(labels(start, end)).toEqual(expected);
  });

  test('deep inside a long trace labels count from a base', () => {
    const start = 12.0003 * S;
    const { labels: list, unit, base } = labels(start, start + 400);
    expect(base).toBe('12.0003\u202fs');
    expect(unit).toBe('ns');
    expect(list).toEqual(['+0', '+50', '+100', '+150', '+200', '+250', '+300', '+350', '+400']);
  });

  test('labels are all different, short and in order at any zoom', () => {
    for (let power = 1; power < 17; power++) {
      for (const share of [0, 0.123456789, 0.987654321]) {
        const width = 10 ** power;
        const start = share * 9e15;
        const { ticks: list } = ticks(start, start + width, 900, 90);
        expect(list.length).toBeGreaterThan(0);
        expect(list.length).toBeLessThanOrEqual(11);
        expect(new Set(list.map(({ label }) => label)).size).toBe(list.length);
        for (const { label, ns } of list) {
          expect(label.length).toBeLessThanOrEqual(12);
          expect(ns).toBeGreaterThanOrEqual(start);
          expect(ns).toBeLessThanOrEqual(start + width);
        }
      }
    }
  });

  test('no width, no ticks', () => {
    expect(ticks(5, 5, 100, 50).ticks).toEqual([]);
    expect(ticks(0, 5, 0, 50).ticks).toEqual([]);
    expect(ticks(NaN, 5, 100, 50).ticks).toEqual([]);
  });
});

test('scales go both ways', () => {
  const scale = { startNs: 100, endNs: 300, widthPx: 50 };
  expect(xAt(scale, 200)).toBe(25);
  expect(nsAt(scale, 25)).toBe(200);
  expect(nsPerPx(scale)).toBe(4);
});

describe('text', () => {
  let measured = 0;
  const ctx = {
    font: '',
    measureText: (text: string) => {
      measured++;
      return { width: [...text].length * 10 };
    },
  } as unknown as CanvasRenderingContext2D;
  const text = new TextMeasure(ctx, '12px x');

  test('each character is measured once', () => {
    expect(text.widthPx('aabb')).toBe(40);
    expect(text.widthPx('abab')).toBe(40);
    expect(measured).toBe(2);
  });

  test('is cut with an ellipsis, never inside a character', () => {
    expect(text.fit('abcd', 40)).toBe('abcd');
    expect(text.fit('abcde', 40)).toBe('abc…');
    expect(text.fit('a😀😀😀', 30)).toBe('a😀…');
    expect(text.fit('abc', 15)).toBe('');
    expect(text.fit('', 0)).toBe('');
  });
});
