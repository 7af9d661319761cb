/** Runs one admitted query in slices, so that it can be cancelled and has a time limit, and never writes. */
import { AppError, abortError } from '$lib/model/errors';
import type { Connection } from '$lib/engine/worker/duckdb';
import type { ColumnInfo } from '$lib/engine/engine';
import { admit, messageOf, queryError } from './gate';
import { nextTask } from '$lib/engine/worker/yield';

export const DEFAULT_LIMIT = 10_000;
export const DEFAULT_TIMEOUT_MS = 30_000;

/** A statement without a row cap of its own stops here. */
const MAX_RESULT_BYTES = 256 << 20;

/** Something with a time limit, in milliseconds. */
export interface Timed {
  timeoutMs: number;
}

export interface QueryRequest extends Timed {
  sql: string;
  limit: number;
  /** Parts of the text that other queries share; see `Sql`. */
  shared?: readonly string[];
}

/** What the worker sends to the page: Arrow IPC bytes, transferred rather than copied. */
export interface RawResult {
  ipc: Uint8Array<ArrayBuffer>;
  /** Null if the statement can't be described; then the Arrow schema has to do. */
  columns: ColumnInfo[] | null;
  limit: number;
  elapsedMs: number;
}

/** Set from outside while the query runs. */
export interface CancelToken {
  cancelled: boolean;
}

/**
 * The whole result of one query.
 * @throws AppError `refused-sql`, `query-failed`, `query-timeout`; AbortError when cancelled.
 */
export async function runQuery(
  connection: Connection,
  request: QueryRequest,
  token: CancelToken,
): Promise<RawResult> {
  const started = performance.now();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const columns = await streamQuery(connection, request, token, (part) => {
    parts.push(part);
    bytes += part.length;
    if (bytes <= MAX_RESULT_BYTES) return;
    throw new AppError(
      'query-failed',
      'The result is larger than 256 MB. Select fewer columns or rows.',
    );
  });
  const ipc = new Uint8Array(bytes);
  let at = 0;
  for (const piece of parts) {
    ipc.set(piece, at);
    at += piece.length;
  }
  return { ipc, columns, limit: request.limit, elapsedMs: performance.now() - started };
}

/**
 * Runs one query and hands its Arrow IPC messages on as they come, the schema first. One row beyond the limit shows
 * that there are more. A `take` that needs time returns a promise; an error it throws ends the query.
 * @returns the columns; null where the statement can't be described.
 * @throws what `runQuery` throws, and what `take` throws.
 */
export async function streamQuery(
  connection: Connection,
  request: QueryRequest,
  token: CancelToken,
  take: (part: Uint8Array, columns: ColumnInfo[] | null) => void | Promise<void>,
): Promise<ColumnInfo[] | null> {
  const { columns, linesAbove, statement } = admit(connection, request.sql);
  const query = statement(request.limit + 1);
  connection.run('BEGIN TRANSACTION READ ONLY');
  try {
    await runInSlices(connection, query, request, token, (part) => take(part, columns));
    return columns;
  } catch (error) {
    if (error instanceof AppError || error instanceof DOMException) throw error;
    // A trap leaves the engine unusable: the worker's owner must know.
    if (error instanceof WebAssembly.RuntimeError) throw error;
    throw queryError(messageOf(error), linesAbove);
  } finally {
    connection.run('ROLLBACK');
  }
}

/**
 * Runs one statement and hands its messages on, with room for other tasks between its slices.
 * @throws AppError `query-timeout`; AbortError when cancelled; the engine's own error; what `take` throws.
 */
export async function runInSlices(
  connection: Connection,
  statement: string,
  request: Timed,
  token: CancelToken,
  take: (part: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const started = performance.now();
  let isFirst = true;
  let part = connection.start(statement);
  for (;;) {
    while (part === null) {
      await nextTask();
      stopIfAsked(connection, request, token, started);
      part = isFirst ? connection.poll() : connection.fetch();
    }
    if (part.length === 0) return;
    isFirst = false;
    try {
      const taking = take(part);
      if (taking) await taking;
    } catch (error) {
      connection.cancel();
      throw error;
    }
    stopIfAsked(connection, request, token, started);
    part = connection.fetch();
  }
}

function stopIfAsked(
  connection: Connection,
  request: Timed,
  token: CancelToken,
  started: number,
): void {
  const late = performance.now() - started > request.timeoutMs;
  if (!token.cancelled && !late) return;
  connection.cancel();
  if (token.cancelled) throw abortError();
  throw new AppError(
    'query-timeout',
    `The query was stopped after ${request.timeoutMs / 1000} s. Narrow it, or allow it more time.`,
  );
}
