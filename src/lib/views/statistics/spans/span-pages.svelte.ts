/**
 * The rows of a long table, fetched a page at a time as they come into view. The old rows stay until the first page of
 * another order is there.
 */
import type { QueryResult } from '$lib/engine/engine';
import { LatestWork } from '$lib/state/live-task.svelte';
import type { ResultCache } from '$lib/state/result-cache';
import { untrack } from 'svelte';
import { NO_PAGES, missingPage, pageOf, withPage, type PageStore } from './page-store';
import { pageQuery, type SpanColumnSql } from './spans-query';

export const PAGE_ROWS = 100;
/** Pages that are kept at hand; the result cache may know more. */
const MAX_PAGES = 60;

export interface PageRequest {
  /** Numbers of the spans, in the order of the rows. */
  order: Float64Array;
  columns: readonly SpanColumnSql[];
}

interface Shown {
  request: PageRequest;
  pages: PageStore;
}

export class SpanPages {
  readonly #work = new LatestWork();
  #shown = $state.raw<Shown | null>(null);
  #attempt = $state(0);
  readonly #results: ResultCache;
  #window: [first: number, last: number] = [0, 1];
  #wanted: PageRequest | null = null;

  /** Must be made while a component is set up; ends with it. @param request read reactively. */
  constructor({ results }: { results: ResultCache }, request: () => PageRequest | null) {
    this.#results = results;
    $effect(() => {
      const wanted = request();
      void this.#attempt;
      untrack(() => this.#begin(wanted));
      return () => this.#work.stop();
    });
  }

  /** The request whose rows are on screen. */
  get request(): PageRequest | null {
    return this.#shown?.request ?? null;
  }

  get count(): number {
    return this.#shown?.request.order.length ?? 0;
  }

  get loading(): boolean {
    return this.#work.loading;
  }

  get error(): Error | null {
    return this.#work.error;
  }

  /** Null while it is on its way. */
  row(index: number): { result: QueryResult; index: number } | null {
    const shown = this.#shown;
    const page = shown?.pages.get(Math.floor(index / PAGE_ROWS));
    const at = page?.indexOf.get(shown!.request.order[index]);
    return page && at !== undefined ? { result: page.result, index: at } : null;
  }

  /** Tells which rows are on screen, the last excluded. */
  show(first: number, last: number): void {
    this.#window = [first, last];
    if (!this.#work.isRunning && !this.error) void this.#fetch();
  }

  retry(): void {
    this.#attempt++;
  }

  #begin(wanted: PageRequest | null): void {
    this.#wanted = wanted;
    this.#work.error = null;
    if (!wanted) return;
    if (wanted.order.length === 0) this.#shown = { request: wanted, pages: NO_PAGES };
    // Other columns of the same rows leave the place in the table.
    else if (wanted.order !== this.#shown?.request.order) this.#window = [0, 1];
    void this.#fetch();
  }

  /** Fetches the pages of the window that are missing, one after the other, until none is. */
  async #fetch(): Promise<void> {
    await this.#work.run(
      async (signal) => {
        for (;;) {
          const wanted = this.#wanted;
          if (!wanted) return;
          const { order, columns } = wanted;
          const number = missingPage(this.#pagesOf(wanted), this.#window, order.length, PAGE_ROWS);
          if (number === null) return;
          const spanNos = [...order.subarray(number * PAGE_ROWS, (number + 1) * PAGE_ROWS)];
          const page = pageOf(await this.#results.query(pageQuery(columns, spanNos), { signal }));
          if (signal.aborted) return;
          const pages = withPage(this.#pagesOf(wanted), number, page, MAX_PAGES);
          this.#shown = { request: wanted, pages };
        }
      },
      () => undefined,
    );
  }

  /** The pages that are there of a request. */
  #pagesOf(request: PageRequest): PageStore {
    return this.#shown?.request === request ? this.#shown.pages : NO_PAGES;
  }
}
