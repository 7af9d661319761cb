/**
 * An open trace: loads it and the results of its queries, and keeps what the link carries (span, window, focus, colours,
 * search) in step with the workspace, in both directions.
 */
import { LiveTask } from '$lib/state/live-task.svelte';
import type { Workspace } from '$lib/state/workspace.svelte';
import { untrack } from 'svelte';
import { TraceChoices } from './choices.svelte';
import { queryColouring } from './colour-query';
import { nextWithFlag } from '$lib/trace/trace';
import {
  queryEventTimes,
  queryMatches,
  queryMatching,
  querySpanPosition,
  queryTrace,
  queryTraceHead,
} from './trace-query';
import { TYPING_REST_MS } from '$lib/state/live-query.svelte';
import { Waterfall } from '$lib/views/trace/waterfall/waterfall.svelte';

const ZOOM_REST_MS = 150;

export class OpenTrace {
  readonly workspace: Workspace;
  readonly traceId: string;
  readonly choices: TraceChoices;

  waterfall = $state.raw<Waterfall | null>(null);
  /** Whether the dataset has no such trace. */
  isAbsent = $state(false);
  searching = $state(false);
  /** Preorder position of the span whose detail is open; -1 for none. */
  selected = $state(-1);
  /** Id of a span in the link that the trace does not have. */
  missingSpan = $state<string | null>(null);

  readonly #tasks: readonly Pick<LiveTask<never, void>, 'loading' | 'error' | 'retry'>[];
  /** The span and window last passed to the workspace. */
  #toldSpanId: string | null = null;
  #toldZoom = '';
  /** Enter was pressed before the matches had arrived. */
  #stepWhenFound: 0 | 1 | -1 = 0;

  /** Must be made while a component is set up; ends with it. */
  constructor(workspace: Workspace, traceId: string) {
    this.workspace = workspace;
    this.traceId = traceId;
    this.choices = new TraceChoices(workspace);
    const { results } = workspace;
    const load = new LiveTask(
      () => traceId,
      (_id, signal) => this.#load(signal),
    );
    const span = new LiveTask(
      () => this.waterfall && { shown: this.waterfall, id: workspace.spanId },
      ({ shown, id }, signal) => this.#followSpan(shown, id, signal),
    );
    const focus = new LiveTask(
      () => this.waterfall && { shown: this.waterfall, id: this.choices.focus },
      ({ shown, id }, signal) => this.#followFocus(shown, id, signal),
    );
    const colour = new LiveTask(
      () => this.waterfall && { shown: this.waterfall, by: this.choices.colour },
      async ({ shown, by }, signal) => {
        if (shown.colouring.by === (by || shown.ownColours)) return;
        const colouring = await queryColouring(results, shown.loaded, by, signal);
        if (!signal.aborted) shown.colourBy(colouring);
      },
    );
    const matching = new LiveTask(
      () =>
        this.waterfall && {
          shown: this.waterfall,
          where: workspace.isFiltered ? workspace.where : null,
        },
      async ({ shown, where }, signal) => {
        const matching = where && (await queryMatching(results, shown.loaded, where, signal));
        if (!signal.aborted) shown.matching = matching;
      },
    );
    const find = new LiveTask(
      () => this.waterfall && { shown: this.waterfall, text: workspace.find.trim() },
      ({ shown, text }, signal) => this.#find(shown, text, signal),
    );
    this.#tasks = [load, span, focus, colour, matching, find];
    $effect(() => {
      const wanted = workspace.zoom;
      untrack(() => this.#followZoom(wanted));
    });
    $effect(() => this.#tellZoom());
  }

  get isSlow(): boolean {
    return this.#tasks.some(({ loading }) => loading);
  }

  /** Why something of it is missing. */
  get failure(): Error | null {
    return this.#tasks.find(({ error }) => error !== null)?.error ?? null;
  }

  /** Retries what failed. */
  retry(): void {
    for (const task of this.#tasks) if (task.error) task.retry();
  }

  // What is done to it

  /** Opens the detail of a span; -1 closes it. */
  select(position: number): void {
    if (!this.waterfall) return;
    this.selected = position;
    this.missingSpan = null;
    this.#toldSpanId = position < 0 ? null : this.waterfall.loaded.spanIdOf(position);
    this.workspace.spanId = this.#toldSpanId;
  }

  /** Goes to a span; an open detail follows. */
  visit(position: number): void {
    this.waterfall?.goTo(position);
    if (this.selected >= 0) this.select(position);
  }

  /** To the next (1) or previous (-1) match of the search. */
  toMatch(step: 1 | -1): void {
    if (this.searching) {
      this.#stepWhenFound = step;
      return;
    }
    const found = this.waterfall?.found;
    if (!this.waterfall || !found?.length) return;
    const { cursor } = this.waterfall;
    const next =
      step === 1
        ? (found.find((at) => at > cursor) ?? found[0])
        : (found.findLast((at) => at < cursor) ?? found[found.length - 1]);
    this.visit(next);
  }

  /** To the next (1) or previous (-1) span with a flag. */
  toFlag(flag: number, step: 1 | -1 = 1): void {
    if (!this.waterfall) return;
    const next = nextWithFlag(this.waterfall.trace, this.waterfall.cursor, flag, step);
    if (next >= 0) this.visit(next);
  }

  // What it asks

  async #load(signal: AbortSignal): Promise<void> {
    const { dataset, zoom } = this.workspace;
    this.isAbsent = false;
    const head = await queryTraceHead(dataset, this.traceId, signal);
    if (signal.aborted) return;
    if (!head) {
      this.isAbsent = true;
      return;
    }
    const loaded = await queryTrace(dataset, head, signal);
    if (signal.aborted) return;
    const next = new Waterfall(loaded, this.choices);
    if (zoom) next.setWindow(zoom[0], zoom[1]);
    this.#toldZoom = keyOf(next.zoom);
    this.selected = -1;
    this.#toldSpanId = null;
    this.missingSpan = null;
    this.waterfall = next;
    const events = await queryEventTimes(dataset, loaded, signal);
    if (!signal.aborted) next.events = events;
  }

  /** The link's span: when it is opened, or on a step of Back. */
  async #followSpan(shown: Waterfall, id: string | null, signal: AbortSignal): Promise<void> {
    if (id === this.#toldSpanId) return;
    if (id === null) {
      this.selected = -1;
      this.#toldSpanId = null;
      return;
    }
    const position = await querySpanPosition(this.workspace.dataset, shown.loaded, id, signal);
    if (signal.aborted) return;
    this.#toldSpanId = id;
    this.selected = position;
    this.missingSpan = position < 0 ? id : null;
    if (position >= 0) shown.goTo(position);
  }

  async #followFocus(shown: Waterfall, id: string, signal: AbortSignal): Promise<void> {
    if (id === (shown.focus < 0 ? '' : shown.loaded.spanIdOf(shown.focus))) return;
    const position = id
      ? await querySpanPosition(this.workspace.dataset, shown.loaded, id, signal)
      : -1;
    if (signal.aborted) return;
    // A focus on a span of another trace is not one on this.
    if (position < 0) {
      this.choices.settle(() => {
        shown.leaveFocus();
        this.choices.focus = '';
      });
    } else if (this.workspace.zoom) shown.focus = position;
    else shown.focusOn(position);
  }

  async #find(shown: Waterfall, text: string, signal: AbortSignal): Promise<void> {
    this.#stepWhenFound = 0;
    if (!text) {
      shown.found = null;
      this.searching = false;
      return;
    }
    this.searching = true;
    try {
      await new Promise((rested) => setTimeout(rested, TYPING_REST_MS));
      if (signal.aborted) return;
      const found = await queryMatches(this.workspace.dataset, shown.loaded, text, signal);
      if (!signal.aborted) shown.found = found;
    } finally {
      if (!signal.aborted) this.searching = false;
    }
    if (!signal.aborted && this.#stepWhenFound) this.toMatch(this.#stepWhenFound);
  }

  #followZoom(wanted: readonly [number, number] | null): void {
    const { waterfall } = this;
    if (!waterfall || keyOf(wanted) === this.#toldZoom) return;
    this.#toldZoom = keyOf(wanted);
    if (wanted) waterfall.setWindow(wanted[0], wanted[1]);
    else waterfall.zoom = null;
  }

  /** Updates the workspace once the window stops changing. */
  #tellZoom(): (() => void) | undefined {
    const zoom = this.waterfall?.zoom ?? null;
    const key = keyOf(zoom);
    if (!this.waterfall || key === this.#toldZoom) return;
    const rest = setTimeout(() => {
      this.#toldZoom = key;
      this.workspace.zoom = zoom && roundedOf(zoom);
    }, ZOOM_REST_MS);
    return () => clearTimeout(rest);
  }
}

function roundedOf(window: readonly [number, number]): [number, number] {
  const start = Math.floor(window[0]);
  return [start, Math.max(start + 1, Math.ceil(window[1]))];
}

function keyOf(window: readonly [number, number] | null): string {
  return window ? roundedOf(window).join() : '';
}
