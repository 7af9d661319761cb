/**
 * How the columns of a table are read as spans, where a person or a script says so instead of leaving it to recognition.
 * Plain JSON: it crosses to workers and is remembered by the browser.
 */

/** The parts of a span that columns are mapped to. A column that nothing names becomes an attribute. */
export const MAPPED_FIELDS = [
  'traceId',
  'spanId',
  'parentId',
  'name',
  'service',
  'operation',
  'kind',
  'start',
  'end',
  'duration',
  'status',
  'statusMessage',
  'attributes',
  'resource',
  'scope',
  'events',
  'links',
] as const;
export type MappedField = (typeof MAPPED_FIELDS)[number];

export const TIME_UNITS = ['ns', 'us', 'ms', 's'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** What happens to rows that have no ids, where no column holds any. */
export type WithoutIds =
  /** Each row is a trace of its own. */
  | 'trace-per-row'
  /** All rows are roots of one trace. */
  | 'one-trace';

export interface Mapping {
  /** The table that is meant, where the file has several; the first that fits otherwise. */
  table?: string;
  /**
   * Column by field. A field that is left out is looked for by the names that are known; null says that there is none.
   * `attributes` and `resource` may be several.
   */
  columns: Partial<Record<MappedField, string | readonly string[] | null>>;
  /** Of columns that hold numbers. Judged by name and values where it is left out. */
  units?: Partial<Record<'start' | 'end' | 'duration', TimeUnit>>;
  withoutIds?: WithoutIds;
}

/** What a person has to see to map a table: the data of an AppError `needs-mapping`, as JSON text in `table`. */
export interface UnmappedTable {
  table: string;
  columns: {
    name: string;
    type: string;
    /** What it was recognised as. */ field: MappedField | null;
  }[];
  /** The first rows, each cell as text; null where there is no value. */
  rows: (string | null)[][];
  /** What could not be recognised. */
  missing: MappedField[];
}
