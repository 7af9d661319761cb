/**
 * Which spans of a trace have a row, and where: collapsing, focus, hidden operations, matches with their ancestors, and
 * runs of similar siblings folded into one row. Pure; a row is identified by the preorder position of its (first) span.
 */
import { FLAG, hasDuration, type Trace } from './trace';

const NONE = -1;

/** Fewer siblings of one operation than this are not folded. */
export const RUN_MIN = 8;

/** Runs of consecutive siblings of one operation. */
export interface Runs {
  readonly count: number;
  /** The run that a position belongs to; -1 for none. Members' descendants do not belong to it. */
  readonly of: Int32Array;
  /** First member of each run. */
  readonly first: Int32Array;
  /** After the last member's subtree. */
  readonly end: Int32Array;
  /** How many members each has. */
  readonly size: Int32Array;
}

/**
 * Service and operation of each label as one number: labels that differ only in name are of one kind.
 */
export function kindsOf(trace: Trace): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(trace.labels, ({ service, operation }) => {
    const key = `${service}\0${operation}`;
    const kind = known.get(key) ?? known.size;
    known.set(key, kind);
    return kind;
  });
}

/** @param hidden 1 for hidden kinds: without children they do not interrupt a run. */
export function findRuns(trace: Trace, kinds: Int32Array, hidden: Uint8Array | null): Runs {
  const { count, subtreeEnd, label } = trace;
  const of = new Int32Array(count).fill(NONE);
  const first: number[] = [];
  const end: number[] = [];
  const size: number[] = [];

  const scan = (from: number, to: number): void => {
    let runKind = NONE;
    let head = NONE;
    let members = 0;
    let after = NONE;
    const close = (): void => {
      if (members < RUN_MIN) return;
      for (let at = head; at < after; at = subtreeEnd[at]) {
        if (kinds[label[at]] === runKind) of[at] = first.length;
      }
      first.push(head);
      end.push(after);
      size.push(members);
    };
    for (let at = from; at < to; at = subtreeEnd[at]) {
      const kind = kinds[label[at]];
      if (hidden?.[kind]) {
        // Its children move up, into the run.
        if (trace.childCount[at] > 0) {
          close();
          runKind = NONE;
          members = 0;
        }
        continue;
      }
      if (kind !== runKind) {
        close();
        runKind = kind;
        head = at;
        members = 0;
      }
      members++;
      after = subtreeEnd[at];
    }
    close();
  };

  scan(0, count);
  for (let at = 0; at < count; at++) {
    if (trace.childCount[at] >= RUN_MIN) scan(at + 1, subtreeEnd[at]);
  }
  return {
    count: first.length,
    of,
    first: Int32Array.from(first),
    end: Int32Array.from(end),
    size: Int32Array.from(size),
  };
}

/** How many rows folding all runs would save. */
export function rowsSaved(runs: Runs): number {
  let saved = 0;
  for (let run = 0; run < runs.count; run++) saved += runs.size[run] - 1;
  return saved;
}

export interface RunFigures {
  size: number;
  /** Members whose duration is known; the sum and the percentile cover only these. */
  timed: number;
  sumNs: number;
  /** Interpolated like `quantile_cont`; NaN if no duration is known. */
  p95Ns: number;
  errors: number;
}

/** The figures in a run's row. */
export function runFigures(
  trace: Trace,
  runs: Runs,
  run: number,
  isError: (at: number) => boolean,
): RunFigures {
  const durations = new Float64Array(runs.size[run]);
  let sumNs = 0;
  let errors = 0;
  let n = 0;
  for (let at = runs.first[run]; at < runs.end[run]; at = trace.subtreeEnd[at]) {
    if (runs.of[at] !== run) continue;
    if (isError(at)) errors++;
    if (!hasDuration(trace.flags[at])) continue;
    durations[n++] = trace.durationNsOf[at];
    sumNs += trace.durationNsOf[at];
  }
  const timed = durations.subarray(0, n).sort();
  const rank = (n - 1) * 0.95;
  const below = timed[Math.floor(rank)];
  const above = timed[Math.ceil(rank)];
  return {
    size: runs.size[run],
    timed: n,
    sumNs,
    p95Ns: n ? Math.round(below + (above - below) * (rank - Math.floor(rank))) : NaN,
    errors,
  };
}

/**
 * The union of the members' intervals, as start, end, start, end … in nanoseconds. Members without an end are moments;
 * those without a start are left out.
 */
export function runIntervals(trace: Trace, runs: Runs, run: number): Float64Array {
  const edges: number[] = [];
  for (let at = runs.first[run]; at < runs.end[run]; at = trace.subtreeEnd[at]) {
    if (runs.of[at] !== run || trace.flags[at] & FLAG.TIMELESS) continue;
    const from = trace.startNs[at];
    const to = from + trace.durationNsOf[at];
    const top = edges.length - 1;
    if (top > 0 && from <= edges[top]) edges[top] = Math.max(edges[top], to);
    else edges.push(from, to);
  }
  return Float64Array.from(edges);
}

/** Kinds of row. */
export const ROW = {
  /** No children. */
  LEAF: 0,
  OPEN: 1,
  COLLAPSED: 2,
  /** Stands for a run of siblings. */
  RUN: 3,
} as const;

export interface RowRules {
  collapsed: Uint8Array;
  /** Shows only the subtree of this position; -1 for all. */
  focus: number;
  /** 1 for kinds that are left out; their children move up. */
  hidden: Uint8Array | null;
  kinds: Int32Array;
  /** 1 for spans that may be shown, including their ancestors; null for all. */
  keep: Uint8Array | null;
  /** Null if no runs are folded. */
  runs: Runs | null;
  /** 1 for the first spans of unfolded runs. */
  unfolded: Uint8Array;
}

/** Rows in order, each array by row. */
export interface Rows {
  /** Preorder positions, ascending. */
  readonly at: Int32Array;
  /** Depth as shown: from the focus, without hidden ancestors. */
  readonly depth: Int32Array;
  /** Of ROW. */
  readonly state: Uint8Array;
}

/** The visible rows. One linear pass. */
export function shownRows(trace: Trace, rules: RowRules): Rows {
  const { count, subtreeEnd, parent, label } = trace;
  const { collapsed, focus, hidden, kinds, keep, runs, unfolded } = rules;
  const from = Math.max(0, focus);
  const to = focus >= 0 ? subtreeEnd[focus] : count;
  const at = new Int32Array(to - from);
  const depth = new Int32Array(to - from);
  const state = new Uint8Array(to - from);
  const levels = new Int32Array(to - from);
  let length = 0;
  let i = from;
  while (i < to) {
    if (keep && !keep[i]) {
      i = subtreeEnd[i];
      continue;
    }
    const up = parent[i];
    // The focus itself is shown even if its kind is hidden.
    const isHidden = hidden !== null && i !== focus && hidden[kinds[label[i]]] === 1;
    const upLevel = up >= from && i !== focus ? levels[up - from] : 0;
    levels[i - from] = isHidden ? upLevel : upLevel + 1;
    if (isHidden) {
      i++;
      continue;
    }
    at[length] = i;
    depth[length] = upLevel;
    const run = runs && i !== focus ? runs.of[i] : NONE;
    if (runs && run !== NONE && runs.first[run] === i && !unfolded[i]) {
      state[length++] = ROW.RUN;
      i = runs.end[run];
      continue;
    }
    if (collapsed[i]) {
      state[length++] = hasShown(trace, rules, i) ? ROW.COLLAPSED : ROW.LEAF;
      i = subtreeEnd[i];
      continue;
    }
    length++;
    i++;
  }
  for (let row = 0; row + 1 < length; row++) {
    if (state[row] === ROW.LEAF && depth[row + 1] > depth[row]) state[row] = ROW.OPEN;
  }
  return {
    at: at.subarray(0, length),
    depth: depth.subarray(0, length),
    state: state.subarray(0, length),
  };
}

/** Whether anything below a span would be shown if it were open. */
function hasShown(trace: Trace, { hidden, kinds, keep }: RowRules, at: number): boolean {
  if (!hidden && !keep) return trace.childCount[at] > 0;
  for (let below = at + 1; below < trace.subtreeEnd[at]; below++) {
    if (keep && !keep[below]) continue;
    if (!hidden?.[kinds[trace.label[below]]]) return true;
  }
  return false;
}

/** Row of a position, or -1 if it has none of its own. */
export function rowIndexOf(rows: Int32Array, position: number): number {
  const row = rowBefore(rows, position);
  return row >= 0 && rows[row] === position ? row : NONE;
}

/**
 * The last row at or before a position: its own, or that of the collapsed ancestor or folded run it is in.
 * -1 before the first.
 */
export function rowBefore(rows: Int32Array, position: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle] <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The row of a row's nearest shown ancestor, or -1. */
export function parentRow({ depth }: Rows, row: number): number {
  let up = row - 1;
  while (up >= 0 && depth[up] >= depth[row]) up--;
  return up;
}

/** Matching spans and all their ancestors. */
export function withAncestors(trace: Trace, matches: Uint8Array): Uint8Array {
  const keep = matches.slice();
  for (let at = trace.count - 1; at >= 0; at--) {
    if (keep[at] && trace.parent[at] >= 0) keep[trace.parent[at]] = 1;
  }
  return keep;
}

/** Opens all ancestors. Returns whether any was collapsed. */
export function expandTo(trace: Trace, collapsed: Uint8Array, position: number): boolean {
  let changed = false;
  for (let up = trace.parent[position]; up !== NONE; up = trace.parent[up]) {
    if (collapsed[up]) {
      collapsed[up] = 0;
      changed = true;
    }
  }
  return changed;
}

/** Unfolds the runs that a span or one of its ancestors is a member of. Returns whether any was folded. */
export function unfoldTo(
  trace: Trace,
  runs: Runs,
  unfolded: Uint8Array,
  position: number,
): boolean {
  let changed = false;
  for (let at = position; at !== NONE; at = trace.parent[at]) {
    const run = runs.of[at];
    if (run !== NONE && !unfolded[runs.first[run]]) {
      unfolded[runs.first[run]] = 1;
      changed = true;
    }
  }
  return changed;
}

/** Collapses the deepest open level of the shown rows. Returns whether there was one. */
export function collapseOneLevel({ at, depth, state }: Rows, collapsed: Uint8Array): boolean {
  let deepest = NONE;
  for (let row = 0; row < at.length; row++) {
    if (state[row] === ROW.OPEN && depth[row] > deepest) deepest = depth[row];
  }
  if (deepest === NONE) return false;
  for (let row = 0; row < at.length; row++) {
    if (state[row] === ROW.OPEN && depth[row] === deepest) collapsed[at[row]] = 1;
  }
  return true;
}

/** Expands the shallowest collapsed level of the shown rows. Returns whether there was one. */
export function expandOneLevel({ at, depth, state }: Rows, collapsed: Uint8Array): boolean {
  let shallowest = Infinity;
  for (let row = 0; row < at.length; row++) {
    if (state[row] === ROW.COLLAPSED && depth[row] < shallowest) shallowest = depth[row];
  }
  if (shallowest === Infinity) return false;
  for (let row = 0; row < at.length; row++) {
    if (state[row] === ROW.COLLAPSED && depth[row] === shallowest) collapsed[at[row]] = 0;
  }
  return true;
}

/** Collapses or expands a span with everything under it. */
export function setSubtree(
  trace: Trace,
  collapsed: Uint8Array,
  position: number,
  collapse: boolean,
): void {
  for (let at = position; at < trace.subtreeEnd[position]; at++) {
    collapsed[at] = collapse && trace.childCount[at] ? 1 : 0;
  }
}
