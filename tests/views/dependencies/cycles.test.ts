/** Cycles: components against reachability by brute force, and the trips that are listed. */
import { components, findCycles, type Arc } from '$lib/views/dependencies/graph/cycles';
import { describe, expect, test } from 'vitest';

const arcs = (...texts: string[]): Arc[] =>
  texts.map((text) => {
    const [from, to, weight = '1'] = text.split(' ');
    return { from, to, weight: Number(weight) };
  });
const paths = (...texts: string[]) => findCycles(arcs(...texts)).map(({ path }) => path.join(' '));

/** Which nodes can be reached from which, by Floyd and Warshall. */
function reachable(targets: number[][]): boolean[][] {
  const n = targets.length;
  const reach = targets.map((list, i) =>
    Array.from({ length: n }, (_, j) => i === j || list.includes(j)),
  );
  for (let k = 0; k < n; k++)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) reach[i][j] ||= reach[i][k] && reach[k][j];
  return reach;
}

describe('components', () => {
  test('are the classes of nodes that reach each other, in random graphs', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (let round = 0; round < 200; round++) {
      const n = 1 + random(12);
      const targets = Array.from({ length: n }, () =>
        Array.from({ length: random(4) }, () => random(n)),
      );
      const reach = reachable(targets);
      const component = components(n, targets);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          expect(component[i] === component[j]).toBe(reach[i][j] && reach[j][i]);
    }
  });

  test('a chain of a hundred thousand nodes does not overflow the stack', () => {
    const n = 100_000;
    const targets = Array.from({ length: n }, (_, i) => [(i + 1) % n]);
    expect(new Set(components(n, targets))).toEqual(new Set([0]));
  });
});

describe('cycles', () => {
  test('there are none in a tree', () => {
    expect(paths('a b', 'a c', 'b d', 'c d')).toEqual([]);
    expect(findCycles([])).toEqual([]);
  });

  test('a writer and a critic', () => {
    const found = findCycles(
      arcs(
        'scout analyst 4',
        'analyst writer 6',
        'writer critic 9',
        'critic writer 5',
        'critic editor 4',
      ),
    );
    expect(found).toEqual([{ path: ['critic', 'writer'], weight: 5, componentSize: 2 }]);
  });

  test('a call of oneself is none', () => {
    expect(paths('a a', 'a b')).toEqual([]);
  });

  test('every arc of a component is on a trip', () => {
    // Two rings that share a node, and a short cut.
    expect(paths('a b 9', 'b c 9', 'c a 9', 'c d 2', 'd c 2', 'a c 1')).toEqual([
      'a b c',
      'c d',
      'a c',
    ]);
  });

  test('parallel arcs add up', () => {
    expect(findCycles(arcs('a b 1', 'a b 2', 'b a 7'))[0]).toMatchObject({ weight: 3 });
  });

  test('no more than asked for', () => {
    const all = Array.from({ length: 9 }, (_, i) =>
      arcs(`x${i} y${i} ${i + 1}`, `y${i} x${i} 9`),
    ).flat();
    expect(findCycles(all, 3)).toHaveLength(3);
  });
});
