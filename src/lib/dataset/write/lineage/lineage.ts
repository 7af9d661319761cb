/**
 * Who is whose parent, over a whole dataset: depth, children, self time, and the oddities that only the whole shows.
 * Everything lies in typed arrays and is walked iteratively, so that a million spans take about a second and a trace of
 * any depth is safe.
 */
import type { DiagnosticCode } from '$lib/model/diagnostics';
import { SKEW_TOLERANCE_NS, SPAN_KINDS, type Span } from '$lib/model/span';
import { measureDepths } from './depths';
import { grow } from './grow';
import { Parents } from './parents';
import { measureSelfTimes } from './self-times';
import { NONE, SpanIds } from './span-ids';
import type { RefusedTimes } from './span-times';
import { TraceNumbers, type TraceSpelling } from './trace-numbers';
import { Traits } from './traits';

type Warn = (code: DiagnosticCode, example: string, count?: number) => void;

const CONSUMER = SPAN_KINDS.indexOf('CONSUMER');

const FIRST_CAPACITY = 4096;

/** Bits of a row. */
const HAS_ID = 1;
const HAS_PARENT_ID = 2;
/** It only follows from its parent. */
const FOLLOWS = 4;

/** Row by row, in the order of the dataset's `span_no`. */
export interface LineageRows {
  parentNo: Int32Array;
  depth: Int32Array;
  childCount: Int32Array;
  /** NaN where the duration is unknown. */
  selfTimeNs: Float64Array;
  isRoot: Uint8Array;
  isOrphan: Uint8Array;
  isUnfinished: Uint8Array;
  refused: RefusedTimes | null;
  /** Whether spans that name a parent are roots, because it FOLLOWS_FROM them: their parent_id is to be taken away. */
  hasParentsTakenBack: boolean;
  /** Traces that turned out to be parts of others: rows that are written already are to be put right. */
  spellings: TraceSpelling[];
}

export class Lineage {
  rows = 0;
  private capacity = FIRST_CAPACITY;
  private trace = new Int32Array(FIRST_CAPACITY);
  private flags = new Uint8Array(FIRST_CAPACITY);
  private readonly traces = new TraceNumbers();
  private readonly ids = new SpanIds(FIRST_CAPACITY, this.trace);
  private readonly traits = new Traits(FIRST_CAPACITY, this.ids);
  private readonly parents = new Parents(FIRST_CAPACITY, this.ids, this.traits);

  constructor(private readonly warn: Warn) {}

  /** Steps over spans that share an id, for tests of how the work grows. */
  get steps(): number {
    return this.traits.steps + this.parents.steps;
  }

  /**
   * Takes a span as the next row. Returns false where the same span is there already, equal in everything: it counts once
   * and gets no row. After true, `setContent` must follow.
   */
  add(span: Span, service: string): boolean {
    const row = this.rows;
    if (row === this.capacity) this.enlarge();
    const traceNo = this.traces.number(span.traceId);
    this.trace[row] = traceNo;
    this.traits.put(row, traceNo, span, service);
    let flags = 0;
    if (span.spanId !== '') {
      flags |= HAS_ID;
      this.ids.own.put(row, span.spanId);
      const first = this.ids.firstLike(row);
      if (first !== NONE) {
        if (this.traits.isCopy(first, row, span)) {
          this.warn('duplicate-span', `span ${span.spanId} of trace ${span.traceId}`);
          return false;
        }
        if (!this.parents.isOtherSide(first, row))
          this.warn('duplicate-id', `span ${span.spanId} of trace ${span.traceId}`);
      }
      this.parents.take(this.ids.chain(row), row);
    }
    if (span.spanId === '' || span.traceId === '')
      this.warn('missing-id', `span “${span.name}” of trace ${span.traceId || 'without id'}`);
    if (span.parentId !== null && span.parentId !== '') {
      flags |= HAS_PARENT_ID;
      this.ids.parents.put(row, span.parentId);
      if (span.links.length > 0 && followsFromParent(span)) flags |= FOLLOWS;
    }
    this.flags[row] = flags;
    this.rows++;
    return true;
  }

  /** @param hash `contentHash` of the row's span */
  setContent(row: number, hash: number): void {
    this.traits.setContent(row, hash);
  }

  /** Number of a row's trace, by first appearance. */
  traceOf(row: number): number {
    return this.trace[row];
  }

  /** Computes the derived columns, and warns of what is odd. */
  finish(): LineageRows {
    const spellings = this.traces.spellings();
    if (spellings.length > 0) this.moveToTraces(spellings);
    const n = this.rows;
    const { times } = this.traits;
    const refused = times.judge(n, this.trace, this.warn, (row) => this.describe(row));
    const isRoot = new Uint8Array(n);
    const isOrphan = new Uint8Array(n);
    const isUnfinished = new Uint8Array(n);
    for (let row = 0; row < n; row++) isUnfinished[row] = times.isUnfinished(row) ? 1 : 0;
    const parentNo = this.findParents(isRoot, isOrphan);
    const { depth, hasParentsTakenBack } = this.findDepths(parentNo, isRoot);
    const { childCount, selfTimeNs } = measureSelfTimes(parentNo, times);
    this.findSkew(parentNo);
    this.countRoots(isRoot);
    return {
      parentNo,
      depth,
      childCount,
      selfTimeNs,
      isRoot,
      isOrphan,
      isUnfinished,
      refused,
      hasParentsTakenBack,
      spellings,
    };
  }

  private moveToTraces(spellings: TraceSpelling[]): void {
    const into = new Map(spellings.map(({ traceNo, intoNo }) => [traceNo, intoNo]));
    let moved = 0;
    let example = '';
    for (let row = 0; row < this.rows; row++) {
      const old = this.trace[row];
      const trace = into.get(old);
      if (trace === undefined) continue;
      if (moved++ === 0) example = `“${this.traces.ids[old]}” of “${this.traces.ids[trace]}”`;
      this.traits.times.move(row, old, trace);
      this.trace[row] = trace;
    }
    this.warn('short-trace-id', example, moved);
    this.ids.unchain();
    this.parents.clear();
    for (let row = 0; row < this.rows; row++)
      if (this.flags[row] & HAS_ID) this.parents.take(this.ids.chain(row), row);
  }

  private findParents(isRoot: Uint8Array, isOrphan: Uint8Array): Int32Array {
    const parentNo = new Int32Array(this.rows);
    let orphans = 0;
    let example = NONE;
    for (let row = 0; row < this.rows; row++) {
      const flags = this.flags[row];
      let parent = flags & HAS_ID ? this.parents.clientSide(row) : NONE;
      if (parent === NONE) {
        if (!(flags & HAS_PARENT_ID)) {
          isRoot[row] = 1;
        } else {
          parent = this.parents.choose(row);
          if (parent === NONE) {
            isOrphan[row] = 1;
            if (orphans++ === 0) example = row;
          }
        }
      }
      parentNo[row] = parent;
    }
    if (orphans > 0) this.warn('orphan', this.describe(example), orphans);
    return parentNo;
  }

  /** A span that a cycle is cut at is a root if it only follows from its parent. */
  private findDepths(
    parentNo: Int32Array,
    isRoot: Uint8Array,
  ): Pick<LineageRows, 'depth' | 'hasParentsTakenBack'> {
    let hasParentsTakenBack = false;
    const follows = (row: number) => (this.flags[row] & FOLLOWS) !== 0;
    const { depth, cut } = measureDepths(parentNo, this.traits.times.start, follows);
    for (const row of cut) {
      if (follows(row)) {
        isRoot[row] = 1;
        hasParentsTakenBack = true;
      } else this.warn('cycle', this.describe(row));
    }
    return { depth, hasParentsTakenBack };
  }

  private findSkew(parentNo: Int32Array): void {
    const { service, kind, times } = this.traits;
    const { start, end } = times;
    let skewed = 0;
    let example = NONE;
    for (let row = 0; row < this.rows; row++) {
      const parent = parentNo[row];
      if (parent === NONE || service[parent] === service[row]) continue;
      const early = start[row] < start[parent] - SKEW_TOLERANCE_NS;
      // A consumer may well begin after its producer ended: that is what queues are for.
      const late = kind[row] !== CONSUMER && start[row] > end[parent] + SKEW_TOLERANCE_NS;
      if ((early || late) && skewed++ === 0) example = row;
    }
    if (skewed > 0) this.warn('clock-skew', this.describe(example), skewed);
  }

  private countRoots(isRoot: Uint8Array): void {
    const { ids } = this.traces;
    const roots = new Int32Array(ids.length);
    for (let row = 0; row < this.rows; row++) if (isRoot[row]) roots[this.trace[row]]++;
    const several = roots.reduce((count, of) => count + (of > 1 ? 1 : 0), 0);
    if (several === 0) return;
    const example = roots.findIndex((of) => of > 1);
    this.warn('several-roots', `trace ${ids[example]} has ${roots[example]} roots`, several);
  }

  private describe(row: number): string {
    const id = this.flags[row] & HAS_ID ? this.ids.own.text(row) : 'without id';
    return `span ${id} of trace ${this.traces.ids[this.trace[row]]}`;
  }

  private enlarge(): void {
    this.capacity *= 2;
    this.trace = grow(this.trace);
    this.flags = grow(this.flags);
    this.ids.enlarge(this.trace);
    this.traits.enlarge();
    this.parents.enlarge();
  }
}

/** Whether the span's parent is one that it FOLLOWS_FROM, which its reader keeps among the links too. */
function followsFromParent({ parentId, traceId, links }: Span): boolean {
  return links.some(
    (link) =>
      link.spanId === parentId &&
      link.traceId === traceId &&
      link.attributes.includes('follows_from'),
  );
}
