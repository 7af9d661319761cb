/** The layout of a graph: the request to the layout's worker, and its result. Sizes in CSS pixels. */
import { Graph, layout } from '@dagrejs/dagre';

export interface LayoutNode {
  id: string;
  /** Size of the whole box, including the label. */
  widthPx: number;
  heightPx: number;
}

export interface LayoutEdge {
  id: string;
  from: string;
  to: string;
  /** Space for a label on the edge; 0 for none. */
  labelWidthPx: number;
  labelHeightPx: number;
  /** How important it is that this edge is short and straight. */
  weight: number;
}

export interface LayoutRequest {
  nodes: readonly LayoutNode[];
  edges: readonly LayoutEdge[];
  /** Columns from the left, or rows from the top. */
  direction: 'LR' | 'TB';
  /** Aspect ratio (width / height) of the window that the whole should fit. */
  aspect: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface PlacedEdge {
  points: Point[];
  /** The place for its label. */
  label: Point | null;
}

export interface GraphLayout {
  widthPx: number;
  heightPx: number;
  /** Centres, by id. */
  nodes: ReadonlyMap<string, Point>;
  edges: ReadonlyMap<string, PlacedEdge>;
}

const MARGIN_PX = 16;
const SHELF_TRIES = 24;
/** Smaller graphs are drawn more densely, so that they can be seen at a glance. */
const MANY_NODES = 15;
/** Above this many edges the exact ranking takes seconds. */
const MANY_EDGES = 400;

/**
 * A layered layout (dagre, after Gansner et al., 'A technique for drawing directed graphs', 1993) of each connected component,
 * with the components on shelves that suit the window.
 */
export function layOut(request: LayoutRequest): GraphLayout {
  const parts = connectedParts(request)
    .map(layOutPart)
    .map((part) => stretched(part, request));
  const places = onShelves(parts, request.aspect);
  const nodes = new Map<string, Point>();
  const edges = new Map<string, PlacedEdge>();
  for (const [i, part] of parts.entries()) {
    const move = ({ x, y }: Point): Point => ({ x: x + places.at[i].x, y: y + places.at[i].y });
    for (const [id, point] of part.nodes) nodes.set(id, move(point));
    for (const [id, { points, label }] of part.edges) {
      edges.set(id, { points: points.map(move), label: label && move(label) });
    }
  }
  return { widthPx: places.widthPx, heightPx: places.heightPx, nodes, edges };
}

/** The connected components of the graph. */
function connectedParts(request: LayoutRequest): LayoutRequest[] {
  const root = new Map(request.nodes.map(({ id }) => [id, id]));
  const find = (id: string): string => {
    let at = id;
    while (root.get(at) !== at) {
      root.set(at, root.get(root.get(at)!)!);
      at = root.get(at)!;
    }
    return at;
  };
  for (const { from, to } of request.edges) root.set(find(from), find(to));
  const parts = new Map<string, { nodes: LayoutNode[]; edges: LayoutEdge[] }>();
  for (const node of request.nodes) {
    const part = parts.get(find(node.id));
    if (part) part.nodes.push(node);
    else parts.set(find(node.id), { nodes: [node], edges: [] });
  }
  for (const edge of request.edges) parts.get(find(edge.from))!.edges.push(edge);
  return [...parts.values()].map((part) => ({ ...request, ...part }));
}

/** Ranks are not moved apart by more than this factor. */
const MAX_STRETCH = 4;

/** Many nodes in one rank make a tall, narrow drawing, so its ranks are moved apart as far as the window allows. */
function stretched(part: GraphLayout, { direction, aspect }: LayoutRequest): GraphLayout {
  const isAcross = direction === 'LR';
  const roomPx = isAcross ? part.heightPx * aspect : part.widthPx / aspect;
  const factor = Math.min(MAX_STRETCH, (roomPx / (isAcross ? part.widthPx : part.heightPx)) * 0.9);
  if (!(factor > 1) || part.nodes.size < MANY_NODES) return part;
  const move = ({ x, y }: Point): Point => (isAcross ? { x: x * factor, y } : { x, y: y * factor });
  return {
    widthPx: isAcross ? part.widthPx * factor : part.widthPx,
    heightPx: isAcross ? part.heightPx : part.heightPx * factor,
    nodes: new Map([...part.nodes].map(([id, point]) => [id, move(point)])),
    edges: new Map(
      [...part.edges].map(([id, { points, label }]) => [
        id,
        { points: points.map(move), label: label && move(label) },
      ]),
    ),
  };
}

interface Shelves {
  /** Top left corners, in the order of the components. */
  at: Point[];
  widthPx: number;
  heightPx: number;
}

/** Rows of boxes, tallest first. Of several row widths, the one that shows the whole at the largest scale wins. */
export function onShelves(
  boxes: readonly { widthPx: number; heightPx: number }[],
  aspect: number,
): Shelves {
  const order = [...boxes.keys()].sort((a, b) => boxes[b].heightPx - boxes[a].heightPx);
  const widest = Math.max(0, ...boxes.map(({ widthPx }) => widthPx));
  const sum = boxes.reduce((all, { widthPx }) => all + widthPx, 0);
  let best: Shelves | null = null;
  for (let i = 0; i <= SHELF_TRIES; i++) {
    const tried = shelves(widest + ((sum - widest) * i) / SHELF_TRIES);
    if (!best || extent(tried) < extent(best)) best = tried;
  }
  return best!;

  /** Height of the smallest window with this aspect ratio that contains it. */
  function extent({ widthPx, heightPx }: Shelves): number {
    return Math.max(heightPx, widthPx / aspect);
  }

  function shelves(limitPx: number): Shelves {
    const at: Point[] = [];
    const whole = { widthPx: 0, heightPx: 0 };
    let x = 0;
    let y = 0;
    for (const box of order) {
      const { widthPx, heightPx } = boxes[box];
      if (x > 0 && x + widthPx > limitPx) {
        x = 0;
        y = whole.heightPx;
      }
      at[box] = { x, y };
      x += widthPx;
      whole.widthPx = Math.max(whole.widthPx, x);
      whole.heightPx = Math.max(whole.heightPx, y + heightPx);
    }
    return { at, ...whole };
  }
}

function layOutPart({ nodes, edges, direction }: LayoutRequest): GraphLayout {
  const hasLabels = edges.some(({ labelWidthPx }) => labelWidthPx > 0);
  const graph = new Graph({ multigraph: true, directed: true });
  graph.setGraph({
    rankdir: direction,
    nodesep: direction === 'LR' ? 16 : 28,
    edgesep: 10,
    // A label takes a rank of its own, with half of the space on each side.
    ranksep: hasLabels ? 22 : direction === 'LR' ? 56 : 40,
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
