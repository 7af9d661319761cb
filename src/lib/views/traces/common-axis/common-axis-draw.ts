/** Paints the lanes of several traces, and their axis. Stateless: each call paints one picture from the model. */
import type { PaintTarget } from '$lib/draw/canvas-surface';
import { colourIndex } from '$lib/draw/colour';
import type { TextMeasure } from '$lib/draw/text';
import { xAt, type TimeScale } from '$lib/draw/time-scale';
import { shortDuration } from '$lib/model/time';
import { drawAxis, snap, ticksOf } from '$lib/draw/time-axis';
import type { AxisTime } from './common-axis';
import type { Bars, Lanes } from './common-axis-query';
import { barRect } from '$lib/draw/row-layout';

export const LANE_PX = 30;
const LEVEL_PX = 7;
const BAR_PX = 6;
const TOP_PX = 4;
/** Opacity of bars with children drawn on them, by level: a span that waits is paler than one that works. */
const WAITING_ALPHA = [0.35, 0.6];
/** The width a stretch needs for ticks of its own, if there are several. */
const TICKS_FROM_PX = 240;
/** Narrower gaps have no mark. */
const MARKED_FROM_PX = 5;

export interface AxisPicture {
  lanes: Lanes;
  bars: Bars | null;
  time: AxisTime;
  /** The visible part of the axis. */
  scale: TimeScale;
  topPx: number;
  /** Lanes; -1 for none. */
  cursor: number;
  hovered: number;
  text: TextMeasure;
}

export function drawLanes(target: PaintTarget, picture: AxisPicture): void {
  const { ctx, widthPx, heightPx, palette } = target;
  const { lanes, topPx, cursor, hovered } = picture;
  const first = Math.floor(topPx / LANE_PX);
  const last = Math.min(lanes.count, Math.ceil((topPx + heightPx) / LANE_PX));
  ctx.fillStyle = palette.token('--bg-sunken');
  for (const { leftPx, rightPx } of gaps(picture))
    ctx.fillRect(leftPx, 0, rightPx - leftPx, heightPx);
  for (const [lane, token] of [
    [hovered, '--bg-hover'],
    [cursor, '--bg-selected'],
  ] as const) {
    if (lane < first || lane >= last) continue;
    ctx.fillStyle = palette.token(token);
    ctx.fillRect(0, lane * LANE_PX - topPx, widthPx, LANE_PX);
  }
  drawGround(target, picture);
  for (let lane = first; lane < last; lane++) drawLane(target, picture, lane);
  ctx.globalAlpha = 1;
}

/** Hairlines at the ticks, dashed where time was cut out. */
function drawGround(target: PaintTarget, picture: AxisPicture): void {
  const { ctx, heightPx, pixelRatio, palette } = target;
  for (const { part, leftPx } of parts(picture)) {
    if (!hasTicks(picture, part)) continue;
    ctx.fillStyle = palette.token('--line');
    for (const { ns } of ticksOf(part).ticks)
      ctx.fillRect(snap(leftPx + xAt(part, ns), pixelRatio), 0, 1 / pixelRatio, heightPx);
  }
  let lastPx = -Infinity;
  for (const { leftPx, rightPx } of gaps(picture)) {
    // Hundreds of short gaps would only show their marks.
    if (rightPx - leftPx < MARKED_FROM_PX || leftPx - lastPx < MARKED_FROM_PX) continue;
    lastPx = rightPx;
    ctx.fillStyle = palette.token('--line-strong');
    const middle = snap((leftPx + rightPx) / 2, pixelRatio);
    for (let y = 2; y < heightPx; y += 8) ctx.fillRect(middle, y, 1, 4);
  }
}

function drawLane(target: PaintTarget, picture: AxisPicture, lane: number): void {
  const { ctx, palette, widthPx } = target;
  const { lanes, bars, time, scale, text } = picture;
  const y = lane * LANE_PX - picture.topPx;
  if (bars) {
    for (let i = bars.offsets[lane]; i < bars.offsets[lane + 1]; i++) {
      const row = bars.rows[i];
      const rect = rectOf(time, scale, bars.startNs[row], bars.durationNs[row] || 0);
      if (!rect) continue;
      const top = y + TOP_PX + bars.depth[row] * LEVEL_PX;
      ctx.globalAlpha = bars.childCount[row] > 0 ? (WAITING_ALPHA[bars.depth[row]] ?? 1) : 1;
      ctx.fillStyle = palette.categories[colourIndex(bars.service[row])];
      ctx.beginPath();
      ctx.roundRect(rect.xPx, top, rect.widthPx, BAR_PX, 1.5);
      ctx.fill();
      ctx.globalAlpha = 1;
      if (!bars.failed[row]) continue;
      ctx.strokeStyle = palette.token('--error');
      ctx.lineWidth = 1.5;
      ctx.stroke();
    }
  }
  if (Number.isNaN(lanes.startNs[lane])) {
    drawWord(target, text, 'no start time', 6, y);
    return;
  }
  const whole = rectOf(time, scale, lanes.startNs[lane], lanes.durationNs[lane] || 0);
  if (!whole || whole.xPx > widthPx || whole.xPx + whole.widthPx < 0) {
    return drawBeyond(target, picture, lane, y);
  }
  const label = lengthText(lanes.durationNs[lane]);
  const x = whole.xPx + whole.widthPx + 6;
  if (x + text.widthPx(label) <= widthPx - 2) drawWord(target, text, label, x, y);
}

/** A duration; '—' for NaN, which means unknown. */
export function lengthText(ns: number): string {
  return Number.isNaN(ns) ? '—' : shortDuration(ns);
}

function drawWord(
  { ctx, palette }: PaintTarget,
  text: TextMeasure,
  word: string,
  xPx: number,
  topPx: number,
): void {
  ctx.font = text.font;
  ctx.textBaseline = 'middle';
  ctx.fillStyle = palette.token('--text-quiet');
  ctx.fillText(word, xPx, topPx + TOP_PX + BAR_PX / 2 + 0.5);
}

/** A small arrow at the edge for a trace outside the window. */
function drawBeyond(
  { ctx, palette, widthPx }: PaintTarget,
  { lanes, time, scale }: AxisPicture,
  lane: number,
  y: number,
): void {
  const isBefore = time.place(lanes.startNs[lane]) < scale.startNs;
  const tip = isBefore ? 3 : widthPx - 3;
  const base = isBefore ? 9 : widthPx - 9;
  const middle = y + LANE_PX / 2;
  ctx.fillStyle = palette.token('--text-faint');
  ctx.beginPath();
  ctx.moveTo(tip, middle);
  ctx.lineTo(base, middle - 4);
  ctx.lineTo(base, middle + 4);
  ctx.fill();
}

/** The axis above the lanes: ticks in each stretch that has room, only its start in others. */
export function drawLanesAxis(target: PaintTarget, picture: Omit<AxisPicture, 'topPx'>): void {
  const { ctx, heightPx, palette } = target;
  const { text } = picture;
  let freePx = 0;
  for (const { part, leftPx } of parts(picture)) {
    if (hasTicks(picture, part)) {
      ctx.save();
      ctx.translate(leftPx, 0);
      drawAxis({ ...target, widthPx: part.widthPx }, part, text);
      ctx.restore();
      freePx = leftPx + part.widthPx;
      continue;
    }
    const label = offsetText(part.startNs);
    ctx.fillStyle = palette.token('--line-strong');
    ctx.fillRect(leftPx, heightPx - 6, 1, 6);
    if (leftPx < freePx || leftPx + text.widthPx(label) + 4 > target.widthPx) continue;
    ctx.font = text.font;
    ctx.textBaseline = 'middle';
    ctx.fillStyle = palette.token('--text-quiet');
    ctx.fillText(label, leftPx + 3, heightPx / 2 + 0.5);
    freePx = leftPx + text.widthPx(label) + 12;
  }
}

/** The bar at a point of the picture, as a row of the result; -1 for none. The deepest wins. */
export function barAt(picture: AxisPicture, xPx: number, yPx: number): number {
  const { lanes, bars, time, scale, topPx } = picture;
  const lane = Math.floor((yPx + topPx) / LANE_PX);
  if (!bars || lane < 0 || lane >= lanes.count) return -1;
  const level = Math.floor((yPx + topPx - lane * LANE_PX - TOP_PX) / LEVEL_PX);
  for (let i = bars.offsets[lane + 1] - 1; i >= bars.offsets[lane]; i--) {
    const row = bars.rows[i];
    if (bars.depth[row] !== level) continue;
    const rect = rectOf(time, scale, bars.startNs[row], bars.durationNs[row] || 0);
    if (rect && xPx >= rect.xPx - 2 && xPx <= rect.xPx + rect.widthPx + 2) return row;
  }
  return -1;
}

function rectOf(time: AxisTime, scale: TimeScale, startNs: number, durationNs: number) {
  const from = time.place(startNs);
  return barRect(scale, from, time.place(startNs + durationNs) - from);
}

const hasTicks = ({ time }: Pick<AxisPicture, 'time'>, { widthPx }: TimeScale): boolean =>
  time.stretches.length === 1 || widthPx >= TICKS_FROM_PX;

/** `+8.5 min` from the first trace's start; `0` for itself. */
export function offsetText(ns: number): string {
  return ns === 0 ? '0' : `+${shortDuration(ns)}`;
}

/** The visible parts of the stretches, each with a scale in real time. */
function* parts({ time, scale }: Pick<AxisPicture, 'time' | 'scale'>): Generator<{
  part: TimeScale;
  leftPx: number;
}> {
  for (const stretch of time.stretches) {
    const lengthNs = Math.max(1, stretch.endNs - stretch.startNs);
    const from = Math.max(stretch.atNs, scale.startNs);
    const to = Math.min(stretch.atNs + lengthNs, scale.endNs);
    if (to <= from) continue;
    const leftPx = xAt(scale, from);
    yield {
      leftPx,
      part: {
        startNs: stretch.startNs + (from - stretch.atNs),
        endNs: stretch.startNs + (to - stretch.atNs),
        widthPx: xAt(scale, to) - leftPx,
      },
    };
  }
}

function* gaps({ time, scale }: AxisPicture): Generator<{ leftPx: number; rightPx: number }> {
  for (let i = 1; i < time.stretches.length; i++) {
    const before = time.stretches[i - 1];
    const leftPx = xAt(scale, before.atNs + before.endNs - before.startNs);
    const rightPx = xAt(scale, time.stretches[i].atNs);
    if (rightPx >= 0 && leftPx <= scale.widthPx) yield { leftPx, rightPx };
  }
}
