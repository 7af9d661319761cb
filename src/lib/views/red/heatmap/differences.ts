/** What is different about a selection: attributes, ordered by how much the shares of their values differ. */
import type { QueryResult } from '$lib/engine/engine';
import {
  FILTER_FIELDS,
  type AttributeTerm,
  type FieldTerm,
  type FilterField,
} from '$lib/model/filter';
import { FIELD_WORDS } from '$lib/model/filter-words';
import { columns, nullable, oneOf, text } from '$lib/queries/columns';

/** One value of an attribute, in the selection and in the rest. */
export interface ValueShare {
  /** Null for spans without the attribute. */
  value: string | null;
  /** Shares of 0–1. */
  inside: number;
  outside: number;
  insideSpans: number;
  outsideSpans: number;
}

export interface Difference {
  source: 'fields' | 'attributes' | 'resource';
  key: string;
  /** The largest distance between the two shares of one value, 0–1. */
  distance: number;
  /** Values that differ most come first. */
  values: ValueShare[];
}

const VALUE_COLUMNS = columns({
  source: oneOf('fields', 'attributes', 'resource'),
  key: text,
  value: nullable(text),
});

/** Rows of `differencesQuery`. */
export function differencesOf(result: QueryResult): Difference[] {
  const [inside, outside, insideSpans, outsideSpans] = [
    'share_inside',
    'share_outside',
    'inside',
    'outside',
  ].map((name) => result.numbers(name));
  const found: Difference[] = [];
  VALUE_COLUMNS.rows(result).forEach(({ source, key, value }, row) => {
    let last = found.at(-1);
    if (last?.source !== source || last.key !== key) {
      last = { source, key, distance: Math.abs(inside[row] - outside[row]), values: [] };
      found.push(last);
    }
    last.values.push({
      value,
      inside: inside[row],
      outside: outside[row],
      insideSpans: insideSpans[row],
      outsideSpans: outsideSpans[row],
    });
  });
  return found;
}

/** The filter's term for a value; null if no filter can express it. */
export function termOf(
  { source, key }: Difference,
  value: string | null,
): FieldTerm | AttributeTerm | null {
  if (source === 'fields') {
    const field = FILTER_FIELDS.find((known): known is FilterField => known === key);
    return field ? { type: 'field', field, values: [value ?? ''], exclude: false } : null;
  }
  return value === null
    ? { type: 'attribute', source, key, test: 'exists', values: [], exclude: true }
    : { type: 'attribute', source, key, test: 'equals', values: [value], exclude: false };
}

export function keyLabel({ source, key }: Difference): string {
  const field = source === 'fields' && FILTER_FIELDS.find((known) => known === key);
  return field ? FIELD_WORDS[field] : key;
}
