/**
 * Joins spans that Zipkin's clients sent in pieces: several reports of one span, perhaps its name, its end, or late tags.
 * Follows https://github.com/openzipkin/zipkin/blob/master/zipkin/src/main/java/zipkin2/internal/Trace.java.
 */
import type { Attributes, SpanEvent, SpanKind } from '$lib/model/span';

/** A span as in one report; whatever it lacks is empty or null. */
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
  /** From endpoints and flags. */
  facts: Attributes;
  tags: Attributes;
}

/** Up to this many different spans with the same id, kind and service are told apart by their content. */
const MAX_APART = 8;

/** Hashes of ids: equal for equal ids, and rarely equal otherwise. */
export function idHash({ traceId, spanId }: { traceId: string; spanId: string }): number {
  let high = 0x811c9dc5;
  let low = 0x2545f491;
  // Only the last 64 bits, since a trace id can be written in either length.
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
 * Joins pieces of the same span, in the order of the first pieces. Returns how many were joined to another, and how many were
 * copies that added nothing.
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
  // A report without kind or service belongs to the first span that it agrees with.
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

/** Whether they do not contradict each other. */
function agree(a: Piece, b: Piece): boolean {
  const same = (x: unknown, y: unknown, nothing: unknown) =>
    x === nothing || y === nothing || x === y;
  return (
    a.isShared === b.isShared &&
    same(a.kind, b.kind, null) &&
    same(a.service, b.service, '') &&
    same(a.name, b.name, '') &&
    // 0 means no start.
    same(a.startNs || null, b.startNs || null, null) &&
    same(a.durationNs, b.durationNs, null)
  );
}

/** Adds one report to another; false if it had nothing new. */
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
