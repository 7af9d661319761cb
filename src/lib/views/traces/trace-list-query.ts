/** The SQL of the trace list: one row per trace, sorted and searched by the engine; what the dataset has; traces over time. */
import { sql, type Sql } from '$lib/engine/engine';
import type { Sort, SortKey } from '$lib/state/link';

/** More traces than this are not listed; the list says so. */
export const TRACE_LIMIT = 1_000_000;

const ORDER: Record<SortKey, (direction: Sql) => Sql> = {
  start: (direction) => sql`start_time ${direction} NULLS LAST`,
  duration: (direction) => sql`end_time - start_time ${direction} NULLS LAST`,
  spans: (direction) => sql`span_count ${direction}`,
  errors: (direction) => sql`error_count ${direction}`,
  name: (direction) =>
    sql`lower(root_service) ${direction} NULLS LAST, lower(root_operation) ${direction} NULLS LAST`,
  workflow: (direction) => sql`lower(workflow) ${direction} NULLS LAST`,
  tokens: (direction) =>
    sql`coalesce(input_tokens, output_tokens) + coalesce(output_tokens, 0) ${direction} NULLS LAST`,
  cost: (direction) => sql`cost ${direction} NULLS LAST`,
};

/**
 * Columns: trace_id, root_service, root_operation, workflow, correlation_id, session_id, services, start_time, span_count,
 * error_count, input_tokens, output_tokens, cost, and as doubles start_ns (offset from the dataset's start) and
 * duration_ns. Times are NULL where they are unknown; such traces come last.
 * @param where a condition on `spans`: traces are listed that have a span for which it holds; null lists all.
 * @param which a condition on `traces`; null lists all.
 */
export function traceListQuery(
  sort: Sort,
  where: Sql | null,
  datasetStartNs: bigint,
  which: Sql | null = null,
): Sql {
  const direction = sort.descending ? sql`DESC` : sql`ASC`;
  return sql`SELECT
  trace_id, root_service, root_operation, workflow, correlation_id, session_id, services, start_time,
  (start_time - ${datasetStartNs})::DOUBLE AS start_ns,
  (end_time - start_time)::DOUBLE AS duration_ns,
  span_count, error_count, input_tokens, output_tokens, cost
FROM traces
${tracesWith(where, which)}
ORDER BY ${ORDER[sort.key](direction)}, start_time DESC NULLS LAST, trace_id`;
}

/** The WHERE of a query on `traces`, for the two conditions of `traceListQuery`; nothing where there are none. */
export function tracesWith(where: Sql | null, which: Sql | null = null): Sql {
  const matching = where && sql`trace_no IN (\n  SELECT trace_no FROM spans\n  WHERE ${where}\n)`;
  if (matching && which) return sql`WHERE ${which} AND ${matching}`;
  return (matching ?? which) ? sql`WHERE ${(matching ?? which)!}` : sql``;
}

/**
 * One row about all traces: how many have a workflow, correlation, session, tokens, cost; and when the first and the last of
 * those began that have a time (first_start, last_start, NULL without traces).
 */
export const TRACE_FACTS = sql`SELECT
  count(workflow) AS workflow,
  count(correlation_id) AS correlation,
  count(session_id) AS session,
  count(coalesce(input_tokens, output_tokens)) AS tokens,
  count(cost) AS cost,
  min(start_time) AS first_start,
  max(start_time) AS last_start
FROM traces`;

/**
 * Traces by their start: bucket (from 0, of `stepNs` each, from `startNs` on), traces, failed (with at least one error).
 * Empty buckets have no row.
 * @param where as in `traceListQuery`.
 */
export function traceTimesQuery(startNs: bigint, stepNs: number, where: Sql | null): Sql {
  return sql`SELECT
  ((start_time - ${startNs}) // ${stepNs})::INTEGER AS bucket,
  count(*) AS traces,
  count(*) FILTER (error_count > 0) AS failed
FROM traces
${tracesWith(where, sql`start_time >= ${startNs}`)}
GROUP BY bucket
ORDER BY bucket`;
}
