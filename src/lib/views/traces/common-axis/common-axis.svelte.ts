/** State shared by the parts of the common axis: the visible window, the active lane, and what is under the pointer. */
import type { TimeScale } from '$lib/draw/time-scale';
import type { AxisTime } from './common-axis';
import type { Lanes } from './common-axis-query';
import { clampWindow, windowAround, zoomAround, type TimeWindow } from '$lib/draw/row-layout';

export class LanesView {
  readonly lanes: Lanes;
  readonly #time: () => AxisTime;
  /** The visible window on the axis, in nanoseconds; null shows all of it. */
  zoom = $state.raw<TimeWindow | null>(null);
  cursor = $state(0);

  /** @param time of the axis, read reactively: cutting idle time changes it, but not the lanes */
  constructor(lanes: Lanes, time: () => AxisTime) {
    this.lanes = lanes;
    this.#time = time;
  }

  get time(): AxisTime {
    return this.#time();
  }

  /** Leaves space after the last trace, for its label. */
  get #lengthNs(): number {
    return this.time.lengthNs * 1.06;
  }

  get window(): TimeWindow {
    // A window from before idle time was cut may be past the end.
    const isInside = this.zoom && this.zoom[1] <= this.#lengthNs;
    return isInside ? this.zoom! : [0, this.#lengthNs];
  }

  scale(widthPx: number): TimeScale {
    const [startNs, endNs] = this.window;
    return { startNs, endNs, widthPx: Math.max(1, widthPx) };
  }

  setWindow(startNs: number, endNs: number): void {
    this.zoom = clampWindow(startNs, endNs, this.#lengthNs);
  }

  /** @param factor below 1 is closer. */
  zoomAround(factor: number, anchorNs?: number): void {
    const [start, end] = this.window;
    this.zoom = zoomAround(this.window, factor, anchorNs ?? (start + end) / 2, this.#lengthNs);
  }

  /** Pans by a share of the window's width. */
  pan(share: number): void {
    if (!this.zoom) return;
    const [start, end] = this.zoom;
    const width = end - start;
    const from = Math.min(this.#lengthNs - width, Math.max(0, start + width * share));
    this.zoom = clampWindow(from, from + width, this.#lengthNs);
  }

  /** Zooms to a lane's trace. */
  fit(lane: number): void {
    if (Number.isNaN(this.lanes.startNs[lane])) return;
    const from = this.time.place(this.lanes.startNs[lane]);
    const to = this.time.place(this.lanes.endNs[lane]);
    this.zoom = windowAround(from, to - from, this.#lengthNs);
  }
}
