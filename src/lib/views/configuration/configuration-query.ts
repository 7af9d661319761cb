/** The SQL of the Configuration view: what the form can be filled with, and where the oddities of the data are. */
import { sql, type Sql } from '$lib/engine/engine';
import type { DiagnosticCode } from '$lib/model/diagnostics';
import { SKEW_TOLERANCE_NS } from '$lib/model/span';
import { columns, integer, list, text, textOrEmpty } from '$lib/queries/columns';

/** Rows of the queries of services, names and kinds. */
export const CHOICE_COLUMNS = columns({ value: textOrEmpty, spans: integer });

/** Columns: value, spans; most frequent first. */
export function servicesQuery(): Sql {
  return sql`SELECT service AS value, count(*) AS spans
FROM spans
GROUP BY service
ORDER BY spans DESC, value`;
}

/** Full span names, as Flock's list of ignored operations has them. Columns: value, spans. */
export function namesQuery(): Sql {
  return sql`SELECT name AS value, count(*) AS spans
FROM spans
GROUP BY name
ORDER BY spans DESC, value`;
}

/** Columns: value, spans. */
export function kindsQuery(): Sql {
  return sql`SELECT kind AS value, count(*) AS spans
FROM spans
GROUP BY kind
ORDER BY spans DESC, value`;
}

/** The row of `datasetQuery`. */
export const DATASET_COLUMNS = columns({ sources: list(text), created_at: text });

/** One row: sources, created_at (text), schema_version. */
export function datasetQuery(): Sql {
  return sql`SELECT sources, created_at::VARCHAR AS created_at, schema_version
FROM dataset`;
}

/** Rows of `oddSpansQuery`. */
export const ODD_SPAN_COLUMNS = columns({
  trace_id: text,
  span_id: textOrEmpty,
  name: textOrEmpty,
  service: textOrEmpty,
});

/** Spans that a kind of oddity is about, where the dataset itself can tell. Columns: trace_id, span_id, name, service, start_time. */
export function oddSpansQuery(code: DiagnosticCode): Sql | null {
  const where = ODD[code];
  if (where) {
    return sql`SELECT trace_id, span_id, name, service, start_time
FROM spans
WHERE ${where}
ORDER BY span_no`;
  }
  switch (code) {
    case 'clock-skew':
      // As it was counted while reading: a microsecond is forgiven, and a consumer may begin after its producer.
      return sql`SELECT child.trace_id, child.span_id, child.name, child.service, child.start_time,
  parent.service AS parent_service,
  child.start_time - parent.start_time AS after_parent_start_ns,
  child.start_time - parent.end_time AS after_parent_end_ns
FROM spans AS child
JOIN spans AS parent ON parent.span_no = child.parent_no
WHERE child.service <> parent.service
  AND (child.start_time < parent.start_time - ${SKEW_TOLERANCE_NS}
    OR (child.kind <> 'CONSUMER' AND child.start_time > parent.end_time + ${SKEW_TOLERANCE_NS}))
ORDER BY child.span_no`;
    case 'several-roots':
      return sql`SELECT spans.trace_id, spans.span_id, spans.name, spans.service, spans.start_time
FROM spans
JOIN traces USING (trace_no)
WHERE spans.is_root AND traces.root_count > 1
ORDER BY traces.start_time, spans.trace_id, spans.start_time`;
    case 'duplicate-id':
      return sql`SELECT trace_id, span_id, name, service, start_time
FROM spans
QUALIFY count(*) OVER (PARTITION BY trace_id, span_id) > 1
ORDER BY trace_id, span_id, start_time`;
    default:
      return null;
  }
}

const ODD: Partial<Record<DiagnosticCode, Sql>> = {
  orphan: sql`is_orphan`,
  unfinished: sql`is_unfinished`,
  'unknown-start': sql`start_time IS NULL`,
  'unknown-duration': sql`start_time IS NOT NULL AND end_time IS NULL AND NOT is_unfinished
  AND span_no NOT IN (SELECT span_no FROM refused_times WHERE end_time < spans.start_time)`,
  'negative-duration': sql`span_no IN (SELECT span_no FROM refused_times WHERE end_time < spans.start_time)`,
  // The cut turned it into a root that still has a parent's id.
  cycle: sql`parent_no IS NULL AND NOT is_root AND NOT is_orphan`,
};
