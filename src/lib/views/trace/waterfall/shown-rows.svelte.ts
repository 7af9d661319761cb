/**
 * Which rows of an open trace are visible, and the cursor in them: what is collapsed, folded, focused, hidden or filtered.
 * Large arrays are replaced, or their changes announced by a counter; they are never proxied.
 */
import type { Kind, TraceChoices } from '$lib/views/trace/choices.svelte';
import { windowAround, type TimeWindow } from '$lib/draw/row-layout';
import { FLAG } from '$lib/trace/trace';
import type { LoadedTrace } from '$lib/views/trace/trace-query';
import {
  collapseOneLevel,
  expandOneLevel,
  expandTo,
  findRuns,
  kindsOf,
  parentRow,
  ROW,
  rowBefore,
  rowIndexOf,
  rowsSaved,
  runFigures,
  runIntervals,
  setSubtree,
  shownRows,
  unfoldTo,
  withAncestors,
  type RunFigures,
  type Runs,
} from '$lib/trace/rows';
import { ZoomedTrace } from '$lib/views/trace/zoomed-trace.svelte';

/** Runs are folded by default if that saves a screenful and a fifth of all rows. */
const FOLD_ROWS = 24;
const FOLD_SHARE = 0.2;

export class ShownRows extends ZoomedTrace {
  readonly choices: TraceChoices;
  /** 1 for positions that pass the workspace's filter; null without a filter. */
  matching = $state.raw<Uint8Array | null>(null);
  /** A counter that requests scrolling to the cursor's row. */
  revealRequests = $state(0);
  /** Preorder position of the focused subtree; -1 for the whole trace. */
  focus = $state(-1);

  #cursor = $state(0);
  readonly #collapsed: Uint8Array;
  /** 1 for the first spans of unfolded runs. */
  readonly #unfolded: Uint8Array;
  /** Counts up when `#collapsed` or `#unfolded` change. */
  #version = $state(0);
  readonly #kinds: Int32Array;
  /** The time window before the focus. */
  #zoomBefore: TimeWindow | null = null;
  // A cache, deliberately not reactive.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #runCache = new Map<number, { figures: RunFigures; intervals: Float64Array }>();
  #runCacheOf: Runs | null = null;

  constructor(loaded: LoadedTrace, choices: TraceChoices) {
    super(loaded);
    this.choices = choices;
    this.#collapsed = new Uint8Array(loaded.trace.count);
    this.#unfolded = new Uint8Array(loaded.trace.count);
    this.#kinds = kindsOf(loaded.trace);
  }

  // Rows

  /** 1 for hidden kinds; null for none. */
  readonly #hidden = $derived.by(() => {
    const { hidden } = this.choices;
    if (!hidden.length) return null;
    const mask = new Uint8Array(this.trace.labels.length);
    this.trace.labels.forEach(({ service, operation }, label) => {
      const isHidden = hidden.some((kind) => kind[0] === service && kind[1] === operation);
      if (isHidden) mask[this.#kinds[label]] = 1;
    });
    return mask.includes(1) ? mask : null;
  });

  readonly runs: Runs = $derived.by(() => findRuns(this.trace, this.#kinds, this.#hidden));

  /** Whether runs are folded: as chosen, or by default if it helps. */
  readonly isFolding: boolean = $derived.by(() => {
    if (this.choices.folds !== null) return this.choices.folds && this.runs.count > 0;
    return rowsSaved(this.runs) >= Math.max(FOLD_ROWS, this.trace.count * FOLD_SHARE);
  });

  /** Spans that can be shown; null for all. */
  readonly #keep = $derived.by(() =>
    this.choices.onlyMatches && this.matching ? withAncestors(this.trace, this.matching) : null,
  );

  readonly #rows = $derived.by(() => {
    void this.#version;
    return shownRows(this.trace, {
      collapsed: this.#collapsed,
      focus: this.choices.dimsOutside ? -1 : this.focus,
      hidden: this.#hidden,
      kinds: this.#kinds,
      keep: this.#keep,
      runs: this.isFolding && !this.#keep ? this.runs : null,
      unfolded: this.#unfolded,
    });
  });

  /** Visible preorder positions; a folded run is its first span. */
  get rows(): Int32Array {
    return this.#rows.at;
  }

  depthOf(row: number): number {
    return this.#rows.depth[row];
  }

  /** Of ROW. */
  stateOf(row: number): number {
    return this.#rows.state[row];
  }

  /** The row of a position; -1 if it is not visible. */
  rowOf(position: number): number {
    return rowIndexOf(this.rows, position);
  }

  /** The run that a row stands for; -1 for a span. */
  runOf(row: number): number {
    return this.#rows.state[row] === ROW.RUN ? this.runs.of[this.rows[row]] : -1;
  }

  /** The unfolded run that a row is the first span of; -1 for none. */
  openRunOf(row: number): number {
    if (!this.isFolding || this.#keep || this.#rows.state[row] === ROW.RUN) return -1;
    const run = this.runs.of[this.rows[row]];
    return run >= 0 && this.runs.first[run] === this.rows[row] ? run : -1;
  }

  /** Figures and times of a run; cached, because every frame needs them. */
  run(run: number): { figures: RunFigures; intervals: Float64Array } {
    const { trace, runs } = this;
    if (this.#runCacheOf !== runs) {
      this.#runCache.clear();
      this.#runCacheOf = runs;
    }
    let known = this.#runCache.get(run);
    if (!known) {
      const isError = (at: number): boolean => (trace.flags[at] & FLAG.ERROR) !== 0;
      known = {
        figures: runFigures(trace, runs, run, isError),
        intervals: runIntervals(trace, runs, run),
      };
      this.#runCache.set(run, known);
    }
    return known;
  }

  // The cursor

  get cursorRow(): number {
    return Math.max(0, rowBefore(this.rows, this.#cursor));
  }

  /** Preorder position of the active row: always a visible one. */
  get cursor(): number {
    return this.rows.length ? this.rows[this.cursorRow] : 0;
  }
  set cursor(position: number) {
    this.#cursor = position;
  }

  /** Moves the cursor to a span, opens what hides it, and scrolls to it. */
  goTo(position: number): void {
    const { trace } = this;
    if (position < 0 || position >= trace.count) return;
    this.choices.settle(() => {
      if (this.focus >= 0 && !this.isInFocus(position)) this.leaveFocus();
      if (this.#keep && !this.#keep[position]) this.choices.onlyMatches = false;
      if (this.isHidden(position)) this.unhide(this.kindOf(position));
    });
    const isOpened = expandTo(trace, this.#collapsed, position);
    const isUnfolded = this.isFolding && unfoldTo(trace, this.runs, this.#unfolded, position);
    if (isOpened || isUnfolded) this.#version++;
    this.#cursor = position;
    this.revealRequests++;
  }

  /** Moves the cursor by a number of visible rows, stopping at the ends. */
  step(rows: number): void {
    this.toRow(Math.min(this.rows.length - 1, Math.max(0, this.cursorRow + rows)));
  }

  toRow(row: number): void {
    if (row < 0 || row >= this.rows.length) return;
    this.#cursor = this.rows[row];
    this.revealRequests++;
  }

  /** →: opens a closed row, or else moves to its first child. */
  inwards(): void {
    const row = this.cursorRow;
    const state = this.stateOf(row);
    if (state === ROW.RUN) this.setRun(this.runOf(row), true);
    else if (state === ROW.COLLAPSED) this.toggle(this.cursor, false);
    else if (state === ROW.OPEN) this.toRow(row + 1);
  }

  /** ←: closes an open row, folds the run that the span is in, or else moves to the parent. */
  outwards(): void {
    const row = this.cursorRow;
    if (this.stateOf(row) === ROW.OPEN) {
      this.toggle(this.cursor, true);
      return;
    }
    const run = this.isFolding && !this.#keep ? this.runs.of[this.cursor] : -1;
    if (run >= 0 && this.#unfolded[this.runs.first[run]]) this.setRun(run, false);
    else this.toRow(parentRow(this.#rows, row));
  }

  toggle(position: number, collapse = this.#collapsed[position] === 0): void {
    if (this.trace.childCount[position] === 0) return;
    this.#collapsed[position] = collapse ? 1 : 0;
    this.#changed();
  }

  toggleSubtree(position: number, collapse: boolean): void {
    setSubtree(this.trace, this.#collapsed, position, collapse);
    if (!collapse && this.isFolding) {
      this.#unfolded.fill(1, position, this.trace.subtreeEnd[position]);
    }
    this.#changed();
  }

  setRun(run: number, open: boolean): void {
    this.#unfolded[this.runs.first[run]] = open ? 1 : 0;
    this.#changed();
  }

  collapseLevel(): void {
    if (collapseOneLevel(this.#rows, this.#collapsed)) this.#changed();
  }

  expandLevel(): void {
    if (expandOneLevel(this.#rows, this.#collapsed)) this.#changed();
  }

  /** If the cursor's row disappears, the cursor moves to the row that takes its place. */
  #changed(): void {
    this.#version++;
    this.#cursor = this.cursor;
  }

  // Focus and hiding

  isInFocus(position: number): boolean {
    return (
      this.focus < 0 || (position >= this.focus && position < this.trace.subtreeEnd[this.focus])
    );
  }

  /** Focuses a subtree, and zooms to its duration. */
  focusOn(position: number): void {
    if (this.focus < 0) this.#zoomBefore = this.zoom;
    this.focus = position;
    this.choices.focus = this.loaded.spanIdOf(position);
    this.#cursor = position;
    this.revealRequests++;
    const { startNs, durationNsOf, subtreeEnd, durationNs } = this.trace;
    let start = Infinity;
    let end = 0;
    for (let at = position; at < subtreeEnd[position]; at++) {
      start = Math.min(start, startNs[at]);
      end = Math.max(end, startNs[at] + durationNsOf[at]);
    }
    this.zoom = windowAround(start, end - start, durationNs);
  }

  leaveFocus(): void {
    if (this.focus < 0) return;
    this.focus = -1;
    this.choices.focus = '';
    this.zoom = this.#zoomBefore;
    this.#zoomBefore = null;
    this.revealRequests++;
  }

  kindOf(position: number): Kind {
    const { service, operation } = this.trace.labels[this.trace.label[position]];
    return [service, operation];
  }

  /** Whether its kind is hidden. */
  isHidden(position: number): boolean {
    return this.#hidden?.[this.#kinds[this.trace.label[position]]] === 1;
  }

  /** Hides all spans of a kind; their descendants move up. */
  hide(kind: Kind): void {
    this.choices.hidden = [...this.choices.hidden, kind];
  }

  unhide([service, operation]: Kind): void {
    this.choices.hidden = this.choices.hidden.filter(
      (kind) => kind[0] !== service || kind[1] !== operation,
    );
  }
}
