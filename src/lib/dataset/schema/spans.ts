/**
 * `spans` has the column names of Flock's exporter, so that existing SQL runs unchanged, and further columns.
 */
import { CONVENTIONS } from '$lib/model/conventions';
import type { ColumnSpec, TableSpec } from './table';

/** What is read from a span, in the order of the table. */
export const SPAN_COLUMNS = [
  ['span_no', 'INTEGER', 'Row number in the dataset, from 0'],
  ['trace_id', 'VARCHAR', 'Hex, lower case'],
  [
    'span_id',
    'VARCHAR',
    'Hex, lower case; unique in its trace but for the two sides of a Zipkin call',
  ],
  ['parent_id', 'VARCHAR', 'span_id of the parent; NULL for a root'],
  ['name', 'VARCHAR', 'Full span name'],
  ['service', 'VARCHAR', 'service.name; in Flock the part of the name before the first dot'],
  ['operation', 'VARCHAR', 'The name; in Flock the part after the first dot'],
  ['kind', 'VARCHAR', 'UNSPECIFIED, INTERNAL, SERVER, CLIENT, PRODUCER or CONSUMER'],
  ['start_time', 'BIGINT', 'Epoch nanoseconds; NULL where the file has none that can be right'],
  [
    'end_time',
    'BIGINT',
    'Epoch nanoseconds; NULL where the span never ended, or the file has none that can be right',
  ],
  ['status_code', 'VARCHAR', 'UNSET, OK or ERROR'],
  ['status_description', 'VARCHAR', 'What the error said'],
  ['attributes', 'MAP(VARCHAR, VARCHAR)', 'Flat, dotted keys; lists and maps as JSON text'],
  [
    'events',
    'STRUCT("name" VARCHAR, "time" BIGINT, attributes MAP(VARCHAR, VARCHAR))[]',
    'In the order of the file; time in epoch nanoseconds',
  ],
  [
    'links',
    'STRUCT(trace_id VARCHAR, span_id VARCHAR, attributes MAP(VARCHAR, VARCHAR))[]',
    'Other spans that this one names',
  ],
  ['resource', 'MAP(VARCHAR, VARCHAR)', 'What the producer says of itself'],
  ['scope', 'VARCHAR', 'Instrumentation scope'],
] as const;

/** Attributes with a column of their own. */
const PROMOTED_COLUMNS = CONVENTIONS.map(({ column, type, about }): ColumnSpec => [
  column,
  type,
  `From the attributes: ${about}`,
]);

/** Numbers assigned by the writer, for joins and for the index. */
export const NUMBER_COLUMNS = [
  ['trace_no', 'INTEGER', 'Number of the trace, as in traces'],
  ['operation_no', 'INTEGER', 'Number of service, operation and name, as in operations'],
  ['resource_no', 'INTEGER', 'Number of the resource, as in resource_uses'],
  [
    'has_long_text',
    'BOOLEAN',
    'A value of its attributes or events is too long for attribute_values',
  ],
  [
    'has_unindexed_key',
    'BOOLEAN',
    'A key of its attributes, events or resource is not in attribute_keys, which has room for 20,000 of each source',
  ],
] as const;

/** Columns that depend on the whole dataset: computed in `lineage.ts`, written once all spans are in. */
export const LINEAGE_COLUMNS = [
  [
    'parent_no',
    'INTEGER',
    'span_no of the parent; NULL for roots, orphans and where a cycle was cut',
  ],
  ['depth', 'INTEGER', '0 for roots and orphans'],
  ['child_count', 'INTEGER', 'Direct children'],
  [
    'self_time_ns',
    'BIGINT',
    'Duration minus the union of the direct children inside it, nanoseconds; NULL without a duration',
  ],
  ['is_root', 'BOOLEAN', 'Has no parent_id'],
  ['is_orphan', 'BOOLEAN', 'Has a parent_id that is not in the data'],
  ['is_unfinished', 'BOOLEAN', 'Had not ended when it was written'],
  ['parent_operation_no', 'INTEGER', 'operation_no of the parent; NULL where parent_no is'],
] as const;

const VIRTUAL_COLUMNS = [
  [
    'duration_ms',
    'DOUBLE',
    'Milliseconds; NULL where start or end is',
    '(end_time - start_time) / 1e6',
  ],
  ['self_time_ms', 'DOUBLE', 'self_time_ns in milliseconds', 'self_time_ns / 1e6'],
  ['service_name', 'VARCHAR', 'service, by the name that much SQL has for it', 'service'],
  [
    'timestamp',
    'TIMESTAMP',
    'start_time, UTC, to the microsecond',
    'make_timestamp(start_time // 1000)',
  ],
  [
    'created_at',
    'TIMESTAMP',
    'end_time, UTC, to the microsecond: when Flock wrote the span',
    'make_timestamp(end_time // 1000)',
  ],
] as const;

export const SPANS = {
  name: 'spans',
  kind: 'rows',
  columns: [...SPAN_COLUMNS, ...PROMOTED_COLUMNS, ...NUMBER_COLUMNS],
  later: LINEAGE_COLUMNS,
  virtual: VIRTUAL_COLUMNS,
} as const satisfies TableSpec;

/** The part of LINEAGE_COLUMNS that comes from the writer: staged, then merged into `spans`. */
export const LINEAGE = {
  name: 'lineage',
  kind: 'end',
  columns: [['span_no', 'INTEGER', 'As in spans'], ...LINEAGE_COLUMNS],
} as const satisfies TableSpec;

/** Updates only fixed-size columns, because then only they are rewritten. @param lineage the table of LINEAGE */
export function addLineage(lineage: string): string {
  const assignments = LINEAGE_COLUMNS.map(([name]) => `"${name}" = l."${name}"`).join(', ');
  return `UPDATE spans SET ${assignments} FROM ${lineage} l WHERE spans.span_no = l.span_no`;
}

/** Clears the parent of spans that turned out to be roots although they name one. */
export const TAKE_PARENTS_BACK =
  'UPDATE spans SET parent_id = NULL WHERE is_root AND parent_id IS NOT NULL';

/** How many traces are handled at once: each statement reads the `trace_no` of all spans. */
export const SPELLINGS_AT_ONCE = 20_000;

/** Moves the rows of some traces to the traces that they are part of. Ids are hex. */
export function uniteTraces(
  spellings: readonly { traceNo: number; intoNo: number; traceId: string }[],
): string {
  const rows = spellings.map(
    ({ traceNo, intoNo, traceId }) => `(${traceNo}, ${intoNo}, '${traceId.replaceAll("'", "''")}')`,
  );
  return `UPDATE spans SET trace_no = s.into_no, trace_id = s.trace_id
FROM (VALUES ${rows.join(', ')}) s(trace_no, into_no, trace_id) WHERE spans.trace_no = s.trace_no`;
}

export const OPERATIONS = {
  name: 'operations',
  kind: 'end',
  columns: [
    ['operation_no', 'INTEGER', 'As in spans'],
    ['service', 'VARCHAR', 'As in spans'],
    ['operation', 'VARCHAR', 'As in spans'],
    ['name', 'VARCHAR', 'As in spans'],
  ],
} as const satisfies TableSpec;
