/**
 * Answers of SigNoz's API: rows of a query, each with its time beside it, and traces as a list of spans, as a tree, or as
 * columns and rows. What the members mean is the layout of SigNoz's tables.
 * https://signoz.io/docs/userguide/traces/ (pkg/query-service/model/response.go)
 */
import type { JsonReader } from '$lib/json/reader';
import { firstValues, isObject } from '$lib/formats/sniff';
import { inLists, recordsAt, shapeOf } from '$lib/formats/records';
import { openRows, readRow, type Row, type RowShape } from './flat-json';
import type { TableFormat } from './table';

/** Members that lead to the records, in versions of the API. */
const PATHS = [
  ['result', 'list'],
  ['data', 'result', 'list'],
  ['data', 'newResult', 'data', 'result', 'list'],
  ['data', 'results', 'rows'],
  ['data', 'data', 'results', 'rows'],
  ['data', 'spans'],
  ['spans'],
];

/** Deeper ones are left out with their text. */
const MAX_DEPTH = 300;

export const signoz: TableFormat = {
  id: 'signoz',
  label: 'SigNoz JSON',
  sniff: (head) => {
    const values = firstValues(head);
    return values.some((value) => isRecords(recordsAt(value, []))) || isWrapped(values);
  },
  async open(source, sink) {
    const wrapped = isWrapped(firstValues(await source.head()));
    return openRows(source, sink, wrapped ? IN_ANSWER : AT_TOP);
  },
};

const AT_TOP: RowShape = { read: readRecord, shape: inLists };
const IN_ANSWER: RowShape = { read: readRecord, shape: (leaf) => shapeOf(PATHS, inLists(leaf)) };

const isWrapped = (values: ReturnType<typeof firstValues>) =>
  values.some((value) => PATHS.some((path) => isRecords(recordsAt(value, path))));

function isRecords(values: ReturnType<typeof recordsAt>): boolean {
  return values.some((value) => {
    if (!isObject(value)) return false;
    // A row of a query.
    if ('timestamp' in value && isObject(value.data)) return hasIds(value.data);
    // A trace as columns and rows.
    if (Array.isArray(value.columns) && 'events' in value) return value.columns.includes('SpanId');
    // A span of a trace.
    return hasIds(value) && ('rootSpanId' in value || Array.isArray(value.children));
  });
}

function hasIds(span: object): boolean {
  const names = new Set(Object.keys(span).map((name) => name.replace(/_/g, '').toLowerCase()));
  return names.has('traceid') && names.has('spanid') && names.has('durationnano');
}

function readRecord(json: JsonReader): Row[] {
  const rows: Row[] = [];
  readSpans(json, rows, 0);
  return rows;
}

/** A span and those below it, or the rows of a trace. */
function readSpans(json: JsonReader, rows: Row[], depth: number): void {
  const row: Row = new Map();
  let columns: string[] | null = null;
  rows.push(row);
  json.beginObject();
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (json.tryNull()) continue;
    const type = json.peek();
    if (key === 'data' && type === 'object') readRow(json, row);
    else if (key === 'children' && type === 'array' && depth < MAX_DEPTH) {
      json.beginArray();
      while (json.nextElement()) readSpans(json, rows, depth + 1);
    } else if (key === 'columns' && type === 'array') {
      columns = texts(json);
    } else if (key === 'events' && columns && type === 'array') {
      rows.splice(rows.indexOf(row), 1);
      json.beginArray();
      while (json.nextElement()) rows.push(rowOf(columns, json));
    } else row.set(key, json.text());
  }
  addParent(row);
}

/** A row of a trace: the values of its columns; tags are two lists. */
function rowOf(columns: readonly string[], json: JsonReader): Row {
  const row: Row = new Map();
  let keys: string[] = [];
  json.beginArray();
  for (let i = 0; json.nextElement(); i++) {
    const name = columns[i] ?? `column ${i + 1}`;
    if (json.tryNull()) continue;
    if (name === 'TagsKeys' && json.peek() === 'array') keys = texts(json);
    else if (name === 'TagsValues' && json.peek() === 'array') {
      const values = texts(json);
      const members = keys.map(
        (key, k) => `${JSON.stringify(key)}:${JSON.stringify(values[k] ?? '')}`,
      );
      row.set('tagMap', `{${members.join(',')}}`);
    } else row.set(name === '__time' ? 'timestamp' : name, json.text());
  }
  addParent(row);
  return row;
}

function texts(json: JsonReader): string[] {
  const list: string[] = [];
  json.beginArray();
  while (json.nextElement()) list.push(json.tryNull() ? '' : json.text());
  return list;
}

const PARENTS = ['parentSpanId', 'parentSpanID', 'parent_span_id'];
const CHILD_OF =
  /\{TraceId=[^,}]*, ?SpanId=([^,}]*), ?RefType=CHILD_OF\}|"spanI[dD]":"([^"]*)","refType":"CHILD_OF"/;

/** Some versions name the parent among the references only. */
function addParent(row: Row): void {
  const name = row.has('References') ? 'References' : 'references';
  const references = row.get(name);
  if (typeof references !== 'string') return;
  const match = CHILD_OF.exec(references);
  const parent = match?.[1] ?? match?.[2];
  if (parent && !PARENTS.some((known) => row.has(known))) row.set('parentSpanId', parent);
  // Texts of their own form, not the objects that the layout reads as links.
  if (!/"spanId"/i.test(references)) row.delete(name);
}
