/**
 * The figures of groups of spans: one row per service and operation, per service, or one of these and a further key.
 * Columns beside the keys: calls, errors, error_rate, total_ns, self_ns, self_share, mean_ns, p50_ns … p99_ns, max_ns.
 * Percentiles are exact: DuckDB's `quantile_cont` interpolates between the two nearest lengths. All spans are calls; those
 * whose duration is unknown are left out of times, which are NULL if no span of a group has one.
 */
import { ident, sql, type Sql } from '$lib/engine/engine';
import type { TableSort } from '$lib/ui/table/data-table';
import { keyValue, spanKeyText, type SpanKey } from '$lib/views/statistics/spans/span-key';
import { joined, orderOf, textCondition } from '$lib/views/statistics/table-sql';

/** What a table groups by: columns of `spans`, and a key of the visitor's choice. */
export interface Grouping {
  fields: readonly ('service' | 'operation')[];
  by: SpanKey | null;
}

/** Name of the column that holds the further key's value. */
export const BY_COLUMN = 'by_value';

/** Bars of the histograms: four to a power of ten, `10 ** (bin / 4)` nanoseconds and longer. */
export const BINS_PER_DECADE = 4;

export interface FiguresRequest {
  grouping: Grouping;
  /** Texts of the keys that are read from the spans: `rowKeysOf`. */
  rowKeys: ReadonlySet<string>;
  where: Sql;
  sort: TableSort;
  /** Rows are kept whose keys hold this text, in any case; '' keeps all. */
  find: string;
}

export function figuresQuery(request: FiguresRequest): Sql {
  const { grouping, where, sort, find } = request;
  const names = keyNames(grouping);
  const keys = keyExpressions(request, '  ');
  const counts = grouping.fields.includes('operation')
    ? sql``
    : sql`
    count(DISTINCT trace_no) AS traces,
    count(DISTINCT operation_no) AS operations,`;
  return sql`WITH figures AS (
  SELECT
    ${keys.list},
    count(*) AS calls,${counts}
    count(*) FILTER (status_code = 'ERROR') AS errors,
    sum(end_time - start_time) AS total_ns,
    sum(self_time_ns) AS self_ns,
    avg(end_time - start_time) AS mean_ns,
    quantile_cont(end_time - start_time, [0.5, 0.9, 0.95, 0.99]) AS percentiles,
    max(end_time - start_time) AS max_ns
  FROM spans${keys.join}
  WHERE ${where}
  GROUP BY ALL
)
SELECT
  * EXCLUDE (percentiles),
  errors / calls AS error_rate,
  self_ns / nullif(sum(self_ns) OVER (), 0) AS self_share,
  percentiles[1] AS p50_ns,
  percentiles[2] AS p90_ns,
  percentiles[3] AS p95_ns,
  percentiles[4] AS p99_ns
FROM figures${find ? sql`\nQUALIFY ${textCondition(names, find)}` : sql``}
ORDER BY ${orderOf(sort, names)}`;
}

/** How the lengths of each group are spread: the keys, bin, and count. */
export function spreadQuery(request: Pick<FiguresRequest, 'grouping' | 'rowKeys' | 'where'>): Sql {
  const keys = keyExpressions(request);
  return sql`SELECT
  ${keys.list},
  floor(${BINS_PER_DECADE} * log10(greatest(end_time - start_time, 1)))::INTEGER AS bin,
  count(*)::INTEGER AS spans
FROM spans${keys.join}
WHERE ${request.where} AND end_time >= start_time
GROUP BY ALL`;
}

/** Names of the columns that identify the groups. */
export function keyNames({ fields, by }: Grouping): string[] {
  return by ? [...fields, BY_COLUMN] : [...fields];
}

function keyExpressions(
  { grouping: { fields, by }, rowKeys }: Pick<FiguresRequest, 'grouping' | 'rowKeys'>,
  indent = '',
): { list: Sql; join: Sql } {
  const own = fields.map((field) => ident(field));
  if (!by) return { list: joined(own, ', '), join: sql`` };
  const value = keyValue(by, 'chosen', rowKeys.has(spanKeyText(by)), indent);
  return {
    list: joined([...own, sql`${value.sql} AS ${ident(BY_COLUMN)}`], ', '),
    join: value.join,
  };
}
