/**
 * Which rows have which span id. An id is two words: the digits of a 16-digit hex id, else zero and the number of its
 * text. Rows of one trace and id form a chain in their order; a hash table leads from (trace, id) to the first of them.
 */
import { numberOf } from './number-of';
import { grow } from './grow';

/** No row. */
export const NONE = -1;

/** Ids of one kind by row: those of the spans, or of their parents. */
export class Ids {
  high: Uint32Array;
  low: Uint32Array;

  constructor(
    capacity: number,
    private readonly texts: OtherIds,
  ) {
    this.high = new Uint32Array(capacity);
    this.low = new Uint32Array(capacity);
  }

  enlarge(): void {
    this.high = grow(this.high);
    this.low = grow(this.low);
  }

  put(row: number, id: string): void {
    const high = id.length === 16 ? hexWord(id, 0) : NONE;
    // Ids whose high word is zero count as texts, so that zero can mark them.
    const low = high > 0 ? hexWord(id, 8) : NONE;
    if (low === NONE) {
      this.high[row] = 0;
      this.low[row] = this.texts.number(id);
    } else {
      this.high[row] = high;
      this.low[row] = low;
    }
  }

  text(row: number): string {
    const high = this.high[row];
    const low = this.low[row];
    if (high === 0) return this.texts.texts[low];
    return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
  }
}

/** Ids that are not 16 hex digits. */
class OtherIds {
  /** By number. */
  readonly texts: string[] = [];
  private readonly numbers = new Map<string, number>();

  number(id: string): number {
    const number = numberOf(this.numbers, id);
    if (number === this.texts.length) this.texts.push(id);
    return number;
  }
}

/** Ids of all rows, and the chains of rows that share one. */
export class SpanIds {
  private readonly texts = new OtherIds();
  readonly own: Ids;
  readonly parents: Ids;
  /** The next row of the same trace and id, or NONE. */
  next: Int32Array;
  /** By the first row of a chain, its last. */
  private last: Int32Array;
  /** Open addressing over (trace, id): the first row of a chain + 1. */
  private table: Int32Array;

  /** @param trace the number of each row's trace */
  constructor(
    capacity: number,
    private trace: Int32Array,
  ) {
    this.own = new Ids(capacity, this.texts);
    this.parents = new Ids(capacity, this.texts);
    this.next = new Int32Array(capacity);
    this.last = new Int32Array(capacity);
    this.table = new Int32Array(capacity * 2);
  }

  enlarge(trace: Int32Array): void {
    this.trace = trace;
    this.own.enlarge();
    this.parents.enlarge();
    this.next = grow(this.next);
    this.last = grow(this.last);
    const { table } = this;
    this.table = new Int32Array(table.length * 2);
    for (const entry of table) if (entry !== 0) this.table[this.slotOf(entry - 1)] = entry;
  }

  /** The first row with the trace and id of this row, which need not be in a chain itself; or NONE. */
  firstLike(row: number): number {
    return this.table[this.slotOf(row)] - 1;
  }

  /** The first row whose id is this row's parent id; or NONE. */
  firstParent(row: number): number {
    const { high, low } = this.parents;
    return this.table[this.slot(this.trace[row], high[row], low[row])] - 1;
  }

  /** Puts a row at the end of its chain. Returns the first row of the chain, which may be the row itself. */
  chain(row: number): number {
    const slot = this.slotOf(row);
    const first = this.table[slot] - 1;
    this.next[row] = NONE;
    if (first === NONE) {
      this.table[slot] = row + 1;
      this.last[row] = row;
      return row;
    }
    this.next[this.last[first]] = row;
    this.last[first] = row;
    return first;
  }

  /** Forgets all chains, because rows moved to other traces. */
  unchain(): void {
    this.table.fill(0);
  }

  private slotOf(row: number): number {
    return this.slot(this.trace[row], this.own.high[row], this.own.low[row]);
  }

  private slot(trace: number, high: number, low: number): number {
    const { table, own } = this;
    const mask = table.length - 1;
    let hash = Math.imul(high ^ Math.imul(trace + 1, 0x9e3779b1), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ low, 0xc2b2ae35);
    let slot = (hash ^ (hash >>> 13)) & mask;
    for (;;) {
      const row = table[slot] - 1;
      if (
        row === NONE ||
        (this.trace[row] === trace && own.high[row] === high && own.low[row] === low)
      ) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }
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
