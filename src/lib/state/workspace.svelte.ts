/**
 * One open dataset and everything of it that a link keeps: the view, the trace, the sort, the search, the zoom.
 * Discrete choices and continuous ones both land here; url-sync decides which of them make a step of Back.
 */
import type { Engine } from '$lib/engine/engine';
import type { DatasetSummary } from '$lib/model/dataset';
import { DEFAULT_VIEW_STATE, type Address, type Sort, type ViewState, type Zoom } from './url';

let made = 0;

export class Workspace {
  /** Tells this dataset from every other one of this tab's history, also after a reload. */
  readonly key = `${performance.timeOrigin}.${++made}`;
  readonly engine: Engine;
  readonly summary: DatasetSummary;
  /** Where a link finds this dataset again; null for files of the visitor's disk. */
  readonly address: Address | null;

  view = $state(DEFAULT_VIEW_STATE.view);
  /** The open trace; null shows the list. */
  traceId = $state<string | null>(null);
  spanId = $state<string | null>(null);
  sort = $state.raw<Sort>(DEFAULT_VIEW_STATE.sort);
  search = $state('');
  /** Null shows the whole trace. */
  zoom = $state.raw<Zoom | null>(null);
  find = $state('');

  constructor(engine: Engine, summary: DatasetSummary, address: Address | null) {
    this.engine = engine;
    this.summary = summary;
    this.address = address;
  }

  /** Opens a trace whole, with nothing selected; what the list was searched for is sought in it too. */
  openTrace(traceId: string): void {
    this.traceId = traceId;
    this.spanId = null;
    this.zoom = null;
    this.find = this.search.trim();
  }

  /** Back to the list. */
  closeTrace(): void {
    this.traceId = null;
    this.spanId = null;
    this.zoom = null;
    this.find = '';
  }

  /** A plain copy for the link. */
  get viewState(): ViewState {
    const { view, traceId, spanId, sort, search, zoom, find } = this;
    return { view, traceId, spanId, sort, search, zoom, find };
  }

  apply(state: Partial<ViewState>): void {
    const next = { ...this.viewState, ...state };
    this.view = next.view;
    this.traceId = next.traceId;
    this.spanId = next.spanId;
    this.sort = next.sort;
    this.search = next.search;
    this.zoom = next.zoom;
    this.find = next.find;
  }
}
