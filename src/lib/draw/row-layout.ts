/**
 * The pure geometry of the waterfall: rows under a native scrollbar, the visible window of time, bars and their parts.
 */
import { display } from '$lib/model/display';
import { nsPerPx, xAt, type TimeScale } from './time-scale';

/** Row height: less than in tables, because neighbouring rows are read together. */
export function rowPx(): number {
  return display.rowPx - 4;
}
export const BAR_PX = 14;
/** Leaves a gap between the bars of adjacent rows. */
export function barTopPx(): number {
  return (rowPx() - BAR_PX) / 2;
}
/** Keeps zero-length and unfinished spans visible. */
export const MIN_BAR_PX = 2;

/**
 * Browsers lay out boxes of 16–33 million device pixels at most. Longer lists keep a spacer of this height, and scroll
 * positions are mapped.
 */
export const MAX_SPACER_PX = 8_000_000;

/** A window of time: offsets from the trace's start in nanoseconds, fractional while zooming. */
export type TimeWindow = readonly [startNs: number, endNs: number];

/**
 * Between a native scroll container and a list that may be taller than browsers can lay out. Short scrolls (wheel, touch,
 * arrows) move by the same pixels; long ones (the scrollbar's thumb) jump in proportion.
 */
export class ScrollMap {
  /** Scrolled distance in the list's own pixels. */
  topPx = 0;
  #scrollTop = 0;
  #contentPx = 0;
  #viewPx = 0;

  get #spacerPx(): number {
    return Math.min(this.#contentPx, MAX_SPACER_PX);
  }

  get maxTopPx(): number {
    return Math.max(0, this.#contentPx - this.#viewPx);
  }

  get #maxScrollTop(): number {
    return Math.max(0, this.#spacerPx - this.#viewPx);
  }

  get #stretched(): boolean {
    return this.#contentPx > MAX_SPACER_PX;
  }

  /** Sets the sizes and returns the container's `scrollTop` that keeps the position. */
  resize(contentPx: number, viewPx: number): number {
    this.#contentPx = contentPx;
    this.#viewPx = viewPx;
    return this.moveTo(this.topPx);
  }

  /** Moves to a position of the list; returns the container's `scrollTop` for it. */
  moveTo(topPx: number): number {
    this.topPx = Math.min(this.maxTopPx, Math.max(0, topPx));
    this.#scrollTop = this.#toScrollTop(this.topPx);
    return this.#scrollTop;
  }

  /** Handles a scroll of the container. Returns the new `scrollTop`, or null to leave it. */
  scrolled(scrollTop: number): number | null {
    const by = scrollTop - this.#scrollTop;
    this.#scrollTop = scrollTop;
    if (!this.#stretched) {
      this.topPx = Math.min(this.maxTopPx, Math.max(0, scrollTop));
      return null;
    }
    if (Math.abs(by) <= this.#viewPx) {
      this.topPx = Math.min(this.maxTopPx, Math.max(0, this.topPx + by));
    } else {
      this.topPx = (scrollTop / this.#maxScrollTop) * this.maxTopPx;
    }
    // The container is at its end but the list is not: move it back to make room.
    const atEdge = scrollTop <= 0 || scrollTop >= this.#maxScrollTop;
    const listAtEdge = this.topPx <= 0 || this.topPx >= this.maxTopPx;
    return atEdge && !listAtEdge ? this.settle() : null;
  }

  /** After scrolling ended: the `scrollTop` that corrects the thumb, or null if it is right. */
  settle(): number | null {
    if (!this.#stretched) return null;
    this.#scrollTop = this.#toScrollTop(this.topPx);
    return this.#scrollTop;
  }

  /** The nearest position that shows a row in full. */
  reveal(row: number): number {
    const top = row * rowPx();
    if (top < this.topPx) return top;
    if (top + rowPx() > this.topPx + this.#viewPx) return top + rowPx() - this.#viewPx;
    return this.topPx;
  }

  #toScrollTop(topPx: number): number {
    if (!this.#stretched) return topPx;
    return Math.round((topPx / this.maxTopPx) * this.#maxScrollTop);
  }
}

/** The narrowest window: ten nanoseconds, or the whole of a shorter trace. */
export function narrowestNs(durationNs: number): number {
  return Math.min(10, durationNs);
}

/** The window, clamped to the trace and to the narrowest that can be drawn; null for the whole trace. */
export function clampWindow(startNs: number, endNs: number, durationNs: number): TimeWindow | null {
  if (!Number.isFinite(startNs) || !Number.isFinite(endNs)) return null;
  const width = Math.min(durationNs, Math.max(narrowestNs(durationNs), endNs - startNs));
  if (width >= durationNs) return null;
  const start = Math.min(durationNs - width, Math.max(0, startNs));
  return [start, start + width];
}

/** Zooms by a factor (below 1 is closer) and keeps the moment at `anchorNs` where it is. */
export function zoomAround(
  [startNs, endNs]: TimeWindow,
  factor: number,
  anchorNs: number,
  durationNs: number,
): TimeWindow | null {
  const width = Math.min(durationNs, Math.max(narrowestNs(durationNs), (endNs - startNs) * factor));
  const share = (anchorNs - startNs) / (endNs - startNs);
  const start = anchorNs - share * width;
  return clampWindow(start, start + width, durationNs);
}

/** A window around a span with a tenth of its length to spare on both sides. */
export function windowAround(
  startNs: number,
  spanNs: number,
  durationNs: number,
): TimeWindow | null {
  const air = Math.max(spanNs * 0.1, spanNs === 0 ? durationNs / 200 : 0);
  return clampWindow(startNs - air, startNs + spanNs + air, durationNs);
}

export interface BarRect {
  xPx: number;
  widthPx: number;
}

/**
 * The bar of a span, clipped to a margin around the canvas, because coordinates of millions of pixels lose precision. Null
 * if it lies outside.
 */
export function barRect(scale: TimeScale, startNs: number, spanNs: number): BarRect | null {
  const x0 = xAt(scale, startNs);
  const x1 = Math.max(x0 + MIN_BAR_PX, xAt(scale, startNs + spanNs));
  const left = Math.max(-20, x0);
  const right = Math.min(scale.widthPx + 20, x1);
  if (right <= -20 || left >= scale.widthPx + 20 || right <= left) return null;
  return { xPx: left, widthPx: right - left };
}

/**
 * The parts of a bar where its span itself was working, not its children, as start px, width px, … .
 * Parts within one pixel are summed into one of that width, so the number of parts is bounded by the pixels.
 */
export function ownParts(
  scale: TimeScale,
  startNs: number,
  spanNs: number,
  childIntervals: Float64Array,
): number[] {
  const parts: number[] = [];
  const per = nsPerPx(scale);
  const from = Math.max(startNs, scale.startNs - 20 * per);
  const to = Math.min(startNs + spanNs, scale.endNs + 20 * per);
  const add = (aNs: number, bNs: number): void => {
    if (bNs <= aNs) return;
    const x = xAt(scale, aNs);
    const width = (bNs - aNs) / per;
    const top = parts.length - 2;
    if (top >= 0 && width < 1 && Math.floor(parts[top]) === Math.floor(x)) parts[top + 1] += width;
    else parts.push(x, width);
  };
  let reached = from;
  for (let i = firstEndingAfter(childIntervals, from); i < childIntervals.length; i += 2) {
    if (childIntervals[i] >= to) break;
    add(reached, Math.min(childIntervals[i], to));
    reached = Math.max(reached, childIntervals[i + 1]);
  }
  add(reached, to);
  return parts;
}

/** Intervals in pixels, as start px, width px, … ; those that meet in a pixel are merged. */
export function mergedParts(scale: TimeScale, intervals: Float64Array): number[] {
  const parts: number[] = [];
  for (let i = firstEndingAfter(intervals, scale.startNs); i < intervals.length; i += 2) {
    if (intervals[i] > scale.endNs) break;
    const from = Math.max(-20, xAt(scale, intervals[i]));
    const to = Math.min(scale.widthPx + 20, Math.max(from + 1, xAt(scale, intervals[i + 1])));
    const top = parts.length - 2;
    if (top >= 0 && from <= parts[top] + parts[top + 1]) {
      parts[top + 1] = Math.max(parts[top + 1], to - parts[top]);
    } else {
      parts.push(from, to - from);
    }
  }
  return parts;
}

/** Index of the first interval (a pair) that ends after a given time. */
function firstEndingAfter(intervals: Float64Array, ns: number): number {
  let low = 0;
  let high = intervals.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (intervals[middle * 2 + 1] > ns) high = middle;
    else low = middle + 1;
  }
  return low * 2;
}

export type LabelSide = 'right' | 'left' | 'inside';

/** Where a bar's label fits: after the bar, before it, or else inside at its visible left end. */
export function labelSide(bar: BarRect, labelPx: number, viewPx: number): LabelSide {
  const gap = 5;
  if (bar.xPx + bar.widthPx + gap + labelPx <= viewPx) return 'right';
  if (bar.xPx - gap - labelPx >= 0) return 'left';
  return 'inside';
}

/** Indentation of a row; deep rows all get the last step, and show their depth as a number. */
export function indentPx(depth: number, treePx: number): { px: number; capped: boolean } {
  const step = 12;
  const most = Math.max(step * 3, Math.floor((treePx * 0.42) / step) * step);
  const px = depth * step;
  return px > most ? { px: most, capped: true } : { px, capped: false };
}

/** Position of a card beside the pointer, always inside the viewport. */
export function cardPosition(
  pointer: { x: number; y: number },
  card: { width: number; height: number },
  viewport: { width: number; height: number },
): { x: number; y: number } {
  const gap = 14;
  const margin = 6;
  const fitsRight = pointer.x + gap + card.width + margin <= viewport.width;
  const fitsBelow = pointer.y + gap + card.height + margin <= viewport.height;
  const x = fitsRight ? pointer.x + gap : pointer.x - gap - card.width;
  const y = fitsBelow ? pointer.y + gap : pointer.y - gap - card.height;
  return {
    x: Math.max(margin, Math.min(x, viewport.width - card.width - margin)),
    y: Math.max(margin, Math.min(y, viewport.height - card.height - margin)),
  };
}
