/**
 * Attributes as numbers, while spans are read: which key and value each has. The rows of a batch are sorted by key, so
 * that numbers of one key lie together and compress to a few bits.
 *
 * The vocabulary is bounded: values are remembered per key as long as they repeat and there is room. One that was
 * forgotten gets a new number, so that the same text may have several; nothing else changes. Keys are bounded too: those
 * beyond are left out, and the spans that have them are marked.
 */
import type { Attributes } from '$lib/model/span';
import type { MapColumn } from './columns/maps';
import {
  ATTRIBUTE_SOURCES,
  MAX_INDEXED_CHARS,
  type AttributeSource,
} from '$lib/dataset/schema/attributes';
import { ROW_GROUP } from '$lib/dataset/schema/table';

/** A key whose values hardly repeat after so many of them is one of ids: they are numbered without being remembered. */
const UNIQUE_AFTER = 32_768;
const UNIQUE_SHARE = 0.9;
const MAX_REMEMBERED_PER_KEY = 131_072;
const MAX_REMEMBERED = 400_000;

/** More keys of one source are not in the index: they are data that was written as keys. */
export const MAX_KEYS = 20_000;

/** Numbers are given to a key in blocks, so that those of its values lie near each other. */
const FIRST_BLOCK = 64;
const LAST_BLOCK = 65_536;

const NONE = -1;

interface Key {
  no: number;
  source: AttributeSource;
  text: string;
  /** Null where its values are not remembered (any more). */
  numbers: Map<string, number> | null;
  uses: number;
  next: number;
  blockEnd: number;
  block: number;
  /** The value that stands for all long ones. */
  long: number;
}

/** Stands for all keys that there is no room for. */
const LEFT_OUT: Readonly<Key> = {
  no: NONE,
  source: 'attributes',
  text: '',
  numbers: null,
  uses: 0,
  next: 0,
  blockEnd: 0,
  block: 0,
  long: NONE,
};

/** What of a span's attributes is not in the index, as bits. */
export const LONG_VALUE = 1;
export const UNINDEXED_KEY = 2;

/** Columns of a table's rows, all of the same length. */
export interface IndexRows {
  values: { valueNo: Int32Array; keyNo: Int32Array; value: (string | null)[] };
  uses: { keyNo: Int32Array; valueNo: Int32Array; spanNo: Int32Array };
  resourceUses: { keyNo: Int32Array; valueNo: Int32Array; resourceNo: Int32Array };
}

/** Rows that grow: what has a value, under which key. */
class Uses {
  length = 0;
  private keyNo = new Int32Array(4096);
  private valueNo = new Int32Array(4096);
  private owner = new Int32Array(4096);

  push(keyNo: number, valueNo: number, owner: number): void {
    if (this.length === this.keyNo.length) {
      this.keyNo = doubled(this.keyNo);
      this.valueNo = doubled(this.valueNo);
      this.owner = doubled(this.owner);
    }
    this.keyNo[this.length] = keyNo;
    this.valueNo[this.length] = valueNo;
    this.owner[this.length++] = owner;
  }

  /** The first rows, by key, those of one key in their order; and forgets them. */
  take(
    rows: number,
    keyCount: number,
  ): { keyNo: Int32Array; valueNo: Int32Array; owner: Int32Array } {
    const order = orderByKey(this.keyNo.subarray(0, rows), keyCount);
    const pick = (from: Int32Array) => {
      const sorted = new Int32Array(rows);
      for (let i = 0; i < rows; i++) sorted[i] = from[order[i]];
      from.copyWithin(0, rows, this.length);
      return sorted;
    };
    const taken = { keyNo: pick(this.keyNo), valueNo: pick(this.valueNo), owner: pick(this.owner) };
    this.length -= rows;
    return taken;
  }
}

/** The entries of one map column, read back as they are pushed. */
export class IndexedEntries {
  /** By the column's number of a key. */
  private readonly keys: Key[] = [];
  // What the words of this batch were last numbered as, so that few values are looked up in a map.
  private keyOfWord = new Int32Array(1024).fill(NONE);
  private numberOfWord = new Int32Array(1024);

  constructor(
    private readonly column: MapColumn,
    private readonly source: AttributeSource,
    private readonly numbers: {
      key(source: AttributeSource, text: string): Key;
      value(key: Key, text: string): number;
      use(key: Key, value: number, spanNo: number): void;
      leaveOut(key: string): void;
    },
  ) {}

  /**
   * Takes the entries that a span has pushed last. Returns what is not in the index: LONG_VALUE, UNINDEXED_KEY, both or 0.
   * @param from the column's count of entries before.
   */
  take(spanNo: number, from: number): number {
    const { keys, values } = this.column;
    let missing = 0;
    for (let at = from; at < keys.length; at++) {
      const keyWord = keys.numberAt(at);
      const key = (this.keys[keyWord] ??= this.numbers.key(this.source, keys.word(keyWord)));
      if (key === LEFT_OUT) {
        missing |= UNINDEXED_KEY;
        this.numbers.leaveOut(keys.word(keyWord));
        continue;
      }
      const word = values.numberAt(at);
      let number = NONE;
      if (this.keyOfWord[word] === key.no) number = this.numberOfWord[word];
      else this.remember(word, key, (number = this.numbers.value(key, values.word(word))));
      if (number === key.long) missing |= LONG_VALUE;
      this.numbers.use(key, number, spanNo);
    }
    return missing;
  }

  /** The column begins a new batch, with words of its own. */
  clear(): void {
    this.keys.length = 0;
    this.keyOfWord.fill(NONE);
  }

  private remember(word: number, key: Key, number: number): void {
    const known = this.keyOfWord.length;
    if (word >= known) {
      this.numberOfWord = doubled(this.numberOfWord);
      this.keyOfWord = doubled(this.keyOfWord).fill(NONE, known);
    }
    this.keyOfWord[word] = key.no;
    this.numberOfWord[word] = number;
  }
}

export class AttributeIndex {
  private readonly keys: Key[] = [];
  private readonly keysOf = new Map(
    ATTRIBUTE_SOURCES.map((source) => [source, new Map<string, Key>()]),
  );
  /** Attributes whose keys there was no room for, and the first such key. */
  leftOut = 0;
  leftOutKey = '';
  private remembered = 0;
  private nextBlock = 0;
  private readonly spanUses = new Uses();
  private readonly resourceUses = new Uses();
  private newNumbers: number[] = [];
  private newKeys: number[] = [];
  private newValues: (string | null)[] = [];
  private readonly entries: IndexedEntries[] = [];

  /** Reads back the entries of a column, which are attributes of this source. */
  entriesOf(source: AttributeSource, column: MapColumn): IndexedEntries {
    const entries = new IndexedEntries(column, source, {
      key: (of, text) => this.key(of, text),
      value: (key, text) => this.valueNumber(key, text, false),
      use: (key, value, spanNo) => {
        key.uses++;
        this.spanUses.push(key.no, value, spanNo);
      },
      leaveOut: (key) => this.leaveOut(key),
    });
    this.entries.push(entries);
    return entries;
  }

  /** Takes the name of a span's event. Returns whether it is too long to be in the index. */
  takeEventName(spanNo: number, name: string): boolean {
    const key = this.key('event names', '');
    const number = this.valueNumber(key, name, false);
    this.spanUses.push(key.no, number, spanNo);
    return number === key.long;
  }

  /** Takes a resource's attributes, however long: resources are few. Returns whether a key of theirs is left out. */
  takeResource(resourceNo: number, attributes: Attributes): boolean {
    const unique = new Map<string, string>();
    for (let i = 0; i + 1 < attributes.length; i += 2) unique.set(attributes[i], attributes[i + 1]);
    let isComplete = true;
    for (const [text, value] of unique) {
      const key = this.key('resource', text);
      if (key === LEFT_OUT) {
        isComplete = false;
        this.leaveOut(text);
      } else this.resourceUses.push(key.no, this.valueNumber(key, value, true), resourceNo);
    }
    return !isComplete;
  }

  /**
   * Ends a batch. Rows come in whole row groups of the engine, each lot sorted by key: a table of half-full ones would be
   * written twice. @param last takes what is left.
   */
  takeBatch(last: boolean): IndexRows {
    for (const entries of this.entries) entries.clear();
    this.forgetUnique();
    const whole = (rows: number) => (last ? rows : rows - (rows % ROW_GROUP));
    const uses = this.spanUses.take(whole(this.spanUses.length), this.keys.length);
    const resources = this.resourceUses.take(whole(this.resourceUses.length), this.keys.length);
    return {
      values: this.takeValues(whole(this.newNumbers.length)),
      uses: { keyNo: uses.keyNo, valueNo: uses.valueNo, spanNo: uses.owner },
      resourceUses: {
        keyNo: resources.keyNo,
        valueNo: resources.valueNo,
        resourceNo: resources.owner,
      },
    };
  }

  /** All keys, in the order of their numbers. */
  allKeys(): readonly { no: number; source: AttributeSource; text: string }[] {
    return this.keys;
  }

  private key(source: AttributeSource, text: string): Key {
    const keys = this.keysOf.get(source)!;
    const known = keys.get(text);
    if (known) return known;
    if (keys.size >= MAX_KEYS) return LEFT_OUT;
    const key: Key = {
      no: this.keys.length,
      source,
      text,
      numbers: new Map(),
      uses: 0,
      next: 0,
      blockEnd: 0,
      block: FIRST_BLOCK,
      long: NONE,
    };
    this.keys.push(key);
    keys.set(text, key);
    return key;
  }

  private leaveOut(key: string): void {
    if (this.leftOut++ === 0) this.leftOutKey = key;
  }

  private valueNumber(key: Key, value: string, isResource: boolean): number {
    if (value.length > MAX_INDEXED_CHARS && !isResource) {
      if (key.long === NONE) key.long = this.newValue(key, null);
      return key.long;
    }
    const known = key.numbers?.get(value);
    if (known !== undefined) return known;
    const number = this.newValue(key, value);
    if (
      key.numbers &&
      key.numbers.size < MAX_REMEMBERED_PER_KEY &&
      this.remembered < MAX_REMEMBERED
    ) {
      key.numbers.set(value, number);
      this.remembered++;
    }
    return number;
  }

  private newValue(key: Key, value: string | null): number {
    if (key.next === key.blockEnd) {
      key.next = this.nextBlock;
      key.blockEnd = this.nextBlock += key.block;
      key.block = Math.min(key.block * 2, LAST_BLOCK);
    }
    this.newNumbers.push(key.next);
    this.newKeys.push(key.no);
    this.newValues.push(value);
    return key.next++;
  }

  private takeValues(rows: number): IndexRows['values'] {
    const keyNo = Int32Array.from(this.newKeys.splice(0, rows));
    const valueNo = this.newNumbers.splice(0, rows);
    const value = this.newValues.splice(0, rows);
    const order = orderByKey(keyNo, this.keys.length);
    return {
      valueNo: order.map((row) => valueNo[row]),
      keyNo: order.map((row) => keyNo[row]),
      value: Array.from(order, (row) => value[row]),
    };
  }

  private forgetUnique(): void {
    for (const key of this.keys) {
      const size = key.numbers?.size ?? 0;
      if (size < UNIQUE_AFTER || size < UNIQUE_SHARE * key.uses) continue;
      key.numbers = null;
      this.remembered -= size;
    }
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Row numbers sorted by key, those of one key in their order (counting sort). */
function orderByKey(keyNo: Int32Array, keyCount: number): Int32Array {
  const next = new Int32Array(keyCount + 1);
  for (const key of keyNo) next[key + 1]++;
  for (let key = 0; key < keyCount; key++) next[key + 1] += next[key];
  const order = new Int32Array(keyNo.length);
  for (let row = 0; row < keyNo.length; row++) order[next[keyNo[row]]++] = row;
  return order;
}
