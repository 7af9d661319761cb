/** Which groups are open, and their traces: asked when a group opens, and again when filter or order change. */
import type { QueryResult, Sql } from '$lib/engine/engine';
import { LiveTask } from '$lib/state/live-task.svelte';
import type { ResultCache } from '$lib/state/result-cache';
import { SvelteMap } from 'svelte/reactivity';
import { groupKey, type GroupValues } from './trace-groups';
import { TRACE_LIMIT } from './trace-list-query';

/** The traces of an open group: there, on their way (null), or failed. */
export type GroupTraces = QueryResult | Error | null;

export class OpenGroups {
  readonly #traces = new SvelteMap<string, GroupTraces>();
  #open = $state.raw<readonly { key: string; values: GroupValues }[]>([]);
  readonly #asked: LiveTask<{ text: Sql; key: string }[], void>;

  /**
   * Must be made while a component is set up; ends with it.
   * @param query of the traces of a group; read reactively.
   */
  constructor(results: ResultCache, query: () => (values: GroupValues) => Sql) {
    const ask = async (text: Sql, key: string, signal: AbortSignal) => {
      // One group's failure is no reason to take the others away.
      const traces = await results
        .query(text, { limit: TRACE_LIMIT, signal })
        .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
      if (!signal.aborted) this.#traces.set(key, traces);
    };
    this.#asked = new LiveTask(
      () => {
        const queryOf = query();
        return this.#open.map(({ key, values }) => ({ text: queryOf(values), key }));
      },
      async (groups, signal) => {
        await Promise.all(groups.map(({ text, key }) => ask(text, key, signal)));
      },
    );
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
    this.#asked.retry();
  }
}
