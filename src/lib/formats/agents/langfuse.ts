/**
 * Langfuse: a trace with its observations, as its API returns and its UI exports it, and observations by themselves.
 * https://api.reference.langfuse.com/#tag/trace · https://langfuse.com/docs/observability/data-model
 */
import { NO_ATTRIBUTES, type Attributes, type Span } from '$lib/model/span';
import { MILLISECONDS, durationOf, timeOf } from '$lib/formats/member-times';
import { SECONDS } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { ResourceTable } from '$lib/formats/resource-table';
import { isObject } from '$lib/formats/sniff';
import { blankSpan, endAfter, type Warns } from '$lib/formats/span-parts';
import { hexId } from '$lib/model/ids';
import type { JsonObject, JsonReader } from '$lib/json/reader';

export const langfuse = recordFormat({
  id: 'langfuse',
  label: 'Langfuse JSON',
  around: [['data'], ['observations']],
  isRecord: (value) => isObservation(value) || isTrace(value),
  reader: (walk) => {
    const reader = new LangfuseReader(walk);
    return (json) => reader.read(json);
  },
});

function isObservation(value: JsonObject): boolean {
  return (
    typeof value.id === 'string' &&
    typeof (value.traceId ?? value.trace_id) === 'string' &&
    typeof (value.startTime ?? value.start_time) === 'string' &&
    (typeof value.type === 'string' || 'parentObservationId' in value || 'projectId' in value)
  );
}

function isTrace(value: JsonObject): boolean {
  const trace = isObject(value.trace) ? value.trace : value;
  const { observations } = trace;
  if (
    Array.isArray(observations) &&
    observations.some((one) => isObject(one) && isObservation(one))
  ) {
    return true;
  }
  return (
    typeof trace.id === 'string' && typeof trace.projectId === 'string' && 'timestamp' in trace
  );
}

class LangfuseReader {
  private readonly resources = new ResourceTable();

  constructor(private readonly walk: Warns) {}

  /** An observation, or a trace with its observations; the trace becomes a span around them. */
  read(json: JsonReader): Span[] {
    const spans: Span[] = [];
    const members = Members.read(
      json,
      new Map([
        [
          'observations',
          (inner: JsonReader) => {
            inner.beginArray();
            while (inner.nextElement()) spans.push(this.observation(Members.read(inner)));
          },
        ],
      ]),
    );
    const trace = members.takeObject('trace') ?? (members.has('timestamp') ? members : null);
    if (!trace) {
      if (spans.length === 0) spans.push(this.observation(members));
      return spans;
    }
    // The trace lists its observations a second time, without their contents.
    const again = trace.takeList('observations');
    if (spans.length === 0) {
      for (const text of again) {
        const observation = Members.parse(text);
        if (observation) spans.push(this.observation(observation));
      }
    }
    return [this.trace(trace, spans), ...spans];
  }

  private trace(members: Members, spans: Span[]): Span {
    const span = blankSpan();
    const id = members.take('id') ?? '';
    span.traceId = hexId(id, 16) ?? id;
    span.spanId = span.traceId;
    span.name = members.take('name') ?? '';
    span.kind = 'INTERNAL';
    span.startNs = timeOf(members.take('timestamp'), MILLISECONDS, this.walk);
    span.endNs = endAfter(span.startNs, durationOf(members.take('latency'), SECONDS));
    const attributes: Attributes = [];
    this.common(span, members, attributes, 'langfuse.trace.');
    for (const [name, key] of OF_TRACES) {
      const value = members.take(...name);
      if (value) attributes.push(key, value);
    }
    members.restTo(attributes, 'langfuse.trace.');
    span.attributes = attributes;
    for (const one of spans) {
      if (one.traceId === span.traceId) one.parentId ??= span.spanId;
    }
    return span;
  }

  private observation(members: Members): Span {
    const span = blankSpan();
    const traceId = members.take('traceId', 'trace_id') ?? '';
    span.traceId = hexId(traceId, 16) ?? traceId;
    span.spanId = idOf(members.take('id')) ?? '';
    span.parentId = idOf(members.take('parentObservationId', 'parent_observation_id')) || null;
    span.name = members.take('name') ?? '';
    span.kind = 'INTERNAL';
    span.startNs = timeOf(members.take('startTime', 'start_time'), MILLISECONDS, this.walk);
    span.endNs = timeOf(members.take('endTime', 'end_time'), MILLISECONDS, this.walk);
    const type = members.take('type');
    // An event has no duration.
    if (type === 'EVENT') span.endNs ??= span.startNs;
    const level = members.take('level');
    if (level === 'ERROR') span.status = 'ERROR';
    const message = members.take('statusMessage', 'status_message') || null;
    span.statusDescription = message;
    const attributes: Attributes = [];
    this.common(span, members, attributes, 'langfuse.observation.');
    if (type) attributes.push('langfuse.observation.type', type.toLowerCase());
    if (level && level !== 'DEFAULT') attributes.push('langfuse.observation.level', level);
    for (const [name, key] of OF_OBSERVATIONS) {
      const value = members.take(...name);
      if (value && value !== '{}') attributes.push(key, value);
    }
    for (const name of SAID_BEFORE) members.take(name);
    members.restTo(attributes, 'langfuse.observation.');
    span.attributes = attributes.length > 0 ? attributes : NO_ATTRIBUTES;
    return span;
  }

  /** Input, output and metadata; for spans received over OpenTelemetry, metadata contain their attributes and resource. */
  private common(span: Span, members: Members, attributes: Attributes, prefix: string): void {
    const metadata = members.takeObject('metadata');
    const own = metadata?.takeObject('attributes');
    // A trace repeats the values of its first span.
    if (own && prefix === 'langfuse.observation.') attributes.push(...own.attributes());
    const resource = metadata?.takeObject('resourceAttributes');
    if (resource) span.resource = this.resources.of(resource.attributes());
    span.scope = metadata?.takeObject('scope')?.take('name') ?? '';
    metadata?.restTo(attributes, `${prefix}metadata.`);
    for (const name of ['input', 'output']) {
      const value = members.take(name);
      if (value) attributes.push(`${prefix}${name}`, value);
    }
  }
}

const idOf = (text: string | null): string | null => (text ? (hexId(text, 8) ?? text) : null);

const OF_TRACES: readonly (readonly [string[], string])[] = [
  [['sessionId', 'session_id'], 'session.id'],
  [['userId', 'user_id'], 'user.id'],
];

const OF_OBSERVATIONS: readonly (readonly [string[], string])[] = [
  [['model', 'providedModelName', 'provided_model_name'], 'langfuse.observation.model.name'],
  [['modelParameters', 'model_parameters'], 'langfuse.observation.model.parameters'],
  [['usageDetails', 'usage_details', 'usage'], 'langfuse.observation.usage_details'],
  [['costDetails', 'cost_details'], 'langfuse.observation.cost_details'],
  [['completionStartTime', 'completion_start_time'], 'langfuse.observation.completion_start_time'],
];

/** Derived from other members. */
const SAID_BEFORE = [
  'inputUsage',
  'outputUsage',
  'totalUsage',
  'inputCost',
  'outputCost',
  'totalCost',
  'latency',
];
