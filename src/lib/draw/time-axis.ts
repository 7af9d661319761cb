/** Draws the time axis above the bars. */
import type { PaintTarget } from './canvas-surface';
import type { TextMeasure } from './text';
import { ticks, type TickSet } from './ticks';
import { xAt, type TimeScale } from './time-scale';

const TICK_GAP_PX = 96;

export function ticksOf(scale: TimeScale): TickSet {
  return ticks(scale.startNs, scale.endNs, scale.widthPx, TICK_GAP_PX);
}

/** Snaps to the device's pixel grid, so that hairlines are sharp. */
export function snap(px: number, pixelRatio: number): number {
  return Math.round(px * pixelRatio) / pixelRatio;
}

/** The axis above the bars: round ticks, with the unit once, after the last label. */
export function drawAxis(target: PaintTarget, scale: TimeScale, text: TextMeasure): void {
  const { ctx, widthPx, heightPx, pixelRatio, palette } = target;
  const { ticks: all, unit, base } = ticksOf(scale);
  const middle = heightPx / 2 + 0.5;
  ctx.font = text.font;
  ctx.textBaseline = 'middle';
  let freePx = 0;
  if (base) {
    ctx.fillStyle = palette.token('--text');
    ctx.fillText(base, 6, middle);
    freePx = text.widthPx(base) + 16;
  }
  const shown: { label: string; leftPx: number }[] = [];
  for (const { ns, label } of all) {
    const x = snap(xAt(scale, ns), pixelRatio);
    ctx.fillStyle = palette.token('--line-strong');
    ctx.fillRect(x, heightPx - 6, 1 / pixelRatio, 6);
    const leftPx = x + 4;
    const labelPx = text.widthPx(label);
    if (leftPx < freePx || leftPx + labelPx > widthPx - 2) continue;
    shown.push({ label, leftPx });
    freePx = leftPx + labelPx + 8;
  }
  const unitPx = text.widthPx(unit) + 3;
  const last = shown.findLastIndex(
    ({ label, leftPx }) => leftPx + text.widthPx(label) + unitPx <= widthPx - 2,
  );
  shown.forEach(({ label, leftPx }, i) => {
    // Text right of the label with the unit would read as another unit.
    if (i > last && last >= 0) return;
    ctx.fillStyle = palette.token('--text-quiet');
    ctx.fillText(label, leftPx, middle);
    if (i === last) {
      ctx.fillStyle = palette.token('--text-faint');
      ctx.fillText(unit, leftPx + text.widthPx(label) + 3, middle);
    }
  });
}
