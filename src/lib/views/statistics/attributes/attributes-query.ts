/**
 * The column explorer: every attribute key with the spans that have it, its values and figures. Without a filter the
 * dataset has the results; with one they are computed from the attribute index.
 */
import { sql, type Sql } from '$lib/engine/engine';
import { columns, integer, nullable, number } from '$lib/queries/columns';
import type { TableSort } from '$lib/ui/table/data-table';
import { valuesOf, type KeyFacts } from './key-query';
import { orderOf, textCondition } from '$lib/views/statistics/table-sql';

/** How many of the most frequent values are shown per key. */
export const TOP_VALUES = 5;

export interface KeysRequest {
  /** Null without a filter. */
  where: Sql | null;
  sort: TableSort;
  /** Keys that hold this text, in any case. */
  find: string;
}

/**
 * Columns: source, key, type, spans, share (of all spans, or of those that the filter leaves; NULL for events),
 * distinct_values, has_long, minimum, median, maximum, top_values. `spans` counts events where the source is 'events'.
 */
export function keyTableQuery({ where, sort, find }: KeysRequest): Sql {
  const found = find ? sql`\n  AND ${textCondition(['key'], find)}` : sql``;
  const order = orderOf(sort, ['source', 'key']);
  if (!where) {
    return sql`SELECT
  source, key, type, spans,
  CASE WHEN source <> 'events' THEN spans / (SELECT count(*) FROM spans) END AS share,
  distinct_values, has_long, minimum, median, maximum,
  top_values[:${TOP_VALUES}] AS top_values
FROM attribute_keys
WHERE source <> 'event names'${found}
ORDER BY ${order}`;
  }
  return sql`WITH matching AS MATERIALIZED (
  SELECT span_no, resource_no
  FROM spans
  WHERE ${where}
),
used AS (
  -- Each value of a unique key stands for itself: such keys are only counted.
  SELECT key_no, CASE WHEN is_unique AND type <> 'number' THEN NULL ELSE value_no END AS value_no, count(*) AS spans
  FROM attribute_uses JOIN attribute_keys USING (key_no)
  WHERE span_no IN (SELECT span_no FROM matching)
  GROUP BY ALL
  UNION ALL
  SELECT key_no, value_no, sum(found.spans) AS spans
  FROM (SELECT resource_no, count(*) AS spans FROM matching GROUP BY resource_no) AS found
    JOIN resource_uses USING (resource_no)
  GROUP BY ALL
),
valued AS (
  SELECT used.key_no, value, any_value(number) AS number, sum(used.spans)::BIGINT AS spans
  FROM used LEFT JOIN attribute_values USING (value_no)
  GROUP BY ALL
),
ranked AS (
  SELECT
    *,
    sum(spans) OVER (PARTITION BY key_no ORDER BY number) AS up_to,
    sum(spans) OVER (PARTITION BY key_no) AS of_key
  FROM valued
),
counted AS (
  SELECT
    key_no,
    sum(spans)::BIGINT AS spans,
    count(value) AS different,
    min(number) AS minimum,
    -- Half of the spans have this value or less: of two such values the middle.
    (min(number) FILTER (2 * up_to >= of_key) + min(number) FILTER (2 * up_to > of_key)) / 2 AS median,
    max(number) AS maximum,
    max({'spans': spans, 'value': value}, ${TOP_VALUES}) FILTER (value IS NOT NULL) AS top
  FROM ranked
  GROUP BY key_no
)
SELECT
  source, key, type, counted.spans AS spans,
  CASE WHEN source <> 'events' THEN counted.spans / (SELECT count(*) FROM matching) END AS share,
  CASE WHEN is_unique THEN counted.spans ELSE different END AS distinct_values,
  has_long,
  CASE WHEN type = 'number' THEN counted.minimum END AS minimum,
  CASE WHEN type = 'number' THEN counted.median END AS median,
  CASE WHEN type = 'number' THEN counted.maximum END AS maximum,
  coalesce(list_transform(top, lambda one: {'value': one.value, 'spans': one.spans}), []) AS top_values
FROM counted JOIN attribute_keys USING (key_no)
WHERE source <> 'event names'${found}
ORDER BY ${order}`;
}

export interface ValuesRequest {
  facts: KeyFacts;
  where: Sql;
  sort: TableSort;
  /** Values that hold this text, in any case. */
  find: string;
}

/** Columns: value, spans (for events: events), share of all that have the key, errors, error_rate, p50_ns, p95_ns. */
export function valueTableQuery({ facts, where, sort, find }: ValuesRequest): Sql {
  return sql`WITH figures AS (
  SELECT
    value,
    count(*) AS spans,
    count(*) FILTER (status_code = 'ERROR') AS errors,
    quantile_cont(end_time - start_time, [0.5, 0.95]) AS percentiles
  FROM (
    ${valuesOf(facts)}
  ) AS found
  JOIN spans USING (span_no)
  WHERE ${where}
  GROUP BY value
)
SELECT
  value,
  spans,
  spans / sum(spans) OVER () AS share,
  errors,
  errors / spans AS error_rate,
  percentiles[1] AS p50_ns,
  percentiles[2] AS p95_ns
FROM figures${find ? sql`\nQUALIFY ${textCondition(['value'], find)}` : sql``}
ORDER BY ${orderOf(sort, ['value'])}`;
}

export const HISTOGRAM_BINS = 40;

/** Whether the numbers span so many powers of ten that bins of one width would hide most of them. */
export function isLogarithmic({ minimum, maximum }: KeyFacts): boolean {
  return minimum !== null && maximum !== null && minimum > 0 && maximum / minimum >= 1000;
}

/**
 * How the numbers of a key are spread over bins between its least and its greatest in the dataset: bin, spans. Over
 * equal widths, or over equal ratios where `isLogarithmic`.
 */
export function histogramQuery(facts: KeyFacts, where: Sql): Sql {
  const { minimum, maximum } = facts;
  const scaled = isLogarithmic(facts)
    ? sql`ln(number / ${minimum}) / ln(${maximum} / ${minimum})`
    : sql`(number - ${minimum}) / ${maximum === minimum ? 1 : maximum! - minimum!}`;
  return sql`SELECT
  least(floor(${scaled} * ${HISTOGRAM_BINS}), ${HISTOGRAM_BINS - 1})::INTEGER AS bin,
  count(*) AS spans
FROM (
  SELECT span_no, number
  FROM span_attributes
  WHERE source = ${facts.source} AND key = ${facts.key}
) AS found
JOIN spans USING (span_no)
WHERE ${where}
GROUP BY bin
ORDER BY bin`;
}

/** Rows of `histogramQuery`. */
export const BIN_COLUMNS = columns({ bin: integer, spans: integer });

/** The numbers that a bin of `histogramQuery` holds: from, to. */
export function binRange(facts: KeyFacts, bin: number): [from: number, to: number] {
  const minimum = facts.minimum ?? 0;
  const maximum = facts.maximum ?? 0;
  const at = (share: number) =>
    isLogarithmic(facts)
      ? minimum * (maximum / minimum) ** share
      : minimum + (maximum - minimum) * share;
  return [at(bin / HISTOGRAM_BINS), at((bin + 1) / HISTOGRAM_BINS)];
}

/** One row of the key's numbers over the spans: minimum, median, mean, maximum, total. */
export function numbersQuery({ source, key }: KeyFacts, where: Sql): Sql {
  return sql`SELECT
  min(number) AS minimum,
  median(number) AS median,
  avg(number) AS mean,
  max(number) AS maximum,
  sum(number) AS total
FROM (
  SELECT span_no, number
  FROM span_attributes
  WHERE source = ${source} AND key = ${key}
) AS found
JOIN spans USING (span_no)
WHERE ${where}`;
}

/** The row of `numbersQuery`; NULL where no span that is left has a number. */
export const NUMBER_COLUMNS = columns({
  minimum: nullable(number),
  median: nullable(number),
  mean: nullable(number),
  maximum: nullable(number),
  total: nullable(number),
});
