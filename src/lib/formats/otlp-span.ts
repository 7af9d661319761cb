/** One span of OTLP JSON. The hot loop of the most common format: everything in it happens once per span. */
import {
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_LINKS,
  NO_RESOURCE,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanKind,
  type SpanLink,
  type StatusCode,
} from '$lib/model/span';
import { kindOf, statusOf } from './enums';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, hexId, isNoId } from './ids';
import type { JsonReader } from './json-reader';
import type { JsonWalk } from './json-walk';
import { readAttributes } from './otlp-values';

export class OtlpSpanReader {
  /** Spans of one trace mostly follow each other. */
  private lastTraceText = '';
  private lastTraceId = '';

  constructor(private readonly walk: Pick<JsonWalk, 'warn'>) {}

  /** Without resource and scope, which stand elsewhere. */
  read(json: JsonReader): Span {
    let traceId = '';
    let spanId = '';
    let parentId: string | null = null;
    let name = '';
    let kind: SpanKind = 'UNSPECIFIED';
    let startNs: bigint | null = null;
    let endNs: bigint | null = null;
    let status: StatusCode = 'UNSET';
    let statusDescription: string | null = null;
    let attributes: Attributes = NO_ATTRIBUTES;
    let extra: Attributes | null = null;
    let events = NO_EVENTS;
    let links = NO_LINKS;
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      switch (key) {
        case 'traceId':
        case 'trace_id':
          traceId = this.traceId(json);
          break;
        case 'spanId':
        case 'span_id':
          spanId = this.id(json, SPAN_ID_BYTES);
          break;
        case 'parentSpanId':
        case 'parent_span_id':
          parentId = this.id(json, SPAN_ID_BYTES);
          break;
        case 'name':
          name = json.tryNull() ? '' : json.text();
          break;
        case 'kind':
          kind = kindOf(json.text());
          break;
        case 'startTimeUnixNano':
        case 'start_time_unix_nano':
          startNs = json.integer();
          break;
        case 'endTimeUnixNano':
        case 'end_time_unix_nano':
          endNs = this.endTime(json);
          break;
        case 'attributes':
          attributes = readAttributes(json);
          break;
        case 'events':
          events = this.events(json);
          break;
        case 'links':
          links = this.links(json);
          break;
        case 'status':
          if (json.tryNull()) break;
          json.beginObject();
          for (let part = json.nextKey(); part !== null; part = json.nextKey()) {
            if (part === 'code') status = statusOf(json.text());
            else if (part === 'message') statusDescription = json.tryNull() ? null : json.text();
            else json.skip();
          }
          break;
        default: {
          const attribute = NAMES_ELSEWHERE.get(key);
          if (!attribute) {
            json.skip();
            break;
          }
          const value = json.text();
          if (value !== '' && value !== '0' && value !== 'null') {
            (extra ??= []).push(attribute, value);
          }
        }
      }
    }
    if (startNs === null || startNs === 0n) {
      this.walk.warn('invalid-time', `start of span ${spanId} “${name}”`);
      startNs = 0n;
    }
    return {
      traceId,
      spanId,
      parentId: parentId === null || isNoId(parentId) ? null : parentId,
      name,
      service: null,
      operation: null,
      kind,
      startNs,
      endNs,
      status,
      statusDescription: statusDescription || null,
      attributes: extra ? attributes.concat(extra) : attributes,
      events,
      links,
      resource: NO_RESOURCE,
      scope: '',
    };
  }

  private traceId(json: JsonReader): string {
    const text = json.tryNull() ? '' : json.text();
    if (text !== this.lastTraceText) {
      this.lastTraceId = this.hex(text, TRACE_ID_BYTES);
      this.lastTraceText = text;
    }
    return this.lastTraceId;
  }

  private id(json: JsonReader, bytes: number): string {
    return json.tryNull() ? '' : this.hex(json.text(), bytes);
  }

  private hex(text: string, bytes: number): string {
    const id = hexId(text, bytes);
    if (id !== null) return id;
    this.walk.warn('invalid-id', `“${text.slice(0, 80)}”`);
    return text;
  }

  /** Null where there is none: the span had not ended. */
  private endTime(json: JsonReader): bigint | null {
    if (json.tryNull()) return null;
    const time = json.integer();
    if (time === null) this.walk.warn('invalid-time', 'the end of a span');
    return time === 0n ? null : time;
  }

  private events(json: JsonReader): SpanEvent[] {
    if (json.tryNull()) return NO_EVENTS;
    const events: SpanEvent[] = [];
    json.beginArray();
    while (json.nextElement()) {
      let name = '';
      let timeNs: bigint | null = null;
      let attributes: Attributes = NO_ATTRIBUTES;
      json.beginObject();
      for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
        if (key === 'name') name = json.tryNull() ? '' : json.text();
        else if (key === 'timeUnixNano' || key === 'time_unix_nano') {
          timeNs = json.integer();
          if (timeNs === null) this.walk.warn('invalid-time', 'the time of an event');
        } else if (key === 'attributes') attributes = readAttributes(json);
        else json.skip();
      }
      events.push({ name, timeNs: timeNs === 0n ? null : timeNs, attributes });
    }
    return events.length > 0 ? events : NO_EVENTS;
  }

  private links(json: JsonReader): SpanLink[] {
    if (json.tryNull()) return NO_LINKS;
    const links: SpanLink[] = [];
    json.beginArray();
    while (json.nextElement()) {
      let traceId = '';
      let spanId = '';
      let attributes: Attributes = NO_ATTRIBUTES;
      json.beginObject();
      for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
        if (key === 'traceId' || key === 'trace_id') traceId = this.id(json, TRACE_ID_BYTES);
        else if (key === 'spanId' || key === 'span_id') spanId = this.id(json, SPAN_ID_BYTES);
        else if (key === 'attributes') attributes = readAttributes(json);
        else json.skip();
      }
      links.push({ traceId, spanId, attributes });
    }
    return links.length > 0 ? links : NO_LINKS;
  }
}

/**
 * What the model has no place for, under the names that OpenTelemetry gives it outside of OTLP.
 * https://opentelemetry.io/docs/specs/otel/common/mapping-to-non-otlp/
 */
const NAMES_ELSEWHERE = new Map([
  ['traceState', 'w3c.tracestate'],
  ['trace_state', 'w3c.tracestate'],
  ['droppedAttributesCount', 'otel.dropped_attributes_count'],
  ['dropped_attributes_count', 'otel.dropped_attributes_count'],
  ['droppedEventsCount', 'otel.dropped_events_count'],
  ['dropped_events_count', 'otel.dropped_events_count'],
  ['droppedLinksCount', 'otel.dropped_links_count'],
  ['dropped_links_count', 'otel.dropped_links_count'],
]);
