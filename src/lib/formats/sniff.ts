/** What formats look at to recognise themselves: the first values of a head that may be cut anywhere. */
import { JsonError, JsonReader, type JsonObject, type JsonValue } from '$lib/json/reader';

/** More than one, because the first line of a log may be cut, and because lines may be of several kinds. */
const VALUES = 256;
const ELEMENTS = 8;
/** Lines in a value that never ends could each be tried to the end of the head: it is read so often in all, not more. */
const MAX_REREADS = 8;

const json = new JsonReader();

const cache = new WeakMap<Uint8Array, JsonValue[]>();

/**
 * The first top-level values of JSON text, the last one as far as the head goes. Lines that are no JSON are passed over. Empty
 * for anything that does not begin with an object or array.
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

/** The value itself, or the elements where it is an array, to some depth of arrays. */
export function elementsOf(value: JsonValue, depth = 2): JsonValue[] {
  if (!Array.isArray(value) || depth === 0) return [value];
  return value.slice(0, ELEMENTS).flatMap((element) => elementsOf(element, depth - 1));
}
