import {
  NO_SLO,
  NO_SLOS,
  breachesOf,
  burnRate,
  parsePercent,
  parseSlos,
  sloOf,
  slosText,
  type Slo,
  type Slos,
} from '$lib/state/thresholds';
import { describe, expect, test } from 'vitest';

const STRICT: Slo = { errorRate: 0.001, duration: { percentile: 99, limitNs: 1_500_000 } };
const ERRORS: Slo = { errorRate: 0.05, duration: null };
const SLOS: Slos = {
  usual: { errorRate: 0.01, duration: { percentile: 95, limitNs: 500_000_000 } },
  services: new Map([
    ['cart', ERRORS],
    ['it\'s; a "b"/c', STRICT],
    ['', NO_SLO],
  ]),
};

describe('as text', () => {
  test('is short and says what it means', () => {
    expect(slosText({ usual: SLOS.usual, services: new Map([['cart', ERRORS]]) })).toBe(
      'errors:1,p95:500ms;cart/errors:5',
    );
    expect(slosText(NO_SLOS)).toBe('');
  });

  test('comes back whole, whatever services are called', () => {
    const back = parseSlos(slosText(SLOS));
    expect(back.usual).toEqual(SLOS.usual);
    expect(Object.fromEntries(back.services)).toEqual(Object.fromEntries(SLOS.services));
    expect(slosText(back)).toBe(slosText(SLOS));
    expect(slosText(parseSlos('errors:0.1'))).toBe('errors:0.1');
  });

  test('parts that make no sense are left out', () => {
    expect(parseSlos('')).toBe(NO_SLOS);
    expect(parseSlos('nonsense;;"')).toBe(NO_SLOS);
    expect(parseSlos('errors:200,p95:1s').usual).toEqual({
      errorRate: null,
      duration: { percentile: 95, limitNs: 1e9 },
    });
    expect(parseSlos('errors:1;bad bad/errors:2').usual.errorRate).toBe(0.01);
  });

  test('percentages are 0 to 100', () => {
    expect([' 1 %', '0', '100', '101', '-1', 'x', ''].map(parsePercent)).toEqual([
      0.01,
      0,
      1,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('breaches', () => {
  test('a limit that is just reached is met', () => {
    expect(breachesOf(SLOS.usual, { errorRate: 0.01, p95Ns: 5e8 })).toEqual([]);
    const both = breachesOf(SLOS.usual, { errorRate: 0.0101, p95Ns: 5e8 + 1 });
    expect(both.map(({ of }) => of)).toEqual(['errors', 'duration']);
    expect(both[0].text).toBe('Error rate 1.01% is above 1%');
  });

  test('what is not known is not judged', () => {
    expect(breachesOf(STRICT, { errorRate: null, p95Ns: 1e12 })).toEqual([]);
    expect(breachesOf(STRICT, { errorRate: NaN, p99Ns: NaN })).toEqual([]);
    expect(breachesOf(NO_SLO, { errorRate: 1, p95Ns: 1e12 })).toEqual([]);
  });

  test("a service's own objective stands in the place of the usual one", () => {
    expect(sloOf(SLOS, 'cart')).toBe(ERRORS);
    expect(sloOf(SLOS, 'other')).toBe(SLOS.usual);
    expect(sloOf(SLOS, '')).toBe(NO_SLO);
    expect(sloOf(SLOS, null)).toBe(SLOS.usual);
  });
});

test('the burn rate is the observed rate by the allowed one', () => {
  expect(burnRate(0.02, 0.01)).toBe(2);
  expect(burnRate(0, 0)).toBe(0);
  expect(burnRate(0.5, 0)).toBe(Infinity);
  expect(burnRate(NaN, 0)).toBeNaN();
});
