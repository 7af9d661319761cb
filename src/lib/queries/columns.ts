/**
 * Typed rows of our own queries. A query declares its columns and their types next to its SQL, and its results are read by
 * that declaration, so that no view needs to know how the engine's values arrive.
 */
import type { QueryResult } from '$lib/engine/engine';

/** Reads a value of a column. Throws a TypeError if the engine returned something else. */
export type Read<Value> = (value: unknown, column: string) => Value;

/** VARCHAR that is never NULL. */
export const text: Read<string> = (value, column) =>
  typeof value === 'string' ? value : wrong(value, column, 'a text');

/** VARCHAR; NULL is read as ''. */
export const textOrEmpty: Read<string> = (value, column) =>
  value === null ? '' : text(value, column);

/** Any integer type: counts, numbers of spans, offsets. Throws beyond 2^53, where a number is not exact. */
export const integer: Read<number> = (value, column) => {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number)
    ? number
    : wrong(value, column, 'an exact integer');
};

/** BIGINT and HUGEINT, kept whole: times, sums that may pass 2^53. */
export const bigint: Read<bigint> = (value, column) =>
  typeof value === 'bigint' ? value : wrong(value, column, 'a whole number');

/** DOUBLE. */
export const number: Read<number> = (value, column) =>
  typeof value === 'number' ? value : wrong(value, column, 'a number');

export const flag: Read<boolean> = (value, column) =>
  typeof value === 'boolean' ? value : wrong(value, column, 'true or false');

/** VARCHAR of a few words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Read<Word> {
  return (value, column) =>
    words.find((word) => word === value) ?? wrong(value, column, `one of ${words.join(', ')}`);
}

/** A value of whichever type the query gives, for those who show it. */
export const any: Read<unknown> = (value) => value;

/** A column that may be NULL. */
export function nullable<Value>(read: Read<Value>): Read<Value | null> {
  return (value, column) => (value === null ? null : read(value, column));
}

/** A list of such values. */
export function list<Value>(read: Read<Value>): Read<Value[]> {
  return (value, column) =>
    Array.isArray(value)
      ? value.map((item: unknown) => read(item, column))
      : wrong(value, column, 'a list');
}

/** A STRUCT with these fields; it may have more. */
export function struct<const Spec extends Fields>(spec: Spec): Read<RowOf<Spec>> {
  const entries = Object.entries(spec);
  return (value, column) => {
    if (typeof value !== 'object' || value === null) return wrong(value, column, 'a struct');
    const fields = value as Record<string, unknown>;
    return Object.fromEntries(
      entries.map(([name, read]) => [name, read(fields[name], `${column}.${name}`)]),
    ) as RowOf<Spec>;
  };
}

type Fields = Record<string, Read<unknown>>;

export interface Columns<Row> {
  /** All rows; none while there is no result. */
  rows(result: QueryResult | null): Row[];
  /** The first row; null if there is none. */
  first(result: QueryResult | null): Row | null;
}

type RowOf<Spec> = { [Name in keyof Spec]: Spec[Name] extends Read<infer Value> ? Value : never };

/** Declares the columns that are read from a query; it may have more. */
export function columns<const Spec extends Fields>(spec: Spec): Columns<RowOf<Spec>> {
  const entries = Object.entries(spec);
  const row = (result: QueryResult, at: number) =>
    Object.fromEntries(
      entries.map(([name, read]) => [name, read(result.value(at, name), name)]),
    ) as RowOf<Spec>;
  const check = (result: QueryResult) => {
    const missing = entries.filter(
      ([name]) => !result.columns.some((column) => column.name === name),
    );
    if (missing.length) {
      throw new TypeError(`The query has no column ${missing.map(([name]) => name).join(', ')}.`);
    }
  };
  return {
    rows(result) {
      if (!result) return [];
      check(result);
      return Array.from({ length: result.rowCount }, (_, at) => row(result, at));
    },
    first(result) {
      if (!result) return null;
      check(result);
      return result.rowCount ? row(result, 0) : null;
    },
  };
}

function wrong(value: unknown, column: string, expected: string): never {
  throw new TypeError(`The column ${column} holds ${String(value)}, not ${expected}.`);
}
