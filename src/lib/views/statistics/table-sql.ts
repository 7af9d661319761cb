/** Pieces of SQL that all tables of the view share. */
import { Sql, ident, sql } from '$lib/engine/engine';
import type { TableSort } from '$lib/ui/table/data-table';

export function joined(parts: readonly Sql[], separator: string): Sql {
  return parts.reduce((all, one) => sql`${all}${new Sql(separator)}${one}`);
}

/** What follows ORDER BY: the sorted column, then the keys, so that equal rows have one order. */
export function orderOf({ column, descending }: TableSort, keys: readonly string[]): Sql {
  const rest = keys.filter((key) => key !== column).map((key) => ident(key));
  const direction = descending ? sql`DESC NULLS LAST` : sql`ASC NULLS LAST`;
  return joined([sql`${ident(column)} ${direction}`, ...rest], ', ');
}

/** A condition on text columns: one of them holds the text, in any case. */
export function textCondition(columns: readonly string[], text: string): Sql {
  const all = joined(
    columns.map((name) => ident(name)),
    ', ',
  );
  return sql`contains(lower(concat_ws(' ', ${all})), lower(${text.replaceAll('\0', '')}))`;
}

/** The query of a table's file: these columns of all rows, in their order. */
export function fileQuery(query: Sql, columns: readonly string[]): Sql {
  const names = columns.map((name) => ident(name));
  return sql`SELECT\n  ${joined(names, ',\n  ')}\nFROM (\n${query}\n)`;
}
