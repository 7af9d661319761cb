/** A result as a chart: which columns go where, and what is drawn. */
import type { PlotSeries, PlotSpec } from '$lib/draw/plot';
import { clockTicks } from '$lib/draw/clock-ticks';
import { decimalStepAbove, linearTicks, type AxisTick } from '$lib/draw/plot-scale';
import type { QueryResult } from '$lib/engine/engine';
import { formatCount } from '$lib/model/quantity';
import { valueText } from '$lib/model/table-text';
import { exactTime, shortDuration } from '$lib/model/time';
import type { ResultColumn } from './cell-text';

export const CHART_KINDS = ['line', 'bar', 'histogram', 'scatter'] as const;
export type ChartKind = (typeof CHART_KINDS)[number];

export interface ChartChoice {
  kind: ChartKind;
  /** Name of the column along the x axis; null for the rows' numbers. A histogram counts its values. */
  x: string | null;
  /** Names of the columns that are drawn. */
  ys: readonly string[];
}

export interface ResultChart {
  spec: PlotSpec;
  /** The title of the x axis. */
  xLabel: string;
  xText: (x: number) => string;
  valueText: (value: number) => string;
  /** What was left out, as text; '' if nothing. */
  note: string;
}

/** The most bars that stay distinguishable. */
const MOST_BARS = 200;
const MOST_SERIES = 6;
const COLOURS = ['--cat-0', '--cat-1', '--cat-7', '--cat-3', '--cat-2', '--cat-6'] as const;

export function numericColumns(columns: readonly ResultColumn[]): ResultColumn[] {
  return columns.filter(({ isNumber }) => isNumber);
}

/** Columns that can share an axis with the first one: all durations, or none. */
function sharing(columns: readonly ResultColumn[], first: ResultColumn): ResultColumn[] {
  return columns.filter(({ kind }) => kind === first.kind);
}

/** The best initial chart; null if there is nothing to draw. */
export function usualChart(columns: readonly ResultColumn[], rowCount: number): ChartChoice | null {
  const numbers = numericColumns(columns);
  if (numbers.length === 0 || rowCount === 0) return null;
  const time = numbers.find(({ kind }) => kind === 'time');
  const figures = numbers.filter((column) => column.kind !== 'time');
  const most = (list: ResultColumn[]) => list.slice(0, MOST_SERIES).map(({ name }) => name);
  if (time && figures.length > 0) {
    return { kind: 'line', x: time.name, ys: most(sharing(figures, figures[0])) };
  }
  const words = columns.find(({ isNumber, kind }) => !isNumber && kind !== 'json');
  if (words && figures.length > 0 && rowCount <= MOST_BARS) {
    return { kind: 'bar', x: words.name, ys: [figures[0].name] };
  }
  if (figures.length >= 2 && columns[0] === figures[0]) {
    return { kind: 'line', x: figures[0].name, ys: most(sharing(figures.slice(1), figures[1])) };
  }
  return { kind: 'histogram', x: null, ys: [numbers[0].name] };
}

/** The same columns in another kind of chart, as far as they fit. */
export function asKind(
  choice: ChartChoice,
  kind: ChartKind,
  columns: readonly ResultColumn[],
): ChartChoice {
  const numbers = numericColumns(columns);
  const isNumeric = numbers.some(({ name }) => name === choice.x);
  if (kind === 'histogram') return { kind, x: null, ys: choice.ys.slice(0, 1) };
  if (kind === 'scatter') {
    const [first, second = first] = numbers.map(({ name }) => name);
    const x = isNumeric
      ? choice.x
      : (numbers.find(({ name }) => name !== choice.ys[0])?.name ?? first);
    const y = choice.ys[0] === x ? second : choice.ys[0];
    return { kind, x, ys: [y] };
  }
  const x = choice.x ?? columns.find(({ name }) => !choice.ys.includes(name))?.name ?? null;
  return { ...choice, kind, x };
}

/** @param order the rows in display order, which bars keep. */
export function resultChart(
  result: QueryResult,
  columns: readonly ResultColumn[],
  order: Int32Array,
  choice: ChartChoice,
): ResultChart | null {
  const named = (name: string | null) => columns.find((column) => column.name === name);
  const ys = choice.ys.flatMap((name) => named(name) ?? []);
  if (ys.length === 0 || order.length === 0) return null;
  if (choice.kind === 'histogram') return histogram(result, ys[0]);
  const x = named(choice.x);
  if (choice.kind === 'bar' && !(x?.kind === 'time')) return bars(result, order, x, ys);
  if (x && !x.isNumber) return bars(result, order, x, ys, choice.kind);
  return overNumbers(result, order, x, ys, choice.kind);
}

/** A column's values as drawn: durations in nanoseconds, times as offsets from the first. */
function drawnValues(
  result: QueryResult,
  column: ResultColumn,
): { values: Float64Array; baseNs: bigint } {
  if (column.kind !== 'time') {
    const values = result.numbers(column.name);
    if (column.unitNs) for (let i = 0; i < values.length; i++) values[i] *= column.unitNs;
    return { values, baseNs: 0n };
  }
  // Epoch nanoseconds do not fit a double; their differences do.
  const times = Array.from({ length: result.rowCount }, (_, row) => result.value(row, column.name));
  const first = times.reduce<bigint | null>((least, value) => {
    if (value === null) return least;
    const ns = BigInt(value as bigint);
    return least === null || ns < least ? ns : least;
  }, null);
  const baseNs = first ?? 0n;
  const values = Float64Array.from(times, (value) =>
    value === null ? NaN : Number(BigInt(value as bigint) - baseNs),
  );
  return { values, baseNs };
}

function seriesOf(
  ys: readonly ResultColumn[],
  values: readonly ArrayLike<number>[],
  shape: PlotSeries['shape'],
): PlotSeries[] {
  return ys.map((column, i) => ({
    label: column.name,
    colour: COLOURS[i % COLOURS.length],
    values: values[i],
    shape,
  }));
}

/** How values of a column are written along an axis and in the readout. */
function writes({ kind }: ResultColumn): (value: number) => string {
  return (value) => {
    if (Number.isNaN(value)) return '–';
    if (kind === 'duration') return shortDuration(value);
    const text =
      Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 1e-6)
        ? value.toPrecision(4)
        : value.toLocaleString('en-US', { maximumSignificantDigits: 6 });
    return kind === 'percent' ? `${text}\u202f%` : text;
  };
}

function yAxis(column: ResultColumn): PlotSpec['y'] {
  return { scale: 'linear', format: writes(column), fromZero: true };
}

function numberTicks(write: (value: number) => string): PlotSpec['x']['ticks'] {
  return (min, max, widthPx) =>
    linearTicks(min, max, Math.max(2, Math.floor(widthPx / 90))).map((at) => ({
      at,
      label: write(at),
    }));
}

function overNumbers(
  result: QueryResult,
  order: Int32Array,
  x: ResultColumn | undefined,
  ys: readonly ResultColumn[],
  kind: ChartKind,
): ResultChart {
  const along = x ? drawnValues(result, x) : null;
  const rows = Array.from(order).filter((row) => !along || !Number.isNaN(along.values[row]));
  if (along) rows.sort((a, b) => along.values[a] - along.values[b]);
  const xs = along
    ? Float64Array.from(rows, (row) => along.values[row])
    : Float64Array.from(rows, (_, i) => i + 1);
  const values = ys.map((column) => {
    const drawn = drawnValues(result, column).values;
    return Float64Array.from(rows, (row) => drawn[row]);
  });
  const range = paddedRange(xs, kind === 'bar');
  const isTime = x?.kind === 'time';
  const write = x ? writes(x) : (value: number) => formatCount(Math.round(value));
  const shape = kind === 'scatter' ? 'points' : kind === 'bar' ? 'bars' : 'line';
  return {
    spec: {
      x: {
        values: xs,
        range,
        step: kind === 'bar' ? smallestStep(xs) : undefined,
        ticks: isTime
          ? (min, max, widthPx) => clockTicks(along!.baseNs, min, max, widthPx)
          : numberTicks(write),
      },
      y: yAxis(ys[0]),
      series: seriesOf(ys, values, shape),
    },
    xLabel: x?.name ?? 'Row',
    xText: isTime
      ? (value) => exactTime(along!.baseNs + BigInt(Math.round(value)))
      : (value) => (x ? write(value) : `Row ${write(value)}`),
    valueText: writes(ys[0]),
    note:
      rows.length < order.length
        ? `${formatCount(order.length - rows.length)} rows without ${x!.name} are left out.`
        : '',
  };
}

/** One bar, or point, for each row, in the order of the rows. */
function bars(
  result: QueryResult,
  order: Int32Array,
  x: ResultColumn | undefined,
  ys: readonly ResultColumn[],
  kind: ChartKind = 'bar',
): ResultChart {
  const rows = order.slice(0, MOST_BARS);
  const names = Array.from(rows, (row, i) =>
    x ? valueText(result.value(row, x.name)) || '–' : String(i + 1),
  );
  const xs = Float64Array.from(rows, (_, i) => i);
  const values = ys.map((column) => {
    const drawn = drawnValues(result, column).values;
    return Float64Array.from(rows, (row) => drawn[row]);
  });
  const shape = kind === 'line' ? 'line' : kind === 'scatter' ? 'points' : 'bars';
  return {
    spec: {
      x: {
        values: xs,
        range: [-0.6, rows.length - 0.4],
        step: 1,
        ticks: (_, __, widthPx) => nameTicks(names, widthPx),
      },
      y: yAxis(ys[0]),
      series: seriesOf(ys, values, shape),
    },
    xLabel: x?.name ?? 'Row',
    xText: (value) => names[Math.round(value)] ?? '',
    valueText: writes(ys[0]),
    note:
      order.length > rows.length
        ? `The first ${MOST_BARS} of ${formatCount(order.length)} rows.`
        : '',
  };
}

const LETTER_PX = 6.2;

/** As many names as there is room for, cut to fit. */
function nameTicks(names: readonly string[], widthPx: number): AxisTick[] {
  const perBarPx = widthPx / Math.max(1, names.length);
  const every = Math.max(1, Math.ceil(64 / perBarPx));
  const letters = Math.max(3, Math.floor((perBarPx * every) / LETTER_PX) - 1);
  return names.flatMap((name, at) => {
    if (at % every !== 0) return [];
    return [{ at, label: name.length > letters ? `${name.slice(0, letters - 1)}…` : name }];
  });
}

const MOST_BINS = 60;

function histogram(result: QueryResult, column: ResultColumn): ResultChart | null {
  const { values, baseNs } = drawnValues(result, column);
  const known = values.filter((value) => Number.isFinite(value));
  if (known.length === 0) return null;
  let min = Infinity;
  let max = -Infinity;
  for (const value of known) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const wanted = Math.max(1, Math.min(MOST_BINS, Math.ceil(2 * Math.cbrt(known.length))));
  const step =
    max > min ? decimalStepAbove((max - min) / wanted) : decimalStepAbove(Math.abs(max) / 10 || 1);
  const from = Math.floor(min / step) * step;
  const bins = Math.floor((max - from) / step + 1e-9) + 1;
  const counts = new Float64Array(bins);
  for (const value of known) counts[Math.min(bins - 1, Math.floor((value - from) / step + 1e-9))]++;
  const xs = Float64Array.from(counts, (_, i) => from + (i + 0.5) * step);
  const write =
    column.kind === 'time'
      ? (value: number) => exactTime(baseNs + BigInt(Math.round(value)))
      : writes(column);
  const left = values.length - known.length;
  return {
    spec: {
      x: {
        values: xs,
        range: [from, from + bins * step],
        step,
        ticks:
          column.kind === 'time'
            ? (low, high, widthPx) => clockTicks(baseNs, low, high, widthPx)
            : numberTicks(write),
      },
      y: { scale: 'linear', format: (value) => formatCount(Math.round(value)), fromZero: true },
      series: [{ label: 'Rows', colour: COLOURS[0], values: counts, shape: 'bars' }],
    },
    xLabel: column.name,
    xText: (value) => `${write(value - step / 2)} – ${write(value + step / 2)}`,
    valueText: (value) => formatCount(value),
    note: left > 0 ? `${formatCount(left)} rows without ${column.name} are left out.` : '',
  };
}

function smallestStep(xs: Float64Array): number {
  let step = Infinity;
  for (let i = 1; i < xs.length; i++) {
    const gap = xs[i] - xs[i - 1];
    if (gap > 0 && gap < step) step = gap;
  }
  return Number.isFinite(step) ? step : 1;
}

/** Room for what is drawn at both ends. */
function paddedRange(xs: Float64Array, isBar: boolean): [number, number] {
  const first = xs[0] ?? 0;
  const last = xs[xs.length - 1] ?? 1;
  if (!(last > first)) return [first - 1, first + 1];
  const pad = isBar ? smallestStep(xs) * 0.6 : (last - first) * 0.01;
  return [first - pad, last + pad];
}
