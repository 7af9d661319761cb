/** Which of the spans with an id is meant where several have it. */
import { SPAN_KINDS } from '$lib/model/span';
import { grow } from './grow';
import { NONE, type SpanIds } from './span-ids';
import { FEW, type Traits } from './traits';

export const SERVER = SPAN_KINDS.indexOf('SERVER');
export const CLIENT = SPAN_KINDS.indexOf('CLIENT');

/** The first two rows of a kind; the second serves a span that would be its own parent. */
type FirstTwo = [number, number];

/** Spans with one id, as parents to choose from. */
class Candidates {
  readonly servers: FirstTwo = [NONE, NONE];
  readonly all: FirstTwo = [NONE, NONE];
}

export class Parents {
  /** Spans looked at, for tests of how the work grows. */
  steps = 0;
  /** By the first row of a chain, the kinds in it as bits. */
  private kinds: Uint8Array;
  /** The first client of a chain that does not begin with one, by the first of the chain. */
  private readonly clients = new Map<number, number>();
  /** The candidates of a long chain, by its first row and their service; those of any service under NONE. */
  private readonly candidates = new Map<number, Map<number, Candidates>>();

  constructor(
    capacity: number,
    private readonly ids: SpanIds,
    private readonly traits: Traits,
  ) {
    this.kinds = new Uint8Array(capacity);
  }

  enlarge(): void {
    this.kinds = grow(this.kinds);
  }

  /** Takes a row that was put into a chain. @param first the first of the chain */
  take(first: number, row: number): void {
    const kind = this.traits.kind[row];
    if (first === row) {
      this.kinds[row] = 1 << kind;
      return;
    }
    if (kind === CLIENT && !(this.kinds[first] & (1 << CLIENT))) this.clients.set(first, row);
    this.kinds[first] |= 1 << kind;
  }

  /** Forgets all rows. */
  clear(): void {
    this.clients.clear();
  }

  /** Whether a span with the chain's id is the other side of a call: one client and one server may share an id. */
  isOtherSide(first: number, row: number): boolean {
    const kind = this.traits.kind[row];
    const others = this.kinds[first];
    return (
      (kind === SERVER && others === 1 << CLIENT) || (kind === CLIENT && others === 1 << SERVER)
    );
  }

  /**
   * In Zipkin, the two sides of a call share one id. The server side is the client side's child.
   * https://github.com/openzipkin/zipkin-api/blob/master/zipkin2-api.yaml, field `shared`
   * @returns the client side of a row that is a server, or NONE
   */
  clientSide(row: number): number {
    if (this.traits.kind[row] !== SERVER) return NONE;
    const first = this.ids.firstLike(row);
    if (this.traits.kind[first] === CLIENT) return first;
    return this.clients.get(first) ?? NONE;
  }

  /**
   * The span whose id is the row's parent id, or NONE. Of several: the server side of the child's own service, else any
   * span of its service, else any server side, else the first.
   */
  choose(row: number): number {
    const { ids, traits } = this;
    const first = ids.firstParent(row);
    if (first === NONE || ids.next[first] === NONE) return first;
    let best = NONE;
    let bestScore = -1;
    let seen = 0;
    for (let other = first; other !== NONE; other = ids.next[other]) {
      this.steps++;
      if (++seen > FEW) return this.lookUp(first, row);
      if (other === row) continue;
      const score =
        (traits.service[other] === traits.service[row] ? 2 : 0) +
        (traits.kind[other] === SERVER ? 1 : 0);
      if (score > bestScore) {
        best = other;
        bestScore = score;
      }
    }
    return best;
  }

  /** As `choose`, for a long chain. */
  private lookUp(first: number, row: number): number {
    const { service, kind } = this.traits;
    let byService = this.candidates.get(first);
    if (!byService) {
      this.candidates.set(first, (byService = new Map([[NONE, new Candidates()]])));
      for (let other = first; other !== NONE; other = this.ids.next[other]) {
        this.steps++;
        if (!byService.has(service[other])) byService.set(service[other], new Candidates());
        for (const of of [byService.get(service[other])!, byService.get(NONE)!]) {
          if (kind[other] === SERVER) addFirst(of.servers, other);
          addFirst(of.all, other);
        }
      }
    }
    for (const of of [byService.get(service[row]), byService.get(NONE)]) {
      for (const [one, two] of of ? [of.servers, of.all] : []) {
        const other = one === row ? two : one;
        if (other !== NONE) return other;
      }
    }
    return NONE;
  }
}

function addFirst(two: FirstTwo, row: number): void {
  if (two[0] === NONE) two[0] = row;
  else if (two[1] === NONE) two[1] = row;
}
