/** One run of a query and its outcome: kept by its tab, so that leaving the view and coming back costs nothing. */
import type { Dataset, QueryResult } from '$lib/engine/engine';
import { LatestWork } from '$lib/state/live-task.svelte';

/** What is run, and how it relates to the text in the editor. */
export interface RunRequest {
  /** As sent to the engine, possibly wrapped in the filter. */
  executed: string;
  /** As written. */
  statement: string;
  /** Lines above the statement in the text that is sent. */
  linesAbove: number;
  /** The statement's offset in its tab's text. */
  from: number;
  /** Whether it ran on the filtered data. */
  isNarrowed: boolean;
  /** The column that the engine was asked to sort by, beyond the statement's own order. */
  sortedBy: { column: string; descending: boolean } | null;
}

export interface RunOptions {
  limit?: number;
  timeoutMs?: number;
}

export class SqlRun {
  readonly #work = new LatestWork();
  /** The request that is running or ran last. */
  request = $state.raw<RunRequest | null>(null);
  /** The request that `result` belongs to; it may be older than the running one. */
  answered = $state.raw<RunRequest | null>(null);
  /** The last result; it stays until the next arrives. */
  result = $state.raw<QueryResult | null>(null);
  /** The last run was stopped by hand. */
  isStopped = $state(false);
  /** `performance.now()` at the start of the run. */
  startedMs = $state(0);
  /** From the start to the result, including the wait in the engine's queue; 0 while it runs. */
  elapsedMs = $state(0);

  get isRunning(): boolean {
    return this.#work.isRunning;
  }

  get error(): Error | null {
    return this.#work.error;
  }

  /**
   * Runs it in place of the running one. Never rejects: a failure is kept in `error`.
   * @returns whether it produced a result.
   */
  async start(
    engine: Pick<Dataset, 'query'>,
    request: RunRequest,
    options: RunOptions = {},
  ): Promise<boolean> {
    const startedMs = performance.now();
    this.request = request;
    this.isStopped = false;
    this.startedMs = startedMs;
    this.elapsedMs = 0;
    const outcome = await this.#work.run(
      (signal) => engine.query(request.executed, { ...options, signal }),
      (result) => {
        this.result = result;
        this.answered = request;
        this.elapsedMs = performance.now() - startedMs;
      },
    );
    if (outcome === 'superseded') return false;
    this.elapsedMs ||= performance.now() - startedMs;
    this.isStopped = outcome === 'stopped';
    return outcome === 'done';
  }

  stop(): void {
    this.#work.stop();
  }
}
