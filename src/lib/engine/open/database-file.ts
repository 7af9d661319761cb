/** What a DuckDB file contains, before and after attaching it: its version, Flock's table, or one of our datasets. */
import { flockSpan, type FlockRow } from '$lib/formats/flock/flock';
import type { DatasetMeta } from '$lib/dataset/build';
import { SCHEMA_VERSION } from '$lib/dataset/schema/dataset';
import type { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import { AppError } from '$lib/model/errors';
import { normalSpanId, normalTraceId } from '$lib/model/ids';
import {
  INVALID_NS,
  type Attributes,
  type Resource,
  type Span,
  type SpanKind,
  type StatusCode,
} from '$lib/model/span';
import { tableFromIPC } from 'apache-arrow';
import type { Connection } from '$lib/engine/worker/duckdb';
import { messageOf } from '$lib/engine/query/gate';
import type { Input } from '$lib/bytes/input';
import { streamParts } from './stream-parts';

/**
 * The storage version in the file's header and the release that wrote it, if stated.
 * https://duckdb.org/docs/internals/storage
 */
export function storageVersion(head: Uint8Array): { version: number; release: string } {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const version = head.length >= 20 ? Number(view.getBigUint64(12, true)) : 0;
  const release = head.length >= 84 ? new TextDecoder().decode(head.subarray(52, 84)) : '';
  return { version, release: /^[\w.+-]+/.exec(release)?.[0] ?? '' };
}

/** How much of a file's beginning must be read: its three headers. */
export const HEADER_BYTES = 12_288;

/**
 * The size stated in the file: a truncated file still opens, and fails only when a missing block is
 * requested. The newer one of the two database headers counts.
 */
function statedBytes(head: Uint8Array): number {
  if (head.length < HEADER_BYTES) return HEADER_BYTES;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const newer = view.getBigUint64(8192 + 8, true) > view.getBigUint64(4096 + 8, true) ? 8192 : 4096;
  const blocks = Number(view.getBigUint64(newer + 32, true));
  const blockBytes = Number(view.getBigUint64(newer + 40, true));
  return HEADER_BYTES + blocks * blockBytes;
}

/** Attaches read-only; errors say what one can do about them. */
export function attachFile(
  connection: Connection,
  path: string,
  alias: string,
  { name, size }: Input,
  head: Uint8Array,
): void {
  try {
    connection.run(`ATTACH '${path}' AS "${alias}" (READ_ONLY)`);
  } catch (error) {
    const message = messageOf(error);
    const { version, release } = storageVersion(head);
    const engine = String(connection.table('SELECT version() AS v').get(0)?.toJSON().v);
    const data = { file: name, storage: String(version), engine: message };
    if (/version number|newer version|storage version/i.test(message)) {
      throw new AppError(
        'unsupported-version',
        `${name} is a DuckDB file of storage version ${version}${release ? ` (written by DuckDB ${release})` : ''}, which the engine of this page (DuckDB ${engine}) can't read. Write it again with a DuckDB of ${engine} or before: EXPORT DATABASE there, IMPORT DATABASE here.`,
        data,
      );
    }
    throw new AppError(
      'broken-file',
      `${name} begins like a DuckDB file, but can't be opened: it may be cut short, or still be written to.`,
      data,
    );
  }
  const stated = statedBytes(head);
  if (size < stated) {
    throw new AppError(
      'broken-file',
      `${name} is a DuckDB file that was cut short: it has ${size} bytes of ${stated}. Copy or download it again.`,
      { file: name },
    );
  }
}

/**
 * `outdated`: a dataset of an earlier Spanlight, whose spans are read into a new one. `foreign`: of any other tool, whose
 * tables are read by the names of their columns.
 */
export type DatabaseKind = 'dataset' | 'outdated' | 'flock' | 'foreign';

/** @throws AppError `unsupported-version` for a dataset of a later Spanlight */
export function databaseKind(connection: Connection, alias: string, name: string): DatabaseKind {
  const columns = columnsOf(connection, alias);
  if (columns.get('dataset')?.has('schema_version') && columns.has('spans')) {
    const version = Number(
      connection.table(`SELECT schema_version AS v FROM "${alias}".dataset`).get(0)?.toJSON().v,
    );
    if (version === SCHEMA_VERSION) return 'dataset';
    if (version < SCHEMA_VERSION) return 'outdated';
    throw new AppError(
      'unsupported-version',
      `${name} is a Spanlight dataset of schema version ${version}; this page reads versions up to ${SCHEMA_VERSION}. Reload the page to get a newer Spanlight, or open the original trace files.`,
      { file: name },
    );
  }
  const spans = columns.get('spans');
  const isFlock =
    spans &&
    FLOCK_REQUIRED.every((column) => spans.has(column)) &&
    TIMES.every((column) => spans.get(column) === 'BIGINT');
  return isFlock ? 'flock' : 'foreign';
}

/** The types of columns by table and name. */
function columnsOf(connection: Connection, alias: string): Map<string, Map<string, string>> {
  const tables = new Map<string, Map<string, string>>();
  const rows = connection.table(
    `SELECT table_name, column_name, data_type FROM duckdb_columns()
     WHERE database_name = '${alias}' AND schema_name = 'main' AND NOT internal ORDER BY 1, column_index`,
  );
  for (const row of rows) {
    const { table_name, column_name, data_type } = row.toJSON();
    const known = tables.get(table_name) ?? new Map<string, string>();
    tables.set(table_name, known.set(column_name, data_type));
  }
  return tables;
}

const FLOCK_REQUIRED = ['trace_id', 'span_id', 'name', 'operation', 'duration_ms'];
const FLOCK_COLUMNS = [
  'trace_id',
  'span_id',
  'parent_id',
  'name',
  'service',
  'operation',
  'kind',
  'start_time',
  'end_time',
  'status_code',
  'status_description',
  'attributes',
  'events',
  'links',
  'resource',
] as const;

const TIMES: readonly string[] = ['start_time', 'end_time'];

/** Reads a table of spans into a writer, a vector of rows at a time, so that the loop can turn in between. */
export async function readDatabase(
  connection: Connection,
  alias: string,
  kind: Exclude<DatabaseKind, 'foreign'>,
  writer: DatasetWriter,
  between: () => Promise<void>,
): Promise<void> {
  const toSpan = kind === 'flock' ? flockReader(writer) : datasetReader();
  const sql = kind === 'flock' ? selectFlock(connection, alias) : selectDataset(connection, alias);
  for await (const part of streamParts(connection, sql, between)) {
    for (const row of tableFromIPC(part)) writer.span(toSpan(row.toJSON()));
  }
}

type ToSpan = (row: Record<string, unknown>) => Span;

function selectFlock(connection: Connection, alias: string): string {
  const present = columnsOf(connection, alias).get('spans') ?? new Map<string, string>();
  const select = FLOCK_COLUMNS.map((column) => {
    if (!present.has(column)) return `NULL::VARCHAR AS ${column}`;
    return `${column}::${TIMES.includes(column) ? 'BIGINT' : 'VARCHAR'} AS ${column}`;
  });
  return `SELECT ${select.join(', ')} FROM "${alias}".main.spans`;
}

function flockReader(writer: DatasetWriter): ToSpan {
  return (row) => flockSpan(row as unknown as FlockRow, writer);
}

/** Includes the refused times, so that they are judged again. */
function selectDataset(connection: Connection, alias: string): string {
  const hasRefused = columnsOf(connection, alias).has('refused_times');
  const time = (name: string) =>
    hasRefused ? `coalesce(spans.${name}, refused.${name}) AS ${name}` : name;
  const join = hasRefused
    ? `LEFT JOIN "${alias}".main.refused_times AS refused USING (span_no)`
    : '';
  return `SELECT trace_id, span_id, parent_id, name, service, operation, kind, ${time('start_time')}, ${time('end_time')},
    status_code, status_description, attributes, events, links, resource, scope, is_unfinished,
    resource::VARCHAR AS resource_text
    FROM "${alias}".main.spans ${join} ORDER BY span_no`;
}

/** A dataset's own description, which a new one made from its spans keeps. */
export function readMeta(connection: Connection, alias: string): DatasetMeta {
  const row = connection
    .table(`SELECT "name", sources, format FROM "${alias}".main.dataset`)
    .get(0)
    ?.toJSON();
  return {
    name: String(row?.name),
    sources: Array.from((row?.sources ?? []) as Iterable<string>),
    format: String(row?.format),
  };
}

/** Spans as they were written; those of one producer share their resource again. */
function datasetReader(): ToSpan {
  const resources = new Map<string, Resource>();
  return (row) => {
    const text = String(row.resource_text);
    let resource = resources.get(text);
    if (!resource) {
      resource = { service: '', attributes: pairs(row.resource) };
      resources.set(text, resource);
    }
    return {
      traceId: normalTraceId(row.trace_id as string),
      spanId: normalSpanId(row.span_id as string),
      parentId: row.parent_id === null ? null : normalSpanId(row.parent_id as string),
      name: row.name as string,
      service: row.service as string,
      operation: row.operation as string,
      kind: row.kind as SpanKind,
      startNs: row.start_time as bigint | null,
      endNs: row.is_unfinished ? null : ((row.end_time as bigint | null) ?? INVALID_NS),
      status: row.status_code as StatusCode,
      statusDescription: row.status_description as string | null,
      attributes: pairs(row.attributes),
      events: elements(row.events).map((event) => ({
        name: event.name as string,
        timeNs: event.time as bigint | null,
        attributes: pairs(event.attributes),
      })),
      links: elements(row.links).map((link) => ({
        traceId: normalTraceId(link.trace_id as string),
        spanId: normalSpanId(link.span_id as string),
        attributes: pairs(link.attributes),
      })),
      resource,
      scope: (row.scope as string | null) ?? '',
    };
  };
}

function pairs(map: unknown): Attributes {
  return [...(map as Iterable<[string, string]>)].flat();
}

function elements(list: unknown): Record<string, unknown>[] {
  return Array.from(list as Iterable<{ toJSON(): Record<string, unknown> }>, (item) =>
    item.toJSON(),
  );
}
