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
 * Columns: trace_id, root_service, root_operation, workflow, services, and as doubles start_ns (offset from the dataset's
 * start), duration_ns, span_count, error_count.
 * @param search '' lists all traces; see `matchingTraces`.
 */
export function traceListQuery(sort: Sort, search: string, datasetStartNs: bigint): Sql {
  const needle = search.trim();
  const direction = sort.descending ? sql`DESC` : sql`ASC`;
  return sql`SELECT
  trace_id, root_service, root_operation, workflow, services,
  (start_time - ${datasetStartNs})::DOUBLE AS start_ns,
  (end_time - start_time)::DOUBLE AS duration_ns,
  span_count, error_count
FROM traces
${needle ? sql`WHERE trace_id IN (${matchingTraces(needle)})` : sql``}
ORDER BY ${ORDER[sort.key](direction)}, start_time DESC, trace_id`;
}

/**
 * Traces with a span that holds the text, in any case: in its ids, name, service, status, the keys and values of its
 * attributes, resource and events. `key=value` also matches an attribute of exactly that key and value.
 */
function matchingTraces(needle: string): Sql {
  // A literal can't hold the NUL character, and no text that the engine stores holds it either.
  const text = needle.replaceAll('\0', '');
  // One text of each span: a single scan of it is quicker than one of each part.
  return sql`SELECT DISTINCT trace_id FROM spans
  WHERE contains(
    lower(concat_ws(chr(10),
      trace_id, span_id, name, service, status_code, status_description,
      array_to_string(map_keys(attributes), chr(10)), array_to_string(map_values(attributes), chr(10)),
      array_to_string(map_keys(resource), chr(10)), array_to_string(map_values(resource), chr(10)),
      CASE WHEN len(events) > 0 THEN array_to_string(list_transform(events, lambda e: concat_ws(chr(10),
        e.name, array_to_string(map_keys(e.attributes), chr(10)), array_to_string(map_values(e.attributes), chr(10)))), chr(10)) END
    )),
    lower(${text})
  )${keyAndValue(text)}`;
}

function keyAndValue(text: string): Sql {
  const match = /^([^\s=]+)\s*=\s*(.*)$/s.exec(text);
  if (!match) return sql``;
  const [, key, value] = match;
  return sql`
  OR lower(attributes[${key}]) = lower(${value})
  OR lower(resource[${key}]) = lower(${value})`;
}
