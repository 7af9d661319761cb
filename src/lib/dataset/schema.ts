/**
 * The one contract of a dataset: a DuckDB file with these tables, view-free, in its `main` schema. `spans` keeps the
 * column names of Flock's exporter, so that SQL which people already have runs unchanged; the rest stands beside them.
 */

/** Raised when a dataset of before can no longer be read as one of today. */
export const SCHEMA_VERSION = 1;

/** Columns that are filled while reading, in the order of the Arrow batches. */
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
  ['duration_ms', 'DOUBLE', 'Milliseconds'],
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
] as const;

/** Columns that need the whole dataset: computed in `lineage.ts`, added when all spans are in. */
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
] as const;

const columnList = (columns: readonly (readonly [string, string, string])[]) =>
  columns.map(([name, type]) => `"${name}" ${type}`).join(',\n  ');

export const CREATE_SPANS = `CREATE TABLE spans (\n  ${columnList(SPAN_COLUMNS)}\n)`;

/** `lineage` is the table of LINEAGE_COLUMNS that the writer made; an update of fixed-size columns rewrites only them. */
export function addLineage(lineage: string): string[] {
  const assignments = LINEAGE_COLUMNS.map(([name]) => `"${name}" = l."${name}"`).join(', ');
  return [
    ...LINEAGE_COLUMNS.map(([name, type]) => `ALTER TABLE spans ADD COLUMN "${name}" ${type}`),
    'ALTER TABLE spans ADD COLUMN self_time_ms DOUBLE',
    `UPDATE spans SET ${assignments}, self_time_ms = l.self_time_ns / 1e6 FROM ${lineage} l WHERE spans.span_no = l.span_no`,
  ];
}

/** One row per trace. The root is the earliest root, else the earliest orphan or span whose cycle was cut. */
export const CREATE_TRACES = `CREATE TABLE traces AS
WITH grouped AS (
  SELECT
    trace_id,
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
  GROUP BY trace_id
)
SELECT
  grouped.trace_id, root.service AS root_service, root.operation AS root_operation, root.name AS root_name,
  grouped.* EXCLUDE (trace_id)
FROM grouped JOIN spans AS root ON root.span_no = grouped.root_span_no
ORDER BY grouped.start_time, root_span_no`;

export const CREATE_META = [
  `CREATE TABLE diagnostics (code VARCHAR, "count" BIGINT, example VARCHAR)`,
  `CREATE TABLE dataset (
    schema_version INTEGER, "name" VARCHAR, sources VARCHAR[], format VARCHAR, created_at TIMESTAMP,
    spans BIGINT, traces BIGINT, services BIGINT, errors BIGINT, start_time BIGINT, end_time BIGINT
  )`,
];

/** JSON spellings for the maps, so that SQL written for Flock's JSON columns runs: the engine has no JSON type here. */
export const CREATE_MACROS = [
  `CREATE MACRO "->>"(m, k) AS m[k]`,
  `CREATE MACRO json_extract(m, p) AS m[regexp_replace(p, '^\\$\\.?"?|"?$', '', 'g')]`,
  `CREATE MACRO json_extract_string(m, p) AS m[regexp_replace(p, '^\\$\\.?"?|"?$', '', 'g')]`,
];

export const COMMENTS = [...SPAN_COLUMNS, ...LINEAGE_COLUMNS].map(
  ([name, , comment]) => `COMMENT ON COLUMN spans."${name}" IS '${comment.replaceAll("'", "''")}'`,
);

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
