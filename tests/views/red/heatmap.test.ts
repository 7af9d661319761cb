import { describe, expect, test } from 'vitest';
import {
  BINS_PER_DECADE,
  ZERO_BIN,
  clipRegion,
  durationsOf,
  fineBin,
  heatmapOf,
  regionOf,
  strengthOf,
  sumOf,
} from '$lib/views/red/heatmap/heatmap';
import { cellAt, durationTicks, xOfColumn, yOfRow } from '$lib/views/red/heatmap/heatmap-draw';

/** A map of one column with a span of each of these durations. */
function mapOf(durations: number[], maxRows = 400) {
  return heatmapOf(
    {
      bucket: durations.map(() => 0),
      bin: durations.map(fineBin),
      spans: durations.map(() => 1),
      errors: durations.map((_, i) => i % 2),
    },
    1,
    maxRows,
  )!;
}

describe('bins', () => {
  test('whole decades begin a bin, to the nanosecond', () => {
    for (let decade = 0; decade <= 13; decade++) {
      const ns = 10 ** decade;
      expect(fineBin(ns)).toBe(decade * BINS_PER_DECADE);
      if (decade > 0) expect(fineBin(ns - 1)).toBeLessThan(decade * BINS_PER_DECADE);
    }
    expect(fineBin(0)).toBe(ZERO_BIN);
  });

  test.each([400, 40, 12, 3])('a row holds what lies between its durations (%i rows)', (rows) => {
    const durations = [1, 2, 3, 9, 10, 99, 100, 1_123, 999_999, 1e6, 7_943_283, 1e9, 3e9];
    const map = mapOf(durations, rows);
    expect(map.rows).toBeLessThanOrEqual(Math.max(rows, 10));
    for (let row = 0; row < map.rows; row++) {
      const { minNs, maxNs } = durationsOf(map, row);
      const inside = durations.filter((ns) => ns >= minNs && ns <= maxNs).length;
      expect(map.counts[row]).toBe(inside);
      if (row > 0) expect(minNs).toBe(durationsOf(map, row - 1).maxNs + 1);
    }
  });

  test('what took no time has a row of its own', () => {
    const map = mapOf([0, 0, 50]);
    expect(map.hasZero).toBe(true);
    expect(durationsOf(map, 0)).toEqual({ minNs: 0, maxNs: 0 });
    expect(map.counts[0]).toBe(2);
    expect(mapOf([0]).rows).toBe(1);
    expect(heatmapOf({ bucket: [], bin: [], spans: [], errors: [] }, 5, 10)).toBeNull();
  });

  test('cells outside the columns are left out', () => {
    const map = heatmapOf({ bucket: [0, 7], bin: [20, 20], spans: [1, 5], errors: [0, 0] }, 3, 10)!;
    expect(map.total).toBe(1);
  });
});

describe('regions', () => {
  const map = heatmapOf(
    { bucket: [0, 1, 2], bin: [20, 21, 22], spans: [1, 2, 4], errors: [0, 1, 0] },
    3,
    100,
  )!;

  test('lie between two cells and sum what is in them', () => {
    const region = regionOf({ column: 2, row: 0 }, { column: 0, row: 1 });
    expect(region).toEqual({ firstColumn: 0, lastColumn: 2, firstRow: 0, lastRow: 1 });
    expect(sumOf(map, region)).toEqual({ spans: 3, errors: 1 });
  });

  test('are cut to the picture', () => {
    expect(clipRegion(map, { firstColumn: -4, lastColumn: 1, firstRow: 2, lastRow: 9 })).toEqual({
      firstColumn: 0,
      lastColumn: 1,
      firstRow: 2,
      lastRow: 2,
    });
    expect(clipRegion(map, { firstColumn: 5, lastColumn: 9, firstRow: 0, lastRow: 0 })).toBeNull();
  });
});

describe('the picture', () => {
  const map = mapOf([1, 1e3, 1e6]);
  const place = {
    leftPx: 50,
    topPx: 10,
    widthPx: 100,
    heightPx: 200,
    fromNs: 0,
    toNs: 10,
    firstNs: 0,
    stepNs: 10,
  };

  test('a point is in the cell that is drawn there', () => {
    expect(xOfColumn(place, 1)).toBe(150);
    expect(yOfRow(place, map, map.rows - 1)).toBe(10);
    expect(cellAt(place, map, 60, 209)).toEqual({ column: 0, row: 0 });
    expect(cellAt(place, map, 60, 11)).toEqual({ column: 0, row: map.rows - 1 });
    expect(cellAt(place, map, 10, 11)).toBeNull();
    expect(cellAt(place, map, 500, -50, true)).toEqual({ column: 0, row: map.rows - 1 });
  });

  test('labels are round durations with room between them', () => {
    const marks = durationTicks(map, place);
    expect(marks.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['10\u202fns', '1\u202fµs', '1\u202fms']),
    );
    const ys = marks.map(({ at }) => at).sort((a, b) => a - b);
    for (let i = 1; i < ys.length; i++) expect(ys[i] - ys[i - 1]).toBeGreaterThanOrEqual(16);
  });

  test('more spans are stronger, and one is still seen', () => {
    expect(strengthOf(0, 100)).toBe(0);
    expect(strengthOf(1, 1)).toBe(1);
    expect(strengthOf(1, 1e6)).toBeGreaterThan(0.15);
    expect(strengthOf(100, 1e6)).toBeGreaterThan(strengthOf(10, 1e6));
    expect(strengthOf(1e6, 1e6)).toBe(1);
  });
});
