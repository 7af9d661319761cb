/**
 * Spans printed by the OpenTelemetry SDK for Go: span stubs as JSON, one after another or in a list.
 * https://github.com/open-telemetry/opentelemetry-go/blob/main/sdk/trace/tracetest/span.go
 */
import {
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_LINKS,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
  type StatusCode,
} from '$lib/model/span';
import { kindOf, statusOf } from '$lib/formats/enums';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, isNoId } from '$lib/model/ids';
import { NANOSECONDS, eventTimeOf, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { ResourceTable } from '$lib/formats/resource-table';
import { isObject } from '$lib/formats/sniff';
import { IdReader, blankSpan, type Warns } from '$lib/formats/span-parts';
import type { JsonReader } from '$lib/json/reader';

export const goStdout = recordFormat({
  id: 'otel-go-stdout',
  label: 'OpenTelemetry Go stdout',
  isRecord: (value) =>
    isObject(value.SpanContext) &&
    ('TraceID' in value.SpanContext || 'SpanID' in value.SpanContext),
  reader: (walk) => {
    const reader = new GoSpanReader(walk);
    return (json) => [reader.read(json)];
  },
});

/** Go's zero time means none. */
const ZERO_TIME = '0001-01-01T00:00:00Z';

/** Go's numeric codes, whose order differs from OTLP's. */
const CODES: readonly StatusCode[] = ['UNSET', 'ERROR', 'OK'];

class GoSpanReader {
  private readonly ids: IdReader;
  private readonly resources = new ResourceTable();

  constructor(private readonly walk: Warns) {
    this.ids = new IdReader(walk);
  }

  read(json: JsonReader): Span {
    const members = Members.read(json);
    const context = members.takeObject('SpanContext');
    if (!context) throw json.error('a span without SpanContext');
    const span = blankSpan();
    const attributes: Attributes = [];
    span.traceId = this.ids.of(context.take('TraceID') ?? '', TRACE_ID_BYTES);
    span.spanId = this.ids.of(context.take('SpanID') ?? '', SPAN_ID_BYTES);
    const parentId = members.takeObject('Parent')?.take('SpanID') ?? '';
    span.parentId = isNoId(parentId) ? null : this.ids.of(parentId, SPAN_ID_BYTES);
    span.name = members.take('Name') ?? '';
    span.kind = kindOf(members.take('SpanKind') ?? '');
    span.startNs = this.time(members.take('StartTime'));
    span.endNs = this.time(members.take('EndTime'));
    attributes.push(...pairs(members.takeList('Attributes')));
    span.events = this.events(members.takeList('Events', 'MessageEvents'));
    span.links = this.links(members.takeList('Links'));
    const status = members.takeObject('Status');
    const code = status?.take('Code') ?? '';
    span.status = CODES[Number(code || 'x')] ?? statusOf(code);
    span.statusDescription = status?.take('Description') || null;
    span.resource = this.resources.of(pairs(members.takeList('Resource')));
    const scope = members.takeObject('InstrumentationScope', 'InstrumentationLibrary');
    span.scope = scope?.take('Name') ?? '';
    const version = scope?.take('Version');
    if (version) attributes.push('otel.scope.version', version);
    for (const [i, text] of pairs(scope?.takeList('Attributes') ?? []).entries()) {
      attributes.push(i % 2 === 0 ? `otel.scope.${text}` : text);
    }
    const state = context.take('TraceState');
    if (state) attributes.push('w3c.tracestate', state);
    for (const [name, key] of DROPPED) {
      const count = members.take(name);
      if (count && count !== '0') attributes.push(key, count);
    }
    // Can be computed from the other spans, if they are in the file.
    if (members.get('ChildSpanCount') === '0') members.take('ChildSpanCount');
    members.restTo(attributes, 'otel.go.');
    if (attributes.length > 0) span.attributes = attributes;
    return span;
  }

  private time(text: string | null): bigint | null {
    return text === ZERO_TIME ? null : timeOf(text, NANOSECONDS, this.walk);
  }

  private events(texts: string[]): SpanEvent[] {
    if (texts.length === 0) return NO_EVENTS;
    return texts.map((text) => {
      const event = Members.parse(text);
      const time = event?.take('Time') ?? null;
      return {
        name: event?.take('Name') ?? '',
        timeNs: time === ZERO_TIME ? null : eventTimeOf(time, NANOSECONDS, this.walk),
        attributes: pairs(event?.takeList('Attributes') ?? []),
      };
    });
  }

  private links(texts: string[]): SpanLink[] {
    if (texts.length === 0) return NO_LINKS;
    return texts.map((text) => {
      const link = Members.parse(text);
      const context = link?.takeObject('SpanContext');
      return {
        traceId: this.ids.of(context?.take('TraceID') ?? '', TRACE_ID_BYTES),
        spanId: this.ids.of(context?.take('SpanID') ?? '', SPAN_ID_BYTES),
        attributes: pairs(link?.takeList('Attributes') ?? []),
      };
    });
  }
}

const DROPPED = [
  ['DroppedAttributes', 'otel.dropped_attributes_count'],
  ['DroppedEvents', 'otel.dropped_events_count'],
  ['DroppedLinks', 'otel.dropped_links_count'],
];

/** A list of `{Key, Value: {Type, Value}}`. */
function pairs(texts: string[]): Attributes {
  const attributes: Attributes = [];
  for (const text of texts) {
    const pair = Members.parse(text);
    if (!pair) continue;
    const value = pair.takeObject('Value');
    attributes.push(pair.take('Key') ?? '', (value ?? pair).take('Value') ?? 'null');
  }
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}
