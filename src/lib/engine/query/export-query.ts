/**
 * All rows of a query as a file. The locked engine writes no files, so rows are written here as they come: memory holds
 * some of them at a time, and the browser the finished pieces.
 */
import type { Table } from 'apache-arrow';
import { csvLine, jsonRow, type SpreadsheetOptions } from '$lib/model/table-text';
import type { Connection } from '$lib/engine/worker/duckdb';
import type { ColumnInfo, ExportFormat } from '$lib/engine/engine';
import { ArrowResult } from './result';
import { streamQuery, type CancelToken, type Timed } from './run-query';
import { nextTask } from '$lib/engine/worker/yield';

/** No result has as many rows; the gate adds one to it. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER - 1;

/** What takes rows in batches and gives pieces of a file. */
export interface FileWriter {
  readonly mediaType: string;
  /** Bytes or text that are finished; may be none. */
  write(rows: ArrowResult): BlobPart[];
  finish(): BlobPart[];
}

export interface ExportRequest extends Timed {
  sql: string;
  format: ExportFormat;
  /** For CSV: `SpreadsheetOptions`. */
  guardsFormulas: boolean;
  /** As in `QueryRequest`. */
  shared?: readonly string[];
}

/**
 * @param onRows told how many rows are written, after each batch.
 * @throws what `runQuery` throws.
 */
export async function exportQuery(
  connection: Connection,
  { sql, format, guardsFormulas, timeoutMs }: ExportRequest,
  token: CancelToken,
  onRows: (rows: number) => void,
): Promise<Blob> {
  const parts: BlobPart[] = [];
  let schema: Uint8Array | null = null;
  let known: ColumnInfo[] | null = null;
  let writer: FileWriter | null = null;
  let rows = 0;
  const batchOf = (part: Uint8Array | null): ArrowResult => {
    const ipc = new Uint8Array(schema!.length + (part?.length ?? 0));
    ipc.set(schema!);
    if (part) ipc.set(part, schema!.length);
    return new ArrowResult({ ipc, columns: known, limit: NO_LIMIT, elapsedMs: 0 });
  };
  await streamQuery(
    connection,
    { sql, limit: NO_LIMIT, timeoutMs },
    token,
    async (part, columns) => {
      if (!schema) {
        schema = part.slice();
        known = columns;
        writer = await writerOf(format, batchOf(null).columns, { guardsFormulas });
        return;
      }
      const batch = batchOf(part);
      parts.push(...writer!.write(batch));
      rows += batch.rowCount;
      onRows(rows);
      // Batches may all be there at once: a cancel must come through between them.
      await nextTask();
    },
  );
  parts.push(...writer!.finish());
  return new Blob(parts, { type: writer!.mediaType });
}

async function writerOf(
  format: ExportFormat,
  columns: ColumnInfo[],
  options: SpreadsheetOptions,
): Promise<FileWriter> {
  switch (format) {
    case 'csv':
      return new CsvWriter(columns, options);
    case 'json':
      return new JsonWriter();
    case 'parquet': {
      const { ParquetFile } = await import('./parquet-file');
      return new ParquetFile(columns);
    }
  }
}

/** The rows of a batch, as lists of values in the order of the columns. */
export function* rowsOf(batch: {
  columns: readonly ColumnInfo[];
  rowCount: number;
  value(row: number, column: string): unknown;
  readonly table: Table;
}): Generator<unknown[]> {
  const names = batch.columns.map(({ name }) => name);
  for (let row = 0; row < batch.rowCount; row++) yield names.map((name) => batch.value(row, name));
}

class CsvWriter implements FileWriter {
  readonly mediaType = 'text/csv';
  #head: string;

  constructor(
    columns: readonly ColumnInfo[],
    private readonly options: SpreadsheetOptions,
  ) {
    this.#head = `${csvLine(
      columns.map(({ name }) => name),
      options,
    )}\n`;
  }

  write(batch: ArrowResult): BlobPart[] {
    let text = this.#head;
    this.#head = '';
    for (const row of rowsOf(batch)) text += `${csvLine(row, this.options)}\n`;
    return [text];
  }

  finish(): BlobPart[] {
    return [this.#head];
  }
}

/** An array of objects, one a line. */
class JsonWriter implements FileWriter {
  readonly mediaType = 'application/json';
  #before = '[\n';

  write(batch: ArrowResult): BlobPart[] {
    const names = batch.columns.map(({ name }) => name);
    let text = '';
    for (const row of rowsOf(batch)) {
      text += `${this.#before}${jsonRow(names, row)}`;
      this.#before = ',\n';
    }
    return [text];
  }

  finish(): BlobPart[] {
    return [this.#before === '[\n' ? '[]\n' : '\n]\n'];
  }
}
