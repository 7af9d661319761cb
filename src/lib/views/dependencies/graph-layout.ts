/** Where nodes and edges of a graph stand: what the layout's worker is told, and what it answers. Sizes in CSS pixels. */
import { Graph, layout } from '@dagrejs/dagre';

export interface LayoutRequest {
  /** Of the whole box, label included; x and y are its middle. */
  nodes: readonly { id: string; widthPx: number; heightPx: number }[];
  edges: readonly {
    id: string;
    from: string;
    to: string;
    /** Room for a label on the edge; 0 for none. */
    labelWidthPx: number;
    labelHeightPx: number;
    /** How much it should be short and straight. */
    weight: number;
  }[];
  /** Columns from the left, or rows from above. */
  direction: 'LR' | 'TB';
}

export interface Point {
  x: number;
  y: number;
}

export interface PlacedEdge {
  points: Point[];
  /** Where its label has room. */
  label: Point | null;
}

export interface GraphLayout {
  widthPx: number;
  heightPx: number;
  /** Middles, by id. */
  nodes: ReadonlyMap<string, Point>;
  edges: ReadonlyMap<string, PlacedEdge>;
}

const MARGIN_PX = 24;
/** Above this many edges the exact ranking takes seconds. */
const MANY_EDGES = 400;

/** A layered layout (dagre, after Gansner et al., 'A technique for drawing directed graphs', 1993). */
export function layOut({ nodes, edges, direction }: LayoutRequest): GraphLayout {
  const graph = new Graph({ multigraph: true, directed: true });
  graph.setGraph({
    rankdir: direction,
    nodesep: direction === 'LR' ? 20 : 28,
    edgesep: 12,
    ranksep: direction === 'LR' ? 64 : 56,
    marginx: MARGIN_PX,
    marginy: MARGIN_PX,
    ranker: edges.length > MANY_EDGES ? 'longest-path' : 'network-simplex',
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, widthPx, heightPx } of nodes) {
    graph.setNode(id, { width: widthPx, height: heightPx });
  }
  for (const { id, from, to, labelWidthPx, labelHeightPx, weight } of edges) {
    graph.setEdge(
      from,
      to,
      { width: labelWidthPx, height: labelHeightPx, labelpos: 'c', weight },
      id,
    );
  }
  layout(graph);

  const size = graph.graph() as { width?: number; height?: number };
  return {
    widthPx: size.width ?? 0,
    heightPx: size.height ?? 0,
    nodes: new Map(
      nodes.map(({ id }) => {
        const { x, y } = graph.node(id) as Point;
        return [id, { x, y }];
      }),
    ),
    edges: new Map(
      edges.map(({ id, from, to }) => {
        const placed = graph.edge(from, to, id) as { points: Point[]; x?: number; y?: number };
        const label =
          placed.x === undefined || placed.y === undefined ? null : { x: placed.x, y: placed.y };
        return [id, { points: placed.points.map(({ x, y }) => ({ x, y })), label }];
      }),
    ),
  };
}
