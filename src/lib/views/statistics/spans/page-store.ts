/** Loaded pages of rows. Immutable: each change creates a new store. */
import type { QueryResult } from '$lib/engine/engine';

/** A page's answer, and where in it each span stands. */
export interface Page {
  result: QueryResult;
  indexOf: ReadonlyMap<number, number>;
}

/** By their number, the oldest first. */
export type PageStore = ReadonlyMap<number, Page>;

export const NO_PAGES: PageStore = new Map();

/** A page of an answer with the column `span_no`, whose rows are in no order. */
export function pageOf(result: QueryResult): Page {
  const indexOf = new Map<number, number>();
  for (const [index, spanNo] of result.numbers('span_no').entries()) indexOf.set(spanNo, index);
  return { result, indexOf };
}

/** The store with one more page; beyond `most` the oldest is dropped. */
export function withPage(store: PageStore, number: number, page: Page, most: number): PageStore {
  const others = [...store].filter(([known]) => known !== number);
  return new Map([...others.slice(Math.max(0, others.length - most + 1)), [number, page]]);
}

/** The first page of rows `first` to `last` (excluded) of `count` that is not there; null where all are. */
export function missingPage(
  store: PageStore,
  [first, last]: readonly [number, number],
  count: number,
  pageRows: number,
): number | null {
  const end = Math.min(last, count) - 1;
  const from = Math.max(0, Math.floor(Math.min(first, end) / pageRows));
  for (let page = from; page <= Math.floor(end / pageRows); page++)
    if (!store.has(page)) return page;
  return null;
}
