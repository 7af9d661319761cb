/** A trace merged by call path, and as a tree of text. */
import { describe, expect, test } from 'vitest';
import { buildFlame, nodeAt } from '$lib/trace/flame';
import { mainAttributes, textTree } from '$lib/trace/text-tree';
import { FLAG, type Trace } from '$lib/trace/trace';
import { randomOf, traceOf, type Row } from '../support/traces';

/** Nodes as `path: spans, self, value`. */
function nodesOf(trace: Trace, root = -1, isHidden?: (position: number) => boolean) {
  const flame = buildFlame(trace, root, isHidden);
  const pathOf = (node: number): string => {
    const name = trace.labels[flame.label[node]].operation;
    return flame.parent[node] < 0 ? name : `${pathOf(flame.parent[node])}/${name}`;
  };
  return Array.from(
    { length: flame.count },
    (_, node) =>
      `${pathOf(node)}: ${flame.spans[node]}, ${flame.selfNs[node]}, ${flame.valueNs[node]}`,
  );
}

const TRACE = traceOf([
  { start: 0, end: 100, operation: 'run', selfNs: 20 },
  { parent: 0, start: 0, end: 30, operation: 'write', selfNs: 10 },
  { parent: 1, start: 5, end: 25, operation: 'llm', selfNs: 20 },
  { parent: 0, start: 30, end: 40, operation: 'review', selfNs: 10 },
  { parent: 0, start: 50, end: 90, operation: 'write', selfNs: 5 },
  { parent: 4, start: 50, end: 85, operation: 'llm', selfNs: 35, flags: FLAG.ERROR },
]);

describe('the flame graph', () => {
  test('merges spans that have the same operations above them, and adds up self times', () => {
    expect(nodesOf(TRACE)).toEqual([
      'run: 1, 20, 100',
      'run/write: 2, 15, 70',
      'run/write/llm: 2, 55, 55',
      'run/review: 1, 10, 10',
    ]);
    const flame = buildFlame(TRACE);
    expect(flame).toMatchObject({ widthNs: 100, maxDepth: 2 });
    expect([...flame.errors]).toEqual([0, 0, 1, 0]);
    expect(flame.totalNs[1]).toBe(70);
    expect(TRACE.spanNo[flame.longest[2]]).toBe(105);
    expect(flame.nodeOf(TRACE.positionOf(104))).toBe(1);
  });

  test('stands the widest child first, and finds what is under a point', () => {
    const flame = buildFlame(TRACE);
    expect([...flame.fromNs]).toEqual([0, 0, 0, 70]);
    expect([flame.firstChild[0], flame.nextSibling[1], flame.previousSibling[3]]).toEqual([
      1, 3, 1,
    ]);
    expect([nodeAt(flame, 0, 99), nodeAt(flame, 1, 69), nodeAt(flame, 1, 70)]).toEqual([0, 1, 3]);
    expect([nodeAt(flame, 1, 85), nodeAt(flame, 2, 75), nodeAt(flame, 0, 100)]).toEqual([
      -1, -1, -1,
    ]);
  });

  test('of a subtree begins at its root; of nothing it is empty', () => {
    expect(nodesOf(TRACE, TRACE.positionOf(104))).toEqual([
      'write: 1, 5, 40',
      'write/llm: 1, 35, 35',
    ]);
    expect(buildFlame(TRACE, TRACE.positionOf(104)).nodeOf(0)).toBe(-1);
    const empty = buildFlame(traceOf([]));
    expect(empty).toMatchObject({ count: 0, widthNs: 0 });
    expect(nodeAt(empty, 0, 0)).toBe(-1);
  });

  test('leaves hidden spans out, and what is below them moves up', () => {
    const isOf =
      (...operations: string[]) =>
      (position: number) =>
        operations.includes(TRACE.labels[TRACE.label[position]].operation);
    expect(nodesOf(TRACE, -1, isOf('write'))).toEqual([
      'run: 1, 20, 85',
      'run/llm: 2, 55, 55',
      'run/review: 1, 10, 10',
    ]);
    expect(nodesOf(TRACE, -1, isOf('run', 'review'))).toEqual([
      'write: 2, 15, 70',
      'write/llm: 2, 55, 55',
    ]);
    const write = TRACE.positionOf(104);
    expect(nodesOf(TRACE, write, isOf('write'))).toEqual([
      'write: 1, 5, 40',
      'write/llm: 1, 35, 35',
    ]);
    expect(buildFlame(TRACE, -1, isOf('write')).nodeOf(write)).toBe(0);
    expect(buildFlame(TRACE, -1, () => true)).toMatchObject({ count: 0, widthNs: 0 });
  });

  test('holds every span once and is as wide as all self times, whatever the spans', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = randomOf(seed);
      const rows = Array.from({ length: 1 + random(80) }, (_, i): Row => ({
        parent: i && random(8) ? random(i) : undefined,
        start: random(100),
        end: 100 + random(100),
        operation: 'abc'[random(3)],
        selfNs: random(50),
      }));
      const trace = traceOf(rows);
      const flame = buildFlame(trace);
      expect(flame.spans.reduce((sum, n) => sum + n, 0)).toBe(trace.count);
      expect(flame.widthNs).toBe(trace.selfNs.reduce((sum, ns) => sum + ns, 0));
      for (let node = 0; node < flame.count; node++) {
        const up = flame.parent[node];
        if (up < 0) continue;
        expect(flame.fromNs[node]).toBeGreaterThanOrEqual(flame.fromNs[up]);
        expect(flame.fromNs[node] + flame.valueNs[node]).toBeLessThanOrEqual(
          flame.fromNs[up] + flame.valueNs[up],
        );
      }
    }
  });

  test.each([
    ['a chain', (i: number) => ({ parent: i - 1, start: i, end: 400_000 - i, operation: `o${i}` })],
    ['a fan-out', (i: number) => ({ parent: 0, start: i, end: i + 1, operation: `o${i}` })],
  ])('of 200,000 spans in %s is built', (_name, rowOf) => {
    const rows = Array.from({ length: 200_000 }, (_, i) =>
      i ? rowOf(i) : { start: 0, end: 400_000 },
    );
    expect(buildFlame(traceOf(rows)).count).toBe(200_000);
  });
});

describe('the tree of text', () => {
  test('draws branches to what follows and ends them where nothing does', () => {
    const line = (depth: number, name: string, attributes = '') => ({
      depth,
      mark: '✔',
      name,
      duration: '1 ms',
      attributes,
    });
    expect(
      textTree([
        line(0, 'run', 'flock.workflow=true'),
        line(1, 'write'),
        line(2, 'llm'),
        line(3, 'http'),
        line(2, 'parse'),
        line(1, 'review'),
        line(2, 'llm'),
        line(0, 'other'),
      ]),
    ).toBe(
      [
        '✔ run (duration: 1 ms) flock.workflow=true',
        '├─ ✔ write (duration: 1 ms)',
        '│  ├─ ✔ llm (duration: 1 ms)',
        '│  │  └─ ✔ http (duration: 1 ms)',
        '│  └─ ✔ parse (duration: 1 ms)',
        '└─ ✔ review (duration: 1 ms)',
        '   └─ ✔ llm (duration: 1 ms)',
        '✔ other (duration: 1 ms)',
      ].join('\n'),
    );
    expect(textTree([])).toBe('');
  });

  test('puts the attributes first that say what a span did, in one line', () => {
    const entry = (key: string, value: string) => ({ key, value });
    expect(
      mainAttributes([
        entry('thread.id', '7'),
        entry('input.topic', 'a\n  long   text'),
        entry('custom', 'x'),
        entry('http.route', '/cart'),
        entry('empty', ''),
        entry('gen_ai.request.model', 'm'),
      ]),
    ).toBe(
      'gen_ai.request.model=m, http.route=/cart, custom=x, thread.id=7, input.topic=a long text',
    );
    expect(mainAttributes([entry('k', 'v'.repeat(100))])).toBe(`k=${'v'.repeat(59)}…`);
    const many = Array.from({ length: 50 }, (_, i) => entry(`key${i}`, 'value value value'));
    expect(mainAttributes(many).length).toBeLessThan(420);
    expect(mainAttributes(many)).toMatch(/, …$/);
  });
});
