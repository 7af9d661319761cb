/** The graph as data: what is folded, how it is walked, and where its parts stand. */
import {
  edgeWords,
  foldSmall,
  operationWords,
  tripIds,
  type Graph,
  type GraphEdge,
  type GraphNode,
} from '$lib/views/dependencies/graph/dependency-graph';
import { layOut, onShelves } from '$lib/views/dependencies/graph/graph-layout';
import { edgePath, shortLabel } from '$lib/views/dependencies/graph/graph-shape';
import { readingOrder, step, turnedArrow } from '$lib/views/dependencies/graph/graph-walk';
import { describe, expect, test } from 'vitest';

const node = (id: string, calls: number): GraphNode => ({
  id,
  kind: 'service',
  label: id,
  service: id,
  end: { name: id, operation: null },
  calls,
  spans: calls,
  errors: 0,
  timeNs: calls * 10,
  members: [],
});
const edge = (from: string, to: string, calls: number): GraphEdge => ({
  id: `${from}${to}`,
  kind: 'call',
  from,
  to,
  calls,
  errors: 1,
  timed: calls,
  totalNs: calls * 1000,
  quantilesNs: { p50: 1, p95: 2, p99: 3 },
  artifacts: '',
  members: [],
});

/** a calls b, c, d and e; b calls c. */
const GRAPH: Graph = {
  nodes: [node('a', 9), node('b', 8), node('c', 7), node('d', 2), node('e', 1)],
  edges: [
    edge('a', 'b', 8),
    edge('a', 'c', 3),
    edge('b', 'c', 4),
    edge('a', 'd', 2),
    edge('a', 'e', 1),
  ],
};

describe('folding', () => {
  test('what fits stays as it is', () => {
    expect(foldSmall(GRAPH, 5, 'calls')).toBe(GRAPH);
  });

  test('the smallest become one node, and calls add up', () => {
    const { nodes, edges } = foldSmall(GRAPH, 4, 'calls');
    expect(nodes.map(({ label }) => label)).toEqual(['a', 'b', 'c', '2 more']);
    const folded = edges.find(({ to }) => to === 'more')!;
    expect(folded).toMatchObject({ from: 'a', calls: 3, errors: 2, quantilesNs: null });
    expect(folded.members.map(({ id }) => id)).toEqual(['ad', 'ae']);
    const all = (of: readonly GraphEdge[]) => of.reduce((sum, { calls }) => sum + calls, 0);
    expect(all(edges)).toBe(all(GRAPH.edges));
  });

  test('the time of what is folded is unknown where none of it has a known one', () => {
    const withTimes = (times: Record<string, number | null>): Graph => ({
      ...GRAPH,
      nodes: GRAPH.nodes.map((one) => ({ ...one, timeNs: times[one.id] ?? null })),
    });
    const folded = (graph: Graph) => foldSmall(graph, 4, 'calls').nodes.at(-1)!;
    expect(folded(withTimes({ a: 1 })).timeNs).toBeNull();
    expect(folded(withTimes({ a: 1, d: 7 })).timeNs).toBe(7);
  });

  test('what is to be kept stays, however small', () => {
    const { nodes } = foldSmall(GRAPH, 3, 'calls', ['e']);
    expect(nodes.map(({ id }) => id)).toEqual(['a', 'e', 'more']);
  });
});

test('names of edges, of operations, and of a round trip', () => {
  const nodes = new Map(GRAPH.nodes.map((one) => [one.id, one]));
  expect(edgeWords(GRAPH.edges[0], nodes)).toBe('a → b');
  expect(operationWords('Agent', 'execute')).toBe('Agent.execute');
  expect(operationWords('frontend', 'GET /')).toBe('frontend · GET /');
  expect([...tripIds(GRAPH, ['a', 'b'])]).toEqual(['a', 'b', 'ab']);
  expect(shortLabel('shop.Recommendation/ForCustomer', 20)).toHaveLength(20);
  expect(shortLabel('cart')).toBe('cart');
});

describe('walking', () => {
  const spots = new Map([
    ['a', { x: 0, y: 50 }],
    ['b', { x: 100, y: 0 }],
    ['c', { x: 200, y: 50 }],
    ['d', { x: 100, y: 60 }],
    ['e', { x: 100, y: 120 }],
  ]);

  test('right along the busiest edge, down through the others, left back', () => {
    const first = step(GRAPH, spots, { node: 'a' }, 'ArrowRight');
    expect(first).toEqual({ node: 'a', edge: 'ab' });
    const second = step(GRAPH, spots, first, 'ArrowDown');
    expect(second).toEqual({ node: 'a', edge: 'ac' });
    expect(step(GRAPH, spots, second, 'ArrowRight')).toEqual({ node: 'c' });
    expect(step(GRAPH, spots, second, 'ArrowLeft')).toEqual({ node: 'a' });
    expect(step(GRAPH, spots, { node: 'c' }, 'ArrowLeft')).toEqual({ node: 'c', edge: 'bc' });
    expect(step(GRAPH, spots, { node: 'c', edge: 'bc' }, 'ArrowLeft')).toEqual({ node: 'b' });
    expect(step(GRAPH, spots, { node: 'c' }, 'ArrowRight')).toEqual({ node: 'c' });
  });

  test('up and down through the nodes of a column', () => {
    expect(step(GRAPH, spots, { node: 'b' }, 'ArrowDown')).toEqual({ node: 'd' });
    expect(step(GRAPH, spots, { node: 'e' }, 'ArrowUp')).toEqual({ node: 'd' });
    expect(step(GRAPH, spots, { node: 'b' }, 'ArrowUp')).toEqual({ node: 'b' });
    expect(readingOrder(spots)).toEqual(['a', 'b', 'd', 'e', 'c']);
    expect(turnedArrow('ArrowDown')).toBe('ArrowRight');
  });
});

describe('layout', () => {
  const request = (nodes: string[], edges: [string, string][], aspect = 1.5) =>
    layOut({
      direction: 'LR',
      aspect,
      nodes: nodes.map((id) => ({ id, widthPx: 80, heightPx: 60 })),
      edges: edges.map(([from, to]) => ({
        id: from + to,
        from,
        to,
        labelWidthPx: 0,
        labelHeightPx: 0,
        weight: 1,
      })),
    });

  test('callees stand to the right, also in a round trip; no nodes overlap', () => {
    const { nodes, edges } = request(
      ['a', 'b', 'c', 'x', 'y', 'alone'],
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'b'],
        ['x', 'y'],
      ],
    );
    expect(nodes.get('b')!.x).toBeGreaterThan(nodes.get('a')!.x);
    expect(nodes.get('y')!.x).toBeGreaterThan(nodes.get('x')!.x);
    expect(edges.size).toBe(4);
    const all = [...nodes.values()];
    for (const [i, p] of all.entries())
      for (const q of all.slice(i + 1))
        expect(Math.abs(p.x - q.x) >= 80 || Math.abs(p.y - q.y) >= 60).toBe(true);
  });

  test('parts stand on shelves that suit the window', () => {
    const boxes = Array.from({ length: 12 }, () => ({ widthPx: 100, heightPx: 100 }));
    const wide = onShelves(boxes, 3);
    const high = onShelves(boxes, 1 / 3);
    expect(wide.widthPx / wide.heightPx).toBeCloseTo(3, 0);
    expect(high.heightPx / high.widthPx).toBeCloseTo(3, 0);
    expect(onShelves([], 1)).toEqual({ at: [], widthPx: 0, heightPx: 0 });
  });

  test('an edge ends at the circle, whatever way it comes', () => {
    const from = { x: 0, y: 0, radiusPx: 10 };
    const to = { x: 100, y: 0, radiusPx: 20 };
    const points = [
      { x: 10, y: 0 },
      { x: 40, y: 30 },
      { x: 60, y: 30 },
      { x: 80, y: 0 },
    ];
    for (const placed of [null, { points, label: null }]) {
      const [x, y] = edgePath(from, to, placed, 2).head.slice(1).split(/[ L]/).map(Number);
      expect(Math.hypot(x - to.x, y - to.y)).toBeCloseTo(22, 0);
    }
  });
});
