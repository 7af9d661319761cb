/** A trace and the window of time that is visible of it. */
import type { TimeScale } from '$lib/draw/time-scale';
import { clampWindow, windowAround, zoomAround, type TimeWindow } from '$lib/draw/row-layout';
import type { LoadedTrace } from './trace-query';

export class ZoomedTrace {
  readonly loaded: LoadedTrace;
  /** Null shows the whole trace. */
  zoom = $state.raw<TimeWindow | null>(null);

  constructor(loaded: LoadedTrace) {
    this.loaded = loaded;
  }

  get trace() {
    return this.loaded.trace;
  }

  get window(): TimeWindow {
    return this.zoom ?? [0, this.trace.durationNs];
  }

  scale(widthPx: number): TimeScale {
    const [startNs, endNs] = this.window;
    return { startNs, endNs, widthPx: Math.max(1, widthPx) };
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
}
