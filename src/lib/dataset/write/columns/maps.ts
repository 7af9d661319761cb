/** Growing columns of attributes. */
import { Dictionary, Field, Int32, Map_, Struct, Vector, makeData, type Data } from 'apache-arrow';
import type { Attributes } from '$lib/model/span';
import { mix } from '$lib/dataset/write/content-hash';
import { grown, type Column } from './column';
import { StringColumn, utf8Data } from './strings';

/** Rows of attributes. A key that comes twice in one row keeps its place and takes the last value: maps have each key once. */
export class MapColumn implements Column {
  private offsets = new Int32Array(1024);
  private rows = 0;
  /** Of all rows' entries. */
  readonly keys = StringColumn.exact();
  readonly values = new StringColumn();
  /** For each key number, where it was last put, to find a key that comes twice. */
  private lastPut = new Int32Array(1024);

  /** Values so far that a later one of the same key and row took the place of, and the first such key. */
  replaced = 0;
  replacedKey: string | null = null;

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
        if (this.values.word(this.values.numberAt(last)) !== attributes[i + 1]) {
          this.replaced++;
          this.replacedKey ??= attributes[i];
        }
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

  /** A hash of the last row's entries. */
  hashLast(): number {
    let hash = 0;
    for (let at = this.offsets[this.rows - 1]; at < this.keys.length; at++)
      hash = mix(mix(hash, this.keys.hashAt(at)), this.values.hashAt(at));
    return hash;
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
