/** The SQL behind the RED view. Every query is shown to people exactly as it runs. */
import { Sql, sql } from '$lib/engine/engine';
import type { Buckets, Range } from './buckets';

/** Which of the filtered spans are selected. */
export interface Scope {
  /** Null: every service. */
  service: string | null;
  /** One of the service's; null: all of them. */
  operation: string | null;
}

export const EVERYTHING: Scope = { service: null, operation: null };

/** How many descriptions the error series names; the rest is 'other'. */
export const NAMED_ERRORS = 6;

/** The view's conditions on `spans`: the filter, root spans only if chosen, and the scope. */
export function conditions(where: Sql, rootOnly: boolean, scope: Scope = EVERYTHING): Sql {
  const all = [where];
  if (rootOnly) all.push(sql`is_root`);
  if (scope.service !== null) all.push(sql`service = ${scope.service}`);
  if (scope.operation !== null) all.push(sql`operation = ${scope.operation}`);
  return allOf(all);
}

/** All of them, a line each; `true` without any. */
export function allOf(all: readonly Sql[]): Sql {
  const asked = all.filter(({ text }) => text !== 'true');
  return asked.length ? asked.reduce((left, right) => sql`${left}\n    AND ${right}`) : sql`true`;
}

/** A rate is divided by the length of the range; NULL if that is 0. */
function perSecond(count: Sql, { lengthNs }: Range): Sql {
  return lengthNs > 0 ? sql`${count} / ${lengthNs / 1e9}` : sql`NULL::DOUBLE`;
}

/**
 * Rate, errors and durations by one or more columns; none for all spans together. All spans count, but those without a
 * start are left out of the rate, and those without a duration out of means and percentiles.
 */
function figures(groups: readonly string[], where: Sql, range: Range): Sql {
  const columns = groups.map((group) => `    ${group},\n`).join('');
  return sql`SELECT
  * EXCLUDE (percentiles, started),
  ${perSecond(sql`CASE WHEN started > 0 OR spans = 0 THEN started END`, range)} AS spans_per_second,
  errors / spans AS error_rate,
  percentiles[1] AS p50_ms,
  percentiles[2] AS p95_ms,
  percentiles[3] AS p99_ms
FROM (
  SELECT
${new Sql(columns)}    count(*) AS spans,
    count(*) FILTER (status_code = 'ERROR') AS errors,
    count(start_time) AS started,
    avg(duration_ms) AS mean_ms,
    quantile_cont(duration_ms, [0.5, 0.95, 0.99]) AS percentiles
  FROM spans
  WHERE ${where}${new Sql(groups.length ? `\n  GROUP BY ${groups.join(', ')}` : '')}
)${new Sql(groups.length ? `\nORDER BY spans DESC, ${groups.join(', ')}` : '')}`;
}

/** One row: the total of everything selected. */
export function totalQuery(where: Sql, range: Range): Sql {
  return figures([], where, range);
}

/** A row per service. */
export function servicesQuery(where: Sql, range: Range): Sql {
  return figures(['service'], where, range);
}

/** A row per operation of these services. */
export function operationsQuery(where: Sql, range: Range, services: readonly string[]): Sql {
  const list = services.map((name) => sql`${name}`).reduce((all, one) => sql`${all}, ${one}`);
  return figures(['service', 'operation'], allOf([where, sql`service IN (${list})`]), range);
}

/** Conditions for charts over time: spans with an unknown start are in no bucket. */
function inTime(where: Sql): Sql {
  return allOf([where, sql`start_time IS NOT NULL`]);
}

/** Which bucket a span starts in, from 0. */
function bucketOf({ baseNs, stepNs }: Buckets): Sql {
  return sql`(start_time - ${baseNs}) // ${stepNs}`;
}

/** The start of a bucket, for people who read the rows. */
function bucketStart({ baseNs, stepNs }: Buckets): Sql {
  return sql`make_timestamp_ns(${baseNs} + bucket * ${stepNs})`;
}

/** Spans, errors and durations by bucket of time; buckets without spans have no row. */
export function seriesQuery(where: Sql, buckets: Buckets): Sql {
  return sql`SELECT
  bucket,
  ${bucketStart(buckets)} AS bucket_start,
  spans,
  errors,
  percentiles[1] AS p50_ms,
  percentiles[2] AS p95_ms,
  percentiles[3] AS p99_ms
FROM (
  SELECT
    ${bucketOf(buckets)} AS bucket,
    count(*) AS spans,
    count(*) FILTER (status_code = 'ERROR') AS errors,
    quantile_cont(duration_ms, [0.5, 0.95, 0.99]) AS percentiles
  FROM spans
  WHERE ${inTime(where)}
  GROUP BY bucket
)
ORDER BY bucket`;
}

/** Errors by bucket and status description: the most frequent ones by name, the others together with description NULL. */
export function errorsQuery(where: Sql, buckets: Buckets): Sql {
  return sql`WITH failed AS (
  SELECT
    ${bucketOf(buckets)} AS bucket,
    coalesce(status_description, '') AS description,
    count(*) AS errors
  FROM spans
  WHERE ${inTime(allOf([where, sql`status_code = 'ERROR'`]))}
  GROUP BY ALL
),
ranked AS (
  SELECT
    description,
    row_number() OVER (ORDER BY sum(errors) DESC, description) AS place
  FROM failed
  GROUP BY description
)
SELECT
  bucket,
  ${bucketStart(buckets)} AS bucket_start,
  CASE WHEN place <= ${NAMED_ERRORS} THEN place END AS place,
  CASE WHEN place <= ${NAMED_ERRORS} THEN description END AS description,
  sum(errors)::BIGINT AS errors
FROM failed
JOIN ranked USING (description)
GROUP BY ALL
ORDER BY place, bucket`;
}

/** Spans, errors and p95 by service and bucket, for the cards' sparklines. */
export function curvesQuery(where: Sql, buckets: Buckets): Sql {
  return sql`SELECT
  service,
  ${bucketOf(buckets)} AS bucket,
  count(*) AS spans,
  count(*) FILTER (status_code = 'ERROR') AS errors,
  quantile_cont(duration_ms, 0.95) AS p95_ms
FROM spans
WHERE ${inTime(where)}
GROUP BY service, bucket
ORDER BY service, bucket`;
}
