/**
 * JSON whose values are rows: JSON Lines of flat objects, or an array of them, as tools and databases export their tables.
 * Asked after all formats that have a name of their own.
 */
import type { Source } from '$lib/bytes/source';
import { abortError } from '$lib/model/errors';
import type { WarningSink } from '$lib/model/diagnostics';
import { elementsOf, firstValues, isObject } from '$lib/formats/sniff';
import type { JsonObject, JsonReader } from '$lib/json/reader';
import { JsonWalk, type Shape } from '$lib/json/walk';
import { OTHER_MEMBERS } from './layouts';
import { recognise } from './mapping';
import type { Batch, Cell, Column, TableFile, TableFormat } from './table';

/** Members that together tell spans of another tool, whose ids and times have the general names. */
const OTHERS_SPANS = [
  // Jaeger's documents in Elasticsearch.
  ['operationName', 'process'],
  // Datadog.
  ['meta', 'metrics'],
];

const BATCH_ROWS = 4096;
/** Wide rows make a batch earlier. */
const BATCH_CHARACTERS = 8 << 20;
/** More are kept together in one. */
const MAX_COLUMNS = 1000;

export const flatJson: TableFormat = {
  id: 'flat-json',
  label: 'JSON rows',
  sniff(head) {
    const rows = rowsOf(head);
    const names = namesOf(rows);
    const { fields, missing, layout } = recognise(names);
    if (rows.length === 0 || missing.length > 0) return false;
    if (OTHERS_SPANS.some((members) => members.every((name) => names.includes(name)))) return false;
    // What is called so must be plain values; objects there are another format's.
    const keys = [fields.traceId, fields.spanId, fields.start].flatMap((found) => found ?? []);
    const isPlain = (row: JsonObject) =>
      keys.every(
        (index) => typeof (row[names[index]] ?? null) !== 'object' || row[names[index]] == null,
      );
    // A line that breaks off swallows the next one.
    return (
      rows.filter(isPlain).length * 2 > rows.length &&
      (layout !== null || fields.name !== undefined)
    );
  },
  sniffTable(head, mapping) {
    const rows = rowsOf(head);
    const { fields, missing } = recognise(namesOf(rows), mapping);
    if (mapping && rows.length > 0 && missing.length === 0) return true;
    const hasTime = fields.start ?? fields.end ?? fields.duration;
    return rows.length > 1 && fields.name !== undefined && hasTime !== undefined;
  },
  open: openJson,
};

function rowsOf(head: Uint8Array): JsonObject[] {
  return firstValues(head)
    .flatMap((value) => elementsOf(value, 1))
    .filter((value): value is JsonObject => isObject(value));
}

function namesOf(rows: readonly JsonObject[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

export type Row = Map<string, Cell>;

/** Rows at the top level, or in a list there. */
const AT_TOP: RowShape = {
  read: (json) => [readRow(json)],
  shape: (leaf) => ({ ...leaf, elements: leaf }),
};

function openJson(source: Source, sink: WarningSink): Promise<TableFile> {
  return openRows(source, sink, AT_TOP);
}

export interface RowShape {
  /** The rows of a record, which is read to its end before anything else happens. */
  read(json: JsonReader): Row[];
  /** The file's shape, around the shape of a record. */
  shape(leaf: Shape): Shape;
}

/** A file of JSON rows as one table. */
export async function openRows(
  source: Source,
  sink: WarningSink,
  rowShape: RowShape,
): Promise<TableFile> {
  // The columns are those of the first rows; what later rows have beside them is kept together.
  const names = new Set<string>();
  for await (const rows of readRows(source, { warn: () => undefined }, true, rowShape)) {
    for (const row of rows) {
      for (const name of row.keys()) if (names.size < MAX_COLUMNS) names.add(name);
    }
    break;
  }
  const columns: Column[] = [...names].map((name) => ({ name, type: { kind: 'any' } }));
  columns.push({ name: OTHER_MEMBERS, type: { kind: 'json' } });
  return {
    tables: [
      {
        name: '',
        columns,
        async *batches() {
          for await (const rows of readRows(source, sink, false, rowShape))
            yield batchOf(rows, columns, names);
        },
      },
    ],
  };
}

function batchOf(
  rows: readonly Row[],
  columns: readonly Column[],
  names: ReadonlySet<string>,
): Batch {
  return {
    rows: rows.length,
    columns: columns.map(({ name }) =>
      name === OTHER_MEMBERS && !names.has(name)
        ? rows.map((row) => others(row, names))
        : rows.map((row) => row.get(name) ?? null),
    ),
  };
}

function others(row: Row, names: ReadonlySet<string>): Cell {
  let parts: string[] | null = null;
  for (const [name, cell] of row) {
    if (names.has(name) || cell === null) continue;
    (parts ??= []).push(`${JSON.stringify(name)}:${JSON.stringify(cell)}`);
  }
  return parts && `{${parts.join(',')}}`;
}

/** Hands the rows that the walk pushes to who pulls them: the walk waits meanwhile. */
async function* readRows(
  source: Source,
  sink: WarningSink,
  quiet: boolean,
  { read: readRecord, shape }: RowShape,
): AsyncGenerator<Row[]> {
  const walk = new JsonWalk(source, sink);
  let rows: Row[] = [];
  let characters = 0;
  let pulled = deferred();
  let filled = deferred();
  let isStopped = false;
  const read = (json: JsonReader): void => {
    for (const row of readRecord(json)) {
      rows.push(row);
      for (const cell of row.values()) characters += typeof cell === 'string' ? cell.length : 0;
    }
    if (rows.length < BATCH_ROWS && characters < BATCH_CHARACTERS) return;
    walk.pauseFor(async () => {
      filled.resolve();
      await pulled.promise;
      if (isStopped) throw abortError();
      pulled = deferred();
    });
  };
  const ended = walk.run(shape({ read }), { quiet }).then(() => true as const);
  ended.catch(() => undefined);
  try {
    for (;;) {
      const isEnd = await Promise.race([ended, filled.promise]);
      if (rows.length > 0) yield rows;
      rows = [];
      characters = 0;
      if (isEnd === true) return;
      filled = deferred();
      pulled.resolve();
    }
  } finally {
    isStopped = true;
    pulled.resolve();
    await ended.catch(() => undefined);
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** Values as text, whatever they are; objects and lists as their JSON. */
export function readRow(json: JsonReader, row: Row = new Map()): Row {
  json.beginObject();
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    const cell = json.tryNull() ? null : json.text();
    if (cell !== null || !row.has(key)) row.set(key, cell);
  }
  return row;
}
