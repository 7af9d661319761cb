import {
  decimalStepAbove,
  linearRange,
  linearTicks,
  logRange,
  logTicks,
  loneIndexes,
  nearestIndex,
  stack,
  tickLabels,
} from '$lib/draw/plot-scale';
import { describe, expect, test } from 'vitest';

describe('linear axes', () => {
  test('ticks are round, exact, and about as many as asked for', () => {
    expect(linearTicks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(0, 0.00035, 4)).toEqual([0, 0.0001, 0.0002, 0.0003]);
    expect(linearTicks(-3, 3, 3)).toEqual([-2, 0, 2]);
    expect(linearTicks(1, 1, 3)).toEqual([]);
  });

  test('labels that would be cut are short, unless they were alike then', () => {
    const format = (value: number) => value.toLocaleString('en-US');
    expect(tickLabels([0, 1_000_000], format)).toEqual(['0', '1,000,000']);
    expect(tickLabels([0, 50_000_000, 100_000_000], format)).toEqual(['0', '50M', '100M']);
    expect(tickLabels([1_250_000_000], format)).toEqual(['1.25B']);
    const near = [1_763_000_000_001, 1_763_000_000_002];
    expect(tickLabels(near, format)).toEqual(near.map(format));
    expect(tickLabels([1e9, 2e9], (value) => `${value / 1e9} seconds`)).toEqual([
      '1 seconds',
      '2 seconds',
    ]);
  });

  test('steps go up by 1, 2, 5', () => {
    expect([0.3, 1, 1.1, 3, 7, 0.004].map(decimalStepAbove)).toEqual([0.5, 1, 2, 5, 10, 0.005]);
  });

  test('ranges begin at zero and end at a round value', () => {
    expect(linearRange([1, 87])).toEqual([0, 100]);
    expect(linearRange([NaN])).toEqual([0, 1]);
    expect(linearRange([0, 0])).toEqual([0, 1]);
    expect(linearRange([110, 120], 4, false)).toEqual([110, 120]);
    expect(linearRange([-5, 5])[0]).toBeLessThanOrEqual(-5);
  });
});

describe('logarithmic axes', () => {
  test('ranges are whole decades around what is positive', () => {
    expect(logRange([0, 3, 250, NaN])).toEqual([1, 1000]);
    expect(logRange([100])).toEqual([100, 1000]);
    expect(logRange([0.002])).toEqual([0.001, 0.01]);
    expect(logRange([0])).toBeNull();
  });

  test('ticks thin out with the decades', () => {
    expect(logTicks(1, 100, 8)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logTicks(1, 1e6, 4)).toEqual([1, 100, 10_000, 1e6]);
    expect(logTicks(0, 10, 4)).toEqual([]);
  });
});

test('stacks add up and take gaps for nothing', () => {
  expect(
    stack([
      [1, 2, NaN],
      [3, NaN, 5],
    ]).map((list) => [...list]),
  ).toEqual([
    [1, 2, 0],
    [4, 2, 5],
  ]);
});

test('lone values are those between gaps', () => {
  expect(loneIndexes([1, null, 2, null, 3, 4, NaN, 5])).toEqual([0, 2, 7]);
});

test('the nearest value is found, the lower one where two are as near', () => {
  const at = (value: number) => nearestIndex([0, 10, 20], value);
  expect([-5, 4, 5, 6, 100].map(at)).toEqual([0, 0, 0, 1, 2]);
  expect(nearestIndex([], 1)).toBe(-1);
});
