/** Cells as the texts that attributes are kept in. */
import { NO_ATTRIBUTES, type Attributes } from '$lib/model/span';
import { isoTime } from '$lib/model/time';
import { JsonError, JsonReader, type JsonValue } from '$lib/json/reader';
import { readAttributes } from '$lib/formats/otlp/otlp-values';
import { strictJson } from './loose-json';
import type { Cell, ColumnType } from './table';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const json = new JsonReader();
const ANY: ColumnType = { kind: 'any' };

/** '' and null are no value. */
export function isEmpty(cell: Cell): boolean {
  return cell === null || cell === '' || (Array.isArray(cell) && cell.length === 0);
}

/** A cell as text: timestamps in ISO 8601, bytes as text or else base64, lists, maps and structs as JSON. */
export function cellText(cell: Cell, type: ColumnType): string {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell);
  if (typeof cell === 'bigint') return type.kind === 'timestamp' ? isoTime(cell) : String(cell);
  if (cell === null) return 'null';
  if (cell instanceof Uint8Array) return bytesText(cell);
  return cellJson(cell, type);
}

/** A cell as JSON text. Integers keep their digits; a timestamp is epoch nanoseconds. */
export function cellJson(cell: Cell, type: ColumnType): string {
  if (cell === null) return 'null';
  if (typeof cell === 'boolean' || typeof cell === 'bigint') return String(cell);
  if (typeof cell === 'number') {
    return Number.isFinite(cell) ? String(cell) : JSON.stringify(String(cell));
  }
  if (typeof cell === 'string') {
    // Text that is JSON already goes in as what it says.
    return type.kind === 'json' || (type.kind === 'any' && /^\s*[[{]/.test(cell))
      ? cell
      : JSON.stringify(cell);
  }
  if (cell instanceof Uint8Array) return JSON.stringify(bytesText(cell));
  if (Array.isArray(cell)) {
    const element = type.kind === 'list' ? type.element : ANY;
    return `[${cell.map((item) => cellJson(item, element)).join(',')}]`;
  }
  const parts: string[] = [];
  for (const key of Object.keys(cell)) {
    // A struct has every field that any row has.
    if (type.kind === 'struct' && cell[key] === null) continue;
    parts.push(`${JSON.stringify(key)}:${cellJson(cell[key], memberType(type, key))}`);
  }
  return `{${parts.join(',')}}`;
}

export function memberType(type: ColumnType, key: string): ColumnType {
  if (type.kind === 'map') return type.value;
  if (type.kind !== 'struct') return ANY;
  return type.fields.find(({ name }) => name === key)?.type ?? ANY;
}

/** Text in UTF-8 as it is, other bytes as base64. */
function bytesText(bytes: Uint8Array): string {
  try {
    const text = utf8.decode(bytes);
    // eslint-disable-next-line no-control-regex
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) return text;
  } catch {
    // Not text.
  }
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export function hexText(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex;
}

/**
 * A cell of attributes: a map, a struct, a list of keys with values, or JSON text of one of them.
 * @param isNested objects in it are keys with dots that came apart
 * @returns null where it is none of them
 */
export function cellAttributes(cell: Cell, type: ColumnType, isNested: boolean): Attributes | null {
  if (isEmpty(cell)) return NO_ATTRIBUTES;
  if (typeof cell === 'string') return textAttributes(cell, isNested);
  if (typeof cell !== 'object' || cell === null || cell instanceof Uint8Array) return null;
  if (isNested) return textAttributes(cellJson(cell, type), true);
  if (Array.isArray(cell)) return textAttributes(cellJson(cell, type), false);
  const attributes: Attributes = [];
  for (const key of Object.keys(cell)) {
    const value = cell[key];
    if (value !== null) attributes.push(key, cellText(value, memberType(type, key)));
  }
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}

/** What is odd in a list of attributes makes it none: the text is kept as it is. */
const REFUSES = {
  warn: (_: unknown, what: string) => {
    throw json.error(what);
  },
};

function textAttributes(text: string, isNested: boolean): Attributes | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'null' || /^\[\s*\]$/.test(trimmed)) return NO_ATTRIBUTES;
  // Tags without keys are a value, not attributes.
  if (/^\[(?!\s*\{)/.test(trimmed)) return null;
  const read = (source: string) => {
    json.reset(source);
    const attributes = isNested
      ? nestedAttributes()
      : json.peek() === 'array'
        ? readAttributes(json, REFUSES)
        : flatAttributes();
    if (!json.atEnd()) throw json.error('text after the value');
    return attributes;
  };
  return readLoosely(trimmed, read);
}

/** JSON, or what ClickHouse and Python write like it; null for neither. */
export function readLoosely<T>(text: string, read: (source: string) => T): T | null {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  const strict = strictJson(text);
  if (strict === null) return null;
  try {
    return read(strict);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return null;
  }
}

/** An object whose members are attributes. A column's attributes that a row does not have are null there. */
function flatAttributes(): Attributes {
  const attributes: Attributes = [];
  json.beginObject();
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (!json.tryNull()) attributes.push(key, json.text());
  }
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}

const MAX_DEPTH = 32;

const join = (key: string, member: string) => (key === '' ? member : `${key}.${member}`);

/** Objects, and lists of objects, with dotted keys; lists of plain values as JSON. */
function nestedAttributes(): Attributes {
  const attributes: Attributes = [];
  const walk = (key: string, depth: number): void => {
    const type = json.peek();
    if (type === 'object' && depth < MAX_DEPTH) {
      json.beginObject();
      for (let name = json.nextKey(); name !== null; name = json.nextKey()) {
        walk(join(key, name), depth + 1);
      }
    } else if (type === 'array' && depth < MAX_DEPTH) {
      const text = json.raw();
      if (!/^\[\s*\{/.test(text)) attributes.push(key, text);
      else flattenList(key, text, attributes);
    } else if (type === 'null') json.tryNull();
    else attributes.push(key, json.text());
  };
  walk('', 0);
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}

/** As OpenInference counts: `llm.input_messages.0.message.role`. */
function flattenList(key: string, text: string, into: Attributes): void {
  const own = new JsonReader();
  own.reset(text);
  const put = (name: string, value: JsonValue, depth: number): void => {
    if (value === null) return;
    if (typeof value !== 'object') into.push(name, String(value));
    else if (depth >= MAX_DEPTH || (Array.isArray(value) && !value.some(isObject))) {
      into.push(name, treeJson(value));
    } else if (Array.isArray(value)) {
      value.forEach((item, i) => put(join(name, String(i)), item, depth + 1));
    } else
      Object.keys(value).forEach((member) => put(join(name, member), value[member], depth + 1));
  };
  put(key, own.value(), 0);
}

const isObject = (value: JsonValue) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function treeJson(value: JsonValue): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint' ? String(item) : item,
  );
}
