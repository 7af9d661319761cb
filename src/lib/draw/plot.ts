/**
 * A chart over one axis of numbers, drawn by uPlot: lines, areas, bars and points, stacked or not, with gaps for missing
 * values. It follows its element's size and the page's theme. Its input is a plain description; names, readouts and keys
 * belong to the component (`ui/chart/Chart.svelte`).
 */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { onThemeChange, packedRgba, readPalette, type CanvasPalette } from './colour';
import {
  linearRange,
  linearTicks,
  logRange,
  logTicks,
  loneIndexes,
  stack,
  type AxisTick,
  tickLabels,
} from './plot-scale';

export interface PlotSeries {
  /** Unique within its chart. */
  label: string;
  /** A design token. */
  colour: `--${string}`;
  /** One for each x; NaN is a gap. */
  values: ArrayLike<number>;
  shape: 'line' | 'area' | 'bars' | 'points';
  /** Stacks bars or areas on those before them. */
  isStacked?: boolean;
  /** Lengths of dashes and gaps, so that lines differ by more than colour. */
  dash?: number[];
}

export interface PlotSpec {
  x: {
    /** Ascending. */
    values: ArrayLike<number>;
    /** Both ends of the axis; by default from the first value to the last. */
    range?: [min: number, max: number];
    /** Width of the interval around each value; for bars, and for selecting by keys. */
    step?: number;
    ticks: (min: number, max: number, widthPx: number) => AxisTick[];
  };
  y: {
    /** `log` omits values that are not positive. */
    scale: 'linear' | 'log';
    /** Labels of the axis. */
    format: (value: number) => string;
    /** Custom ticks; steps of 1, 2 and 5 by default. */
    ticks?: (min: number, max: number, count: number) => number[];
    /** The axis reaches at least this far, even if the data do not. */
    atLeast?: number;
    /** False lets a linear axis start elsewhere than at zero. */
    fromZero?: boolean;
  };
  series: PlotSeries[];
  /** Horizontal lines with their meaning. */
  limits?: { at: number; label: string; colour: `--${string}` }[];
  /** Highlighted ranges of x, marked at the top edge too. */
  marks?: { from: number; to: number; colour: `--${string}` }[];
}

export interface PlotEvents {
  /** The pointer's x; null when it left. */
  oncursor?: (x: number | null) => void;
  /** A range of x was selected by dragging. */
  onbrush?: (from: number, to: number) => void;
}

/** All value axes have the same width, so that stacked charts align in x. */
const AXIS_PX = 56;
const TOP_PX = 8;
const RIGHT_PX = 12;
const X_AXIS_PX = 22;
const TICK_GAP_PX = 28;
/** A shorter drag is a click. */
const BRUSH_PX = 4;
const MARK_PX = 3;
/** Approximate width of a digit. */
const LABEL_PX = 6;

export class Plot {
  readonly #host: HTMLElement;
  readonly #events: PlotEvents;
  readonly #observer: ResizeObserver;
  readonly #stopTheme: () => void;
  #spec: PlotSpec | null = null;
  #plot: uPlot | null = null;
  #cursor: number | null = null;
  #selection: readonly [number, number] | null = null;
  /** The cursor is being set from outside: report nothing. */
  #isTold = false;

  /** The element's CSS decides the size. */
  constructor(host: HTMLElement, events: PlotEvents = {}) {
    this.#host = host;
    this.#events = events;
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(host);
    this.#stopTheme = onThemeChange(() => this.#make());
  }

  show(spec: PlotSpec): void {
    this.#spec = spec;
    this.#make();
  }

  /** Moves the cursor to an x, as when another chart is hovered; null hides it. */
  setCursor(x: number | null): void {
    this.#cursor = x;
    const plot = this.#plot;
    if (!plot) return;
    const leftPx = x === null ? -10 : plot.valToPos(x, 'x');
    this.#isTold = true;
    plot.setCursor({ left: leftPx, top: x === null ? -10 : 0 });
    this.#isTold = false;
  }

  /** Shows a range of x as selected; null shows none. */
  setSelection(selection: readonly [from: number, to: number] | null): void {
    this.#selection = selection;
    const plot = this.#plot;
    if (!plot) return;
    if (!selection) {
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      return;
    }
    const [left, right] = selection.map((x) => plot.valToPos(x, 'x'));
    const height = plot.over.clientHeight;
    plot.setSelect({ left, top: 0, width: Math.max(1, right - left), height }, false);
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#stopTheme();
    this.#plot?.destroy();
    this.#plot = null;
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#host;
    if (!width || !height) return;
    if (!this.#plot) this.#make();
    else if (this.#plot.width !== width || this.#plot.height !== height) {
      this.#plot.setSize({ width, height });
      this.setSelection(this.#selection);
    }
  }

  #make(): void {
    const { clientWidth: width, clientHeight: height } = this.#host;
    this.#plot?.destroy();
    this.#plot = null;
    if (!this.#spec || !width || !height) return;
    const palette = readPalette(this.#host);
    const { data, drawn } = alignedData(this.#spec);
    this.#plot = new uPlot(
      {
        width,
        height,
        ...optionsOf(this.#spec, drawn, palette, getComputedStyle(this.#host)),
        hooks: {
          drawClear: [(plot) => drawMarks(plot, this.#spec!, palette)],
          draw: [(plot) => drawLimits(plot, this.#spec!, palette)],
          setCursor: [(plot) => this.#moved(plot)],
          setSelect: [(plot) => this.#brushed(plot)],
        },
      },
      data,
      this.#host,
    );
    if (this.#cursor !== null) this.setCursor(this.#cursor);
    if (this.#selection) this.setSelection(this.#selection);
  }

  #moved(plot: uPlot): void {
    if (this.#isTold) return;
    const { left } = plot.cursor;
    const x = left === undefined || left < 0 ? null : plot.posToVal(left, 'x');
    // A new plot reports that the cursor is nowhere, which is no change.
    if (x === null && this.#cursor === null) return;
    this.#cursor = x;
    this.#events.oncursor?.(x);
  }

  #brushed(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width >= BRUSH_PX && this.#events.onbrush) {
      this.#events.onbrush(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
    }
    this.setSelection(this.#selection);
  }
}

/** Whether a label of the x axis fits without being cut by the edge. */
function fits(plot: uPlot, at: number, label: string): boolean {
  const halfPx = (label.length * LABEL_PX) / 2;
  return plot.valToPos(at, 'x') + halfPx <= plot.bbox.width / uPlot.pxRatio + RIGHT_PX;
}

interface Drawn {
  series: PlotSeries;
  /** As drawn, stacked. */
  values: ArrayLike<number>;
}

/** Series in the order of drawing: the tallest of a stack first, because the lower ones are painted over it. */
function alignedData({ x, series, y }: PlotSpec): { data: uPlot.AlignedData; drawn: Drawn[] } {
  const stacked = series.filter(({ isStacked }) => isStacked);
  const sums = stack(stacked.map(({ values }) => values));
  const drawn: Drawn[] = [
    ...stacked.map((one, i) => ({ series: one, values: sums[i] })).reverse(),
    ...series
      .filter(({ isStacked }) => !isStacked)
      .map((one) => ({ series: one, values: one.values })),
  ];
  const isDrawable = (value: number) =>
    Number.isFinite(value) && (y.scale === 'linear' || value > 0);
  const data = [
    Array.from(x.values),
    ...drawn.map(({ values }) => Array.from(values, (value) => (isDrawable(value) ? value : null))),
  ];
  return { data: data as uPlot.AlignedData, drawn };
}

function optionsOf(
  spec: PlotSpec,
  drawn: Drawn[],
  palette: CanvasPalette,
  style: CSSStyleDeclaration,
): Omit<uPlot.Options, 'width' | 'height'> {
  const font = `11px ${style.fontFamily}`;
  const axis: uPlot.Axis = {
    font,
    stroke: palette.token('--text-quiet'),
    grid: { stroke: palette.token('--line'), width: 1 },
    ticks: { show: false },
    gap: 6,
  };
  const { x } = spec;
  const xRange = x.range ?? [x.values[0] ?? 0, x.values[x.values.length - 1] ?? 1];
  let xTicks: AxisTick[] = [];
  return {
    legend: { show: false },
    padding: [TOP_PX, RIGHT_PX, 0, 0],
    scales: {
      x: { time: false, range: () => xRange },
      y: {
        distr: spec.y.scale === 'log' ? 3 : 1,
        range: () => yRange(spec, drawn),
      },
    },
    axes: [
      {
        ...axis,
        size: X_AXIS_PX,
        splits: (plot, _, min, max) => {
          xTicks = x.ticks(min, max, plot.over.clientWidth || plot.width);
          return xTicks.map(({ at }) => at);
        },
        filter: (_, splits) => splits,
        values: (plot) => xTicks.map(({ at, label }) => (fits(plot, at, label) ? label : '')),
        grid: { show: false },
        ticks: { show: true, stroke: palette.token('--line-strong'), width: 1, size: 4 },
        gap: 2,
      },
      {
        ...axis,
        size: AXIS_PX,
        splits: (plot, _, min, max) => {
          const count = Math.max(2, Math.floor(plot.height / TICK_GAP_PX));
          if (spec.y.ticks) return spec.y.ticks(min, max, count);
          return spec.y.scale === 'log' ? logTicks(min, max, count) : linearTicks(min, max, count);
        },
        filter: (_, splits) => splits,
        values: (_, splits) => tickLabels(splits, spec.y.format),
      },
    ],
    series: [{}, ...drawn.map(({ series }) => seriesOf(series, palette))],
    cursor: {
      x: true,
      y: false,
      drag: { x: true, y: false, setScale: false, dist: BRUSH_PX },
      points: {
        show: drawn.some(({ series }) => series.shape === 'line' || series.shape === 'area'),
        size: 6,
        width: 0,
        fill: (_, at) => palette.token(drawn[at - 1].series.colour),
      },
    },
  };
}

function yRange({ y, limits = [] }: PlotSpec, drawn: Drawn[]): uPlot.Range.MinMax {
  function* values() {
    for (const { values } of drawn) for (let i = 0; i < values.length; i++) yield values[i];
    for (const { at } of limits) yield at;
    if (y.atLeast !== undefined) yield y.atLeast;
  }
  if (y.scale === 'log') return logRange(values()) ?? [1, 10];
  return linearRange(values(), 4, y.fromZero ?? true);
}

function seriesOf(series: PlotSeries, palette: CanvasPalette): uPlot.Series {
  const colour = palette.token(series.colour);
  const common: uPlot.Series = { label: series.label, scale: 'y', dash: series.dash };
  switch (series.shape) {
    case 'bars':
      return {
        ...common,
        fill: colour,
        width: 0,
        // A gap of one pixel separates wide bars but would swallow narrow ones.
        paths: uPlot.paths.bars!({ size: [1, Infinity, 1], gap: 1 }),
        points: { show: false },
      };
    case 'points':
      return {
        ...common,
        paths: () => null,
        points: { show: true, size: 5, width: 0, space: 0, fill: faded(colour, 0.7) },
      };
    default:
      return {
        ...common,
        stroke: colour,
        width: 1.5,
        fill: series.shape === 'area' ? faded(colour, series.isStacked ? 0.75 : 0.16) : undefined,
        points: {
          show: true,
          space: 0,
          size: 4,
          width: 0,
          fill: colour,
          filter: (plot, at) => loneIndexes(plot.data[at]),
        },
      };
  }
}

/** A colour made more transparent; canvas colours have several notations, so the browser parses it. */
export function faded(colour: string, alpha: number): string {
  const packed = packedRgba(colour);
  return `rgba(${packed & 255}, ${(packed >>> 8) & 255}, ${(packed >>> 16) & 255}, ${alpha})`;
}

function drawMarks(plot: uPlot, { marks = [] }: PlotSpec, palette: CanvasPalette): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  for (const { from, to, colour } of marks) {
    const left = Math.max(bbox.left, plot.valToPos(from, 'x', true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(to, 'x', true));
    if (!(right > left)) continue;
    const fill = palette.token(colour);
    ctx.fillStyle = faded(fill, 0.12);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = fill;
    ctx.fillRect(left, bbox.top - MARK_PX * ratio, right - left, MARK_PX * ratio);
  }
}

function drawLimits(plot: uPlot, { limits = [] }: PlotSpec, palette: CanvasPalette): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  ctx.save();
  for (const { at, label, colour } of limits) {
    const y = Math.round(plot.valToPos(at, 'y', true));
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
    ctx.strokeStyle = palette.token(colour);
    ctx.lineWidth = ratio;
    ctx.setLineDash([5 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y + 0.5);
    ctx.lineTo(bbox.left + bbox.width, y + 0.5);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.font = `${11 * ratio}px ${getComputedStyle(plot.root).fontFamily}`;
    ctx.textAlign = 'right';
    // Below the line if there is no room above it.
    const isHigh = y - bbox.top < 16 * ratio;
    ctx.textBaseline = isHigh ? 'top' : 'bottom';
    ctx.lineWidth = 3 * ratio;
    ctx.strokeStyle = palette.token('--bg-raised');
    ctx.lineJoin = 'round';
    const place = [bbox.left + bbox.width - 4 * ratio, y + (isHigh ? 3 : -2) * ratio] as const;
    ctx.strokeText(label, ...place);
    ctx.fillStyle = palette.token('--text-quiet');
    ctx.fillText(label, ...place);
  }
  ctx.restore();
}
