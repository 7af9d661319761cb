/**
 * Spans of the OpenTelemetry SDK for JavaScript: its objects as JSON, and the output of its console exporter. Such files also
 * contain log records and metrics, which are counted, and empty objects, where a span was lost in writing.
 * https://github.com/open-telemetry/opentelemetry-js/blob/main/packages/opentelemetry-sdk-trace-base/src/export/ConsoleSpanExporter.ts
 */
import {
  INVALID_NS,
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_LINKS,
  SPAN_KINDS,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '$lib/model/span';
import { kindOf, statusOf } from '$lib/formats/enums';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, isNoId } from '$lib/model/ids';
import { MICROSECONDS, durationOf, timeOf } from '$lib/formats/member-times';
import { Members, parseList } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { ResourceTable } from '$lib/formats/resource-table';
import { isObject } from '$lib/formats/sniff';
import { IdReader, blankSpan, endAfter, type Warns } from '$lib/formats/span-parts';
import { parseDecimal } from '$lib/json/digits';
import type { JsonObject, JsonReader, JsonValue } from '$lib/json/reader';

export const jsSpan = recordFormat({
  id: 'otel-js',
  label: 'OpenTelemetry JavaScript JSON',
  around: [['spans'], ['data']],
  isRecord: (value) => isSpan(value) || isConsoleSpan(value) || isSignal(value),
  reader: (walk) => {
    const reader = new JsSpanReader(walk);
    return (json) => reader.read(json);
  },
});

const isPair = (value: JsonValue | undefined): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number');

function isSpan(value: JsonObject): boolean {
  const hasContext = ['_spanContext', 'spanContext', 'traceId'].some((key) => key in value);
  return hasContext && (isPair(value.startTime) || isPair(value._startTime));
}

/** Zipkin's spans have the same ids, but not these scopes. */
function isConsoleSpan(value: JsonObject): boolean {
  return (
    typeof value.traceId === 'string' &&
    typeof value.id === 'string' &&
    isObject(value.instrumentationScope ?? value.instrumentationLibrary)
  );
}

/** A log record, or the metrics of a resource whose attributes are pairs, which they never are in OTLP. */
function isSignal(value: JsonObject): boolean {
  if (isPair(value.hrTime)) return true;
  return (
    'scopeMetrics' in value &&
    isObject(value.resource) &&
    ('_rawAttributes' in value.resource || '_attributes' in value.resource)
  );
}

class JsSpanReader {
  private readonly ids: IdReader;
  private readonly resources = new ResourceTable();

  constructor(private readonly walk: Warns) {
    this.ids = new IdReader(walk);
  }

  read(json: JsonReader): Span[] {
    const members = Members.read(json);
    if (members.has('hrTime') || members.has('scopeMetrics')) {
      this.walk.warn('skipped-signal', members.has('hrTime') ? 'a log record' : 'metrics');
      return [];
    }
    const context = members.takeObject('_spanContext', 'spanContext');
    if (!context && !members.has('traceId')) {
      this.walk.warn('skipped-record', 'an object without a span’s ids');
      return [];
    }
    return [this.span(members, context ?? members)];
  }

  private span(members: Members, context: Members): Span {
    const span = blankSpan();
    span.traceId = this.ids.of(context.take('traceId') ?? '', TRACE_ID_BYTES);
    span.spanId = this.ids.of(context.take('spanId', 'id') ?? '', SPAN_ID_BYTES);
    const parent = members.takeObject('parentSpanContext', '_parentSpanContext');
    const parentId = parent?.take('spanId') ?? members.take('parentSpanId', 'parentId') ?? '';
    span.parentId = isNoId(parentId) ? null : this.ids.of(parentId, SPAN_ID_BYTES);
    span.name = members.take('name') ?? '';
    const kind = members.take('kind') ?? '';
    // In the SDK, INTERNAL is 0.
    span.kind = /^\d$/.test(kind) ? (SPAN_KINDS[Number(kind) + 1] ?? 'UNSPECIFIED') : kindOf(kind);
    this.times(span, members);
    const status = members.takeObject('status', '_status');
    span.status = statusOf(status?.take('code') ?? '');
    span.statusDescription = status?.take('message') || null;
    const attributes = plain(members.takeObject('attributes', '_attributes'));
    span.events = this.events(members.takeList('events', '_events'));
    span.links = this.links(members.takeList('links', '_links'));
    span.resource = this.resources.of(resourceOf(members.takeObject('resource', '_resource')));
    const scope = members.takeObject('instrumentationScope', 'instrumentationLibrary');
    span.scope = scope?.take('name') ?? '';
    const version = scope?.take('version');
    if (version) attributes.push('otel.scope.version', version);
    const state = context.take('traceState');
    if (state) attributes.push('w3c.tracestate', state);
    for (const name of INTERNAL) members.take(name);
    members.restTo(attributes, 'otel.js.');
    if (attributes.length > 0) span.attributes = attributes;
    return span;
  }

  private times(span: Span, members: Members): void {
    const start = members.take('startTime', '_startTime');
    if (start === null) {
      // As the console exporter prints them.
      span.startNs = timeOf(members.take('timestamp'), MICROSECONDS, this.walk);
      span.endNs = endAfter(span.startNs, durationOf(members.take('duration'), MICROSECONDS));
      return;
    }
    span.startNs = pairNs(start);
    const ended = members.take('ended', '_ended') !== 'false';
    const end = pairNs(members.take('endTime', '_endTime') ?? '');
    members.take('duration', '_duration');
    span.endNs = ended && end !== 0n ? end : null;
  }

  private events(texts: string[]): SpanEvent[] {
    if (texts.length === 0) return NO_EVENTS;
    return texts.map((text) => {
      const event = Members.parse(text);
      const time = pairNs(event?.take('time') ?? '');
      if (time === INVALID_NS) this.walk.warn('invalid-time', 'the time of an event');
      return {
        name: event?.take('name') ?? '',
        timeNs: time === INVALID_NS ? null : time,
        attributes: plain(event?.takeObject('attributes') ?? null),
      };
    });
  }

  private links(texts: string[]): SpanLink[] {
    if (texts.length === 0) return NO_LINKS;
    return texts.map((text) => {
      const link = Members.parse(text);
      const context = link?.takeObject('context');
      return {
        traceId: this.ids.of(context?.take('traceId') ?? '', TRACE_ID_BYTES),
        spanId: this.ids.of(context?.take('spanId') ?? '', SPAN_ID_BYTES),
        attributes: plain(link?.takeObject('attributes') ?? null),
      };
    });
  }
}

/** Internal members of the SDK's objects. */
const INTERNAL = [
  '_spanLimits',
  '_spanProcessor',
  '_performanceStartTime',
  '_performanceOffset',
  '_startTimeProvided',
  '_attributeValueLengthLimit',
  '_attributesCount',
  '_isReadonly',
  '_duration',
];

/** `[seconds, nanoseconds]` */
function pairNs(text: string): bigint | null {
  if (text === '') return null;
  const pair = parseList(text);
  if (!pair) return INVALID_NS;
  const seconds = parseDecimal(pair[0] ?? '', 9);
  const rest = parseDecimal(pair[1] ?? '');
  return seconds === null || rest === null ? INVALID_NS : seconds + rest;
}

function plain(members: Members | null): Attributes {
  return members ? [...members.attributes()] : [];
}

/** Attributes as an object, or as pairs, as the SDK holds them. */
function resourceOf(resource: Members | null): Attributes {
  const named = resource?.takeObject('attributes', '_attributes', '_syncAttributes');
  if (named) return named.attributes();
  const attributes: Attributes = [];
  for (const text of resource?.takeList('_rawAttributes') ?? []) {
    const [key, value] = parseList(text) ?? [];
    if (key !== undefined) attributes.push(key, value ?? 'null');
  }
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}
