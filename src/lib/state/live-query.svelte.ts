/**
 * A query that follows reactive inputs: the old result stays while the new one runs, and superseded ones are cancelled.
 * Cached results are there at once.
 */
import type { QueryOptions, QueryResult, Sql } from '$lib/engine/engine';
import { LiveTask } from './live-task.svelte';
import type { ResultCache } from './result-cache';

/** Pause in typing before a query runs. */
export const TYPING_REST_MS = 150;

export interface LiveRequest {
  query: Sql | string;
  options?: Omit<QueryOptions, 'signal'>;
  /** How long the inputs must stay unchanged before the query runs; for typing. */
  restMs?: number;
}

export class LiveQuery<Request extends LiveRequest = LiveRequest> extends LiveTask<
  Request,
  QueryResult
> {
  /**
   * Create while a component initialises; ends with it.
   * @param request read reactively; null runs nothing and drops the result.
   */
  constructor({ results }: { results: ResultCache }, request: () => Request | null) {
    super(
      request,
      async ({ query, options }, signal) => {
        const result = await results.query(query, { ...options, signal });
        // A large result is decoded in this task; drawing it gets a task of its own.
        await new Promise((next) => setTimeout(next));
        return result;
      },
      {
        known: ({ query, options }) => results.peek(query, options),
        restMs: ({ restMs = 0 }) => restMs,
      },
    );
  }

  /** The newest result; null before the first, or without a request. */
  get result(): QueryResult | null {
    return this.value;
  }
}
