/** The visitor's settings for traces: kept in the link, and for the next opened trace. */
import type { Workspace } from '$lib/state/workspace.svelte';

export const LAYOUTS = ['waterfall', 'flame', 'table'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** Service and operation: what spans that are like one another share. */
export type Kind = readonly [service: string, operation: string];

export class TraceChoices {
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Changes what has to follow from another choice: it makes no step of Back. */
  settle(change: () => void): void {
    this.#workspace.settle(change);
  }

  get layout(): Layout {
    const wanted = this.#workspace.option('timeline.layout');
    return LAYOUTS.find((layout) => layout === wanted) ?? 'waterfall';
  }
  set layout(layout: Layout) {
    this.#set('layout', layout === 'waterfall' ? null : layout);
  }

  /** `service`, `operation`, `kind`, `status`, `type`, `percentile`, `@` and a key; '' leaves it to the trace. */
  get colour(): string {
    return this.#workspace.option('timeline.colour');
  }
  set colour(by: string) {
    this.#set('colour', by || null);
  }

  get critical(): boolean {
    return this.#workspace.option('timeline.critical') === '1';
  }
  set critical(on: boolean) {
    this.#set('critical', on ? '1' : null);
  }

  /** Whether runs of similar siblings are folded; null decides by whether it helps. */
  get folds(): boolean | null {
    const wanted = this.#workspace.option('timeline.fold');
    return wanted === '' ? null : wanted === '1';
  }
  set folds(on: boolean | null) {
    this.#set('fold', on === null ? null : on ? '1' : '0');
  }

  /** Only spans that match the filter, with their ancestors; otherwise the others are dimmed. */
  get onlyMatches(): boolean {
    return this.#workspace.option('timeline.matches') === 'only';
  }
  set onlyMatches(on: boolean) {
    this.#set('matches', on ? 'only' : null);
  }

  /** Span id of the focused subtree; '' for the whole trace. */
  get focus(): string {
    return this.#workspace.option('timeline.focus');
  }
  set focus(spanId: string) {
    this.#set('focus', spanId || null);
  }

  /** Whether what is outside the focus is dimmed; otherwise it is not shown. */
  get dimsOutside(): boolean {
    return this.#workspace.option('timeline.outside') === 'dim';
  }
  set dimsOutside(on: boolean) {
    this.#set('outside', on ? 'dim' : null);
  }

  readonly #hidden: readonly Kind[] = $derived.by(() =>
    readKinds(this.#workspace.option('timeline.hidden')),
  );
  /** Kinds of spans that are left out. */
  get hidden(): readonly Kind[] {
    return this.#hidden;
  }
  set hidden(kinds: readonly Kind[]) {
    this.#set('hidden', kinds.length ? JSON.stringify(kinds) : null);
  }

  #set(key: string, value: string | null): void {
    this.#workspace.setOption(`timeline.${key}`, value);
  }
}

/** A link may contain anything. */
function readKinds(text: string): Kind[] {
  if (!text) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isKind) : [];
  } catch {
    return [];
  }
}

function isKind(value: unknown): value is Kind {
  return (
    Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
  );
}
