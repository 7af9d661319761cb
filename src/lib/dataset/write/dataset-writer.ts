/**
 * Rows in, Arrow batches out: the end of every import. Each kind of row has a writer of its own (`span-rows.ts`) and a
 * method here; they share the index of attributes and the resources. What only the whole shows is left to the lineage.
 */
import type { Diagnostic, DiagnosticCode } from '$lib/model/diagnostics';
import type { Span } from '$lib/model/span';
import { SPANS } from '$lib/dataset/schema/spans';
import { AttributeIndex } from './attribute-index';
import type { Batch } from './batch';
import { keyRows, lineageRows, operationRows, refusedRows } from './end-tables';
import { indexRows } from './index-tables';
import { Lineage } from './lineage/lineage';
import type { TraceSpelling } from './lineage/trace-numbers';
import { Operations } from './operations';
import { Resources } from './resources';
import { SpanRows } from './span-rows';

/** What a finished import knows of itself. */
export interface WriterResult {
  /** Arrow IPC streams; null where there are no spans. */
  whole: {
    /** Rows of LINEAGE. */
    lineage: Uint8Array;
    /** Rows of REFUSED; null where there are none. */
    refused: Uint8Array | null;
    /** Rows of OPERATIONS. */
    operations: Uint8Array;
    /** Rows of KEY_NAMES. */
    keys: Uint8Array;
    /** Roots are to lose the parent_id that they are written with. */
    hasParentsTakenBack: boolean;
    /** Traces whose rows are to be given to another one. */
    spellings: TraceSpelling[];
  } | null;
  spans: number;
  diagnostics: Diagnostic[];
}

export class DatasetWriter {
  /** Spans that formats handed over, also those that were there already. */
  read = 0;
  /** Rows of `spans`. */
  spans = 0;
  private readonly diagnostics = new Map<DiagnosticCode, Diagnostic>();
  private readonly lineage = new Lineage((code, example, count) => this.warn(code, example, count));
  private readonly operations = new Operations();
  private readonly index = new AttributeIndex();
  private readonly resources = new Resources((number, { attributes }) =>
    this.index.takeResource(number, attributes),
  );
  private readonly spanRows = new SpanRows(this.index, this.resources);

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
    const operation = span.operation ?? span.name;
    this.read++;
    if (!this.lineage.add(span, service)) return;
    const spanNo = this.spans++;
    const traceNo = this.lineage.traceOf(spanNo);
    const operationNo = this.operations.add(service, operation, span.name);
    const isFull = this.spanRows.push(span, spanNo, service, operation, traceNo, operationNo);
    this.lineage.setContent(spanNo, this.spanRows.contentHash);
    if (isFull) this.send();
  }

  /** Sends what is left and computes the lineage. The writer is of no use afterwards. */
  finish(): WriterResult {
    this.send(true);
    const { replaced } = this.spanRows;
    if (replaced) this.warn('repeated-key', `“${replaced.key}”`, replaced.count);
    const { leftOut, leftOutKey } = this.index;
    if (leftOut > 0) this.warn('unindexed-key', `“${leftOutKey}”`, leftOut);
    const whole = this.spans > 0 ? this.whole() : null;
    return { whole, spans: this.spans, diagnostics: this.oddities() };
  }

  private whole(): NonNullable<WriterResult['whole']> {
    const lineage = this.lineage.finish();
    const { hasParentsTakenBack, spellings } = lineage;
    return {
      hasParentsTakenBack,
      spellings,
      lineage: lineageRows(lineage, this.operations).ipc,
      refused: lineage.refused && refusedRows(lineage.refused).ipc,
      operations: operationRows(this.operations).ipc,
      keys: keyRows(this.index).ipc,
    };
  }

  /** @param last takes what the index holds back for whole row groups. */
  private send(last = false): void {
    const batch = indexRows(this.index.takeBatch(last));
    this.resources.endBatch();
    const spans = this.spanRows.finish();
    if (spans) batch[SPANS.name] = spans;
    if (Object.keys(batch).length > 0) this.onBatch(batch);
  }
}
