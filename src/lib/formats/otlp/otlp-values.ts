/** OTLP's AnyValue and KeyValue as the text that attributes are kept in. */
import { NO_ATTRIBUTES, type Attributes } from '$lib/model/span';
import type { JsonReader } from '$lib/json/reader';
import { elementObject, partArray, textOf, type Warns } from '$lib/formats/span-parts';

/** Values nested deeper stay in OTLP's own spelling. */
const MAX_DEPTH = 50;

/** A list of KeyValue; also a plain object of values, which some writers make of it. */
export function readAttributes(json: JsonReader, walk: Warns): Attributes {
  const attributes: Attributes = [];
  if (json.tryObject()) {
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      attributes.push(key, readValue(json));
    }
    return attributes;
  }
  if (!partArray(json, walk, 'attributes')) return NO_ATTRIBUTES;
  while (json.nextElement()) {
    let name = '';
    let value = 'null';
    if (!elementObject(json, walk, 'an attribute')) continue;
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      if (key === 'key') name = textOf(json);
      else if (key === 'value') value = readValue(json);
      else json.skip();
    }
    attributes.push(name, value);
  }
  return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
}

/** An AnyValue as an attribute's text. One without a value is `null`. */
function readValue(json: JsonReader): string {
  if (json.peek() !== 'object') return json.text();
  json.beginObject();
  let text = 'null';
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    switch (key) {
      case 'stringValue':
      case 'string_value':
      case 'intValue':
      case 'int_value':
      case 'boolValue':
      case 'bool_value':
      case 'doubleValue':
      case 'double_value':
      case 'bytesValue':
      case 'bytes_value':
        text = json.text();
        break;
      default:
        text = readNested(key, json, 0) ?? text;
    }
  }
  return text;
}

/** An AnyValue as JSON. */
function readJson(json: JsonReader, depth: number): string {
  if (json.peek() !== 'object') return json.raw();
  if (depth > MAX_DEPTH) return json.raw();
  json.beginObject();
  let text = 'null';
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    switch (key) {
      case 'intValue':
      case 'int_value':
      case 'doubleValue':
      case 'double_value':
        text = numberJson(json.text());
        break;
      case 'boolValue':
      case 'bool_value':
        text = json.raw();
        break;
      case 'stringValue':
      case 'string_value':
      case 'bytesValue':
      case 'bytes_value':
        text = JSON.stringify(json.text());
        break;
      default:
        text = readNested(key, json, depth) ?? text;
    }
  }
  return text;
}

function readNested(key: string, json: JsonReader, depth: number): string | null {
  switch (key) {
    case 'arrayValue':
    case 'array_value':
      return readArray(json, depth + 1);
    case 'kvlistValue':
    case 'kvlist_value':
      return readMap(json, depth + 1);
    default:
      json.skip();
      return null;
  }
}

function readArray(json: JsonReader, depth: number): string {
  const parts: string[] = [];
  readValues(json, () => parts.push(readJson(json, depth)));
  return `[${parts.join(',')}]`;
}

function readMap(json: JsonReader, depth: number): string {
  const parts: string[] = [];
  readValues(json, () => {
    let name = '';
    let value = 'null';
    if (!json.tryObject()) return json.skip();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      if (key === 'key') name = textOf(json);
      else if (key === 'value') value = readJson(json, depth);
      else json.skip();
    }
    parts.push(`${JSON.stringify(name)}:${value}`);
  });
  return `{${parts.join(',')}}`;
}

/** The elements of `{"values": […]}`, which is left out where the list is empty. */
function readValues(json: JsonReader, element: () => void): void {
  if (!json.tryObject()) return json.skip();
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (key !== 'values' || json.peek() !== 'array') {
      json.skip();
      continue;
    }
    json.beginArray();
    while (json.nextElement()) element();
  }
}

/** Digits stay as they are; JSON has no NaN. */
function numberJson(text: string): string {
  return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? text : JSON.stringify(text);
}
