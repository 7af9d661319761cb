/** Declares the dataset's tables; their SQL and the writer's columns are derived from this. */

/** Rows in one of the engine's row groups, the unit that it compresses and writes. */
export const ROW_GROUP = 122_880;

export type ColumnSpec = readonly [name: string, type: string, comment: string];
export type VirtualSpec = readonly [...ColumnSpec, expression: string];

/**
 * When rows arrive. `rows`: as they are read, to be written in whole row groups. `index`: likewise, but only needed after the
 * dataset is shown. `end`: with the writer's result. `derived`: computed from the others by SQL.
 */
export type TableKind = 'rows' | 'index' | 'end' | 'derived';

export interface TableSpec<Column extends ColumnSpec = ColumnSpec> {
  readonly name: string;
  readonly kind: TableKind;
  /** Columns that arrive with a row, in the order of the table. */
  readonly columns: readonly Column[];
  /** Columns after those that depend on the whole dataset: NULL until then. */
  readonly later?: readonly ColumnSpec[];
  /** Columns that take no space: the engine computes them from the others when they are read. */
  readonly virtual?: readonly VirtualSpec[];
}

/** All columns exist from the start, because virtual ones can't be added later. */
export function createTable({ name, columns, later = [], virtual = [] }: TableSpec): string {
  const stored = [...columns, ...later].map(([column, type]) => `"${column}" ${type}`);
  const computed = virtual.map(
    ([column, type, , value]) => `"${column}" ${type} GENERATED ALWAYS AS (${value}) VIRTUAL`,
  );
  return `CREATE TABLE ${name} (\n  ${[...stored, ...computed].join(',\n  ')}\n)`;
}

export function commentsOn({ name, columns, later = [], virtual = [] }: TableSpec): string[] {
  return [...columns, ...later, ...virtual].map(
    ([column, , comment]) =>
      `COMMENT ON COLUMN ${name}."${column}" IS '${comment.replaceAll("'", "''")}'`,
  );
}
