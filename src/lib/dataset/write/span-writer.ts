/**
 * Spans in, Arrow batches out: the end of every import. Batches are bounded in rows and bytes, so that no step holds a
 * whole file; what only the whole shows is left to the lineage.
 */
import type { Data } from 'apache-arrow';
import type { Diagnostic, DiagnosticCode } from '$lib/model/diagnostics';
import type { Resource, Span } from '$lib/model/span';
import { AttributeIndex, type IndexRows } from './attribute-index';
import { float64Data, int32Data, nullData, referenceData, toIpc, type Batch } from './batch';
import {
  BoolColumn,
  MapColumn,
  NumberColumn,
  PlainStringColumn,
  SharedMapColumn,
  StringColumn,
  StructListColumn,
  boolData,
  utf8Data,
  type Column,
} from './columns';
import { Lineage } from './lineage';
import { Operations } from './operations';
import { Resources } from './resources';
import {
  LINEAGE_COLUMNS,
  PROMOTED,
  ROW_GROUP,
  SPAN_COLUMNS,
  type PromotedColumn,
} from '$lib/dataset/schema';

/**
 * The first batches are small, so that the engine begins at once and little is left to insert when a small file has been
 * read; later ones are half a row group of the engine's.
 */
const FIRST_BATCH_ROWS = 4096;
const SMALL_BATCH_ROWS = 16_384;
const LARGE_BATCH_ROWS = ROW_GROUP / 2;
const BATCH_CHARS = 24 << 20;

/** What a finished import knows of itself. */
export interface WriterResult {
  /** Arrow IPC streams; null where there are no spans. */
  whole: {
    /** LINEAGE_COLUMNS with `span_no`. */
    lineage: Uint8Array;
    /** `operations` as in the schema. */
    operations: Uint8Array;
    /** Columns key_no, source and key. */
    keys: Uint8Array;
  } | null;
  spans: number;
  diagnostics: Diagnostic[];
}

export class SpanWriter {
  /** Spans that formats handed over, also those that were there already. */
  read = 0;
  /** Rows of the dataset. */
  spans = 0;
  private readonly diagnostics = new Map<DiagnosticCode, Diagnostic>();
  private readonly lineage = new Lineage((code, example, count) => this.warn(code, example, count));
  private readonly operations = new Operations();
  private readonly index = new AttributeIndex();
  private readonly resources = new Resources((number, { attributes }) =>
    this.index.takeResource(number, attributes),
  );
  private chars = 0;
  private batchRows = 0;
  private batchSize = FIRST_BATCH_ROWS;

  private readonly spanNo = new NumberColumn(Int32Array);
  private readonly traceId = new StringColumn();
  private readonly spanId = new PlainStringColumn();
  private readonly parentId = new PlainStringColumn();
  private readonly name = new StringColumn();
  private readonly service = new StringColumn();
  private readonly operation = new StringColumn();
  private readonly kind = new StringColumn();
  private readonly startTime = new NumberColumn(BigInt64Array);
  private readonly endTime = new NumberColumn(BigInt64Array);
  private readonly status = new StringColumn();
  private readonly statusDescription = new StringColumn();
  private readonly attributes = new MapColumn();
  private readonly indexedAttributes = this.index.entriesOf('attributes', this.attributes);
  private readonly eventName = new StringColumn();
  private readonly eventTime = new NumberColumn(BigInt64Array);
  private readonly eventAttributes = new MapColumn();
  private readonly indexedEvents = this.index.entriesOf('events', this.eventAttributes);
  private readonly events = new StructListColumn({
    name: this.eventName,
    time: this.eventTime,
    attributes: this.eventAttributes,
  });
  private readonly linkTraceId = new StringColumn();
  private readonly linkSpanId = new StringColumn();
  private readonly linkAttributes = new MapColumn();
  private readonly links = new StructListColumn({
    trace_id: this.linkTraceId,
    span_id: this.linkSpanId,
    attributes: this.linkAttributes,
  });
  private readonly resource = new SharedMapColumn();
  private readonly scope = new StringColumn();
  private readonly traceNo = new NumberColumn(Int32Array);
  private readonly operationNo = new NumberColumn(Int32Array);
  private readonly resourceNo = new NumberColumn(Int32Array);
  private readonly hasLongText = new BoolColumn();
  private readonly promoted: Record<PromotedColumn, StringColumn | NumberColumn<Numbers>> = {
    correlation_id: new StringColumn(),
    session_id: new StringColumn(),
    workflow: new StringColumn(),
    agent: new StringColumn(),
    model: new StringColumn(),
    input_tokens: new NumberColumn<Numbers>(BigInt64Array),
    output_tokens: new NumberColumn<Numbers>(BigInt64Array),
    cost: new NumberColumn<Numbers>(Float64Array),
  };
  private readonly columns: Record<string, Column> = {
    span_no: this.spanNo,
    trace_id: this.traceId,
    span_id: this.spanId,
    parent_id: this.parentId,
    name: this.name,
    service: this.service,
    operation: this.operation,
    kind: this.kind,
    start_time: this.startTime,
    end_time: this.endTime,
    status_code: this.status,
    status_description: this.statusDescription,
    attributes: this.attributes,
    events: this.events,
    links: this.links,
    resource: this.resource,
    scope: this.scope,
    ...this.promoted,
    trace_no: this.traceNo,
    operation_no: this.operationNo,
    resource_no: this.resourceNo,
    has_long_text: this.hasLongText,
  };

  constructor(private readonly onBatch: (batch: Batch) => void) {}

  warn(code: DiagnosticCode, example: string, count = 1): void {
    const known = this.diagnostics.get(code);
    if (known) known.count += count;
    else this.diagnostics.set(code, { code, count, example });
  }

  oddities(): Diagnostic[] {
    return [...this.diagnostics.values()];
  }

  span(span: Span): void {
    const service = span.service ?? span.resource.service;
    const endNs = this.endOf(span);
    const operation = span.operation ?? span.name;
    this.read++;
    if (!this.lineage.add(span, service, endNs)) return;
    const spanNo = this.spans++;
    this.spanNo.push(spanNo);
    this.traceNo.push(this.lineage.traceOf(spanNo));
    this.operationNo.push(this.operations.add(service, operation, span.name));
    this.traceId.push(span.traceId);
    this.spanId.push(span.spanId);
    this.parentId.push(span.parentId || null);
    this.name.push(span.name);
    this.service.push(service);
    this.operation.push(operation);
    this.kind.push(span.kind);
    this.startTime.push(span.startNs);
    this.endTime.push(endNs);
    this.status.push(span.status);
    this.statusDescription.push(span.statusDescription || null);
    const hasLongAttribute = this.pushAttributes(span, spanNo);
    const hasLongEvent = this.pushEvents(span, spanNo);
    this.hasLongText.push(hasLongAttribute || hasLongEvent);
    this.pushLinks(span);
    this.pushResource(span.resource);
    this.scope.push(span.scope || null);
    this.chars += 200;
    if (++this.batchRows >= this.batchSize || this.chars >= BATCH_CHARS) this.flush();
  }

  /** Sends what is left and computes the lineage. The writer is of no use afterwards. */
  finish(): WriterResult {
    this.flush(true);
    const whole =
      this.spans > 0
        ? { lineage: this.lineageIpc(), operations: this.operationsIpc(), keys: this.keysIpc() }
        : null;
    return { whole, spans: this.spans, diagnostics: this.oddities() };
  }

  private endOf(span: Span): bigint {
    if (span.endNs === null) {
      this.warn('unfinished', `span ${span.spanId} “${span.name}” of trace ${span.traceId}`);
      return span.startNs;
    }
    if (span.endNs < span.startNs) {
      this.warn(
        'negative-duration',
        `span ${span.spanId} “${span.name}” of trace ${span.traceId}: ${span.endNs - span.startNs} ns`,
      );
      return span.startNs;
    }
    return span.endNs;
  }

  /** Returns whether a value is too long for the index; as `pushEvents`. */
  private pushAttributes({ attributes }: Span, spanNo: number): boolean {
    const before = this.attributes.entries;
    this.attributes.push(attributes);
    let found: Found | null = null;
    for (let i = 0; i + 1 < attributes.length; i += 2) {
      this.chars += attributes[i + 1].length;
      const key = attributes[i];
      if (!PROMOTED_LENGTHS[key.length]) continue;
      const target = PROMOTED_KEYS.get(key);
      if (target === undefined) continue;
      found ??= {};
      const known = found[target.column];
      if (!known || target.rank <= known.rank) {
        found[target.column] = { rank: target.rank, value: attributes[i + 1] };
      }
    }
    for (const column of PROMOTED_COLUMNS) {
      const text = found?.[column]?.value;
      this.promoted[column].push((text === undefined ? null : promote(column, text)) as never);
    }
    return this.indexedAttributes.take(spanNo, before);
  }

  private pushEvents({ events }: Span, spanNo: number): boolean {
    const before = this.eventAttributes.entries;
    let hasLong = false;
    for (const event of events) {
      this.eventName.push(event.name);
      this.eventTime.push(event.timeNs);
      this.eventAttributes.push(event.attributes);
      for (let i = 1; i < event.attributes.length; i += 2) this.chars += event.attributes[i].length;
      if (this.index.takeEventName(spanNo, event.name)) hasLong = true;
    }
    this.events.next(events.length);
    return this.indexedEvents.take(spanNo, before) || hasLong;
  }

  private pushLinks({ links }: Span): void {
    for (const link of links) {
      this.linkTraceId.push(link.traceId);
      this.linkSpanId.push(link.spanId);
      this.linkAttributes.push(link.attributes);
    }
    this.links.next(links.length);
  }

  private pushResource(resource: Resource): void {
    this.resource.push(resource, resource.attributes);
    this.resourceNo.push(this.resources.number(resource));
  }

  private flush(last = false): void {
    const rows = this.batchRows;
    if (rows === 0 && !last) return;
    const tables = indexTables(this.index.takeBatch(last));
    this.resources.endBatch();
    if (rows > 0) {
      const spans: Record<string, Data> = {};
      for (const [name] of SPAN_COLUMNS) spans[name] = this.columns[name].finish();
      for (const [name] of LINEAGE_COLUMNS) spans[name] = nullData(rows);
      tables.spans = toIpc(spans, rows);
    }
    this.batchRows = 0;
    this.chars = 0;
    this.batchSize = this.nextBatchSize();
    if (Object.keys(tables).length > 0) this.onBatch({ spans: rows, tables });
  }

  /** The small batches end where a row group does, so that all that follow are whole. */
  private nextBatchSize(): number {
    if (this.spans >= ROW_GROUP) return LARGE_BATCH_ROWS;
    return Math.min(this.batchSize * 2, SMALL_BATCH_ROWS, ROW_GROUP - this.spans);
  }

  private lineageIpc(): Uint8Array {
    const rows = this.lineage.rows;
    const { parentNo, depth, childCount, selfTimeNs, isRoot, isOrphan, isUnfinished } =
      this.lineage.finish();
    const parentOperationNo = parentNo.map((parent) =>
      parent < 0 ? -1 : this.operations.of(parent),
    );
    const byName: Record<string, Data> = {
      parent_no: referenceData(parentNo),
      depth: int32Data(depth),
      child_count: int32Data(childCount),
      // Durations are exact in a double; the engine casts them to BIGINT when it takes them over.
      self_time_ns: float64Data(selfTimeNs),
      is_root: boolData(isRoot),
      is_orphan: boolData(isOrphan),
      is_unfinished: boolData(isUnfinished),
      parent_operation_no: referenceData(parentOperationNo),
    };
    const columns: Record<string, Data> = { span_no: int32Data(countUp(rows)) };
    for (const [name] of LINEAGE_COLUMNS) columns[name] = byName[name];
    return toIpc(columns, rows);
  }

  private operationsIpc(): Uint8Array {
    const { count, services, operations, names } = this.operations;
    return toIpc(
      {
        operation_no: int32Data(countUp(count)),
        service: utf8Data(services),
        operation: utf8Data(operations),
        name: utf8Data(names),
      },
      count,
    );
  }

  private keysIpc(): Uint8Array {
    const keys = this.index.allKeys();
    return toIpc(
      {
        key_no: int32Data(countUp(keys.length)),
        source: utf8Data(keys.map(({ source }) => source)),
        key: utf8Data(keys.map(({ text }) => text)),
      },
      keys.length,
    );
  }
}

/** The index's rows of a batch, for the tables of INDEX_TABLES that get any. */
function indexTables({ values, uses, resourceUses }: IndexRows): Record<string, Uint8Array> {
  const tables: Record<string, Uint8Array> = {};
  if (values.value.length > 0) {
    const text = new PlainStringColumn();
    for (const value of values.value) text.push(value);
    tables.attribute_values = toIpc(
      {
        value_no: int32Data(values.valueNo),
        key_no: int32Data(values.keyNo),
        value: text.finish(),
        number: float64Data(Float64Array.from(values.value, plainNumber)),
      },
      values.value.length,
    );
  }
  if (uses.keyNo.length > 0) {
    tables.attribute_uses = toIpc(
      {
        key_no: int32Data(uses.keyNo),
        value_no: int32Data(uses.valueNo),
        span_no: int32Data(uses.spanNo),
      },
      uses.keyNo.length,
    );
  }
  if (resourceUses.keyNo.length > 0) {
    tables.resource_uses = toIpc(
      {
        key_no: int32Data(resourceUses.keyNo),
        value_no: int32Data(resourceUses.valueNo),
        resource_no: int32Data(resourceUses.resourceNo),
      },
      resourceUses.keyNo.length,
    );
  }
  return tables;
}

const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number as JSON writes it, else NaN: not `007` or `0x1f`, which are names of something. */
function plainNumber(text: string | null): number {
  if (text === null || text.length > 32) return NaN;
  const first = text.charCodeAt(0);
  if (first !== MINUS && !(first >= ZERO && first <= ZERO + 9)) return NaN;
  const number = PLAIN_NUMBER.test(text) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : NaN;
}

const MINUS = 45;
const ZERO = 48;

function countUp(length: number): Int32Array {
  const numbers = new Int32Array(length);
  for (let i = 0; i < length; i++) numbers[i] = i;
  return numbers;
}

type Numbers = BigInt64Array | Float64Array;
type Found = Partial<Record<PromotedColumn, { rank: number; value: string }>>;

const PROMOTED_KEYS = new Map(Object.entries(PROMOTED));
/** Most keys are told apart from the promoted ones by this alone. */
const PROMOTED_LENGTHS = lengthsOf(PROMOTED_KEYS.keys());
const PROMOTED_COLUMNS = [...new Set(Object.values(PROMOTED).map(({ column }) => column))];

/** 1 at the index of each length that comes; beyond the longest, undefined. */
function lengthsOf(keys: Iterable<string>): Uint8Array {
  const lengths = new Uint8Array(128);
  for (const key of keys) lengths[key.length] = 1;
  return lengths;
}

/** The column's value, or null where the text is no such number. */
function promote(column: PromotedColumn, text: string): string | bigint | number | null {
  switch (column) {
    case 'input_tokens':
    case 'output_tokens':
      return /^\d{1,15}(\.0+)?$/.test(text) ? BigInt(text.split('.')[0]) : null;
    case 'cost': {
      const value = Number(text);
      return text.trim() !== '' && Number.isFinite(value) ? value : null;
    }
    default:
      return text;
  }
}
