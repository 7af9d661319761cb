/** State shared by the parts of an open trace: its rows, and what they look like. Large arrays are replaced, never proxied. */
import type { TraceChoices } from '$lib/views/trace/choices.svelte';
import { criticalPath, mainRoot, type CriticalPath } from '$lib/trace/critical-path';
import { childIntervals } from '$lib/trace/trace';
import {
  colourByLabel,
  hasServices,
  legend,
  NO_COLOURS,
  type Colouring,
  type Token,
} from '$lib/views/trace/trace-colour';
import type { EventTimes, LoadedTrace } from '$lib/views/trace/trace-query';
import { ROW, rowIndexOf } from '$lib/trace/rows';
import { ShownRows } from './shown-rows.svelte';

/** The pointer's position, for the hover card and the cursor line. */
export interface Hover {
  /** Preorder position; -1 over no row. */
  position: number;
  clientX: number;
  clientY: number;
  /** Time under the pointer, as an offset in nanoseconds; null over the tree. */
  timeNs: number | null;
}

export class Waterfall extends ShownRows {
  /** Whether the trace has several services. */
  readonly hasServices: boolean;

  hover = $state.raw<Hover | null>(null);
  events = $state.raw<EventTimes | null>(null);
  /** Positions found by the search, in preorder; null without a search. */
  found = $state.raw<Int32Array | null>(null);
  colouring: Colouring = $state.raw(NO_COLOURS);
  /** Index of the highlighted colour; -1 for none. */
  spotlight = $state(-1);

  // Caches, deliberately not reactive.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #intervals = new Map<number, Float64Array>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #folded = new Map<number, number[]>();
  #foldedOf: CriticalPath | null = null;

  constructor(loaded: LoadedTrace, choices: TraceChoices) {
    super(loaded, choices);
    this.hasServices = hasServices(loaded.trace);
    this.colouring = colourByLabel(loaded.trace, this.ownColours);
  }

  /** The default colouring. */
  get ownColours(): 'service' | 'operation' {
    return this.hasServices ? 'service' : 'operation';
  }

  colourBy(colouring: Colouring): void {
    if (colouring.by !== this.colouring.by) this.spotlight = -1;
    this.colouring = colouring;
  }

  /** Keys of the colours with their spans. */
  readonly legend = $derived.by(() => legend(this.trace, this.colouring));

  token(position: number): Token {
    const { tokens, of } = this.colouring;
    return tokens[of[position]];
  }

  /** Whether a span is dimmed: because another colour is highlighted, the filter excludes it, or it is outside the focus. */
  isDim(position: number): boolean {
    return (
      (this.spotlight >= 0 && this.colouring.of[position] !== this.spotlight) ||
      (this.matching !== null && this.matching[position] === 0) ||
      !this.isInFocus(position)
    );
  }

  isFound(position: number): boolean {
    return this.found !== null && rowIndexOf(this.found, position) >= 0;
  }

  /** When a span waited for its children; cached, because every frame needs it. */
  childIntervals(position: number): Float64Array {
    let known = this.#intervals.get(position);
    if (!known) {
      known = childIntervals(this.trace, position);
      this.#intervals.set(position, known);
    }
    return known;
  }

  /** The critical path of the focus or the trace; null while it is not shown. */
  readonly criticalPath = $derived.by(() =>
    this.choices.critical
      ? criticalPath(this.trace, this.focus >= 0 ? this.focus : mainRoot(this.trace))
      : null,
  );

  /** The sections of the critical path in a row: of its span, and of all spans folded into it. */
  criticalSections(row: number): readonly number[] {
    const path = this.criticalPath;
    if (!path) return [];
    const position = this.rows[row];
    const state = this.stateOf(row);
    if (state !== ROW.RUN && state !== ROW.COLLAPSED) return path.sectionsOf(position);
    if (this.#foldedOf !== path) {
      this.#folded.clear();
      this.#foldedOf = path;
    }
    const to = state === ROW.RUN ? this.runs.end[this.runOf(row)] : this.trace.subtreeEnd[position];
    const key = position * (this.trace.count + 1) + to;
    let known = this.#folded.get(key);
    if (!known) {
      known = path.sectionsWithin(position, to);
      this.#folded.set(key, known);
    }
    return known;
  }
}
