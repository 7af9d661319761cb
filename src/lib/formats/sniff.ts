/** What formats use to recognise their files: the first values of a head that may be cut anywhere. */
import { JsonError, JsonReader, type JsonObject, type JsonValue } from '$lib/json/reader';

/** More than one, because the first line of a log may be truncated, and lines may be of several kinds. */
const VALUES = 256;
const ELEMENTS = 8;
/** Each line of a value that never ends could be tried up to the end of the head; this bounds how often the head is read in all. */
const MAX_REREADS = 8;

const json = new JsonReader();

const cache = new WeakMap<Uint8Array, JsonValue[]>();

/**
 * The first top-level values of JSON text, the last one as far as the head goes. Lines that are not JSON are skipped. Empty if
 * nothing begins with an object or array.
 */
export function firstValues(head: Uint8Array): JsonValue[] {
  let values = cache.get(head);
  if (!values) cache.set(head, (values = readValues(head)));
  return values;
}

function readValues(head: Uint8Array): JsonValue[] {
  const values: JsonValue[] = [];
  json.reset(head);
  let failures = 0;
  let bytesOfFailures = 0;
  while (
    values.length < VALUES &&
    failures < VALUES &&
    bytesOfFailures <= MAX_REREADS * head.length &&
    !json.atEnd()
  ) {
    const holder: { value?: JsonValue } = {};
    const from = json.offset;
    json.commit();
    try {
      json.value(holder);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      failures++;
      bytesOfFailures += error.offset - from;
      json.rollback();
      json.seekLine(true);
    }
    if (typeof holder.value === 'object' && holder.value !== null) values.push(holder.value);
  }
  return values;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value itself, or the elements of an array, to some depth of arrays. */
export function elementsOf(value: JsonValue, depth = 2): JsonValue[] {
  if (!Array.isArray(value) || depth === 0) return [value];
  return value.slice(0, ELEMENTS).flatMap((element) => elementsOf(element, depth - 1));
}
