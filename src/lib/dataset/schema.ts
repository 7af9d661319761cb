/**
 * The one contract of a dataset: a DuckDB file with these tables, view-free, in its `main` schema. `spans` keeps the
 * column names of Flock's exporter, so that SQL which people already have runs unchanged; the rest stands beside them.
 */

/** Raised when a dataset of before can no longer be read as one of today. */
export const SCHEMA_VERSION = 3;

/** Rows of one of the engine's row groups, the unit that it compresses and writes. */
export const ROW_GROUP = 122_880;

/** Columns that are filled while reading. */
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
  ['start_time', 'BIGINT', 'Epoch nanoseconds'],
  ['end_time', 'BIGINT', 'Epoch nanoseconds; the start where the span never ended'],
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
  ['correlation_id', 'VARCHAR', 'From the attributes: one request across traces'],
  ['session_id', 'VARCHAR', 'From the attributes: session or conversation'],
  ['workflow', 'VARCHAR', 'From the attributes: name of the workflow'],
  ['agent', 'VARCHAR', 'From the attributes: name of the agent'],
  ['model', 'VARCHAR', 'From the attributes: language model'],
  ['input_tokens', 'BIGINT', 'From the attributes'],
  ['output_tokens', 'BIGINT', 'From the attributes'],
  ['cost', 'DOUBLE', 'From the attributes, in US dollars'],
  ['trace_no', 'INTEGER', 'Number of the trace, as in traces'],
  ['operation_no', 'INTEGER', 'Number of service, operation and name, as in operations'],
  ['resource_no', 'INTEGER', 'Number of the resource, as in resource_uses'],
  [
    'has_long_text',
    'BOOLEAN',
    'A value of its attributes or events is too long for attribute_values',
  ],
] as const;

/** Columns that need the whole dataset: computed in `lineage.ts`, written when all spans are in. */
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
    'Duration minus the union of the direct children inside it, nanoseconds',
  ],
  ['is_root', 'BOOLEAN', 'Has no parent_id'],
  ['is_orphan', 'BOOLEAN', 'Has a parent_id that is not in the data'],
  ['is_unfinished', 'BOOLEAN', 'Had not ended when it was written; its end_time is its start'],
  ['parent_operation_no', 'INTEGER', 'operation_no of the parent; NULL where parent_no is'],
] as const;

/** Columns that take no room: the engine computes them from the others when they are read. */
export const VIRTUAL_COLUMNS = [
  ['duration_ms', 'DOUBLE', 'Milliseconds', '(end_time - start_time) / 1e6'],
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

type ColumnList = readonly (readonly [name: string, type: string, ...rest: string[]])[];

const columnList = (columns: ColumnList) =>
  columns.map(([name, type]) => `"${name}" ${type}`).join(',\n  ');

/** All columns are there from the start, because virtual ones can't be added later. */
export const CREATE_SPANS = `CREATE TABLE spans (
  ${columnList([...SPAN_COLUMNS, ...LINEAGE_COLUMNS])},
  ${VIRTUAL_COLUMNS.map(([name, type, , value]) => `"${name}" ${type} GENERATED ALWAYS AS (${value}) VIRTUAL`).join(',\n  ')}
)`;

/** `lineage` is the table of LINEAGE_COLUMNS that the writer made; an update of fixed-size columns rewrites only them. */
export function addLineage(lineage: string): string {
  const assignments = LINEAGE_COLUMNS.map(([name]) => `"${name}" = l."${name}"`).join(', ');
  return `UPDATE spans SET ${assignments} FROM ${lineage} l WHERE spans.span_no = l.span_no`;
}

/**
 * The attributes once more, as numbers. Looking into a million maps takes the engine half a second; these tables answer
 * the same in a tenth of it, and are small because the rows of a key lie together.
 */
export const INDEX_TABLES = {
  attribute_values: [
    ['value_no', 'INTEGER', 'Number of this value under this key; the same text can have several'],
    ['key_no', 'INTEGER', 'The key, as in attribute_keys'],
    ['value', 'VARCHAR', 'NULL stands for all values longer than 200 characters'],
    ['number', 'DOUBLE', 'The value where it is a plain number'],
  ],
  attribute_uses: [
    ['key_no', 'INTEGER', 'The key, as in attribute_keys'],
    ['value_no', 'INTEGER', 'The value, as in attribute_values'],
    ['span_no', 'INTEGER', 'The span that has it; for events once for each event'],
  ],
  resource_uses: [
    ['key_no', 'INTEGER', 'The key, as in attribute_keys'],
    ['value_no', 'INTEGER', 'The value, as in attribute_values'],
    ['resource_no', 'INTEGER', 'The resource that has it, as in spans'],
  ],
  operations: [
    ['operation_no', 'INTEGER', 'As in spans'],
    ['service', 'VARCHAR', 'As in spans'],
    ['operation', 'VARCHAR', 'As in spans'],
    ['name', 'VARCHAR', 'As in spans'],
  ],
} as const satisfies Record<string, ColumnList>;

export type IndexTable = keyof typeof INDEX_TABLES;

/** Values of attributes and events that are longer are not in `attribute_values`. */
export const MAX_INDEXED_CHARS = 200;

/** Where an attribute was found. Names of events are values of the key ''. */
export const ATTRIBUTE_SOURCES = ['attributes', 'resource', 'events', 'event names'] as const;
export type AttributeSource = (typeof ATTRIBUTE_SOURCES)[number];

/** How often each value is used, in a table of its own. */
export function countUses(table: string): string {
  return `CREATE TABLE ${table} AS
SELECT value_no, count(*) AS uses FROM attribute_uses GROUP BY value_no
UNION ALL
SELECT value_no, count(*) AS uses FROM spans JOIN resource_uses USING (resource_no) GROUP BY value_no`;
}

/**
 * What is asked of each key first, over the whole dataset.
 * @param names table of key_no, source and key. @param counts the table that `countUses` made.
 */
export function fillAttributeKeys(names: string, counts: string): string {
  return `INSERT INTO attribute_keys
WITH valued AS (
  SELECT key_no, value, any_value(number) AS number, sum(uses)::BIGINT AS uses
  FROM ${counts} JOIN attribute_values USING (value_no)
  GROUP BY key_no, value
),
described AS (
  SELECT
    key_no,
    CASE
      WHEN count(number) = count(*) THEN 'number'
      WHEN count(value) = count(*) AND bool_and(value IN ('true', 'false')) THEN 'boolean'
      WHEN bool_and(value[1] IN ('{', '[')) THEN 'json'
      ELSE 'text'
    END AS type,
    sum(uses)::BIGINT AS spans,
    count(value) AS distinct_values,
    count(value) = count(*) AND max(uses) = 1 AS is_unique,
    count(value) < count(*) AS has_long,
    min({rank: -uses, value: value}, ${TOP_VALUES}) FILTER (value IS NOT NULL) AS top
  FROM valued
  GROUP BY key_no
),
numbers AS (
  SELECT key_no, number
  FROM attribute_uses JOIN (SELECT value_no, number FROM attribute_values WHERE number IS NOT NULL) USING (value_no)
  UNION ALL
  SELECT key_no, number
  FROM spans JOIN resource_uses USING (resource_no)
    JOIN (SELECT value_no, number FROM attribute_values WHERE number IS NOT NULL) USING (value_no)
),
measured AS (
  SELECT key_no, min(number) AS minimum, median(number) AS median, max(number) AS maximum
  FROM numbers
  GROUP BY key_no
)
SELECT
  key_no, source, "key", type, spans, distinct_values, is_unique, has_long,
  CASE WHEN type = 'number' THEN minimum END AS minimum,
  CASE WHEN type = 'number' THEN median END AS median,
  CASE WHEN type = 'number' THEN maximum END AS maximum,
  coalesce(list_transform(top, lambda v: {'value': v.value, 'spans': -v.rank}), []) AS top_values
FROM ${names} JOIN described USING (key_no) LEFT JOIN measured USING (key_no)
ORDER BY key_no`;
}

const TOP_VALUES = 10;

/** @param counts the table that `countUses` made. */
export function fillAttributeCounts(counts: string): string {
  return `INSERT INTO attribute_counts
SELECT value_no, uses AS spans
FROM ${counts}
WHERE value_no IN (
  SELECT value_no FROM attribute_values JOIN attribute_keys USING (key_no) WHERE NOT is_unique
)
ORDER BY value_no`;
}

const ATTRIBUTE_COUNT_COLUMNS = [
  [
    'value_no',
    'INTEGER',
    'The value, as in attribute_values; none of keys whose values are unique',
  ],
  ['spans', 'BIGINT', 'How many spans have it; for events, how many events'],
] as const satisfies ColumnList;

const ATTRIBUTE_KEY_COLUMNS = [
  ['key_no', 'INTEGER', 'As in attribute_values'],
  ['source', 'VARCHAR', 'attributes, resource, events, or event names (which have the key “”)'],
  ['key', 'VARCHAR', 'Name of the attribute'],
  ['type', 'VARCHAR', 'number, boolean, json or text: what all of its values are'],
  ['spans', 'BIGINT', 'How many spans have it; for events, how many events'],
  ['distinct_values', 'BIGINT', 'Different values, but for those longer than 200 characters'],
  ['is_unique', 'BOOLEAN', 'No value comes in two spans'],
  ['has_long', 'BOOLEAN', 'Has values longer than 200 characters, which are not counted apart'],
  ['minimum', 'DOUBLE', 'Of numbers, over its spans'],
  ['median', 'DOUBLE', 'Of numbers, over its spans'],
  ['maximum', 'DOUBLE', 'Of numbers, over its spans'],
  ['top_values', 'STRUCT("value" VARCHAR, spans BIGINT)[]', 'The most frequent ones'],
] as const satisfies ColumnList;

/** Every attribute of every span, to be read by people; narrow it by source and key. */
const CREATE_SPAN_ATTRIBUTES = `CREATE VIEW span_attributes AS
${ATTRIBUTE_SOURCES.map((source) =>
  source === 'resource'
    ? `SELECT span_no, 'resource' AS source, "key", "value", "number"
FROM spans JOIN resource_uses USING (resource_no) JOIN attribute_values USING (value_no)
  JOIN attribute_keys ON attribute_keys.key_no = attribute_values.key_no AND attribute_keys.source = 'resource'`
    : `SELECT span_no, '${source}' AS source, "key", "value", "number"
FROM attribute_uses JOIN attribute_values USING (value_no)
  JOIN attribute_keys ON attribute_keys.key_no = attribute_uses.key_no AND attribute_keys.source = '${source}'`,
).join('\nUNION ALL\n')}`;

const COUNTED_TABLES = {
  attribute_keys: ATTRIBUTE_KEY_COLUMNS,
  attribute_counts: ATTRIBUTE_COUNT_COLUMNS,
};

/** Tables of the index, and the view over them. */
export const CREATE_INDEX = [
  ...Object.entries({ ...INDEX_TABLES, ...COUNTED_TABLES }).map(
    ([table, columns]) => `CREATE TABLE ${table} (\n  ${columnList(columns)}\n)`,
  ),
  CREATE_SPAN_ATTRIBUTES,
];

/**
 * Whether a query may read the index of attributes, which is filled a moment after a dataset is shown: tables and views of
 * it are named, in whatever case.
 */
export function readsIndex(sql: string): boolean {
  return /attribute_(keys|values|uses|counts)|resource_uses|span_attributes/i.test(sql);
}

/** One row per trace. The root is the earliest root, else the earliest orphan or span whose cycle was cut. */
export const CREATE_TRACES = `CREATE TABLE traces AS
WITH grouped AS (
  SELECT
    trace_no,
    coalesce(
      arg_min(span_no, start_time) FILTER (is_root),
      arg_min(span_no, start_time) FILTER (parent_no IS NULL)
    ) AS root_span_no,
    min(start_time) AS start_time,
    max(end_time) AS end_time,
    (max(end_time) - min(start_time)) / 1e6 AS duration_ms,
    count(*)::INTEGER AS span_count,
    count(*) FILTER (status_code = 'ERROR')::INTEGER AS error_count,
    count(DISTINCT service) FILTER (service <> '')::INTEGER AS service_count,
    list_sort(coalesce(list(DISTINCT service) FILTER (service <> ''), [])) AS services,
    max(depth)::INTEGER + 1 AS depth,
    count(*) FILTER (is_root)::INTEGER AS root_count,
    count(*) FILTER (is_orphan)::INTEGER AS orphan_count,
    arg_min(workflow, span_no) FILTER (workflow IS NOT NULL) AS workflow,
    arg_min(correlation_id, span_no) FILTER (correlation_id IS NOT NULL) AS correlation_id,
    arg_min(session_id, span_no) FILTER (session_id IS NOT NULL) AS session_id,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    sum(cost) AS cost
  FROM spans
  GROUP BY trace_no
)
SELECT
  root.trace_id, root.service AS root_service, root.operation AS root_operation, root.name AS root_name,
  grouped.* EXCLUDE (trace_no), grouped.trace_no
FROM grouped JOIN spans AS root ON root.span_no = grouped.root_span_no
ORDER BY grouped.start_time, root_span_no`;

export const CREATE_META = [
  `CREATE TABLE diagnostics (code VARCHAR, "count" BIGINT, example VARCHAR)`,
  `CREATE TABLE dataset (
    schema_version INTEGER, "name" VARCHAR, sources VARCHAR[], format VARCHAR, created_at TIMESTAMP,
    spans BIGINT, traces BIGINT, services BIGINT, errors BIGINT, start_time BIGINT, end_time BIGINT
  )`,
];

/**
 * JSON spellings for the maps, so that SQL written for Flock's JSON columns runs: the engine has no JSON type here. Paths
 * may have their key quoted or not (`$."http.route"`, `$.http.route`, `$["http.route"]`), because keys are flat and dotted.
 */
const KEY_OF_PATH = `CASE WHEN starts_with(p, '$')
  THEN regexp_replace(p, '^\\$\\.?|\\["|"\\]|"', '', 'g') ELSE p END`;

export const CREATE_MACROS = [
  `CREATE MACRO "->>"(m, k) AS m[k]`,
  `CREATE MACRO json_extract(m, p) AS m[${KEY_OF_PATH}]`,
  `CREATE MACRO json_extract_string(m, p) AS m[${KEY_OF_PATH}]`,
  `CREATE MACRO json_exists(m, p) AS map_contains(m, ${KEY_OF_PATH})`,
  `CREATE MACRO json_keys(m) AS map_keys(m)`,
];

const commentsOn = (table: string, columns: ColumnList) =>
  columns.map(
    ([name, , comment]) =>
      `COMMENT ON COLUMN ${table}."${name}" IS '${comment.replaceAll("'", "''")}'`,
  );

export const COMMENTS = [
  ...commentsOn('spans', [...SPAN_COLUMNS, ...LINEAGE_COLUMNS, ...VIRTUAL_COLUMNS]),
  ...Object.entries({ ...INDEX_TABLES, ...COUNTED_TABLES }).flatMap(([table, columns]) =>
    commentsOn(table, columns),
  ),
];

/** Attribute keys that many queries want as columns: the first of a column's keys that a span has wins. */
export const PROMOTED: Record<string, { column: PromotedColumn; rank: number }> =
  Object.fromEntries(
    (
      [
        ['correlation_id', ['correlation_id', 'flock.correlation_id', 'workflow.execution_id']],
        [
          'session_id',
          ['session.id', 'session_id', 'gen_ai.conversation.id', 'langfuse.session.id'],
        ],
        ['workflow', ['workflow.name', 'flujo.pipeline.name', 'gen_ai.workflow.name']],
        ['agent', ['agent.name', 'gen_ai.agent.name', 'agent.id']],
        [
          'model',
          [
            'gen_ai.response.model',
            'gen_ai.request.model',
            'llm.model_name',
            'llm.model',
            'ai.model.id',
            'agent.model',
          ],
        ],
        [
          'input_tokens',
          [
            'gen_ai.usage.input_tokens',
            'gen_ai.usage.prompt_tokens',
            'llm.token_count.prompt',
            'llm.input_tokens',
          ],
        ],
        [
          'output_tokens',
          [
            'gen_ai.usage.output_tokens',
            'gen_ai.usage.completion_tokens',
            'llm.token_count.completion',
            'llm.output_tokens',
          ],
        ],
        [
          'cost',
          [
            'gen_ai.usage.cost',
            'llm.cost.total',
            'llm.cost_usd',
            'cost_usd',
            'flujo.budget.actual_cost_usd',
          ],
        ],
      ] as [PromotedColumn, string[]][]
    ).flatMap(([column, keys]) => keys.map((key, rank) => [key, { column, rank }])),
  );

export type PromotedColumn =
  | 'correlation_id'
  | 'session_id'
  | 'workflow'
  | 'agent'
  | 'model'
  | 'input_tokens'
  | 'output_tokens'
  | 'cost';
