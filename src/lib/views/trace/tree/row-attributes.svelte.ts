/** The main attributes of a trace's spans as a line each, asked for when their rows come into view. */
import { sql } from '$lib/engine/engine';
import { LatestWork } from '$lib/state/live-task.svelte';
import { entriesOf } from '$lib/views/trace/detail/span-query';
import { mainAttributes } from '$lib/trace/text-tree';
import { LIMIT, ofTrace, type Asked, type LoadedTrace } from '$lib/views/trace/trace-query';

/** Values are cut anyway; what lies behind this is not even fetched. */
const VALUE_CHARACTERS = 100;
/** Rows are asked for some pages ahead. */
const AHEAD = 100;

export class RowAttributes {
  readonly #engine: Asked;
  readonly #loaded: LoadedTrace;
  // Bumped by the counter below.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #lines = new Map<number, string>();
  #version = $state(0);
  readonly #work = new LatestWork();

  constructor(engine: Asked, loaded: LoadedTrace) {
    this.#engine = engine;
    this.#loaded = loaded;
  }

  /** Why lines are missing. That is no reason to take the table away; scrolling asks again. */
  get failure(): Error | null {
    return this.#work.error;
  }

  /** The line of a position; '' until it is there. */
  textOf(position: number): string {
    void this.#version;
    return this.#lines.get(position) ?? '';
  }

  /** Asks for the lines of rows in view that are not known; what was asked for before and is not, no more. */
  want(positions: Int32Array): void {
    if (positions.every((at) => this.#lines.has(at))) return;
    const last = positions[positions.length - 1] ?? 0;
    const { count } = this.#loaded.trace;
    const wanted = Array.from(positions);
    for (let at = last + 1; at < Math.min(count, last + AHEAD); at++) wanted.push(at);
    void this.#work.run(
      (signal) => this.fetch(wanted, signal),
      () => undefined,
    );
  }

  /** Fetches the lines of positions. */
  async fetch(positions: readonly number[], signal: AbortSignal): Promise<void> {
    const { trace, head } = this.#loaded;
    const missing = positions.filter((at) => !this.#lines.has(at));
    if (!missing.length) return;
    const numbers = missing.map((at) => trace.spanNo[at]);
    const result = await this.#engine.query(
      sql`
        SELECT
          span_no,
          list_transform(
            map_entries(attributes),
            lambda e: {'key': e.key, 'value': left(e.value, ${VALUE_CHARACTERS})}
          ) AS attributes
        FROM spans
        WHERE ${ofTrace(head)} AND span_no IN (SELECT unnest(${numbers}))`,
      { limit: LIMIT, signal },
    );
    if (signal.aborted) return;
    const spanNo = result.numbers('span_no');
    for (let row = 0; row < result.rowCount; row++) {
      const line = mainAttributes(entriesOf(result.value(row, 'attributes'), 'attributes'));
      this.#lines.set(trace.positionOf(spanNo[row]), line);
    }
    this.#version++;
  }
}
