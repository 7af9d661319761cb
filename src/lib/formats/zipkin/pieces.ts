/**
 * Spans of Zipkin that were sent in pieces: reports of one span, some of its name, some of its end, some of late tags.
 * https://github.com/openzipkin/zipkin/blob/master/zipkin/src/main/java/zipkin2/internal/Trace.java puts them together alike.
 */
import type { Attributes, SpanEvent, SpanKind } from '$lib/model/span';

/** A span as one report has it; what it does not say is empty or null. */
export interface Piece {
  traceId: string;
  spanId: string;
  parentId: string | null;
  kind: SpanKind | null;
  service: string;
  isShared: boolean;
  name: string;
  startNs: bigint | null;
  durationNs: bigint | null;
  events: SpanEvent[];
  /** Of the endpoints and flags. */
  facts: Attributes;
  tags: Attributes;
}

/** Different spans of one id, kind and service are told apart by what they say of themselves, up to so many. */
const MAX_APART = 8;

/** Whether two are of the same id; a number each in which differing ids hardly meet. */
export function idHash({ traceId, spanId }: { traceId: string; spanId: string }): number {
  let high = 0x811c9dc5;
  let low = 0x2545f491;
  // The last 64 bits: a trace's id may be spelt in either length.
  for (let i = Math.max(0, traceId.length - 16); i < traceId.length; i++) {
    high = Math.imul(high ^ traceId.charCodeAt(i), 0x01000193);
    low = Math.imul(low ^ traceId.charCodeAt(i), 0x85ebca6b);
  }
  for (let i = 0; i < spanId.length; i++) {
    high = Math.imul(high ^ spanId.charCodeAt(i), 0x01000193);
    low = Math.imul(low ^ (spanId.charCodeAt(i) + 7), 0xc2b2ae35) ^ (low >>> 15);
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}

/**
 * Puts together what belongs together, in the order of the first pieces. Says how many were joined to another one, and how
 * many of all were copies that had nothing to add.
 */
export function join(pieces: readonly Piece[]): {
  spans: Piece[];
  joined: number;
  copies: number;
} {
  const spans: Piece[] = [];
  const byKey = new Map<string, Piece[]>();
  const byId = new Map<string, Piece[]>();
  let joined = 0;
  let copies = 0;
  const place = (piece: Piece, list: Piece[]): boolean => {
    const other = list.find((candidate) => agree(candidate, piece));
    if (!other) return false;
    if (absorb(other, piece)) joined++;
    else copies++;
    return true;
  };
  const rest: Piece[] = [];
  for (const piece of pieces) {
    if (piece.kind === null || piece.service === '') {
      rest.push(piece);
      continue;
    }
    const id = `${piece.traceId.slice(-16)} ${piece.spanId}`;
    const key = `${id} ${piece.kind} ${piece.isShared} ${piece.service}`;
    const list = listOf(byKey, key);
    if (place(piece, list)) continue;
    spans.push(piece);
    for (const known of [list, listOf(byId, id)]) if (known.length < MAX_APART) known.push(piece);
  }
  // A report without kind or service belongs to whichever it agrees with.
  for (const piece of rest) {
    const list = listOf(byId, `${piece.traceId.slice(-16)} ${piece.spanId}`);
    if (place(piece, list)) continue;
    spans.push(piece);
    if (list.length < MAX_APART) list.push(piece);
  }
  return { spans, joined, copies };
}

function listOf(lists: Map<string, Piece[]>, key: string): Piece[] {
  let list = lists.get(key);
  if (!list) lists.set(key, (list = []));
  return list;
}

/** Whether one says nothing that the other denies. */
function agree(a: Piece, b: Piece): boolean {
  const same = (x: unknown, y: unknown, nothing: unknown) =>
    x === nothing || y === nothing || x === y;
  return (
    a.isShared === b.isShared &&
    same(a.kind, b.kind, null) &&
    same(a.service, b.service, '') &&
    same(a.name, b.name, '') &&
    // 0 stands for no start.
    same(a.startNs || null, b.startNs || null, null) &&
    same(a.durationNs, b.durationNs, null)
  );
}

/** Adds what one report has to another; false where it has nothing new. */
function absorb(into: Piece, from: Piece): boolean {
  const before = { ...into };
  if (from.traceId.length > into.traceId.length) into.traceId = from.traceId;
  into.parentId ??= from.parentId;
  into.kind ??= from.kind;
  into.service ||= from.service;
  into.name ||= from.name;
  into.startNs = into.startNs || (from.startNs ?? into.startNs);
  into.durationNs ??= from.durationNs;
  into.events = unitedEvents(into.events, from.events);
  into.facts = unitedPairs(into.facts, from.facts);
  into.tags = unitedPairs(into.tags, from.tags);
  return (Object.keys(into) as (keyof Piece)[]).some((key) => into[key] !== before[key]);
}

function unitedEvents(a: SpanEvent[], b: SpanEvent[]): SpanEvent[] {
  if (b.length === 0) return a;
  const key = ({ name, timeNs }: SpanEvent) => `${timeNs} ${name}`;
  const known = new Set(a.map(key));
  const more = b.filter((event) => !known.has(key(event)));
  return more.length > 0 ? [...a, ...more] : a;
}

function unitedPairs(a: Attributes, b: Attributes): Attributes {
  if (b.length === 0) return a;
  const known = new Set<string>();
  for (let i = 0; i < a.length; i += 2) known.add(JSON.stringify([a[i], a[i + 1]]));
  const more: Attributes = [];
  for (let i = 0; i < b.length; i += 2) {
    if (!known.has(JSON.stringify([b[i], b[i + 1]]))) more.push(b[i], b[i + 1]);
  }
  return more.length > 0 ? [...a, ...more] : a;
}
