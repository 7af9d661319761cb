/** The SQL of the trace list: one row per trace, sorted and searched by the engine. */
import { sql, type Sql } from '$lib/engine/engine';
import type { Sort, SortKey } from '$lib/state/url';

/** More traces than this are not listed; the list says so. */
export const TRACE_LIMIT = 1_000_000;

const ORDER: Record<SortKey, (direction: Sql) => Sql> = {
  start: (direction) => sql`start_time ${direction}`,
  duration: (direction) => sql`end_time - start_time ${direction}`,
  spans: (direction) => sql`span_count ${direction}`,
  errors: (direction) => sql`error_count ${direction}`,
  name: (direction) =>
    sql`lower(root_service) ${direction} NULLS LAST, lower(root_operation) ${direction} NULLS LAST`,
};

/**
 * Columns: trace_id, root_service, root_operation, workflow, services, start_time, span_count, error_count, and as doubles
 * start_ns (offset from the dataset's start) and duration_ns.
 * @param where a condition on `spans`: traces are listed that have a span for which it holds; null lists all.
 */
export function traceListQuery(sort: Sort, where: Sql | null, datasetStartNs: bigint): Sql {
  const direction = sort.descending ? sql`DESC` : sql`ASC`;
  return sql`SELECT
  trace_id, root_service, root_operation, workflow, services, start_time,
  (start_time - ${datasetStartNs})::DOUBLE AS start_ns,
  (end_time - start_time)::DOUBLE AS duration_ns,
  span_count, error_count
FROM traces
${where ? sql`WHERE trace_id IN (\n  SELECT trace_id FROM spans\n  WHERE ${where}\n)` : sql``}
ORDER BY ${ORDER[sort.key](direction)}, start_time DESC, trace_id`;
}
