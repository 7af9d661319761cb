/**
 * Walking a graph with the arrow keys: from a node along its edges, from an edge to its ends, between the edges of a node, and
 * between nodes by position. The cursor is on a node or an edge; an edge remembers the node it was reached from.
 */
import type { Graph, GraphEdge } from './dependency-graph';

/** The cursor: a node, or an edge with the node it was reached from. */
export type Place = { node: string; edge?: undefined } | { node: string; edge: string };

export interface Spot {
  x: number;
  y: number;
}

export type Arrow = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

/**
 * Where an arrow key leads; the same place if it leads nowhere. Right goes to the busiest outgoing edge of a node, then to its
 * end; left to the busiest incoming edge, then to its start. Up and down go through the other edges on the same side, or to
 * the nodes above and below.
 */
export function step(graph: Graph, spots: ReadonlyMap<string, Spot>, at: Place, key: Arrow): Place {
  const edge = at.edge === undefined ? undefined : graph.edges.find(({ id }) => id === at.edge);
  if (!edge) {
    if (key === 'ArrowUp' || key === 'ArrowDown') {
      return { node: besides(spots, at.node, key === 'ArrowDown') ?? at.node };
    }
    const first = sideOf(graph, at.node, key === 'ArrowRight')[0];
    return first ? { node: at.node, edge: first.id } : at;
  }
  const isOut = edge.from === at.node;
  if (key === 'ArrowRight') return { node: isOut ? edge.to : at.node };
  if (key === 'ArrowLeft') return { node: isOut ? at.node : edge.from };
  const side = sideOf(graph, at.node, isOut);
  const next = side[side.indexOf(edge) + (key === 'ArrowDown' ? 1 : -1)];
  return next ? { node: at.node, edge: next.id } : at;
}

/** The outgoing or incoming edges of a node, busiest first. */
export function sideOf(graph: Graph, node: string, out: boolean): GraphEdge[] {
  return graph.edges
    .filter((edge) => (out ? edge.from : edge.to) === node)
    .sort((a, b) => b.calls - a.calls || (a.id < b.id ? -1 : 1));
}

/** The nearest node below or above; horizontal distance counts more, so that the cursor stays in its column. */
function besides(
  spots: ReadonlyMap<string, Spot>,
  node: string,
  below: boolean,
): string | undefined {
  const own = spots.get(node);
  if (!own) return undefined;
  let best: string | undefined;
  let least = Infinity;
  for (const [id, { x, y }] of spots) {
    const down = (y - own.y) * (below ? 1 : -1);
    if (id === node || down < 1) continue;
    const distance = down + 2 * Math.abs(x - own.x);
    if (distance < least) {
      least = distance;
      best = id;
    }
  }
  return best;
}

/**
 * Maps a top-down drawing to a left-to-right one: its positions, and the arrow keys. So in a top-down drawing, down follows
 * the edges.
 */
export function turnedSpots(spots: ReadonlyMap<string, Spot>): Map<string, Spot> {
  return new Map([...spots].map(([id, { x, y }]) => [id, { x: y, y: x }]));
}

export function turnedArrow(key: Arrow): Arrow {
  const turned = {
    ArrowLeft: 'ArrowUp',
    ArrowRight: 'ArrowDown',
    ArrowUp: 'ArrowLeft',
    ArrowDown: 'ArrowRight',
  } as const;
  return turned[key];
}

/** Nodes in reading order: by column from the left, each from the top. */
export function readingOrder(spots: ReadonlyMap<string, Spot>): string[] {
  return [...spots].sort(([, a], [, b]) => a.x - b.x || a.y - b.y).map(([id]) => id);
}
