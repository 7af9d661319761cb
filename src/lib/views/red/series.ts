/** Turns the engine's rows into the series of the RED view's charts. */
import { clockTicks } from '$lib/draw/clock-ticks';
import type { PlotSpec } from '$lib/draw/plot';
import { decimalStepAbove } from '$lib/draw/plot-scale';
import type { QueryResult } from '$lib/engine/engine';
import { shortDuration } from '$lib/model/time';
import { breachesOf, burnRate, type Slo } from '$lib/state/thresholds';
import { extent, inBuckets, middles, type Buckets, type Range } from './buckets';
import { durationLogTicks, durationTicks } from './duration-ticks';
import { figureText, type RateUnit } from './red-rows';

/** Figures with a value per bucket; without spans, counts are 0 and durations NaN. */
export interface Series {
  range: Range;
  buckets: Buckets;
  /** Middles of the buckets, as offsets from the start of the range. */
  at: Float64Array;
  spans: Float64Array;
  errors: Float64Array;
  /** Nanoseconds. */
  p50: Float64Array;
  p95: Float64Array;
  p99: Float64Array;
}

/** Rows of `seriesQuery`, requested with these buckets. */
export function seriesOf(result: QueryResult, range: Range, buckets: Buckets): Series {
  const at = result.numbers('bucket');
  const counted = (name: string) => inBuckets(at, result.numbers(name), buckets.count, 0);
  const measured = (name: string) =>
    inBuckets(
      at,
      result.numbers(name).map((ms) => ms * 1e6),
      buckets.count,
      NaN,
    );
  return {
    range,
    buckets,
    at: middles(range, buckets),
    spans: counted('spans'),
    errors: counted('errors'),
    p50: measured('p50_ms'),
    p95: measured('p95_ms'),
    p99: measured('p99_ms'),
  };
}

/** Errors of one status description by bucket. */
export interface ErrorSeries {
  /** Null for all that have no series of their own. */
  description: string | null;
  values: Float64Array;
  total: number;
}

/** Rows of `errorsQuery`, most errors first, 'other' last. */
export function errorSeriesOf(result: QueryResult, count: number): ErrorSeries[] {
  const bucket = result.numbers('bucket');
  const place = result.numbers('place');
  const errors = result.numbers('errors');
  const byPlace = new Map<number, ErrorSeries>();
  for (let row = 0; row < result.rowCount; row++) {
    const key = Number.isNaN(place[row]) ? Infinity : place[row];
    let series = byPlace.get(key);
    if (!series) {
      const description = result.value(row, 'description') as string | null;
      series = { description, values: new Float64Array(count), total: 0 };
      byPlace.set(key, series);
    }
    if (bucket[row] >= 0 && bucket[row] < count) series.values[bucket[row]] += errors[row];
    series.total += errors[row];
  }
  return [...byPlace].sort(([a], [b]) => a - b).map(([, series]) => series);
}

/** The name of an error series; spans can fail without a description. */
export function errorLabel({ description }: ErrorSeries): string {
  if (description === null) return 'other';
  return description.trim() ? description.trim().replace(/\s+/g, ' ') : '(no description)';
}

/** How the error budget is used, bucket by bucket. */
export interface Burn {
  /** Burn rate of each bucket; NaN without spans. */
  rate: Float64Array;
  /** Share of the range's budget used by the end of each bucket; 1 is all of it. */
  used: Float64Array;
  /** Over the whole range. */
  total: number;
}

/** @param allowed share of spans that may fail, 0–1 */
export function burnOf({ spans, errors }: Series, allowed: number): Burn {
  const allSpans = sum(spans);
  const rate = new Float64Array(spans.length);
  const used = new Float64Array(spans.length);
  let failed = 0;
  for (let i = 0; i < spans.length; i++) {
    failed += errors[i];
    rate[i] = spans[i] ? burnRate(errors[i] / spans[i], allowed) : NaN;
    used[i] = allSpans ? burnRate(failed / allSpans, allowed) : NaN;
  }
  return { rate, used, total: allSpans ? burnRate(failed / allSpans, allowed) : NaN };
}

function sum(values: Float64Array): number {
  let all = 0;
  for (const value of values) all += value;
  return all;
}

/** The time axis shared by all charts of the view. */
export function timeAxis({ range, buckets, at }: Series): PlotSpec['x'] {
  return {
    values: at,
    range: extent(range, buckets),
    step: buckets.stepNs,
    ticks: (from, to, widthPx) => clockTicks(range.startNs, from, to, widthPx),
  };
}

type Mark = NonNullable<PlotSpec['marks']>[number];

/** Ranges of adjacent buckets that miss an objective. */
export function marksOf(series: Series, slo: Slo, of: 'errors' | 'duration'): Mark[] {
  const { buckets, at, spans, errors, p50, p95, p99 } = series;
  const half = buckets.stepNs / 2;
  const marks: Mark[] = [];
  for (let i = 0; i < at.length; i++) {
    const missed =
      spans[i] > 0 &&
      breachesOf(slo, {
        errorRate: errors[i] / spans[i],
        p50Ns: p50[i],
        p95Ns: p95[i],
        p99Ns: p99[i],
      }).some((breach) => breach.of === of);
    if (!missed) continue;
    const last = marks.at(-1);
    if (last && last.to >= at[i] - half) last.to = at[i] + half;
    else marks.push({ from: at[i] - half, to: at[i] + half, colour: '--warn-mark' });
  }
  return marks;
}

/** Text for people who can't see the marks. */
export function missedText(marks: number): string {
  if (!marks) return '';
  return `The threshold is missed in ${marks === 1 ? 'one stretch' : `${marks} stretches`} of time.`;
}

export function rateSpec(series: Series, unit: RateUnit): PlotSpec {
  const perUnit = unit.seconds / (series.buckets.stepNs / 1e9);
  return {
    x: timeAxis(series),
    y: { scale: 'linear', format: figureText },
    series: [
      {
        label: 'Spans',
        colour: '--accent',
        shape: 'bars',
        values: series.spans.map((count) => count * perUnit),
      },
    ],
  };
}

/** Shades of the error colour, which differ in lightness; defined in `Red.svelte`. */
const SHADES = 6;

export function errorsSpec(series: Series, errors: readonly ErrorSeries[], slo: Slo): PlotSpec {
  const names = new Set<string>();
  const { errorRate } = slo;
  return {
    x: timeAxis(series),
    y: {
      scale: 'linear',
      format: figureText,
      ticks: wholeTicks,
      atLeast: 1,
    },
    series: [
      ...errors.map((one, i) => {
        let label = errorLabel(one);
        // Two descriptions may differ only in white space.
        while (names.has(label)) label += '\u2009';
        names.add(label);
        return {
          label,
          colour:
            one.description === null
              ? ('--line-control' as const)
              : (`--error-${i % SHADES}` as const),
          shape: 'bars' as const,
          isStacked: true,
          values: one.values,
        };
      }),
      ...(errorRate !== null
        ? [
            {
              label: 'Allowed',
              colour: '--warn-mark' as const,
              shape: 'line' as const,
              dash: [5, 3],
              values: series.spans.map((count) => (count ? count * errorRate : NaN)),
            },
          ]
        : []),
    ],
    marks: marksOf(series, slo, 'errors'),
  };
}

export function wholeTicks(min: number, max: number, count: number): number[] {
  const step = Math.max(1, decimalStepAbove((max - min) / count));
  const values: number[] = [];
  for (let at = Math.ceil(min / step) * step; at <= max * (1 + 1e-9); at += step) values.push(at);
  return values;
}

/** From this ratio of durations on, the axis is logarithmic. */
const LOG_FROM = 30;

export function durationSpec(series: Series, slo: Slo): PlotSpec {
  const { p50, p95, p99 } = series;
  let low = Infinity;
  let high = 0;
  for (const ns of [...p50, ...p99]) {
    if (ns > 0 && ns < low) low = ns;
    if (ns > high) high = ns;
  }
  const isLog = high / low > LOG_FROM;
  const { duration } = slo;
  return {
    x: timeAxis(series),
    y: {
      scale: isLog ? 'log' : 'linear',
      format: shortDuration,
      ticks: isLog ? durationLogTicks : durationTicks,
    },
    series: [
      { label: 'p99', colour: '--p99', shape: 'line', values: p99, dash: [4, 3] },
      { label: 'p95', colour: '--p95', shape: 'line', values: p95 },
      { label: 'p50', colour: '--p50', shape: 'line', values: p50 },
    ],
    limits: duration
      ? [
          {
            at: duration.limitNs,
            label: `p${duration.percentile} ≤ ${shortDuration(duration.limitNs)}`,
            colour: '--warn-mark',
          },
        ]
      : [],
    marks: marksOf(series, slo, 'duration'),
  };
}

export function burnSpec(series: Series, burn: Burn): PlotSpec {
  return {
    x: timeAxis(series),
    y: { scale: 'linear', format: (value) => `${figureText(value)}×`, atLeast: 1.2 },
    series: [
      { label: 'Burn rate', colour: '--burn', shape: 'bars', values: burn.rate },
      { label: 'Budget used', colour: '--warn-mark', shape: 'line', values: burn.used },
    ],
    limits: [{ at: 1, label: 'The whole budget', colour: '--line-control' }],
  };
}
