/**
 * Round ticks for an axis of durations, from single nanoseconds to days, whose unit is shown once.
 */

import { display } from '$lib/model/display';

const NS = 1;
const US = 1_000;
const MS = 1_000_000;
const S = 1_000_000_000;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;

/** From here on, minutes are easier to read than hundreds of seconds. */
const CLOCK_FROM = 10 * MIN;

/** Steps people count in: decimal below a minute, of sixty and of twenty-four above. */
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30]
  .map((n) => n * S)
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * MIN))
  .concat([1, 2, 3, 6, 12].map((n) => n * H));

export interface Tick {
  ns: number;
  label: string;
}

export interface TickSet {
  stepNs: number;
  ticks: Tick[];
  /** The unit of all labels, shown once on the axis: `ms`, `min:s`. */
  unit: string;
  /**
   * The base of labels that start with `+`, as text (`12.0003 s`); '' if they count from zero. Without it, an axis deep
   * inside a long trace would need ten digits per label.
   */
  base: string;
}

/** The smallest round step that is at least `minStepNs`. Never below 1 ns. */
export function roundStep(minStepNs: number): number {
  const wanted = Math.max(1, minStepNs);
  if (wanted <= S / 2) return decimalStep(wanted);
  const clock = CLOCK_STEPS.find((step) => step >= wanted);
  if (clock !== undefined) return clock;
  return decimalStep(wanted / D) * D;
}

function decimalStep(wanted: number): number {
  // Whole powers only: `Math.pow(10, log10)` is off by an ulp for some.
  let power = 1;
  while (power * 10 <= wanted) power *= 10;
  for (const factor of [1, 2, 5, 10]) {
    if (factor * power >= wanted) return factor * power;
  }
  return 10 * power;
}

/**
 * Ticks of the visible window, at most one per `minGapPx`.
 *
 * @param startNs left edge, offset from the trace's start; may be fractional or negative
 */
export function ticks(startNs: number, endNs: number, widthPx: number, minGapPx: number): TickSet {
  const spanNs = endNs - startNs;
  if (!(spanNs > 0) || !(widthPx > 0)) return { stepNs: 1, ticks: [], unit: 'ns', base: '' };
  const stepNs = roundStep((spanNs / widthPx) * minGapPx);
  const values: number[] = [];
  const first = Math.ceil(startNs / stepNs);
  const last = Math.floor(endNs / stepNs);
  for (let k = first; k <= last; k++) values.push(k * stepNs + 0); // + 0: no -0
  return { stepNs, ...labelled(values, stepNs, endNs) };
}

function labelled(values: number[], stepNs: number, endNs: number): Omit<TickSet, 'stepNs'> {
  const largest = Math.max(Math.abs(endNs), ...values.map(Math.abs));
  if (display.durations === 'auto' && largest >= CLOCK_FROM && stepNs >= S)
    return clockLabels(values, stepNs, largest);
  const [unit, size] = decimalUnit(largest);
  const decimals = decimalsOf(stepNs / size);
  const digits = String(Math.floor(largest / size)).length + decimals;
  if (digits <= 6) {
    return {
      unit,
      base: '',
      ticks: values.map((ns) => ({ ns, label: ns === 0 ? '0' : (ns / size).toFixed(decimals) })),
    };
  }
  return relativeLabels(values, stepNs);
}

/** Labels from a base: the last round thousand of steps before the window. */
function relativeLabels(values: number[], stepNs: number): Omit<TickSet, 'stepNs'> {
  const widthNs = (values.at(-1) ?? 0) - (values[0] ?? 0) + stepNs;
  const grain = roundDecimalAbove(widthNs);
  const baseNs = Math.floor((values[0] ?? 0) / grain) * grain;
  const [unit, size] = decimalUnit(Math.max(stepNs, (values.at(-1) ?? 0) - baseNs));
  const decimals = decimalsOf(stepNs / size);
  return {
    unit,
    base: exactSeconds(baseNs),
    ticks: values.map((ns) => ({ ns, label: `+${((ns - baseNs) / size).toFixed(decimals)}` })),
  };
}

function roundDecimalAbove(ns: number): number {
  let power = 1;
  while (power < ns) power *= 10;
  return power;
}

/** A base in seconds, exact, without trailing zeros. */
function exactSeconds(ns: number): string {
  const negative = ns < 0;
  const whole = Math.round(Math.abs(ns));
  const seconds = Math.floor(whole / S);
  const fraction = String(whole % S)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${negative ? '−' : ''}${seconds}${fraction && '.' + fraction}\u202fs`;
}

function decimalUnit(ns: number): [string, number] {
  if (display.durations === 'ms') return ['ms', MS];
  const abs = Math.abs(ns);
  if (abs >= S) return ['s', S];
  if (abs >= MS) return ['ms', MS];
  if (abs >= US) return ['µs', US];
  return ['ns', NS];
}

/** Digits after the point that a step of `step` units needs. Steps are 1, 2 or 5 times a power of ten. */
function decimalsOf(step: number): number {
  return step >= 1 ? 0 : Math.ceil(-Math.log10(step) - 1e-9);
}

function clockLabels(values: number[], stepNs: number, largest: number): Omit<TickSet, 'stepNs'> {
  const two = (n: number): string => String(n).padStart(2, '0');
  const unit = largest >= D && stepNs >= H ? 'd h' : largest >= H ? 'h:min' : 'min:s';
  const withSeconds = stepNs % MIN !== 0;
  return {
    unit: unit === 'h:min' && withSeconds ? 'h:min:s' : unit,
    base: '',
    ticks: values.map((ns) => {
      const sign = ns < 0 ? '−' : '';
      const abs = Math.abs(ns);
      const seconds = Math.round(abs / S) % 60;
      const minutes = Math.floor(abs / MIN);
      if (unit === 'min:s') return { ns, label: `${sign}${minutes}:${two(seconds)}` };
      const hours = Math.floor(abs / H);
      if (unit === 'd h') {
        const rest = hours % 24 ? ` ${hours % 24}h` : '';
        return { ns, label: `${sign}${Math.floor(abs / D)}d${rest}` };
      }
      const tail = withSeconds ? `:${two(seconds)}` : '';
      return { ns, label: `${sign}${hours}:${two(minutes % 60)}${tail}` };
    }),
  };
}
