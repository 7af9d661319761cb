/**
 * Arrow's columns as plain data, for every type that the engine sends, at every depth. Read from Arrow's buffers: its own
 * JavaScript rounds times, gives decimals without their point, and cuts intervals short. The engine's names of the types
 * are needed too: inside a MAP its schema does not say what 16 bytes are, and the values of ENUMs are not sent at all.
 *
 * NULL is null. Integers of up to 32 bits, floats and decimals of up to 15 digits are numbers; 64 bits and more are BigInt.
 * Dates, times, intervals, bits, UUIDs and longer decimals are text as DuckDB writes it. BLOBs are Uint8Array. Lists and
 * structs without names are arrays; structs and maps are objects, where a key that is no text is written as text. Of a
 * union there is the member's value.
 * Layouts: https://arrow.apache.org/docs/format/Columnar.html, and the engine's own ones as said below.
 */
import type { Data, Field, Type } from 'apache-arrow';
import { valueText } from '$lib/model/table-text';
import { typeOfField, type DuckDbType } from './duckdb-type';
import { dateText, epochText, intervalText, timeText, zonedTimeText } from './time-values';

/** One value of a column, by its place in the batch. */
export type Reader = (index: number) => unknown;

/** A part of a column, or of what is inside one. */
interface Part {
  type: DuckDbType;
  field: Field;
  data: Data;
}

/** @param type of the column, as the engine describes it. */
export function readerOf(type: DuckDbType, field: Field, data: Data): Reader {
  // An unknown name is an alias; Arrow has the underlying type.
  const known = type.name in READERS ? type : typeOfField(field);
  const make = READERS[known.name] ?? bytesReader;
  const read = make({ type: known, field, data });
  // A union has no validity bitmap; its members do.
  if (known.name === 'UNION' || data.nullCount === 0) return read;
  return (index) => (data.getValid(index) ? read(index) : null);
}

const plainReader = ({ data: { values } }: Part): Reader => {
  return (i) => values[i] as number | bigint;
};

const epochReader =
  (digits: number, zone = '') =>
  ({ data: { values } }: Part): Reader =>
  (i) =>
    epochText((values as BigInt64Array)[i], digits, zone);

const timeReader =
  (digits: number) =>
  ({ data: { values } }: Part): Reader =>
  (i) =>
    timeText((values as BigInt64Array)[i], digits);

/** Values of 16 bytes, or of 8. */
const wideReader =
  (width: number, decode: (view: DataView, at: number) => unknown) =>
  ({ data }: Part): Reader => {
    const view = viewOf(data.values as Uint8Array);
    return (i) => decode(view, i * width);
  };

const binaryReader =
  (decode: (bytes: Uint8Array) => unknown) =>
  ({ data: { values, valueOffsets } }: Part): Reader =>
  (i) =>
    decode((values as Uint8Array).slice(valueOffsets[i], valueOffsets[i + 1]));

/** For types that the engine may add one day: their bytes, or Arrow's own value. */
function bytesReader({ data }: Part): Reader {
  const { values, valueOffsets } = data;
  if (values instanceof Uint8Array && valueOffsets?.length) {
    return (i) => values.slice(valueOffsets[i], valueOffsets[i + 1]);
  }
  return (i) => (values as ArrayLike<unknown>)[i] ?? null;
}

const READERS: Record<string, (part: Part) => Reader> = {
  BOOLEAN:
    ({ data: { values } }) =>
    (i) =>
      values[i] !== 0,
  TINYINT: plainReader,
  SMALLINT: plainReader,
  INTEGER: plainReader,
  BIGINT: plainReader,
  UTINYINT: plainReader,
  USMALLINT: plainReader,
  UINTEGER: plainReader,
  UBIGINT: plainReader,
  HUGEINT: wideReader(16, (view, at) => (view.getBigInt64(at + 8, true) << 64n) | low64(view, at)),
  UHUGEINT: wideReader(
    16,
    (view, at) => (view.getBigUint64(at + 8, true) << 64n) | low64(view, at),
  ),
  FLOAT: plainReader,
  DOUBLE: plainReader,
  DECIMAL: decimalReader,
  VARCHAR:
    ({ data: { values, valueOffsets } }) =>
    (i) =>
      decoder.decode((values as Uint8Array).subarray(valueOffsets[i], valueOffsets[i + 1])),
  ENUM: enumReader,
  BLOB: binaryReader((bytes) => bytes),
  BIT: binaryReader(bitText),
  BIGNUM: binaryReader(bignum),
  UUID: wideReader(16, uuidText),
  DATE:
    ({ data: { values } }) =>
    (i) =>
      dateText((values as Int32Array)[i]),
  TIME: timeReader(6),
  TIME_NS: timeReader(9),
  'TIME WITH TIME ZONE': wideReader(8, (view, at) => zonedTimeText(low64(view, at))),
  TIMESTAMP_S: epochReader(0),
  TIMESTAMP_MS: epochReader(3),
  TIMESTAMP: epochReader(6),
  TIMESTAMP_NS: epochReader(9),
  'TIMESTAMP WITH TIME ZONE': epochReader(6, '+00'),
  INTERVAL: intervalReader,
  LIST: ({ type, field, data }) => {
    const read = readerOf(type.children[0].type, childField(field, 0), data.children[0]);
    const { valueOffsets } = data;
    return (i) => items(read, valueOffsets[i], valueOffsets[i + 1]);
  },
  ARRAY: ({ type, field, data }) => {
    const read = readerOf(type.children[0].type, childField(field, 0), data.children[0]);
    const [size] = type.numbers;
    return (i) => items(read, i * size, (i + 1) * size);
  },
  STRUCT: structReader,
  MAP: mapReader,
  UNION: unionReader,
};

function childField(field: Field, index: number): Field {
  return (field.type.children as Field[])[index];
}

const decoder = new TextDecoder();

function items(read: Reader, from: number, to: number): unknown[] {
  const list = new Array<unknown>(to - from);
  for (let i = from; i < to; i++) list[i - from] = read(i);
  return list;
}

/** The dictionary does not come with a streamed result; the type has the values in the same order. */
function enumReader({ type, data: { values, dictionary } }: Part): Reader {
  const keys = values as ArrayLike<number>;
  if (type.values.length > 0) return (i) => type.values[keys[i]];
  return (i) => dictionary?.get(keys[i]) ?? null;
}

function mapReader({ type, field, data }: Part): Reader {
  const entries = childField(field, 0);
  const [keys, values] = data.children[0].children;
  const readKey = readerOf(type.children[0].type, childField(entries, 0), keys);
  const readValue = readerOf(type.children[1].type, childField(entries, 1), values);
  const { valueOffsets } = data;
  return (i) => {
    const object: Record<string, unknown> = {};
    for (let at = valueOffsets[i]; at < valueOffsets[i + 1]; at++) {
      define(object, valueText(readKey(at)), readValue(at));
    }
    return object;
  };
}

function structReader({ type, field, data }: Part): Reader {
  const names = type.children.map(({ name }) => name);
  const reads = type.children.map((child, i) =>
    readerOf(child.type, childField(field, i), data.children[i]),
  );
  if (names.every((name) => name === '')) return (i) => reads.map((read) => read(i));
  return (i) => {
    const object: Record<string, unknown> = {};
    for (let at = 0; at < names.length; at++) define(object, names[at], reads[at](i));
    return object;
  };
}

/** Members lie side by side, each as long as the column. */
function unionReader({ type, field, data }: Part): Reader {
  const reads = type.children.map((child, i) =>
    readerOf(child.type, childField(field, i), data.children[i]),
  );
  const places = (field.type as { typeIdToChildIndex: Record<number, number> } & Type)
    .typeIdToChildIndex;
  const { typeIds } = data;
  return (i) => reads[places[typeIds[i]]](i);
}

/** Keys come from files: one that is called `__proto__` must stay a key. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else object[key] = value;
}

/** A double holds any number of this many digits exactly. */
const DOUBLE_DIGITS = 15;

/** Decimals cross as 128-bit integers, in words of 32 bits, least significant first. */
function decimalReader({ type, data }: Part): Reader {
  const [precision, scale] = type.numbers;
  const words = data.values as Uint32Array;
  if (precision <= DOUBLE_DIGITS) {
    // The integer and the power of ten are exact, so the quotient is the nearest double.
    const divisor = 10 ** scale;
    return (i) => (words[i * 4] + (words[i * 4 + 1] | 0) * 2 ** 32) / divisor;
  }
  const view = viewOf(words);
  return (i) => {
    const unscaled = (view.getBigInt64(i * 16 + 8, true) << 64n) | low64(view, i * 16);
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
    const sign = unscaled < 0n ? '-' : '';
    if (scale === 0) return sign + digits;
    return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  };
}

/** Months and days in 32 bits each, nanoseconds in 64. */
function intervalReader({ data }: Part): Reader {
  const view = viewOf(data.values as Int32Array);
  return (i) => {
    const at = i * 16;
    const ns = view.getBigInt64(at + 8, true);
    return intervalText(view.getInt32(at, true), view.getInt32(at + 4, true), ns);
  };
}

function viewOf({ buffer, byteOffset, byteLength }: ArrayBufferView): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function low64(view: DataView, at: number): bigint {
  return view.getBigUint64(at, true);
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function uuidText(view: DataView, at: number): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += hexByte(view.getUint8(at + i));
  }
  return text;
}

/** The first byte says how many bits at the beginning of the second are none. */
function bitText([padding, ...bytes]: Uint8Array): string {
  return bytes
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(padding);
}

/** Three bytes of sign and length, then the digits, most significant first; all inverted where it is negative. */
function bignum(bytes: Uint8Array): bigint {
  const isNegative = (bytes[0] & 0x80) === 0;
  const digits = bytes.subarray(3);
  const hex = Array.from(digits, (byte) => hexByte(isNegative ? ~byte & 0xff : byte)).join('');
  const size = BigInt(`0x${hex || '0'}`);
  return isNegative ? -size : size;
}
