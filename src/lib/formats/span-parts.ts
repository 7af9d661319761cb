/** What the readers of all formats share: a blank span, ids, texts that may be null, ends from durations. */
import {
  INVALID_NS,
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_LINKS,
  NO_RESOURCE,
  type Attributes,
  type Span,
} from '$lib/model/span';
import { fitsInt64 } from '$lib/json/digits';
import { hexId } from '$lib/model/ids';
import type { JsonReader } from '$lib/json/reader';
import type { JsonWalk } from '$lib/json/walk';

export type Warns = Pick<JsonWalk, 'warn'>;

/** A span of which nothing is known; readers fill in what their format records. */
export function blankSpan(): Span {
  return {
    traceId: '',
    spanId: '',
    parentId: null,
    name: '',
    service: null,
    operation: null,
    kind: 'UNSPECIFIED',
    startNs: null,
    endNs: null,
    status: 'UNSET',
    statusDescription: null,
    attributes: NO_ATTRIBUTES,
    events: NO_EVENTS,
    links: NO_LINKS,
    resource: NO_RESOURCE,
    scope: '',
  };
}

/** A text; '' for null. */
export function textOf(json: JsonReader): string {
  return json.tryNull() ? '' : json.text();
}

/** Begins an object. Otherwise skips the value, warns unless it is null, and returns false. */
export function partObject(json: JsonReader, walk: Warns, what: string): boolean {
  return json.tryObject() || otherPart(json, walk, what, 'an object');
}

/** Begins an array. Otherwise skips the value, warns unless it is null, and returns false. */
export function partArray(json: JsonReader, walk: Warns, what: string): boolean {
  return json.tryArray() || otherPart(json, walk, what, 'a list');
}

/** Begins an element of a list, which must be an object; here null is a problem too. */
export function elementObject(json: JsonReader, walk: Warns, what: string): boolean {
  if (json.tryObject()) return true;
  const type = json.peek();
  json.skip();
  walk.warn('broken-part', `${what}: ${type} where an object should be`);
  return false;
}

function otherPart(json: JsonReader, walk: Warns, what: string, wanted: string): false {
  if (json.tryNull()) return false;
  const type = json.peek();
  json.skip();
  walk.warn('broken-part', `${what}: ${type} where ${wanted} should be`);
  return false;
}

/** An object of plain values; nested values stay JSON text. */
export function flatAttributes(json: JsonReader, walk: Warns, what: string): Attributes {
  if (!partObject(json, walk, what)) return NO_ATTRIBUTES;
  const attributes: Attributes = [];
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    attributes.push(key, json.text());
  }
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}

/** Ids of either length; an invalid one is kept as written, with a warning. */
export class IdReader {
  private lastText = '';
  private lastId = '';

  constructor(private readonly walk: Warns) {}

  /** @param bytes length of an id in base64 */
  read(json: JsonReader, bytes: number): string {
    return this.of(textOf(json), bytes);
  }

  /** The same for a text that has already been read. */
  of(text: string, bytes: number): string {
    // Spans of one trace usually follow each other. A text longer than a span id is a trace id.
    if (text.length <= 16) return this.hex(text, bytes);
    if (text !== this.lastText) {
      this.lastId = this.hex(text, bytes);
      this.lastText = text;
    }
    return this.lastId;
  }

  private hex(text: string, bytes: number): string {
    const id = hexId(text, bytes);
    if (id !== null) return id;
    this.walk.warn('invalid-id', `“${text.slice(0, 80)}”`);
    return text;
  }
}

/** The description in the tag `error` of a failed span; null if it only says that it failed. */
export function errorText(tag: string): string | null {
  return /^(?:|true|false|1)$/i.test(tag) ? null : tag;
}

/**
 * The end of a span with a duration.
 * @param durationNs null if there is none, which means that the span had not ended. INVALID_NS if it is not a number; the end
 * is then unknown, as it is without a start.
 */
export function endAfter(startNs: bigint | null, durationNs: bigint | null): bigint | null {
  if (durationNs === null) return null;
  if (startNs === null || durationNs === INVALID_NS) return INVALID_NS;
  const endNs = startNs + durationNs;
  return fitsInt64(endNs) ? endNs : INVALID_NS;
}
