/** State of the RED view: its settings, kept in the link, and what follows from them and the filter. */
import type { Sql } from '$lib/engine/engine';
import { durationText, parseNs } from '$lib/model/filter';
import {
  NO_SLOS,
  SLO_OPTION,
  parseSlos,
  sloOf,
  slosText,
  type Slo,
  type Slos,
} from '$lib/state/thresholds';
import type { Workspace } from '$lib/state/workspace.svelte';
import {
  BUCKET_LENGTHS,
  bucketLength,
  bucketsOver,
  isOffered,
  rangeOf,
  timeOf,
  type Buckets,
  type Range,
} from './buckets';
import { conditions, type Scope } from './red-query';
import { ROW_SORTS, type RowSort } from './red-rows';

/** Can't be the name of a service. */
const ABSENT = '\0';

export class RedChoices {
  readonly #workspace: Workspace;
  /** Services with their operations shown. */
  open = $state.raw<readonly string[]>([]);

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Null if the dataset has no spans. */
  readonly range: Range | null = $derived.by(() =>
    rangeOf(this.#workspace.filter.time, this.#workspace.summary),
  );

  readonly layout: 'cards' | 'table' = $derived.by(() =>
    this.#workspace.option('red.layout') === 'table' ? 'table' : 'cards',
  );

  /** Whether only root spans count: requests, rather than everything that happened in them. */
  readonly rootOnly: boolean = $derived.by(() => this.#workspace.option('red.spans') === 'root');

  readonly slos: Slos = $derived.by(() => {
    const text = this.#workspace.option(SLO_OPTION);
    return text ? parseSlos(text) : NO_SLOS;
  });

  readonly scope: Scope = $derived.by(() => {
    // Absent and empty differ: the name of a service can be empty.
    const service = this.#optional('red.service');
    return {
      service,
      operation: service === null ? null : this.#optional('red.operation'),
    };
  });

  readonly sort: { by: RowSort; descending: boolean } = $derived.by(() => {
    const text = this.#workspace.option('red.sort', '-spans');
    const by = ROW_SORTS.find((sort) => sort === text.replace(/^-/, ''));
    return by ? { by, descending: text.startsWith('-') } : { by: 'spans', descending: true };
  });

  /** The bucket length if chosen by hand; null derives it from the available width. */
  readonly chosenLength: number | null = $derived.by(() => {
    const ns = parseNs(this.#workspace.option('red.bucket'));
    return ns !== null && BUCKET_LENGTHS.some((length) => length === ns) ? ns : null;
  });

  /** The conditions on everything in the view. */
  readonly where: Sql = $derived.by(() => conditions(this.#workspace.where, this.rootOnly));

  /** The conditions on the series and the heatmap. */
  readonly scopeWhere: Sql = $derived.by(() =>
    conditions(this.#workspace.where, this.rootOnly, this.scope),
  );

  /** The objectives of the scope. */
  readonly slo: Slo = $derived.by(() => sloOf(this.slos, this.scope.service));

  /** Buckets for a drawing of this width, or of the chosen length. */
  buckets(widthPx: number): Buckets | null {
    const { range, chosenLength } = this;
    if (!range || widthPx <= 0) return null;
    const byHand = chosenLength !== null && isOffered(range, chosenLength) ? chosenLength : null;
    return bucketsOver(range, byHand ?? bucketLength(range, widthPx));
  }

  select({ service, operation }: Scope): void {
    this.#workspace.setOption('red.service', service);
    this.#workspace.setOption('red.operation', operation);
  }

  toggle(service: string, open = !this.isOpen(service)): void {
    const others = this.open.filter((name) => name !== service);
    this.open = open ? [...others, service] : others;
  }

  isOpen(service: string): boolean {
    return this.open.includes(service);
  }

  setSort(by: RowSort, descending: boolean): void {
    const text = (descending ? '-' : '') + by;
    this.#workspace.setOption('red.sort', text === '-spans' ? null : text);
  }

  setLength(ns: number | null): void {
    this.#workspace.setOption('red.bucket', ns === null ? null : durationText(ns));
  }

  setLayout(layout: 'cards' | 'table'): void {
    this.#workspace.setOption('red.layout', layout === 'table' ? layout : null);
  }

  setRootOnly(rootOnly: boolean): void {
    this.#workspace.setOption('red.spans', rootOnly ? 'root' : null);
  }

  setSlos(slos: Slos): void {
    this.#workspace.setOption(SLO_OPTION, slosText(slos) || null);
  }

  /** Filters by a time range, given as offsets from the start of the current range. */
  zoomTo(fromNs: number, toNs: number): void {
    if (this.range) this.#workspace.setTime(timeOf(this.range, fromNs, toNs));
  }

  /** Doubles the time range around its middle, up to the whole dataset. */
  zoomOut(): void {
    const { filter, summary } = this.#workspace;
    if (!filter.time) return;
    const { startNs, endNs } = filter.time;
    const halfNs = (endNs - startNs + 1n) / 2n;
    const wider = { startNs: startNs - halfNs, endNs: endNs + halfNs };
    const isWhole =
      summary.startNs === null ||
      summary.endNs === null ||
      (wider.startNs <= summary.startNs && wider.endNs > summary.endNs);
    this.#workspace.setTime(isWhole ? null : wider);
  }

  #optional(key: string): string | null {
    const text = this.#workspace.option(key, ABSENT);
    return text === ABSENT ? null : text;
  }
}
