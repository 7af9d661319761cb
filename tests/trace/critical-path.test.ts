/** The critical path of a trace, and how many of its spans run at once. */
import { describe, expect, test } from 'vitest';
import { concurrency, highestPerPixel } from '$lib/trace/concurrency';
import {
  criticalPath,
  criticalShares,
  mainRoot,
  type CriticalPath,
} from '$lib/trace/critical-path';
import { FLAG, type Trace } from '$lib/trace/trace';
import { randomOf, traceOf, type Row } from '../support/traces';

const sections = (trace: Trace, path = criticalPath(trace, mainRoot(trace))) =>
  [...path.position].map((at, i) => [trace.spanNo[at] - 100, path.startNs[i], path.endNs[i]]);

const coveredNs = ({ startNs, endNs }: CriticalPath) =>
  startNs.reduce((sum, start, i) => sum + endNs[i] - start, 0);

describe('the critical path', () => {
  test('of a span alone is the span', () => {
    expect(sections(traceOf([{ start: 5, end: 9 }]))).toEqual([[0, 5, 9]]);
    expect(sections(traceOf([{ start: 5, end: 5 }]))).toEqual([]);
    expect(sections(traceOf([]))).toEqual([]);
  });

  test('goes from the child that finished last to the one that had finished by its start', () => {
    //  0 |------------------------------| 100
    //  1    |------| 10–40
    //  2      |---------| 20–60               the end of 2 was waited for, so 1 was not
    //  3                   |--------| 65–95
    //  4                     |--| 70–80
    const trace = traceOf([
      { start: 0, end: 100 },
      { parent: 0, start: 10, end: 40 },
      { parent: 0, start: 20, end: 60 },
      { parent: 0, start: 65, end: 95 },
      { parent: 3, start: 70, end: 80 },
    ]);
    expect(sections(trace)).toEqual([
      [0, 0, 20],
      [2, 20, 60],
      [0, 60, 65],
      [3, 65, 70],
      [4, 70, 80],
      [3, 80, 95],
      [0, 95, 100],
    ]);
    const path = criticalPath(trace, 0);
    expect(path.sectionsOf(trace.positionOf(103))).toEqual([65, 70, 80, 95]);
    expect(path.sectionsOf(trace.positionOf(101))).toEqual([]);
    expect(path.sectionsWithin(trace.positionOf(102), trace.count)).toEqual([20, 60, 65, 95]);
  });

  test('children one after the other, without gaps, leave nothing to the parent', () => {
    const trace = traceOf([
      { start: 0, end: 30 },
      { parent: 0, start: 0, end: 10 },
      { parent: 0, start: 10, end: 20 },
      { parent: 0, start: 20, end: 30 },
    ]);
    expect(sections(trace).map(([no]) => no)).toEqual([1, 2, 3]);
  });

  test('of children that end together the longest counts', () => {
    const trace = traceOf([
      { start: 0, end: 100 },
      { parent: 0, start: 80, end: 90 },
      { parent: 0, start: 10, end: 90 },
    ]);
    expect(sections(trace)).toEqual([
      [0, 0, 10],
      [2, 10, 90],
      [0, 90, 100],
    ]);
  });

  test('a child that outlives its parent counts as far as the parent lasted', () => {
    expect(
      sections(
        traceOf([
          { start: 0, end: 100 },
          { parent: 0, start: 40, end: 500 },
          { parent: 1, start: 60, end: 400 },
          { parent: 1, start: 200, end: 450 },
        ]),
      ),
    ).toEqual([
      [0, 0, 40],
      [1, 40, 60],
      [2, 60, 100],
    ]);
  });

  test('but gives way to children that were waited for, unless it is the server of a call', () => {
    const rows: Row[] = [
      { start: 0, end: 1000 },
      { parent: 0, start: 100, end: 5000 },
      { parent: 0, start: 300, end: 900 },
    ];
    expect(sections(traceOf(rows))).toEqual([
      [0, 0, 300],
      [2, 300, 900],
      [0, 900, 1000],
    ]);
    rows[1].flags = FLAG.SERVER;
    expect(sections(traceOf(rows))).toEqual([
      [0, 0, 100],
      [1, 100, 1000],
    ]);
    // A hundredth more is a clock that differs.
    rows[1] = { parent: 0, start: 100, end: 1010 };
    expect(sections(traceOf(rows)).map(([no]) => no)).toEqual([0, 1]);
  });

  test('a consumer does not hold up its producer, but what it does is held up by it', () => {
    const rows: Row[] = [
      { start: 0, end: 100, flags: FLAG.PRODUCER },
      { parent: 0, start: 20, end: 90, flags: FLAG.CONSUMER },
    ];
    expect(sections(traceOf(rows))).toEqual([[0, 0, 100]]);
    rows[0].flags = 0;
    expect(sections(traceOf(rows)).map(([no]) => no)).toEqual([0, 1, 0]);
  });

  test('under a clock that differs, children are cut to their parent or left out', () => {
    const trace = traceOf([
      { start: 100, end: 200 },
      { parent: 0, start: 50, end: 150 },
      { parent: 1, start: 60, end: 90 },
      { parent: 0, start: 10, end: 40 },
      { parent: 0, start: 300, end: 400 },
    ]);
    expect(sections(trace)).toEqual([
      [1, 100, 150],
      [0, 150, 200],
    ]);
  });

  test('an overlap of a hundredth of the parent is taken for one after the other', () => {
    const rows = (endOfFirst: number): Row[] => [
      { start: 0, end: 1000 },
      { parent: 0, start: 100, end: endOfFirst },
      { parent: 0, start: 500, end: 900 },
    ];
    expect(sections(traceOf(rows(510)))).toEqual([
      [0, 0, 100],
      [1, 100, 500],
      [2, 500, 900],
      [0, 900, 1000],
    ]);
    expect(sections(traceOf(rows(511)))).toEqual([
      [0, 0, 500],
      [2, 500, 900],
      [0, 900, 1000],
    ]);
  });

  test('starts at the longest root that is one, or at the span that is asked for', () => {
    const trace = traceOf([
      { start: 0, end: 10 },
      { start: 20, end: 60 },
      { start: 0, end: 500, flags: FLAG.ORPHAN },
      { parent: 2, start: 100, end: 200 },
    ]);
    expect(trace.spanNo[mainRoot(trace)]).toBe(101);
    expect(sections(trace, criticalPath(trace, trace.positionOf(103)))).toEqual([[3, 100, 200]]);
    expect(mainRoot(traceOf([{ start: 0, end: 1, flags: FLAG.ORPHAN }]))).toBe(0);
    expect(mainRoot(traceOf([]))).toBe(-1);
  });

  test('covers its root exactly and without overlap, whatever the spans', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomOf(seed);
      const rows = Array.from({ length: 2 + random(60) }, (_, i): Row => {
        const start = random(1000);
        return {
          // Some have no parent, and many lie outside it.
          parent: i && random(10) ? random(i) : undefined,
          start,
          end: start + random(random(3) ? 200 : 2000),
          flags: [0, FLAG.SERVER, FLAG.CONSUMER, FLAG.PRODUCER][random(4)],
        };
      });
      const trace = traceOf(rows);
      for (const root of [mainRoot(trace), random(trace.count)]) {
        const path = criticalPath(trace, root);
        expect(coveredNs(path), `seed ${seed}`).toBe(trace.durationNsOf[root]);
        path.position.forEach((at, i) => {
          expect(path.endNs[i]).toBeGreaterThan(path.startNs[i]);
          const before = i ? path.endNs[i - 1] : trace.startNs[root];
          expect(path.startNs[i]).toBe(before);
          expect(path.startNs[i]).toBeGreaterThanOrEqual(trace.startNs[at]);
          expect(path.endNs[i]).toBeLessThanOrEqual(trace.startNs[at] + trace.durationNsOf[at]);
          expect(at >= root && at < trace.subtreeEnd[root]).toBe(true);
        });
        const shares = criticalShares(trace, path);
        expect(shares.reduce((sum, { ns }) => sum + ns, 0)).toBe(trace.durationNsOf[root]);
      }
    }
  });

  test('its shares are by service and operation, most first', () => {
    const trace = traceOf([
      { start: 0, end: 100, service: 'web', operation: 'GET' },
      { parent: 0, start: 10, end: 30, service: 'db', operation: 'SELECT' },
      { parent: 0, start: 30, end: 90, service: 'db', operation: 'SELECT' },
    ]);
    expect(criticalShares(trace, criticalPath(trace, 0))).toEqual([
      { service: 'db', operation: 'SELECT', ns: 80, spans: 2, longest: 2 },
      { service: 'web', operation: 'GET', ns: 20, spans: 1, longest: 0 },
    ]);
  });

  test.each([
    ['a chain', (i: number, n: number) => ({ parent: i - 1, start: i, end: 2 * n - i })],
    ['steps', (i: number) => ({ parent: 0, start: i, end: i + 1 })],
    [
      'a fan-out',
      (i: number, n: number) => ({ parent: 0, start: i % 1000, end: n + ((i * 7919) % n) }),
    ],
    [
      'a tree',
      (i: number, n: number) => ({ parent: (i - 1) >> 3, start: i, end: n + ((i * 31) % n) }),
    ],
  ])('of 200,000 spans in %s is found quickly', (_name, rowOf) => {
    const n = 200_000;
    const trace = traceOf(
      Array.from({ length: n }, (_, i) => (i ? rowOf(i, n) : { start: 0, end: 2 * n })),
    );
    const path = criticalPath(trace, 0);
    expect(coveredNs(path)).toBe(2 * n);
  });
});

describe('concurrency', () => {
  test('counts the spans that run, and none twice where one ends and the next begins', () => {
    const trace = traceOf([
      { start: 0, end: 100 },
      { parent: 0, start: 10, end: 30 },
      { parent: 0, start: 20, end: 40 },
      { parent: 0, start: 40, end: 50 },
      { parent: 0, start: 45, end: 45 },
    ]);
    const steps = concurrency(trace);
    expect([...steps.timeNs]).toEqual([0, 10, 20, 30, 40, 50, 100]);
    expect([...steps.level]).toEqual([1, 2, 3, 2, 2, 1, 0]);
    expect(steps).toMatchObject({ max: 3, maxAtNs: 20 });
    expect([...highestPerPixel(steps, 100, 10)]).toEqual([1, 2, 3, 2, 2, 1, 1, 1, 1, 1]);
    expect([...highestPerPixel(steps, 100, 2)]).toEqual([3, 1]);
  });

  test('of nothing is none', () => {
    expect(concurrency(traceOf([]))).toMatchObject({ max: 0 });
    expect(concurrency(traceOf([{ start: 3, end: 3 }]))).toMatchObject({ max: 0 });
  });
});
