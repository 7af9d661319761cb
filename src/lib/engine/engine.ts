/**
 * The engine's public face: datasets, SQL in, columns out. Views and state know this file and nothing behind it.
 */
import type { Table } from 'apache-arrow';
import type { DatasetSummary, LibraryEntry, OpenProgress } from '$lib/model/dataset';
import type { Mapping, PreviewSpan } from '$lib/model/mapping';
import type { Origin } from '$lib/model/origin';

export interface OpenOptions {
  onProgress?: (progress: OpenProgress) => void;
  signal?: AbortSignal;
}

export interface QueryOptions {
  /** Row cap, default 10,000. A result that was cut says so in `truncated`. */
  limit?: number;
  /** Default 30,000. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export type ExportFormat = 'csv' | 'json' | 'parquet';

export interface ExportOptions {
  /** In CSV, texts that a spreadsheet would run as a formula get an apostrophe in front. Default true. */
  guardsFormulas?: boolean;
  /** Default 10 minutes. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Called with the number of rows written so far. */
  onRows?: (rows: number) => void;
}

export interface NamedQuery {
  name: string;
  sql: string;
}

export interface ColumnInfo {
  name: string;
  /** DuckDB's type name: `BIGINT`, `MAP(VARCHAR, VARCHAR)`. */
  type: string;
}

/** The result of a query, in columns; rows are decoded only on demand. */
export interface QueryResult {
  readonly columns: ColumnInfo[];
  readonly rowCount: number;
  /** True if the row cap cut it. */
  readonly truncated: boolean;
  readonly elapsedMs: number;
  /** One cell: 64-bit integers as BigInt, maps and structs as objects, lists as arrays, NULL as null. */
  value(row: number, column: string): unknown;
  /** A row of all columns, by their names. */
  row(row: number): Record<string, unknown>;
  rows(): Record<string, unknown>[];
  /** A numeric column as doubles; NULL becomes NaN. 64-bit integers are converted, so select offsets, not epoch times. */
  numbers(column: string): Float64Array;
  /** The Arrow table behind it, for those who know why they need it. */
  readonly table: Table;
}

export interface Engine {
  /** Resolves when the engine is downloaded and booted. */
  readonly ready: Promise<void>;
  /** Progress of the engine's own download; called at once with the current state. Returns the function to unsubscribe. */
  onBoot(listener: (progress: { bytesDone: number; bytesTotal: number }) => void): () => void;
  /**
   * Opens a dataset alongside those already open; opens run one at a time.
   * Rejects with AppError, or AbortError as soon as it is cancelled, and then leaves nothing behind.
   */
  open(origin: Origin, options?: OpenOptions): Promise<Dataset>;
  /**
   * The first ten spans that a mapping makes of the first file.
   * Rejects with AppError (`needs-mapping` if the mapping does not suffice), or AbortError.
   */
  preview(origin: Origin, mapping: Mapping, signal?: AbortSignal): Promise<PreviewSpan[]>;
  library: {
    list(): Promise<LibraryEntry[]>;
    remove(id: string): Promise<void>;
  };
  /** Called after the worker had to be ended and the datasets were reopened; returns the function to unsubscribe. */
  onRestart(listener: (message: string) => void): () => void;
}

/**
 * An open dataset. It outlives the engine's worker: calls made while a new one reopens it wait, and reject with
 * `engine-restarted` if it could not be reopened.
 */
export interface Dataset {
  readonly summary: DatasetSummary;
  /**
   * Resolves once it is written out: with null if it is kept as its summary says, else with the reason why it is not.
   * It stays open either way.
   */
  readonly settled: Promise<string | null>;
  /** Runs one query on it; any other statement is refused. */
  query(query: string | Sql, options?: QueryOptions): Promise<QueryResult>;
  /** All rows of one query as a file, without a row cap; other queries wait meanwhile. */
  export(query: string | Sql, format: ExportFormat, options?: ExportOptions): Promise<Blob>;
  /** As a `.duckdb` file; `queries` go with it, in a table of their own. */
  save(queries?: readonly NamedQuery[]): Promise<Blob>;
  /** Ends its queries. Later calls are refused with `no-dataset`. */
  close(): Promise<void>;
}

/** SQL text whose values are quoted; only the `sql` tag makes it. */
export class Sql {
  /** @param shared parts of the text that `shared` has marked. */
  constructor(
    readonly text: string,
    readonly shared: readonly string[] = [],
  ) {}
  toString(): string {
    return this.text;
  }
}

export type SqlValue = string | number | bigint | boolean | null | Sql | readonly SqlValue[];

/**
 * SQL with its values as literals: `sql\`SELECT * FROM spans WHERE trace_id = ${id}\``. Strings are quoted, lists become
 * DuckDB lists (`[1, 2]`), and another `Sql` is inserted as is, so that queries can be composed.
 */
export function sql(strings: TemplateStringsArray, ...values: SqlValue[]): Sql {
  const shared = values.flatMap((value) => (value instanceof Sql ? value.shared : []));
  return new Sql(
    strings.reduce((text, part, i) => text + literal(values[i - 1]) + part),
    [...new Set(shared)],
  );
}

/**
 * Marks a subquery that many queries share, so that the engine computes it once for all of them. It must stand in brackets
 * after IN, have one column, and name only tables of the dataset.
 */
export function shared(subquery: Sql): Sql {
  return new Sql(subquery.text, [subquery.text]);
}

/** A quoted identifier. */
export function ident(name: string): Sql {
  return new Sql(`"${name.replaceAll('"', '""')}"`);
}

function literal(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (value instanceof Sql) return value.text;
  switch (typeof value) {
    case 'string':
      return `'${value.replaceAll("'", "''")}'`;
    case 'number':
      return Number.isFinite(value) ? String(value) : `'${value}'::DOUBLE`;
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return `[${(value as readonly SqlValue[]).map(literal).join(', ')}]`;
  }
}
