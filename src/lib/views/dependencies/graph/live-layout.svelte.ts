/**
 * The layout of a changing graph, computed in a worker that is loaded with the first graph. A superseded request ends with its
 * worker, because a layout can't be interrupted; the old layout stays until the new one is ready.
 */
import { QUIET_MS } from '$lib/state/live-task.svelte';
import { untrack } from 'svelte';
import type { GraphLayout, LayoutRequest } from './graph-layout';
import { startLayoutWorker } from './layout-worker';
import type { LayoutAnswer } from './layout.worker';

export interface Laid<Subject> {
  /** The subject of the layout, as given with the request. */
  subject: Subject;
  layout: GraphLayout;
}

export class LiveLayout<Subject> {
  laid = $state.raw<Laid<Subject> | null>(null);
  error = $state.raw<Error | null>(null);
  busy = $state(false);
  #attempt = $state(0);
  #worker: Worker | null = null;
  #answered = '';

  /**
   * Create while a component initialises; ends with it.
   * @param wanted read reactively; null keeps the current layout. A subject with an equal request needs no new layout.
   */
  constructor(wanted: () => { subject: Subject; request: LayoutRequest } | null) {
    $effect(() => {
      const next = wanted();
      void this.#attempt;
      if (!next) return;
      const key = JSON.stringify(next.request);
      const last = untrack(() => this.laid);
      if (key === this.#answered && last) {
        this.laid = { subject: next.subject, layout: last.layout };
        return;
      }
      const quiet = setTimeout(() => (this.busy = true), QUIET_MS);
      let isDone = false;
      const done = () => {
        isDone = true;
        clearTimeout(quiet);
        this.busy = false;
      };
      const worker = this.#start();
      worker.onmessage = ({ data }: MessageEvent<LayoutAnswer>) => {
        done();
        if ('error' in data) {
          this.error = new Error(data.error);
          return;
        }
        this.#answered = key;
        this.error = null;
        this.laid = { subject: next.subject, layout: data.layout };
      };
      worker.onerror = (event) => {
        done();
        this.#stop();
        this.error = new Error(event.message || 'The layout could not be loaded.');
      };
      worker.postMessage(next.request);
      return () => {
        if (isDone) return;
        done();
        this.#stop();
      };
    });
    $effect(() => () => this.#stop());
  }

  /** Tries again after an error. */
  retry(): void {
    this.error = null;
    this.#attempt++;
  }

  #start(): Worker {
    this.#worker ??= startLayoutWorker();
    return this.#worker;
  }

  #stop(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }
}
