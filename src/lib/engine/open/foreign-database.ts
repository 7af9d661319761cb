/**
 * A DuckDB file of another tool: its tables, read by the engine, as the tables that spans are recognised in by the names of
 * columns, whatever the format.
 */
import { tableFromIPC, type Data, type Field } from 'apache-arrow';
import type { ReadOptions, SpanSink } from '$lib/formats/contract';
import { readTables } from '$lib/formats/tables/read-tables';
import type { Batch, Cell, Column, ColumnType, Table } from '$lib/formats/tables/table';
import { AppError } from '$lib/model/errors';
import { parseType, sentAs, typeText, type DuckDbType } from '$lib/engine/query/duckdb-type';
import { readerOf } from '$lib/engine/query/values';
import type { Connection } from '$lib/engine/worker/duckdb';
import { desktopViewerTable } from './desktop-viewer-database';
import { streamParts } from './stream-parts';

/** A table in the engine's words. */
export interface ForeignTable {
  /** Without its schema if that is `main`. */
  name: string;
  columns: readonly { name: string; type: string }[];
  /** What its rows are selected from. */
  from: string;
}

/** A query whose rows are spans. */
export interface SpanQuery {
  name: string;
  sql: string;
  /** What else is done with a cell of a column. */
  cells?: Readonly<Record<string, (cell: Cell) => Cell>>;
}

/**
 * @param name of the file, for messages
 * @param between called after each part
 * @throws AppError `needs-mapping`, `no-spans`, `empty-file`
 */
export async function readForeign(
  connection: Connection,
  alias: string,
  name: string,
  sink: SpanSink,
  between: () => Promise<void>,
  options: ReadOptions,
): Promise<void> {
  const found = foreignTables(connection, alias);
  const known = options.mapping ? null : desktopViewerTable(found, alias);
  const tables = known
    ? [asTable(connection, known, between)]
    : found.map((table) =>
        asTable(connection, { name: table.name, sql: `SELECT * FROM ${table.from}` }, between),
      );
  let spans = 0;
  const counting: SpanSink = {
    span: (span) => {
      spans++;
      sink.span(span);
    },
    warn: (code, example, count) => sink.warn(code, example, count),
  };
  await readTables({ tables }, name, counting, options);
  if (spans === 0) {
    const names = found.map((table) => table.name).join(', ');
    throw new AppError(
      'no-spans',
      `${name} is a DuckDB file with a table of spans, but no span is in it. Its tables: ${names}.`,
      { file: name },
    );
  }
}

export function foreignTables(connection: Connection, alias: string): ForeignTable[] {
  const tables = new Map<string, ForeignTable & { columns: { name: string; type: string }[] }>();
  const rows = connection.table(
    `SELECT c.schema_name, c.table_name, c.column_name, c.data_type FROM duckdb_columns() AS c
     JOIN duckdb_tables() AS t USING (database_name, schema_name, table_name)
     WHERE c.database_name = '${alias}' AND NOT c.internal ORDER BY c.table_oid, c.column_index`,
  );
  for (const row of rows) {
    const { schema_name: schema, table_name: table, column_name, data_type } = row.toJSON();
    const from = `"${alias}".${quoted(String(schema))}.${quoted(String(table))}`;
    let known = tables.get(from);
    if (!known) {
      known = { name: schema === 'main' ? table : `${schema}.${table}`, columns: [], from };
      tables.set(from, known);
    }
    known.columns.push({ name: column_name, type: data_type });
  }
  return [...tables.values()];
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

function asTable(
  connection: Connection,
  { name, sql, cells = {} }: SpanQuery,
  between: () => Promise<void>,
): Table {
  const described = connection.table(`DESCRIBE ${sql}`);
  const columns: (Column & { sent: DuckDbType; expression: string })[] = [];
  for (const row of described) {
    const { column_name, column_type } = row.toJSON();
    const type = parseType(String(column_type));
    const sent = sentAs(type);
    const column = quoted(String(column_name));
    columns.push({
      name: String(column_name),
      type: columnType(type),
      sent,
      expression: sent === type ? column : `${column}::${typeText(sent)}`,
    });
  }
  // Names may be equal but for case in a query of ours only: the places count.
  const select = columns.map(({ expression }, i) => `${expression} AS c${i}`).join(', ');
  return { name, columns, batches };

  async function* batches(): AsyncGenerator<Batch> {
    const query = `SELECT ${select} FROM (${sql})`;
    for await (const part of streamParts(connection, query, between)) {
      const table = tableFromIPC(part);
      for (const batch of table.batches) {
        const cellsOf = columns.map(({ name: column, sent }, i) => {
          const read = readerOf(
            sent,
            table.schema.fields[i] as Field,
            batch.data.children[i] as Data,
          );
          const change = cells[column];
          return Array.from({ length: batch.numRows }, (_, row): Cell => {
            const cell = read(row) as Cell;
            return change ? change(cell) : cell;
          });
        });
        yield { rows: batch.numRows, columns: cellsOf };
      }
    }
  }
}

const INTEGER = /^U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?$/;

/** Times come as text, whose digits are exact. */
function columnType({ name, children }: DuckDbType): ColumnType {
  if (INTEGER.test(name)) return { kind: 'integer' };
  if (name === 'FLOAT' || name === 'DOUBLE' || name === 'DECIMAL') return { kind: 'number' };
  if (name === 'BOOLEAN') return { kind: 'boolean' };
  if (name === 'BLOB') return { kind: 'binary' };
  if (name === 'JSON') return { kind: 'json' };
  const [first, second] = children;
  if (name === 'LIST' || name === 'ARRAY') return { kind: 'list', element: columnType(first.type) };
  if (name === 'MAP') return { kind: 'map', value: columnType(second.type) };
  if (name === 'STRUCT') {
    const fields = children.map((child) => ({ name: child.name, type: columnType(child.type) }));
    return { kind: 'struct', fields };
  }
  return { kind: name === 'UNION' ? 'any' : 'text' };
}
