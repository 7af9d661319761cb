/** The growing columns of one table, made from its declaration. */
import type { Data } from 'apache-arrow';
import type { TableSpec } from '$lib/dataset/schema/table';
import { BatchLimit, encodeRows, type Rows } from './batch';
import type { Column } from './columns/column';
import { BoolColumn, NumberColumn } from './columns/numbers';
import { StringColumn } from './columns/strings';

/** The column that takes values of a type of the engine's. */
interface ColumnOf {
  INTEGER: NumberColumn<Int32Array>;
  BIGINT: NumberColumn<BigInt64Array>;
  DOUBLE: NumberColumn<Float64Array>;
  BOOLEAN: BoolColumn;
  VARCHAR: StringColumn;
}
type PlainType = keyof ColumnOf;

const COLUMN_OF: { [Type in PlainType]: () => ColumnOf[Type] } = {
  INTEGER: () => new NumberColumn(Int32Array),
  BIGINT: () => new NumberColumn(BigInt64Array),
  DOUBLE: () => new NumberColumn(Float64Array),
  BOOLEAN: () => new BoolColumn(),
  VARCHAR: () => new StringColumn(),
};

type TypeOf<Spec extends TableSpec, Name> = Extract<
  Spec['columns'][number],
  readonly [Name, PlainType, string]
>[1];

/**
 * Writes rows of a table. Its owner takes each declared column once, pushes a value to each of them for a row and calls
 * `endRow`; values go to columns directly, because millions of rows come.
 */
export class TableWriter<Spec extends TableSpec> {
  private readonly columns = new Map<string, Column>();
  private readonly limit = new BatchLimit();
  private rows = 0;

  constructor(readonly table: Spec) {}

  /** A column of a plain type, as the table declares it. */
  column<Name extends Spec['columns'][number][0]>(name: Name): ColumnOf[TypeOf<Spec, Name>] {
    const type = this.table.columns.find(([known]) => known === name)?.[1];
    if (!type || !(type in COLUMN_OF)) throw new Error(`${this.table.name}.${name} is not plain`);
    return this.own(name, COLUMN_OF[type as PlainType]() as ColumnOf[TypeOf<Spec, Name>]);
  }

  /** A column of the owner's own making, in the place of a plain one. */
  own<C extends Column>(name: Spec['columns'][number][0], column: C): C {
    this.columns.set(name, column);
    return column;
  }

  /** @param chars how long its texts are, about. @returns whether the batch is full. */
  endRow(chars: number): boolean {
    this.rows++;
    return this.limit.add(chars);
  }

  /** The rows since the last call, null where there are none. All columns begin anew. */
  finish(): Rows | null {
    if (this.rows === 0) return null;
    const data: Record<string, Data> = {};
    for (const [name] of this.table.columns) {
      const column = this.columns.get(name);
      if (!column) throw new Error(`Nothing writes ${this.table.name}.${name}`);
      data[name] = column.finish();
    }
    const rows = encodeRows<TableSpec>(this.table, this.rows, data);
    this.rows = 0;
    this.limit.next();
    return rows;
  }
}
