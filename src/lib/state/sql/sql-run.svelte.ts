/** One run of a query and what came of it: kept by its tab, so that leaving the view and coming back costs nothing. */
import type { Dataset, QueryResult } from '$lib/engine/engine';
import { isAbort } from '$lib/model/errors';

/** What is run, and how it stands to the text that was written. */
export interface RunRequest {
  /** As it is sent to the engine: maybe inside the filter's brackets. */
  executed: string;
  /** As it was written. */
  statement: string;
  /** Lines that stand above the statement in what is sent. */
  linesAbove: number;
  /** Where the statement begins in its tab's text. */
  from: number;
  /** Whether it saw only what the filter lets through. */
  isNarrowed: boolean;
  /** The column that the engine was asked to sort by, beyond the statement's own order. */
  sortedBy: { column: string; descending: boolean } | null;
}

export interface RunOptions {
  limit?: number;
  timeoutMs?: number;
}

export class SqlRun {
  /** What is running, or ran last. */
  request = $state.raw<RunRequest | null>(null);
  /** What `result` answers; an earlier request than the one that is running. */
  answered = $state.raw<RunRequest | null>(null);
  /** The last result; it stays while the next is on its way. */
  result = $state.raw<QueryResult | null>(null);
  error = $state.raw<Error | null>(null);
  isRunning = $state(false);
  /** The last run was stopped by hand. */
  isStopped = $state(false);
  /** `performance.now()` at the start of the run. */
  startedMs = $state(0);
  /** From the start to the answer, with the way through the engine's queue; 0 while it runs. */
  elapsedMs = $state(0);
  #abort: AbortController | null = null;

  /**
   * Runs it in place of what is running. Never rejects: what failed stands in `error`.
   * @returns whether there is a result of it.
   */
  async start(
    engine: Pick<Dataset, 'query'>,
    request: RunRequest,
    options: RunOptions = {},
  ): Promise<boolean> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.request = request;
    this.isRunning = true;
    this.isStopped = false;
    this.startedMs = performance.now();
    this.elapsedMs = 0;
    try {
      const result = await engine.query(request.executed, { ...options, signal: abort.signal });
      if (this.#abort !== abort) return false;
      this.result = result;
      this.answered = request;
      this.error = null;
      return true;
    } catch (error) {
      if (this.#abort !== abort) return false;
      if (isAbort(error)) this.isStopped = true;
      else this.error = error instanceof Error ? error : new Error(String(error));
      return false;
    } finally {
      if (this.#abort === abort) {
        this.#abort = null;
        this.isRunning = false;
        this.elapsedMs = performance.now() - this.startedMs;
      }
    }
  }

  stop(): void {
    this.#abort?.abort();
  }
}
