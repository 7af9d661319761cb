/**
 * How the columns of a table are read as spans, if a person or a script specifies it instead of leaving it to recognition.
 * Plain JSON: it is sent to workers and stored in the browser.
 */

import type { StatusCode } from './span';

/** The parts of a span that columns are mapped to. A column that is not mapped becomes an attribute. */
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

/** What happens to rows if no column holds ids. */
export type WithoutIds =
  /** Each row is a trace of its own. */
  | 'trace-per-row'
  /** All rows are roots of one trace. */
  | 'one-trace';

export interface Mapping {
  /** The table to read if the file has several; by default the first that fits. */
  table?: string;
  /**
   * Column by field. A field that is left out is looked up by its known names; null means that there is none.
   * `attributes` and `resource` may be several.
   */
  columns: Partial<Record<MappedField, string | readonly string[] | null>>;
  /** Of columns that hold numbers. Judged by name and values where it is left out. */
  units?: Partial<Record<'start' | 'end' | 'duration', TimeUnit>>;
  withoutIds?: WithoutIds;
}

/** What a person needs to map a table: the data of an AppError `needs-mapping`, as JSON text in `tables`. */
export interface UnmappedTable {
  table: string;
  columns: {
    name: string;
    type: string;
    /** What it was recognised as. */ field: MappedField | null;
  }[];
  /** The first rows, each cell as text; null for no value. */
  rows: (string | null)[][];
  /** What could not be recognised. */
  missing: MappedField[];
}

/** A mapping that fits no table: whoever reads by it is told which tables there are. */
export const ASK_FOR_TABLES: Mapping = { columns: { start: null, end: null, duration: null } };

/** A span that a mapping makes of a row, for a person to see whether the mapping is right. */
export interface PreviewSpan {
  traceId: string;
  spanId: string;
  parentId: string | null;
  name: string;
  service: string;
  /** Epoch nanoseconds; null if unknown. */
  startNs: bigint | null;
  /** Nanoseconds; null if unknown. */
  durationNs: bigint | null;
  status: StatusCode;
}
