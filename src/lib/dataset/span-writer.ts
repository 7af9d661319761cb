/**
 * Spans in, Arrow batches out: the end of every import. Batches are bounded in rows and bytes, so that no step holds a
 * whole file; what only the whole shows is left to the lineage.
 */
import {
  Field,
  Float64,
  Int32,
  RecordBatch,
  Schema,
  Struct,
  Table,
  makeData,
  tableToIPC,
  type Data,
} from 'apache-arrow';
import type { Diagnostic, DiagnosticCode } from '$lib/model/diagnostics';
import type { Resource, Span } from '$lib/model/span';
import {
  MapColumn,
  NumberColumn,
  PlainStringColumn,
  SharedMapColumn,
  StringColumn,
  StructListColumn,
  boolData,
  type Column,
} from './columns';
import { Lineage } from './lineage';
import { LINEAGE_COLUMNS, PROMOTED, SPAN_COLUMNS, type PromotedColumn } from './schema';

/**
 * The first batches are small, so that the engine begins at once and little is left to insert when a small file has been
 * read; later ones are half a row group of the engine's.
 */
const FIRST_BATCH_ROWS = 4096;
const SMALL_BATCH_ROWS = 16_384;
const LARGE_BATCH_ROWS = 61_440;
/** Where a dataset is no longer small: one row group. */
const SMALL_ROWS = 122_880;
const BATCH_CHARS = 24 << 20;

/** What a finished import knows of itself. */
export interface WriterResult {
  /** Arrow IPC stream of LINEAGE_COLUMNS with `span_no`; null where there are no spans. */
  lineage: Uint8Array | null;
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
  private readonly durationMs = new NumberColumn(Float64Array);
  private readonly status = new StringColumn();
  private readonly statusDescription = new StringColumn();
  private readonly attributes = new MapColumn();
  private readonly eventName = new StringColumn();
  private readonly eventTime = new NumberColumn(BigInt64Array);
  private readonly eventAttributes = new MapColumn();
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
    duration_ms: this.durationMs,
    status_code: this.status,
    status_description: this.statusDescription,
    attributes: this.attributes,
    events: this.events,
    links: this.links,
    resource: this.resource,
    scope: this.scope,
    ...this.promoted,
  };

  /** @param onBatch takes each batch as an Arrow IPC stream with the columns of SPAN_COLUMNS. */
  constructor(private readonly onBatch: (ipc: Uint8Array, rows: number) => void) {}

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
    this.read++;
    if (!this.lineage.add(span, service, endNs)) return;
    this.spanNo.push(this.spans++);
    this.traceId.push(span.traceId);
    this.spanId.push(span.spanId);
    this.parentId.push(span.parentId || null);
    this.name.push(span.name);
    this.service.push(service);
    this.operation.push(span.operation ?? span.name);
    this.kind.push(span.kind);
    this.startTime.push(span.startNs);
    this.endTime.push(endNs);
    this.durationMs.push(Number(endNs - span.startNs) / 1e6);
    this.status.push(span.status);
    this.statusDescription.push(span.statusDescription || null);
    this.pushAttributes(span);
    this.pushEvents(span);
    this.pushLinks(span);
    this.pushResource(span.resource);
    this.scope.push(span.scope || null);
    this.chars += 200;
    if (++this.batchRows >= this.batchSize || this.chars >= BATCH_CHARS) this.flush();
  }

  /** Sends what is left and computes the lineage. The writer is of no use afterwards. */
  finish(): WriterResult {
    this.flush();
    const lineage = this.spans > 0 ? this.lineageIpc() : null;
    return { lineage, spans: this.spans, diagnostics: this.oddities() };
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

  private pushAttributes({ attributes }: Span): void {
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
  }

  private pushEvents({ events }: Span): void {
    for (const event of events) {
      this.eventName.push(event.name);
      this.eventTime.push(event.timeNs);
      this.eventAttributes.push(event.attributes);
      for (let i = 1; i < event.attributes.length; i += 2) this.chars += event.attributes[i].length;
    }
    this.events.next(events.length);
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
  }

  private flush(): void {
    if (this.batchRows === 0) return;
    const rows = this.batchRows;
    const data = SPAN_COLUMNS.map(([name]) => this.columns[name].finish());
    this.batchRows = 0;
    this.batchSize =
      this.spans < SMALL_ROWS ? Math.min(this.batchSize * 2, SMALL_BATCH_ROWS) : LARGE_BATCH_ROWS;
    this.chars = 0;
    this.onBatch(
      toIpc(
        SPAN_COLUMNS.map(([name]) => name),
        data,
        rows,
      ),
      rows,
    );
  }

  private lineageIpc(): Uint8Array {
    const rows = this.lineage.rows;
    const { parentNo, depth, childCount, selfTimeNs, isRoot, isOrphan, isUnfinished } =
      this.lineage.finish();
    const spanNo = new Int32Array(rows);
    const hasParent = new Uint8Array((rows + 7) >> 3);
    let parents = 0;
    for (let row = 0; row < rows; row++) {
      spanNo[row] = row;
      if (parentNo[row] >= 0) {
        hasParent[row >> 3] |= 1 << (row & 7);
        parents++;
      }
    }
    const int32 = (data: Int32Array) =>
      makeData({ type: new Int32(), length: rows, nullCount: 0, data });
    const byName: Record<string, Data> = {
      span_no: int32(spanNo),
      parent_no: makeData({
        type: new Int32(),
        length: rows,
        nullCount: rows - parents,
        nullBitmap: hasParent,
        data: parentNo,
      }),
      depth: int32(depth),
      child_count: int32(childCount),
      // Durations are exact in a double; the engine casts them to BIGINT when it takes them over.
      self_time_ns: makeData({ type: new Float64(), length: rows, nullCount: 0, data: selfTimeNs }),
      is_root: boolData(isRoot),
      is_orphan: boolData(isOrphan),
      is_unfinished: boolData(isUnfinished),
    };
    const names = ['span_no', ...LINEAGE_COLUMNS.map(([name]) => name)];
    return toIpc(
      names,
      names.map((name) => byName[name]),
      rows,
    );
  }
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

function toIpc(names: readonly string[], data: Data[], length: number): Uint8Array {
  const fields = names.map((name, i) => new Field(name, data[i].type, true));
  const struct = new Struct(fields);
  const batch = new RecordBatch(
    new Schema(fields),
    makeData({ type: struct, length, nullCount: 0, children: data }) as never,
  );
  return tableToIPC(new Table([batch]), 'stream');
}
