/**
 * A number for everything a span says besides its id, name, service, kind and times. Nearly all spans are hashed from their
 * columns, where each distinct text is hashed once (`SpanRows`); only one whose id was there before is hashed from its
 * texts, to find out whether it is a copy before it is written. Both give the same number.
 */
import {
  STATUS_CODES,
  type Attributes,
  type Resource,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '$lib/model/span';

/** Longer texts are sampled at this many places; their length counts as well. */
const MAX_CHARS = 1024;

const PRIME = 0x01000193;
const BASIS = 0x811c9dc5;

let lastResource: Resource | null = null;
let lastResourceHash = 0;
let lastScope = '';
let lastScopeHash = 0;

/**
 * Spans that differ have the same hash with a chance of one in four thousand million.
 * @param attributes @param events @param links hashes of these parts
 */
export function contentHash(span: Span, attributes: number, events: number, links: number): number {
  let hash = mix(BASIS, STATUS_CODES.indexOf(span.status));
  if (span.statusDescription) hash = mix(hash, hashText(span.statusDescription));
  if (span.parentId) hash = mix(hash, hashText(span.parentId));
  if (span.scope !== lastScope) {
    lastScope = span.scope;
    lastScopeHash = hashText(span.scope);
  }
  if (span.resource !== lastResource) {
    lastResource = span.resource;
    lastResourceHash = hashPairs(span.resource.attributes);
  }
  hash = mix(mix(hash, lastScopeHash), lastResourceHash);
  return mix(mix(mix(hash, attributes), events), links) >>> 0;
}

/** The content hash of a span that is in no column. */
export function hashSpan(span: Span): number {
  let events = 0;
  for (const event of span.events) events = mixEvent(events, event, hashPairs(event.attributes));
  let links = 0;
  for (const link of span.links) links = mixLink(links, link, hashPairs(link.attributes));
  return contentHash(span, hashPairs(span.attributes), events, links);
}

/** Adds an event to the hash of the events before it. */
export function mixEvent(hash: number, event: SpanEvent, attributes: number): number {
  hash = mix(hash, hashText(event.name));
  // Times are told apart by their lower digits.
  if (event.timeNs !== null) hash = mix(hash, Number(BigInt.asIntN(32, event.timeNs)));
  return mix(hash, attributes);
}

/** Adds a link to the hash of the links before it. */
export function mixLink(hash: number, link: SpanLink, attributes: number): number {
  return mix(mix(mix(hash, hashText(link.traceId)), hashText(link.spanId)), attributes);
}

/** Adds a hash to another; the order counts. */
export function mix(hash: number, other: number): number {
  const mixed = Math.imul(hash ^ other, PRIME);
  return mixed ^ (mixed >>> 15);
}

export function hashText(text: string): number {
  const { length } = text;
  const step = length <= MAX_CHARS ? 1 : Math.floor(length / MAX_CHARS);
  let hash = BASIS ^ length;
  for (let i = 0; i < length; i += step) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash ^ (hash >>> 15);
}

/** As a map column has them: a repeated key keeps its place and takes the last value. */
function hashPairs(pairs: Attributes): number {
  const unique = new Map<string, string>();
  for (let i = 0; i + 1 < pairs.length; i += 2) unique.set(pairs[i], pairs[i + 1]);
  let hash = 0;
  for (const [key, value] of unique) hash = mix(mix(hash, hashText(key)), hashText(value));
  return hash;
}
