/**
 * Paints the bars of the visible rows and the time axis. Stateless: each call paints one picture from the model.
 */
import type { PaintTarget } from '$lib/draw/canvas-surface';
import type { CanvasPalette } from '$lib/draw/colour';
import type { TextMeasure } from '$lib/draw/text';
import { snap, ticksOf } from '$lib/draw/time-axis';
import { xAt, type TimeScale } from '$lib/draw/time-scale';
import { exactDuration, shortDuration } from '$lib/model/time';
import { formatCount } from '$lib/model/quantity';
import {
  BAR_PX,
  barTopPx,
  barRect,
  labelSide,
  mergedParts,
  MIN_BAR_PX,
  ownParts,
  rowPx,
  type BarRect,
} from '$lib/draw/row-layout';
import { FLAG, hasDuration, noDuration } from '$lib/trace/trace';
import type { RunFigures } from '$lib/trace/rows';
import type { Waterfall } from './waterfall.svelte';

/** The bar of a span that waits for its children. */
const WAITING_ALPHA = 0.35;
const DIMMED_ALPHA = 0.22;

export interface WaterfallPicture {
  waterfall: Waterfall;
  /** Index of the first visible row, and how many pixels of it are scrolled away. */
  firstRow: number;
  offsetPx: number;
  cursorRow: number;
  hoverRow: number;
  text: TextMeasure;
}

export function drawWaterfall(target: PaintTarget, picture: WaterfallPicture): void {
  const { ctx, widthPx, heightPx, palette } = target;
  const { waterfall, firstRow, offsetPx } = picture;
  const scale = waterfall.scale(widthPx);
  const rowsInView = Math.ceil((heightPx + offsetPx) / rowPx());
  const lastRow = Math.min(waterfall.rows.length, firstRow + rowsInView);

  for (let row = firstRow; row < lastRow; row++) {
    const fill = rowFill(picture, row, palette);
    if (!fill) continue;
    ctx.fillStyle = fill;
    ctx.fillRect(0, (row - firstRow) * rowPx() - offsetPx, widthPx, rowPx());
  }
  drawHairlines(target, scale);
  for (let row = firstRow; row < lastRow; row++) {
    const topPx = (row - firstRow) * rowPx() - offsetPx;
    const run = waterfall.runOf(row);
    if (run >= 0) drawRun(target, picture, scale, row, run, topPx);
    else drawSpan(target, picture, scale, row, topPx);
  }
  ctx.globalAlpha = 1;
}

function rowFill(picture: WaterfallPicture, row: number, palette: CanvasPalette): string | null {
  if (row === picture.cursorRow) return palette.token('--bg-selected');
  if (picture.waterfall.isFound(picture.waterfall.rows[row])) return palette.token('--warn-soft');
  if (row === picture.hoverRow) return palette.token('--bg-hover');
  return null;
}

function drawHairlines(
  { ctx, heightPx, pixelRatio, palette }: PaintTarget,
  scale: TimeScale,
): void {
  ctx.fillStyle = palette.token('--line');
  for (const { ns } of ticksOf(scale).ticks) {
    ctx.fillRect(snap(xAt(scale, ns), pixelRatio), 0, 1 / pixelRatio, heightPx);
  }
}

function drawSpan(
  target: PaintTarget,
  picture: WaterfallPicture,
  scale: TimeScale,
  row: number,
  topPx: number,
): void {
  const { ctx, palette } = target;
  const { waterfall } = picture;
  const { trace } = waterfall;
  const position = waterfall.rows[row];
  const startNs = trace.startNs[position];
  const durationNs = trace.durationNsOf[position];
  const flags = trace.flags[position];
  const colour = palette.token(waterfall.token(position));
  const strength = waterfall.isDim(position) ? DIMMED_ALPHA : 1;
  const bar = barRect(scale, startNs, durationNs);
  if (!bar) {
    drawBeyond(target, scale, startNs, topPx, colour, strength);
    return;
  }

  const y = topPx + barTopPx();
  const isLeaf = trace.childCount[position] === 0;
  ctx.fillStyle = colour;
  if (!hasDuration(flags)) {
    ctx.globalAlpha = strength;
    const markPx = drawNoDuration(target, bar.xPx, y, colour, (flags & FLAG.TIMELESS) !== 0);
    if (flags & FLAG.ERROR) drawErrorMark(ctx, palette, { xPx: bar.xPx, widthPx: markPx }, y);
    drawEvents(target, waterfall, scale, position, y);
    const marked = { xPx: bar.xPx, widthPx: markPx };
    drawLabel(target, picture.text, marked, barLabel(waterfall, position), topPx, strength);
    return;
  }
  if (isLeaf || bar.widthPx <= 3) {
    ctx.globalAlpha = strength;
    fillBar(ctx, bar, y);
  } else {
    ctx.globalAlpha = strength * WAITING_ALPHA;
    fillBar(ctx, bar, y);
    ctx.globalAlpha = strength;
    ctx.save();
    ctx.beginPath();
    ctx.roundRect(bar.xPx, y, bar.widthPx, BAR_PX, 2);
    ctx.clip();
    const parts = ownParts(scale, startNs, durationNs, waterfall.childIntervals(position));
    for (let i = 0; i < parts.length; i += 2) ctx.fillRect(parts[i], y, parts[i + 1], BAR_PX);
    ctx.restore();
  }
  ctx.globalAlpha = strength;
  drawCritical(target, waterfall.criticalSections(row), scale, y);
  if (flags & FLAG.ERROR) drawErrorMark(ctx, palette, bar, y);
  drawEvents(target, waterfall, scale, position, y);
  drawLabel(target, picture.text, bar, barLabel(waterfall, position), topPx, strength);
}

/** The length over which a bar with an unknown end fades out. */
const FADE_PX = 28;
/** The size of the mark for a span without a start. */
const NO_START_PX = 9;

/**
 * Paints the replacement for a bar, and returns its width: a bar that fades out if the end is unknown, a hollow ring if the
 * start is.
 */
function drawNoDuration(
  { ctx, pixelRatio }: PaintTarget,
  xPx: number,
  y: number,
  colour: string,
  isTimeless: boolean,
): number {
  if (isTimeless) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.arc(xPx + NO_START_PX / 2, y + BAR_PX / 2, NO_START_PX / 2 - 1, 0, 2 * Math.PI);
    ctx.stroke();
    return NO_START_PX;
  }
  ctx.fillRect(snap(xPx, pixelRatio), y, MIN_BAR_PX, BAR_PX);
  // Stripes of decreasing width, which unlike a gradient are visible in any colour, and on paper.
  for (let i = 1; i < 6; i++) {
    const stripePx = MIN_BAR_PX * (1 - i / 6);
    ctx.fillRect(xPx + (i * FADE_PX) / 6, y, stripePx, BAR_PX);
  }
  return FADE_PX;
}

/** A run of siblings in one row: the times when any of them ran, on a line from the first to the last. */
function drawRun(
  target: PaintTarget,
  picture: WaterfallPicture,
  scale: TimeScale,
  row: number,
  run: number,
  topPx: number,
): void {
  const { ctx, palette } = target;
  const { waterfall } = picture;
  const { trace } = waterfall;
  const position = waterfall.rows[row];
  const { figures, intervals } = waterfall.run(run);
  const startNs = intervals[0] ?? trace.startNs[position];
  const durationNs = (intervals.at(-1) ?? startNs) - startNs;
  const colour = palette.token(waterfall.token(position));
  const strength = waterfall.isDim(position) ? DIMMED_ALPHA : 1;
  const bar = barRect(scale, startNs, durationNs);
  if (!bar) {
    drawBeyond(target, scale, startNs, topPx, colour, strength);
    return;
  }
  const y = topPx + barTopPx();
  ctx.fillStyle = colour;
  ctx.globalAlpha = strength * WAITING_ALPHA;
  ctx.fillRect(bar.xPx, y + BAR_PX / 2 - 1, bar.widthPx, 2);
  ctx.globalAlpha = strength;
  const parts = mergedParts(scale, intervals);
  for (let i = 0; i < parts.length; i += 2) ctx.fillRect(parts[i], y, parts[i + 1], BAR_PX);
  drawCritical(target, waterfall.criticalSections(row), scale, y);
  if (figures.errors) drawErrorMark(ctx, palette, bar, y);
  drawLabel(target, picture.text, bar, runLabel(figures), topPx, strength);
}

/** Sections of the critical path: a line inside the bar, with an edge in the page's colour, so that it is visible on any bar. */
function drawCritical(
  { ctx, palette, widthPx }: PaintTarget,
  sections: readonly number[],
  scale: TimeScale,
  y: number,
): void {
  if (!sections.length) return;
  const lines: number[] = [];
  for (let i = 0; i < sections.length; i += 2) {
    const from = Math.max(-4, xAt(scale, sections[i]));
    const to = Math.min(widthPx + 4, Math.max(from + MIN_BAR_PX, xAt(scale, sections[i + 1])));
    const last = lines.length - 1;
    if (to <= from) continue;
    // Sections that meet within a pixel are drawn as one line.
    if (last > 0 && from - lines[last] < 1) lines[last] = to;
    else lines.push(from, to);
  }
  for (const [token, top, height] of CRITICAL_LINES) {
    ctx.fillStyle = palette.token(token);
    for (let i = 0; i < lines.length; i += 2) {
      ctx.fillRect(lines[i], y + top, lines[i + 1] - lines[i], height);
    }
  }
}

/** Colour, distance from the bar's top, and height: a line in the text's colour on one in the background's. */
const CRITICAL_LINES = [
  ['--bg', 8, 4],
  ['--text', 9, 2],
] as const;

function fillBar(ctx: CanvasRenderingContext2D, bar: BarRect, y: number): void {
  if (bar.widthPx < 5) {
    ctx.fillRect(bar.xPx, y, bar.widthPx, BAR_PX);
    return;
  }
  ctx.beginPath();
  ctx.roundRect(bar.xPx, y, bar.widthPx, BAR_PX, 2);
  ctx.fill();
}

/** Red outline and a corner flag, which is recognisable without seeing red, and on a bar of two pixels. */
function drawErrorMark(
  ctx: CanvasRenderingContext2D,
  palette: CanvasPalette,
  bar: BarRect,
  y: number,
): void {
  const colour = palette.token('--error');
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.roundRect(bar.xPx - 0.75, y - 0.75, bar.widthPx + 1.5, BAR_PX + 1.5, 2.5);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(bar.xPx - 1.5, y - 1.5);
  ctx.lineTo(bar.xPx + 8.5, y - 1.5);
  ctx.lineTo(bar.xPx - 1.5, y + 8.5);
  ctx.closePath();
  ctx.fill();
  ctx.strokeStyle = palette.token('--bg');
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(bar.xPx + 9.5, y - 1.5);
  ctx.lineTo(bar.xPx - 1.5, y + 9.5);
  ctx.stroke();
}

function drawEvents(
  { ctx, palette, widthPx }: PaintTarget,
  waterfall: Waterfall,
  scale: TimeScale,
  position: number,
  y: number,
): void {
  const { events } = waterfall;
  if (!events) return;
  let lastPx = -Infinity;
  for (let i = events.offsets[position]; i < events.offsets[position + 1]; i++) {
    const x = xAt(scale, events.timeNs[i]);
    // Thousands of events in one pixel become one mark.
    if (x < -4 || x > widthPx + 4 || (Math.abs(x - lastPx) < 1 && !events.isException[i])) continue;
    lastPx = x;
    const middle = y + BAR_PX / 2;
    ctx.beginPath();
    ctx.moveTo(x, middle - 4);
    ctx.lineTo(x + 4, middle);
    ctx.lineTo(x, middle + 4);
    ctx.lineTo(x - 4, middle);
    ctx.closePath();
    ctx.fillStyle = palette.token(events.isException[i] ? '--error' : '--text');
    ctx.strokeStyle = palette.token('--bg');
    ctx.lineWidth = 1;
    ctx.fill();
    ctx.stroke();
  }
}

/** A small arrow at the edge for a span outside the window. */
function drawBeyond(
  { ctx, widthPx }: PaintTarget,
  scale: TimeScale,
  startNs: number,
  topPx: number,
  colour: string,
  strength: number,
): void {
  const before = startNs < scale.startNs;
  const tip = before ? 3 : widthPx - 3;
  const x = before ? 9 : widthPx - 9;
  const middle = topPx + rowPx() / 2;
  ctx.globalAlpha = strength * 0.7;
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.moveTo(tip, middle);
  ctx.lineTo(x, middle - 4);
  ctx.lineTo(x, middle + 4);
  ctx.fill();
}

function drawLabel(
  { ctx, palette, widthPx }: PaintTarget,
  text: TextMeasure,
  bar: BarRect,
  label: string,
  topPx: number,
  strength: number,
): void {
  const labelPx = text.widthPx(label);
  const baseline = topPx + rowPx() / 2 + 0.5;
  ctx.font = text.font;
  ctx.textBaseline = 'middle';
  ctx.globalAlpha = strength === 1 ? 1 : 0.5;
  const side = labelSide(bar, labelPx, widthPx);
  if (side === 'inside') {
    const x = Math.max(4, bar.xPx + 6);
    // A plate keeps the text readable at full colour and at 35 %.
    ctx.fillStyle = palette.token('--bg');
    ctx.globalAlpha *= 0.85;
    ctx.beginPath();
    ctx.roundRect(x - 3, topPx + barTopPx() + 1, labelPx + 6, BAR_PX - 2, 3);
    ctx.fill();
    ctx.globalAlpha = strength === 1 ? 1 : 0.5;
    ctx.fillStyle = palette.token('--text');
    ctx.fillText(label, x, baseline);
    return;
  }
  ctx.fillStyle = palette.token('--text-quiet');
  ctx.fillText(
    label,
    side === 'right' ? bar.xPx + bar.widthPx + 6 : bar.xPx - labelPx - 6,
    baseline,
  );
}

/** The exact duration, or why there is none. */
export function barLabel({ trace }: Waterfall, position: number): string {
  return noDuration(trace.flags[position]) ?? exactDuration(trace.durationNsOf[position]);
}

/** `× 240, Σ 1.2 s, p95 9 ms`. */
export function runLabel({ size, timed, sumNs, p95Ns }: RunFigures): string {
  if (!timed) return `× ${formatCount(size)}, no durations`;
  return `× ${formatCount(size)}, Σ ${shortDuration(sumNs)}, p95 ${shortDuration(p95Ns)}`;
}
