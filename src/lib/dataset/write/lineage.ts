/**
 * Who is whose parent, over a whole dataset: depth, children, self time, and the oddities that only the whole shows.
 * Everything lies in typed arrays and is walked iteratively, so that a million spans take about a second and a trace of
 * any depth is safe.
 */
import type { DiagnosticCode } from '$lib/model/diagnostics';
import { isShortTraceId } from '$lib/model/ids';
import { SPAN_KINDS, type Span } from '$lib/model/span';
import { hashSpan } from './content-hash';
import { SpanTimes, type RefusedTimes } from './span-times';

type Warn = (code: DiagnosticCode, example: string, count?: number) => void;

const SERVER = SPAN_KINDS.indexOf('SERVER');
const CLIENT = SPAN_KINDS.indexOf('CLIENT');
const CONSUMER = SPAN_KINDS.indexOf('CONSUMER');

/** Microsecond formats round: a child may seem to start that much before its parent. */
const SKEW_TOLERANCE_NS = 1000;

const NONE = -1;
/** Several traces that end alike. */
const AMBIGUOUS = -2;

/** Of spans that share an id, so many are compared one by one; more are looked up. */
const FEW = 8;

/** A trace that was spelt with 64 bits of its id, and the one that it is part of. */
export interface TraceSpelling {
  traceNo: number;
  intoNo: number;
  traceId: string;
}

/** The first two rows of a kind, since a span is not its own parent. */
type FirstTwo = [number, number];

/** Spans of one id, as parents to choose from. */
class Candidates {
  readonly servers: FirstTwo = [NONE, NONE];
  readonly all: FirstTwo = [NONE, NONE];
}

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

function grow<T extends Int32Array | Uint32Array | Float64Array | Uint8Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2);
  larger.set(array);
  return larger;
}

export class Lineage {
  rows = 0;
  /** Steps over spans that share an id, for tests of how the work grows. */
  steps = 0;
  private capacity = 4096;
  private trace = new Int32Array(this.capacity);
  // Ids are two words each: the digits of 16-digit hex, else the number of the string.
  private idHigh = new Uint32Array(this.capacity);
  private idLow = new Uint32Array(this.capacity);
  private parentHigh = new Uint32Array(this.capacity);
  private parentLow = new Uint32Array(this.capacity);
  /** 1: has an id, 2: has a parent id, 8: it only follows from its parent. */
  private flags = new Uint8Array(this.capacity);
  private readonly times = new SpanTimes();
  private kind = new Uint8Array(this.capacity);
  private service = new Int32Array(this.capacity);
  private name = new Int32Array(this.capacity);
  /** The next row with the same trace and id; of the first of them, the last and which kinds there are. */
  private nextSame = new Int32Array(this.capacity);
  private lastSame = new Int32Array(this.capacity);
  private kindsOfSame = new Uint8Array(this.capacity);
  /** Of what else a span says, to tell copies from spans that only share id, name and times. */
  private content = new Uint32Array(this.capacity);
  /** The first client of spans that share an id and do not begin with one, by the first of them. */
  private readonly clients = new Map<number, number>();
  /** What tells spans of one id apart, by the first of them, where they are many. */
  private readonly many = new Map<number, Set<string>>();
  private readonly candidates = new Map<number, Map<number, Candidates>>();
  /** Open addressing over (trace, id): row + 1. */
  private table = new Int32Array(this.capacity * 2);

  private readonly traces = new Map<string, number>();
  private readonly otherIds = new Map<string, number>();
  /** By their numbers. */
  private readonly otherTexts: string[] = [];
  private shortTraces = 0;
  private readonly services = new Map<string, number>();
  private readonly names = new Map<string, number>();
  private readonly traceIds: string[] = [];
  private lastTrace = '';
  private lastTraceNo = NONE;

  constructor(private readonly warn: Warn) {
    this.times.enlarge(this.capacity);
  }

  get traceCount(): number {
    return this.traces.size;
  }

  get serviceCount(): number {
    return this.services.size;
  }

  /**
   * Takes a span as the next row. Returns false where the same span is there already, equal in everything: it counts once
   * and gets no row.
   */
  add(span: Span, service: string): boolean {
    const row = this.rows;
    if (row === this.capacity) this.enlarge();
    const traceNo = this.traceNumber(span);
    this.times.put(row, traceNo, span);
    const kind = SPAN_KINDS.indexOf(span.kind);
    const serviceNo = numberOf(this.services, service);
    const nameNo = numberOf(this.names, span.name);

    this.trace[row] = traceNo;
    this.kind[row] = kind;
    this.service[row] = serviceNo;
    this.name[row] = nameNo;
    let flags = 0;
    let slot = NONE;
    let first = NONE;
    if (span.spanId !== '') {
      flags |= 1;
      this.putId(span.spanId, this.idHigh, this.idLow, row);
      slot = this.slot(traceNo, this.idHigh[row], this.idLow[row]);
      first = this.table[slot] - 1;
      if (first !== NONE) this.content[row] = hashSpan(span);
      if (first !== NONE && this.isCopy(first, row)) {
        this.warn('duplicate-span', `span ${span.spanId} of trace ${span.traceId}`);
        return false;
      }
    }
    if (span.spanId === '' || span.traceId === '') {
      this.warn('missing-id', `span “${span.name}” of trace ${span.traceId || 'without id'}`);
    }
    if (first !== NONE && !this.isOtherSide(first, kind)) {
      this.warn('duplicate-id', `span ${span.spanId} of trace ${span.traceId}`);
    }
    if (span.parentId !== null && span.parentId !== '') {
      flags |= 2;
      this.putId(span.parentId, this.parentHigh, this.parentLow, row);
      if (span.links.length > 0 && followsFromParent(span)) flags |= 8;
    }
    this.flags[row] = flags;
    if (slot !== NONE) this.link(slot, row);
    this.rows++;
    if (this.rows * 2 > this.table.length) this.rehash();
    return true;
  }

  /** Must follow the row's `add`. @param hash `contentHash` of the span */
  setContent(row: number, hash: number): void {
    this.content[row] = hash;
  }

  /** Number of a row's trace, by first appearance. */
  traceOf(row: number): number {
    return this.trace[row];
  }

  /** Whether the same span is there already. */
  private isCopy(first: number, row: number): boolean {
    let seen = 0;
    for (let other = first; other !== NONE; other = this.nextSame[other]) {
      this.steps++;
      if (++seen > FEW) return this.isAmongMany(first, row);
      if (
        this.content[other] === this.content[row] &&
        this.kind[other] === this.kind[row] &&
        this.service[other] === this.service[row] &&
        this.name[other] === this.name[row] &&
        this.times.areEqual(other, row)
      ) {
        return true;
      }
    }
    return false;
  }

  /** As `isCopy`, of an id that many spans have; remembers the row. */
  private isAmongMany(first: number, row: number): boolean {
    let known = this.many.get(first);
    if (!known) {
      this.many.set(first, (known = new Set()));
      for (let other = first; other !== NONE; other = this.nextSame[other]) {
        known.add(this.identity(other));
      }
    }
    const before = known.size;
    return known.add(this.identity(row)).size === before;
  }

  private identity(row: number): string {
    const { kind, service, name, content, times } = this;
    return `${kind[row]} ${service[row]} ${name[row]} ${content[row]} ${times.identity(row)}`;
  }

  /** Puts a row behind those of its trace and id. */
  private link(slot: number, row: number): void {
    const first = this.table[slot] - 1;
    this.nextSame[row] = NONE;
    if (first === NONE) {
      this.table[slot] = row + 1;
      this.lastSame[row] = row;
      this.kindsOfSame[row] = 1 << this.kind[row];
      return;
    }
    if (this.kind[row] === CLIENT && !(this.kindsOfSame[first] & (1 << CLIENT))) {
      this.clients.set(first, row);
    }
    this.nextSame[this.lastSame[first]] = row;
    this.lastSame[first] = row;
    this.kindsOfSame[first] |= 1 << this.kind[row];
  }

  /**
   * Traces whose id has 64 bits are those of 128 that end alike, where it is one only: libraries of two kinds on one way.
   * Spans of theirs find each other then.
   */
  private uniteSpellings(): TraceSpelling[] {
    if (this.shortTraces === 0 || this.shortTraces === this.traceIds.length) return [];
    const byEnd = new Map<string, { long: number; shorts: number[] }>();
    this.traceIds.forEach((id, traceNo) => {
      const isShort = isShortTraceId(id);
      if (!isShort && id.length !== 32) return;
      const end = id.slice(-16);
      let same = byEnd.get(end);
      if (!same) byEnd.set(end, (same = { long: NONE, shorts: [] }));
      if (isShort) same.shorts.push(traceNo);
      else same.long = same.long === NONE ? traceNo : AMBIGUOUS;
    });
    const into = new Int32Array(this.traceIds.length).map((_, traceNo) => traceNo);
    const spellings: TraceSpelling[] = [];
    for (const { long, shorts } of byEnd.values()) {
      if (long < 0) continue;
      for (const traceNo of shorts) {
        into[traceNo] = long;
        spellings.push({ traceNo, intoNo: long, traceId: this.traceIds[long] });
      }
    }
    if (spellings.length > 0) this.moveToTraces(into);
    return spellings;
  }

  private moveToTraces(into: Int32Array): void {
    let moved = 0;
    let example = '';
    for (let row = 0; row < this.rows; row++) {
      const old = this.trace[row];
      const trace = into[old];
      if (trace === old) continue;
      if (moved++ === 0) example = `“${this.traceIds[old]}” of “${this.traceIds[trace]}”`;
      this.times.move(row, old, trace);
      this.trace[row] = trace;
    }
    this.warn('short-trace-id', example, moved);
    this.table.fill(0);
    this.clients.clear();
    for (let row = 0; row < this.rows; row++) {
      if (!(this.flags[row] & 1)) continue;
      this.link(this.slot(this.trace[row], this.idHigh[row], this.idLow[row]), row);
    }
  }

  /** Computes the derived columns, and warns of what is odd. */
  finish(): LineageRows {
    const spellings = this.uniteSpellings();
    const n = this.rows;
    const refused = this.times.judge(n, this.trace, this.warn, (row) => this.describe(row));
    const isRoot = new Uint8Array(n);
    const isOrphan = new Uint8Array(n);
    const isUnfinished = new Uint8Array(n);
    for (let row = 0; row < n; row++) isUnfinished[row] = this.times.isUnfinished(row) ? 1 : 0;
    const parentNo = this.findParents(isRoot, isOrphan);
    const { depth, hasParentsTakenBack } = this.cutCyclesAndMeasureDepth(parentNo, isRoot);
    const { childCount, selfTimeNs } = this.measureSelfTimes(parentNo);
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

  private findParents(isRoot: Uint8Array, isOrphan: Uint8Array): Int32Array {
    const parentNo = new Int32Array(this.rows);
    let orphans = 0;
    let example = NONE;
    for (let row = 0; row < this.rows; row++) {
      let parent = this.clientSideOf(row);
      if (parent === NONE) {
        if (!(this.flags[row] & 2)) {
          isRoot[row] = 1;
        } else {
          parent = this.chooseParent(row);
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

  /**
   * Zipkin's two sides of a call share one id. The server side is the client side's child.
   * https://github.com/openzipkin/zipkin-api/blob/master/zipkin2-api.yaml, field `shared`
   */
  private clientSideOf(row: number): number {
    if (this.kind[row] !== SERVER || !(this.flags[row] & 1)) return NONE;
    const first = this.firstWithId(this.trace[row], this.idHigh[row], this.idLow[row]);
    if (this.kind[first] === CLIENT) return first;
    return this.clients.get(first) ?? NONE;
  }

  /** Of several spans with the parent's id: the server side of the child's own service, else any server side, else the first. */
  private chooseParent(row: number): number {
    const first = this.firstWithId(this.trace[row], this.parentHigh[row], this.parentLow[row]);
    if (first === NONE || this.nextSame[first] === NONE) return first;
    let best = NONE;
    let bestScore = -1;
    let seen = 0;
    for (let other = first; other !== NONE; other = this.nextSame[other]) {
      this.steps++;
      if (++seen > FEW) return this.lookUpParent(first, row);
      if (other === row) continue;
      const score =
        (this.service[other] === this.service[row] ? 2 : 0) + (this.kind[other] === SERVER ? 1 : 0);
      if (score > bestScore) {
        best = other;
        bestScore = score;
      }
    }
    return best;
  }

  /** As `chooseParent`, of many spans with one id. */
  private lookUpParent(first: number, row: number): number {
    let byService = this.candidates.get(first);
    if (!byService) {
      this.candidates.set(first, (byService = new Map([[NONE, new Candidates()]])));
      for (let other = first; other !== NONE; other = this.nextSame[other]) {
        this.steps++;
        const service = this.service[other];
        if (!byService.has(service)) byService.set(service, new Candidates());
        for (const of of [byService.get(service)!, byService.get(NONE)!]) {
          if (this.kind[other] === SERVER) addFirst(of.servers, other);
          addFirst(of.all, other);
        }
      }
    }
    for (const of of [byService.get(this.service[row]), byService.get(NONE)]) {
      for (const [one, two] of of ? [of.servers, of.all] : []) {
        const other = one === row ? two : one;
        if (other !== NONE) return other;
      }
    }
    return NONE;
  }

  /**
   * Depth of every row. A cycle is cut at a span that only follows from its parent, which is a root then, else at its
   * earliest span.
   */
  private cutCyclesAndMeasureDepth(
    parentNo: Int32Array,
    isRoot: Uint8Array,
  ): { depth: Int32Array; hasParentsTakenBack: boolean } {
    let hasParentsTakenBack = false;
    const depth = new Int32Array(this.rows).fill(NONE);
    const onPath = new Uint8Array(this.rows);
    let path = new Int32Array(256);
    for (let row = 0; row < this.rows; row++) {
      if (depth[row] !== NONE) continue;
      let length = 0;
      let at = row;
      while (at !== NONE && depth[at] === NONE) {
        if (onPath[at]) {
          at = this.cutCycle(parentNo, at);
          if (this.flags[at] & 8) {
            isRoot[at] = 1;
            hasParentsTakenBack = true;
          } else this.warn('cycle', this.describe(at));
          // The path leads through the cut span twice now; measure again from where it began.
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
    return { depth, hasParentsTakenBack };
  }

  private cutCycle(parentNo: Int32Array, member: number): number {
    let earliest = member;
    for (let at = parentNo[member]; at !== member; at = parentNo[at]) {
      const weaker = (this.flags[at] & 8) - (this.flags[earliest] & 8);
      if (
        weaker > 0 ||
        (weaker === 0 &&
          (this.startOrLast(at) < this.startOrLast(earliest) ||
            (this.startOrLast(at) === this.startOrLast(earliest) && at < earliest)))
      ) {
        earliest = at;
      }
    }
    parentNo[earliest] = NONE;
    return earliest;
  }

  /** A start, and for spans without one what comes after all others. */
  private startOrLast(row: number): number {
    const start = this.times.start[row];
    return Number.isNaN(start) ? Infinity : start;
  }

  /**
   * Self time is the duration minus the union of the direct children's intervals inside it. Children whose times are
   * unknown take nothing from it.
   */
  private measureSelfTimes(parentNo: Int32Array): {
    childCount: Int32Array;
    selfTimeNs: Float64Array;
  } {
    const n = this.rows;
    const childCount = new Int32Array(n);
    for (let row = 0; row < n; row++) if (parentNo[row] !== NONE) childCount[parentNo[row]]++;
    const firstChild = new Int32Array(n + 1);
    for (let row = 0; row < n; row++) firstChild[row + 1] = firstChild[row] + childCount[row];
    const fill = firstChild.slice(0, n);
    const children = new Int32Array(firstChild[n]);
    for (let row = 0; row < n; row++) {
      if (parentNo[row] !== NONE) children[fill[parentNo[row]]++] = row;
    }
    const selfTimeNs = new Float64Array(n);
    const { start: starts, end: ends } = this.times;
    for (let row = 0; row < n; row++) {
      const start = starts[row];
      const end = ends[row];
      let covered = 0;
      const own = children.subarray(firstChild[row], firstChild[row + 1]);
      this.sortByStart(own);
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

  private sortByStart(rows: Int32Array): void {
    const { start } = this.times;
    let sorted = true;
    for (let i = 1; i < rows.length && sorted; i++) {
      sorted = start[rows[i - 1]] <= start[rows[i]];
    }
    // Two spans without a start compare as NaN, which a sort takes for equal.
    if (!sorted) rows.sort((a, b) => this.startOrLast(a) - this.startOrLast(b));
  }

  private findSkew(parentNo: Int32Array): void {
    const { start, end } = this.times;
    let skewed = 0;
    let example = NONE;
    for (let row = 0; row < this.rows; row++) {
      const parent = parentNo[row];
      if (parent === NONE || this.service[parent] === this.service[row]) continue;
      const early = start[row] < start[parent] - SKEW_TOLERANCE_NS;
      // A consumer may well begin after its producer ended: that is what queues are for.
      const late = this.kind[row] !== CONSUMER && start[row] > end[parent] + SKEW_TOLERANCE_NS;
      if ((early || late) && skewed++ === 0) example = row;
    }
    if (skewed > 0) this.warn('clock-skew', this.describe(example), skewed);
  }

  private countRoots(isRoot: Uint8Array): void {
    const roots = new Int32Array(this.traces.size);
    for (let row = 0; row < this.rows; row++) if (isRoot[row]) roots[this.trace[row]]++;
    const several = roots.reduce((count, of) => count + (of > 1 ? 1 : 0), 0);
    if (several > 0) {
      const example = roots.findIndex((of) => of > 1);
      this.warn(
        'several-roots',
        `trace ${this.traceIds[example]} has ${roots[example]} roots`,
        several,
      );
    }
  }

  private describe(row: number): string {
    const high = this.idHigh[row];
    const low = this.idLow[row];
    let id = 'without id';
    if (high !== 0) id = high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
    else if (this.flags[row] & 1) id = this.otherTexts[low];
    return `span ${id} of trace ${this.traceIds[this.trace[row]]}`;
  }

  private isOtherSide(first: number, kind: number): boolean {
    const others = this.kindsOfSame[first];
    return (
      (kind === SERVER && others === 1 << CLIENT) || (kind === CLIENT && others === 1 << SERVER)
    );
  }

  private traceNumber(span: Span): number {
    if (span.traceId === this.lastTrace && this.lastTraceNo !== NONE) return this.lastTraceNo;
    let traceNo = this.traces.get(span.traceId);
    if (traceNo === undefined) {
      traceNo = this.traces.size;
      this.traces.set(span.traceId, traceNo);
      this.traceIds.push(span.traceId);
      if (isShortTraceId(span.traceId)) this.shortTraces++;
    }
    this.lastTrace = span.traceId;
    this.lastTraceNo = traceNo;
    return traceNo;
  }

  /** Hex ids of 8 bytes are their own number; all others, and hex ids whose high word is 0, are numbered by their text. */
  private putId(id: string, high: Uint32Array, low: Uint32Array, row: number): void {
    const word = id.length === 16 ? hexWord(id, 0) : NONE;
    const rest = word > 0 ? hexWord(id, 8) : NONE;
    high[row] = rest === NONE ? 0 : word;
    if (rest !== NONE) low[row] = rest;
    else {
      low[row] = numberOf(this.otherIds, id);
      if (this.otherTexts.length < this.otherIds.size) this.otherTexts.push(id);
    }
  }

  private slot(trace: number, high: number, low: number): number {
    const mask = this.table.length - 1;
    let hash = Math.imul(high ^ Math.imul(trace + 1, 0x9e3779b1), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ low, 0xc2b2ae35);
    let slot = (hash ^ (hash >>> 13)) & mask;
    for (;;) {
      const row = this.table[slot] - 1;
      if (
        row === NONE ||
        (this.trace[row] === trace && this.idHigh[row] === high && this.idLow[row] === low)
      ) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  private firstWithId(trace: number, high: number, low: number): number {
    return this.table[this.slot(trace, high, low)] - 1;
  }

  private rehash(): void {
    const old = this.table;
    this.table = new Int32Array(old.length * 2);
    for (const entry of old) {
      if (entry === 0) continue;
      const row = entry - 1;
      this.table[this.slot(this.trace[row], this.idHigh[row], this.idLow[row])] = entry;
    }
  }

  private enlarge(): void {
    this.capacity *= 2;
    this.trace = grow(this.trace);
    this.idHigh = grow(this.idHigh);
    this.idLow = grow(this.idLow);
    this.parentHigh = grow(this.parentHigh);
    this.parentLow = grow(this.parentLow);
    this.flags = grow(this.flags);
    this.times.enlarge(this.capacity);
    this.kind = grow(this.kind);
    this.service = grow(this.service);
    this.name = grow(this.name);
    this.nextSame = grow(this.nextSame);
    this.lastSame = grow(this.lastSame);
    this.kindsOfSame = grow(this.kindsOfSame);
    this.content = grow(this.content);
  }
}

function addFirst(two: FirstTwo, row: number): void {
  if (two[0] === NONE) two[0] = row;
  else if (two[1] === NONE) two[1] = row;
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

/** Eight lower-case hex digits as a number, or NONE. */
function hexWord(text: string, from: number): number {
  let word = 0;
  for (let i = from; i < from + 8; i++) {
    const code = text.charCodeAt(i);
    const digit =
      code >= 97 && code <= 102 ? code - 87 : code >= 48 && code <= 57 ? code - 48 : NONE;
    if (digit === NONE) return NONE;
    word = word * 16 + digit;
  }
  return word;
}

function numberOf(numbers: Map<string, number>, text: string): number {
  let number = numbers.get(text);
  if (number === undefined) {
    number = numbers.size;
    numbers.set(text, number);
  }
  return number;
}
