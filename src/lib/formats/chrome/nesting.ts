/**
 * Nests events by their times alone: matches ends with begins, and finds the innermost slice around each slice and instant.
 * Works track by track, in n log n and without recursion.
 */
import { KIND, NONE, type EventTable } from './event-table';

export interface Nesting {
  /**
   * Of a slice or an instant: the slice around it. Of an end: its begin. Of a flow: the slice that sends or receives it.
   * NONE if there is none.
   */
  target: Int32Array;
  /** 1 for begins without an end: they last as long as what is around them. */
  isOpen: Uint8Array;
}

/** Fills in the ends of begins, and determines what contains what. */
export function nest(events: EventTable, tracks: number): Nesting {
  const { count } = events;
  const target = new Int32Array(count).fill(NONE);
  const isOpen = new Uint8Array(count);
  const { order, first } = byTrack(events, tracks);
  const openBegins = new OpenBegins(events, target);
  let last = -Infinity;
  for (let i = 0; i < count; i++) {
    if (events.start[i] > last) last = events.start[i];
    if (events.end[i] > last) last = events.end[i];
  }
  for (let track = 0; track < tracks; track++) {
    const own = order.subarray(first[track], first[track + 1]);
    openBegins.match(own);
    place(events, own, last, target, isOpen);
  }
  return { target, isOpen };
}

/** Events with a time in the order of the file, track by track. */
function byTrack(events: EventTable, tracks: number) {
  const { count, track, start } = events;
  const first = new Int32Array(tracks + 1);
  for (let i = 0; i < count; i++) if (!Number.isNaN(start[i])) first[track[i] + 1]++;
  for (let i = 0; i < tracks; i++) first[i + 1] += first[i];
  const fill = first.slice(0, tracks);
  const order = new Int32Array(first[tracks]);
  for (let i = 0; i < count; i++) if (!Number.isNaN(start[i])) order[fill[track[i]]++] = i;
  return { order, first };
}

/** Sorts in place; usually it is sorted already. */
function sort(order: Int32Array, compare: (a: number, b: number) => number): void {
  for (let i = 1; i < order.length; i++) {
    if (compare(order[i - 1], order[i]) > 0) {
      order.sort(compare);
      return;
    }
  }
}

/**
 * An end closes the innermost open begin with its name, as in Perfetto; one without a name closes the innermost of all.
 * Begins inside it stay open.
 */
class OpenBegins {
  private readonly below: Int32Array;
  private readonly above: Int32Array;
  private readonly belowOfName: Int32Array;
  private readonly ofName = new Map<number, number>();
  private top = NONE;

  constructor(
    private readonly events: EventTable,
    private readonly target: Int32Array,
  ) {
    this.below = new Int32Array(events.count);
    this.above = new Int32Array(events.count);
    this.belowOfName = new Int32Array(events.count);
  }

  match(own: Int32Array): void {
    const { kind, start } = this.events;
    const marks = own.filter((i) => kind[i] === KIND.begin || kind[i] === KIND.end);
    if (marks.length === 0) return;
    sort(marks, (a, b) => start[a] - start[b] || a - b);
    this.top = NONE;
    this.ofName.clear();
    for (const i of marks) {
      if (kind[i] === KIND.begin) this.open(i);
      else this.close(i);
    }
  }

  private open(begin: number): void {
    const name = this.events.name[begin];
    this.below[begin] = this.top;
    this.above[begin] = NONE;
    if (this.top !== NONE) this.above[this.top] = begin;
    this.top = begin;
    this.belowOfName[begin] = this.ofName.get(name) ?? NONE;
    this.ofName.set(name, begin);
  }

  private close(end: number): void {
    const { name, start } = this.events;
    const begin = name[end] === NONE ? this.top : (this.ofName.get(name[end]) ?? NONE);
    if (begin === NONE) return;
    const above = this.above[begin];
    const below = this.below[begin];
    if (above === NONE) this.top = below;
    else this.below[above] = below;
    if (below !== NONE) this.above[below] = above;
    this.ofName.set(name[begin], this.belowOfName[begin]);
    this.target[end] = begin;
    this.events.end[begin] = start[end];
  }
}

/** Finds the innermost slice around each of one track's events. Slices that only overlap are siblings. */
function place(
  events: EventTable,
  own: Int32Array,
  last: number,
  target: Int32Array,
  isOpen: Uint8Array,
): void {
  const { kind, start, end } = events;
  const order = own.filter((i) => kind[i] !== KIND.end);
  const reach = (i: number) =>
    kind[i] === KIND.flowNext ? Infinity : Number.isNaN(end[i]) ? Number.MAX_VALUE : end[i];
  // Outer slices first; a flow that waits for the next slice comes before one that begins at the same time.
  sort(order, (a, b) => {
    if (start[a] !== start[b]) return start[a] - start[b];
    const byReach = reach(b) - reach(a);
    return byReach > 0 || byReach < 0 ? byReach : a - b;
  });
  // Ends never rise from the bottom to the top of this stack: a slice that ends before a later one does is of no more use.
  const stack: number[] = [];
  const waiting: number[] = [];
  for (const i of order) {
    if (kind[i] === KIND.flowNext) {
      waiting.push(i);
      continue;
    }
    const isSlice = kind[i] <= KIND.begin;
    if (isSlice && waiting.length > 0) {
      for (const flow of waiting) target[flow] = i;
      waiting.length = 0;
    }
    if (Number.isNaN(end[i])) {
      while (stack.length > 0 && end[stack[stack.length - 1]] <= start[i]) stack.pop();
      end[i] = stack.length > 0 ? end[stack[stack.length - 1]] : last;
      isOpen[i] = 1;
    } else while (stack.length > 0 && end[stack[stack.length - 1]] < end[i]) stack.pop();
    if (stack.length > 0) target[i] = stack[stack.length - 1];
    // A zero-length slice contains nothing: several at the same time do not nest.
    if (isSlice && end[i] > start[i]) stack.push(i);
  }
}
