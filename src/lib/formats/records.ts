/**
 * JSON formats whose records are spans, or small trees of them: by themselves, one per line, in lists, or in lists inside a
 * response. Such a format defines what a record is and how to read one.
 */
import type { Format } from './contract';
import { elementsOf, firstValues, isObject } from './sniff';
import type { JsonObject, JsonReader, JsonValue } from '$lib/json/reader';
import { JsonWalk, type Shape } from '$lib/json/walk';
import type { Span } from '$lib/model/span';
import type { Warns } from './span-parts';

/** Reads one record; there must be no side effects before its end has been read. */
export type ReadRecord = (json: JsonReader) => Iterable<Span>;

interface RecordFormat {
  id: string;
  label: string;
  /** Paths of members that lead to the records, through lists at any level: `[['data', 'spans']]`. */
  around?: readonly (readonly string[])[];
  /** Is it a record? It may be truncated. */
  isRecord(value: JsonObject): boolean;
  /** If the head ends before the first record can be recognised: does it begin as only this format does? */
  isBeginning?(head: Uint8Array): boolean;
  /** Creates a reader for a file, which may remember what the file's spans share. */
  reader(walk: Warns): ReadRecord;
}

export function recordFormat({
  id,
  label,
  around = [],
  isRecord,
  isBeginning = () => false,
  reader,
}: RecordFormat): Format {
  const isBare = (value: JsonValue) =>
    elementsOf(value, 3).some((element) => isObject(element) && isRecord(element));
  const pathIn = (values: JsonValue[]) =>
    around.find((path) => values.some((value) => recordsAt(value, path).some(isBare)));
  return {
    id,
    label,
    sniff(head) {
      const values = firstValues(head);
      return values.some(isBare) || pathIn(values) !== undefined || isBeginning(head);
    },
    async read(source, sink) {
      const values = firstValues(await source.head());
      const walk = new JsonWalk(source, sink);
      const read = reader(walk);
      const record = inLists({
        read: (json) => {
          for (const span of read(json)) sink.span(span);
        },
      });
      const isWrapped = !values.some(isBare) && pathIn(values) !== undefined;
      await walk.run(isWrapped ? shapeOf(around, record) : record);
    },
  };
}

/** The values that a path of members leads to, lists at any level passed over. */
export function recordsAt(value: JsonValue, path: readonly string[]): JsonValue[] {
  let values = elementsOf(value);
  for (const name of path) {
    values = values.flatMap((one) => (isObject(one) && name in one ? elementsOf(one[name]) : []));
  }
  return values;
}

/** The shape of what has the leaf at the end of each path. */
export function shapeOf(paths: readonly (readonly string[])[], leaf: Shape): Shape {
  const shape: Shape = inLists({ fields: new Map() });
  for (const name of new Set(paths.map((path) => path[0]))) {
    const below = paths.filter((path) => path[0] === name).map((path) => path.slice(1));
    const isLeaf = below.some((path) => path.length === 0);
    shape.fields?.set(name, isLeaf ? leaf : shapeOf(below, leaf));
  }
  return shape;
}

/** The shape, or lists of it. */
export function inLists(shape: Shape): Shape {
  shape.elements = shape;
  return shape;
}
