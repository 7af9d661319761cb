/** Spans whose start, end or both are unknown, in the model of a trace and what is computed of it. */
import { describe, expect, it } from 'vitest';
import { concurrency } from '$lib/trace/concurrency';
import { criticalPath, mainRoot } from '$lib/trace/critical-path';
import { buildFlame } from '$lib/trace/flame';
import { findRuns, kindsOf, runFigures, runIntervals } from '$lib/trace/rows';
import { FLAG, childIntervals, hasDuration, noDuration } from '$lib/trace/trace';
import { traceOf } from '../support/traces';

const UNKNOWN = NaN;

/** root 0–100 ─ a 10–40, b without a start, c that never ended, d without a valid end; b ─ e 60–80. */
const trace = traceOf([
  { start: 0, end: 100, selfNs: 70 },
  { parent: 0, start: 10, end: 40, operation: 'a', selfNs: 30 },
  {
    parent: 0,
    start: UNKNOWN,
    end: UNKNOWN,
    operation: 'b',
    selfNs: UNKNOWN,
    flags: FLAG.TIMELESS,
  },
  { parent: 0, start: 50, end: UNKNOWN, operation: 'c', selfNs: UNKNOWN, flags: FLAG.UNFINISHED },
  { parent: 0, start: 55, end: UNKNOWN, operation: 'd', selfNs: UNKNOWN, flags: FLAG.ENDLESS },
  { parent: 2, start: 60, end: 80, operation: 'e', selfNs: 20, service: 'other' },
]);
const at = (operation: string) =>
  trace.label.findIndex((label) => trace.labels[label].operation === operation);

describe('a trace with unknown times', () => {
  it('lasts as long as its known spans, and puts a span without a start at its parent’s', () => {
    expect(trace.durationNs).toBe(100);
    expect(Array.from(trace.startNs)).not.toContain(NaN);
    expect(Array.from(trace.durationNsOf).every((ns) => ns >= 0)).toBe(true);
    expect(trace.startNs[at('b')]).toBe(0);
    expect(trace.startNs[at('c')]).toBe(50);
    expect([trace.timelessCount, trace.endlessCount]).toEqual([1, 1]);
    expect(['a', 'b', 'c', 'd', 'e'].map((name) => hasDuration(trace.flags[at(name)]))).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
    expect(['a', 'b', 'c', 'd'].map((name) => noDuration(trace.flags[at(name)]))).toEqual([
      null,
      'no start time',
      'no end',
      'no valid end',
    ]);
  });

  it('knows of no skew where a time is unknown', () => {
    expect(trace.skewedCount).toBe(0);
    const late = { parent: 0, start: 5_000_000, end: 6_000_000, service: 'other' };
    const after = (flags: number) =>
      traceOf([{ start: 0, end: flags ? UNKNOWN : 1_000, flags }, late]).skewedCount;
    expect([after(0), after(FLAG.UNFINISHED), after(FLAG.TIMELESS)]).toEqual([1, 0, 0]);
  });

  it('has sums, paths and levels of the known ones', () => {
    const flame = buildFlame(trace);
    expect(flame.widthNs).toBe(120);
    expect(Array.from(flame.totalNs)).not.toContain(NaN);
    const timed = new Array<number>(flame.count).fill(0);
    for (let at = 0; at < trace.count; at++) {
      if (hasDuration(trace.flags[at])) timed[flame.nodeOf(at)]++;
    }
    expect(timed).toContain(0);
    expect(Array.from(flame.timed)).toEqual(timed);
    expect(mainRoot(trace)).toBe(0);
    const path = criticalPath(trace, 0);
    expect(path.endNs.reduce((sum, end, i) => sum + end - path.startNs[i], 0)).toBe(100);
    expect(Array.from(childIntervals(trace, 0))).toEqual([10, 40]);
    expect(concurrency(trace).max).toBe(2);
  });

  it('measures a run by its known members', () => {
    const members = Array.from({ length: 10 }, (_, i) =>
      i % 2
        ? { parent: 0, start: i, end: i + 10, operation: 'query' }
        : {
            parent: 0,
            start: i % 4 ? UNKNOWN : i,
            end: UNKNOWN,
            operation: 'query',
            flags: i % 4 ? FLAG.TIMELESS : FLAG.UNFINISHED,
          },
    );
    const all = traceOf([{ start: 0, end: 100 }, ...members]);
    const runs = findRuns(all, kindsOf(all), null);
    expect(runFigures(all, runs, 0, () => false)).toEqual({
      size: 10,
      timed: 5,
      sumNs: 50,
      p95Ns: 10,
      errors: 0,
    });
    // One that never ended is a moment.
    expect(Array.from(runIntervals(all, runs, 0))).toEqual([0, 0, 1, 19]);
    const none = traceOf([
      { start: 0, end: 100 },
      ...members.map((one) => ({ ...one, flags: FLAG.TIMELESS })),
    ]);
    const ofNone = findRuns(none, kindsOf(none), null);
    expect(runFigures(none, ofNone, 0, () => false)).toMatchObject({
      size: 10,
      timed: 0,
      p95Ns: NaN,
    });
    expect(runIntervals(none, ofNone, 0)).toHaveLength(0);
  });
});
