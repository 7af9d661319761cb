/** A linear scale between nanoseconds and pixels. Plain arithmetic without state: created for each frame. */

export interface TimeScale {
  readonly startNs: number;
  readonly endNs: number;
  readonly widthPx: number;
}

/** Pixels from the left edge; may lie outside the scale's width. */
export function xAt(scale: TimeScale, ns: number): number {
  return ((ns - scale.startNs) / (scale.endNs - scale.startNs)) * scale.widthPx;
}

/** Nanoseconds at a pixel; fractional. */
export function nsAt(scale: TimeScale, xPx: number): number {
  return scale.startNs + (xPx / scale.widthPx) * (scale.endNs - scale.startNs);
}

/** Nanoseconds that one pixel stands for. */
export function nsPerPx(scale: TimeScale): number {
  return (scale.endNs - scale.startNs) / scale.widthPx;
}
