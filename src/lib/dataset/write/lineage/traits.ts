/** What tells spans apart that share an id: kind, service, name, times, and a hash of everything else. */
import { hashSpan } from '$lib/dataset/write/content-hash';
import { SPAN_KINDS, type Span } from '$lib/model/span';
import { grow } from './grow';
import { numberOf } from './number-of';
import { NONE, type SpanIds } from './span-ids';
import { SpanTimes } from './span-times';

/** Of spans that share an id, so many are compared one by one; beyond, they are looked up. */
export const FEW = 8;

export class Traits {
  /** Index in SPAN_KINDS. */
  kind: Uint8Array;
  service: Int32Array;
  readonly times = new SpanTimes();
  /** Comparisons, for tests of how the work grows. */
  steps = 0;
  private name: Int32Array;
  private content: Uint32Array;
  private readonly services = new Map<string, number>();
  private readonly names = new Map<string, number>();
  /** The traits of each row of a long chain, by its first row. */
  private readonly many = new Map<number, Set<string>>();

  constructor(
    private capacity: number,
    private readonly ids: SpanIds,
  ) {
    this.kind = new Uint8Array(capacity);
    this.service = new Int32Array(capacity);
    this.name = new Int32Array(capacity);
    this.content = new Uint32Array(capacity);
    this.times.enlarge(capacity);
  }

  enlarge(): void {
    this.capacity *= 2;
    this.kind = grow(this.kind);
    this.service = grow(this.service);
    this.name = grow(this.name);
    this.content = grow(this.content);
    this.times.enlarge(this.capacity);
  }

  /** Takes a span as a row, which the next span may take again if this one is a copy. */
  put(row: number, traceNo: number, span: Span, service: string): void {
    this.times.put(row, traceNo, span);
    this.kind[row] = SPAN_KINDS.indexOf(span.kind);
    this.service[row] = numberOf(this.services, service);
    this.name[row] = numberOf(this.names, span.name);
  }

  setContent(row: number, hash: number): void {
    this.content[row] = hash;
  }

  /** Whether a row of the chain equals this span in everything. @param first the first of the chain, which lacks `row` */
  isCopy(first: number, row: number, span: Span): boolean {
    this.content[row] = hashSpan(span);
    let seen = 0;
    for (let other = first; other !== NONE; other = this.ids.next[other]) {
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

  /** As `isCopy`, for a long chain. Remembers the row's traits. */
  private isAmongMany(first: number, row: number): boolean {
    let known = this.many.get(first);
    if (!known) {
      this.many.set(first, (known = new Set()));
      for (let other = first; other !== NONE; other = this.ids.next[other]) {
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
}
