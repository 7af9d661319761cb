/**
 * Flock's `spans` table, a row at a time: `.flock/traces.duckdb` as its DuckDBSpanExporter writes it, JSON columns as text.
 * https://github.com/whiteducksoftware/flock (src/flock/logging/telemetry_exporter/duckdb_exporter.py)
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
  type SpanLink,
} from '$lib/model/span';
import { kindOf, statusOf } from '$lib/formats/enums';
import type { WarningSink } from '$lib/model/diagnostics';
import { isNoId, normalSpanId, normalTraceId } from '$lib/model/ids';
import { JsonError, JsonReader } from '$lib/json/reader';
import { elementObject, flatAttributes, partObject, textOf } from '$lib/formats/span-parts';

/** Columns that are missing in databases of older Flock versions are null. */
export interface FlockRow {
  trace_id: string | null;
  span_id: string | null;
  parent_id: string | null;
  name: string | null;
  service: string | null;
  operation: string | null;
  kind: string | null;
  /** Epoch nanoseconds. */
  start_time: bigint | null;
  end_time: bigint | null;
  status_code: string | null;
  status_description: string | null;
  /** The rest is JSON text. */
  attributes: string | null;
  events: string | null;
  links: string | null;
  resource: string | null;
}

const json = new JsonReader();
/** By their text; a table has few. */
const resources = new Map<string, Resource>();
const MAX_RESOURCES = 1024;

/** The row as a span. A column with broken JSON is left out and reported; the rest of the row is kept. */
export function flockSpan(row: FlockRow, sink: WarningSink): Span {
  const read = <T>(column: keyof FlockRow, otherwise: T, parse: () => T): T => {
    const text = row[column];
    if (typeof text !== 'string' || text === '' || text === 'null') return otherwise;
    try {
      json.reset(text);
      const value = parse();
      if (!json.atEnd()) throw json.error('text after the value');
      return value;
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      const place = `column “${column}” of span ${row.span_id ?? 'without id'}`;
      sink.warn('broken-record', `${place}: ${error.message} (byte ${error.offset})`);
      return otherwise;
    }
  };
  return {
    traceId: normalTraceId(row.trace_id ?? ''),
    spanId: normalSpanId(row.span_id ?? ''),
    parentId: row.parent_id === null || isNoId(row.parent_id) ? null : normalSpanId(row.parent_id),
    name: row.name ?? '',
    service: row.service,
    operation: row.operation,
    kind: kindOf(row.kind ?? ''),
    startNs: row.start_time,
    endNs: row.end_time,
    status: statusOf(row.status_code ?? ''),
    statusDescription: row.status_description || null,
    attributes: read('attributes', NO_ATTRIBUTES, readFlat),
    events: read('events', NO_EVENTS, () => readEvents(sink)),
    links: read('links', NO_LINKS, () => readLinks(sink)),
    resource: row.resource ? resourceOf(row.resource, read) : NO_RESOURCE,
    scope: '',
  };
}

function resourceOf(
  text: string,
  read: <T>(column: 'resource', otherwise: T, parse: () => T) => T,
): Resource {
  const known = resources.get(text);
  if (known) return known;
  const attributes = read('resource', null, readFlat);
  if (!attributes) return NO_RESOURCE;
  let service = '';
  for (let i = 0; i < attributes.length; i += 2) {
    if (attributes[i] === 'service.name') service = attributes[i + 1];
  }
  const resource = { service, attributes };
  if (resources.size >= MAX_RESOURCES) resources.clear();
  resources.set(text, resource);
  return resource;
}

/** A column that does not contain an object is broken as a whole. */
function readFlat(): Attributes {
  if (json.peek() !== 'object') throw json.error('no object');
  return flatAttributes(json, SILENT, '');
}

const SILENT: WarningSink = { warn: () => undefined };

function readEvents(sink: WarningSink): SpanEvent[] {
  const events: SpanEvent[] = [];
  json.beginArray();
  while (json.nextElement()) {
    let name = '';
    let timeNs: bigint | null = null;
    let attributes = NO_ATTRIBUTES;
    if (!elementObject(json, sink, 'an event')) continue;
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      if (key === 'name') name = textOf(json);
      else if (key === 'timestamp') timeNs = json.integer();
      else if (key === 'attributes')
        attributes = flatAttributes(json, sink, 'attributes of an event');
      else json.skip();
    }
    events.push({ name, timeNs, attributes });
  }
  return events;
}

function readLinks(sink: WarningSink): SpanLink[] {
  const links: SpanLink[] = [];
  json.beginArray();
  while (json.nextElement()) {
    const link: SpanLink = { traceId: '', spanId: '', attributes: NO_ATTRIBUTES };
    if (!elementObject(json, sink, 'a link')) continue;
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      if (key === 'attributes')
        link.attributes = flatAttributes(json, sink, 'attributes of a link');
      else if (key === 'context') {
        if (!partObject(json, sink, 'the context of a link')) continue;
        for (let part = json.nextKey(); part !== null; part = json.nextKey()) {
          if (part === 'trace_id') link.traceId = normalTraceId(textOf(json));
          else if (part === 'span_id') link.spanId = normalSpanId(textOf(json));
          else json.skip();
        }
      } else json.skip();
    }
    links.push(link);
  }
  return links;
}
