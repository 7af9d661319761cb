/**
 * A trace merged by call path: spans with the same operations above them are one node. A node is as wide as its own time plus
 * that of all nodes below it, so a parent is exactly as wide as its children plus its own time; work that ran concurrently
 * counts each time.
 */
import { FLAG, hasDuration, type Trace } from './trace';

/** Arrays by node; parents come before their children. */
export interface Flame {
  readonly count: number;
  /** -1 at the top. */
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** Index into the trace's labels. */
  readonly label: Int32Array;
  /** Number of merged spans. */
  readonly spans: Int32Array;
  /** Those of them whose duration is known. */
  readonly timed: Int32Array;
  readonly errors: Int32Array;
  /** Sum of the durations that are known, nanoseconds; says nothing where `timed` is 0, as the self times. */
  readonly totalNs: Float64Array;
  /** Sum of their self times. */
  readonly selfNs: Float64Array;
  /** Self times of them and all below: the width. */
  readonly valueNs: Float64Array;
  /** The node's left edge, in the same unit as its width. */
  readonly fromNs: Float64Array;
  /** The longest of the spans, as a preorder position. */
  readonly longest: Int32Array;
  /** Children, widest first; -1 for none. */
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  readonly previousSibling: Int32Array;
  readonly maxDepth: number;
  /** Total width. */
  readonly widthNs: number;
  /** Node of a preorder position, for a hidden span the one above it; -1 if not in the graph. */
  nodeOf(position: number): number;
}

/**
 * @param root preorder position of the subtree to merge; -1 for the whole trace.
 * @param isHidden which spans are left out with their self times; their children move up.
 */
export function buildFlame(
  trace: Trace,
  root = -1,
  isHidden: (position: number) => boolean = () => false,
): Flame {
  const from = Math.max(0, root);
  const to = root >= 0 ? trace.subtreeEnd[root] : trace.count;
  const nodeOf = new Int32Array(to - from);
  const known = new Map<number, number>();
  const parent: number[] = [];
  const depth: number[] = [];
  const label: number[] = [];
  const longest: number[] = [];
  for (let at = from; at < to; at++) {
    const up = at === root ? -1 : trace.parent[at];
    const upNode = up < 0 ? -1 : nodeOf[up - from];
    if (at !== root && isHidden(at)) {
      nodeOf[at - from] = upNode;
      continue;
    }
    const key = (upNode + 1) * trace.labels.length + trace.label[at];
    let node = known.get(key);
    if (node === undefined) {
      node = parent.push(upNode) - 1;
      depth.push(upNode < 0 ? 0 : depth[upNode] + 1);
      label.push(trace.label[at]);
      longest.push(at);
      known.set(key, node);
    } else if (trace.durationNsOf[at] > trace.durationNsOf[longest[node]]) {
      longest[node] = at;
    }
    nodeOf[at - from] = node;
  }

  const count = parent.length;
  const spans = new Int32Array(count);
  const timed = new Int32Array(count);
  const errors = new Int32Array(count);
  const totalNs = new Float64Array(count);
  const selfNs = new Float64Array(count);
  for (let at = from; at < to; at++) {
    if (at !== root && isHidden(at)) continue;
    const node = nodeOf[at - from];
    spans[node]++;
    if (hasDuration(trace.flags[at])) timed[node]++;
    if (trace.flags[at] & FLAG.ERROR) errors[node]++;
    totalNs[node] += trace.durationNsOf[at];
    selfNs[node] += trace.selfNs[at];
  }
  const valueNs = selfNs.slice();
  let maxDepth = 0;
  for (let node = count - 1; node >= 0; node--) {
    if (parent[node] >= 0) valueNs[parent[node]] += valueNs[node];
    if (depth[node] > maxDepth) maxDepth = depth[node];
  }
  return {
    count,
    parent: Int32Array.from(parent),
    depth: Int32Array.from(depth),
    label: Int32Array.from(label),
    spans,
    timed,
    errors,
    totalNs,
    selfNs,
    valueNs,
    longest: Int32Array.from(longest),
    ...placed(parent, valueNs),
    maxDepth,
    nodeOf: (position) => (position >= from && position < to ? nodeOf[position - from] : -1),
  };
}

/** Places children side by side, widest first. */
function placed(parent: readonly number[], valueNs: Float64Array) {
  const count = parent.length;
  const firstChild = new Int32Array(count).fill(-1);
  const nextSibling = new Int32Array(count).fill(-1);
  const previousSibling = new Int32Array(count).fill(-1);
  const fromNs = new Float64Array(count);
  // Narrowest first, because each is prepended to its siblings' list.
  const order = Int32Array.from(parent.keys()).sort((a, b) => valueNs[a] - valueNs[b] || b - a);
  let firstTop = -1;
  for (const node of order) {
    const up = parent[node];
    const next = up < 0 ? firstTop : firstChild[up];
    nextSibling[node] = next;
    if (next >= 0) previousSibling[next] = node;
    if (up < 0) firstTop = node;
    else firstChild[up] = node;
  }
  let widthNs = 0;
  const placeRow = (first: number, startNs: number): number => {
    let nextNs = startNs;
    for (let node = first; node >= 0; node = nextSibling[node]) {
      fromNs[node] = nextNs;
      nextNs += valueNs[node];
    }
    return nextNs;
  };
  if (count) widthNs = placeRow(firstTop, 0);
  // Parents come before their children, so their position is known.
  for (let node = 0; node < count; node++) placeRow(firstChild[node], fromNs[node]);
  return { firstChild, nextSibling, previousSibling, fromNs, widthNs };
}

/** The node at a depth that contains a point; -1 for none. */
export function nodeAt(flame: Flame, depth: number, ns: number): number {
  if (!flame.count) return -1;
  let node = 0;
  while (flame.previousSibling[node] >= 0) node = flame.previousSibling[node];
  while (node >= 0) {
    if (ns >= flame.fromNs[node] + flame.valueNs[node]) node = flame.nextSibling[node];
    else if (ns < flame.fromNs[node]) return -1;
    else if (flame.depth[node] === depth) return node;
    else node = flame.firstChild[node];
  }
  return -1;
}
