/** One span of OTLP in protobuf: the same as `otlp-span.ts` makes of it in JSON. */
import {
  INVALID_NS,
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_LINKS,
  SPAN_KINDS,
  STATUS_CODES,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '$lib/model/span';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, isNoId } from '$lib/model/ids';
import { fitsInt64 } from '$lib/json/digits';
import { blankSpan, type Warns } from '$lib/formats/span-parts';
import { readAttribute } from './proto-values';
import { FIXED32, LEN, type Wire } from './wire';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export class ProtoSpanReader {
  private readonly lastTrace = new Uint8Array(TRACE_ID_BYTES);
  private lastTraceId = '0'.repeat(TRACE_ID_BYTES * 2);

  constructor(
    private readonly wire: Wire,
    private readonly warns: Warns,
  ) {}

  /**
   * The span that fills the current message, without its resource and scope. Warnings of a message that turns out to be
   * broken are given anyway.
   * @throws WireError
   */
  read(): Span {
    const { wire } = this;
    const span = blankSpan();
    let extra: Attributes | null = null;
    while (wire.pos < wire.end) {
      const tag = wire.tag();
      switch (tag) {
        case 0x0a:
          span.traceId = this.traceId();
          break;
        case 0x12:
          span.spanId = this.id(SPAN_ID_BYTES);
          break;
        case 0x1a: {
          const state = wire.text();
          if (state !== '') (extra ??= []).push('w3c.tracestate', state);
          break;
        }
        case 0x22: {
          const parent = this.id(SPAN_ID_BYTES);
          span.parentId = isNoId(parent) ? null : parent;
          break;
        }
        case 0x2a:
          span.name = wire.text();
          break;
        case 0x30:
          span.kind = SPAN_KINDS[wire.varint32()] ?? 'UNSPECIFIED';
          break;
        case 0x39: {
          const time = wire.fixed64();
          span.startNs = fitsInt64(time) ? time : null;
          break;
        }
        case 0x41: {
          const time = wire.fixed64();
          span.endNs = time === 0n ? null : fitsInt64(time) ? time : INVALID_NS;
          break;
        }
        case 0x4a:
          span.attributes = readAttribute(wire, span.attributes);
          break;
        case 0x50:
          extra = this.count(extra, 'otel.dropped_attributes_count');
          break;
        case 0x5a:
          if (span.events === NO_EVENTS) span.events = [];
          span.events.push(this.event());
          break;
        case 0x60:
          extra = this.count(extra, 'otel.dropped_events_count');
          break;
        case 0x6a:
          this.link(span);
          break;
        case 0x70:
          extra = this.count(extra, 'otel.dropped_links_count');
          break;
        case 0x7a:
          this.status(span);
          break;
        default:
          wire.skip(tag & 7);
      }
    }
    if (extra) span.attributes = span.attributes.concat(extra);
    return span;
  }

  private count(extra: Attributes | null, name: string): Attributes | null {
    const count = this.wire.varint32();
    if (count === 0) return extra;
    const attributes = extra ?? [];
    attributes.push(name, String(count));
    return attributes;
  }

  private event(): SpanEvent {
    const { wire } = this;
    let name = '';
    let timeNs: bigint | null = null;
    let attributes = NO_ATTRIBUTES;
    const outer = wire.enter();
    while (wire.pos < wire.end) {
      const tag = wire.tag();
      if (tag === 0x09) {
        const time = wire.fixed64();
        if (!fitsInt64(time)) this.warns.warn('invalid-time', 'the time of an event');
        timeNs = time === 0n || !fitsInt64(time) ? null : time;
      } else if (tag === 0x12) name = wire.text();
      else if (tag === 0x1a) attributes = readAttribute(wire, attributes);
      else wire.skip(tag & 7);
    }
    wire.leave(outer);
    return { name, timeNs, attributes };
  }

  private link(span: Span): void {
    const { wire } = this;
    const link: SpanLink = { traceId: '', spanId: '', attributes: NO_ATTRIBUTES };
    const outer = wire.enter();
    while (wire.pos < wire.end) {
      const tag = wire.tag();
      if (tag === 0x0a) link.traceId = this.id(TRACE_ID_BYTES);
      else if (tag === 0x12) link.spanId = this.id(SPAN_ID_BYTES);
      else if (tag === 0x22) link.attributes = readAttribute(wire, link.attributes);
      else wire.skip(tag & 7);
    }
    wire.leave(outer);
    if (link.traceId === '' && link.spanId === '') {
      this.warns.warn('broken-part', 'a link without ids');
      return;
    }
    if (span.links === NO_LINKS) span.links = [];
    span.links.push(link);
  }

  private status(span: Span): void {
    const { wire } = this;
    const outer = wire.enter();
    while (wire.pos < wire.end) {
      const tag = wire.tag();
      if (tag === 0x12) span.statusDescription = wire.text() || null;
      else if (tag === 0x18) span.status = STATUS_CODES[wire.varint32()] ?? 'UNSET';
      else wire.skip(tag & 7);
    }
    wire.leave(outer);
  }

  /** Spans of one trace usually follow each other. */
  private traceId(): string {
    const { wire, lastTrace } = this;
    const { bytes, pos } = wire;
    if (bytes[pos] !== TRACE_ID_BYTES) return this.id(TRACE_ID_BYTES);
    let same = pos + TRACE_ID_BYTES < wire.end;
    for (let i = 0; same && i < TRACE_ID_BYTES; i++) same = bytes[pos + 1 + i] === lastTrace[i];
    if (same) {
      wire.pos += 1 + TRACE_ID_BYTES;
      return this.lastTraceId;
    }
    const id = this.id(TRACE_ID_BYTES);
    lastTrace.set(bytes.subarray(wire.pos - TRACE_ID_BYTES, wire.pos));
    return (this.lastTraceId = id);
  }

  /** Lower-case hex. Ids of another length are kept, with a warning. */
  private id(length: number): string {
    const { wire } = this;
    const actual = wire.length();
    let id = '';
    for (const to = wire.pos + actual; wire.pos < to; wire.pos++) id += HEX[wire.bytes[wire.pos]];
    if (actual !== length && actual !== 0) {
      this.warns.warn('invalid-id', `${id.slice(0, 80)}: ${actual} bytes instead of ${length}`);
    }
    return id;
  }
}

export type Signal = 'span' | 'log' | 'metric';

/**
 * What the record is that fills the current message: the messages around spans, logs and metrics have the same fields.
 * @throws WireError
 */
export function signalOf(wire: Wire): Signal {
  let hasTraceId = false;
  let isNamed = false;
  let hasData = false;
  while (wire.pos < wire.end) {
    const tag = wire.tag();
    const number = tag >>> 3;
    // A LogRecord's times, severity and flags; a Span has texts and lists under these numbers.
    if (tag === 0x09 || tag === 0x10 || tag === 0x59 || tag === (8 << 3) + FIXED32) return 'log';
    // A Span's kind and times.
    if (tag === 0x30 || tag === 0x39 || tag === 0x41) return 'span';
    if (tag === 0x0a) {
      const at = wire.pos;
      const length = wire.length();
      wire.pos = at;
      if (length === TRACE_ID_BYTES || length === SPAN_ID_BYTES) hasTraceId = true;
      isNamed = true;
    }
    // A Metric's sum and histograms: a Span has a time under 7.
    if (number === 7 && (tag & 7) === LEN) return 'metric';
    if (number >= 5 && number <= 11 && (tag & 7) === LEN) hasData = true;
    wire.skip(tag & 7);
  }
  return isNamed && !hasTraceId && hasData ? 'metric' : 'span';
}
