/** What spans can be grouped by and shown with: a column of `spans` that a filter knows, or an attribute. */
import { Sql, ident, sql } from '$lib/engine/engine';
import {
  FILTER_FIELDS,
  SOURCE_SIGNS,
  splitSign,
  type AttributeTerm,
  type FieldTerm,
  type FilterField,
} from '$lib/model/filter';
import { FIELD_WORDS } from '$lib/model/filter-words';

export type SpanKey =
  | { type: 'field'; field: FilterField }
  | { type: 'attribute'; source: 'attributes' | 'resource'; key: string };

/** `kind`, `@http.route`, `@@host.name`: as in the filter's terms. Keys that begin with a sign of ours stand in quotes. */
export function spanKeyText(key: SpanKey): string {
  if (key.type === 'field') return key.field;
  return SOURCE_SIGNS[key.source] + quotedKey(key.key);
}

/** Reads what `spanKeyText` writes; null where it is neither. */
export function parseSpanKey(text: string): SpanKey | null {
  const split = splitSign(text);
  if (split) {
    const { source, rest } = split;
    const key = rest && unquotedKey(rest);
    return key === null || rest === '' || source === 'events'
      ? null
      : { type: 'attribute', source, key };
  }
  const field = FILTER_FIELDS.find((known) => known === text);
  return field ? { type: 'field', field } : null;
}

/** A key that can follow a sign such as `@`. */
export function quotedKey(key: string): string {
  return /^["@]/.test(key) || key === '' ? JSON.stringify(key) : key;
}

/** Reads what `quotedKey` writes; null where the quotes are wrong. */
export function unquotedKey(text: string): string | null {
  if (!text.startsWith('"')) return text;
  try {
    const key: unknown = JSON.parse(text);
    return typeof key === 'string' ? key : null;
  } catch {
    return null;
  }
}

/** Several keys as one text for a link: joined by commas, those inside keys escaped. */
export function spanKeysText(keys: readonly SpanKey[]): string {
  return keys.map((key) => spanKeyText(key).replace(/[%,]/g, encodeURIComponent)).join(',');
}

export function parseSpanKeys(text: string): SpanKey[] {
  return text.split(',').flatMap((part) => {
    const key = parseSpanKey(part.replace(/%25|%2C/g, decodeURIComponent));
    return key ? [key] : [];
  });
}

/** As people say it: `status`, `http.route`. */
export function spanKeyLabel(key: SpanKey): string {
  return key.type === 'field' ? FIELD_WORDS[key.field] : key.key;
}

/** A key's value in a query over `spans`: NULL or '' where a span has none. */
export interface KeyValue {
  sql: Sql;
  /** What has to be joined to `spans` for it: nothing, or a line of its own. */
  join: Sql;
}

/**
 * Attributes are read from their index, which takes a fraction of looking into every span's map; what the index has no room
 * for stands in the map alone.
 * @param alias names the join, where a query has several.
 * @param indent of the lines of the join.
 * @param readsRows whether the key is read from the spans, see `rowKeysQuery`.
 */
export function keyValue(key: SpanKey, alias: string, readsRows: boolean, indent = ''): KeyValue {
  if (key.type === 'field') return { sql: ident(key.field), join: sql`` };
  if (readsRows) return { sql: sql`${ident(key.source)}[${key.key}]`, join: sql`` };
  const line = new Sql(`\n${indent}`);
  return {
    sql: new Sql(`${alias}.value`),
    join: sql`${line}LEFT JOIN (${line}  SELECT span_no, value${line}  FROM span_attributes${line}  WHERE source = ${
      key.source
    } AND key = ${key.key}${line}) AS ${new Sql(alias)} USING (span_no)`,
  };
}

/** The filter's term for one of its values; null stands for 'has none'. */
export function spanKeyTerm(key: SpanKey, value: string | null): FieldTerm | AttributeTerm {
  if (key.type === 'field')
    return { type: 'field', field: key.field, values: [value ?? ''], exclude: false };
  const { source } = key;
  return value === null
    ? { type: 'attribute', source, key: key.key, test: 'exists', values: [], exclude: true }
    : { type: 'attribute', source, key: key.key, test: 'equals', values: [value], exclude: false };
}
