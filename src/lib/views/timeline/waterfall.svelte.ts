/**
 * What the parts of the waterfall share: which rows are open, where the cursor is, which window of time is visible.
 * Large arrays are replaced or bumped by a counter, never proxied.
 */
import type { TimeScale } from '$lib/draw/time-scale';
import { clampWindow, windowAround, zoomAround, type TimeWindow } from './layout';
import {
  childIntervals,
  coloursServices,
  collapseOneLevel,
  expandOneLevel,
  expandTo,
  legend,
  rowIndexOf,
  setSubtree,
  visibleAncestor,
  visibleRows,
} from './trace';
import type { EventTimes, LoadedTrace } from './trace-query';

/** Where the pointer is, for the hover card and the cursor line. */
export interface Hover {
  /** Preorder position; -1 over no row. */
  position: number;
  clientX: number;
  clientY: number;
  /** Moment under the pointer, offset in nanoseconds; null over the tree. */
  timeNs: number | null;
}

export class Waterfall {
  readonly loaded: LoadedTrace;
  readonly byService: boolean;

  /** Visible preorder positions. */
  rows = $state.raw<Int32Array>(new Int32Array());
  /** Preorder position of the row that the keyboard is on. */
  cursor = $state(0);
  /** Null shows the whole trace. */
  zoom = $state.raw<TimeWindow | null>(null);
  hover = $state.raw<Hover | null>(null);
  events = $state.raw<EventTimes | null>(null);
  /** Positions that the search found, in preorder; null while nothing is sought. */
  matches = $state.raw<Int32Array | null>(null);
  /** The colour key whose spans stand out; null for none. */
  spotlight = $state<string | null>(null);
  /** Asks for the cursor's row to be scrolled into view; counts up. */
  revealRequests = $state(0);

  readonly #collapsed: Uint8Array;
  // A cache: nothing is to follow it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #intervals = new Map<number, Float64Array>();

  constructor(loaded: LoadedTrace) {
    this.loaded = loaded;
    this.byService = coloursServices(loaded.trace);
    this.#collapsed = new Uint8Array(loaded.trace.count);
    this.#refreshRows();
  }

  get trace() {
    return this.loaded.trace;
  }

  get window(): TimeWindow {
    return this.zoom ?? [0, this.trace.durationNs];
  }

  /** Spans a key, most first. */
  legend = $derived.by(() => legend(this.trace, this.byService));

  scale(widthPx: number): TimeScale {
    const [startNs, endNs] = this.window;
    return { startNs, endNs, widthPx: Math.max(1, widthPx) };
  }

  isCollapsed(position: number): boolean {
    return this.#collapsed[position] === 1;
  }

  /** Row of a position among the visible ones; -1 under a collapsed span. */
  rowOf(position: number): number {
    return rowIndexOf(this.rows, position);
  }

  get cursorRow(): number {
    return this.rowOf(this.cursor);
  }

  /** When a span waited for its children; kept, because each frame asks again. */
  childIntervals(position: number): Float64Array {
    let known = this.#intervals.get(position);
    if (!known) {
      known = childIntervals(this.trace, position);
      this.#intervals.set(position, known);
    }
    return known;
  }

  isMatch(position: number): boolean {
    return this.matches !== null && rowIndexOf(this.matches, position) >= 0;
  }

  /** Puts the cursor on a span, opens what hides it and scrolls it into view. */
  goTo(position: number): void {
    if (position < 0 || position >= this.trace.count) return;
    if (expandTo(this.trace, this.#collapsed, position)) this.#refreshRows();
    this.cursor = position;
    this.revealRequests++;
  }

  /** Moves the cursor by visible rows, stopping at the ends. */
  step(rows: number): void {
    const row = Math.min(this.rows.length - 1, Math.max(0, this.cursorRow + rows));
    this.goTo(this.rows[row]);
  }

  toggle(position: number, collapse = !this.isCollapsed(position)): void {
    if (this.trace.childCount[position] === 0) return;
    this.#collapsed[position] = collapse ? 1 : 0;
    this.#refreshRows();
  }

  toggleSubtree(position: number, collapse: boolean): void {
    setSubtree(this.trace, this.#collapsed, position, collapse);
    this.#refreshRows();
  }

  collapseLevel(): void {
    if (collapseOneLevel(this.trace, this.#collapsed)) this.#refreshRows();
  }

  expandLevel(): void {
    if (expandOneLevel(this.trace, this.#collapsed)) this.#refreshRows();
  }

  setWindow(startNs: number, endNs: number): void {
    this.zoom = clampWindow(startNs, endNs, this.trace.durationNs);
  }

  /** @param factor below 1 is closer. */
  zoomAround(factor: number, anchorNs?: number): void {
    const [start, end] = this.window;
    this.zoom = zoomAround(
      this.window,
      factor,
      anchorNs ?? (start + end) / 2,
      this.trace.durationNs,
    );
  }

  /** Pans by a share of the window's width. */
  pan(share: number): void {
    const [start, end] = this.window;
    const by = (end - start) * share;
    if (this.zoom) this.panTo(start + by);
  }

  /** Moves the window to begin at a moment, keeping its width. */
  panTo(startNs: number): void {
    const [start, end] = this.window;
    const width = end - start;
    const from = Math.min(this.trace.durationNs - width, Math.max(0, startNs));
    this.zoom = clampWindow(from, from + width, this.trace.durationNs);
  }

  fit(position: number): void {
    const { startNs, durationNsOf, durationNs } = this.trace;
    this.zoom = windowAround(startNs[position], durationNsOf[position], durationNs);
  }

  #refreshRows(): void {
    this.rows = visibleRows(this.trace, this.#collapsed);
    // The cursor never stands on a row that nobody sees.
    this.cursor = visibleAncestor(this.trace, this.#collapsed, this.cursor);
  }
}
