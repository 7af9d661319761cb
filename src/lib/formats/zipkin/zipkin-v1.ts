/**
 * Zipkin v1 JSON: the annotations hold endpoints, kind, service and often the times.
 * https://github.com/openzipkin/zipkin-api/blob/master/zipkin-api.yaml
 * https://github.com/openzipkin/zipkin/blob/master/zipkin/src/main/java/zipkin2/v1/V1SpanConverter.java
 */
import {
  NO_EVENTS,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanKind,
} from '$lib/model/span';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, isNoId } from '$lib/model/ids';
import { MICROSECONDS, durationOf, eventTimeOf, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { ResourceTable } from '$lib/formats/resource-table';
import { isObject } from '$lib/formats/sniff';
import { IdReader, blankSpan, endAfter, type Warns } from '$lib/formats/span-parts';
import type { JsonObject, JsonReader } from '$lib/json/reader';

export const zipkinV1 = recordFormat({
  id: 'zipkin-v1',
  label: 'Zipkin v1 JSON',
  isRecord: isZipkinV1,
  reader: (walk) => {
    const reader = new ZipkinV1Reader(walk);
    return (json) => reader.read(json);
  },
});

export function isZipkinV1(value: JsonObject): boolean {
  if (typeof value.traceId !== 'string' || typeof value.id !== 'string') return false;
  if ('binaryAnnotations' in value) return true;
  const { annotations } = value;
  return (
    Array.isArray(annotations) && annotations.some((one) => isObject(one) && 'endpoint' in one)
  );
}

interface Annotation {
  value: string;
  timeNs: bigint | null;
  service: string;
  endpoint: Members | null;
}

interface BinaryAnnotation {
  key: string;
  value: string;
  service: string;
  endpoint: Members | null;
}

/** Annotations that determine the kind, each with the one that ends the span. */
const CORE: readonly { kind: SpanKind; starts: string; ends: string }[] = [
  { kind: 'CLIENT', starts: 'cs', ends: 'cr' },
  { kind: 'SERVER', starts: 'sr', ends: 'ss' },
  { kind: 'PRODUCER', starts: 'ms', ends: 'ws' },
  { kind: 'CONSUMER', starts: 'mr', ends: 'wr' },
];

class ZipkinV1Reader {
  private readonly ids: IdReader;
  private readonly resources = new ResourceTable();

  constructor(private readonly walk: Warns) {
    this.ids = new IdReader(walk);
  }

  /** One span, or two if client and server are in one report; they share the id, as in version 2. */
  read(json: JsonReader): Span[] {
    const members = Members.read(json);
    const base = blankSpan();
    base.traceId = this.ids.of(members.take('traceId') ?? '', TRACE_ID_BYTES);
    base.spanId = this.ids.of(members.take('id') ?? '', SPAN_ID_BYTES);
    if (base.traceId === '' && base.spanId === '') {
      throw json.error('an object without ids is no span');
    }
    const parentId = members.take('parentId') ?? '';
    base.parentId = isNoId(parentId) ? null : this.ids.of(parentId, SPAN_ID_BYTES);
    base.name = members.take('name') ?? '';
    base.kind = 'INTERNAL';
    const startNs = timeOf(members.take('timestamp'), MICROSECONDS, this.walk);
    const durationNs = durationOf(members.take('duration'), MICROSECONDS);
    const annotations = members.takeList('annotations').map((text) => this.annotation(text));
    const binary = members.takeList('binaryAnnotations').map(binaryAnnotation);
    const rest: Attributes = [];
    if (members.take('debug') === 'true') rest.push('zipkin.debug', 'true');
    members.restTo(rest);

    const sides = CORE.map((core) => sideOf(core, annotations)).filter((side) => side !== null);
    if (sides.length === 0)
      sides.push({ kind: 'INTERNAL', startNs: null, endNs: null, service: '' });
    return sides.map((side, i) => {
      const span = { ...base, kind: side.kind };
      const service = side.service || serviceOf(annotations, binary);
      // The report's own times belong to the side that began it.
      const owns = i === 0 && startNs !== null && startNs !== 0n;
      span.startNs = owns ? startNs : (side.startNs ?? earliest(annotations));
      span.endNs =
        owns && durationNs !== null ? endAfter(startNs, durationNs) : (side.endNs ?? null);
      if (span.endNs === null && i === 0 && durationNs !== null) {
        span.endNs = endAfter(span.startNs, durationNs);
      }
      const isMine = (other: string) =>
        sides.length === 1 || other === service || (i === 0 && !isOf(sides, other));
      span.events = eventsOf(annotations.filter((one) => isMine(one.service)));
      span.attributes = [...rest];
      for (const one of binary) {
        if (isMine(one.service) || one.key === 'ca' || one.key === 'sa') tag(span, one);
      }
      addAddress(
        span.attributes,
        'net.host',
        [...annotations, ...binary].find((one) => one.service === service && one.endpoint)
          ?.endpoint,
      );
      span.resource = this.resources.ofService(service);
      return span;
    });
  }

  private annotation(text: string): Annotation {
    const members = Members.parse(text);
    const endpoint = members?.takeObject('endpoint') ?? null;
    return {
      value: members?.take('value') ?? '',
      timeNs: eventTimeOf(members?.take('timestamp') ?? null, MICROSECONDS, this.walk),
      service: endpoint?.get('serviceName') ?? '',
      endpoint,
    };
  }
}

interface Side {
  kind: SpanKind;
  startNs: bigint | null;
  endNs: bigint | null;
  service: string;
}

const isOf = (sides: readonly Side[], service: string) =>
  sides.some((side) => side.service === service);

function sideOf(
  { kind, starts, ends }: (typeof CORE)[number],
  annotations: readonly Annotation[],
): Side | null {
  const start = annotations.find(({ value }) => value === starts);
  const end = annotations.find(({ value }) => value === ends);
  if (!start && !end) return null;
  return {
    kind,
    startNs: start?.timeNs ?? null,
    endNs: end?.timeNs ?? null,
    service: (start ?? end)?.service ?? '',
  };
}

function serviceOf(
  annotations: readonly Annotation[],
  binary: readonly BinaryAnnotation[],
): string {
  const local =
    binary.find(({ key, service }) => key === 'lc' && service) ??
    annotations.find(({ service }) => service) ??
    binary.find(({ key, service }) => service && key !== 'ca' && key !== 'sa');
  return local?.service ?? '';
}

function earliest(annotations: readonly Annotation[]): bigint | null {
  let first: bigint | null = null;
  for (const { timeNs } of annotations) {
    if (timeNs !== null && (first === null || timeNs < first)) first = timeNs;
  }
  return first;
}

function eventsOf(annotations: readonly Annotation[]): SpanEvent[] {
  if (annotations.length === 0) return NO_EVENTS;
  return annotations.map(({ value, timeNs, service }) => ({
    name: value,
    timeNs,
    attributes: service ? ['endpoint.service', service] : [],
  }));
}

function binaryAnnotation(text: string): BinaryAnnotation {
  const members = Members.parse(text);
  const endpoint = members?.takeObject('endpoint') ?? null;
  return {
    key: members?.take('key') ?? '',
    value: members?.take('value') ?? '',
    service: endpoint?.get('serviceName') ?? '',
    endpoint,
  };
}

function tag(span: Span, { key, value, service, endpoint }: BinaryAnnotation): void {
  const { attributes } = span;
  if (key === 'ca' || key === 'sa') {
    // The address of the other side; a side's own address is in its annotations.
    const isPeer = (key === 'sa') === (span.kind === 'CLIENT' || span.kind === 'PRODUCER');
    if (!isPeer && (span.kind === 'CLIENT' || span.kind === 'SERVER')) return;
    if (service) attributes.push('peer.service', service);
    addAddress(attributes, 'net.peer', endpoint);
    return;
  }
  attributes.push(key, value);
  if (key !== 'error') return;
  span.status = 'ERROR';
  span.statusDescription = ['', 'true', 'false', '1'].includes(value) ? null : value;
}

function addAddress(
  attributes: Attributes,
  prefix: string,
  endpoint: Members | null | undefined,
): void {
  const ipv4 = endpoint?.get('ipv4');
  const ipv6 = endpoint?.get('ipv6');
  const port = endpoint?.get('port');
  if (ipv4 || ipv6) attributes.push(`${prefix}.ip`, (ipv4 || ipv6) as string);
  if (ipv4 && ipv6) attributes.push(`${prefix}.ipv6`, ipv6);
  if (port && port !== '0') attributes.push(`${prefix}.port`, port);
}
