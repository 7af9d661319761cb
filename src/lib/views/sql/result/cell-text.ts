/** What a result's column holds, by its type and name, and how its values are formatted in the grid. */
import type { ColumnInfo } from '$lib/engine/engine';
import { colourVar } from '$lib/draw/colour';
import { FILTER_FIELDS, type FilterField } from '$lib/model/filter';
import { jsonText, valueText } from '$lib/model/table-text';
import {
  exactDuration,
  exactTime,
  shortDurationParts,
  timeOfDay,
  zonedTime,
} from '$lib/model/time';

export type ColumnKind =
  | 'number'
  | 'duration'
  | 'percent'
  | 'time'
  | 'boolean'
  | 'text'
  | 'service'
  | 'status'
  | 'id'
  | 'json';

/** A column as the grid shows it. */
export interface ResultColumn {
  name: string;
  /** DuckDB's type name. */
  type: string;
  kind: ColumnKind;
  /** For durations: nanoseconds per unit. */
  unitNs: number;
  /** Right-aligned, and drawn in charts. */
  isNumber: boolean;
  /** What a click on a value leads to. */
  leadsTo: 'trace' | 'span' | null;
  /** The filter's column that the values belong to. */
  field: FilterField | null;
}

export interface CellText {
  text: string;
  /** Muted, after the text. */
  unit: string;
  /** In words and digits, on hover. */
  title: string;
  isNull: boolean;
  /** A CSS colour of the dot before a name; '' for none. */
  dot: string;
}

const INTEGER = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;
const FRACTION = /^(FLOAT|DOUBLE|DECIMAL)/;
const NESTED = /(\[\d*\]$|^(MAP|STRUCT|UNION)\b)/;

/** Epoch nanoseconds between the years 2001 and 2128: no duration is that long. */
const FIRST_EPOCH_NS = 1e18;
const LAST_EPOCH_NS = 5e18;

/**
 * @param first a value of the column that is not NULL, if any. It distinguishes a time from a duration, which have the same
 * type.
 */
export function describeColumn({ name, type }: ColumnInfo, first: unknown): ResultColumn {
  const isInteger = INTEGER.test(type);
  const isNumber = isInteger || FRACTION.test(type);
  const subject = subjectOf(name);
  const described: ResultColumn = {
    name,
    type,
    kind: isNumber ? 'number' : 'text',
    unitNs: 0,
    isNumber,
    leadsTo: null,
    field: fieldOf(subject),
  };
  if (NESTED.test(type)) return { ...described, kind: 'json' };
  if (type === 'BOOLEAN') return { ...described, kind: 'boolean' };
  if (isNumber) {
    const epoch = isInteger && isEpochNs(first) && /time|_at\b|timestamp|_ns$/.test(subject);
    if (epoch) return { ...described, kind: 'time', isNumber: true };
    const unitNs = isCount(name) ? 0 : unitOf(subject);
    if (unitNs) return { ...described, kind: 'duration', unitNs };
    return /(^|_)percent$/.test(name) ? { ...described, kind: 'percent' } : described;
  }
  if (/(^|_)trace_id$/.test(subject)) return { ...described, kind: 'id', leadsTo: 'trace' };
  if (/(^|_)(span_id|parent_id)$/.test(subject)) {
    return { ...described, kind: 'id', leadsTo: 'span' };
  }
  if (subject === 'status_code') return { ...described, kind: 'status' };
  if (/(^|_)(service|service_name|caller|callee)$/.test(subject)) {
    return { ...described, kind: 'service' };
  }
  return described;
}

/** The column that a name refers to: `duration_ms` for `max(spans.duration_ms)`. */
function subjectOf(name: string): string {
  const inner = /^\w+\(\s*(?:DISTINCT\s+)?(?:\w+\.)?"?(\w+)"?\s*(?:,[^()]*)?\)$/i.exec(name);
  return (inner?.[1] ?? name).toLowerCase();
}

function isCount(name: string): boolean {
  return /^count/i.test(name) || /^approx_count/i.test(name);
}

/**
 * A query states the unit of a column by the end of its name, as the dataset's own columns do: `duration_ms`, `p95_ms`,
 * `self_time_ns`, `error_percent`. Nothing else is taken for a unit: a `request_rate`, a `share` or `tokens_per_s` can be
 * anything, and `calls_per_ms` is no time.
 */
function unitOf(subject: string): number {
  if (/(^|_)per_/.test(subject)) return 0;
  return { ms: 1e6, us: 1e3, ns: 1 }[/_(ms|us|ns)$/.exec(subject)?.[1] ?? ''] ?? 0;
}

function fieldOf(subject: string): FilterField | null {
  const bare =
    { service_name: 'service', root_service: 'service', caller: 'service', callee: 'service' }[
      subject
    ] ?? (/(^|_)trace_id$/.test(subject) ? 'trace_id' : subject);
  return FILTER_FIELDS.find((field) => field === bare) ?? null;
}

function isEpochNs(value: unknown): boolean {
  const ns = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : NaN;
  return ns >= FIRST_EPOCH_NS && ns <= LAST_EPOCH_NS;
}

/** Longer texts are cut in the grid; the value panel has all of it. */
const CELL_CHARACTERS = 300;
const TITLE_CHARACTERS = 2_000;

/** @param raw as the engine returned it, without units and zones. */
export function cellText(value: unknown, column: ResultColumn, raw: boolean): CellText {
  const cell: CellText = { text: '', unit: '', title: '', isNull: false, dot: '' };
  if (value === null || value === undefined) return { ...cell, text: 'NULL', isNull: true };
  const exact = column.kind === 'json' ? previewText(value) : valueText(value);
  const plain = { ...cell, text: cut(exact), title: cut(exact, TITLE_CHARACTERS) };
  if (raw) return plain;
  switch (column.kind) {
    case 'duration': {
      const ns = Number(value) * column.unitNs;
      if (!Number.isFinite(ns)) return plain;
      const { value: text, unit } = shortDurationParts(ns);
      const title = Number.isSafeInteger(Math.round(ns)) ? exactDuration(Math.round(ns)) : exact;
      return { ...cell, text, unit, title: `${title} (${exact})` };
    }
    case 'time': {
      if (!isEpochNs(value)) return plain;
      const ns = BigInt(value as bigint);
      const date = zonedTime(ns)?.date ?? '';
      return { ...cell, text: `${date} ${timeOfDay(ns)}`, title: `${exactTime(ns)} (${exact})` };
    }
    case 'percent':
      return Number.isFinite(Number(value))
        ? { ...plain, text: numberText(value), unit: '%', title: `${exact} %` }
        : plain;
    case 'number':
      return { ...plain, text: numberText(value) };
    case 'service':
      return { ...plain, dot: exact ? colourVar(exact) : '' };
    default:
      return exact === '' ? { ...cell, text: '', title: 'Empty text' } : plain;
  }
}

/** The beginning of a value's JSON: maps can hold megabytes, of which a cell shows a line. */
function previewText(value: unknown): string {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) {
    return typeof value === 'string'
      ? JSON.stringify(value.slice(0, TITLE_CHARACTERS))
      : jsonText(value);
  }
  const isList = Array.isArray(value);
  let text = isList ? '[' : '{';
  for (const [key, item] of Object.entries(value)) {
    if (text.length > TITLE_CHARACTERS) return text;
    if (text.length > 1) text += ',';
    text += isList ? previewText(item) : `${JSON.stringify(key)}:${previewText(item)}`;
  }
  return text + (isList ? ']' : '}');
}

function cut(text: string, characters = CELL_CHARACTERS): string {
  const line = text.length > characters ? `${text.slice(0, characters)}…` : text;
  return line.replace(/\s*\n\s*/g, ' ⏎ ');
}

const GROUPED = new Intl.NumberFormat('en-US');

/** All digits of integers, grouped; six significant ones of fractions. */
function numberText(value: unknown): string {
  if (typeof value === 'bigint') return GROUPED.format(value);
  const number = Number(value);
  if (!Number.isFinite(number)) return String(value);
  if (Number.isInteger(number))
    return Math.abs(number) < 1e15 ? GROUPED.format(number) : String(number);
  const abs = Math.abs(number);
  if (abs >= 1e9 || abs < 1e-6) return number.toPrecision(6);
  return Number(number.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 12 });
}

/** Approximate width of a character in px, for a column's default width. */
const LETTER_PX = 6.9;
const PADDING_PX = 22;

/** A column's default width, by its name and some of its cells. */
export function usualWidthPx(column: ResultColumn, cells: readonly CellText[]): number {
  const head = column.name.length * LETTER_PX + 34;
  const letters = cells.reduce(
    (most, { text, unit }) => Math.max(most, text.length + (unit ? unit.length + 1 : 0)),
    0,
  );
  const extra = column.kind === 'service' ? 14 : 0;
  const wide = column.kind === 'json' || column.kind === 'text' ? 380 : 300;
  return Math.round(
    Math.max(
      64,
      Math.min(wide, Math.max(Math.min(head, 200), letters * LETTER_PX + PADDING_PX + extra)),
    ),
  );
}
