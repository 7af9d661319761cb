/**
 * Walking a graph by arrow keys: from a node along its edges, from an edge to its ends, among the edges of one node, and from
 * node to node as they stand. What is at hand is a node or an edge; edges are reached from a node and remember it.
 */
import type { Graph, GraphEdge } from './dependency-graph';

/** Where the keys are: a node, or an edge with the node that it was reached from. */
export type Place = { node: string; edge?: undefined } | { node: string; edge: string };

export interface Spot {
  x: number;
  y: number;
}

export type Arrow = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

/**
 * The place that an arrow leads to; the same place where it leads nowhere. Right goes along the busiest edge out of a node,
 * then to its end; left along the busiest edge in, then to its start. Up and down go through the other edges of the same
 * side, and through the nodes that stand above and below.
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

/** Edges out of a node or into it, the busiest first. */
export function sideOf(graph: Graph, node: string, out: boolean): GraphEdge[] {
  return graph.edges
    .filter((edge) => (out ? edge.from : edge.to) === node)
    .sort((a, b) => b.calls - a.calls || (a.id < b.id ? -1 : 1));
}

/** The nearest node below or above; sideways distance counts more, so that columns are walked along. */
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
 * A drawing that goes downwards, as if it went to the right: its spots, and the arrow that means the same there. So down
 * goes along the edges of such a drawing.
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

/** Nodes in the order in which they are read: by columns from the left, each from above. */
export function readingOrder(spots: ReadonlyMap<string, Spot>): string[] {
  return [...spots].sort(([, a], [, b]) => a.x - b.x || a.y - b.y).map(([id]) => id);
}
