/** The command palette's queries. */
import { sql, type Sql } from '$lib/engine/engine';
import { normalTraceId } from '$lib/model/ids';
import { columns, integer, oneOf, text, textOrEmpty } from '$lib/queries/columns';

/** Rows of `namesQuery`. */
export const NAME_COLUMNS = columns({
  kind: oneOf('service', 'operation'),
  value: text,
  service: textOrEmpty,
  spans: integer,
});
/** Rows of `idQuery`. */
export const ID_COLUMNS = columns({
  trace_id: text,
  span_id: text,
  name: textOrEmpty,
  service: textOrEmpty,
});

/** Names of services and operations, busiest first. */
export function namesQuery(): Sql {
  return sql`(
  SELECT 'service' AS kind, service AS value, '' AS service, count(*) AS spans
  FROM spans
  WHERE service <> ''
  GROUP BY service
  ORDER BY spans DESC
  LIMIT 500
)
UNION ALL
(
  SELECT 'operation' AS kind, operation AS value, min(service) AS service, count(*) AS spans
  FROM spans
  WHERE operation <> ''
  GROUP BY operation
  ORDER BY spans DESC
  LIMIT 2000
)
ORDER BY kind DESC, spans DESC, value`;
}

/**
 * Traces, and spans where the text can be a span's id, whose ids begin so, or are so without their leading zeros; a whole
 * id comes first.
 */
export function idQuery(prefix: string): Sql {
  const whole = normalTraceId(prefix);
  const traces = sql`(
  SELECT trace_id, '' AS span_id, root_name AS name, root_service AS service, span_count AS spans
  FROM traces
  WHERE starts_with(trace_id, ${prefix}) OR trace_id = ${whole}
  ORDER BY length(trace_id), start_time
  LIMIT 6
)`;
  if (prefix.length > 16) return traces;
  return sql`${traces}
UNION ALL
(
  SELECT trace_id, span_id, name, service, 1 AS spans
  FROM spans
  WHERE starts_with(span_id, ${prefix}) OR span_id = ${whole}
  ORDER BY span_no
  LIMIT 4
)`;
}
