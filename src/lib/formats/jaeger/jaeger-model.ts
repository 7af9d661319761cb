/**
 * Jaeger's internal model as JSON: from Protobuf (ids in base64, times as text, values by type) or from Thrift (ids and times
 * as numbers, a batch of one process).
 * https://github.com/jaegertracing/jaeger-idl/blob/main/proto/api_v2/model.proto
 * https://github.com/jaegertracing/jaeger-idl/blob/main/thrift/jaeger.thrift
 */
import {
  INVALID_NS,
  NO_ATTRIBUTES,
  NO_EVENTS,
  type Attributes,
  type Resource,
  type Span,
  type SpanEvent,
} from '$lib/model/span';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, isNoId } from '$lib/model/ids';
import { MICROSECONDS, durationOf, eventTimeOf, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { ResourceTable } from '$lib/formats/resource-table';
import { isObject } from '$lib/formats/sniff';
import { IdReader, blankSpan, endAfter, type Warns } from '$lib/formats/span-parts';
import { parseDurationText } from '$lib/formats/written-time';
import type { JsonObject, JsonReader } from '$lib/json/reader';
import { meaningOf, resolve, takeName, type Reference } from './jaeger-span';

export const jaegerModel = recordFormat({
  id: 'jaeger-model',
  label: 'Jaeger model JSON',
  around: [['traces'], ['batches'], ['data']],
  isRecord: (value) =>
    isModelSpan(value) ||
    (Array.isArray(value.spans) && value.spans.some((span) => isObject(span) && isModelSpan(span))),
  reader: (walk) => {
    const reader = new ModelReader(walk);
    return (json) => reader.read(json);
  },
});

function isModelSpan(value: JsonObject): boolean {
  if ('traceIdLow' in value && 'spanId' in value) return true;
  return (
    ['traceId', 'trace_id'].some((key) => typeof value[key] === 'string') &&
    ['operationName', 'operation_name'].some((key) => key in value)
  );
}

class ModelReader {
  private readonly ids: IdReader;
  private readonly resources = new ResourceTable();

  constructor(private readonly walk: Warns) {
    this.ids = new IdReader(walk);
  }

  /** A span, or a trace or batch with its processes. */
  read(json: JsonReader): Span[] {
    const spans: { span: Span; processId: string }[] = [];
    const list = (inner: JsonReader) => {
      inner.beginArray();
      while (inner.nextElement()) spans.push(this.span(Members.read(inner)));
    };
    const members = Members.read(json, new Map([['spans', list]]));
    if (spans.length === 0) {
      if (!members.has('operationName') && !members.has('operation_name')) {
        this.walk.warn('skipped-record', 'an object without spans');
        return [];
      }
      return [this.span(members).span];
    }
    const process = this.process(members.takeObject('process'));
    const processes = this.processes(members);
    for (const { span, processId } of spans) {
      if (span.resource.attributes.length > 0) continue;
      span.resource = processes.get(processId) ?? process;
    }
    return spans.map(({ span }) => span);
  }

  private processes(members: Members): Map<string, Resource> {
    const processes = new Map<string, Resource>();
    for (const text of members.takeList('processMap', 'process_map')) {
      const entry = Members.parse(text);
      const id = entry?.take('processId', 'process_id', 'key') ?? '';
      processes.set(id, this.process(entry?.takeObject('process', 'value') ?? null));
    }
    return processes;
  }

  private process(process: Members | null): Resource {
    const service = process?.take('serviceName', 'service_name') ?? '';
    const tags = tagsOf(process?.takeList('tags') ?? []);
    return this.resources.of(service ? ['service.name', service, ...tags] : tags);
  }

  private span(members: Members): { span: Span; processId: string } {
    const span = blankSpan();
    span.traceId = this.traceId(members);
    span.spanId = this.spanId(members.take('spanId', 'span_id'));
    span.name = members.take('operationName', 'operation_name') ?? '';
    span.startNs = timeOf(members.take('startTime', 'start_time'), MICROSECONDS, this.walk);
    const duration = members.take('duration');
    span.endNs = endAfter(
      span.startNs,
      (duration === null ? null : parseDurationText(duration)) ??
        durationOf(duration, MICROSECONDS),
    );
    // Protobuf omits zeros.
    if (span.endNs === null && span.startNs !== null && span.startNs !== INVALID_NS) {
      span.endNs = span.startNs;
    }
    const parentId = this.spanId(members.take('parentSpanId', 'parent_span_id'));
    const references = this.references(members.takeList('references'), span.traceId);
    const { parent, links } = resolve(references, span.traceId, parentId);
    span.parentId = parent;
    span.links = links;
    const tags = tagsOf(members.takeList('tags'));
    Object.assign(span, meaningOf(tags));
    span.events = this.logs(members.takeList('logs'));
    const process = members.takeObject('process');
    if (process) span.resource = this.process(process);
    const processId = members.take('processId', 'process_id') ?? '';
    const warnings = members.take('warnings');
    members.take('flags');
    const attributes = [...tags];
    if (warnings !== null && warnings !== '[]') attributes.push('jaeger.warnings', warnings);
    members.restTo(attributes, 'jaeger.');
    if (attributes.length > 0) span.attributes = attributes;
    return { span, processId };
  }

  private references(texts: string[], traceId: string): Reference[] {
    const references: Reference[] = [];
    for (const text of texts) {
      const reference = Members.parse(text);
      if (!reference) continue;
      const spanId = this.spanId(reference.take('spanId', 'span_id'));
      if (isNoId(spanId)) continue;
      const type = reference.take('refType', 'ref_type') ?? '';
      references.push({
        childOf: type !== 'FOLLOWS_FROM' && type !== '1',
        traceId: this.traceId(reference) || traceId,
        spanId,
      });
    }
    return references;
  }

  private traceId(members: Members): string {
    const low = members.take('traceIdLow', 'trace_id_low');
    if (low === null) return this.ids.of(members.take('traceId', 'trace_id') ?? '', TRACE_ID_BYTES);
    const high = members.take('traceIdHigh', 'trace_id_high') ?? '0';
    return (high === '0' ? '' : this.numberId(high)) + this.numberId(low);
  }

  /** A 64-bit number in Thrift; base64 or hex otherwise. */
  private spanId(text: string | null): string {
    if (text === null || text === '' || text === '0') return '';
    return /^-?\d{1,15}$|^-?\d{17,20}$/.test(text)
      ? this.numberId(text)
      : this.ids.of(text, SPAN_ID_BYTES);
  }

  private numberId(digits: string): string {
    if (!/^-?\d{1,20}$/.test(digits)) return this.ids.of(digits, SPAN_ID_BYTES);
    return BigInt.asUintN(64, BigInt(digits)).toString(16).padStart(16, '0');
  }

  private logs(texts: string[]): SpanEvent[] {
    if (texts.length === 0) return NO_EVENTS;
    return texts.map((text) => {
      const log = Members.parse(text);
      const attributes = tagsOf(log?.takeList('fields') ?? []);
      const timeNs = eventTimeOf(log?.take('timestamp') ?? null, MICROSECONDS, this.walk);
      return { name: takeName(attributes), timeNs, attributes };
    });
  }
}

/** The value of a tag that has none, because zeros are omitted, by its type's name in Protobuf or Thrift. */
const ZEROS = new Map([
  ['BOOL', 'false'],
  ['INT64', '0'],
  ['LONG', '0'],
  ['FLOAT64', '0'],
  ['DOUBLE', '0'],
]);
const VALUES = [
  ...['vStr', 'vBool', 'vInt64', 'vLong', 'vFloat64', 'vDouble', 'vBinary'],
  ...['v_str', 'v_bool', 'v_int64', 'v_long', 'v_float64', 'v_double', 'v_binary', 'value'],
];

/** A list of `{key, vType, vStr, …}`. */
function tagsOf(texts: string[]): Attributes {
  const attributes: Attributes = [];
  for (const text of texts) {
    const tag = Members.parse(text);
    if (!tag) continue;
    const value = tag.take(...VALUES) ?? ZEROS.get(tag.take('vType', 'v_type') ?? '') ?? '';
    attributes.push(tag.take('key') ?? '', value);
  }
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}
