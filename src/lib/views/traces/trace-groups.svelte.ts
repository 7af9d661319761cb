/** Which groups are open, and their traces: asked when a group opens, and again when filter or order change. */
import type { QueryResult, Sql } from '$lib/engine/engine';
import { isAbort } from '$lib/model/errors';
import type { ResultCache } from '$lib/state/result-cache';
import { SvelteMap } from 'svelte/reactivity';
import { groupKey, type GroupValues } from './trace-groups';
import { TRACE_LIMIT } from './trace-list-query';

/** The traces of an open group: there, on their way (null), or failed. */
export type GroupTraces = QueryResult | Error | null;

export class OpenGroups {
  readonly #traces = new SvelteMap<string, GroupTraces>();
  #open = $state.raw<readonly { key: string; values: GroupValues }[]>([]);
  #attempt = $state(0);

  /**
   * Must be made while a component is set up; ends with it.
   * @param query of the traces of a group; read reactively.
   */
  constructor(results: ResultCache, query: () => (values: GroupValues) => Sql) {
    $effect(() => {
      const queryOf = query();
      void this.#attempt;
      const abort = new AbortController();
      const options = { limit: TRACE_LIMIT };
      for (const { key, values } of this.#open) {
        const text = queryOf(values);
        const known = results.peek(text, options);
        if (known) this.#traces.set(key, known);
        else
          results.query(text, { ...options, signal: abort.signal }).then(
            (result) => !abort.signal.aborted && this.#traces.set(key, result),
            (error: unknown) => {
              if (abort.signal.aborted || isAbort(error)) return;
              this.#traces.set(key, error instanceof Error ? error : new Error(String(error)));
            },
          );
      }
      return () => abort.abort();
    });
  }

  isOpen(key: string): boolean {
    return this.#open.some((group) => group.key === key);
  }

  /** The keys of the open groups, in the order in which they were opened. */
  get keys(): readonly string[] {
    return this.#open.map(({ key }) => key);
  }

  tracesOf(key: string): GroupTraces {
    return this.#traces.get(key) ?? null;
  }

  toggle(values: GroupValues, open: boolean): void {
    const key = groupKey(values);
    const others = this.#open.filter((group) => group.key !== key);
    this.#open = open ? [...others, { key, values }] : others;
  }

  /** Asks again for what failed. */
  retry(): void {
    this.#attempt++;
  }
}
