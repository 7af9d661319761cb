/** The SQL of the grouped trace list: one row per group, and the traces of one group. */
import { ident, sql, Sql } from '$lib/engine/engine';
import type { Sort } from '$lib/state/link';
import { BINS_A_DECADE, type Grouping, type GroupValues } from './trace-groups';
import { traceListQuery, tracesWith } from './trace-list-query';

/** More groups than this are not listed; the list says so. */
export const GROUP_LIMIT = 200_000;

export const GROUP_SORT_KEYS = [
  'name',
  'traces',
  'spans',
  'errors',
  'rate',
  'p50',
  'p95',
  'max',
  'last',
] as const;
export type GroupSortKey = (typeof GROUP_SORT_KEYS)[number];

export interface GroupSort {
  key: GroupSortKey;
  descending: boolean;
}

export const DEFAULT_GROUP_SORT: GroupSort = { key: 'traces', descending: true };

const ORDER: Record<Exclude<GroupSortKey, 'name'>, string> = {
  traces: 'traces',
  spans: 'spans',
  errors: 'errors',
  rate: 'count(*) FILTER (error_count > 0) / count(*)',
  p50: 'p50_ns',
  p95: 'p95_ns',
  max: 'max_ns',
  last: 'last_start',
};

/**
 * Columns: those of the grouping (NULL: the traces without), traces, failed_traces (with at least one error), spans,
 * errors (spans), p50_ns, p95_ns, min_ns, max_ns (doubles), last_start (epoch ns) and last_ns (its offset from the
 * dataset's start), durations (traces by `durationBin`). Traces without a duration count, and have no part in the others;
 * what no trace of a group has is NULL.
 * @param where as in `traceListQuery`.
 */
export function traceGroupsQuery(
  { columns }: Grouping,
  sort: GroupSort,
  where: Sql | null,
  datasetStartNs: bigint,
): Sql {
  const names = list(columns.map(ident));
  const direction = new Sql(sort.descending ? 'DESC' : 'ASC');
  const byName = list(columns.map((name) => sql`lower(${ident(name)}) ${direction} NULLS LAST`));
  const order =
    sort.key === 'name'
      ? byName
      : sql`${new Sql(ORDER[sort.key])} ${direction} NULLS LAST, ${names}`;
  return sql`SELECT
  ${names},
  count(*) AS traces,
  count(*) FILTER (error_count > 0) AS failed_traces,
  sum(span_count)::BIGINT AS spans,
  sum(error_count)::BIGINT AS errors,
  quantile_cont(end_time - start_time, 0.5)::DOUBLE AS p50_ns,
  quantile_cont(end_time - start_time, 0.95)::DOUBLE AS p95_ns,
  min(end_time - start_time)::DOUBLE AS min_ns,
  max(end_time - start_time)::DOUBLE AS max_ns,
  max(start_time) AS last_start,
  (max(start_time) - ${datasetStartNs})::DOUBLE AS last_ns,
  histogram(floor(${BINS_A_DECADE} * log10(greatest(end_time - start_time, 1)))::INTEGER)
    FILTER (end_time >= start_time) AS durations
FROM traces
${tracesWith(where)}
GROUP BY ${names}
ORDER BY ${order}`;
}

/** The traces of one group, as in the list of all. */
export function groupTracesQuery(
  grouping: Grouping,
  values: GroupValues,
  sort: Sort,
  where: Sql | null,
  datasetStartNs: bigint,
): Sql {
  return traceListQuery(sort, where, datasetStartNs, groupCondition(grouping, values));
}

/** A condition on `traces`. */
export function groupCondition({ columns }: Grouping, values: GroupValues): Sql {
  return columns
    .map((name, i) =>
      values[i] === null ? sql`${ident(name)} IS NULL` : sql`${ident(name)} = ${values[i]}`,
    )
    .reduce((all, one) => sql`${all} AND ${one}`);
}

function list(parts: readonly Sql[]): Sql {
  return parts.reduce((all, one) => sql`${all}, ${one}`);
}

/** `-traces`, `name`: as links have it; the usual order where it makes no sense. */
export function readGroupSort(text: string): GroupSort {
  const descending = text.startsWith('-');
  const key = GROUP_SORT_KEYS.find((known) => known === text.slice(descending ? 1 : 0));
  return key ? { key, descending } : DEFAULT_GROUP_SORT;
}
