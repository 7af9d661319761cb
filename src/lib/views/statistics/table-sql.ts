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

/** A column of a table as it stands in a file. */
export interface FileColumn {
  /** Its name in the query. */
  name: string;
  isText: boolean;
}

/**
 * The query of a table's file: these columns of all rows, in their order. Spreadsheets run a cell that begins with
 * `=`, `+`, `-`, `@`, a tab or a carriage return as a formula, and texts come from files of unknown makers: such texts get
 * an apostrophe in front, as OWASP advises. Figures stay figures.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export function fileQuery(query: Sql, columns: readonly FileColumn[]): Sql {
  const parts = columns.map(({ name, isText }) =>
    isText
      ? sql`regexp_replace(${ident(name)}, '^([-=+@\\t\\r])', '''\\1') AS ${ident(name)}`
      : ident(name),
  );
  return sql`SELECT\n  ${joined(parts, ',\n  ')}\nFROM (\n${query}\n)`;
}
