/** One span of Jaeger JSON, with its references, tags and logs. */
import {
  INVALID_NS,
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_LINKS,
  type Attributes,
  type Resource,
  type Span,
  type SpanEvent,
  type SpanKind,
  type SpanLink,
  type StatusCode,
} from '$lib/model/span';
import { kindOf, statusOf } from '$lib/formats/enums';
import { TRACE_ID_BYTES, isNoId, isShortTraceId, maySpellSame } from '$lib/model/ids';
import type { JsonReader } from '$lib/json/reader';
import type { JsonWalk } from '$lib/json/walk';
import {
  IdReader,
  blankSpan,
  elementObject,
  endAfter,
  errorText,
  flatAttributes,
  partArray,
  textOf,
  type Warns,
} from '$lib/formats/span-parts';

export interface Reference {
  childOf: boolean;
  traceId: string;
  spanId: string;
}

const NO_REFERENCES: Reference[] = [];

export class JaegerSpanReader {
  /** Of the last span that was read; '' if it names none. */
  processId = '';
  /** For spans without a trace id of their own. */
  traceIdAround = '';
  private readonly ids: IdReader;

  constructor(
    private readonly walk: Pick<JsonWalk, 'warn'>,
    private readonly readProcess: (json: JsonReader) => Resource,
  ) {
    this.ids = new IdReader(walk);
  }

  /** The resource is only set if the span contains its process. */
  read(json: JsonReader): Span {
    const span = blankSpan();
    span.traceId = this.traceIdAround;
    let parentId = '';
    let references = NO_REFERENCES;
    let durationNs: bigint | null = null;
    let warnings = '';
    this.processId = '';
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      switch (key) {
        case 'traceID':
          span.traceId = this.id(json);
          break;
        case 'spanID':
          span.spanId = this.id(json);
          break;
        case 'parentSpanID':
          parentId = this.id(json);
          break;
        case 'operationName':
          span.name = textOf(json);
          break;
        case 'references':
          references = this.references(json);
          break;
        case 'startTime':
          span.startNs = json.integer(3);
          break;
        case 'duration':
          if (json.tryNull()) break;
          durationNs = json.integer(3) ?? INVALID_NS;
          break;
        case 'tags':
          span.attributes = span.attributes.concat(readTags(json, this.walk));
          break;
        case 'tag':
          span.attributes = span.attributes.concat(readTagFields(json, this.walk));
          break;
        case 'logs':
          span.events = this.logs(json);
          break;
        case 'processID':
          this.processId = textOf(json);
          break;
        case 'process':
          if (!json.tryNull()) span.resource = this.readProcess(json);
          break;
        case 'warnings':
          if (json.tryNull()) break;
          warnings = json.raw();
          break;
        default:
          json.skip();
      }
    }
    span.traceId = this.ofTraceAround(span.traceId);
    span.endNs = endAfter(span.startNs, durationNs);
    if (warnings !== '' && !/^\[\s*\]$/.test(warnings)) {
      span.attributes = [...span.attributes, 'jaeger.warnings', warnings];
    }
    const { parent, links } = resolve(references, span.traceId, parentId);
    span.parentId = parent;
    span.links = links;
    return Object.assign(span, meaningOf(span.attributes));
  }

  id(json: JsonReader): string {
    return this.ids.read(json, TRACE_ID_BYTES);
  }

  /** The spans of one entry of `data` belong to one trace, even if some give only 64 bits of its id. */
  private ofTraceAround(traceId: string): string {
    const around = this.traceIdAround;
    if (traceId === around || around === '' || isShortTraceId(around)) return traceId;
    if (!isShortTraceId(traceId) || !maySpellSame(traceId, around)) return traceId;
    this.walk.warn('short-trace-id', `“${traceId}” of “${around}”`);
    return around;
  }

  private references(json: JsonReader): Reference[] {
    if (!partArray(json, this.walk, 'references')) return NO_REFERENCES;
    let references = NO_REFERENCES;
    while (json.nextElement()) {
      let childOf = true;
      let traceId = '';
      let spanId = '';
      if (!elementObject(json, this.walk, 'a reference')) continue;
      for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
        if (key === 'refType') childOf = json.text() !== 'FOLLOWS_FROM';
        else if (key === 'traceID') traceId = this.id(json);
        else if (key === 'spanID') spanId = this.id(json);
        else json.skip();
      }
      // Some writers give roots a reference to an all-zero id.
      if (isNoId(spanId)) continue;
      if (references === NO_REFERENCES) references = [];
      references.push({ childOf, traceId, spanId });
    }
    return references;
  }

  private logs(json: JsonReader): SpanEvent[] {
    if (!partArray(json, this.walk, 'logs')) return NO_EVENTS;
    const events: SpanEvent[] = [];
    while (json.nextElement()) {
      let timeNs: bigint | null = null;
      let attributes = NO_ATTRIBUTES;
      if (!elementObject(json, this.walk, 'a log')) continue;
      for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
        if (key === 'timestamp') {
          timeNs = json.integer(3);
          if (timeNs === null) this.walk.warn('invalid-time', 'the time of a log');
        } else if (key === 'fields') attributes = readTags(json, this.walk);
        else json.skip();
      }
      const name = takeName(attributes);
      events.push({ name, timeNs, attributes });
    }
    return events.length > 0 ? events : NO_EVENTS;
  }
}

/** A list of `{key, type, value}`. Values of type `binary` are base64, and are kept so. */
export function readTags(json: JsonReader, walk: Warns): Attributes {
  if (!partArray(json, walk, 'tags')) return NO_ATTRIBUTES;
  const attributes: Attributes = [];
  while (json.nextElement()) {
    let name = '';
    let value = 'null';
    if (!elementObject(json, walk, 'a tag')) continue;
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      if (key === 'key') name = textOf(json);
      else if (key === 'value') value = json.text();
      else json.skip();
    }
    attributes.push(name, value);
  }
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}

/** Tags as fields of an Elasticsearch document, with `@` instead of dots in names. */
export function readTagFields(json: JsonReader, walk: Warns): Attributes {
  const attributes = flatAttributes(json, walk, 'the tags');
  for (let i = 0; i < attributes.length; i += 2) attributes[i] = attributes[i].replaceAll('@', '.');
  return attributes;
}

/** The field that names a log: `event` from OpenTelemetry's bridge, usually `message` from OpenTracing. The field is removed. */
export function takeName(fields: Attributes): string {
  for (const wanted of ['event', 'message']) {
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] === wanted) return fields.splice(i, 2)[1];
    }
  }
  return 'log';
}

/**
 * The parent is the first CHILD_OF in the same trace, or else its first FOLLOWS_FROM. All others become links, and so does a
 * FOLLOWS_FROM that is the parent, because the lineage drops it as a parent if it closes a cycle.
 */
export function resolve(
  references: Reference[],
  traceId: string,
  parentId: string,
): { parent: string | null; links: SpanLink[] } {
  if (references.length === 0) {
    return { parent: isNoId(parentId) ? null : parentId, links: NO_LINKS };
  }
  const near = references.filter(
    (reference) => isNoId(reference.traceId) || maySpellSame(reference.traceId, traceId),
  );
  const parent = near.find((reference) => reference.childOf) ?? near.at(0);
  const links = references
    .filter((reference) => reference !== parent || !reference.childOf)
    .map((reference) => ({
      traceId: reference.traceId || traceId,
      spanId: reference.spanId,
      attributes: ['opentracing.ref_type', reference.childOf ? 'child_of' : 'follows_from'],
    }));
  return { parent: parent?.spanId ?? null, links: links.length > 0 ? links : NO_LINKS };
}

/** Values of the tag `error` that mean no failure. Any other means one, and may describe it. */
const NO_ERROR = /^(?:false|0)$/i;

/** Tags that set fields of the model; they are kept as attributes too, as in the file. */
export function meaningOf(attributes: Attributes): {
  kind: SpanKind;
  status: StatusCode;
  statusDescription: string | null;
  scope: string;
} {
  let kind: SpanKind = 'UNSPECIFIED';
  let status: StatusCode = 'UNSET';
  let error: string | null = null;
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
        error = value;
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
  if (error !== null && !NO_ERROR.test(error)) {
    status = 'ERROR';
    statusDescription ??= errorText(error);
  }
  return {
    kind,
    status,
    statusDescription,
    scope: scope || library,
  };
}
