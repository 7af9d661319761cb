/** Columns of times and durations: their unit, judged once, and their values in nanoseconds. */
import { fitsInt64, parseDecimal } from '$lib/json/digits';
import type { WarningSink } from '$lib/model/diagnostics';
import { TIME_UNITS, type TimeUnit } from '$lib/model/mapping';
import { parseDurationText, parseMomentText } from '$lib/formats/written-time';
import type { Cell, ColumnType } from './table';

/** Decimal places from the unit to the nanosecond. */
const SHIFT: Record<TimeUnit, number> = { ns: 0, us: 3, ms: 6, s: 9 };
const NS: Record<TimeUnit, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
export const UNIT_WORDS: Record<TimeUnit, string> = {
  ns: 'nanoseconds',
  us: 'microseconds',
  ms: 'milliseconds',
  s: 'seconds',
};

/**
 * The unit in which a number is a time of our age, 1973 to 2286: the ranges of the four do not meet. Null for numbers that
 * count from something else than the epoch.
 */
export function epochUnit(value: number): TimeUnit | null {
  if (value < 1e8 || value >= 1e19) return null;
  if (value < 1e10) return 's';
  if (value < 1e11) return null;
  if (value < 1e13) return 'ms';
  if (value < 1e14) return null;
  if (value < 1e16) return 'us';
  return value < 1e17 ? null : 'ns';
}

/** A number's digits; null for what is no number. */
export function digitsOf(cell: Cell): string | null {
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : null;
  if (typeof cell === 'bigint') return String(cell);
  return typeof cell === 'string' && /^\s*[+-]?(?:\d|\.\d)[\d.]*(?:[eE][+-]?\d+)?\s*$/.test(cell)
    ? cell
    : null;
}

/** The unit that most of the values have as times of our age; null where most are none. */
function judgedEpochUnit(samples: readonly Cell[]): TimeUnit | null {
  const counts = new Map<TimeUnit, number>();
  let numbers = 0;
  for (const cell of samples) {
    const digits = digitsOf(cell);
    if (digits === null || Number(digits) === 0) continue;
    numbers++;
    const unit = epochUnit(Number(digits));
    if (unit) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most && most[1] * 2 > numbers ? most[0] : null;
}

/** A column of moments. */
export class MomentColumn {
  readonly unit: TimeUnit;
  /** Its values are numbers rather than text or timestamps. */
  readonly hasNumbers: boolean;
  /** Values count from the epoch, so that one of another size is of another unit. */
  readonly #isEpoch: boolean;
  readonly #isTimestamp: boolean;
  #isQuiet = false;
  /** The first of them. */
  #withoutZone: string | null = null;

  constructor(
    readonly name: string,
    readonly index: number,
    type: ColumnType,
    stated: TimeUnit | undefined,
    samples: readonly Cell[],
    private readonly sink: WarningSink,
  ) {
    this.#isTimestamp = type.kind === 'timestamp';
    const judged = judgedEpochUnit(samples);
    const hasNumbers = !this.#isTimestamp && samples.some((cell) => digitsOf(cell) !== null);
    const isStated = (cell: Cell) => epochUnit(Number(digitsOf(cell) ?? NaN)) === stated;
    this.#isEpoch = judged !== null || (stated !== undefined && samples.some(isStated));
    // What the values can only be is truer than a name.
    this.unit = judged ?? stated ?? 'ns';
    this.hasNumbers = hasNumbers;
    if (judged && stated && judged !== stated) {
      sink.warn(
        'judged-unit',
        `“${name}” is called ${UNIT_WORDS[stated]}, but its values are ${UNIT_WORDS[judged]}`,
      );
    } else if (hasNumbers && stated === undefined) {
      sink.warn('judged-unit', `“${name}” in ${UNIT_WORDS[this.unit]}`);
    }
  }

  /** Epoch nanoseconds; null where there is none, or none that can be read, which `complain` is told. */
  read(cell: Cell, complain: (text: string) => void): bigint | null {
    if (cell === null || cell === '') return null;
    if (this.#isTimestamp && typeof cell === 'bigint') return cell;
    const digits = digitsOf(cell);
    if (digits !== null) {
      const unit = this.#isEpoch ? this.#ownUnit(digits) : this.unit;
      const ns = parseDecimal(digits, SHIFT[unit]);
      if (ns === null) complain(digits);
      return ns === 0n ? null : ns;
    }
    if (typeof cell !== 'string') {
      complain(String(cell));
      return null;
    }
    if (/^\s*(?:nat|nan|none|null|\\N)\s*$/i.test(cell)) return null;
    const time = parseMomentText(cell);
    if (!time) complain(cell.slice(0, 80));
    else if (!time.hasZone && !this.#isQuiet) {
      this.#withoutZone ??= `“${this.name}”: ${cell}`;
      this.sink.warn('no-time-zone', this.#withoutZone);
    }
    return time?.ns ?? null;
  }

  /** The same, to judge by: nothing is told. */
  peek(cell: Cell): bigint | null {
    this.#isQuiet = true;
    const ns = this.read(cell, () => undefined);
    this.#isQuiet = false;
    return ns;
  }

  #ownUnit(digits: string): TimeUnit {
    const own = epochUnit(Number(digits));
    if (own === null || own === this.unit) return this.unit;
    if (this.#isQuiet) return own;
    this.sink.warn(
      'mixed-units',
      `“${this.name}” in ${UNIT_WORDS[this.unit]} has ${digits.trim()}, read as ${UNIT_WORDS[own]}`,
    );
    return own;
  }
}

/** A column of durations. */
export class DurationColumn {
  readonly unit: TimeUnit;

  /**
   * @param lengths end minus start of the same rows as the samples, in nanoseconds, where both are known
   * @param neighbour the unit of the times beside it
   */
  constructor(
    readonly name: string,
    readonly index: number,
    stated: TimeUnit | undefined,
    samples: readonly Cell[],
    lengths: readonly (bigint | null)[],
    neighbour: TimeUnit | null,
    sink: WarningSink,
  ) {
    const measured = measuredUnit(samples, lengths);
    this.unit = measured ?? stated ?? neighbour ?? unitBySize(samples);
    if (!samples.some((cell) => digitsOf(cell) !== null)) return;
    if (measured && stated && measured !== stated) {
      sink.warn(
        'judged-unit',
        `“${name}” is called ${UNIT_WORDS[stated]}, but start and end are apart by ${UNIT_WORDS[measured]}`,
      );
    } else if (stated === undefined) {
      const why = measured
        ? 'as start and end tell'
        : neighbour
          ? 'like the times beside it'
          : 'by the size of its values alone';
      sink.warn('judged-unit', `“${name}” in ${UNIT_WORDS[this.unit]}, ${why}`);
    }
  }

  /** Nanoseconds; null where there is none, or none that can be read, which `complain` is told. */
  read(cell: Cell, complain: (text: string) => void): bigint | null {
    if (cell === null || cell === '') return null;
    const digits = digitsOf(cell);
    const ns =
      digits !== null
        ? parseDecimal(digits, SHIFT[this.unit])
        : typeof cell === 'string'
          ? parseDurationText(cell)
          : null;
    if (ns === null || !fitsInt64(ns)) {
      complain(String(cell).slice(0, 80));
      return null;
    }
    return ns;
  }

  /** Does a duration contradict what start and end say? Clocks that are read twice differ a little. */
  contradicts(ns: bigint, length: bigint): boolean {
    const difference = Math.abs(Number(ns - length));
    return (
      difference > 2 * NS[this.unit] &&
      difference > 2e6 &&
      difference > Math.abs(Number(length)) / 10
    );
  }
}

/** The unit in which most durations are what end minus start says; null where too few can be compared. */
function measuredUnit(
  samples: readonly Cell[],
  lengths: readonly (bigint | null)[],
): TimeUnit | null {
  const counts = new Map<TimeUnit, number>();
  let compared = 0;
  samples.forEach((cell, i) => {
    const value = Number(digitsOf(cell) ?? NaN);
    const length = Number(lengths[i] ?? 0n);
    if (!(value > 0) || !(length > 0)) return;
    compared++;
    const unit = TIME_UNITS.find((candidate) => {
      const ratio = (value * NS[candidate]) / length;
      return ratio > 0.5 && ratio < 2;
    });
    if (unit) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  });
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most && most[1] * 2 > compared ? most[0] : null;
}

/** With nothing to compare it with: fractions are of milliseconds, and spans of hours are rarer than of microseconds. */
function unitBySize(samples: readonly Cell[]): TimeUnit {
  const values = samples.map((cell) => Number(digitsOf(cell) ?? NaN)).filter((value) => value > 0);
  if (values.length === 0) return 'ms';
  values.sort((a, b) => a - b);
  const median = values[values.length >> 1];
  if (median >= 1e5 && values.every(Number.isInteger)) return 'ns';
  return 'ms';
}
