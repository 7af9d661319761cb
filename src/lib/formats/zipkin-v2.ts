/**
 * Zipkin v2 JSON: a trace, several, or single spans.
 * https://github.com/openzipkin/zipkin-api/blob/master/zipkin2-api.yaml
 */
import {
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_LINKS,
  NO_RESOURCE,
  type Attributes,
  type Resource,
  type Span,
  type SpanEvent,
  type SpanKind,
} from '$lib/model/span';
import { fitsInt64 } from './digits';
import { kindOf } from './enums';
import type { Format, SpanSink } from './format';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, hexId, isNoId } from './ids';
import type { JsonReader, JsonValue } from './json-reader';
import { JsonWalk, type Shape } from './json-walk';
import { elementsOf, firstValues, isObject } from './sniff';
import type { Source } from './source';

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
  private readonly resources = new Map<string, Resource>();

  constructor(
    source: Source,
    private readonly sink: SpanSink,
  ) {
    this.walk = new JsonWalk(source, sink);
  }

  async run(): Promise<void> {
    const root: Shape = { read: (json) => this.sink.span(this.readSpan(json)) };
    // Traces are arrays of spans, and answers arrays of traces.
    root.elements = root;
    await this.walk.run(root);
  }

  private readSpan(json: JsonReader): Span {
    let traceId = '';
    let spanId = '';
    let parentId = '';
    let name = '';
    let kind: SpanKind = 'INTERNAL';
    let startNs: bigint | null = null;
    let durationNs: bigint | null = null;
    let local = NO_ENDPOINT;
    let remote = NO_ENDPOINT;
    let events = NO_EVENTS;
    let tags = NO_ATTRIBUTES;
    const attributes: Attributes = [];
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      switch (key) {
        case 'traceId':
          traceId = this.id(json, TRACE_ID_BYTES);
          break;
        case 'id':
          spanId = this.id(json, SPAN_ID_BYTES);
          break;
        case 'parentId':
          parentId = this.id(json, SPAN_ID_BYTES);
          break;
        case 'name':
          name = json.tryNull() ? '' : json.text();
          break;
        case 'kind':
          if (!json.tryNull()) kind = kindOf(json.text());
          break;
        case 'timestamp':
          startNs = json.integer(3);
          break;
        case 'duration':
          if (json.tryNull()) break;
          durationNs = json.integer(3);
          if (durationNs === null) this.walk.warn('invalid-time', 'the duration of a span');
          break;
        case 'localEndpoint':
          local = readEndpoint(json);
          break;
        case 'remoteEndpoint':
          remote = readEndpoint(json);
          break;
        case 'annotations':
          events = this.readAnnotations(json);
          break;
        case 'tags':
          tags = readTags(json);
          break;
        case 'shared':
        case 'debug':
          if (json.text() === 'true') attributes.push(`zipkin.${key}`, 'true');
          break;
        default:
          json.skip();
      }
    }
    if (traceId === '' && spanId === '') throw json.error('an object without ids is no span');
    for (const [part, value] of local.address) attributes.push(`net.host.${part}`, value);
    if (remote.service !== '') attributes.push('peer.service', remote.service);
    for (const [part, value] of remote.address) attributes.push(`net.peer.${part}`, value);
    const error = valueOf(tags, 'error');
    const start = this.startOf(startNs, events, spanId, name);
    return {
      traceId,
      spanId,
      parentId: isNoId(parentId) ? null : parentId,
      name,
      service: null,
      operation: null,
      kind,
      startNs: start,
      endNs: this.endOf(start, durationNs, spanId, name),
      status: error === undefined ? 'UNSET' : 'ERROR',
      statusDescription:
        error === undefined || ['', 'true', 'false'].includes(error) ? null : error,
      attributes: attributes.length > 0 ? attributes.concat(tags) : tags,
      events,
      links: NO_LINKS,
      resource: this.resourceOf(local.service),
      scope: '',
    };
  }

  /** Spans that an instrumentation cut short have no time of their own, but mostly an annotation with one. */
  private startOf(
    startNs: bigint | null,
    events: SpanEvent[],
    spanId: string,
    name: string,
  ): bigint {
    if (startNs !== null && startNs !== 0n) return startNs;
    let earliest: bigint | null = null;
    for (const { timeNs } of events) {
      if (timeNs !== null && (earliest === null || timeNs < earliest)) earliest = timeNs;
    }
    if (earliest === null) this.walk.warn('invalid-time', `start of span ${spanId} “${name}”`);
    return earliest ?? 0n;
  }

  private endOf(
    startNs: bigint,
    durationNs: bigint | null,
    spanId: string,
    name: string,
  ): bigint | null {
    if (durationNs === null) return null;
    const endNs = startNs + durationNs;
    if (fitsInt64(endNs)) return endNs;
    this.walk.warn('invalid-time', `end of span ${spanId} “${name}”`);
    return null;
  }

  private id(json: JsonReader, bytes: number): string {
    const text = json.tryNull() ? '' : json.text();
    const id = hexId(text, bytes);
    if (id !== null) return id;
    this.walk.warn('invalid-id', `“${text.slice(0, 80)}”`);
    return text;
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

function readEndpoint(json: JsonReader): Endpoint {
  if (json.tryNull()) return NO_ENDPOINT;
  let service = '';
  let ipv4 = '';
  let ipv6 = '';
  let port = '';
  json.beginObject();
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (key === 'serviceName') service = json.tryNull() ? '' : json.text();
    else if (key === 'ipv4') ipv4 = json.tryNull() ? '' : json.text();
    else if (key === 'ipv6') ipv6 = json.tryNull() ? '' : json.text();
    else if (key === 'port') port = json.tryNull() ? '' : json.text();
    else json.skip();
  }
  const address: [string, string][] = [];
  if (ipv4 || ipv6) address.push(['ip', ipv4 || ipv6]);
  if (ipv4 && ipv6) address.push(['ipv6', ipv6]);
  if (port && port !== '0') address.push(['port', port]);
  return { service, address };
}

function readTags(json: JsonReader): Attributes {
  if (json.tryNull()) return NO_ATTRIBUTES;
  const attributes: Attributes = [];
  json.beginObject();
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    attributes.push(key, json.text());
  }
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}

function valueOf(attributes: Attributes, key: string): string | undefined {
  for (let i = attributes.length - 2; i >= 0; i -= 2) {
    if (attributes[i] === key) return attributes[i + 1];
  }
  return undefined;
}
