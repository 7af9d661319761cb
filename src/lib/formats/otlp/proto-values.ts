/** OTLP's AnyValue and KeyValue in protobuf, as the same texts that OTLP JSON gives (`otlp-values.ts`). */
import { NO_ATTRIBUTES, type Attributes } from '$lib/model/span';
import { WireError, type Wire } from './wire';

/** Values nested deeper are no attributes that a program sets. */
const MAX_DEPTH = 50;

/** Appends one KeyValue. */
export function readAttribute(wire: Wire, into: Attributes): Attributes {
  const attributes = into === NO_ATTRIBUTES ? [] : into;
  let key = '';
  let value = 'null';
  const outer = wire.enter();
  while (wire.pos < wire.end) {
    const tag = wire.tag();
    if (tag === 0x0a) key = wire.text();
    else if (tag === 0x12) value = readValue(wire);
    else wire.skip(tag & 7);
  }
  wire.leave(outer);
  attributes.push(key, value);
  return attributes;
}

/** An AnyValue as an attribute's text. One without a value is `null`. */
function readValue(wire: Wire): string {
  let text = 'null';
  const outer = wire.enter();
  while (wire.pos < wire.end) {
    const tag = wire.tag();
    switch (tag) {
      case 0x0a:
        text = wire.text();
        break;
      case 0x10:
        text = boolText(wire);
        break;
      case 0x18:
        text = wire.int64Text();
        break;
      case 0x21:
        text = doubleText(wire);
        break;
      case 0x2a:
        text = readArray(wire, 1);
        break;
      case 0x32:
        text = readMap(wire, 1);
        break;
      case 0x3a:
        text = base64(wire);
        break;
      default:
        wire.skip(tag & 7);
    }
  }
  wire.leave(outer);
  return text;
}

/** An AnyValue as JSON. */
function readJson(wire: Wire, depth: number): string {
  if (depth > MAX_DEPTH) throw new WireError('values nested too deep');
  let text = 'null';
  const outer = wire.enter();
  while (wire.pos < wire.end) {
    const tag = wire.tag();
    switch (tag) {
      case 0x0a:
        text = JSON.stringify(wire.text());
        break;
      case 0x10:
        text = boolText(wire);
        break;
      case 0x18:
        text = wire.int64Text();
        break;
      case 0x21: {
        const double = doubleText(wire);
        // JSON has no NaN.
        text = /[a-zA-Z]{3}/.test(double) ? JSON.stringify(double) : double;
        break;
      }
      case 0x2a:
        text = readArray(wire, depth + 1);
        break;
      case 0x32:
        text = readMap(wire, depth + 1);
        break;
      case 0x3a:
        text = JSON.stringify(base64(wire));
        break;
      default:
        wire.skip(tag & 7);
    }
  }
  wire.leave(outer);
  return text;
}

function readArray(wire: Wire, depth: number): string {
  const parts: string[] = [];
  const outer = wire.enter();
  while (wire.pos < wire.end) {
    const tag = wire.tag();
    if (tag === 0x0a) parts.push(readJson(wire, depth));
    else wire.skip(tag & 7);
  }
  wire.leave(outer);
  return `[${parts.join(',')}]`;
}

function readMap(wire: Wire, depth: number): string {
  const parts: string[] = [];
  const outer = wire.enter();
  while (wire.pos < wire.end) {
    const tag = wire.tag();
    if (tag !== 0x0a) {
      wire.skip(tag & 7);
      continue;
    }
    let key = '';
    let value = 'null';
    const map = wire.enter();
    while (wire.pos < wire.end) {
      const part = wire.tag();
      if (part === 0x0a) key = wire.text();
      else if (part === 0x12) value = readJson(wire, depth);
      else wire.skip(part & 7);
    }
    wire.leave(map);
    parts.push(`${JSON.stringify(key)}:${value}`);
  }
  wire.leave(outer);
  return `{${parts.join(',')}}`;
}

function boolText(wire: Wire): string {
  wire.varint64();
  return wire.low === 0 && wire.high === 0 ? 'false' : 'true';
}

/** The shortest digits of the double, as protobuf's JSON has them. */
function doubleText(wire: Wire): string {
  const value = wire.double();
  return Object.is(value, -0) ? '-0' : String(value);
}

function base64(wire: Wire): string {
  const length = wire.length();
  const bytes = wire.bytes.subarray(wire.pos, (wire.pos += length));
  let binary = '';
  // Not all at once: a call takes only so many arguments.
  for (let at = 0; at < length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}
