/** Chart arithmetic: round ticks and ranges of a value axis, stacks, and isolated points. */

export interface AxisTick {
  at: number;
  label: string;
}

/** Longest label of a value axis, in characters; longer ones would be cut. */
const LABEL_CHARACTERS = 9;
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 3 });

/** Tick labels: numbers too long for the axis become `200M`, if all labels still differ. */
export function tickLabels(ticks: readonly number[], format: (value: number) => string): string[] {
  const labels = ticks.map(format);
  const isLong = labels.some(
    (label) => label.length > LABEL_CHARACTERS && /^[-\d.,]+$/.test(label),
  );
  if (!isLong) return labels;
  const short = ticks.map((tick) => COMPACT.format(tick));
  return new Set(short).size === short.length ? short : labels;
}

/** Values of 1, 2 and 5 times a power of ten, about `count` of them at most, both ends included if they are round. */
export function linearTicks(min: number, max: number, count: number): number[] {
  if (!(max > min) || count < 1) return [];
  const step = decimalStepAbove((max - min) / count);
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  // Divide by a whole number: multiplying would give 0.30000000000000004 for 0.3.
  const perUnit = step < 1 ? Math.round(1 / step) : 0;
  return Array.from({ length: last - first + 1 }, (_, i) =>
    perUnit ? (first + i) / perUnit : (first + i) * step,
  );
}

/** The smallest of 1, 2 and 5 times a power of ten that is at least `wanted`. */
export function decimalStepAbove(wanted: number): number {
  if (!(wanted > 0) || !Number.isFinite(wanted)) return 1;
  const exponent = Math.floor(Math.log10(wanted));
  for (const factor of [1, 2, 5, 10]) {
    const step = tenTo(exponent, factor);
    if (step >= wanted * (1 - 1e-9)) return step;
  }
  return tenTo(exponent + 1, 1);
}

/** Only this way are whole powers exact: 1e-3 is `1 / 1000`, not `0.1 ** 3`. */
function tenTo(exponent: number, factor: number): number {
  return exponent < 0 ? factor / 10 ** -exponent : factor * 10 ** exponent;
}

/**
 * Ticks of a logarithmic axis: every decade, every second or third if there are many, or 1, 2 and 5 of each if
 * there are few.
 */
export function logTicks(min: number, max: number, count: number): number[] {
  if (!(min > 0) || !(max > min) || count < 1) return [];
  const low = Math.floor(Math.log10(min) + 1e-9);
  const high = Math.ceil(Math.log10(max) - 1e-9);
  const decades = high - low;
  const factors = decades * 3 <= count ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / count));
  const values: number[] = [];
  for (let exponent = low; exponent <= high; exponent += every) {
    for (const factor of factors) {
      const value = tenTo(exponent, factor);
      if (value >= min * (1 - 1e-9) && value <= max * (1 + 1e-9)) values.push(value);
    }
  }
  return values;
}

/** Whole decades around the positive values; null if there are none. */
export function logRange(values: Iterable<number>): [min: number, max: number] | null {
  let low = Infinity;
  let high = 0;
  for (const value of values) {
    if (!(value > 0) || value === Infinity) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (high === 0) return null;
  const from = Math.floor(Math.log10(low) + 1e-9);
  const to = Math.ceil(Math.log10(high) - 1e-9);
  return [tenTo(from, 1), tenTo(Math.max(to, from + 1), 1)];
}

/** From zero, or below it, to a round value above all of them. `[0, 1]` if there are no values. */
export function linearRange(
  values: Iterable<number>,
  count = 4,
  fromZero = true,
): [min: number, max: number] {
  let low = fromZero ? 0 : Infinity;
  let high = fromZero ? 0 : -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high >= low)) return [0, 1];
  if (high === low) {
    if (high === 0) return [0, 1];
    if (!fromZero) return [low - Math.abs(low) / 2, high + Math.abs(high) / 2];
  }
  const step = decimalStepAbove((high - low) / count);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

/** Each list on top of those before it; NaN adds nothing. */
export function stack(lists: readonly ArrayLike<number>[]): Float64Array[] {
  let below: Float64Array | null = null;
  return lists.map((list) => {
    const sum: Float64Array = new Float64Array(list.length);
    for (let i = 0; i < sum.length; i++) {
      const value = list[i];
      sum[i] = (below ? below[i] : 0) + (Number.isFinite(value) ? value : 0);
    }
    below = sum;
    return sum;
  });
}

/** Indexes of the values whose neighbours are both gaps: a line would not show them. */
export function loneIndexes(values: ArrayLike<number | null | undefined>): number[] {
  const isGap = (i: number) => {
    const value = values[i];
    return value === null || value === undefined || Number.isNaN(value);
  };
  const lone: number[] = [];
  for (let i = 0; i < values.length; i++)
    if (!isGap(i) && isGap(i - 1) && isGap(i + 1)) lone.push(i);
  return lone;
}

/** Index of the nearest value; -1 if there is none. `sorted` is ascending. */
export function nearestIndex(sorted: ArrayLike<number>, value: number): number {
  if (!sorted.length) return -1;
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && value - sorted[low - 1] <= sorted[low] - value ? low - 1 : low;
}
