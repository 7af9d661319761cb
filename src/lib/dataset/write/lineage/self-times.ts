/** How much of a span's time is its own. */
import { NONE } from './span-ids';
import type { SpanTimes } from './span-times';

/**
 * Self time is the duration minus the union of the direct children's intervals inside it, in nanoseconds; NaN where the
 * duration is unknown. Children whose times are unknown take nothing from it.
 */
export function measureSelfTimes(
  parentNo: Int32Array,
  { start: starts, end: ends }: Pick<SpanTimes, 'start' | 'end'>,
): { childCount: Int32Array; selfTimeNs: Float64Array } {
  const n = parentNo.length;
  const childCount = new Int32Array(n);
  for (const parent of parentNo) if (parent !== NONE) childCount[parent]++;
  const firstChild = new Int32Array(n + 1);
  for (let row = 0; row < n; row++) firstChild[row + 1] = firstChild[row] + childCount[row];
  const fill = firstChild.slice(0, n);
  const children = new Int32Array(firstChild[n]);
  for (let row = 0; row < n; row++) {
    if (parentNo[row] !== NONE) children[fill[parentNo[row]]++] = row;
  }
  const selfTimeNs = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    const start = starts[row];
    const end = ends[row];
    let covered = 0;
    const own = children.subarray(firstChild[row], firstChild[row + 1]);
    sortByStart(own, starts);
    let reached = start;
    for (const child of own) {
      const from = Math.max(starts[child], reached);
      const to = Math.min(ends[child], end);
      if (to > from) {
        covered += to - from;
        reached = to;
      }
    }
    selfTimeNs[row] = end - start - covered;
  }
  return { childCount, selfTimeNs };
}

function sortByStart(rows: Int32Array, starts: Float64Array): void {
  let sorted = true;
  for (let i = 1; i < rows.length && sorted; i++) {
    sorted = starts[rows[i - 1]] <= starts[rows[i]];
  }
  // Two spans without a start compare as NaN, which a sort takes for equal.
  if (!sorted) rows.sort((a, b) => startOrLast(starts, a) - startOrLast(starts, b));
}

/** A start; a span without one comes after all others. */
export function startOrLast(starts: Float64Array, row: number): number {
  const start = starts[row];
  return Number.isNaN(start) ? Infinity : start;
}
