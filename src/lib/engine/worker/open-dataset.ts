/** One open dataset: its queries, its file, its end. Each has its own name and connection in the engine. */
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

/** An attached database. */
export interface AttachedFile {
  path: string;
  /** Its name in the engine. */
  alias: string;
  handle: Handle;
  /** The user's own file, if it is read in place. */
  blob: Blob | null;
}

export class OpenDataset {
  readonly summary: DatasetSummary;
  readonly #db: DuckDb;
  /** Shared by all datasets, since the engine has one thread. */
  readonly #turns: Turns;
  readonly #file: AttachedFile;
  readonly #connection: Connection;
  readonly #shared: SharedSubqueries;
  /** Running and waiting queries. */
  readonly #asked = new Set<CancelToken>();
  /** If it was built here. */
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
      // Names without a database refer to this one.
      this.#connection.run(`USE "${file.alias}"`);
      this.summary = readSummary(this.#connection, file.alias);
    } catch (error) {
      this.#connection.close();
      throw error;
    }
  }

  /**
   * Sets the work that remains to be done on it.
   * @param kept resolves once it is in the library, if it should be
   * @param libraryId its entry there, if any
   */
  finishBy(finishing: Finishing, kept: Promise<void>, libraryId: string | undefined): void {
    this.#finishing = finishing;
    this.#kept = kept;
    // Those who wait see a failure, but there may be none.
    kept.catch(() => {});
    if (libraryId) this.summary.libraryId = libraryId;
  }

  /**
   * Runs one query, after those already waiting.
   * @throws AppError, AbortError
   */
  query(request: QueryRequest, token: CancelToken): Promise<RawResult> {
    return this.#inTurn(request, token, (inserted) => runQuery(this.#connection, inserted, token));
  }

  /**
   * All rows of one query as a file, after the queries already waiting.
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
   * The dataset as a `.duckdb` file, including saved queries if there are any.
   * @throws AppError `storage-failed` if it could not be written out.
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

  /** Resolves once it has been written out and kept, or will not be. Rejects with the reason if that failed. */
  settled(): Promise<void> {
    return this.#kept;
  }

  /**
   * Ends its queries and closes it, after writing it out if it should be kept in the library. Further calls wait for the same
   * end.
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

/** All bytes of a handle; other tasks can run between its parts. */
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
