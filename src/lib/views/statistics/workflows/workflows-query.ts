/** Runs of workflows: a run is a trace whose first span with a workflow's name has this one. */
import { sql, type Sql } from '$lib/engine/engine';
import type { TableSort } from '$lib/ui/table/data-table';
import { orderOf, textCondition } from '$lib/views/statistics/table-sql';

export interface WorkflowsRequest {
  /** Runs count that have a span for which it holds; null counts all. */
  where: Sql | null;
  sort: TableSort;
  find: string;
}

/**
 * Columns: workflow, runs, failed (runs with an error in them), failed_rate, p50_ns, p95_ns, max_ns (of whole runs), spans,
 * agents, models, input_tokens, output_tokens, cost, cost_per_run (NULL where no span says any), last_start.
 */
export function workflowsQuery({ where, sort, find }: WorkflowsRequest): Sql {
  return sql`WITH runs AS (
  SELECT
    trace_no, workflow, start_time, end_time - start_time AS duration_ns, span_count, error_count,
    input_tokens, output_tokens, cost
  FROM traces
  WHERE workflow IS NOT NULL${
    where
      ? sql`
    AND trace_no IN (
      SELECT trace_no FROM spans
      WHERE ${where}
    )`
      : sql``
  }
),
names AS (
  SELECT
    runs.workflow,
    list_sort(list(DISTINCT spans.agent) FILTER (spans.agent IS NOT NULL)) AS agents,
    list_sort(list(DISTINCT spans.model) FILTER (spans.model IS NOT NULL)) AS models
  FROM spans JOIN runs USING (trace_no)
  WHERE spans.agent IS NOT NULL OR spans.model IS NOT NULL
  GROUP BY runs.workflow
),
figures AS (
  SELECT
    workflow,
    count(*) AS runs,
    count(*) FILTER (error_count > 0) AS failed,
    quantile_cont(duration_ns, [0.5, 0.95]) AS percentiles,
    max(duration_ns) AS max_ns,
    sum(span_count) AS spans,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(cost) AS cost,
    max(start_time) AS last_start
  FROM runs
  GROUP BY workflow
)
SELECT
  workflow,
  runs,
  failed,
  failed / runs AS failed_rate,
  percentiles[1] AS p50_ns,
  percentiles[2] AS p95_ns,
  max_ns,
  spans,
  coalesce(agents, []) AS agents,
  coalesce(models, []) AS models,
  input_tokens,
  output_tokens,
  cost,
  cost / runs AS cost_per_run,
  last_start
FROM figures LEFT JOIN names USING (workflow)${
    find ? sql`\nWHERE ${textCondition(['workflow'], find)}` : sql``
  }
ORDER BY ${orderOf(sort, ['workflow'])}`;
}
