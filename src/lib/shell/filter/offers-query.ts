/** What the filter's editor offers: keys and values in the data, with the number of spans that have them. */
import { Sql, sql } from '$lib/engine/engine';
import {
  ATTRIBUTE_SOURCES,
  isFiltering,
  withTerm,
  type AttributeSource,
  type Filter,
  type FilterField,
} from '$lib/model/filter';
import { columns, integer, oneOf, text } from '$lib/queries/columns';
import { whereOf } from '$lib/queries/filter-sql';

export const VALUE_LIMIT = 200;
export const KEY_LIMIT = 2_000;
/** Longer values are matched by a part of them. */
export const MAX_VALUE_LENGTH = 500;

/** What the values belong to. */
export type ValueSubject =
  | { type: 'field'; field: FilterField }
  | { type: 'attribute'; source: AttributeSource; key: string };

/** How many spans have a value in each of these columns. */
export function filledFieldsQuery(fields: readonly FilterField[]): Sql {
  const counts = fields.map((field) => `count(nullif(${field}, '')) AS ${field}`);
  return sql`SELECT
  ${new Sql(counts.join(',\n  '))}
FROM spans`;
}

/** Rows of `keysQuery`. */
export const KEY_COLUMNS = columns({
  source: oneOf(...ATTRIBUTE_SOURCES),
  key: text,
  spans: integer,
});
/** Rows of `valuesQuery`. */
export const VALUE_COLUMNS = columns({ value: text, spans: integer });

/** All keys of attributes, resources and events, most common first; for keys of events, `spans` counts events. */
export function keysQuery(): Sql {
  return sql`SELECT source, key, spans
FROM attribute_keys
WHERE source <> 'event names'
ORDER BY source, spans DESC, key`;
}

/**
 * Values of a column or an attribute among the spans that pass the rest of the filter, most common first. For attributes,
 * only values in the attribute index: up to 200 characters long.
 * @param index of the term being edited, which is not applied; null for a new one.
 * @param part text that the values contain, ignoring case.
 */
export function valuesQuery(
  subject: ValueSubject,
  filter: Filter,
  index: number | null,
  part: string,
): Sql {
  const others = index === null ? filter : withTerm(filter, index, null);
  const holds = part ? sql`\n  AND contains(lower(value), lower(${part}))` : sql``;
  const counted = isOfEvents(subject) ? sql`count(DISTINCT span_no)` : sql`count(*)`;
  return sql`SELECT value, ${counted} AS spans
FROM (${subject.type === 'field' ? columnOf(subject.field, others) : attributeOf(subject, others)})
WHERE length(value) <= ${MAX_VALUE_LENGTH}${holds}
GROUP BY value
ORDER BY spans DESC, value
LIMIT ${VALUE_LIMIT}`;
}

/** A span can have several events. */
const isOfEvents = (subject: ValueSubject) =>
  subject.type === 'attribute' && subject.source === 'events';

function columnOf(field: FilterField, others: Filter): Sql {
  return sql`
  SELECT coalesce(${new Sql(field)}, '') AS value
  FROM spans
  WHERE ${whereOf(others)}
`;
}

function attributeOf(
  { source, key }: { source: AttributeSource; key: string },
  others: Filter,
): Sql {
  const kept = isFiltering(others)
    ? sql`\n    AND span_no IN (SELECT span_no FROM spans WHERE ${whereOf(others)})`
    : sql``;
  return sql`
  SELECT span_no, value
  FROM span_attributes
  WHERE source = ${source} AND key = ${key}${kept}
`;
}

/** Durations of the spans that pass the rest of the filter: quantiles in nanoseconds. */
export function durationsQuery(filter: Filter, index: number | null): Sql {
  const others = index === null ? filter : withTerm(filter, index, null);
  return sql`SELECT
  quantile_cont(end_time - start_time, 0.5) AS p50,
  quantile_cont(end_time - start_time, 0.9) AS p90,
  quantile_cont(end_time - start_time, 0.99) AS p99,
  max(end_time - start_time) AS longest
FROM spans
WHERE ${whereOf(others)}`;
}
