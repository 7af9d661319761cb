/** The SQL of the heatmap, and of what is different about a region of it. */
import { Sql, sql } from '$lib/engine/engine';
import type { TimeRange } from '$lib/model/filter';
import type { Buckets } from '$lib/views/red/buckets';
import { allOf } from '$lib/views/red/red-query';
import { BINS_PER_DECADE, ZERO_BIN } from './heatmap';

/**
 * Spans and errors by bucket of time and bin of duration. The tiny addition makes up for logarithms of whole powers of ten
 * that are a last bit too small; it is less than a nanosecond for all durations below a day. Spans without a duration have no
 * place in it.
 */
export function heatmapQuery(where: Sql, { baseNs, stepNs }: Buckets): Sql {
  return sql`SELECT
  (start_time - ${baseNs}) // ${stepNs} AS bucket,
  CASE
    WHEN end_time > start_time
      THEN floor(log10(end_time - start_time) * ${BINS_PER_DECADE} + 1e-13)::INTEGER
    ELSE ${ZERO_BIN}
  END AS bin,
  count(*) AS spans,
  count(*) FILTER (status_code = 'ERROR') AS errors
FROM spans
WHERE ${allOf([where, sql`end_time >= start_time`])}
GROUP BY bucket, bin
ORDER BY bucket, bin`;
}

/** Spans in a range of time and of durations, durations inclusive. */
export interface RegionBounds {
  time: TimeRange;
  minNs: number;
  maxNs: number;
}

/** A region as a condition on `spans`. */
export function regionCondition({ time, minNs, maxNs }: RegionBounds): Sql {
  return sql`start_time >= ${time.startNs} AND start_time < ${time.endNs}
    AND end_time - start_time BETWEEN ${minNs} AND ${maxNs}`;
}

/** How many values of an attribute are shown. */
const VALUES_PER_KEY = 5;
/** A key with more values than this, each in fewer than ten spans on average, counts as an id. */
const MANY_VALUES = 10_000;
/** Smaller differences mean nothing, and sorting them would cost more than all the rest. */
const LEAST_DIFFERENCE = 0.0005;

/**
 * Every attribute, every resource attribute and the main columns: which share of the selected spans has a value, and which
 * share of the others. Keys come in the order of their largest difference, each with the values that differ most; the
 * value NULL stands for spans without the key. Keys whose values hardly repeat (ids) are left
 * out, as are texts above 200 characters, which are not in the index.
 *
 * @param where a condition on all the compared spans
 * @param selected the condition that separates the two sides
 */
export function differencesQuery(where: Sql, selected: Sql): Sql {
  return sql`WITH grouped AS MATERIALIZED (
  SELECT
    operation_no, resource_no, kind, status_code, status_description, scope,
    count(*) FILTER (${selected}) AS inside,
    count(*) AS spans
  FROM spans
  WHERE ${where}
  GROUP BY ALL
),
asked AS (
  SELECT key_no, source, key
  FROM attribute_keys
  WHERE NOT is_unique
    AND NOT (distinct_values > ${MANY_VALUES} AND distinct_values * 10 > spans)
),
sizes AS (
  SELECT sum(inside) AS inside, sum(spans) - sum(inside) AS outside
  FROM grouped
),
selected_uses AS MATERIALIZED (
  SELECT value_no, count(*) AS inside
  FROM attribute_uses
  WHERE key_no IN (SELECT key_no FROM asked WHERE source = 'attributes')
    AND span_no IN (
      SELECT span_no FROM spans
      WHERE ${where.text === 'true' ? selected : sql`${where}\n    AND ${selected}`}
    )
  GROUP BY value_no
),
all_uses AS MATERIALIZED (
  ${
    where.text === 'true'
      ? // For the whole dataset, the counts exist already.
        sql`SELECT value_no, spans
  FROM attribute_counts
    JOIN attribute_values USING (value_no)
  WHERE key_no IN (SELECT key_no FROM asked WHERE source = 'attributes')`
      : sql`SELECT value_no, count(*) AS spans
  FROM attribute_uses
  WHERE key_no IN (SELECT key_no FROM asked WHERE source = 'attributes')
    AND span_no IN (SELECT span_no FROM spans WHERE ${where})
  GROUP BY value_no`
  }
),
pairs AS (
  SELECT key_no, value, sum(coalesce(inside, 0)) AS inside, sum(spans) AS spans
  FROM all_uses
  JOIN attribute_values USING (value_no)
  LEFT JOIN selected_uses USING (value_no)
  GROUP BY key_no, value
  UNION ALL
  SELECT key_no, value, sum(inside) AS inside, sum(spans) AS spans
  FROM grouped
  JOIN resource_uses USING (resource_no)
  JOIN attribute_values USING (key_no, value_no)
  GROUP BY key_no, value
),
counted AS MATERIALIZED (
  SELECT source, key, value, inside, spans - inside AS outside
  FROM pairs
  JOIN asked USING (key_no)
  UNION ALL
  SELECT 'fields', field.key, field.value, sum(inside), sum(spans) - sum(inside)
  FROM grouped
  JOIN operations USING (operation_no),
  LATERAL (VALUES
    ('service', operations.service),
    ('operation', operations.operation),
    ('kind', kind),
    ('status_code', status_code),
    ('status_description', status_description),
    ('scope', scope)
  ) AS field(key, value)
  GROUP BY field.key, field.value
),
complete AS (
  SELECT source, key, value, inside, outside
  FROM counted
  WHERE value IS NOT NULL OR source = 'fields'
  UNION ALL
  SELECT source, key, NULL, any_value(sizes.inside) - sum(counted.inside), any_value(sizes.outside) - sum(counted.outside)
  FROM counted, sizes
  WHERE source <> 'fields'
  GROUP BY source, key
),
compared AS (
  SELECT
    source, key, value,
    complete.inside, complete.outside,
    complete.inside / nullif(sizes.inside, 0) AS share_inside,
    complete.outside / nullif(sizes.outside, 0) AS share_outside,
    abs(share_inside - share_outside) AS difference
  FROM complete, sizes
)
SELECT
  source, key, value,
  inside::BIGINT AS inside, outside::BIGINT AS outside,
  share_inside, share_outside,
  max(difference) OVER (PARTITION BY source, key) AS largest
FROM compared
WHERE difference >= ${LEAST_DIFFERENCE}
QUALIFY row_number() OVER (PARTITION BY source, key ORDER BY difference DESC, share_inside DESC, value) <= ${VALUES_PER_KEY}
ORDER BY largest DESC, source, key, difference DESC, share_inside DESC, value`;
}
