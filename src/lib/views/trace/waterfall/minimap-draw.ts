/**
 * The whole trace in a strip: each span is a run of pixels at the height of its place in the tree; later spans cover earlier
 * ones, and errors cover all. Every pixel is painted once, however many spans there are.
 */
import { FLAG, type Trace } from '$lib/trace/trace';
import type { Colouring, Token } from '$lib/views/trace/trace-colour';

const EMPTY = 255;
/** Marks an error in `minimapPixels`; smaller numbers are tokens. */
export const ERROR_PIXEL = 254;

/**
 * For each pixel, row by row: an index into `tokensOf` the colouring, ERROR_PIXEL, or 255 for nothing.
 *
 * Spans are placed last to first into free pixels, and a chain of 'next free pixel' links skips the others: linear in pixels
 * plus spans.
 */
export function minimapPixels(
  trace: Trace,
  colouring: Colouring,
  width: number,
  height: number,
): Uint8Array {
  const pixels = new Uint8Array(width * height).fill(EMPTY);
  const slots = new Map(tokensOf(colouring).map((token, slot) => [token, slot]));
  const slotOf = Uint8Array.from(colouring.tokens, (token) => slots.get(token)!);
  // A few spans get lines of several pixels with gaps, and need not fill the strip.
  const used = Math.min(height, trace.count * 6);
  const pitch = used / trace.count;
  const thickness = pitch >= 3 ? Math.min(4, Math.floor(pitch) - 1) : 1;
  const nextFree = new Int32Array(width + 1);
  let line = -1;

  const place = (at: number, value: number): void => {
    const x0 = Math.min(width - 1, Math.floor((trace.startNs[at] / trace.durationNs) * width));
    const end = ((trace.startNs[at] + trace.durationNsOf[at]) / trace.durationNs) * width;
    const x1 = Math.min(width, Math.max(x0 + 1, Math.ceil(end)));
    for (let x = find(nextFree, x0); x < x1; x = find(nextFree, x)) {
      for (let k = 0; k < thickness; k++) pixels[(line + k) * width + x] = value;
      nextFree[x] = x + 1;
    }
  };
  let from = trace.count;
  while (from > 0) {
    const at = from - 1;
    line = lineOf(at, trace.count, used);
    let first = at;
    while (first > 0 && lineOf(first - 1, trace.count, used) === line) first--;
    for (let x = 0; x <= width; x++) nextFree[x] = x;
    for (let i = at; i >= first; i--) if (trace.flags[i] & FLAG.ERROR) place(i, ERROR_PIXEL);
    for (let i = at; i >= first; i--) place(i, slotOf[colouring.of[i]]);
    from = first;
  }
  return pixels;
}

/** The colours that a colouring uses, each once. */
export function tokensOf({ tokens }: Colouring): Token[] {
  return [...new Set(tokens)];
}

function lineOf(at: number, count: number, used: number): number {
  return Math.floor((at / count) * used);
}

/** The first free pixel from x on, with path halving. */
function find(nextFree: Int32Array, x: number): number {
  while (nextFree[x] !== x) {
    nextFree[x] = nextFree[nextFree[x]];
    x = nextFree[x];
  }
  return x;
}

/** Paints the pixels of `minimapPixels`; `rgba` has a packed little-endian colour for each value. */
export function minimapImage(
  pixels: Uint8Array,
  width: number,
  height: number,
  colours: number,
  rgba: (value: number) => number,
): ImageData {
  const image = new ImageData(width, height);
  const packed = new Uint32Array(image.data.buffer);
  const table = new Uint32Array(256);
  for (let value = 0; value < colours; value++) table[value] = rgba(value);
  table[ERROR_PIXEL] = rgba(ERROR_PIXEL);
  for (let i = 0; i < pixels.length; i++) packed[i] = table[pixels[i]];
  return image;
}

/** Draws how many spans ran at once, as a column per pixel. */
export function drawConcurrency(
  ctx: CanvasRenderingContext2D,
  highest: Int32Array,
  max: number,
  topPx: number,
  heightPx: number,
  pixelRatio: number,
): void {
  const columnPx = 1 / pixelRatio;
  for (let x = 0; x < highest.length; x++) {
    if (highest[x] === 0) continue;
    const columnHeightPx = Math.max(columnPx, (highest[x] / max) * heightPx);
    ctx.fillRect(x * columnPx, topPx + heightPx - columnHeightPx, columnPx, columnHeightPx);
  }
}
