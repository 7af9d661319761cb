/**
 * A new dataset: an empty database on a handle is filled batch by batch, given what only the whole shows, and sealed.
 */
import type { DatasetSummary } from '$lib/model/dataset';
import type { Diagnostic } from '$lib/model/diagnostics';
import {
  COMMENTS,
  CREATE_MACROS,
  CREATE_META,
  CREATE_SPANS,
  CREATE_TRACES,
  SCHEMA_VERSION,
  addLineage,
} from './schema';
import type { WriterResult } from './span-writer';

/** What a build needs of the engine; implemented by its connection. */
export interface SqlConnection {
  run(sql: string): void;
  table(sql: string): { get(row: number): { toJSON(): Record<string, unknown> } | null };
  insertArrow(table: string, ipc: Uint8Array, create?: boolean): void;
}

export interface DatasetMeta {
  name: string;
  /** Names of the files or addresses that it was read from. */
  sources: string[];
  format: string;
}

const LINEAGE_TABLE = 'memory.main.lineage';

export class DatasetBuild {
  /** @param path of a registered handle that holds an empty database. */
  constructor(
    private readonly connection: SqlConnection,
    private readonly path: string,
    private readonly alias: string,
  ) {
    connection.run(`ATTACH '${path}' AS "${alias}"`);
    connection.run(`USE "${alias}"`);
    connection.run(CREATE_SPANS);
    // One transaction: full row groups go to the file as they come, and nothing goes through the write-ahead log.
    connection.run('BEGIN');
  }

  insert(ipc: Uint8Array): void {
    this.connection.insertArrow('spans', ipc);
  }

  /** Derives, writes what describes the dataset, and detaches the file, whole and checkpointed. */
  finish(result: WriterResult, meta: DatasetMeta): void {
    const { connection } = this;
    connection.run('COMMIT');
    if (result.lineage) {
      connection.run('USE memory');
      connection.insertArrow('lineage', result.lineage, true);
      connection.run(`USE "${this.alias}"`);
    } else {
      connection.run(`CREATE TABLE ${LINEAGE_TABLE} AS ${EMPTY_LINEAGE}`);
    }
    for (const statement of addLineage(LINEAGE_TABLE)) connection.run(statement);
    connection.run(`DROP TABLE ${LINEAGE_TABLE}`);
    for (const statement of [CREATE_TRACES, ...CREATE_META, ...CREATE_MACROS, ...COMMENTS]) {
      connection.run(statement);
    }
    this.describe(result.diagnostics, meta);
    connection.run(`CHECKPOINT "${this.alias}"`);
    this.detach();
  }

  /** Gives up: the file is detached and may be thrown away. */
  abandon(): void {
    try {
      this.connection.run('ROLLBACK');
    } catch {
      // No transaction is open once `finish` has committed.
    }
    this.detach();
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
      count(*), (SELECT count(*) FROM traces), count(DISTINCT service),
      count(*) FILTER (status_code = 'ERROR'), min(start_time), max(end_time)
      FROM spans`);
  }

  private detach(): void {
    this.connection.run('USE memory');
    this.connection.run('DROP TABLE IF EXISTS lineage');
    this.connection.run(`DETACH DATABASE IF EXISTS "${this.alias}"`);
  }
}

const EMPTY_LINEAGE = `SELECT 0 AS span_no, 0 AS parent_no, 0 AS depth, 0 AS child_count, 0 AS self_time_ns,
  false AS is_root, false AS is_orphan WHERE false`;

/** The summary of an attached dataset. */
export function readSummary(connection: SqlConnection, alias: string): DatasetSummary {
  const row = connection
    .table(
      `SELECT "name", format, spans, traces, services, errors, start_time, end_time FROM "${alias}".dataset`,
    )
    .get(0)
    ?.toJSON();
  if (!row) throw new Error('The dataset does not describe itself');
  const list = connection
    .table(
      `SELECT coalesce(list({code: code, count: "count", example: example}), []) AS all FROM "${alias}".diagnostics`,
    )
    .get(0)
    ?.toJSON().all as Iterable<{ toJSON(): Record<string, unknown> }>;
  return {
    name: String(row.name),
    format: String(row.format),
    spans: Number(row.spans),
    traces: Number(row.traces),
    services: Number(row.services),
    errors: Number(row.errors),
    startNs: (row.start_time as bigint | null) ?? null,
    endNs: (row.end_time as bigint | null) ?? null,
    diagnostics: [...list].map((entry) => {
      const { code, count, example } = entry.toJSON();
      return { code, count: Number(count), example } as Diagnostic;
    }),
  };
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
