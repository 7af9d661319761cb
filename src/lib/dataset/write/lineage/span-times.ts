/**
 * When spans ran, and which of the times that a file gives cannot be right. It is decided once, when all spans are in, and
 * by the dataset itself: a start near 1970 is wrong among dates of this year, and right where a clock began at zero.
 */
import type { DiagnosticCode } from '$lib/model/diagnostics';
import { INVALID_NS, type Span } from '$lib/model/span';
import { isoTime } from '$lib/model/time';

type Warn = (code: DiagnosticCode, example: string, count?: number) => void;

/** A time that lies between these is a date; any other one counts from somewhere else, or is no time. */
const DATES_FROM_NS = Date.UTC(1990, 0) * 1e6;
const DATES_TO_NS = Date.UTC(2100, 0) * 1e6;

/** Times are dates where at least one in so many of them is one. */
const ONE_IN = 100;

/** All of a dataset's times lie this near to their median: twenty years of nanoseconds. */
const WINDOW_NS = 20 * 365.25 * 86_400e9;

/** Beyond this lies the year 2116: such a time is right in no dataset, and the difference of two overflows 64 bits. */
const FAR_NS = 2n ** 62n;

/** Bits of a row. */
const START_IS_DATE = 1;
const END_IS_DATE = 2;
const UNFINISHED = 4;
const START_IS_FAR = 8;
const END_IS_FAR = 16;

/** The two times of a span as the file has them. */
type Times = Pick<Span, 'startNs' | 'endNs'>;

/** The time as `spans` takes it until it is judged; null for none and for what can't be right anywhere. */
export function storable(ns: bigint | null): bigint | null {
  return ns === null || ns >= FAR_NS || ns <= -FAR_NS ? null : ns;
}

/** Times that the file gives and the dataset leaves out, by row. */
export interface RefusedTimes {
  spanNo: Int32Array;
  isStart: Uint8Array;
  isEnd: Uint8Array;
  /** The times of rows that `storable` holds back. */
  far: ReadonlyMap<number, Times>;
}

/** Which times of a dataset can be right: epoch nanoseconds, both ends included. */
interface Plausible {
  areDates: boolean;
  fromNs: number;
  toNs: number;
}

export class SpanTimes {
  /**
   * Nanoseconds from the first start of the same trace, exact in a double for traces shorter than 104 days; NaN where
   * unknown. Dates and other times of one trace have a beginning each, so that neither loses digits to the other.
   */
  start = new Float64Array(0);
  end = new Float64Array(0);
  private bits = new Uint8Array(0);
  private readonly dates = new Clock();
  private readonly others = new Clock();
  private readonly far = new Map<number, Times>();

  enlarge(capacity: number): void {
    const { start, end, bits } = this;
    this.start = new Float64Array(capacity);
    this.end = new Float64Array(capacity);
    this.bits = new Uint8Array(capacity);
    this.start.set(start);
    this.end.set(end);
    this.bits.set(bits);
  }

  /** Takes the times of a row, which may be taken again by another span. */
  put(row: number, trace: number, { startNs, endNs }: Times): void {
    let bits = endNs === null ? UNFINISHED : 0;
    let start = NaN;
    let end = NaN;
    if (startNs !== null && startNs !== INVALID_NS) {
      if (isDate(startNs)) {
        bits |= START_IS_DATE;
        start = this.dates.offset(trace, startNs);
      } else if (storable(startNs) === null) bits |= START_IS_FAR;
      else start = this.others.offset(trace, startNs);
    }
    if (endNs !== null && endNs !== INVALID_NS) {
      if (isDate(endNs)) {
        bits |= END_IS_DATE;
        end = this.dates.offset(trace, endNs);
      } else if (storable(endNs) === null) bits |= END_IS_FAR;
      else end = this.others.offset(trace, endNs);
    }
    if (bits & (START_IS_FAR | END_IS_FAR)) this.far.set(row, { startNs, endNs });
    else if (this.far.size > 0) this.far.delete(row);
    this.start[row] = start;
    this.end[row] = end;
    this.bits[row] = bits;
  }

  /** Whether two rows of one trace have the same times, unknown ones too. */
  areEqual(a: number, b: number): boolean {
    return (
      this.bits[a] === this.bits[b] &&
      Object.is(this.start[a], this.start[b]) &&
      Object.is(this.end[a], this.end[b]) &&
      this.far.get(a)?.startNs === this.far.get(b)?.startNs &&
      this.far.get(a)?.endNs === this.far.get(b)?.endNs
    );
  }

  /** The same text for all rows of one trace that have the same times. */
  identity(row: number): string {
    const far = this.far.get(row);
    const text = `${this.bits[row]} ${this.start[row]} ${this.end[row]}`;
    return far ? `${text} ${far.startNs} ${far.endNs}` : text;
  }

  /** Counts the times of a row from where another trace's begin, which it turned out to belong to. */
  move(row: number, from: number, into: number): void {
    const clockOf = (bit: number) => (this.bits[row] & bit ? this.dates : this.others);
    this.start[row] = clockOf(START_IS_DATE).moved(this.start[row], from, into);
    this.end[row] = clockOf(END_IS_DATE).moved(this.end[row], from, into);
  }

  isUnfinished(row: number): boolean {
    return (this.bits[row] & UNFINISHED) !== 0;
  }

  /**
   * Judges all times, and warns of what is unknown. What is refused is NaN from here on, so that nothing computed from
   * the arrays rests on it.
   */
  judge(
    rows: number,
    traceOf: Int32Array,
    warn: Warn,
    describe: (row: number) => string,
  ): RefusedTimes | null {
    const judged = this.plausible(rows, traceOf);
    const spanNo: number[] = [];
    const isStart: number[] = [];
    const isEnd: number[] = [];
    const odd = new OddTimes(warn, describe);
    for (let row = 0; row < rows; row++) {
      const bits = this.bits[row];
      const start = this.start[row];
      const end = this.end[row];
      const trace = traceOf[row];
      const startIsDate = (bits & START_IS_DATE) !== 0;
      const endIsDate = (bits & END_IS_DATE) !== 0;
      const badStart =
        (bits & START_IS_FAR) !== 0 ||
        (start === start && !this.isWithin(judged, trace, start, startIsDate));
      const badEnd =
        (bits & END_IS_FAR) !== 0 || (end === end && !this.isWithin(judged, trace, end, endIsDate));
      const isReversed = !badStart && !badEnd && end < start;
      if (badStart || start !== start) {
        odd.count('unknown-start', row, () =>
          badStart
            ? isoTime(this.far.get(row)?.startNs ?? this.exactNs(trace, start, startIsDate))
            : 'none that can be read',
        );
      } else if (isReversed) {
        odd.count('negative-duration', row, () => `${end - start} ns`);
      } else if (badEnd || (end !== end && !(bits & UNFINISHED))) {
        odd.count('unknown-duration', row, () =>
          badEnd
            ? `ends ${isoTime(this.far.get(row)?.endNs ?? this.exactNs(trace, end, endIsDate))}`
            : 'its end or duration can’t be read',
        );
      }
      if (bits & UNFINISHED) odd.count('unfinished', row, () => '');
      if (!badStart && !badEnd && !isReversed) continue;
      spanNo.push(row);
      isStart.push(badStart ? 1 : 0);
      isEnd.push(badEnd || isReversed ? 1 : 0);
      if (badStart) this.start[row] = NaN;
      if (badEnd || isReversed) this.end[row] = NaN;
    }
    odd.tell();
    if (spanNo.length === 0) return null;
    return {
      spanNo: Int32Array.from(spanNo),
      isStart: Uint8Array.from(isStart),
      isEnd: Uint8Array.from(isEnd),
      far: this.far,
    };
  }

  private plausible(rows: number, traceOf: Int32Array): Plausible {
    const areDates = this.dates.count * ONE_IN >= this.dates.count + this.others.count;
    const clock = areDates ? this.dates : this.others;
    // Zeros everywhere are what writers put where they know no time.
    if (!areDates && clock.first === 0 && clock.last === 0) return { areDates, fromNs: 1, toNs: 0 };
    if (clock.last - clock.first <= WINDOW_NS) {
      return { areDates, fromNs: -Infinity, toNs: Infinity };
    }
    const all = new Float64Array(2 * rows);
    let count = 0;
    for (let row = 0; row < rows; row++) {
      const bits = this.bits[row];
      const { start, end } = this;
      if (start[row] === start[row] && ((bits & START_IS_DATE) !== 0) === areDates)
        all[count++] = clock.epochNs(traceOf[row], start[row]);
      if (end[row] === end[row] && ((bits & END_IS_DATE) !== 0) === areDates)
        all[count++] = clock.epochNs(traceOf[row], end[row]);
    }
    const median = all.subarray(0, count).sort()[count >> 1];
    return { areDates, fromNs: median - WINDOW_NS, toNs: median + WINDOW_NS };
  }

  private isWithin(
    { areDates, fromNs, toNs }: Plausible,
    trace: number,
    offset: number,
    isDated: boolean,
  ): boolean {
    if (isDated !== areDates) return false;
    if (fromNs === -Infinity) return true;
    const ns = (isDated ? this.dates : this.others).epochNs(trace, offset);
    return ns >= fromNs && ns <= toNs;
  }

  private exactNs(trace: number, offset: number, isDated: boolean): bigint {
    return (isDated ? this.dates : this.others).exactNs(trace, offset);
  }
}

function isDate(ns: bigint): boolean {
  const near = Number(ns);
  return near >= DATES_FROM_NS && near < DATES_TO_NS;
}

/** Times of one kind: where each trace's begin, and from when to when they lie. */
class Clock {
  count = 0;
  /** Epoch nanoseconds, to some hundred. */
  first = Infinity;
  last = -Infinity;
  private readonly base: bigint[] = [];

  /** Nanoseconds from the first of these times of the same trace. */
  offset(trace: number, ns: bigint): number {
    const near = Number(ns);
    this.count++;
    if (near < this.first) this.first = near;
    if (near > this.last) this.last = near;
    const base = this.base[trace] as bigint | undefined;
    if (base !== undefined) return Number(ns - base);
    this.base[trace] = ns;
    return 0;
  }

  /** The offset of the same time in another trace; NaN stays. */
  moved(offset: number, from: number, into: number): number {
    if (offset !== offset) return offset;
    this.base[into] ??= this.base[from];
    return offset + Number(this.base[from] - this.base[into]);
  }

  epochNs(trace: number, offset: number): number {
    return Number(this.base[trace]) + offset;
  }

  exactNs(trace: number, offset: number): bigint {
    return this.base[trace] + BigInt(offset);
  }
}

/** Counts what is odd, and describes the first of each kind. */
class OddTimes {
  private readonly found = new Map<DiagnosticCode, { count: number; example: string }>();

  constructor(
    private readonly warn: Warn,
    private readonly describe: (row: number) => string,
  ) {}

  count(code: DiagnosticCode, row: number, what: () => string): void {
    const known = this.found.get(code);
    if (known) {
      known.count++;
      return;
    }
    const text = what();
    this.found.set(code, {
      count: 1,
      example: text ? `${this.describe(row)}: ${text}` : this.describe(row),
    });
  }

  tell(): void {
    for (const [code, { count, example }] of this.found) this.warn(code, example, count);
  }
}
