/**
 * Zipkin v2 JSON: a trace, several, or single spans.
 * https://github.com/openzipkin/zipkin-api/blob/master/zipkin2-api.yaml
 */
import {
  INVALID_NS,
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_RESOURCE,
  type Attributes,
  type Resource,
  type Span,
  type SpanEvent,
} from '$lib/model/span';
import { kindOf } from '$lib/formats/enums';
import type { Format, SpanSink } from '$lib/formats/contract';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, isNoId } from '$lib/formats/ids';
import type { JsonReader, JsonValue } from '$lib/json/reader';
import { JsonWalk, type Shape } from '$lib/json/walk';
import { elementsOf, firstValues, isObject } from '$lib/formats/sniff';
import type { Source } from '$lib/bytes/source';
import { IdReader, blankSpan, endAfter, flatAttributes, textOf } from '$lib/formats/span-parts';

export const zipkinV2: Format = {
  id: 'zipkin-v2',
  label: 'Zipkin v2 JSON',

  sniff(head) {
    const values = firstValues(head).flatMap((value) => elementsOf(value));
    return values.some(isSpan) && !values.some(isV1);
  },

  async read(source, sink) {
    await new ZipkinReader(source, sink).run();
  },
};

/** Names that other tools give to the same things beside `traceId` and `id`. */
const FOREIGN = ['spanId', 'spanID', 'startTime', 'startTimeUnixNano', 'observations', 'projectId'];
const OWN = ['timestamp', 'duration', 'localEndpoint', 'remoteEndpoint', 'annotations', 'tags'];

function isSpan(value: JsonValue): boolean {
  return (
    isObject(value) &&
    typeof value.traceId === 'string' &&
    typeof value.id === 'string' &&
    !FOREIGN.some((key) => key in value) &&
    OWN.some((key) => key in value)
  );
}

/** Version 1 has the endpoints in the annotations. */
function isV1(value: JsonValue): boolean {
  if (!isObject(value)) return false;
  if ('binaryAnnotations' in value) return true;
  const { annotations } = value;
  return (
    Array.isArray(annotations) && annotations.some((one) => isObject(one) && 'endpoint' in one)
  );
}

interface Endpoint {
  service: string;
  /** Under names that follow `net.host.` or `net.peer.`. */
  address: [string, string][];
}

const NO_ENDPOINT: Endpoint = { service: '', address: [] };

class ZipkinReader {
  private readonly walk: JsonWalk;
  private readonly ids: IdReader;
  private readonly resources = new Map<string, Resource>();

  constructor(
    source: Source,
    private readonly sink: SpanSink,
  ) {
    this.walk = new JsonWalk(source, sink);
    this.ids = new IdReader(this.walk);
  }

  async run(): Promise<void> {
    const root: Shape = { read: (json) => this.sink.span(this.readSpan(json)) };
    // Traces are arrays of spans, and answers arrays of traces.
    root.elements = root;
    await this.walk.run(root);
  }

  private readSpan(json: JsonReader): Span {
    const span = blankSpan();
    span.kind = 'INTERNAL';
    let parentId = '';
    let startNs: bigint | null = null;
    let durationNs: bigint | null = null;
    let local = NO_ENDPOINT;
    let remote = NO_ENDPOINT;
    let tags = NO_ATTRIBUTES;
    const attributes: Attributes = [];
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      switch (key) {
        case 'traceId':
          span.traceId = this.ids.read(json, TRACE_ID_BYTES);
          break;
        case 'id':
          span.spanId = this.ids.read(json, SPAN_ID_BYTES);
          break;
        case 'parentId':
          parentId = this.ids.read(json, SPAN_ID_BYTES);
          break;
        case 'name':
          span.name = textOf(json);
          break;
        case 'kind':
          if (!json.tryNull()) span.kind = kindOf(json.text());
          break;
        case 'timestamp':
          startNs = json.integer(3);
          break;
        case 'duration':
          if (json.tryNull()) break;
          durationNs = json.integer(3) ?? INVALID_NS;
          break;
        case 'localEndpoint':
          local = readEndpoint(json);
          break;
        case 'remoteEndpoint':
          remote = readEndpoint(json);
          break;
        case 'annotations':
          span.events = this.readAnnotations(json);
          break;
        case 'tags':
          tags = flatAttributes(json);
          break;
        case 'shared':
        case 'debug':
          if (json.text() === 'true') attributes.push(`zipkin.${key}`, 'true');
          break;
        default:
          json.skip();
      }
    }
    if (span.traceId === '' && span.spanId === '') {
      throw json.error('an object without ids is no span');
    }
    span.parentId = isNoId(parentId) ? null : parentId;
    for (const [part, value] of local.address) attributes.push(`net.host.${part}`, value);
    if (remote.service !== '') attributes.push('peer.service', remote.service);
    for (const [part, value] of remote.address) attributes.push(`net.peer.${part}`, value);
    span.attributes = attributes.length > 0 ? attributes.concat(tags) : tags;
    const error = valueOf(tags, 'error');
    if (error !== undefined) {
      span.status = 'ERROR';
      span.statusDescription = ['', 'true', 'false'].includes(error) ? null : error;
    }
    span.startNs = startOf(startNs, span);
    span.endNs = endAfter(span.startNs, durationNs);
    span.resource = this.resourceOf(local.service);
    return span;
  }

  private readAnnotations(json: JsonReader): SpanEvent[] {
    if (json.tryNull()) return NO_EVENTS;
    const events: SpanEvent[] = [];
    json.beginArray();
    while (json.nextElement()) {
      let name = '';
      let timeNs: bigint | null = null;
      json.beginObject();
      for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
        if (key === 'value') name = json.text();
        else if (key === 'timestamp') {
          timeNs = json.integer(3);
          if (timeNs === null) this.walk.warn('invalid-time', 'the time of an annotation');
        } else json.skip();
      }
      events.push({ name, timeNs, attributes: NO_ATTRIBUTES });
    }
    return events.length > 0 ? events : NO_EVENTS;
  }

  private resourceOf(service: string): Resource {
    if (service === '') return NO_RESOURCE;
    let resource = this.resources.get(service);
    if (!resource) {
      resource = { service, attributes: ['service.name', service] };
      this.resources.set(service, resource);
    }
    return resource;
  }
}

/** Spans that an instrumentation cut short have no time of their own, but mostly an annotation with one. */
function startOf(startNs: bigint | null, { events }: Span): bigint | null {
  if (startNs !== null && startNs !== 0n) return startNs;
  let earliest: bigint | null = null;
  for (const { timeNs } of events) {
    if (timeNs !== null && (earliest === null || timeNs < earliest)) earliest = timeNs;
  }
  return earliest ?? startNs;
}

function readEndpoint(json: JsonReader): Endpoint {
  if (json.tryNull()) return NO_ENDPOINT;
  let service = '';
  let ipv4 = '';
  let ipv6 = '';
  let port = '';
  json.beginObject();
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (key === 'serviceName') service = textOf(json);
    else if (key === 'ipv4') ipv4 = textOf(json);
    else if (key === 'ipv6') ipv6 = textOf(json);
    else if (key === 'port') port = textOf(json);
    else json.skip();
  }
  const address: [string, string][] = [];
  if (ipv4 || ipv6) address.push(['ip', ipv4 || ipv6]);
  if (ipv4 && ipv6) address.push(['ipv6', ipv6]);
  if (port && port !== '0') address.push(['port', port]);
  return { service, address };
}

function valueOf(attributes: Attributes, key: string): string | undefined {
  for (let i = attributes.length - 2; i >= 0; i -= 2) {
    if (attributes[i] === key) return attributes[i + 1];
  }
  return undefined;
}
