/**
 * Spans as the OpenTelemetry SDK for Python prints them (`ReadableSpan.to_json()`), and from tools that follow it: Phoenix's
 * JSON and the responses of Flock's `GET /api/traces`.
 * https://github.com/open-telemetry/opentelemetry-python/blob/main/opentelemetry-sdk/src/opentelemetry/sdk/trace/__init__.py
 * https://github.com/Arize-ai/phoenix/blob/main/src/phoenix/trace/schemas.py
 */
import {
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
import { NANOSECONDS, eventTimeOf, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { ResourceTable } from '$lib/formats/resource-table';
import { isObject } from '$lib/formats/sniff';
import { IdReader, blankSpan, type Warns } from '$lib/formats/span-parts';
import type { JsonReader } from '$lib/json/reader';

const PATHS = [['spans'], ['data'], ['traces', 'spans'], ['traces']];

export const pythonSpan = recordFormat({
  id: 'otel-python',
  label: 'OpenTelemetry Python JSON',
  around: PATHS,
  isRecord: ({ context }) =>
    isObject(context) &&
    typeof context.trace_id === 'string' &&
    (typeof context.span_id === 'string' || Object.keys(context).length === 1),
  reader: (walk) => {
    const reader = new PythonSpanReader(walk);
    return (json) => [reader.read(json)];
  },
});

class PythonSpanReader {
  private readonly ids: IdReader;
  private readonly resources = new ResourceTable();

  constructor(private readonly walk: Warns) {
    this.ids = new IdReader(walk);
  }

  read(json: JsonReader): Span {
    const members = Members.read(json);
    const context = members.takeObject('context');
    if (!context) throw json.error('a span without context');
    const span = blankSpan();
    span.traceId = this.ids.of(context.take('trace_id') ?? '', TRACE_ID_BYTES);
    span.spanId = this.ids.of(context.take('span_id') ?? '', SPAN_ID_BYTES);
    span.parentId = this.parentOf(members);
    span.name = members.take('name') ?? '';
    span.kind = kindOf(members.take('kind') ?? '');
    span.startNs = timeOf(members.take('start_time'), NANOSECONDS, this.walk);
    const endNs = timeOf(members.take('end_time'), NANOSECONDS, this.walk);
    span.endNs = endNs === 0n ? null : endNs;
    this.status(span, members);
    const attributes = attributesOf(members.takeObject('attributes'));
    span.events = this.events(members.takeList('events'));
    span.links = this.links(members.takeList('links'));
    const resource = members.takeObject('resource');
    span.resource = this.resources.of(
      (resource?.takeObject('attributes') ?? resource)?.attributes() ?? NO_ATTRIBUTES,
    );
    const scope = members.takeObject('instrumentation_scope', 'instrumentation_info');
    span.scope = scope?.take('name') ?? '';
    const version = scope?.take('version');
    if (version) attributes.push('otel.scope.version', version);
    const state = context.take('trace_state') ?? '';
    if (state !== '' && state !== '[]') attributes.push('w3c.tracestate', state);
    const spanKind = members.take('span_kind');
    if (spanKind !== null) {
      if (span.kind === 'UNSPECIFIED') span.kind = kindOf(spanKind);
      // In Phoenix, this is what the span does, not its role in a call.
      if (kindOf(spanKind) === 'UNSPECIFIED')
        addNew(attributes, 'openinference.span.kind', spanKind);
    }
    members.restTo(attributes);
    if (attributes.length > 0) span.attributes = attributes;
    return span;
  }

  private parentOf(members: Members): string | null {
    const parent = members.takeObject('parent');
    const text = parent?.take('span_id') ?? members.take('parent_id', 'parent_span_id') ?? '';
    return isNoId(text.replace(/^0x/i, '')) ? null : this.ids.of(text, SPAN_ID_BYTES);
  }

  private status(span: Span, members: Members): void {
    const status = members.takeObject('status');
    const code = status?.take('status_code', 'code') ?? members.take('status_code', 'status') ?? '';
    span.status = statusOf(code);
    span.statusDescription =
      status?.take('description', 'message') || members.take('status_message') || null;
  }

  private events(texts: string[]): SpanEvent[] {
    if (texts.length === 0) return NO_EVENTS;
    return texts.map((text) => {
      const event = Members.parse(text);
      const name = event?.take('name') ?? '';
      const timeNs = eventTimeOf(event?.take('timestamp', 'time') ?? null, NANOSECONDS, this.walk);
      const attributes = event ? attributesOf(event.takeObject('attributes')) : [];
      event?.restTo(attributes);
      return { name, timeNs, attributes };
    });
  }

  private links(texts: string[]): SpanLink[] {
    if (texts.length === 0) return NO_LINKS;
    return texts.map((text) => {
      const link = Members.parse(text);
      const context = link?.takeObject('context') ?? link;
      return {
        traceId: this.ids.of(context?.take('trace_id') ?? '', TRACE_ID_BYTES),
        spanId: this.ids.of(context?.take('span_id') ?? '', SPAN_ID_BYTES),
        attributes: attributesOf(link?.takeObject('attributes') ?? null),
      };
    });
  }
}

/** Phoenix nests attributes whose names are dotted everywhere else. */
function attributesOf(members: Members | null): Attributes {
  const attributes: Attributes = [];
  if (members) members.flatTo(attributes);
  return attributes;
}

function addNew(attributes: Attributes, key: string, value: string): void {
  for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === key) return;
  attributes.push(key, value);
}
