/**
 * Builds a dataset: fills an empty database on a handle batch by batch, adds what depends on the whole, and seals it.
 */
import type { DatasetSummary } from '$lib/model/dataset';
import type { Diagnostic } from '$lib/model/diagnostics';
import type { Batch } from '$lib/dataset/write/batch';
import type { WriterResult } from '$lib/dataset/write/dataset-writer';
import {
  CREATE_SPAN_ATTRIBUTES,
  KEY_NAMES,
  countUses,
  fillAttributeCounts,
  fillAttributeKeys,
} from './schema/attributes';
import { CREATE_MACROS, CREATE_META, SCHEMA_VERSION, TABLES } from './schema/dataset';
import { REFUSED, moveRefusedTimes } from './schema/refused-times';
import {
  LINEAGE,
  OPERATIONS,
  SPELLINGS_AT_ONCE,
  TAKE_PARENTS_BACK,
  addLineage,
  uniteTraces,
} from './schema/spans';
import { ROW_GROUP, commentsOn, createTable, type TableSpec } from './schema/table';
import { CREATE_TRACES } from './schema/traces';

/** What a build needs from the engine; implemented by its connection. */
export interface SqlConnection {
  run(sql: string): void;
  table(sql: string): {
    get(row: number): { toJSON(): Record<string, unknown> } | null;
    toArray(): { toJSON(): Record<string, unknown> }[];
  };
  insertArrow(table: string, ipc: Uint8Array, create?: boolean): void;
}

export interface DatasetMeta {
  name: string;
  /** Names of the files or addresses it was read from. */
  sources: string[];
  format: string;
}

/** The database that holds the writer's last tables until the dataset's own are filled from them. */
const inMemory = (name: string) => `memory.main.${name}`;
const LINEAGE_TABLE = inMemory(LINEAGE.name);
const REFUSED_TABLE = inMemory(REFUSED.name);
const KEYS_TABLE = inMemory(KEY_NAMES.name);
const COUNTS_TABLE = inMemory('counts');

/** A table whose rows arrive while a file is read. */
interface Filling {
  spec: TableSpec;
  rows: number;
  rowsInTransaction: number;
}

export class DatasetBuild {
  private readonly filling: readonly Filling[];
  private inTransaction = false;
  /** Rows of the attribute index that wait for `index`. */
  private held: [table: string, ipc: Uint8Array][] = [];
  private keys: Uint8Array | null = null;

  /** @param path of a registered handle with an empty database. */
  constructor(
    private readonly connection: SqlConnection,
    private readonly path: string,
    private readonly alias: string,
    private readonly tables: readonly TableSpec[] = TABLES,
  ) {
    this.filling = tables
      .filter(({ kind }) => kind === 'rows')
      .map((spec) => ({ spec, rows: 0, rowsInTransaction: 0 }));
    connection.run(`ATTACH '${path}' AS "${alias}"`);
    connection.run(`USE "${alias}"`);
    for (const table of tables) connection.run(createTable(table));
    connection.run(CREATE_SPAN_ATTRIBUTES);
  }

  /**
   * Appends a batch. The first row group's worth of a table stays in memory, uncompressed, until `seal`, so that a small dataset
   * can be shown before it is written. Later, transactions of whole row groups are written to the file, compressed, as they
   * arrive. Rows of a small dataset's index wait until it is shown.
   */
  insert(batch: Batch): void {
    if (!this.inTransaction && this.filling.some(({ rows }) => rows >= ROW_GROUP)) this.begin();
    for (const table of this.filling) {
      const own = batch[table.spec.name];
      if (!own) continue;
      this.connection.insertArrow(table.spec.name, own.ipc);
      table.rows += own.rows;
      table.rowsInTransaction += own.rows;
    }
    for (const { name, kind } of this.tables) {
      if (kind === 'index' && name in batch) this.held.push([name, batch[name].ipc]);
    }
    if (!this.inTransaction) return;
    this.insertHeld();
    if (this.filling.some(({ rowsInTransaction }) => rowsInTransaction >= ROW_GROUP)) this.commit();
  }

  /**
   * Adds what depends on the whole, and the dataset's description. From here on it can be queried, except for the attribute
   * index.
   */
  derive(result: WriterResult, meta: DatasetMeta): void {
    const { connection } = this;
    this.commit();
    if (result.whole) {
      const { lineage, refused, operations, keys, spellings, hasParentsTakenBack } = result.whole;
      this.keys = keys;
      connection.insertArrow(OPERATIONS.name, operations);
      this.stage(LINEAGE.name, lineage);
      connection.run(addLineage(LINEAGE_TABLE));
      connection.run(`DROP TABLE ${LINEAGE_TABLE}`);
      if (hasParentsTakenBack) connection.run(TAKE_PARENTS_BACK);
      for (let at = 0; at < spellings.length; at += SPELLINGS_AT_ONCE) {
        connection.run(uniteTraces(spellings.slice(at, at + SPELLINGS_AT_ONCE)));
      }
      if (refused) {
        this.stage(REFUSED.name, refused);
        for (const statement of moveRefusedTimes(REFUSED_TABLE)) connection.run(statement);
        connection.run(`DROP TABLE ${REFUSED_TABLE}`);
      }
    }
    for (const statement of [CREATE_TRACES, ...CREATE_META, ...CREATE_MACROS]) {
      connection.run(statement);
    }
    this.describe(result.diagnostics, meta);
  }

  /** Fills the attribute index. */
  index(): void {
    this.insertHeld();
    if (!this.keys) return;
    this.stage(KEY_NAMES.name, this.keys);
    for (const statement of [
      countUses(COUNTS_TABLE),
      fillAttributeKeys(KEYS_TABLE, COUNTS_TABLE),
      fillAttributeCounts(COUNTS_TABLE),
      `DROP TABLE ${KEYS_TABLE}`,
      `DROP TABLE ${COUNTS_TABLE}`,
    ]) {
      this.connection.run(statement);
    }
    this.keys = null;
  }

  /** Writes everything to the file and detaches it. */
  seal(): void {
    const comments = this.tables.flatMap(commentsOn);
    for (const statement of ['BEGIN', ...comments, 'COMMIT']) this.connection.run(statement);
    this.connection.run(`CHECKPOINT "${this.alias}"`);
    this.detach();
  }

  /** Gives up: detaches the file, which may then be deleted. */
  abandon(): void {
    if (this.inTransaction) this.connection.run('ROLLBACK');
    this.detach();
  }

  private insertHeld(): void {
    for (const [table, ipc] of this.held) this.connection.insertArrow(table, ipc);
    this.held = [];
  }

  /** Inserts rows into a table of the database in memory. */
  private stage(table: string, ipc: Uint8Array): void {
    this.connection.run('USE memory');
    this.connection.insertArrow(table, ipc, true);
    this.connection.run(`USE "${this.alias}"`);
  }

  private begin(): void {
    this.connection.run('BEGIN');
    this.inTransaction = true;
    for (const table of this.filling) table.rowsInTransaction = 0;
  }

  private commit(): void {
    if (this.inTransaction) this.connection.run('COMMIT');
    this.inTransaction = false;
  }

  private describe(diagnostics: Diagnostic[], meta: DatasetMeta): void {
    for (const { code, count, example } of diagnostics) {
      this.connection.run(
        `INSERT INTO diagnostics VALUES (${text(code)}, ${count}, ${text(example.slice(0, 500))})`,
      );
    }
    const sources = `[${meta.sources.map(text).join(', ')}]::VARCHAR[]`;
    this.connection.run(`INSERT INTO dataset SELECT
      ${SCHEMA_VERSION}, ${text(meta.name)}, ${sources}, ${text(meta.format)}, to_timestamp(${Date.now() / 1000})::TIMESTAMP,
      coalesce(sum(span_count), 0), count(*), (SELECT count(DISTINCT s) FROM (SELECT unnest(services) AS s FROM traces)),
      coalesce(sum(error_count), 0), min(start_time), greatest(max(end_time), max(start_time))
      FROM traces`);
  }

  private detach(): void {
    for (const table of [LINEAGE_TABLE, REFUSED_TABLE, KEYS_TABLE, COUNTS_TABLE]) {
      this.connection.run(`DROP TABLE IF EXISTS ${table}`);
    }
    this.connection.run('USE memory');
    this.connection.run(`DETACH DATABASE IF EXISTS "${this.alias}"`);
  }
}

/** The summary of an attached dataset. */
export function readSummary(connection: SqlConnection, alias: string): DatasetSummary {
  const row = connection
    .table(
      `SELECT "name", format, spans, traces, services, errors, start_time, end_time FROM "${alias}".dataset`,
    )
    .get(0)
    ?.toJSON();
  if (!row) throw new Error('The dataset does not describe itself');
  return {
    name: String(row.name),
    format: String(row.format),
    spans: Number(row.spans),
    traces: Number(row.traces),
    services: Number(row.services),
    errors: Number(row.errors),
    startNs: (row.start_time as bigint | null) ?? null,
    endNs: (row.end_time as bigint | null) ?? null,
    diagnostics: readDiagnostics(connection, alias),
    serviceHues: readServices(connection, alias),
  };
}

/** How many services get a hue of their own. */
const HUES = 12;

function readServices(connection: SqlConnection, alias: string): DatasetSummary['serviceHues'] {
  const column = (query: string): unknown[] =>
    connection
      .table(query)
      .toArray()
      .map((row) => row.toJSON().value);
  const names = column(`SELECT service AS value FROM "${alias}".spans
    WHERE service <> '' GROUP BY service ORDER BY count(*) DESC, service LIMIT 200`).map(String);
  if (names.length <= HUES) return { names, together: [] };
  const together = column(`SELECT services AS value FROM "${alias}".traces
    WHERE len(services) > 1 GROUP BY services ORDER BY count(*) DESC, services LIMIT 500`);
  return { names, together: together.map((set) => Array.from(set as Iterable<unknown>, String)) };
}

/** The problems that were found in the files of an attached dataset. */
export function readDiagnostics(connection: SqlConnection, alias: string): Diagnostic[] {
  const list = connection
    .table(
      `SELECT coalesce(list({code: code, count: "count", example: example}), []) AS all FROM "${alias}".diagnostics`,
    )
    .get(0)
    ?.toJSON().all as Iterable<{ toJSON(): Record<string, unknown> }>;
  return [...list].map((entry) => {
    const { code, count, example } = entry.toJSON();
    return { code, count: Number(count), example } as Diagnostic;
  });
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
