/** How a graph is drawn: sizes of nodes and edges, the layout request, and the paths of edges. CSS pixels. */
import { formatCount, formatShare } from '$lib/model/quantity';
import { shortDuration } from '$lib/model/time';
import type { LayoutRequest, PlacedEdge, Point } from './graph-layout';
import {
  errorRate,
  sizeOf,
  type Graph,
  type GraphEdge,
  type GraphNode,
  type SizeBy,
} from './dependency-graph';

const MIN_RADIUS_PX = 11;
const MAX_RADIUS_PX = 32;
const MIN_EDGE_PX = 1.25;
const MAX_EDGE_PX = 9;
/** The label below a node: two lines, and the space above them. */
export const LABEL_PX = 34;
export const LABEL_CHARS = 26;
/** Mean width of a letter at 12 px, which is precise enough for the layout. */
const LETTER_PX = 6.4;
/** With more edges than this, only selected or hovered ones have labels. */
const MANY_LABELS = 40;
/** With more edges than this, only the busiest determine the layout, which takes more than linear time. */
const MANY_EDGES = 320;
const EDGE_LABEL_LINE_PX = 14;
const EDGE_LETTER_PX = 5.9;
const ARROW_PX = 7;

/** Scales for the sizes in one graph. */
export interface Scale {
  radiusOf(node: GraphNode): number;
  widthOf(edge: GraphEdge): number;
  /** 0–1 from the shortest to the longest p95 of the graph, logarithmic; null if it has none. */
  heatOf(edge: GraphEdge): number | null;
  hasLabels: boolean;
  /** Over the edges that have one; null if none has. */
  p95Ns: { min: number; max: number } | null;
}

export function scaleOf(graph: Graph, by: SizeBy): Scale {
  const largest = Math.max(1, ...graph.nodes.map((node) => sizeOf(node, by)));
  const busiest = Math.max(1, ...graph.edges.map(({ calls }) => calls));
  const p95s = graph.edges.flatMap(({ quantilesNs }) => (quantilesNs ? [quantilesNs.p95] : []));
  // If all counts are small, the busiest edge does not get the full width.
  const widest = MAX_EDGE_PX * Math.max(0.4, Math.min(1, Math.log10(busiest) / 3));
  const min = Math.max(1, Math.min(...p95s));
  const max = Math.max(1, ...p95s);
  return {
    radiusOf: (node) =>
      MIN_RADIUS_PX + (MAX_RADIUS_PX - MIN_RADIUS_PX) * Math.sqrt(sizeOf(node, by) / largest),
    widthOf: ({ calls }) => MIN_EDGE_PX + (widest - MIN_EDGE_PX) * Math.sqrt(calls / busiest),
    heatOf: ({ quantilesNs }) =>
      quantilesNs &&
      (max > min ? Math.log(Math.max(1, quantilesNs.p95) / min) / Math.log(max / min) : 0),
    hasLabels: graph.edges.length <= MANY_LABELS,
    p95Ns: p95s.length ? { min, max } : null,
  };
}

/** The label of a node, shortened in the middle if it is long. */
export function shortLabel(label: string, chars = LABEL_CHARS): string {
  const letters = [...label];
  if (letters.length <= chars) return label;
  const tail = Math.floor((chars - 1) / 3);
  return `${letters.slice(0, chars - 1 - tail).join('')}…${letters.slice(-tail).join('')}`;
}

/** The text below a node's name. */
export function nodeFigure(node: GraphNode, by: SizeBy): string {
  const figure =
    by === 'time' && node.timeNs !== null
      ? shortDuration(Math.round(node.timeNs))
      : `${formatCount(node.calls)}×`;
  return node.kind === 'operation' ? `${shortLabel(node.service, 16)} · ${figure}` : figure;
}

/** The text on an edge: how often and how long, or in the data flow, what. */
export function edgeLabel(edge: GraphEdge): string {
  const often = formatCount(edge.calls);
  if (edge.kind === 'flow') {
    return edge.artifacts ? `${shortLabel(edge.artifacts, 20)} ×\u202f${often}` : `×\u202f${often}`;
  }
  return edge.quantilesNs ? `${often} · ${shortDuration(Math.round(edge.quantilesNs.p95))}` : often;
}

/** The mark of an edge with errors; '' if it has none. */
export function errorLabel(edge: GraphEdge): string {
  return edge.errors ? `▲\u202f${formatShare(errorRate(edge))}` : '';
}

/** The box of an edge's label, estimated without measuring in the browser. */
export function labelBox(lines: readonly string[]): { widthPx: number; heightPx: number } {
  const letters = Math.max(0, ...lines.map((line) => line.length));
  return {
    widthPx: Math.ceil(letters * EDGE_LETTER_PX) + 6,
    heightPx: lines.length * EDGE_LABEL_LINE_PX,
  };
}

export function layoutRequest(
  graph: Graph,
  scale: Scale,
  by: SizeBy,
  direction: LayoutRequest['direction'],
  aspect: number,
): LayoutRequest {
  const drawn = graph.edges.filter(({ from, to }) => from !== to);
  return {
    direction,
    aspect,
    nodes: graph.nodes.map((node) => {
      const radiusPx = scale.radiusOf(node);
      const letters = Math.max([...shortLabel(node.label)].length, nodeFigure(node, by).length);
      return {
        id: node.id,
        widthPx: Math.ceil(Math.max(2 * radiusPx, letters * LETTER_PX + 8)),
        heightPx: Math.ceil(2 * radiusPx + LABEL_PX),
      };
    }),
    edges: leading(drawn).map((edge) => {
      const lines = scale.hasLabels ? [edgeLabel(edge), errorLabel(edge)].filter(Boolean) : [];
      const { widthPx, heightPx } = labelBox(lines);
      return {
        id: edge.id,
        from: edge.from,
        to: edge.to,
        labelWidthPx: lines.length ? widthPx : 0,
        labelHeightPx: heightPx,
        weight: edge.kind === 'link' ? 1 : 2,
      };
    }),
  };
}

/** The edges that determine the layout: all, or the busiest ones and the busiest of every node. */
function leading(edges: readonly GraphEdge[]): readonly GraphEdge[] {
  if (edges.length <= MANY_EDGES) return edges;
  const rank = [...edges].sort((a, b) => b.calls - a.calls);
  const seen = new Set<string>();
  return rank.filter(({ from, to }, i) => {
    const isFirst = !seen.has(from) || !seen.has(to);
    seen.add(from).add(to);
    return isFirst || i < MANY_EDGES;
  });
}

/** A node's circle: its centre, above the label. */
export interface Circle extends Point {
  radiusPx: number;
}

export function circleAt({ x, y }: Point, radiusPx: number): Circle {
  return { x, y: y - LABEL_PX / 2, radiusPx };
}

export interface EdgePath {
  /** The `d` of the line, and of the arrowhead at its end. */
  line: string;
  head: string;
  /** The centre of its label. */
  label: Point;
}

/**
 * The path of an edge between two circles.
 * @param placed its place in the layout; null draws a slight curve, so that two opposite edges do not coincide.
 */
export function edgePath(
  from: Circle,
  to: Circle,
  placed: PlacedEdge | null,
  widthPx: number,
): EdgePath {
  const inner = placed ? placed.points.slice(1, -1) : [bend(from, to)];
  const headPx = ARROW_PX + widthPx;
  const start = onCircle(from, inner[0], 1);
  const tip = onCircle(to, inner[inner.length - 1], 2);
  const end = onCircle(to, inner[inner.length - 1], 2 + headPx * 0.8);
  const points = [start, ...inner, end];
  return {
    line: placed ? through(points) : `M${at(start)}Q${at(inner[0])} ${at(end)}`,
    head: head(inner[inner.length - 1], tip, headPx),
    label: placed?.label ?? (placed ? halfWay(points) : middle(middle(from, to), bend(from, to))),
  };
}

/**
 * A smooth line through all points that does not overshoot them: monotone cubic interpolation (Fritsch and Carlson, 1980;
 * tangents after Steffen, 1990) along the direction of the layout, x or y.
 */
function through(points: readonly Point[]): string {
  const goes = (axis: 'x' | 'y') =>
    points.every((point, i) => i === 0 || point[axis] > points[i - 1][axis]) ||
    points.every((point, i) => i === 0 || point[axis] < points[i - 1][axis]);
  const axis = goes('x') ? 'x' : goes('y') ? 'y' : null;
  if (!axis) return `M${points.map(at).join('L')}`;
  const across = axis === 'x' ? 'y' : 'x';
  const step = points.slice(1).map((point, i) => point[axis] - points[i][axis]);
  const slope = points.slice(1).map((point, i) => (point[across] - points[i][across]) / step[i]);
  const tangent = points.map((_, i) => {
    if (i === 0) return slope[0];
    if (i === points.length - 1) return slope[i - 1];
    const mean = (slope[i - 1] * step[i] + slope[i] * step[i - 1]) / (step[i - 1] + step[i]);
    const least = Math.min(Math.abs(slope[i - 1]), Math.abs(slope[i]), Math.abs(mean) / 2);
    return (Math.sign(slope[i - 1]) + Math.sign(slope[i])) * least;
  });
  const handle = (i: number, length: number): Point => {
    const point = points[i];
    return axis === 'x'
      ? { x: point.x + length, y: point.y + length * tangent[i] }
      : { x: point.x + length * tangent[i], y: point.y + length };
  };
  return points.slice(1).reduce(
    (line, point, i) => {
      const third = step[i] / 3;
      return `${line}C${at(handle(i, third))} ${at(handle(i + 1, -third))} ${at(point)}`;
    },
    `M${at(points[0])}`,
  );
}

/** An edge from a node to itself: a loop above its circle. */
export function loopPath({ x, y, radiusPx }: Circle, widthPx: number): EdgePath {
  const headPx = ARROW_PX + widthPx;
  const side = radiusPx * 0.6;
  const top = y - radiusPx * 0.85;
  const high = y - radiusPx - 34;
  const tip = { x: x + side, y: top };
  const end = { x: x + side + 2, y: top - headPx * 0.8 };
  return {
    line: `M${at({ x: x - side, y: top })}C${at({ x: x - side - 14, y: high })} ${at({ x: x + side + 14, y: high })} ${at(end)}`,
    head: head({ x: x + side + 6, y: top - headPx }, tip, headPx),
    label: { x, y: high + 6 },
  };
}

/** A point near the middle of the line. */
function halfWay(points: readonly Point[]): Point {
  const half = points.length >> 1;
  return points.length % 2 ? points[half] : middle(points[half - 1], points[half]);
}

function bend(from: Point, to: Point): Point {
  const { x, y } = middle(from, to);
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  return { x: x - dy * 0.08, y: y + dx * 0.08 };
}

function onCircle({ x, y, radiusPx }: Circle, towards: Point, gapPx: number): Point {
  const dx = towards.x - x;
  const dy = towards.y - y;
  const length = Math.hypot(dx, dy) || 1;
  const reach = radiusPx + gapPx;
  return { x: x + (dx / length) * reach, y: y + (dy / length) * reach };
}

function head(before: Point, tip: Point, lengthPx: number): string {
  const angle = Math.atan2(tip.y - before.y, tip.x - before.x);
  const corner = (turn: number): Point => ({
    x: tip.x - lengthPx * Math.cos(angle + turn),
    y: tip.y - lengthPx * Math.sin(angle + turn),
  });
  return `M${at(tip)}L${at(corner(0.45))}L${at(corner(-0.45))}Z`;
}

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function at({ x, y }: Point): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
