/** Draws the heatmap: cells shaded by their counts, both axes, the selection, and the keyboard's cell. */
import type { PaintTarget } from '$lib/draw/canvas-surface';
import type { AxisTick } from '$lib/draw/plot-scale';
import { faded } from '$lib/draw/plot';
import { shortDuration } from '$lib/model/time';
import { roundDurations } from '$lib/views/red/duration-ticks';
import { rowAt, strengthOf, type Heatmap, type Region } from './heatmap';

/** Margins around the cells, the same as in the charts above. */
export const PLOT_LEFT_PX = 56;
export const PLOT_RIGHT_PX = 12;
export const PLOT_TOP_PX = 8;
export const PLOT_BOTTOM_PX = 22;
const LABEL_GAP_PX = 16;
/** Number of shades; more can't be told apart. */
const LEVELS = 48;

/** The geometry of the cells, in CSS pixels of the canvas. */
export interface HeatmapPlace {
  leftPx: number;
  topPx: number;
  widthPx: number;
  heightPx: number;
  /** Offsets from the start of the range at both ends of the axis. */
  fromNs: number;
  toNs: number;
  /** Where column 0 begins, and how long a column is. */
  firstNs: number;
  stepNs: number;
}

export function xOfColumn(place: HeatmapPlace, column: number): number {
  const ns = place.firstNs + column * place.stepNs;
  return place.leftPx + ((ns - place.fromNs) / (place.toNs - place.fromNs)) * place.widthPx;
}

/** The upper edge of a row; row 0 is at the bottom. */
export function yOfRow({ topPx, heightPx }: HeatmapPlace, { rows }: Heatmap, row: number): number {
  return topPx + heightPx - ((row + 1) / rows) * heightPx;
}

/** The cell at a point; outside the cells null, or with `clamp` the nearest one. */
export function cellAt(
  place: HeatmapPlace,
  map: Heatmap,
  xPx: number,
  yPx: number,
  clamp = false,
): { column: number; row: number } | null {
  const ns = place.fromNs + ((xPx - place.leftPx) / place.widthPx) * (place.toNs - place.fromNs);
  const column = Math.floor((ns - place.firstNs) / place.stepNs);
  const row = Math.floor(((place.topPx + place.heightPx - yPx) / place.heightPx) * map.rows);
  const isIn = column >= 0 && column < map.columns && row >= 0 && row < map.rows;
  if (isIn) return { column, row };
  if (!clamp) return null;
  return {
    column: Math.max(0, Math.min(map.columns - 1, column)),
    row: Math.max(0, Math.min(map.rows - 1, row)),
  };
}

export interface HeatmapPicture {
  map: Heatmap;
  place: HeatmapPlace;
  timeTicks: readonly AxisTick[];
  /** The selection, finished or not. */
  region: Region | null;
  /** The cell under the pointer or the keyboard's cursor. */
  cell: { column: number; row: number } | null;
  /** The position of the charts' cursor, as an offset from the start of the range. */
  cursorNs: number | null;
}

export function drawHeatmap(
  { ctx, palette, heightPx }: PaintTarget,
  picture: HeatmapPicture,
  fontFamily: string,
): void {
  const { map, place } = picture;
  const right = place.leftPx + place.widthPx;
  const bottom = place.topPx + place.heightPx;
  const hue = palette.token('--accent');
  const shades = Array.from({ length: LEVELS + 1 }, (_, i) => faded(hue, i / LEVELS));

  ctx.save();
  ctx.beginPath();
  ctx.rect(place.leftPx, place.topPx, place.widthPx, place.heightPx);
  ctx.clip();
  for (let column = 0; column < map.columns; column++) {
    // Edges are on whole pixels, so that cells touch without blurring.
    const x0 = Math.round(xOfColumn(place, column));
    const x1 = Math.round(xOfColumn(place, column + 1));
    const gapX = x1 - x0 > 4 ? 1 : 0;
    for (let row = 0; row < map.rows; row++) {
      const count = map.counts[row * map.columns + column];
      if (!count) continue;
      const y0 = Math.round(yOfRow(place, map, row));
      const y1 = Math.round(yOfRow(place, map, row - 1));
      const gapY = y1 - y0 > 4 ? 1 : 0;
      ctx.fillStyle = shades[Math.round(strengthOf(count, map.largest) * LEVELS)];
      ctx.fillRect(x0, y0, Math.max(1, x1 - x0 - gapX), Math.max(1, y1 - y0 - gapY));
    }
  }
  if (picture.cursorNs !== null) {
    const span = place.toNs - place.fromNs;
    const x = place.leftPx + ((picture.cursorNs - place.fromNs) / span) * place.widthPx;
    ctx.fillStyle = palette.token('--line-control');
    ctx.fillRect(Math.round(x), place.topPx, 1, place.heightPx);
  }
  if (picture.region) {
    const { firstColumn, lastColumn, firstRow, lastRow } = picture.region;
    const x0 = Math.round(xOfColumn(place, firstColumn));
    const x1 = Math.round(xOfColumn(place, lastColumn + 1));
    const y0 = Math.round(yOfRow(place, map, lastRow));
    const y1 = Math.round(yOfRow(place, map, firstRow - 1));
    ctx.fillStyle = faded(palette.token('--text'), 0.07);
    ctx.fillRect(x0, y0, x1 - x0, y1 - y0);
    ctx.strokeStyle = palette.token('--text');
    ctx.lineWidth = 1.5;
    ctx.strokeRect(x0 + 0.5, y0 + 0.5, Math.max(2, x1 - x0 - 1), Math.max(2, y1 - y0 - 1));
  }
  if (picture.cell) {
    const { column, row } = picture.cell;
    const x0 = Math.round(xOfColumn(place, column));
    const y0 = Math.round(yOfRow(place, map, row));
    const width = Math.max(3, Math.round(xOfColumn(place, column + 1)) - x0 - 1);
    const height = Math.max(3, Math.round(yOfRow(place, map, row - 1)) - y0 - 1);
    ctx.strokeStyle = palette.token('--text');
    ctx.lineWidth = 1;
    ctx.strokeRect(x0 - 0.5, y0 - 0.5, width + 1, height + 1);
  }
  ctx.restore();

  ctx.font = `11px ${fontFamily}`;
  ctx.fillStyle = palette.token('--text-quiet');
  ctx.strokeStyle = palette.token('--line-strong');
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  for (const { at, label } of durationTicks(map, place)) {
    ctx.fillText(label, place.leftPx - 6, at);
    ctx.globalAlpha = 0.5;
    ctx.fillRect(place.leftPx - 3, Math.round(at), 3, 1);
    ctx.globalAlpha = 1;
  }
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  const span = place.toNs - place.fromNs;
  for (const { at, label } of picture.timeTicks) {
    const x = place.leftPx + ((at - place.fromNs) / span) * place.widthPx;
    if (x < place.leftPx - 1 || x > right + 1) continue;
    ctx.fillRect(Math.round(x), bottom, 1, 4);
    // A label that would be cut off at the edge is left out, as in the charts.
    if (x + ctx.measureText(label).width / 2 > right + PLOT_RIGHT_PX) continue;
    ctx.fillText(label, x, Math.min(bottom + 6, heightPx - 12));
  }
}

/** Labels of durations, as space allows: whole decades first, then 2 and 5 of each. */
export function durationTicks(map: Heatmap, place: HeatmapPlace): AxisTick[] {
  const marks: AxisTick[] = [];
  const y = (row: number) => place.topPx + place.heightPx * (1 - row / map.rows);
  const put = (at: number, label: string) => {
    if (at < place.topPx - 1 || at > place.topPx + place.heightPx + 1) return;
    if (marks.every((other) => Math.abs(other.at - at) >= LABEL_GAP_PX)) marks.push({ at, label });
  };
  if (map.hasZero) put(y(0.5), '0');
  const leastNs = 10 ** (map.firstBin / map.binsPerDecade);
  const mostNs = 10 ** ((map.firstBin + map.rows) / map.binsPerDecade);
  const decades = roundDurations(leastNs, mostNs);
  for (const ns of [...decades, ...decades.flatMap((one) => [2 * one, 5 * one])]) {
    const row = rowAt(map, ns);
    if (row >= (map.hasZero ? 1 : 0) && row <= map.rows + 1e-9) put(y(row), shortDuration(ns));
  }
  return marks;
}
