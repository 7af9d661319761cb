/**
 * One open dataset and the state that a link carries for it: the view, the filter, the trace, the views' own settings.
 * `history.ts` says which of them are a step of Back.
 */
import { normalSpanId, normalTraceId } from '$lib/model/ids';
import type { Dataset, Sql } from '$lib/engine/engine';
import type { DatasetSummary } from '$lib/model/dataset';
import {
  NO_FILTER,
  isFiltering,
  withOnly,
  withTerm,
  without,
  withoutTerm,
  type AttributeTerm,
  type FieldTerm,
  type Filter,
  type FilterTerm,
  type TimeRange,
} from '$lib/model/filter';
import { untrack } from 'svelte';
import { whereOf } from '$lib/queries/filter-sql';
import { ResultCache } from './result-cache';
import { carriedOptions, changedParts, isCarried } from './history';
import { SqlTabs } from '$lib/state/sql/sql-tabs.svelte';
import type { Address, Origin } from '$lib/model/origin';
import { DEFAULT_VIEW_STATE, type Sort, type ViewState, type Zoom } from './link';

let made = 0;

/** A clicked value, for the value menu. */
export interface OfferedValue {
  /** The element the menu is anchored to. */
  anchor: Element;
  /** A term that selects exactly this value. */
  term: FieldTerm | AttributeTerm;
  /** Extra actions, below the usual ones. */
  actions: readonly ValueAction[];
}

export interface ValueAction {
  label: string;
  run: () => void;
}

export class Workspace {
  /** Identifies this dataset in this tab's history, even after a reload. */
  readonly key = `${performance.timeOrigin}.${++made}`;
  readonly dataset: Dataset;
  readonly summary: DatasetSummary;
  /** This dataset's address for links; null for local files that are not kept. */
  address = $state.raw<Address | null>(null);
  /** What it was opened from, if its rows can be read anew by a mapping. */
  source: Exclude<Origin, { kind: 'demo' | 'library' }> | null = null;
  /** Runs live queries; cached results are there at once. */
  readonly results: ResultCache;
  readonly sqlTabs = new SqlTabs();

  #view = $state(DEFAULT_VIEW_STATE.view);
  filter = $state.raw<Filter>(NO_FILTER);
  /** The open trace; null shows the list. */
  traceId = $state<string | null>(null);
  spanId = $state<string | null>(null);
  sort = $state.raw<Sort>(DEFAULT_VIEW_STATE.sort);
  /** Null shows the whole trace. */
  zoom = $state.raw<Zoom | null>(null);
  find = $state('');
  /** The value whose menu is open. */
  offered = $state.raw<OfferedValue | null>(null);
  #options = $state.raw<Readonly<Record<string, string>>>({});
  #consequences: string[] = [];

  /** The filter as a condition on `spans`; `true` without a filter. */
  readonly where: Sql = $derived(whereOf(this.filter));
  readonly isFiltered: boolean = $derived(isFiltering(this.filter));

  constructor(dataset: Dataset, address: Address | null) {
    this.dataset = dataset;
    this.summary = dataset.summary;
    this.address = address;
    this.results = new ResultCache(dataset);
  }

  /** Id of the current view. Options that only the previous view's links carry are dropped with it. */
  get view(): string {
    return this.#view;
  }
  set view(view: string) {
    if (view === this.#view) return;
    this.#view = view;
    this.#options = carriedOptions(this.#options, view);
  }

  /** Opens a trace in the Timeline, unzoomed, with a span selected or none; the filter's text becomes its find. */
  openTrace(traceId: string, spanId: string | null = null): void {
    this.view = 'timeline';
    this.traceId = traceId;
    this.spanId = spanId;
    this.zoom = null;
    this.find = this.filter.text.trim();
  }

  /** Goes back to the list. */
  closeTrace(): void {
    this.traceId = null;
    this.spanId = null;
    this.zoom = null;
    this.find = '';
  }

  /** Leaves one thing: the menu, the selected span, the trace. False if there is nothing to leave. */
  back(): boolean {
    if (this.offered) this.offered = null;
    else if (this.view !== 'timeline' || this.traceId === null) return false;
    else if (this.spanId !== null) this.spanId = null;
    else this.closeTrace();
    return true;
  }

  /** Keeps only what the term selects, replacing other terms about the same thing. */
  only(term: FilterTerm): void {
    this.filter = withOnly(this.filter, term);
  }

  /** Excludes what the term selects. */
  without(term: FieldTerm | AttributeTerm): void {
    this.filter = without(this.filter, term);
  }

  removeTerm(index: number): void {
    this.filter = withoutTerm(this.filter, index);
  }

  /** Replaces a term, or adds one at the end; null removes it. */
  setTerm(index: number | null, term: FilterTerm | null): void {
    this.filter = withTerm(this.filter, index, term);
  }

  setTime(time: TimeRange | null): void {
    this.filter = { ...this.filter, time };
  }

  setText(text: string): void {
    this.filter = { ...this.filter, text };
  }

  clearFilter(): void {
    this.filter = NO_FILTER;
  }

  /** Opens the value menu at the clicked element: 'only this', 'without this', 'copy', and `actions`. */
  offer(event: Event, term: FieldTerm | AttributeTerm, actions: readonly ValueAction[] = []): void {
    event.stopPropagation();
    this.offered = { anchor: event.currentTarget as Element, term, actions };
  }

  /** Shows a query in the SQL view, ready to be edited. */
  readonly showSql = (title: string, query: Sql | string): void => {
    this.sqlTabs.show(title, String(query));
    this.view = 'sql';
  };

  /** A view's own setting that the link carries; keys are like `statistics.tab`. */
  option(key: string, fallback = ''): string {
    return this.#options[key] ?? fallback;
  }

  /** Null removes the setting. One that only another view's links carry is ignored. */
  setOption(key: string, value: string | null): void {
    if ((this.#options[key] ?? null) === value || !isCarried(key, this.#view)) return;
    const next = { ...this.#options };
    if (value === null) delete next[key];
    else next[key] = value;
    this.#options = next;
  }

  /** Applies changes that follow from an earlier choice: they are no step of Back. */
  settle(change: () => void): void {
    untrack(() => {
      const before = this.viewState;
      change();
      this.#consequences.push(...changedParts(before, this.viewState).keys());
    });
  }

  /** The parts that `settle` has changed since the last call. */
  takeConsequences(): readonly string[] {
    const taken = this.#consequences;
    this.#consequences = [];
    return taken;
  }

  /** A plain copy for the link. */
  get viewState(): ViewState {
    const { view, filter, traceId, spanId, sort, zoom, find } = this;
    return { view, filter, traceId, spanId, sort, zoom, find, options: this.#options };
  }

  apply(state: Partial<ViewState>): void {
    const next = { ...this.viewState, ...state };
    this.#view = next.view;
    this.filter = next.filter;
    // Links and pages may spell ids in their own way.
    this.traceId = next.traceId === null ? null : normalTraceId(next.traceId);
    this.spanId = next.spanId === null ? null : normalSpanId(next.spanId);
    this.sort = next.sort;
    this.zoom = next.zoom;
    this.find = next.find;
    this.#options = carriedOptions(next.options, next.view);
  }
}

/** The term that selects one value of a column. */
export function fieldTerm(field: FieldTerm['field'], value: string | null): FieldTerm {
  return { type: 'field', field, values: [value ?? ''], exclude: false };
}

/** The term that selects one value of an attribute. */
export function attributeTerm(
  key: string,
  value: string,
  source: AttributeTerm['source'] = 'attributes',
): AttributeTerm {
  return { type: 'attribute', source, key, test: 'equals', values: [value], exclude: false };
}
