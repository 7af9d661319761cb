/** One span of OTLP JSON. The hot loop of the most common format: everything in it happens once per span. */
import {
  INVALID_NS,
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_LINKS,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '$lib/model/span';
import { kindOf, statusOf } from '$lib/formats/enums';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, isNoId } from '$lib/model/ids';
import type { JsonReader } from '$lib/json/reader';
import type { JsonWalk } from '$lib/json/walk';
import { readAttributes } from './otlp-values';
import {
  IdReader,
  blankSpan,
  elementObject,
  partArray,
  partObject,
  textOf,
} from '$lib/formats/span-parts';

export class OtlpSpanReader {
  private readonly ids: IdReader;

  constructor(private readonly walk: Pick<JsonWalk, 'warn'>) {
    this.ids = new IdReader(walk);
  }

  /** Without resource and scope, which stand elsewhere. */
  read(json: JsonReader): Span {
    const span = blankSpan();
    let extra: Attributes | null = null;
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      switch (key) {
        case 'traceId':
        case 'trace_id':
          span.traceId = this.ids.read(json, TRACE_ID_BYTES);
          break;
        case 'spanId':
        case 'span_id':
          span.spanId = this.ids.read(json, SPAN_ID_BYTES);
          break;
        case 'parentSpanId':
        case 'parent_span_id':
          span.parentId = this.parentId(json);
          break;
        case 'name':
          span.name = textOf(json);
          break;
        case 'kind':
          span.kind = kindOf(json.text());
          break;
        case 'startTimeUnixNano':
        case 'start_time_unix_nano':
          span.startNs = json.integer();
          break;
        case 'endTimeUnixNano':
        case 'end_time_unix_nano':
          span.endNs = this.endTime(json);
          break;
        case 'attributes':
          span.attributes = readAttributes(json, this.walk);
          break;
        case 'events':
          span.events = this.events(json);
          break;
        case 'links':
          span.links = this.links(json);
          break;
        case 'status':
          if (!partObject(json, this.walk, 'the status')) break;
          for (let part = json.nextKey(); part !== null; part = json.nextKey()) {
            if (part === 'code') span.status = statusOf(json.text());
            else if (part === 'message') span.statusDescription = textOf(json) || null;
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
    if (extra) span.attributes = span.attributes.concat(extra);
    return span;
  }

  private parentId(json: JsonReader): string | null {
    const id = this.ids.read(json, SPAN_ID_BYTES);
    return isNoId(id) ? null : id;
  }

  /** Null where there is none: the span had not ended. */
  private endTime(json: JsonReader): bigint | null {
    if (json.tryNull()) return null;
    const time = json.integer() ?? INVALID_NS;
    return time === 0n ? null : time;
  }

  private events(json: JsonReader): SpanEvent[] {
    if (!partArray(json, this.walk, 'events')) return NO_EVENTS;
    const events: SpanEvent[] = [];
    while (json.nextElement()) {
      let name = '';
      let timeNs: bigint | null = null;
      let attributes: Attributes = NO_ATTRIBUTES;
      if (!elementObject(json, this.walk, 'an event')) continue;
      for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
        if (key === 'name') name = textOf(json);
        else if (key === 'timeUnixNano' || key === 'time_unix_nano') {
          timeNs = json.integer();
          if (timeNs === null) this.walk.warn('invalid-time', 'the time of an event');
        } else if (key === 'attributes') attributes = readAttributes(json, this.walk);
        else json.skip();
      }
      events.push({ name, timeNs: timeNs === 0n ? null : timeNs, attributes });
    }
    return events.length > 0 ? events : NO_EVENTS;
  }

  private links(json: JsonReader): SpanLink[] {
    if (!partArray(json, this.walk, 'links')) return NO_LINKS;
    const links: SpanLink[] = [];
    while (json.nextElement()) {
      let traceId = '';
      let spanId = '';
      let attributes: Attributes = NO_ATTRIBUTES;
      if (!elementObject(json, this.walk, 'a link')) continue;
      for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
        if (key === 'traceId' || key === 'trace_id') traceId = this.ids.read(json, TRACE_ID_BYTES);
        else if (key === 'spanId' || key === 'span_id') spanId = this.ids.read(json, SPAN_ID_BYTES);
        else if (key === 'attributes') attributes = readAttributes(json, this.walk);
        else json.skip();
      }
      if (traceId === '' && spanId === '') this.walk.warn('broken-part', 'a link without ids');
      else links.push({ traceId, spanId, attributes });
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
