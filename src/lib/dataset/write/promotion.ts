/** Finds the attributes of a span that have a column of their own, and fills these columns. */
import { CONVENTIONS, type Convention } from '$lib/model/conventions';
import { finiteNumber, wholeNumber } from '$lib/model/genai/numbers';
import type { BoolColumn, NumberColumn } from './columns/numbers';
import type { StringColumn } from './columns/strings';

type Value = string | bigint | number | boolean | null;
type PromotedColumn =
  StringColumn | NumberColumn<BigInt64Array> | NumberColumn<Float64Array> | BoolColumn;

/** A value of a type from an attribute's text, null where the text is none. */
const PARSE: Record<Convention['type'], (text: string) => Value> = {
  VARCHAR: (text) => text,
  BIGINT: wholeNumber,
  DOUBLE: finiteNumber,
  BOOLEAN: (text) => (text === 'true' ? true : text === 'false' ? false : null),
};

const KEYS = [...new Set(CONVENTIONS.flatMap(({ keys }) => keys))];
const NUMBER_OF_KEY = new Map(KEYS.map((key, number) => [key, number]));
/** By the number of a key, the conventions that ask for it. */
const ASKED_BY = KEYS.map((key) =>
  CONVENTIONS.flatMap(({ keys }, number) => (keys.includes(key) ? [number] : [])),
);
/** Most keys are told apart from these by their length and last character: 1 where one has both; beyond, undefined. */
const MAY_BE_KEY = new Uint8Array(128 * 128);
const placeOf = (key: string): number => (key.length << 7) | (key.charCodeAt(key.length - 1) & 127);
for (const key of KEYS) MAY_BE_KEY[placeOf(key)] = 1;

type Read = (key: string) => string | undefined;

function readerOf({ type, keys, value }: Convention): (read: Read) => Value {
  if (value) return value;
  const parse = PARSE[type];
  return (read) => {
    for (const key of keys) {
      const text = read(key);
      if (text !== undefined) return parse(text);
    }
    return null;
  };
}

const READERS = CONVENTIONS.map(readerOf);

/** Makes nothing for a span that has none of the keys, which most have not. */
export class Promotion {
  /** By the number of a key, its value on this span. */
  private readonly values = new Array<string | undefined>(KEYS.length).fill(undefined);
  /** Numbers of the keys that this span has. */
  private readonly found = new Uint16Array(KEYS.length);
  private foundCount = 0;
  /** By the number of a convention, whether the span has one of its keys. */
  private readonly isAsked = new Uint8Array(CONVENTIONS.length);
  private readonly read: Read = (key) => this.values[NUMBER_OF_KEY.get(key) ?? -1];
  private readonly columns: readonly { push(value: Value): void; pushNulls(count: number): void }[];
  /** Spans since the last one that had any of the keys. */
  private without = 0;

  /** @param columnOf makes the column of a convention. */
  constructor(columnOf: (name: string) => PromotedColumn) {
    this.columns = CONVENTIONS.map(
      ({ column }) =>
        columnOf(column) as { push(value: Value): void; pushNulls(count: number): void },
    );
  }

  /** Takes one attribute of the span. A key that comes twice has its last value. */
  take(key: string, value: string): void {
    if (!MAY_BE_KEY[placeOf(key)]) return;
    const number = NUMBER_OF_KEY.get(key);
    if (number === undefined) return;
    if (this.values[number] === undefined) {
      this.found[this.foundCount++] = number;
      for (const convention of ASKED_BY[number]) this.isAsked[convention] = 1;
    }
    this.values[number] = value;
  }

  /** Ends the span: each column has its value at the next `flush`, if not now. */
  endSpan(): void {
    const { columns, isAsked } = this;
    if (this.foundCount === 0) {
      this.without++;
      return;
    }
    this.flush();
    for (let i = 0; i < columns.length; i++) {
      columns[i].push(isAsked[i] ? READERS[i](this.read) : null);
      isAsked[i] = 0;
    }
    for (let i = 0; i < this.foundCount; i++) this.values[this.found[i]] = undefined;
    this.foundCount = 0;
  }

  /** To be called before the columns are read. */
  flush(): void {
    if (this.without > 0) for (const column of this.columns) column.pushNulls(this.without);
    this.without = 0;
  }
}
