/**
 * Growing columns of strings. Most are dictionary-encoded as they come, because trace data repeat themselves: an index per
 * row, and each distinct string encoded once per batch.
 */
import { Dictionary, Int32, Utf8, Vector, makeData, type Data } from 'apache-arrow';
import { hashText } from '$lib/dataset/write/content-hash';
import { Validity, grown, type Column } from './column';

const encoder = new TextEncoder();

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
  /** Hashes of words, 0 where none was asked for. */
  private hashes = new Int32Array(1024);
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

  pushNulls(count: number): void {
    const { length } = this;
    this.validity.markNulls(length, count);
    this.indices = grown(this.indices, length + count);
    this.length += count;
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

  /** The hash of a row's string, as `hashText` has it. */
  hashAt(row: number): number {
    const number = this.indices[row];
    return this.hashes[number] || this.hashWord(number);
  }

  private hashWord(number: number): number {
    this.hashes = grown(this.hashes, number + 1);
    return (this.hashes[number] = hashText(this.words[number]));
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
    this.hashes.fill(0, 0, this.words.length);
    this.words = [];
    this.validity.nulls = 0;
    this.length = 0;
    const type = new Dictionary(new Utf8(), new Int32());
    return makeData({ type, length, nullCount, nullBitmap, data, dictionary });
  }
}
