/** How deep each span lies, and where a chain of parents runs in a circle. */
import { grow } from './grow';
import { startOrLast } from './self-times';
import { NONE } from './span-ids';

export interface Depths {
  /** 0 for a span without a parent. */
  depth: Int32Array;
  /** Spans that lost their parent because it was their own descendant. */
  cut: number[];
}

/**
 * Measures depths, and cuts each cycle: at a span that only follows from its parent, else at the earliest span. Sets the
 * parent of a cut span to NONE.
 */
export function measureDepths(
  parentNo: Int32Array,
  starts: Float64Array,
  onlyFollows: (row: number) => boolean,
): Depths {
  const n = parentNo.length;
  const cut: number[] = [];
  const depth = new Int32Array(n).fill(NONE);
  const onPath = new Uint8Array(n);
  let path = new Int32Array(256);
  for (let row = 0; row < n; row++) {
    if (depth[row] !== NONE) continue;
    let length = 0;
    let at = row;
    while (at !== NONE && depth[at] === NONE) {
      if (onPath[at]) {
        const loose = weakest(parentNo, at, starts, onlyFollows);
        parentNo[loose] = NONE;
        cut.push(loose);
        // The path runs through the cut span twice now, so it is measured again from its beginning.
        for (let i = 0; i < length; i++) onPath[path[i]] = 0;
        length = 0;
        at = row;
        continue;
      }
      if (length === path.length) path = grow(path);
      path[length++] = at;
      onPath[at] = 1;
      at = parentNo[at];
    }
    let level = at === NONE ? -1 : depth[at];
    while (length > 0) {
      const step = path[--length];
      depth[step] = ++level;
      onPath[step] = 0;
    }
  }
  return { depth, cut };
}

/** The span of a cycle to cut it at. @param member any span of it */
function weakest(
  parentNo: Int32Array,
  member: number,
  starts: Float64Array,
  onlyFollows: (row: number) => boolean,
): number {
  let found = member;
  for (let at = parentNo[member]; at !== member; at = parentNo[at]) {
    const weaker = Number(onlyFollows(at)) - Number(onlyFollows(found));
    const earlier = startOrLast(starts, at) - startOrLast(starts, found);
    // Two spans without a start differ by NaN.
    if (weaker > 0 || (weaker === 0 && (earlier < 0 || (!(earlier > 0) && at < found)))) found = at;
  }
  return found;
}
