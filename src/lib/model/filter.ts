/**
 * The one filter of a workspace, which every view obeys: a time range, a text, and terms that must all hold. A span passes
 * if all of it holds for that span. A term has a text form (`service=Agent`, `@http.method~GET`), which links carry and
 * people may type.
 */
import { CONVENTIONS, isField, type PromotedField } from './conventions';

/** Columns filled from attributes. */
export const PROMOTED_FIELDS: readonly PromotedField[] = CONVENTIONS.filter(isField).map(
  ({ column }) => column,
);

/** Columns of `spans` that a term can test; the value '' means 'has none'. */
export const FILTER_FIELDS = [
  'service',
  'operation',
  'name',
  'kind',
  'status_code',
  'status_description',
  ...PROMOTED_FIELDS,
  'scope',
  'trace_id',
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

/** Where an attribute is looked up: in the span, its resource, or each of its events. */
export const ATTRIBUTE_SOURCES = ['attributes', 'resource', 'events'] as const;
export type AttributeSource = (typeof ATTRIBUTE_SOURCES)[number];

/** The prefix of a key in text form: `@http.route`, `@@host.name`, `@@@exception.type`. */
export const SOURCE_SIGNS: Record<AttributeSource, string> = {
  attributes: '@',
  resource: '@@',
  events: '@@@',
};

/** Splits the prefix from a key. */
export function splitSign(text: string): { source: AttributeSource; rest: string } | null {
  const sign = /^@{1,3}/.exec(text)?.[0];
  const source = ATTRIBUTE_SOURCES.find((known) => SOURCE_SIGNS[known] === sign);
  return source && sign ? { source, rest: text.slice(sign.length) } : null;
}

export interface FieldTerm {
  type: 'field';
  field: FilterField;
  /** One of them must match; never empty. */
  values: readonly string[];
  exclude: boolean;
}

export interface AttributeTerm {
  type: 'attribute';
  source: AttributeSource;
  key: string;
  /** `contains` ignores case. */
  test: 'equals' | 'contains' | 'exists';
  /** One of them must match; empty for `exists`. */
  values: readonly string[];
  exclude: boolean;
}

/** Both ends inclusive, in nanoseconds; at least one is set. */
export interface DurationTerm {
  type: 'duration';
  minNs: number | null;
  maxNs: number | null;
}

/** Only root spans, or all except them. */
export interface RootTerm {
  type: 'root';
  exclude: boolean;
}

export type FilterTerm = FieldTerm | AttributeTerm | DurationTerm | RootTerm;

/** Epoch nanoseconds; spans that start in it, end exclusive. */
export interface TimeRange {
  startNs: bigint;
  endNs: bigint;
}

export interface Filter {
  time: TimeRange | null;
  /** Occurs anywhere in the span, ignoring case; '' is no condition. */
  text: string;
  /** All must hold. */
  terms: readonly FilterTerm[];
}

export const NO_FILTER: Filter = { time: null, text: '', terms: [] };

export function isFiltering(filter: Filter): boolean {
  return filter.time !== null || filter.text.trim() !== '' || filter.terms.length > 0;
}

/** Whether two terms test the same thing, so that their values can be merged. */
export function sameSubject(a: FilterTerm, b: FilterTerm): boolean {
  return subjectOf(a) === subjectOf(b);
}

function subjectOf(term: FilterTerm): string {
  switch (term.type) {
    case 'field':
      return `field ${term.field}`;
    case 'attribute':
      return `${term.source} ${term.test === 'equals' ? '' : term.test} ${term.key}`;
    default:
      return term.type;
  }
}

/** The filter with a term that replaces those of the same subject: 'only this'. */
export function withOnly(filter: Filter, term: FilterTerm): Filter {
  const terms = filter.terms.filter((other) => !sameSubject(other, term));
  return { ...filter, terms: [...terms, term] };
}

/** The filter that excludes what the term selects: its values join those already excluded. */
export function without(filter: Filter, term: FieldTerm | AttributeTerm): Filter {
  let values: readonly string[] = term.values;
  const terms: FilterTerm[] = [];
  for (const other of filter.terms) {
    if (!sameSubject(other, term) || !('values' in other)) {
      terms.push(other);
    } else if (other.exclude) {
      values = [...new Set([...other.values, ...values])];
    } else {
      // An including term loses these values; if it had no others, it becomes an exclusion.
      const left = other.values.filter((value) => !term.values.includes(value));
      if (left.length) terms.push({ ...other, values: left });
    }
  }
  return { ...filter, terms: [...terms, { ...term, values, exclude: true }] };
}

export function withoutTerm(filter: Filter, index: number): Filter {
  return { ...filter, terms: filter.terms.filter((_, i) => i !== index) };
}

/** The filter with a term in the place of another, or at the end if `index` is null; a null term removes it. */
export function withTerm(filter: Filter, index: number | null, term: FilterTerm | null): Filter {
  const terms = [...filter.terms];
  terms.splice(index ?? terms.length, index === null ? 0 : 1, ...(term ? [term] : []));
  return { ...filter, terms };
}

export function sameFilter(a: Filter, b: Filter): boolean {
  return filterKey(a) === filterKey(b);
}

function filterKey({ time, text, terms }: Filter): string {
  return [time ? `${time.startNs}~${time.endNs}` : '', text.trim(), ...terms.map(termText)].join(
    '\n',
  );
}

const DURATION_UNITS: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  min: 60e9,
  h: 3600e9,
};

/**
 * A term as text: `service=Agent,Tool`, `kind!=SERVER`, `@http.method~GET` (`@` the span's attributes, `@@` the
 * resource's, `@@@` its events'), `@user.id?` (exists), `duration>=10ms`, `duration=1ms..2s`, `root`, `!root`. Values with commas, quotes or
 * spaces at their ends are in JSON's quotes. `parseTerm` reads it back.
 */
export function termText(term: FilterTerm): string {
  switch (term.type) {
    case 'root':
      return term.exclude ? '!root' : 'root';
    case 'duration': {
      const { minNs, maxNs } = term;
      if (minNs !== null && maxNs !== null)
        return `duration=${durationText(minNs)}..${durationText(maxNs)}`;
      return minNs !== null
        ? `duration>=${durationText(minNs)}`
        : `duration<=${durationText(maxNs ?? 0)}`;
    }
    case 'field':
      return `${term.field}${term.exclude ? '!=' : '='}${term.values.map(quoted).join(',')}`;
    case 'attribute': {
      const key = `${SOURCE_SIGNS[term.source]}${quotedKey(term.key)}`;
      const not = term.exclude ? '!' : '';
      if (term.test === 'exists') return `${key}${not}?`;
      return `${key}${not}${term.test === 'equals' ? '=' : '~'}${term.values.map(quoted).join(',')}`;
    }
  }
}

/** Reads what `termText` writes, and a little more (`status=error`, spaces around the sign). Null if it is not a term. */
export function parseTerm(text: string): FilterTerm | null {
  const trimmed = text.trim();
  if (trimmed === 'root' || trimmed === '!root')
    return { type: 'root', exclude: trimmed[0] === '!' };
  const duration = /^duration\s*(>=|<=|>|<|=)\s*(.+)$/.exec(trimmed);
  if (duration) return parseDuration(duration[1], duration[2]);
  if (trimmed.startsWith('@')) return parseAttribute(trimmed);
  const match = /^([a-z_]+)\s*(!?=)\s*(.*)$/s.exec(trimmed);
  if (!match) return null;
  const name = match[1] === 'status' ? 'status_code' : match[1];
  const field = FILTER_FIELDS.find((known) => known === name);
  const values = parseValues(match[3]);
  if (!field || !values) return null;
  const isEnum = field === 'status_code' || field === 'kind';
  return {
    type: 'field',
    field,
    values: isEnum ? values.map((value) => value.toUpperCase()) : values,
    exclude: match[2] === '!=',
  };
}

function parseAttribute(text: string): AttributeTerm | null {
  const { source, rest } = splitSign(text) ?? { source: 'attributes', rest: '' };
  const match = /^("(?:[^"\\]|\\.)*"|[^\s=~!?"]+)\s*(!?)([=~?])\s*(.*)$/s.exec(rest);
  if (!match) return null;
  const key = match[1].startsWith('"') ? unquote(match[1]) : match[1];
  const exclude = match[2] === '!';
  if (key === null) return null;
  if (match[3] === '?') {
    return match[4]
      ? null
      : { type: 'attribute', source, key, test: 'exists', values: [], exclude };
  }
  const values = parseValues(match[4]);
  const test = match[3] === '=' ? 'equals' : 'contains';
  return values && { type: 'attribute', source, key, test, values, exclude };
}

function parseDuration(sign: string, text: string): DurationTerm | null {
  if (sign === '=') {
    const ends = text.split('..');
    if (ends.length !== 2) return null;
    const [minNs, maxNs] = ends.map(parseNs);
    return minNs === null || maxNs === null || minNs > maxNs
      ? null
      : { type: 'duration', minNs, maxNs };
  }
  const ns = parseNs(text);
  if (ns === null) return null;
  if (sign === '>=') return { type: 'duration', minNs: ns, maxNs: null };
  if (sign === '<=') return { type: 'duration', minNs: null, maxNs: ns };
  if (sign === '>') return { type: 'duration', minNs: ns + 1, maxNs: null };
  return ns > 0 ? { type: 'duration', minNs: null, maxNs: ns - 1 } : null;
}

/** `10ms`, `1.5 s`, `830µs`: whole nanoseconds; null if it is not a duration. */
export function parseNs(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|min|h)\s*$/.exec(text);
  if (!match) return null;
  const ns = Math.round(Number(match[1]) * DURATION_UNITS[match[2]]);
  return Number.isSafeInteger(ns) ? ns : null;
}

/** The shortest exact text that `parseNs` reads back: `1500us` for 1.5 ms. */
export function durationText(ns: number): string {
  for (const unit of ['h', 'min', 's', 'ms', 'us']) {
    if (ns !== 0 && ns % DURATION_UNITS[unit] === 0) return `${ns / DURATION_UNITS[unit]}${unit}`;
  }
  return `${ns}ns`;
}

function quoted(value: string): string {
  const isPlain = value !== '' && !/[,"\\\p{Cc}]|^\s|\s$/u.test(value);
  return isPlain ? value : JSON.stringify(value);
}

function quotedKey(key: string): string {
  return /^[^\s=~!?"@]+$/.test(key) ? key : JSON.stringify(key);
}

function parseValues(text: string): string[] | null {
  const values: string[] = [];
  let rest = text;
  for (;;) {
    const match = /^\s*("(?:[^"\\]|\\.)*"|[^,"]*)\s*(,|$)/s.exec(rest);
    if (!match) return null;
    const value = match[1].startsWith('"') ? unquote(match[1]) : match[1].trim();
    if (value === null || (value === '' && !match[1].startsWith('"'))) return null;
    values.push(value);
    if (!match[2]) return [...new Set(values)];
    rest = rest.slice(match[0].length);
  }
}

function unquote(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
