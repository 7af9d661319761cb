/** One open dataset: the queries on it, its file, its end. Each has a name in the engine and a connection of its own. */
import { readSummary } from '$lib/dataset/build';
import type { Handle } from '$lib/bytes/handles/handle';
import type { DatasetSummary } from '$lib/model/dataset';
import { AppError, abortError } from '$lib/model/errors';
import type { NamedQuery } from '$lib/engine/engine';
import type { Finishing } from '$lib/engine/open/finishing';
import { withQueries } from '$lib/engine/open/saved-copy';
import { exportQuery, type ExportRequest } from '$lib/engine/query/export-query';
import { messageOf } from '$lib/engine/query/gate';
import {
  runQuery,
  type CancelToken,
  type QueryRequest,
  type RawResult,
} from '$lib/engine/query/run-query';
import { SharedSubqueries } from '$lib/engine/query/shared-subqueries';
import type { Connection, DuckDb } from './duckdb';
import type { Turns } from './turns';
import { nextTask } from './yield';

/** A database that is attached. */
export interface AttachedFile {
  path: string;
  /** Its name in the engine. */
  alias: string;
  handle: Handle;
  /** The user's own file, where it is read in place. */
  blob: Blob | null;
}

export class OpenDataset {
  readonly summary: DatasetSummary;
  readonly #db: DuckDb;
  /** Of all datasets: the engine has one thread. */
  readonly #turns: Turns;
  readonly #file: AttachedFile;
  readonly #connection: Connection;
  readonly #shared: SharedSubqueries;
  /** Queries that run or wait. */
  readonly #asked = new Set<CancelToken>();
  /** Where it was built here. */
  #finishing: Finishing | null = null;
  #kept: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(db: DuckDb, turns: Turns, file: AttachedFile) {
    this.#db = db;
    this.#turns = turns;
    this.#file = file;
    this.#shared = new SharedSubqueries(file.alias);
    this.#connection = db.connect();
    try {
      // Names without a database are of this one.
      this.#connection.run(`USE "${file.alias}"`);
      this.summary = readSummary(this.#connection, file.alias);
    } catch (error) {
      this.#connection.close();
      throw error;
    }
  }

  /**
   * Sees to what is left to do on it.
   * @param kept once it is in the library, if it is to be there
   * @param libraryId where it will be kept, if it is
   */
  finishBy(finishing: Finishing, kept: Promise<void>, libraryId: string | undefined): void {
    this.#finishing = finishing;
    this.#kept = kept;
    // Who waits hears of a failure; nobody may be waiting.
    kept.catch(() => {});
    if (libraryId) this.summary.libraryId = libraryId;
  }

  /**
   * Runs one query, after those that wait already.
   * @throws AppError, AbortError
   */
  query(request: QueryRequest, token: CancelToken): Promise<RawResult> {
    return this.#inTurn(request, token, (inserted) => runQuery(this.#connection, inserted, token));
  }

  /**
   * All rows of one query as a file, after the queries that wait already.
   * @throws AppError, AbortError
   */
  export(
    request: ExportRequest,
    token: CancelToken,
    onRows: (rows: number) => void,
  ): Promise<Blob> {
    return this.#inTurn(request, token, (inserted) =>
      exportQuery(this.#connection, inserted, token, onRows),
    );
  }

  async #inTurn<T, R extends QueryRequest | ExportRequest>(
    request: R,
    token: CancelToken,
    ask: (inserted: R) => Promise<T>,
  ): Promise<T> {
    this.#stopIfClosed();
    this.#asked.add(token);
    try {
      await this.#finishing?.readyFor(request.sql);
      return await this.#turns.take(async () => {
        if (token.cancelled) throw abortError();
        return ask(await this.#shared.inserted(this.#connection, request, token));
      });
    } finally {
      this.#asked.delete(token);
    }
  }

  /**
   * The dataset as a `.duckdb` file, with queries in it where there are any.
   * @throws AppError `storage-failed` where it could not be written out.
   */
  async save(queries: readonly NamedQuery[] = []): Promise<Blob> {
    this.#stopIfClosed();
    this.#finishing?.hurry();
    try {
      await this.#finishing?.done();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      throw new AppError(
        'storage-failed',
        `The dataset could not be written out: ${messageOf(error)}. Open the file again to save it.`,
      );
    }
    return this.#turns.take(async () => {
      this.#stopIfClosed();
      const { blob, handle } = this.#file;
      if (queries.length === 0) return blob ?? (await blobOf(handle));
      return blobOf(withQueries(this.#db, handle, queries));
    });
  }

  /** Once it is written out and kept, or will not be. Rejects with the reason where that failed. */
  settled(): Promise<void> {
    return this.#kept;
  }

  /**
   * Ends its queries and forgets it. What is to be kept in the library is written out before.
   * Further calls wait for the same end.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const token of this.#asked) token.cancelled = true;
    if (this.summary.libraryId) this.#finishing?.hurry();
    else this.#finishing?.cancel();
    await this.settled().catch(() => {});
    await this.#turns.take(async () => {
      const { alias, path, handle } = this.#file;
      this.#connection.run('USE memory');
      this.#shared.clear(this.#connection);
      this.#connection.run(`DETACH DATABASE IF EXISTS "${alias}"`);
      this.#connection.close();
      this.#db.unregister(path);
      handle.close();
    });
  }

  #stopIfClosed(): void {
    if (this.#closing) throw new AppError('no-dataset', 'This dataset has been closed.');
  }
}

const SAVE_STEP = 16 << 20;

/** All bytes of a handle, with room for other tasks between its parts. */
async function blobOf(handle: Handle): Promise<Blob> {
  const size = handle.getSize();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < size; at += SAVE_STEP) {
    const part = new Uint8Array(Math.min(SAVE_STEP, size - at));
    handle.read(part, { at });
    parts.push(part);
    await nextTask();
  }
  return new Blob(parts, { type: 'application/vnd.duckdb' });
}
