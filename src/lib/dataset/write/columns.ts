/**
 * Growing columns that become Arrow data. Strings are dictionary-encoded as they come, because trace data repeat
 * themselves: an index per row, and each distinct string encoded once per batch.
 */
import {
  Bool,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  Map_,
  Struct,
  Utf8,
  Vector,
  makeData,
  type Data,
} from 'apache-arrow';
import type { Attributes } from '$lib/model/span';

const encoder = new TextEncoder();

type Numbers = Int32Array | Float64Array | BigInt64Array;

function grown<T extends Numbers>(array: T, needed: number): T {
  if (needed <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(
    Math.max(needed, array.length * 2),
  );
  larger.set(array as never);
  return larger;
}

/** One bit a row, 1 = there is a value; only made once a null comes. */
class Validity {
  nulls = 0;
  private bits: Uint8Array | null = null;

  markNull(row: number): void {
    if (!this.bits || row >> 3 >= this.bits.length) {
      const larger = new Uint8Array(Math.max(1024, (row >> 3) * 2)).fill(255);
      if (this.bits) larger.set(this.bits);
      this.bits = larger;
    }
    this.bits[row >> 3] &= ~(1 << (row & 7));
    this.nulls++;
  }

  /** The bitmap of `length` rows, or undefined where nothing is null. */
  take(length: number): Uint8Array | undefined {
    const needed = (length + 7) >> 3;
    let bits = this.bits ?? undefined;
    if (bits && bits.length < needed) {
      const larger = new Uint8Array(needed).fill(255);
      larger.set(bits);
      bits = larger;
    }
    this.bits = null;
    return bits?.slice(0, needed);
  }
}

/** UTF-8 data of many strings at once: one call of the encoder where all are ASCII. */
export function utf8Data(strings: string[]): Data<Utf8> {
  const valueOffsets = new Int32Array(strings.length + 1);
  const joined = strings.join('');
  let data = encoder.encode(joined);
  if (data.length === joined.length) {
    for (let i = 0, at = 0; i < strings.length; i++) valueOffsets[i + 1] = at += strings[i].length;
  } else {
    // Halves of a surrogate pair that met in `joined` take two bytes more apart.
    const apart = new Uint8Array(data.length + 2 * strings.length);
    let at = 0;
    for (let i = 0; i < strings.length; i++) {
      at += encoder.encodeInto(strings[i], apart.subarray(at)).written;
      valueOffsets[i + 1] = at;
    }
    data = apart.subarray(0, at);
  }
  return makeData({ type: new Utf8(), length: strings.length, nullCount: 0, valueOffsets, data });
}

/** A column that is reset by `finish`, so that one object serves all batches. */
export interface Column {
  finish(): Data;
}

export class NumberColumn<T extends Numbers> implements Column {
  private values: T;
  private readonly make: new (length: number) => T;
  private readonly validity = new Validity();
  length = 0;

  constructor(make: new (length: number) => T) {
    this.make = make;
    this.values = new make(1024);
  }

  push(value: T[number] | null): void {
    this.values = grown(this.values, this.length + 1);
    if (value === null) this.validity.markNull(this.length);
    else this.values[this.length] = value;
    this.length++;
  }

  finish(): Data {
    const length = this.length;
    const nullCount = this.validity.nulls;
    const nullBitmap = this.validity.take(length);
    const data = this.values.subarray(0, length);
    this.values = new this.make(1024);
    this.validity.nulls = 0;
    this.length = 0;
    const props = { length, nullCount, nullBitmap };
    if (data instanceof Int32Array) return makeData({ type: new Int32(), data, ...props });
    if (data instanceof Float64Array) return makeData({ type: new Float64(), data, ...props });
    return makeData({ type: new Int64(), data: data as BigInt64Array, ...props });
  }
}

/** Strings that hardly repeat, such as span ids. */
export class PlainStringColumn implements Column {
  private strings: string[] = [];
  private readonly validity = new Validity();

  push(value: string | null): void {
    if (value === null) this.validity.markNull(this.strings.length);
    this.strings.push(value ?? '');
  }

  finish(): Data {
    const data = utf8Data(this.strings);
    const nullCount = this.validity.nulls;
    const nullBitmap = this.validity.take(this.strings.length);
    this.strings = [];
    this.validity.nulls = 0;
    return nullBitmap
      ? makeData({
          type: data.type,
          length: data.length,
          nullCount,
          nullBitmap,
          valueOffsets: data.valueOffsets,
          data: data.values,
        })
      : data;
  }
}

/** Slots of the cache in front of a column's words; a power of two. */
const CACHE_SLOTS = 4096;

/** Where to look for a string first: its length and a few of its characters. */
function slotOf(value: string): number {
  const { length } = value;
  if (length === 0) return 0;
  return (
    (length * 31 +
      value.charCodeAt(length - 1) * 131 +
      value.charCodeAt(length >> 1) * 17 +
      value.charCodeAt(length >> 2) * 7) &
    (CACHE_SLOTS - 1)
  );
}

/**
 * Dictionary-encoded strings. A small cache finds those that repeat; one that it has lost becomes a word again, which
 * costs a few bytes and saves a lookup in a large map for each of millions of values. `StringColumn.exact` has each
 * word once.
 */
export class StringColumn implements Column {
  private indices = new Int32Array(1024);
  private words: string[] = [];
  /** By slot, the number of a word. What is left of an earlier batch is told by the word not being equal. */
  private readonly cache = new Int32Array(CACHE_SLOTS);
  private numbers: Map<string, number> | null = null;
  private readonly validity = new Validity();
  length = 0;

  static exact(): StringColumn {
    const column = new StringColumn();
    column.numbers = new Map();
    return column;
  }

  push(value: string | null): void {
    if (value === null) {
      this.validity.markNull(this.length);
      this.put(this.length, 0);
    } else {
      this.put(this.length, this.number(value));
    }
  }

  /** The number of a string in this batch. */
  number(value: string): number {
    const slot = slotOf(value);
    const cached = this.cache[slot];
    if (cached < this.words.length && this.words[cached] === value) return cached;
    let number = this.numbers?.get(value);
    if (number === undefined) {
      number = this.words.length;
      this.words.push(value);
      this.numbers?.set(value, number);
    }
    this.cache[slot] = number;
    return number;
  }

  /** The number of a row's string. */
  numberAt(row: number): number {
    return this.indices[row];
  }

  /** The string of a number in this batch. */
  word(number: number): string {
    return this.words[number];
  }

  put(row: number, number: number): void {
    this.indices = grown(this.indices, row + 1);
    this.indices[row] = number;
    if (row >= this.length) this.length = row + 1;
  }

  finish(): Data {
    const length = this.length;
    if (this.words.length === 0) this.words.push('');
    const dictionary = new Vector([utf8Data(this.words)]);
    const nullCount = this.validity.nulls;
    const nullBitmap = this.validity.take(length);
    const data = this.indices.subarray(0, length);
    this.indices = new Int32Array(1024);
    this.numbers?.clear();
    this.words = [];
    this.validity.nulls = 0;
    this.length = 0;
    const type = new Dictionary(new Utf8(), new Int32());
    return makeData({ type, length, nullCount, nullBitmap, data, dictionary });
  }
}

/** Rows of attributes. A key that comes twice in one row keeps its place and takes the last value: maps have each key once. */
export class MapColumn implements Column {
  private offsets = new Int32Array(1024);
  private rows = 0;
  /** Of all rows' entries. */
  readonly keys = StringColumn.exact();
  readonly values = new StringColumn();
  /** For each key number, where it was last put, to find a key that comes twice. */
  private lastPut = new Int32Array(1024);

  /** Entries of all rows. */
  get entries(): number {
    return this.keys.length;
  }

  push(attributes: Attributes): void {
    const start = this.keys.length;
    for (let i = 0; i + 1 < attributes.length; i += 2) {
      const key = this.keys.number(attributes[i]);
      const value = this.values.number(attributes[i + 1]);
      this.lastPut = grown(this.lastPut, key + 1);
      const last = this.lastPut[key] - 1;
      if (last >= start) {
        this.values.put(last, value);
        continue;
      }
      const at = this.keys.length;
      this.keys.put(at, key);
      this.values.put(at, value);
      this.lastPut[key] = at + 1;
    }
    this.offsets = grown(this.offsets, this.rows + 2);
    this.offsets[++this.rows] = this.keys.length;
  }

  finish(): Data<Map_> {
    const { entries } = this;
    const data = mapData(
      this.rows,
      this.offsets.subarray(0, this.rows + 1),
      entries,
      this.keys.finish(),
      this.values.finish(),
    );
    this.offsets = new Int32Array(1024);
    this.lastPut = new Int32Array(1024);
    this.rows = 0;
    return data;
  }
}

/** Maps that many rows share: each distinct object is written once, and rows point at it. */
export class SharedMapColumn implements Column {
  private indices = new Int32Array(1024);
  private numbers = new Map<object, number>();
  private maps: Attributes[] = [];
  private length = 0;

  push(owner: object, attributes: Attributes): void {
    let number = this.numbers.get(owner);
    if (number === undefined) {
      number = this.maps.length;
      this.numbers.set(owner, number);
      this.maps.push(attributes);
    }
    this.indices = grown(this.indices, this.length + 1);
    this.indices[this.length++] = number;
  }

  finish(): Data {
    const dictionary = plainMapData(this.maps);
    const length = this.length;
    const data = this.indices.subarray(0, length);
    this.indices = new Int32Array(1024);
    this.numbers = new Map();
    this.maps = [];
    this.length = 0;
    return makeData({
      type: new Dictionary(dictionary.type, new Int32()),
      length,
      nullCount: 0,
      data,
      dictionary: new Vector([dictionary]),
    });
  }
}

/** Maps without dictionaries inside, because the engine reads a dictionary within a dictionary wrongly. */
function plainMapData(maps: Attributes[]): Data<Map_> {
  const valueOffsets = new Int32Array(maps.length + 1);
  const keys: string[] = [];
  const values: string[] = [];
  for (let i = 0; i < maps.length; i++) {
    const unique = new Map<string, string>();
    for (let at = 0; at + 1 < maps[i].length; at += 2) unique.set(maps[i][at], maps[i][at + 1]);
    keys.push(...unique.keys());
    values.push(...unique.values());
    valueOffsets[i + 1] = keys.length;
  }
  return mapData(maps.length, valueOffsets, keys.length, utf8Data(keys), utf8Data(values));
}

function mapData(
  length: number,
  valueOffsets: Int32Array,
  entries: number,
  keys: Data,
  values: Data,
): Data<Map_> {
  const struct = new Struct([
    new Field('key', keys.type, false),
    new Field('value', values.type, true),
  ]);
  return makeData({
    type: new Map_(new Field('entries', struct as never, false)),
    length,
    nullCount: 0,
    valueOffsets,
    child: makeData({ type: struct, length: entries, nullCount: 0, children: [keys, values] }),
  }) as Data<Map_>;
}

/** Lists of structs: `next` after the fields of all of a row's elements were pushed. */
export class StructListColumn implements Column {
  private offsets = new Int32Array(1024);
  private rows = 0;
  private elements = 0;

  constructor(private readonly fields: Record<string, Column>) {}

  next(elements: number): void {
    this.elements += elements;
    this.offsets = grown(this.offsets, this.rows + 2);
    this.offsets[++this.rows] = this.elements;
  }

  finish(): Data {
    const children = Object.values(this.fields).map((column) => column.finish());
    const struct = new Struct(
      Object.keys(this.fields).map((name, i) => new Field(name, children[i].type, true)),
    );
    const data = makeData({
      type: new List(new Field('item', struct, true)),
      length: this.rows,
      nullCount: 0,
      valueOffsets: this.offsets.subarray(0, this.rows + 1),
      child: makeData({ type: struct, length: this.elements, nullCount: 0, children }),
    });
    this.offsets = new Int32Array(1024);
    this.rows = 0;
    this.elements = 0;
    return data;
  }
}

/** Booleans, as bytes of 0 and 1 until they are packed. */
export class BoolColumn implements Column {
  private values = new Uint8Array(1024);
  private length = 0;

  push(value: boolean): void {
    if (this.length === this.values.length) {
      const larger = new Uint8Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value ? 1 : 0;
  }

  finish(): Data {
    const data = boolData(this.values.subarray(0, this.length));
    this.length = 0;
    return data;
  }
}

/** Booleans that are already there as bytes of 0 and 1. */
export function boolData(values: Uint8Array): Data<Bool> {
  const data = new Uint8Array((values.length + 7) >> 3);
  for (let i = 0; i < values.length; i++) if (values[i]) data[i >> 3] |= 1 << (i & 7);
  return makeData({ type: new Bool(), length: values.length, nullCount: 0, data });
}
