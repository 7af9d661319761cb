/** One run of a query and what came of it: kept by its tab, so that leaving the view and coming back costs nothing. */
import type { Dataset, QueryResult } from '$lib/engine/engine';
import { LatestWork } from '$lib/state/live-task.svelte';

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
  readonly #work = new LatestWork();
  /** What is running, or ran last. */
  request = $state.raw<RunRequest | null>(null);
  /** What `result` answers; an earlier request than the one that is running. */
  answered = $state.raw<RunRequest | null>(null);
  /** The last result; it stays while the next is on its way. */
  result = $state.raw<QueryResult | null>(null);
  /** The last run was stopped by hand. */
  isStopped = $state(false);
  /** `performance.now()` at the start of the run. */
  startedMs = $state(0);
  /** From the start to the answer, with the way through the engine's queue; 0 while it runs. */
  elapsedMs = $state(0);

  get isRunning(): boolean {
    return this.#work.isRunning;
  }

  get error(): Error | null {
    return this.#work.error;
  }

  /**
   * Runs it in place of what is running. Never rejects: what failed stands in `error`.
   * @returns whether there is a result of it.
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
