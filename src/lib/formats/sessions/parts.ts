/** What the readers of agents' sessions share: untyped JSON values, ids, and spans with GenAI's attribute names. */
import { parseDecimal } from '$lib/json/digits';
import type { JsonObject, JsonValue } from '$lib/json/reader';
import { JsonWalk } from '$lib/json/walk';
import type { Source } from '$lib/bytes/source';
import type { SpanSink } from '$lib/formats/contract';
import { isObject } from '$lib/formats/sniff';
import { blankSpan } from '$lib/formats/span-parts';
import { parseMomentText } from '$lib/formats/written-time';
import { TRACE_ID_BYTES, hexId } from '$lib/model/ids';
import type { Attributes, Resource, Span, SpanEvent } from '$lib/model/span';

export type Json = JsonValue | undefined;

export const stringOf = (value: Json): string | null => (typeof value === 'string' ? value : null);
export const objectOf = (value: Json): JsonObject | null => (isObject(value) ? value : null);
export const listOf = (value: Json): JsonValue[] => (Array.isArray(value) ? value : []);
export const objectsOf = (value: Json): JsonObject[] => listOf(value).filter(isObject);
export const numberOf = (value: Json): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/** A value as an attribute's text: texts as they are, lists and objects as JSON; null for nothing. */
export function attributeText(value: Json): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? jsonText(value) : String(value);
}

/** A value as the example of a warning: short, and “nothing” for none. */
export const exampleOf = (value: Json): string => (attributeText(value) ?? 'nothing').slice(0, 40);

export function jsonText(value: JsonValue): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint'
      ? Number.isSafeInteger(Number(inner))
        ? Number(inner)
        : String(inner)
      : inner,
  );
}

/** ISO 8601, or milliseconds since the epoch; null for anything else, including 0. */
export function momentOf(value: Json): bigint | null {
  if (typeof value === 'number') return value > 0 ? parseDecimal(String(value), 6) : null;
  return typeof value === 'string' ? (parseMomentText(value)?.ns ?? null) : null;
}

/** Seconds as nanoseconds. */
export function secondsOf(value: Json): bigint | null {
  return typeof value === 'number' && value >= 0 && value < 1e10
    ? BigInt(Math.round(value * 1e9))
    : null;
}

/** The earlier; null only if both are. */
export function earlier(a: bigint | null, b: bigint | null): bigint | null {
  return a === null || (b !== null && b < a) ? b : a;
}

/** The later; null only if both are. */
export function later(a: bigint | null, b: bigint | null): bigint | null {
  return a === null || (b !== null && b > a) ? b : a;
}

export const traceIdOf = (session: string): string => hexId(session, TRACE_ID_BYTES) ?? session;

/**
 * A span id derived from what identifies the span in its file, so that the same step in two files has the same id: 64 bits
 * from two FNV-1a hashes (http://www.isthe.com/chongo/tech/comp/fnv/) with MurmurHash3's finalizer.
 */
export function spanIdOf(...names: string[]): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  const text = names.join('\0');
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return hexWord(mixed(a ^ b)) + hexWord(mixed(b));
}

function mixed(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}

const hexWord = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

/** Collects attributes, leaving out unknown values. */
export class AttributeList {
  readonly pairs: Attributes = [];

  add(key: string, value: Json): this {
    const text = attributeText(value);
    if (text !== null) this.pairs.push(key, text);
    return this;
  }

  /** All members of an object except those named, under a prefix. */
  addRest(prefix: string, object: JsonObject, known: ReadonlySet<string>): this {
    for (const [key, value] of Object.entries(object)) {
      if (!known.has(key)) this.add(prefix + key, value);
    }
    return this;
  }
}

/** The tokens of one call, as counted in its file. */
export interface Usage {
  /** All input, including the cached part. */
  input: number | null;
  cacheRead: number | null;
  cacheWrite: number | null;
  /** All output, including reasoning. */
  output: number | null;
  reasoning: number | null;
  /** US dollars. */
  cost: number | null;
}

export const NO_USAGE: Usage = {
  input: null,
  cacheRead: null,
  cacheWrite: null,
  output: null,
  reasoning: null,
  cost: null,
};

/** The whole input, if the file gives it without the cached parts. */
export function wholeInput(
  fresh: number | null,
  cacheRead: number | null,
  cacheWrite: number | null,
): number | null {
  if (fresh === null && cacheRead === null && cacheWrite === null) return null;
  return (fresh ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0);
}

export function addUsage(attributes: AttributeList, usage: Usage): AttributeList {
  return attributes
    .add('gen_ai.usage.input_tokens', usage.input)
    .add('gen_ai.usage.cache_read.input_tokens', usage.cacheRead)
    .add('gen_ai.usage.cache_creation.input_tokens', usage.cacheWrite)
    .add('gen_ai.usage.output_tokens', usage.output)
    .add('gen_ai.usage.reasoning.output_tokens', usage.reasoning)
    .add('gen_ai.usage.cost', usage.cost);
}

export interface Step {
  traceId: string;
  spanId: string;
  parentId: string | null;
  name: string;
  startNs: bigint | null;
  endNs: bigint | null;
  attributes: AttributeList;
  resource: Resource;
  /** What went wrong; undefined if nothing did. */
  error?: string;
  events?: SpanEvent[];
}

export function spanOf(step: Step): Span {
  const span = blankSpan();
  span.traceId = step.traceId;
  span.spanId = step.spanId;
  span.parentId = step.parentId;
  span.name = step.name;
  span.kind = 'INTERNAL';
  span.startNs = step.startNs;
  span.endNs = step.endNs;
  span.attributes = step.attributes.pairs;
  span.resource = step.resource;
  if (step.events) span.events = step.events;
  if (step.error !== undefined) {
    span.status = 'ERROR';
    span.statusDescription = step.error || null;
  }
  return span;
}

/** One message in the form of GenAI's messages. */
export const messages = (role: string, content: Json): JsonValue | undefined =>
  content === undefined || content === null
    ? undefined
    : [{ role, ...(Array.isArray(content) ? { parts: content } : { content }) }];

/** The text of content that is a text, or a list of parts of which some are texts. */
export function contentText(content: Json): string | null {
  if (typeof content === 'string') return content;
  const texts = objectsOf(content).flatMap((part) => stringOf(part.text) ?? []);
  return texts.length > 0 ? texts.join('\n') : null;
}

/** Reads a source of objects, one per line or concatenated; anything else is counted. */
export async function readObjects(
  source: Source,
  sink: SpanSink,
  take: (object: JsonObject, walk: JsonWalk) => void,
): Promise<void> {
  const walk = new JsonWalk(source, sink);
  await walk.run({
    read(json) {
      const value = json.value();
      if (isObject(value)) take(value, walk);
      else walk.warn('skipped-record', 'a list where an object should be');
    },
  });
}
