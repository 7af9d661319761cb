/**
 * What formats of tables hand over: tables with typed columns, read in batches. `read-tables.ts` makes spans of their rows,
 * by `mapping.ts`, which knows what the columns mean; a format of tables only knows how its bytes lie.
 */
import type { Source } from '$lib/bytes/source';
import type { WarningSink } from '$lib/model/diagnostics';
import type { Mapping } from '$lib/model/mapping';

/**
 * A value as a format gives it. Integers beyond 2^53, and timestamps whatever their unit in the file, are bigint: epoch
 * nanoseconds. Decimals are their digits. Structs and maps are objects without a prototype, in the order of the file.
 */
export type Cell =
  null | boolean | number | bigint | string | Uint8Array | Cell[] | { [key: string]: Cell };

export type ColumnType =
  /** `any`: text that may be of anything, because the format has no types (CSV, JSON). */
  | { kind: 'any' | 'text' | 'json' | 'integer' | 'number' | 'boolean' | 'binary' | 'timestamp' }
  | { kind: 'list'; element: ColumnType }
  | { kind: 'map'; value: ColumnType }
  | { kind: 'struct'; fields: readonly Column[] };

export interface Column {
  name: string;
  type: ColumnType;
}

/** Some rows: the cells of each column, in the order of the table's columns. */
export interface Batch {
  rows: number;
  columns: readonly ArrayLike<Cell>[];
}

export interface Table {
  /** '' where the format has one table without a name. */
  name: string;
  columns: readonly Column[];
  /**
   * All rows, from the first. No batch holds more than memory bears, whatever the size of the table. May be called again.
   * A receiver keeps no batch.
   */
  batches(): AsyncGenerator<Batch>;
}

/** An opened file of tables. */
export interface TableFile {
  tables: readonly Table[];
  /** Lets go of what it holds. */
  close?(): void;
}

/** A format whose files hold tables; `formatOf` makes a line of the registry of it. */
export interface TableFormat {
  readonly id: string;
  readonly label: string;
  /** As in `Format`: is this one's content, by its first 64 KiB, and can its rows be read as spans? */
  sniff(head: Uint8Array): boolean;
  /**
   * As `sniff`, by a mapping that a person gave, or to ask for one. Left out where `sniff` does not look at columns.
   */
  sniffTable?(head: Uint8Array, mapping?: Mapping): boolean;
  /**
   * @param source its `whole()` where bytes are wanted here and there, its `chunks()` where they are read from the start
   * @throws AppError `broken-file`
   */
  open(source: Source, sink: WarningSink): Promise<TableFile>;
}
