/**
 * Datadog's traces as its tracers send them to the agent and test agents keep them: lists of traces, each a list of spans.
 * https://docs.datadoghq.com/tracing/guide/send_traces_to_agent_by_api/
 */
import {
  NO_EVENTS,
  NO_LINKS,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '$lib/model/span';
import { kindOf } from '$lib/formats/enums';
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from '$lib/model/ids';
import { NANOSECONDS, durationOf, eventTimeOf, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { ResourceTable } from '$lib/formats/resource-table';
import { IdReader, blankSpan, endAfter, type Warns } from '$lib/formats/span-parts';
import type { JsonReader } from '$lib/json/reader';

export const datadog = recordFormat({
  id: 'datadog',
  label: 'Datadog traces',
  around: [['traces'], ['spans'], ['traces', 'spans'], ['chunks', 'spans']],
  isRecord: (value) =>
    ['trace_id', 'span_id', 'start'].every((key) => isNumber(value[key])) ||
    (['trace_id', 'span_id'].every((key) => isNumber(value[key])) &&
      ['resource', 'service', 'meta'].filter((key) => key in value).length > 1),
  // A name may be longer than the head.
  isBeginning: (head) =>
    head.length >= 1 << 16 &&
    /^\s*\[\s*\[\s*\{\s*"name"\s*:\s*"[^"]*$/.test(new TextDecoder().decode(head)),
  reader: (walk) => {
    const reader = new DatadogReader(walk);
    return (json) => [reader.read(json)];
  },
});

const isNumber = (value: unknown) => typeof value === 'number' || typeof value === 'bigint';

class DatadogReader {
  private readonly ids: IdReader;
  private readonly resources = new ResourceTable();

  constructor(private readonly walk: Warns) {
    this.ids = new IdReader(walk);
  }

  read(json: JsonReader): Span {
    const members = Members.read(json);
    const span = blankSpan();
    const attributes: Attributes = [];
    span.traceId = numberId(members.take('trace_id')) ?? '';
    span.spanId = numberId(members.take('span_id')) ?? '';
    const parent = members.take('parent_id');
    span.parentId = parent === null || parent === '0' ? null : numberId(parent);
    // The resource says more than the operation, which many spans share.
    const operation = members.take('name') ?? '';
    const resource = members.take('resource');
    span.name = operation || resource || '';
    span.startNs = timeOf(members.take('start'), NANOSECONDS, this.walk);
    span.endNs = endAfter(span.startNs, durationOf(members.take('duration'), NANOSECONDS));
    if (resource) attributes.push('resource.name', resource);
    const type = members.take('type');
    if (type) attributes.push('span.type', type);

    const meta = members.takeObject('meta');
    span.kind = kindOf(meta?.get('span.kind') ?? '');
    span.links = this.links([
      ...members.takeList('span_links'),
      ...(meta?.takeList('_dd.span_links') ?? []),
    ]);
    span.events = this.events([
      ...members.takeList('span_events'),
      ...(meta?.takeList('events') ?? []),
    ]);
    const error = members.take('error');
    if (error !== null && error !== '0' && error !== 'false') {
      span.status = 'ERROR';
      span.statusDescription = meta?.get('error.message', 'error.msg', 'error.type') || null;
    }
    span.scope = meta?.get('component') ?? '';
    for (const part of [meta, members.takeObject('metrics')]) {
      if (part) attributes.push(...part.attributes());
    }
    members.take('meta_struct');
    members.restTo(attributes, 'datadog.');
    if (attributes.length > 0) span.attributes = attributes;
    span.resource = this.resources.ofService(members.take('service'));
    return span;
  }

  private links(texts: string[]): SpanLink[] {
    if (texts.length === 0) return NO_LINKS;
    return texts.map((text) => {
      const link = Members.parse(text);
      const attributes: Attributes = [];
      const traceId = link?.take('trace_id') ?? '';
      const spanId = link?.take('span_id') ?? '';
      const high = link?.take('trace_id_high') ?? '0';
      const own = link?.take('attributes');
      if (own) for (const [key, value] of pairsOf(own)) attributes.push(key, value);
      link?.restTo(attributes, 'datadog.link.');
      return { traceId: this.linkId(traceId, high), spanId: this.linkId(spanId, '0'), attributes };
    });
  }

  /** Ids are numbers in the list of links, and hex of either length in the tag. */
  private linkId(text: string, high: string): string {
    if (text.length === 16 || text.length === 32 || !/^\d+$/.test(text)) {
      return this.ids.of(text, text.length > 16 ? TRACE_ID_BYTES : SPAN_ID_BYTES);
    }
    return (high === '0' ? '' : (numberId(high) ?? '')) + (numberId(text) ?? '');
  }

  private events(texts: string[]): SpanEvent[] {
    if (texts.length === 0) return NO_EVENTS;
    return texts.map((text) => {
      const event = Members.parse(text);
      const attributes: Attributes = [];
      const own = event?.take('attributes');
      if (own) for (const [key, value] of pairsOf(own)) attributes.push(key, value);
      return {
        name: event?.take('name') ?? '',
        timeNs: eventTimeOf(event?.take('time_unix_nano') ?? null, NANOSECONDS, this.walk),
        attributes,
      };
    });
  }
}

/** An object's members; `{type: 0, string_value: 'x'}` is its value. */
function pairsOf(text: string): [string, string][] {
  const attributes = Members.parse(text)?.attributes() ?? [];
  const pairs: [string, string][] = [];
  for (let i = 0; i < attributes.length; i += 2) {
    const typed = Members.parse(attributes[i + 1]);
    const value =
      typed?.has('type') &&
      typed.take('string_value', 'bool_value', 'int_value', 'double_value', 'array_value');
    pairs.push([attributes[i], value || attributes[i + 1]]);
  }
  return pairs;
}

/** A 64-bit number in hex, as long as an id. */
function numberId(digits: string | null): string | null {
  if (digits === null || !/^-?\d{1,20}$/.test(digits)) return digits;
  return BigInt.asUintN(64, BigInt(digits)).toString(16).padStart(16, '0');
}
