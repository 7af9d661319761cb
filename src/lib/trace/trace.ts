/**
 * The pure model of one trace: typed arrays in preorder, so that a subtree is a range of indices and collapsing skips it.
 * Nothing recurses, because a trace can be a chain of 200,000 spans.
 */
import { SKEW_TOLERANCE_NS } from '$lib/model/span';
import { rowsByStart } from './row-order';

export const FLAG = {
  ERROR: 1,
  /** Has a parent id that is not in the data. */
  ORPHAN: 2,
  /** Its parent is its own descendant; the cycle was cut here. */
  CUT: 4,
  CONSUMER: 8,
  /** Its start is unknown, so it stands at its parent's start. */
  TIMELESS: 16,
  /** Outside its parent and in another service: the clocks differ, or the work was asynchronous. */
  SKEWED: 32,
  PRODUCER: 64,
  /** Had not ended when it was written. */
  UNFINISHED: 128,
  SERVER: 256,
  /** Its end is unknown, though it had ended when it was written. */
  ENDLESS: 512,
} as const;

const NO_DURATION = FLAG.TIMELESS | FLAG.UNFINISHED | FLAG.ENDLESS;

/** Whether a span's duration is known; if not, the model has 0 for it and for its self time. */
export function hasDuration(flags: number): boolean {
  return (flags & NO_DURATION) === 0;
}

/** Why a span has no duration; null if it has one. */
export function noDuration(flags: number): string | null {
  if (flags & FLAG.TIMELESS) return 'no start time';
  if (flags & FLAG.UNFINISHED) return 'no end';
  return flags & FLAG.ENDLESS ? 'no valid end' : null;
}

/** The displayed text of a span, shared by spans of one operation. */
export interface SpanLabel {
  name: string;
  service: string;
  operation: string;
}

/** The rows of a trace as queried, in any order. Times are nanoseconds from the trace's start. */
export interface TraceColumns {
  /** Unique in the dataset. */
  spanNo: Float64Array;
  /** -1 for none. */
  parentNo: Float64Array;
  /** Undefined value if the span is TIMELESS. */
  startNs: Float64Array;
  /** Undefined value if unknown, like the self time. */
  durationNs: Float64Array;
  selfNs: Float64Array;
  /** Bits of FLAG, except SKEWED. */
  flags: Float64Array;
  /** Index into `labels`. */
  label: Int32Array;
  labels: SpanLabel[];
}

/** Indices are preorder positions throughout. */
export interface Trace {
  readonly count: number;
  /** Largest end; at least 1, so that its window has a width. */
  readonly durationNs: number;
  readonly spanNo: Float64Array;
  /** -1 for roots, orphans and where a cycle was cut. */
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** Position after the last descendant. */
  readonly subtreeEnd: Int32Array;
  readonly childCount: Int32Array;
  /** For spans without a start, the parent's, or 0: where they are drawn. */
  readonly startNs: Float64Array;
  /** 0 if unknown, see `hasDuration`. */
  readonly durationNsOf: Float64Array;
  readonly selfNs: Float64Array;
  readonly flags: Uint16Array;
  readonly label: Int32Array;
  readonly labels: readonly SpanLabel[];
  /** Row of the query result at each position. */
  readonly rowOf: Int32Array;
  readonly maxDepth: number;
  readonly errorCount: number;
  readonly orphanCount: number;
  readonly cutCount: number;
  readonly skewedCount: number;
  readonly rootCount: number;
  readonly timelessCount: number;
  /** Number of spans that had ended, but whose end is unknown. */
  readonly endlessCount: number;
  /** Position of a span by its number in the dataset; -1 if it is not in this trace. */
  positionOf(spanNo: number): number;
}

const NONE = -1;

/** Builds the model: about 60 ms for 200,000 spans. */
export function buildTrace(columns: TraceColumns): Trace {
  const count = columns.spanNo.length;
  // Those without a start are placed at their parent's, and so before its other children.
  const startNs = columns.startNs.map((ns, row) => (columns.flags[row] & FLAG.TIMELESS ? 0 : ns));
  const byStart = rowsByStart(startNs, columns.spanNo);
  const rowOfNo = rowLookup(columns.spanNo);

  const parentRow = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const parent = rowOfNo(columns.parentNo[row]);
    parentRow[row] = parent === row ? NONE : parent;
  }

  // Linked lists of children; filled from the last start backwards, so each ends up in order of start.
  const firstChild = new Int32Array(count).fill(NONE);
  const nextSibling = new Int32Array(count).fill(NONE);
  let firstRoot = NONE;
  for (let i = count - 1; i >= 0; i--) {
    const row = byStart[i];
    const parent = parentRow[row];
    if (parent === NONE) {
      nextSibling[row] = firstRoot;
      firstRoot = row;
    } else {
      nextSibling[row] = firstChild[parent];
      firstChild[parent] = row;
    }
  }

  const trace = new Builder(columns, count);
  trace.walk(firstRoot, firstChild, nextSibling);
  // The dataset's cycles are already cut. If one were left, its spans would still be shown.
  for (let i = 0; trace.placed < count; i++) {
    const row = byStart[i];
    if (trace.positionOfRow[row] !== NONE) continue;
    unlink(row, parentRow[row], firstChild, nextSibling);
    nextSibling[row] = NONE;
    trace.cut(row);
    trace.walk(row, firstChild, nextSibling);
  }
  return trace.finish(rowOfNo);
}

function unlink(
  row: number,
  parent: number,
  firstChild: Int32Array,
  nextSibling: Int32Array,
): void {
  if (firstChild[parent] === row) {
    firstChild[parent] = nextSibling[row];
    return;
  }
  let before = firstChild[parent];
  while (nextSibling[before] !== row) before = nextSibling[before];
  nextSibling[before] = nextSibling[row];
}

class Builder {
  placed = 0;
  readonly positionOfRow: Int32Array;
  private readonly rowOf: Int32Array;
  private readonly parent: Int32Array;
  private readonly depth: Int32Array;
  private readonly subtreeEnd: Int32Array;
  private readonly childCount: Int32Array;
  private readonly cutRows = new Set<number>();

  constructor(
    private readonly columns: TraceColumns,
    private readonly count: number,
  ) {
    this.positionOfRow = new Int32Array(count).fill(NONE);
    this.rowOf = new Int32Array(count);
    this.parent = new Int32Array(count);
    this.depth = new Int32Array(count);
    this.subtreeEnd = new Int32Array(count);
    this.childCount = new Int32Array(count);
  }

  cut(row: number): void {
    this.cutRows.add(row);
  }

  /** Places a row, its descendants and its later siblings. */
  walk(first: number, firstChild: Int32Array, nextSibling: Int32Array): void {
    let row = first;
    let parent = NONE;
    while (row !== NONE) {
      const at = this.placed++;
      this.positionOfRow[row] = at;
      this.rowOf[at] = row;
      this.parent[at] = parent;
      this.depth[at] = parent === NONE ? 0 : this.depth[parent] + 1;
      if (parent !== NONE) this.childCount[parent]++;
      if (firstChild[row] !== NONE) {
        parent = at;
        row = firstChild[row];
        continue;
      }
      this.subtreeEnd[at] = this.placed;
      row = nextSibling[row];
      while (row === NONE && parent !== NONE) {
        this.subtreeEnd[parent] = this.placed;
        row = nextSibling[this.rowOf[parent]];
        parent = this.parent[parent];
      }
    }
  }

  finish(rowOfNo: (spanNo: number) => number): Trace {
    const { columns, count, rowOf, parent, depth } = this;
    const pick = (column: Float64Array): Float64Array => {
      const picked = new Float64Array(count);
      for (let at = 0; at < count; at++) picked[at] = column[rowOf[at]];
      return picked;
    };
    const spanNo = pick(columns.spanNo);
    const startNs = pick(columns.startNs);
    const durationNsOf = pick(columns.durationNs);
    const selfNs = pick(columns.selfNs);
    const flags = new Uint16Array(count);
    const label = new Int32Array(count);
    const totals = {
      maxDepth: 0,
      errors: 0,
      orphans: 0,
      cuts: 0,
      skewed: 0,
      roots: 0,
      timeless: 0,
      endless: 0,
    };
    let durationNs = 1;
    for (let at = 0; at < count; at++) {
      const row = rowOf[at];
      label[at] = columns.label[row];
      let flag = columns.flags[row];
      if (this.cutRows.has(row)) flag |= FLAG.CUT;
      const up = parent[at];
      if (flag & FLAG.TIMELESS) startNs[at] = up === NONE ? 0 : startNs[up];
      if (!hasDuration(flag)) {
        durationNsOf[at] = 0;
        selfNs[at] = 0;
      }
      const end = startNs[at] + durationNsOf[at];
      if (end > durationNs) durationNs = end;
      flags[at] = flag;
      if (up !== NONE && isSkewed(columns, label, at, up, startNs, durationNsOf, flags)) {
        flag |= FLAG.SKEWED;
        flags[at] = flag;
      }
      if (depth[at] > totals.maxDepth) totals.maxDepth = depth[at];
      if (up === NONE) totals.roots++;
      if (flag & FLAG.ERROR) totals.errors++;
      if (flag & FLAG.ORPHAN) totals.orphans++;
      if (flag & FLAG.CUT) totals.cuts++;
      if (flag & FLAG.SKEWED) totals.skewed++;
      if (flag & FLAG.TIMELESS) totals.timeless++;
      if (flag & FLAG.ENDLESS) totals.endless++;
    }
    return {
      count,
      durationNs,
      spanNo,
      parent,
      depth,
      subtreeEnd: this.subtreeEnd,
      childCount: this.childCount,
      startNs,
      durationNsOf,
      selfNs,
      flags,
      label,
      labels: columns.labels,
      rowOf,
      maxDepth: totals.maxDepth,
      errorCount: totals.errors,
      orphanCount: totals.orphans,
      cutCount: totals.cuts,
      skewedCount: totals.skewed,
      rootCount: totals.roots,
      timelessCount: totals.timeless,
      endlessCount: totals.endless,
      positionOf: (no) => {
        const row = rowOfNo(no);
        return row === NONE ? NONE : this.positionOfRow[row];
      },
    };
  }
}

/** The rule of the dataset's `clock-skew` diagnostic, so that its count and the marks here agree. */
function isSkewed(
  columns: TraceColumns,
  label: Int32Array,
  at: number,
  up: number,
  startNs: Float64Array,
  durationNs: Float64Array,
  flags: Uint16Array,
): boolean {
  if ((flags[at] | flags[up]) & FLAG.TIMELESS) return false;
  if (columns.labels[label[at]].service === columns.labels[label[up]].service) return false;
  if (startNs[at] < startNs[up] - SKEW_TOLERANCE_NS) return true;
  // A consumer may start after its producer ended: that is what queues are for.
  if (flags[at] & FLAG.CONSUMER || !hasDuration(flags[up])) return false;
  return startNs[at] > startNs[up] + durationNs[up] + SKEW_TOLERANCE_NS;
}

/** span_no → row. Numbers of one trace usually lie close together, so a table beats a map. */
function rowLookup(spanNo: Float64Array): (no: number) => number {
  let low = Infinity;
  let high = -Infinity;
  for (const no of spanNo) {
    if (no < low) low = no;
    if (no > high) high = no;
  }
  const range = high - low + 1;
  if (range > Math.max(4_000_000, spanNo.length * 4)) {
    const map = new Map<number, number>();
    spanNo.forEach((no, row) => map.set(no, row));
    return (no) => map.get(no) ?? NONE;
  }
  const table = new Int32Array(spanNo.length ? range : 0).fill(NONE);
  spanNo.forEach((no, row) => (table[no - low] = row));
  return (no) => (no >= low && no <= high ? table[no - low] : NONE);
}

/**
 * The union of the direct children's intervals inside a span, as start, end, start, end … in nanoseconds: the time in
 * which the span waited. Its length and the self time add up to the duration.
 */
export function childIntervals(trace: Trace, position: number): Float64Array {
  const start = trace.startNs[position];
  const end = start + trace.durationNsOf[position];
  const edges: number[] = [];
  const last = trace.subtreeEnd[position];
  // Children are in order of start, so one sweep merges them.
  for (let child = position + 1; child < last; child = trace.subtreeEnd[child]) {
    const from = Math.max(start, trace.startNs[child]);
    const to = Math.min(end, trace.startNs[child] + trace.durationNsOf[child]);
    if (to <= from) continue;
    const top = edges.length - 1;
    if (top > 0 && from <= edges[top]) {
      if (to > edges[top]) edges[top] = to;
    } else {
      edges.push(from, to);
    }
  }
  return Float64Array.from(edges);
}

/** The service, unless the name already says it: Flock's names start with theirs. */
export function serviceBeside({ name, service }: SpanLabel): string {
  return name === service || name.startsWith(`${service}.`) ? '' : service;
}

/** The next error after a position in preorder, wrapping around; -1 where there is none. `step` is 1 or -1. */
export function nextWithFlag(trace: Trace, from: number, flag: number, step: 1 | -1): number {
  for (let k = 1; k <= trace.count; k++) {
    const at = (((from + step * k) % trace.count) + trace.count) % trace.count;
    if (trace.flags[at] & flag) return at;
  }
  return NONE;
}
