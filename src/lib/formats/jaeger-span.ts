/** One span of Jaeger JSON, with its references, tags and logs. */
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
  type SpanLink,
  type StatusCode,
} from '$lib/model/span';
import { fitsInt64 } from './digits';
import { kindOf, statusOf } from './enums';
import { TRACE_ID_BYTES, hexId, isNoId } from './ids';
import type { JsonReader } from './json-reader';
import type { JsonWalk } from './json-walk';

interface Reference {
  childOf: boolean;
  traceId: string;
  spanId: string;
}

const NO_REFERENCES: Reference[] = [];

export class JaegerSpanReader {
  /** Of the span that was read last; '' where it names none. */
  processId = '';
  /** For spans that name no trace themselves. */
  traceIdAround = '';
  private lastText = '';
  private lastId = '';

  constructor(
    private readonly walk: Pick<JsonWalk, 'warn'>,
    private readonly readProcess: (json: JsonReader) => Resource,
  ) {}

  /** The resource is only set where the process stands in the span itself. */
  read(json: JsonReader): Span {
    let traceId = this.traceIdAround;
    let spanId = '';
    let name = '';
    let processId = '';
    let parentId = '';
    let references = NO_REFERENCES;
    let startNs: bigint | null = null;
    let durationNs: bigint | null = null;
    let attributes: Attributes = NO_ATTRIBUTES;
    let events = NO_EVENTS;
    let resource = NO_RESOURCE;
    let warnings = '';
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      switch (key) {
        case 'traceID':
          traceId = this.id(json);
          break;
        case 'spanID':
          spanId = this.id(json);
          break;
        case 'parentSpanID':
          parentId = this.id(json);
          break;
        case 'operationName':
          name = json.tryNull() ? '' : json.text();
          break;
        case 'references':
          references = this.references(json);
          break;
        case 'startTime':
          startNs = json.integer(3);
          break;
        case 'duration':
          if (json.tryNull()) break;
          durationNs = json.integer(3);
          if (durationNs === null) throw json.error('a duration that is no number');
          break;
        case 'tags':
          attributes = readTags(json);
          break;
        case 'logs':
          events = this.logs(json);
          break;
        case 'processID':
          processId = json.tryNull() ? '' : json.text();
          break;
        case 'process':
          if (!json.tryNull()) resource = this.readProcess(json);
          break;
        case 'warnings':
          if (json.tryNull()) break;
          warnings = json.raw();
          break;
        default:
          json.skip();
      }
    }
    if (startNs === null) {
      this.walk.warn('invalid-time', `start of span ${spanId} “${name}”`);
      startNs = 0n;
    }
    let endNs = durationNs === null ? null : startNs + durationNs;
    if (endNs !== null && !fitsInt64(endNs)) {
      this.walk.warn('invalid-time', `end of span ${spanId} “${name}”`);
      endNs = null;
    }
    if (warnings !== '' && !/^\[\s*\]$/.test(warnings)) {
      attributes = [...attributes, 'jaeger.warnings', warnings];
    }
    this.processId = processId;
    const { parent, links } = resolve(references, traceId, parentId);
    const { kind, status, statusDescription, scope } = meaningOf(attributes);
    return {
      traceId,
      spanId,
      parentId: parent,
      name,
      service: null,
      operation: null,
      kind,
      startNs,
      endNs,
      status,
      statusDescription,
      attributes,
      events,
      links,
      resource,
      scope,
    };
  }

  /** Reads an id. Those of a trace mostly come again at once. */
  id(json: JsonReader): string {
    const text = json.tryNull() ? '' : json.text();
    if (text === this.lastText) return this.lastId;
    let id = hexId(text, TRACE_ID_BYTES);
    if (id === null) {
      this.walk.warn('invalid-id', `“${text.slice(0, 80)}”`);
      id = text;
    }
    if (text.length > 16) {
      this.lastText = text;
      this.lastId = id;
    }
    return id;
  }

  private references(json: JsonReader): Reference[] {
    if (json.tryNull()) return NO_REFERENCES;
    let references = NO_REFERENCES;
    json.beginArray();
    while (json.nextElement()) {
      let childOf = true;
      let traceId = '';
      let spanId = '';
      json.beginObject();
      for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
        if (key === 'refType') childOf = json.text() !== 'FOLLOWS_FROM';
        else if (key === 'traceID') traceId = this.id(json);
        else if (key === 'spanID') spanId = this.id(json);
        else json.skip();
      }
      // Some writers give roots a reference to the zero id.
      if (isNoId(spanId)) continue;
      if (references === NO_REFERENCES) references = [];
      references.push({ childOf, traceId, spanId });
    }
    return references;
  }

  private logs(json: JsonReader): SpanEvent[] {
    if (json.tryNull()) return NO_EVENTS;
    const events: SpanEvent[] = [];
    json.beginArray();
    while (json.nextElement()) {
      let timeNs: bigint | null = null;
      let attributes = NO_ATTRIBUTES;
      json.beginObject();
      for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
        if (key === 'timestamp') {
          timeNs = json.integer(3);
          if (timeNs === null) this.walk.warn('invalid-time', 'the time of a log');
        } else if (key === 'fields') attributes = readTags(json);
        else json.skip();
      }
      const name = takeName(attributes);
      events.push({ name, timeNs, attributes });
    }
    return events.length > 0 ? events : NO_EVENTS;
  }
}

/** A list of `{key, type, value}`. Values of the type `binary` are base64 and stay so. */
export function readTags(json: JsonReader): Attributes {
  if (json.tryNull()) return NO_ATTRIBUTES;
  const attributes: Attributes = [];
  json.beginArray();
  while (json.nextElement()) {
    let name = '';
    let value = 'null';
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      if (key === 'key') name = json.text();
      else if (key === 'value') value = json.text();
      else json.skip();
    }
    attributes.push(name, value);
  }
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}

/** What names a log: OpenTelemetry's bridge writes `event`, OpenTracing's users mostly `message`. The field is taken out. */
function takeName(fields: Attributes): string {
  for (const wanted of ['event', 'message']) {
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] === wanted) return fields.splice(i, 2)[1];
    }
  }
  return 'log';
}

/** The parent is the first CHILD_OF of the same trace, else the first FOLLOWS_FROM of it; all others are links. */
function resolve(
  references: Reference[],
  traceId: string,
  parentId: string,
): { parent: string | null; links: SpanLink[] } {
  if (references.length === 0) {
    return { parent: isNoId(parentId) ? null : parentId, links: NO_LINKS };
  }
  const near = references.filter(
    (reference) => isNoId(reference.traceId) || reference.traceId === traceId,
  );
  const parent = near.find((reference) => reference.childOf) ?? near.at(0);
  const links = references
    .filter((reference) => reference !== parent)
    .map((reference) => ({
      traceId: reference.traceId || traceId,
      spanId: reference.spanId,
      attributes: ['opentracing.ref_type', reference.childOf ? 'child_of' : 'follows_from'],
    }));
  return { parent: parent?.spanId ?? null, links: links.length > 0 ? links : NO_LINKS };
}

/** Tags that stand for fields of the model; they stay among the attributes too, as the file has them. */
function meaningOf(attributes: Attributes): {
  kind: SpanKind;
  status: StatusCode;
  statusDescription: string | null;
  scope: string;
} {
  let kind: SpanKind = 'UNSPECIFIED';
  let status: StatusCode = 'UNSET';
  let failed = false;
  let statusDescription: string | null = null;
  let scope = '';
  let library = '';
  for (let i = 0; i < attributes.length; i += 2) {
    const value = attributes[i + 1];
    switch (attributes[i]) {
      case 'span.kind':
        kind = kindOf(value);
        break;
      case 'error':
        failed = value === 'true';
        break;
      case 'otel.status_code':
        status = statusOf(value);
        break;
      case 'otel.status_description':
        statusDescription = value || null;
        break;
      case 'otel.scope.name':
        scope = value;
        break;
      case 'otel.library.name':
        library = value;
        break;
    }
  }
  return {
    kind,
    status: failed ? 'ERROR' : status,
    statusDescription,
    scope: scope || library,
  };
}
