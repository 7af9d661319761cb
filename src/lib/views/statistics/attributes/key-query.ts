/** The attribute keys of a dataset, from the index that was made when it was read. */
import { sql, type QueryResult, type Sql } from '$lib/engine/engine';
import {
  ATTRIBUTE_SOURCES,
  SOURCE_SIGNS,
  splitSign,
  type AttributeSource,
} from '$lib/model/filter';
import { columns, flag, integer, nullable, number, oneOf, text } from '$lib/queries/columns';
import { quotedKey, unquotedKey, type SpanKey } from '$lib/views/statistics/spans/span-key';

export interface KeyId {
  source: AttributeSource;
  key: string;
}

/** What is known of a key over the whole dataset. */
export interface KeyFacts extends KeyId {
  type: 'number' | 'boolean' | 'json' | 'text';
  /** Has values that are too long for the index: they are to be read from the spans themselves. */
  hasLong: boolean;
  minimum: number | null;
  maximum: number | null;
}

/** `@http.route`, `@@host.name`, `@@@exception.type`: how links name a key. */
export function keyIdText({ source, key }: KeyId): string {
  return SOURCE_SIGNS[source] + quotedKey(key);
}

export function parseKeyId(text: string): KeyId | null {
  const split = splitSign(text);
  const key = split?.rest ? unquotedKey(split.rest) : null;
  return split && key !== null ? { source: split.source, key } : null;
}

const KEY_ID = columns({ source: oneOf(...ATTRIBUTE_SOURCES), key: text });
/** Rows of `keysQuery`. */
export const KEY_COLUMNS = columns({
  source: oneOf('attributes', 'resource'),
  key: text,
  spans: integer,
});

/** The keys of spans and resources, the most frequent first. */
export function keysQuery(): Sql {
  return sql`SELECT source, key, spans
FROM attribute_keys
WHERE source IN ('attributes', 'resource')
ORDER BY source, spans DESC, key`;
}

/**
 * The keys of spans and resources that have to be read from the spans themselves: source, key. They have values that are too
 * long for the index, or are among those wanted and the index had no room for them.
 */
export function rowKeysQuery(wanted: readonly SpanKey[]): Sql {
  const long = sql`SELECT source, key
FROM attribute_keys
WHERE has_long AND source IN ('attributes', 'resource')`;
  return wanted.reduce(
    (query, key) =>
      key.type === 'field'
        ? query
        : sql`${query}
UNION ALL
SELECT ${key.source}, ${key.key}
WHERE NOT EXISTS (FROM attribute_keys WHERE source = ${key.source} AND key = ${key.key})`,
    long,
  );
}

/** Reads the answer of `rowKeysQuery`: texts of `spanKeyText`. */
export function rowKeysOf(result: QueryResult): ReadonlySet<string> {
  return new Set(KEY_ID.rows(result).map(keyIdText));
}

/** One row of what is known of a key, or none where the dataset has no such key. */
export function keyFactsQuery({ source, key }: KeyId): Sql {
  return sql`SELECT source, key, type, has_long, minimum, maximum
FROM attribute_keys
WHERE source = ${source} AND key = ${key}`;
}

const FACTS = columns({
  source: oneOf(...ATTRIBUTE_SOURCES),
  key: text,
  type: oneOf('number', 'boolean', 'json', 'text'),
  has_long: flag,
  minimum: nullable(number),
  maximum: nullable(number),
});

/** Reads the answer of `keyFactsQuery`; null where there is none, or no such key. */
export function keyFactsOf(result: QueryResult | null): KeyFacts | null {
  const row = FACTS.first(result);
  if (!row) return null;
  const { has_long: hasLong, ...facts } = row;
  return { ...facts, hasLong };
}

/**
 * The values of a key as a subquery: span_no and value, a row for each span (for events: each event) that has the key.
 * Read from the index, but for keys with values that are too long for it.
 */
export function valuesOf({
  source,
  key,
  hasLong,
}: Pick<KeyFacts, 'source' | 'key' | 'hasLong'>): Sql {
  if (!hasLong) {
    return sql`SELECT span_no, value
    FROM span_attributes
    WHERE source = ${source} AND key = ${key}`;
  }
  switch (source) {
    case 'attributes':
      return sql`SELECT span_no, attributes[${key}] AS value
    FROM spans
    WHERE attributes[${key}] IS NOT NULL`;
    case 'resource':
      return sql`SELECT span_no, resource[${key}] AS value
    FROM spans
    WHERE resource[${key}] IS NOT NULL`;
    case 'events':
      return sql`SELECT span_no, event.attributes[${key}] AS value
    FROM (SELECT span_no, unnest(events) AS event FROM spans)
    WHERE event.attributes[${key}] IS NOT NULL`;
  }
}
