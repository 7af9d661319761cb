/** Tables as spans: which of a file's tables are meant, what their columns are, and their rows. */
import type { Format, ReadOptions, SpanSink } from '$lib/formats/contract';
import { AppError } from '$lib/model/errors';
import type { MappedField, Mapping, UnmappedTable } from '$lib/model/mapping';
import { MAPPED_FIELDS } from '$lib/model/mapping';
import { cellText, isEmpty } from './cells';
import { recognise, type Recognised } from './mapping';
import { RowReader } from './row-reader';
import type { Batch, Column, ColumnType, Table, TableFile, TableFormat } from './table';
import { TempoReader, isTempoTable } from './tempo';

/** A line of the registry. */
export function formatOf(tables: TableFormat): Format {
  const { sniffTable } = tables;
  return {
    id: tables.id,
    label: tables.label,
    sniff: (head) => tables.sniff(head),
    ...(sniffTable && {
      sniffTable: (head: Uint8Array, mapping?: Mapping) => sniffTable.call(tables, head, mapping),
    }),
    async read(source, sink, options = {}) {
      const file = await tables.open(source, sink);
      try {
        await readTables(file, source.name, sink, options);
      } finally {
        file.close?.();
      }
    },
  };
}

/**
 * Reads every table whose rows are spans; the others are counted.
 * @param name of the file, for messages
 * @throws AppError `needs-mapping` where there is none: its `data.table` is an UnmappedTable as JSON text, the
 * nearest of `data.tables`. `empty-file`.
 */
export async function readTables(
  file: TableFile,
  name: string,
  sink: SpanSink,
  { mapping }: ReadOptions = {},
): Promise<void> {
  const tables = mapping?.table
    ? file.tables.filter((table) => table.name === mapping.table)
    : file.tables;
  const skipped: Table[] = [];
  let isRead = false;
  const known = tables.map(({ columns }) =>
    recognise(
      columns.map((column) => column.name),
      mapping,
    ),
  );
  // Beside a table of spans, one of moments that name a span holds its logs or events.
  const hasSpans = known.some((recognised) => isWhole(recognised) && hasLength(recognised));
  for (const [index, table] of tables.entries()) {
    if (isTempoTable(table.columns)) {
      isRead = true;
      const reader = new TempoReader(table.columns, sink);
      for await (const batch of table.batches()) reader.readBatch(batch);
      continue;
    }
    const recognised = known[index];
    if (!isWhole(recognised) || (hasSpans && !hasLength(recognised))) skipped.push(table);
    else {
      isRead = true;
      await readRows(table, recognised, sink);
    }
  }
  if (!isRead) throw await needsMapping(skipped, file, name);
  for (const table of skipped) sink.warn('skipped-table', `“${table.name}”`);
}

const isWhole = ({ missing }: Recognised) => missing.length === 0;
const hasLength = ({ fields }: Recognised) => Boolean(fields.end ?? fields.duration);

async function readRows(table: Table, recognised: Recognised, sink: SpanSink): Promise<void> {
  let reader: RowReader | null = null;
  for await (const batch of table.batches()) {
    reader ??= new RowReader(table.columns, recognised, batch, sink);
    reader.readBatch(batch);
  }
}

/** Enough to recognise what a column holds. */
const SHOWN_ROWS = 10;
const SHOWN_CHARACTERS = 200;

/** More tables than this are not offered. */
const MAX_TABLES = 24;

async function needsMapping(
  tables: readonly Table[],
  file: TableFile,
  name: string,
): Promise<AppError> {
  // The one that is nearest to a table of spans comes first.
  const candidates = [...(tables.length > 0 ? tables : file.tables)]
    .map((table) => ({ table, recognised: recognise(table.columns.map((column) => column.name)) }))
    .filter(({ table }) => table.columns.length > 0)
    .sort((a, b) => a.recognised.missing.length - b.recognised.missing.length)
    .slice(0, MAX_TABLES);
  const unmapped: UnmappedTable[] = [];
  for (const { table, recognised } of candidates) {
    unmapped.push({
      table: table.name,
      columns: table.columns.map((column, index) => ({
        name: column.name,
        type: typeWords(column.type),
        field: fieldOf(recognised, index),
      })),
      rows: await firstRows(table),
      missing: recognised.missing,
    });
  }
  const [nearest] = unmapped;
  if (!nearest) {
    return new AppError('empty-file', `${name} holds no table with a column.`, { file: name });
  }
  const columns = nearest.columns.map((column) => column.name).join(', ');
  const what = nearest.table === '' ? name : `${name} (table ${nearest.table})`;
  const missing = nearest.missing.length > 0 ? nearest.missing : (['start'] as const);
  return new AppError(
    'needs-mapping',
    `${what} is a table, but which of its columns hold ${missing.map((field) => FIELD_WORDS[field] ?? field).join(', ')} can’t be told. Its columns: ${columns}.`,
    { file: name, columns, table: JSON.stringify(nearest), tables: JSON.stringify(unmapped) },
  );
}

const FIELD_WORDS: Partial<Record<MappedField, string>> = {
  traceId: 'trace ids',
  spanId: 'span ids',
  start: 'start times',
};

function fieldOf({ fields }: Recognised, index: number): MappedField | null {
  return MAPPED_FIELDS.find((field) => fields[field]?.includes(index)) ?? null;
}

function typeWords(type: ColumnType): string {
  if (type.kind === 'list') return `list of ${typeWords(type.element)}`;
  if (type.kind === 'map') return `map of ${typeWords(type.value)}`;
  return type.kind === 'any' ? 'text' : type.kind;
}

async function firstRows(table: Table): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  for await (const batch of table.batches()) {
    for (let row = 0; row < batch.rows && rows.length < SHOWN_ROWS; row++) {
      rows.push(table.columns.map((column, index) => shown(batch, column, index, row)));
    }
    if (rows.length === SHOWN_ROWS) break;
  }
  return rows;
}

function shown(batch: Batch, { type }: Column, index: number, row: number): string | null {
  const cell = batch.columns[index][row] ?? null;
  if (isEmpty(cell)) return null;
  const text = cellText(cell, type);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
