/**
 * The attribute index: all attributes again, as numbers. Reading a million maps takes the engine half a second; these tables
 * answer the same question in a tenth of that, and are small because the rows of a key lie together.
 */
import type { TableSpec } from './table';

export { MAX_INDEXED_CHARS } from '$lib/model/span';

/** Where an attribute was found. Names of events are values of the key ''. */
export const ATTRIBUTE_SOURCES = ['attributes', 'resource', 'events', 'event names'] as const;
export type AttributeSource = (typeof ATTRIBUTE_SOURCES)[number];

export const ATTRIBUTE_VALUES = {
  name: 'attribute_values',
  kind: 'index',
  columns: [
    ['value_no', 'INTEGER', 'Number of this value under this key; the same text can have several'],
    ['key_no', 'INTEGER', 'The key, as in attribute_keys'],
    ['value', 'VARCHAR', 'NULL stands for all values longer than 200 characters'],
    ['number', 'DOUBLE', 'The value where it is a plain number'],
  ],
} as const satisfies TableSpec;

export const ATTRIBUTE_USES = {
  name: 'attribute_uses',
  kind: 'index',
  columns: [
    ['key_no', 'INTEGER', 'The key, as in attribute_keys'],
    ['value_no', 'INTEGER', 'The value, as in attribute_values'],
    ['span_no', 'INTEGER', 'The span that has it; for events once for each event'],
  ],
} as const satisfies TableSpec;

export const RESOURCE_USES = {
  name: 'resource_uses',
  kind: 'index',
  columns: [
    ['key_no', 'INTEGER', 'The key, as in attribute_keys'],
    ['value_no', 'INTEGER', 'The value, as in attribute_values'],
    ['resource_no', 'INTEGER', 'The resource that has it, as in spans'],
  ],
} as const satisfies TableSpec;

const KEY_COLUMNS = [
  ['key_no', 'INTEGER', 'As in attribute_values'],
  ['source', 'VARCHAR', 'attributes, resource, events, or event names (which have the key “”)'],
  ['key', 'VARCHAR', 'Name of the attribute'],
] as const;

/** The part of `attribute_keys` that comes from the writer: staged, then completed. */
export const KEY_NAMES = {
  name: 'keys',
  kind: 'end',
  columns: KEY_COLUMNS,
} as const satisfies TableSpec;

export const ATTRIBUTE_KEYS = {
  name: 'attribute_keys',
  kind: 'derived',
  columns: [
    ...KEY_COLUMNS,
    ['type', 'VARCHAR', 'number, boolean, json or text: what all of its values are'],
    ['spans', 'BIGINT', 'How many spans have it; for events, how many events'],
    ['distinct_values', 'BIGINT', 'Different values, but for those longer than 200 characters'],
    ['is_unique', 'BOOLEAN', 'No value comes in two spans'],
    ['has_long', 'BOOLEAN', 'Has values longer than 200 characters, which are not counted apart'],
    ['minimum', 'DOUBLE', 'Of numbers, over its spans'],
    ['median', 'DOUBLE', 'Of numbers, over its spans'],
    ['maximum', 'DOUBLE', 'Of numbers, over its spans'],
    ['top_values', 'STRUCT("value" VARCHAR, spans BIGINT)[]', 'The most frequent ones'],
  ],
} as const satisfies TableSpec;

export const ATTRIBUTE_COUNTS = {
  name: 'attribute_counts',
  kind: 'derived',
  columns: [
    [
      'value_no',
      'INTEGER',
      'The value, as in attribute_values; none of keys whose values are unique',
    ],
    ['spans', 'BIGINT', 'How many spans have it; for events, how many events'],
  ],
} as const satisfies TableSpec;

/** Counts the uses of each value, in a separate table. */
export function countUses(table: string): string {
  return `CREATE TABLE ${table} AS
SELECT value_no, count(*) AS uses FROM attribute_uses GROUP BY value_no
UNION ALL
SELECT value_no, count(*) AS uses FROM spans JOIN resource_uses USING (resource_no) GROUP BY value_no`;
}

/**
 * The facts about each key that views ask for first, over the whole dataset.
 * @param names the table of KEY_NAMES. @param counts the table that `countUses` made.
 */
export function fillAttributeKeys(names: string, counts: string): string {
  return `INSERT INTO attribute_keys
WITH valued AS (
  SELECT key_no, value, any_value(number) AS number, sum(uses)::BIGINT AS uses
  FROM ${counts} JOIN attribute_values USING (value_no)
  GROUP BY key_no, value
),
described AS (
  SELECT
    key_no,
    CASE
      WHEN count(number) = count(*) THEN 'number'
      WHEN count(value) = count(*) AND bool_and(value IN ('true', 'false')) THEN 'boolean'
      WHEN bool_and(value[1] IN ('{', '[')) THEN 'json'
      ELSE 'text'
    END AS type,
    sum(uses)::BIGINT AS spans,
    count(value) AS distinct_values,
    count(value) = count(*) AND max(uses) = 1 AS is_unique,
    count(value) < count(*) AS has_long,
    min({rank: -uses, value: value}, ${TOP_VALUES}) FILTER (value IS NOT NULL) AS top
  FROM valued
  GROUP BY key_no
),
numbers AS (
  SELECT key_no, number
  FROM attribute_uses JOIN (SELECT value_no, number FROM attribute_values WHERE number IS NOT NULL) USING (value_no)
  UNION ALL
  SELECT key_no, number
  FROM spans JOIN resource_uses USING (resource_no)
    JOIN (SELECT value_no, number FROM attribute_values WHERE number IS NOT NULL) USING (value_no)
),
measured AS (
  SELECT key_no, min(number) AS minimum, median(number) AS median, max(number) AS maximum
  FROM numbers
  GROUP BY key_no
)
SELECT
  key_no, source, "key", type, spans, distinct_values, is_unique, has_long,
  CASE WHEN type = 'number' THEN minimum END AS minimum,
  CASE WHEN type = 'number' THEN median END AS median,
  CASE WHEN type = 'number' THEN maximum END AS maximum,
  coalesce(list_transform(top, lambda v: {'value': v.value, 'spans': -v.rank}), []) AS top_values
FROM ${names} JOIN described USING (key_no) LEFT JOIN measured USING (key_no)
ORDER BY key_no`;
}

const TOP_VALUES = 10;

/** @param counts the table that `countUses` made. */
export function fillAttributeCounts(counts: string): string {
  return `INSERT INTO attribute_counts
SELECT value_no, uses AS spans
FROM ${counts}
WHERE value_no IN (
  SELECT value_no FROM attribute_values JOIN attribute_keys USING (key_no) WHERE NOT is_unique
)
ORDER BY value_no`;
}

/** Every attribute of every span, as readable text; narrow it down by source and key. */
export const CREATE_SPAN_ATTRIBUTES = `CREATE VIEW span_attributes AS
${ATTRIBUTE_SOURCES.map((source) =>
  source === 'resource'
    ? `SELECT span_no, 'resource' AS source, "key", "value", "number"
FROM spans JOIN resource_uses USING (resource_no) JOIN attribute_values USING (value_no)
  JOIN attribute_keys ON attribute_keys.key_no = attribute_values.key_no AND attribute_keys.source = 'resource'`
    : `SELECT span_no, '${source}' AS source, "key", "value", "number"
FROM attribute_uses JOIN attribute_values USING (value_no)
  JOIN attribute_keys ON attribute_keys.key_no = attribute_uses.key_no AND attribute_keys.source = '${source}'`,
).join('\nUNION ALL\n')}`;

/**
 * Whether a query may read the attribute index, which is filled a moment after a dataset is shown: whether it names one of its
 * tables or views, in any case.
 */
export function readsIndex(sql: string): boolean {
  return /attribute_(keys|values|uses|counts)|resource_uses|span_attributes/i.test(sql);
}
