/** A number of all that a span says beside its id, name, service, kind and times. */
import type { Attributes, Resource, Span } from '$lib/model/span';

/** Of longer texts so many characters count, spread over the whole, and the length. */
const MAX_CHARS = 1024;

const PRIME = 0x01000193;

let lastResource: Resource | null = null;
let lastResourceHash = 0;

/** Equal for equal spans; of two that differ in anything, one in four thousand million is taken for equal. */
export function contentHash(span: Span): number {
  let hash = hashText(0x811c9dc5, span.status);
  if (span.statusDescription) hash = hashText(hash, span.statusDescription);
  if (span.parentId) hash = hashText(hash, span.parentId);
  hash = hashText(hash, span.scope);
  hash = hashPairs(hash, span.attributes);
  for (const event of span.events) {
    hash = hashText(hash, event.name);
    // Times are told apart by their lower digits.
    if (event.timeNs !== null)
      hash = Math.imul(hash ^ Number(BigInt.asIntN(32, event.timeNs)), PRIME);
    hash = hashPairs(hash, event.attributes);
  }
  for (const link of span.links) {
    hash = hashText(hashText(hash, link.traceId), link.spanId);
    hash = hashPairs(hash, link.attributes);
  }
  if (span.resource !== lastResource) {
    lastResource = span.resource;
    lastResourceHash = hashPairs(0, span.resource.attributes);
  }
  return (hash ^ lastResourceHash) >>> 0;
}

function hashPairs(hash: number, pairs: Attributes): number {
  for (let i = 0; i < pairs.length; i++) hash = hashText(hash, pairs[i]);
  return hash;
}

function hashText(hash: number, text: string): number {
  const { length } = text;
  hash = Math.imul(hash ^ length, PRIME);
  const step = length <= MAX_CHARS ? 1 : Math.floor(length / MAX_CHARS);
  for (let i = 0; i < length; i += step) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash ^ (hash >>> 15);
}
