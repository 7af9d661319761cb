/** Paints a flame graph: a row a depth, a box a node, as wide as its time. */
import type { PaintTarget } from '$lib/draw/canvas-surface';
import { packedRgba, type CanvasPalette } from '$lib/draw/colour';
import type { TextMeasure } from '$lib/draw/text';
import type { Flame } from '$lib/trace/flame';
import type { Token } from '$lib/views/trace/trace-colour';

export const FLAME_ROW_PX = 22;
const BOX_PX = 20;
/** Narrower boxes are left out, with all that is below them. */
const MIN_PX = 0.5;
const MIN_TEXT_PX = 28;

export interface FlamePicture {
  flame: Flame;
  /** The node that fills the width; -1 for all. */
  zoomed: number;
  cursor: number;
  hover: number;
  topPx: number;
  text: TextMeasure;
  token(node: number): Token;
  name(node: number): string;
  isDim(node: number): boolean;
}

/** The visible part of the width. */
export function flameWindow(flame: Flame, zoomed: number): { fromNs: number; widthNs: number } {
  if (zoomed < 0) return { fromNs: 0, widthNs: flame.widthNs };
  return { fromNs: flame.fromNs[zoomed], widthNs: flame.valueNs[zoomed] };
}

export function drawFlame(target: PaintTarget, picture: FlamePicture): void {
  const { widthPx, heightPx } = target;
  const { flame, zoomed, topPx } = picture;
  const window = flameWindow(flame, zoomed);
  if (!flame.count || window.widthNs <= 0) return;
  const perPx = window.widthNs / widthPx;
  const firstRow = Math.floor(topPx / FLAME_ROW_PX);
  const lastRow = Math.ceil((topPx + heightPx) / FLAME_ROW_PX);

  for (let up = zoomed < 0 ? -1 : flame.parent[zoomed]; up >= 0; up = flame.parent[up]) {
    if (flame.depth[up] >= firstRow) drawBox(target, picture, up, 0, widthPx);
  }
  // A walk without recursion: down to the first child, else on to the next of the nearest ancestor that has one.
  const top = zoomed >= 0 ? zoomed : topOf(flame);
  let node = top;
  while (node >= 0) {
    const x = (flame.fromNs[node] - window.fromNs) / perPx;
    const width = flame.valueNs[node] / perPx;
    const isShown = width >= MIN_PX && flame.depth[node] <= lastRow;
    if (isShown && flame.depth[node] >= firstRow) drawBox(target, picture, node, x, width);
    // Siblings only get narrower.
    if (isShown && flame.firstChild[node] >= 0) node = flame.firstChild[node];
    else node = nextOf(flame, node, zoomed, width < MIN_PX);
  }
}

function topOf(flame: Flame): number {
  let node = 0;
  while (flame.previousSibling[node] >= 0) node = flame.previousSibling[node];
  return node;
}

function nextOf(flame: Flame, node: number, zoomed: number, skipsSiblings: boolean): number {
  let at = node;
  let skips = skipsSiblings;
  while (at >= 0 && at !== zoomed) {
    if (!skips && flame.nextSibling[at] >= 0) return flame.nextSibling[at];
    skips = false;
    at = flame.parent[at];
  }
  return -1;
}

function drawBox(
  { ctx, palette }: PaintTarget,
  picture: FlamePicture,
  node: number,
  xPx: number,
  widthPx: number,
): void {
  const { flame, text, zoomed, cursor, hover, topPx } = picture;
  const y = flame.depth[node] * FLAME_ROW_PX - topPx + 1;
  const token = picture.token(node);
  const isAbove = zoomed >= 0 && flame.depth[node] < flame.depth[zoomed];
  const boxPx = Math.max(MIN_PX, widthPx - (widthPx > 3 ? 1 : 0));
  ctx.globalAlpha = picture.isDim(node) ? 0.25 : isAbove ? 0.5 : 1;
  ctx.fillStyle = palette.token(token);
  ctx.fillRect(xPx, y, boxPx, BOX_PX);
  ctx.globalAlpha = 1;
  if (flame.errors[node] && widthPx >= 4) {
    ctx.fillStyle = palette.token('--error');
    ctx.fillRect(xPx, y + BOX_PX - 3, boxPx, 3);
  }
  if (node === hover || node === cursor) {
    ctx.strokeStyle = palette.token('--text');
    ctx.lineWidth = node === cursor ? 2 : 1;
    ctx.strokeRect(xPx + 1, y + 1, Math.max(1, boxPx - 2), BOX_PX - 2);
  }
  const leftPx = Math.max(0, xPx) + 5;
  const roomPx = xPx + widthPx - leftPx - 4;
  if (roomPx < MIN_TEXT_PX) return;
  ctx.font = text.font;
  ctx.textBaseline = 'middle';
  const isFaded = isAbove || picture.isDim(node);
  ctx.fillStyle = isFaded ? palette.token('--text') : textOn(palette, token);
  ctx.fillText(text.fit(picture.name(node), roomPx), leftPx, y + BOX_PX / 2 + 0.5);
}

/** Text colours by palette and token. */
const texts = new WeakMap<CanvasPalette, Map<Token, string>>();

/** Black or white, whichever stands out more on a colour. */
function textOn(palette: CanvasPalette, token: Token): string {
  let known = texts.get(palette);
  if (!known) texts.set(palette, (known = new Map()));
  let colour = known.get(token);
  if (!colour) {
    const rgba = packedRgba(palette.token(token));
    const linear = [0, 8, 16].map((shift) => (((rgba >>> shift) & 255) / 255) ** 2.2);
    const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    // Of WCAG's contrast: (L + 0.05) ÷ 0.05 against 1.05 ÷ (L + 0.05).
    colour = (luminance + 0.05) ** 2 > 0.05 * 1.05 ? '#000' : '#fff';
    known.set(token, colour);
  }
  return colour;
}
