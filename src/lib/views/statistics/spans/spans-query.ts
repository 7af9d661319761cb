/**
 * The SQL of the table of all spans. The order of the rows is queried once, as span numbers; what is on screen is then
 * fetched a page at a time by these numbers, so that a million spans cost no more than the visible ones.
 */
import { ident, sql, type Sql } from '$lib/engine/engine';
import type { TableSort } from '$lib/ui/table/data-table';
import { joined } from '$lib/views/statistics/table-sql';

/** A column as the query has it: an expression on `spans` and its name in the result. */
export interface SpanColumnSql {
  id: string;
  sql: Sql;
  /** What has to be joined to `spans` for it. */
  join?: Sql;
}

export interface SpansRequest {
  columns: readonly SpanColumnSql[];
  where: Sql;
  sort: TableSort;
  /** Rows are kept that hold this text, in any case, in a name, an id, an error or an attribute shown; '' keeps all. */
  find: string;
}

/** The numbers of the spans in the order of the table, one column `span_no`. */
export function orderQuery(request: SpansRequest): Sql {
  return sql`SELECT span_no
FROM spans${joinsOf(used(request))}
WHERE ${conditionOf(request)}
ORDER BY ${orderOf(request)}`;
}

/** The rows of some spans, in no order: `span_no` and the columns. */
export function pageQuery(columns: readonly SpanColumnSql[], spanNos: readonly number[]): Sql {
  // A join rather than IN, so that the engine reads only the blocks with these rows.
  return sql`SELECT
  span_no,
  ${listOf(columns)}
FROM (SELECT unnest(${spanNos})::INTEGER AS span_no) AS wanted
JOIN spans USING (span_no)${joinsOf(columns)}`;
}

/** The whole table as one query: to be shown, and for its file. */
export function spansQuery(request: SpansRequest): Sql {
  return sql`SELECT
  ${listOf(request.columns)}
FROM spans${joinsOf(request.columns)}
WHERE ${conditionOf(request)}
ORDER BY ${orderOf(request)}`;
}

/** The longest duration in the table, for the bars: `longest_ns`. */
export function longestQuery(where: Sql): Sql {
  return sql`SELECT max(end_time - start_time) AS longest_ns
FROM spans
WHERE ${where}`;
}

function listOf(columns: readonly SpanColumnSql[]): Sql {
  return joined(
    columns.map(({ id, sql: expression }) =>
      expression.text === id ? expression : sql`${expression} AS ${ident(id)}`,
    ),
    ',\n  ',
  );
}

function orderOf({ columns, sort }: SpansRequest): Sql {
  const expression = columns.find(({ id }) => id === sort.column)?.sql;
  const direction = sort.descending ? sql`DESC NULLS LAST` : sql`ASC NULLS LAST`;
  return expression ? sql`${expression} ${direction}, span_no` : sql`span_no`;
}

function joinsOf(columns: readonly SpanColumnSql[]): Sql {
  return columns.reduce((all, { join }) => (join ? sql`${all}${join}` : all), sql``);
}

/** Columns that the order or the condition needs, whichever are shown. */
function used({ columns, sort, find }: SpansRequest): SpanColumnSql[] {
  return columns.filter(({ id }) => id === sort.column || (find && id.startsWith('@')));
}

function conditionOf({ columns, where, find }: SpansRequest): Sql {
  if (!find) return where;
  const text = find.replaceAll('\0', '');
  const holds = [
    // There are few operations, with many spans each.
    sql`operation_no IN (
      SELECT operation_no FROM operations
      WHERE contains(lower(concat_ws(' ', service, operation, name)), lower(${text}))
    )`,
    ...['status_description', ...(isPartOfId(text) ? ['trace_id', 'span_id'] : [])].map((name) =>
      contains(ident(name), text),
    ),
    ...columns.filter(({ id }) => id.startsWith('@')).map((column) => contains(column.sql, text)),
  ];
  return sql`${where}
  AND (${joined(holds, '\n    OR ')})`;
}

function contains(expression: Sql, text: string): Sql {
  return sql`contains(lower(${expression}), lower(${text}))`;
}

/** Ids are hexadecimal; fewer digits are in too many of them to mean one. */
function isPartOfId(text: string): boolean {
  return /^[0-9a-f]{4,}$/i.test(text);
}
