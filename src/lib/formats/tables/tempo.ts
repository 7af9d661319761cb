/**
 * Grafana Tempo's blocks, vParquet3 to 5: a row is a trace, with its resources, scopes and spans nested in it.
 * https://github.com/grafana/tempo/tree/main/tempodb/encoding (vparquet3, vparquet4, vparquet5: schema.go)
 */
import type { SpanSink } from '$lib/formats/contract';
import { kindOf, statusOf } from '$lib/formats/enums';
import { isNoId } from '$lib/model/ids';
import { blankSpan, endAfter } from '$lib/formats/span-parts';
import {
  NO_EVENTS,
  NO_LINKS,
  NO_RESOURCE,
  type Attributes,
  type Resource,
  type SpanEvent,
  type SpanLink,
} from '$lib/model/span';
import { cellText, hexText } from './cells';
import type { Batch, Cell, Column, ColumnType } from './table';

type Struct = Record<string, Cell>;

/** A trace's list of resources is called so in all versions. */
export function isTempoTable(columns: readonly Column[]): boolean {
  const names = new Set(columns.map(({ name }) => name));
  return names.has('TraceID') && names.has('rs');
}

/** Columns that Tempo took out of the attributes, with the attribute's name. */
const RESOURCE_COLUMNS: Record<string, string> = {
  ServiceName: 'service.name',
  Cluster: 'cluster',
  Namespace: 'namespace',
  Pod: 'pod',
  Container: 'container',
  K8sClusterName: 'k8s.cluster.name',
  K8sNamespaceName: 'k8s.namespace.name',
  K8sPodName: 'k8s.pod.name',
  K8sContainerName: 'k8s.container.name',
};
const SPAN_COLUMNS: Record<string, string> = {
  HttpMethod: 'http.method',
  HttpUrl: 'http.url',
  HttpStatusCode: 'http.status_code',
};

const TEXT: ColumnType = { kind: 'text' };

export class TempoReader {
  private readonly traceAt: number;
  private readonly resourcesAt: number;

  constructor(
    columns: readonly Column[],
    private readonly sink: SpanSink,
  ) {
    this.traceAt = columns.findIndex(({ name }) => name === 'TraceID');
    this.resourcesAt = columns.findIndex(({ name }) => name === 'rs');
  }

  readBatch(batch: Batch): void {
    for (let row = 0; row < batch.rows; row++) {
      const traceId = idOf(batch.columns[this.traceAt][row], 16);
      for (const entry of listOf(batch.columns[this.resourcesAt][row])) {
        const resource = resourceOf(structOf(entry.Resource));
        // `ils` before scopes had their name.
        for (const scopeSpans of listOf(entry.ss ?? entry.ils)) {
          const scope = structOf(scopeSpans.Scope ?? scopeSpans.il ?? null);
          for (const span of listOf(scopeSpans.Spans ?? scopeSpans.spans)) {
            this.readSpan(traceId, resource, scope, span);
          }
        }
      }
    }
  }

  private readSpan(traceId: string, resource: Resource, scope: Struct, cells: Struct): void {
    const span = blankSpan();
    span.traceId = traceId;
    span.spanId = idOf(cells.SpanID ?? cells.ID ?? null, 8);
    const parentId = idOf(cells.ParentSpanID ?? null, 8);
    span.parentId = isNoId(parentId) ? null : parentId;
    span.name = textOf(cells.Name);
    span.kind = kindOf(textOf(cells.Kind));
    const start = integerOf(cells.StartTimeUnixNano);
    span.startNs = start === 0n ? null : start;
    span.endNs = endAfter(span.startNs, integerOf(cells.DurationNano));
    span.status = statusOf(textOf(cells.StatusCode));
    span.statusDescription = textOf(cells.StatusMessage) || null;
    span.resource = resource;
    span.scope = textOf(scope.Name);
    const attributes = attributesOf(cells, SPAN_COLUMNS);
    const put = (key: string, cell: Cell | undefined) => {
      const text = textOf(cell);
      if (text !== '' && text !== '0') attributes.push(key, text);
    };
    put('otel.scope.version', scope.Version);
    const own = attributesOf(scope, {});
    for (let i = 0; i < own.length; i += 2) attributes.push(`otel.scope.${own[i]}`, own[i + 1]);
    put('w3c.tracestate', cells.TraceState);
    put('otel.dropped_attributes_count', cells.DroppedAttributesCount);
    put('otel.dropped_events_count', cells.DroppedEventsCount);
    put('otel.dropped_links_count', cells.DroppedLinksCount);
    if (attributes.length > 0) span.attributes = attributes;
    span.events = eventsOf(cells.Events, span.startNs);
    span.links = this.linksOf(cells.Links ?? null);
    this.sink.span(span);
  }

  private linksOf(cell: Cell): SpanLink[] {
    if (cell instanceof Uint8Array) {
      if (cell.length === 0) return NO_LINKS;
      // vParquet3 has them as one protobuf message.
      const links = protoLinks(cell);
      if (links) return links;
      this.sink.warn('broken-record', 'links of a span in vParquet3');
      return NO_LINKS;
    }
    const links = listOf(cell).map((link): SpanLink => {
      const attributes = attributesOf(link, {});
      const state = textOf(link.TraceState);
      if (state !== '') attributes.push('w3c.tracestate', state);
      return {
        traceId: idOf(link.TraceID ?? null, 16),
        spanId: idOf(link.SpanID ?? null, 8),
        attributes,
      };
    });
    return links.length > 0 ? links : NO_LINKS;
  }
}

function resourceOf(cells: Struct): Resource {
  const attributes = attributesOf(cells, RESOURCE_COLUMNS);
  if (attributes.length === 0) return NO_RESOURCE;
  return { service: textOf(cells.ServiceName), attributes };
}

/** Attributes of their list, and those with a column of their own. */
function attributesOf(cells: Struct, own: Record<string, string>): Attributes {
  const attributes: Attributes = [];
  for (const [column, key] of Object.entries(own)) {
    const text = textOf(cells[column]);
    if (text !== '') attributes.push(key, text);
  }
  for (const attribute of listOf(cells.Attrs)) {
    attributes.push(textOf(attribute.Key), attributeText(attribute));
  }
  // Which attributes they are stands in the block's meta file, which is not here.
  const dedicated = structOf(cells.DedicatedAttributes ?? null);
  for (const [column, cell] of Object.entries(dedicated)) {
    const text = Array.isArray(cell) ? valueText(cell, true) : textOf(cell);
    if (text !== '' && text !== '[]') attributes.push(`tempo.dedicated.${column}`, text);
  }
  return attributes;
}

const VALUES = ['Value', 'ValueInt', 'ValueDouble', 'ValueBool', 'ValueString'] as const;

/** vParquet3 has a value in one of its members, later ones a list, of one element where it is no array. */
function attributeText(attribute: Struct): string {
  const isArray = attribute.IsArray === true;
  for (const member of VALUES) {
    const cell = attribute[member] ?? null;
    if (cell === null || (Array.isArray(cell) && cell.length === 0)) continue;
    if (Array.isArray(cell)) return valueText(cell, isArray);
    // Events of vParquet3 have messages of protobuf, those before it JSON text.
    return (cell instanceof Uint8Array && protoText(cell)) || textOf(cell);
  }
  const other = textOf(attribute.ValueArray) || textOf(attribute.ValueKVList);
  return (
    other || textOf(attribute.ValueUnsupported ?? attribute.ValueDropped) || (isArray ? '[]' : '')
  );
}

function valueText(items: readonly Cell[], isArray: boolean): string {
  if (!isArray && items.length === 1) return textOf(items[0]);
  return `[${items.map((item) => (typeof item === 'string' || item instanceof Uint8Array ? JSON.stringify(textOf(item)) : textOf(item))).join(',')}]`;
}

function eventsOf(cell: Cell | undefined, startNs: bigint | null): SpanEvent[] {
  const events = listOf(cell).map((event): SpanEvent => {
    const since = integerOf(event.TimeSinceStartNano);
    const at = integerOf(event.TimeUnixNano);
    const attributes = attributesOf(event, {});
    const timeNs = at || (since === null || startNs === null ? null : startNs + since);
    return { name: textOf(event.Name), timeNs: timeNs || null, attributes };
  });
  return events.length > 0 ? events : NO_EVENTS;
}

// ── Cells ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function structOf(cell: Cell | undefined): Struct {
  const isStruct =
    typeof cell === 'object' &&
    cell !== null &&
    !Array.isArray(cell) &&
    !(cell instanceof Uint8Array);
  return isStruct ? cell : NOTHING;
}

const NOTHING: Struct = Object.freeze(Object.create(null) as Struct);

/** The structs of a list, also of one that a group `list` with `element` stands around. */
function listOf(cell: Cell | undefined): Struct[] {
  if (Array.isArray(cell)) return cell.map(structOf);
  const { list } = structOf(cell);
  return Array.isArray(list) ? list.map((item) => structOf(structOf(item).element ?? item)) : [];
}

function textOf(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? '' : cellText(cell, TEXT);
}

function integerOf(cell: Cell | undefined): bigint | null {
  if (typeof cell === 'bigint') return cell;
  return typeof cell === 'number' && Number.isInteger(cell) ? BigInt(cell) : null;
}

/** Raw bytes in hex, which Tempo writes without leading zeros. */
function idOf(cell: Cell, bytes: number): string {
  if (cell instanceof Uint8Array)
    return cell.length === 0 ? '' : hexText(cell).padStart(2 * bytes, '0');
  return textOf(cell).toLowerCase();
}

// ── The little protobuf in vParquet3 ──────────────────────────────────────────────────────────────────────────────────

interface ProtoField {
  no: number;
  bytes: Uint8Array | null;
  number: bigint;
}

/** The fields of a message; null where the bytes are none. */
function protoFields(bytes: Uint8Array): ProtoField[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: ProtoField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number that does not end');
  };
  try {
    while (at < bytes.length) {
      const tag = Number(varint());
      const field: ProtoField = { no: tag >> 3, bytes: null, number: 0n };
      if ((tag & 7) === 0) field.number = varint();
      else if ((tag & 7) === 1) {
        field.number = view.getBigUint64(at, true);
        at += 8;
      } else if ((tag & 7) === 2) {
        const length = Number(varint());
        if (at + length > bytes.length) return null;
        field.bytes = bytes.subarray(at, at + length);
        at += length;
      } else if ((tag & 7) === 5) {
        field.number = BigInt(view.getUint32(at, true));
        at += 4;
      } else return null;
      fields.push(field);
    }
    return fields;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const utf8 = new TextDecoder();

/** An OTLP AnyValue as text. */
function protoText(bytes: Uint8Array): string {
  const [value] = protoFields(bytes) ?? [];
  if (!value) return '';
  const parts = () => (value.bytes ? (protoFields(value.bytes) ?? []) : []);
  switch (value.no) {
    case 1:
      return value.bytes ? utf8.decode(value.bytes) : '';
    case 2:
      return value.number === 0n ? 'false' : 'true';
    case 3:
      return String(BigInt.asIntN(64, value.number));
    case 4:
      return String(doubleOf(value.number));
    case 5:
      return `[${parts()
        .map(({ bytes: item }) => jsonOf(item))
        .join(',')}]`;
    case 6:
      return `{${parts()
        .map(({ bytes: pair }) => {
          const [key, text] = protoPair(pair);
          return `${JSON.stringify(key)}:${JSON.stringify(text)}`;
        })
        .join(',')}}`;
    default:
      return value.bytes ? cellText(value.bytes, TEXT) : '';
  }
}

function jsonOf(bytes: Uint8Array | null): string {
  if (!bytes) return 'null';
  const [value] = protoFields(bytes) ?? [];
  const text = protoText(bytes);
  return value && value.no >= 2 && value.no <= 6 ? text : JSON.stringify(text);
}

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function protoPair(bytes: Uint8Array | null): [key: string, text: string] {
  let key = '';
  let text = '';
  for (const field of (bytes && protoFields(bytes)) ?? []) {
    if (field.no === 1 && field.bytes) key = utf8.decode(field.bytes);
    else if (field.no === 2 && field.bytes) text = protoText(field.bytes);
  }
  return [key, text];
}

/** `LinkSlice { repeated Span.Link links = 1 }` */
function protoLinks(bytes: Uint8Array): SpanLink[] | null {
  const slice = protoFields(bytes);
  if (!slice) return null;
  return slice.map(({ bytes: message }): SpanLink => {
    const link: SpanLink = { traceId: '', spanId: '', attributes: [] };
    for (const field of (message && protoFields(message)) ?? []) {
      if (!field.bytes) continue;
      if (field.no === 1) link.traceId = hexText(field.bytes);
      else if (field.no === 2) link.spanId = hexText(field.bytes);
      else if (field.no === 3 && field.bytes.length > 0) {
        link.attributes.push('w3c.tracestate', utf8.decode(field.bytes));
      } else if (field.no === 4) link.attributes.push(...protoPair(field.bytes));
    }
    return link;
  });
}
