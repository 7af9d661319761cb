/** What the readers of all span formats share: a span to be filled, ids, texts that may be null, ends of durations. */
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
import { hexId } from './ids';
import type { JsonReader } from '$lib/json/reader';
import type { JsonWalk } from '$lib/json/walk';

type Warns = Pick<JsonWalk, 'warn'>;

/** A span of which nothing is known yet: what a format does not say stays so. */
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

/** An object of plain values; what is nested in them stays JSON text. */
export function flatAttributes(json: JsonReader): Attributes {
  if (json.tryNull()) return NO_ATTRIBUTES;
  const attributes: Attributes = [];
  json.beginObject();
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    attributes.push(key, json.text());
  }
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}

/** Ids of either length; what is no id is warned of and stays as it is written. */
export class IdReader {
  private lastText = '';
  private lastId = '';

  constructor(private readonly walk: Warns) {}

  /** @param bytes how long an id is that is written in base64 */
  read(json: JsonReader, bytes: number): string {
    const text = textOf(json);
    // Spans of one trace mostly follow each other; longer than a span's id is a trace's.
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

/**
 * The end of a span that states its duration.
 * @param durationNs null where it states none: it had not ended. INVALID_NS where that is no number; it then has an end that
 * is unknown, as it has without a start.
 */
export function endAfter(startNs: bigint | null, durationNs: bigint | null): bigint | null {
  if (durationNs === null) return null;
  if (startNs === null || durationNs === INVALID_NS) return INVALID_NS;
  const endNs = startNs + durationNs;
  return fitsInt64(endNs) ? endNs : INVALID_NS;
}
