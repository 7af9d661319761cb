/**
 * Computes subqueries that many queries share only once. The result of a filter's search is stored in a table in memory,
 * and queries that contain the search read that table instead: a view runs half a dozen queries with the same filter, and
 * the search is the most expensive part of each. The dataset never changes, so neither does the table.
 */
import { AppError, isAbort } from '$lib/model/errors';
import type { Connection } from '$lib/engine/worker/duckdb';
import { admit } from './gate';
import { runInSlices, type CancelToken, type Timed } from './run-query';

/** Enough for going back and forth between filters. A request with more of them keeps its own. */
const MAX_TABLES = 6;

interface Request extends Timed {
  sql: string;
  /** Parts of the text, of one column each. */
  shared?: readonly string[];
}

export class SharedSubqueries {
  /** Tables by their query, least recently used first. */
  readonly #tables = new Map<string, string>();
  #count = 0;
  readonly #dataset: string;

  /** @param dataset its name in the engine: tables of several lie in the same place. */
  constructor(dataset: string) {
    this.#dataset = dataset;
  }

  /**
   * The request with its shared parts read from tables, which are created if missing.
   * @throws AppError `query-timeout`; AbortError when cancelled.
   */
  async inserted<R extends Request>(
    connection: Connection,
    request: R,
    token: CancelToken,
  ): Promise<R> {
    let { sql } = request;
    const used = new Set<string>();
    for (const part of request.shared ?? []) {
      // With its brackets, because one part can be the beginning of another.
      const bracketed = `(${part})`;
      if (!sql.includes(bracketed)) continue;
      const table = this.#tables.get(part) ?? (await this.#make(connection, part, request, token));
      if (table === null) continue;
      // Used last.
      this.#tables.delete(part);
      this.#tables.set(part, table);
      used.add(part);
      sql = sql.replaceAll(bracketed, `(FROM ${table})`);
    }
    this.#forget(connection, MAX_TABLES, used);
    return { ...request, sql };
  }

  /** Before the dataset is closed. */
  clear(connection: Connection): void {
    this.#forget(connection, 0, new Set());
  }

  /** Null if the engine can't create it: the query then runs as written, and reports the error. */
  async #make(
    connection: Connection,
    part: string,
    request: Request,
    token: CancelToken,
  ): Promise<string | null> {
    const table = `memory.main.${this.#dataset}_shared_${++this.#count}`;
    try {
      const { statement } = admit(connection, `SELECT DISTINCT * FROM (${part})`);
      const sql = statement(Number.MAX_SAFE_INTEGER);
      await runInSlices(connection, `CREATE TABLE ${table} AS ${sql}`, request, token, () => {});
      return table;
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      // One that was stopped may be there already.
      connection.run(`DROP TABLE IF EXISTS ${table}`);
      const isTimeout = error instanceof AppError && error.code === 'query-timeout';
      if (isAbort(error) || isTimeout) throw error;
      return null;
    }
  }

  #forget(connection: Connection, left: number, used: ReadonlySet<string>): void {
    for (const [part, table] of this.#tables) {
      if (this.#tables.size <= left) return;
      if (used.has(part)) continue;
      connection.run(`DROP TABLE ${table}`);
      this.#tables.delete(part);
    }
  }
}
