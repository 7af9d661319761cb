/** `traces`: computed by SQL once all spans are in. */
import { CONVENTIONS, type Convention } from '$lib/model/conventions';

/** The expression for a promoted column of a trace; null if traces do not have it. */
function aggregateOf(convention: Convention): string | null {
  const { column, type } = convention;
  switch (convention.onTraces) {
    case 'first':
      return `arg_min(${column}, span_no) FILTER (${column} IS NOT NULL) AS ${column}`;
    case 'sum': {
      const counted = convention.sumsWhere ? ` FILTER (${convention.sumsWhere})` : '';
      return `sum(${column})${counted}${type === 'BIGINT' ? '::BIGINT' : ''} AS ${column}`;
    }
    case 'none':
      return null;
  }
}

const PROMOTED = CONVENTIONS.map(aggregateOf).filter((aggregate) => aggregate !== null);

/**
 * One row per trace. The root is the earliest root, or else the earliest orphan or span whose cycle was cut; those without a
 * start come last. Times come from the spans that have them: a trace begins with its first start, and ends with its last end,
 * or later if a span that never ended began after that.
 */
export const CREATE_TRACES = `CREATE TABLE traces AS
WITH grouped AS (
  SELECT
    trace_no,
    coalesce(
      arg_min(span_no, start_time) FILTER (is_root),
      min(span_no) FILTER (is_root),
      arg_min(span_no, start_time) FILTER (parent_no IS NULL),
      min(span_no) FILTER (parent_no IS NULL)
    ) AS root_span_no,
    min(start_time) AS start_time,
    CASE WHEN count(end_time) > 0 THEN greatest(max(end_time), max(start_time)) END AS end_time,
    CASE WHEN count(end_time) > 0 THEN (greatest(max(end_time), max(start_time)) - min(start_time)) / 1e6
      END AS duration_ms,
    count(*)::INTEGER AS span_count,
    count(*) FILTER (status_code = 'ERROR')::INTEGER AS error_count,
    count(DISTINCT service) FILTER (service <> '')::INTEGER AS service_count,
    list_sort(coalesce(list(DISTINCT service) FILTER (service <> ''), [])) AS services,
    max(depth)::INTEGER + 1 AS depth,
    count(*) FILTER (is_root)::INTEGER AS root_count,
    count(*) FILTER (is_orphan)::INTEGER AS orphan_count,
    ${PROMOTED.join(',\n    ')}
  FROM spans
  GROUP BY trace_no
)
SELECT
  root.trace_id, root.service AS root_service, root.operation AS root_operation, root.name AS root_name,
  grouped.* EXCLUDE (trace_no), grouped.trace_no
FROM grouped JOIN spans AS root ON root.span_no = grouped.root_span_no
ORDER BY grouped.start_time NULLS LAST, root_span_no`;
