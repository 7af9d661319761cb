/** What a person made of one of the view's tables: its order and text in the link, its columns and widths in the browser. */
import type { Sql } from '$lib/engine/engine';
import { TYPING_REST_MS, type LiveRequest } from '$lib/state/live-query.svelte';
import { remember, remembered } from '$lib/state/remembered';
import type { Workspace } from '$lib/state/workspace.svelte';
import {
  USUAL_LAYOUT,
  isTableLayout,
  parseSort,
  sortText,
  type TableColumn,
  type TableLayout,
  type TableSort,
} from '$lib/ui/table/data-table';

/** A table has no more rows than this, but for that of the spans; it says so where it is cut. */
export const TABLE_LIMIT = 100_000;

export class TableState {
  readonly #workspace: Workspace;
  readonly #name: string;
  readonly #usualSort: TableSort;
  #layout = $state.raw<TableLayout>(USUAL_LAYOUT);
  /** What is being typed; null once it is in the link. */
  #typed = $state<string | null>(null);
  #asked = '';

  /** @param name of letters only: it stands in links. */
  constructor(workspace: Workspace, name: string, usualSort: TableSort) {
    this.#workspace = workspace;
    this.#name = name;
    this.#usualSort = usualSort;
    this.#layout = remembered(`statistics-${name}`, USUAL_LAYOUT, isTableLayout);
  }

  /** The order that the link has, where the table has such a column. */
  sort(columns: readonly TableColumn<never>[]): TableSort {
    const text = this.#workspace.option(`statistics.${this.#name}Sort`);
    return (text && parseSort(text, columns)) || this.#usualSort;
  }

  setSort(sort: TableSort): void {
    const text = sortText(sort);
    this.#workspace.setOption(
      `statistics.${this.#name}Sort`,
      text === sortText(this.#usualSort) ? null : text,
    );
  }

  get layout(): TableLayout {
    return this.#layout;
  }

  set layout(layout: TableLayout) {
    this.#layout = layout;
    remember(`statistics-${this.#name}`, layout);
  }

  /** The text that rows must hold. */
  get find(): string {
    return (this.#typed ?? this.#workspace.option(`statistics.${this.#name}Find`)).trim();
  }

  /** The request of a table's rows; what is typed rests a moment before it is asked. */
  request(query: Sql, limit: number): LiveRequest {
    const restMs = this.#asked === this.find ? 0 : TYPING_REST_MS;
    this.#asked = this.find;
    return { query, options: { limit }, restMs };
  }

  /** While it is typed: not a step of Back yet. */
  type(text: string): void {
    this.#typed = text;
  }

  /** Enter, or the box is left. */
  keepTyped(): void {
    if (this.#typed === null) return;
    this.#workspace.setOption(`statistics.${this.#name}Find`, this.#typed.trim() || null);
    this.#typed = null;
  }
}
