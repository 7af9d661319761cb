/**
 * A query that follows reactive inputs: the old result stays while the new one runs, and superseded ones are cancelled.
 * What has been answered before is there at once.
 */
import type { QueryOptions, QueryResult, Sql } from '$lib/engine/engine';
import { isAbort } from '$lib/model/errors';
import { untrack } from 'svelte';
import type { ResultCache } from './result-cache';

export interface LiveRequest {
  query: Sql | string;
  options?: Omit<QueryOptions, 'signal'>;
  /** How long the inputs must rest before the query runs; for what is typed. */
  restMs?: number;
}

/** A result that comes within this time shows no sign of work. */
const QUIET_MS = 150;

export class LiveQuery {
  /** The newest result; null before the first, or while there is nothing to ask. */
  result = $state.raw<QueryResult | null>(null);
  /** The request that `result` answers, to tell an old picture from a new one. */
  answered = $state.raw<LiveRequest | null>(null);
  error = $state.raw<Error | null>(null);
  /** True once a query has been under way for 150 ms. */
  loading = $state(false);
  #attempt = $state(0);

  /**
   * Must be made while a component is set up; ends with it.
   * @param request read reactively; null asks nothing and drops the result.
   */
  constructor({ results }: { results: ResultCache }, request: () => LiveRequest | null) {
    $effect(() => {
      const wanted = request();
      void this.#attempt;
      if (!wanted) {
        this.result = null;
        this.answered = null;
        this.error = null;
        this.loading = false;
        return;
      }
      const known = results.peek(wanted.query, wanted.options);
      if (known) {
        this.result = known;
        this.answered = wanted;
        this.error = null;
        this.loading = false;
        return;
      }
      const abort = new AbortController();
      const quiet = setTimeout(() => (this.loading = true), QUIET_MS + (wanted.restMs ?? 0));
      const start = () =>
        void untrack(() => this.#run(results, wanted, abort.signal)).finally(() => {
          clearTimeout(quiet);
          if (!abort.signal.aborted) this.loading = false;
        });
      const rest = wanted.restMs ? setTimeout(start, wanted.restMs) : undefined;
      if (!wanted.restMs) start();
      return () => {
        abort.abort();
        clearTimeout(quiet);
        clearTimeout(rest);
      };
    });
  }

  /** Asks again, after an error. */
  retry(): void {
    this.#attempt++;
  }

  async #run(results: ResultCache, request: LiveRequest, signal: AbortSignal): Promise<void> {
    try {
      const result = await results.query(request.query, { ...request.options, signal });
      // A large result is decoded in this task: what is drawn of it gets a task of its own.
      await new Promise((next) => setTimeout(next));
      if (signal.aborted) return;
      this.result = result;
      this.answered = request;
      this.error = null;
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      this.error = error instanceof Error ? error : new Error(String(error));
    }
  }
}
