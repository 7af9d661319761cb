import { describe, expect, it } from 'vitest';
import type { QueryResult } from '$lib/engine/engine';
import {
  bigint,
  columns,
  flag,
  integer,
  list,
  nullable,
  number,
  oneOf,
  struct,
  text,
  textOrEmpty,
} from '$lib/queries/columns';

function answer(...rows: Record<string, unknown>[]): QueryResult {
  const names = Object.keys(rows[0] ?? { value: null, spans: null });
  return {
    columns: names.map((name) => ({ name, type: '' })),
    rowCount: rows.length,
    value: (index: number, column: string) => rows[index][column],
  } as unknown as QueryResult;
}

const COLUMNS = columns({ value: text, spans: integer });

describe('columns', () => {
  it('reads rows by their declaration, and no further columns', () => {
    const result = answer({ value: 'a', spans: 3n, more: 1 }, { value: '', spans: 4, more: 2 });
    expect(COLUMNS.rows(result)).toEqual([
      { value: 'a', spans: 3 },
      { value: '', spans: 4 },
    ]);
    expect(COLUMNS.first(result)).toEqual({ value: 'a', spans: 3 });
  });

  it('has no rows while there is no answer', () => {
    expect(COLUMNS.rows(null)).toEqual([]);
    expect(COLUMNS.first(null)).toBeNull();
    expect(COLUMNS.first(answer())).toBeNull();
  });

  it('names a column that the query does not have, also where it has no rows', () => {
    const other = columns({ values: text });
    expect(() => other.rows(answer())).toThrow('The query has no column values.');
  });

  it.each<[string, () => unknown]>([
    ['NULL for a text', () => text(null, 'c')],
    ['a number for a text', () => textOrEmpty(1, 'c')],
    ['an integer that a number can not hold', () => integer(2n ** 53n, 'c')],
    ['a fraction for an integer', () => integer(0.5, 'c')],
    ['an integer for a double', () => number(1n, 'c')],
    ['a double for a whole number', () => bigint(1, 'c')],
    ['NULL for a list', () => list(text)(null, 'c')],
    ['NULL for a struct', () => struct({ id: text })(null, 'c')],
    ['a text for a flag', () => flag('true', 'c')],
    ['a word that is none of them', () => oneOf('a', 'b')('c', 'c')],
  ])('refuses %s', (_, read) => {
    expect(read).toThrow(/^The column c holds /);
  });

  it('reads what is inside of lists and structs', () => {
    const spans = list(struct({ id: text, ns: nullable(bigint) }));
    expect(spans([{ id: 'a', ns: 2n ** 60n, more: 1 }], 'c')).toEqual([{ id: 'a', ns: 2n ** 60n }]);
    expect(spans([], 'c')).toEqual([]);
    expect(() => spans([{ id: 'a', ns: 1 }], 'c')).toThrow('The column c.ns holds 1');
  });

  it('keeps NULL apart from nothing', () => {
    expect(textOrEmpty(null, 'c')).toBe('');
    expect(nullable(integer)(null, 'c')).toBeNull();
    expect(nullable(integer)(0n, 'c')).toBe(0);
  });
});
