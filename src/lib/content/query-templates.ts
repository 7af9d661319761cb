/**
 * Useful queries: a question each, with SQL that answers it on any dataset and is meant to be adapted. The SQL view lists
 * them, the Guide shows them. Those from Flock's dashboard and documents are unchanged.
 */

export interface QueryTemplate {
  /** Stable: links and tests name it. */
  id: string;
  /** The question, in a few words. */
  title: string;
  sql: string;
}

export interface TemplateGroup {
  title: string;
  templates: readonly QueryTemplate[];
}

export const TEMPLATE_GROUPS: readonly TemplateGroup[] = [
  {
    title: 'First look',
    templates: [
      {
        id: 'newest-spans',
        title: 'The newest spans',
        sql: `SELECT service, operation, start_time, duration_ms, status_code, trace_id, span_id
FROM spans
ORDER BY start_time DESC
LIMIT 100`,
      },
      {
        id: 'services',
        title: 'Which services are there, and what do they do?',
        sql: `SELECT
  service,
  count(*) AS spans,
  count(DISTINCT operation) AS operations,
  count(DISTINCT trace_id) AS traces,
  count_if(status_code = 'ERROR') AS errors,
  sum(self_time_ms) AS self_time_ms
FROM spans
GROUP BY service
ORDER BY self_time_ms DESC`,
      },
      {
        id: 'traces',
        title: 'The longest traces',
        sql: `SELECT trace_id, root_service, root_name, start_time, duration_ms, span_count, error_count, services
FROM traces
ORDER BY duration_ms DESC
LIMIT 100`,
      },
      {
        id: 'counts',
        title: 'How much is there, and from which time?',
        sql: `SELECT
  count(*) AS spans,
  count(DISTINCT trace_id) AS traces,
  count(DISTINCT service) AS services,
  min(start_time) AS first_start_time,
  max(end_time) AS last_end_time
FROM spans`,
      },
      {
        id: 'summary',
        title: 'A summary of every column',
        sql: `SUMMARIZE spans`,
      },
    ],
  },
  {
    title: 'What is slow?',
    templates: [
      {
        id: 'slowest-spans',
        title: 'The slowest spans, by their own work',
        sql: `SELECT service, operation, self_time_ms, duration_ms, trace_id, span_id
FROM spans
ORDER BY self_time_ms DESC
LIMIT 100`,
      },
      {
        id: 'operations',
        title: 'Operations by time, with percentiles',
        sql: `SELECT
  service,
  operation,
  count(*) AS calls,
  sum(self_time_ms) AS self_time_ms,
  100 * sum(self_time_ms) / sum(sum(self_time_ms)) OVER () AS time_percent,
  quantile_cont(duration_ms, 0.50) AS p50_ms,
  quantile_cont(duration_ms, 0.95) AS p95_ms,
  quantile_cont(duration_ms, 0.99) AS p99_ms,
  max(duration_ms) AS max_ms
FROM spans
GROUP BY service, operation
ORDER BY self_time_ms DESC`,
      },
      {
        id: 'outliers',
        title: 'Calls that took ten times their usual time',
        sql: `WITH usual AS (
  SELECT service, operation, median(duration_ms) AS usual_ms, count(*) AS calls
  FROM spans
  GROUP BY service, operation
  HAVING count(*) >= 20
)
SELECT service, operation, duration_ms, usual_ms, duration_ms / usual_ms AS times, trace_id, span_id
FROM spans JOIN usual USING (service, operation)
WHERE duration_ms > 10 * usual_ms
ORDER BY times DESC
LIMIT 100`,
      },
      {
        id: 'waits',
        title: 'Traces that mostly wait: long, with little work in them',
        sql: `SELECT
  trace_id,
  root_name,
  traces.duration_ms,
  sum(self_time_ms) AS worked_ms,
  sum(self_time_ms) / traces.duration_ms AS busy
FROM traces JOIN spans USING (trace_id)
WHERE traces.duration_ms > 0
GROUP BY trace_id, root_name, traces.duration_ms
ORDER BY traces.duration_ms - sum(self_time_ms) DESC
LIMIT 100`,
      },
      {
        id: 'durations',
        title: 'The distribution of durations (as a chart)',
        sql: `SELECT
  10 ** (floor(log10(duration_ms) * 4) / 4) AS from_ms,
  count(*) AS spans,
  count_if(status_code = 'ERROR') AS errors
FROM spans
WHERE duration_ms > 0
GROUP BY from_ms
ORDER BY from_ms`,
      },
    ],
  },
  {
    title: 'What fails?',
    templates: [
      {
        id: 'errors',
        title: 'The newest errors',
        sql: `SELECT start_time, service, operation, status_description, duration_ms, trace_id, span_id
FROM spans
WHERE status_code = 'ERROR'
ORDER BY start_time DESC
LIMIT 1000`,
      },
      {
        id: 'error-messages',
        title: 'Error messages, by frequency',
        sql: `SELECT
  status_description,
  count(*) AS errors,
  list(DISTINCT service) AS services,
  min(start_time) AS first_start_time,
  max(start_time) AS last_start_time,
  arg_max(trace_id, start_time) AS trace_id
FROM spans
WHERE status_code = 'ERROR'
GROUP BY status_description
ORDER BY errors DESC`,
      },
      {
        id: 'exceptions',
        title: 'Exceptions, by type',
        sql: `SELECT
  event.attributes['exception.type'] AS exception_type,
  event.attributes['exception.message'] AS message,
  count(*) AS times,
  any_value(service) AS service,
  any_value(trace_id) AS trace_id
FROM (SELECT service, trace_id, unnest(events) AS event FROM spans)
WHERE event.name = 'exception'
GROUP BY exception_type, message
ORDER BY times DESC`,
      },
      {
        id: 'where-errors-begin',
        title: 'Where errors begin: failed spans without a failed child',
        sql: `SELECT span.service, span.operation, span.status_description, count(*) AS errors, any_value(span.trace_id) AS trace_id
FROM spans AS span
WHERE span.status_code = 'ERROR'
  AND NOT EXISTS (
    FROM spans AS child
    WHERE child.parent_no = span.span_no AND child.status_code = 'ERROR'
  )
GROUP BY ALL
ORDER BY errors DESC`,
      },
    ],
  },
  {
    title: 'Is it healthy?',
    templates: [
      {
        id: 'red',
        title: 'Rate, errors and durations of each service',
        sql: `WITH span_of_time AS (
  SELECT greatest((max(end_time) - min(start_time)) / 1e9, 1) AS seconds FROM spans
)
SELECT
  service,
  count(start_time) / any_value(seconds) AS per_second,
  100 * count_if(status_code = 'ERROR') / count(*) AS error_percent,
  avg(duration_ms) AS mean_ms,
  quantile_cont(duration_ms, 0.50) AS p50_ms,
  quantile_cont(duration_ms, 0.95) AS p95_ms,
  quantile_cont(duration_ms, 0.99) AS p99_ms
FROM spans, span_of_time
GROUP BY service
ORDER BY per_second DESC`,
      },
      {
        id: 'by-minute',
        title: 'Calls, errors and p95 per minute (as a chart)',
        sql: `SELECT
  start_time // 60_000_000_000 * 60_000_000_000 AS minute_start_time,
  count(*) AS calls,
  count_if(status_code = 'ERROR') AS errors,
  quantile_cont(duration_ms, 0.95) AS p95_ms
FROM spans
WHERE is_root AND start_time IS NOT NULL
GROUP BY minute_start_time
ORDER BY minute_start_time`,
      },
      {
        id: 'objective',
        title: 'Which operations fail more than one call in a hundred?',
        sql: `SELECT
  service,
  operation,
  count(*) AS calls,
  count_if(status_code = 'ERROR') AS errors,
  100 * count_if(status_code = 'ERROR') / count(*) AS error_percent
FROM spans
GROUP BY service, operation
HAVING error_percent > 1
ORDER BY error_percent DESC`,
      },
    ],
  },
  {
    title: 'Who calls whom?',
    templates: [
      {
        id: 'calls',
        title: 'Calls between services, with their own p95',
        sql: `SELECT
  parent.service AS caller,
  child.service AS callee,
  count(*) AS calls,
  count_if(child.status_code = 'ERROR') AS errors,
  avg(child.duration_ms) AS mean_ms,
  quantile_cont(child.duration_ms, 0.95) AS p95_ms,
  any_value(child.trace_id) AS trace_id
FROM spans AS child
JOIN spans AS parent ON parent.span_no = child.parent_no
WHERE parent.service <> child.service
GROUP BY caller, callee
ORDER BY calls DESC`,
      },
      {
        id: 'call-pairs',
        title: 'The same by operation',
        sql: `SELECT
  parent.name || ' → ' || child.name AS call,
  count(*) AS calls,
  count_if(child.status_code = 'ERROR') AS errors,
  avg(child.duration_ms) AS mean_ms,
  quantile_cont(child.duration_ms, 0.95) AS p95_ms,
  any_value(child.trace_id) AS trace_id
FROM spans AS child
JOIN spans AS parent ON parent.span_no = child.parent_no
WHERE parent.service <> child.service
GROUP BY call
ORDER BY calls DESC`,
      },
      {
        id: 'cycles',
        title: 'Who calls itself through others?',
        sql: `WITH RECURSIVE calls AS (
  SELECT DISTINCT parent.service AS caller, child.service AS callee
  FROM spans AS child
  JOIN spans AS parent ON parent.span_no = child.parent_no
  WHERE parent.service <> child.service
), paths AS (
  SELECT caller AS origin, callee AS reached, [caller, callee] AS path FROM calls
  UNION ALL
  SELECT origin, callee, list_append(path, callee)
  FROM paths JOIN calls ON calls.caller = paths.reached
  WHERE reached <> origin AND len(path) < 6 AND (callee = origin OR NOT list_contains(path, callee))
)
SELECT array_to_string(path, ' → ') AS cycle, len(path) - 1 AS calls_around
FROM paths
WHERE reached = origin AND origin = list_min(path)
ORDER BY calls_around, cycle`,
      },
    ],
  },
  {
    title: 'Workflows and agents',
    templates: [
      {
        id: 'workflows',
        title: 'Workflows: runs, failures, durations',
        sql: `SELECT
  workflow,
  count(*) AS runs,
  count_if(error_count > 0) AS failed,
  quantile_cont(duration_ms, 0.50) AS p50_ms,
  quantile_cont(duration_ms, 0.95) AS p95_ms,
  max(start_time) AS last_start_time,
  arg_max(trace_id, duration_ms) AS slowest_trace_id
FROM traces
WHERE workflow IS NOT NULL
GROUP BY workflow
ORDER BY runs DESC`,
      },
      {
        id: 'requests',
        title: 'One request over several traces, by correlation id',
        sql: `SELECT
  correlation_id,
  count(DISTINCT trace_id) AS traces,
  count(*) AS spans,
  count_if(status_code = 'ERROR') AS errors,
  (max(end_time) - min(start_time)) / 1e6 AS duration_ms,
  min(start_time) AS start_time,
  arg_min(trace_id, start_time) AS trace_id
FROM spans
WHERE correlation_id IS NOT NULL
GROUP BY correlation_id
ORDER BY start_time DESC`,
      },
      {
        id: 'agents',
        title: 'Which agent is the bottleneck?',
        sql: `SELECT
  agent,
  count(*) AS spans,
  count(DISTINCT trace_id) AS traces,
  sum(self_time_ms) AS self_time_ms,
  100 * sum(self_time_ms) / sum(sum(self_time_ms)) OVER () AS time_percent,
  count_if(status_code = 'ERROR') AS errors
FROM spans
WHERE agent IS NOT NULL
GROUP BY agent
ORDER BY self_time_ms DESC`,
      },
      {
        id: 'loops',
        title: 'What runs again and again in one trace?',
        sql: `SELECT trace_id, service, operation, agent, count(*) AS times, sum(duration_ms) AS total_ms
FROM spans
GROUP BY trace_id, service, operation, agent
HAVING times >= 5
ORDER BY times DESC
LIMIT 100`,
      },
      {
        id: 'inputs-outputs',
        title: 'What did agents consume and produce?',
        sql: `SELECT
  start_time,
  name,
  agent,
  map_from_entries(list_filter(map_entries(attributes), entry -> starts_with(entry.key, 'input.'))) AS input,
  attributes['output.value'] AS output,
  trace_id,
  span_id
FROM spans
WHERE attributes['output.value'] IS NOT NULL
ORDER BY start_time
LIMIT 500`,
      },
    ],
  },
  {
    title: 'Tokens and cost',
    templates: [
      {
        id: 'models',
        title: 'Tokens and cost by model',
        sql: `SELECT
  model,
  count(*) AS calls,
  sum(input_tokens) AS input_tokens,
  sum(cache_read_tokens) AS cache_read_tokens,
  sum(output_tokens) AS output_tokens,
  sum(cost) AS cost,
  quantile_cont(duration_ms, 0.95) AS p95_ms
FROM spans
WHERE is_inference -- agents repeat what their calls used
GROUP BY model
ORDER BY cost DESC NULLS LAST`,
      },
      {
        id: 'expensive-traces',
        title: 'The most expensive traces',
        sql: `SELECT trace_id, root_name, workflow, input_tokens, output_tokens, cost, duration_ms
FROM traces
WHERE cost > 0 OR input_tokens > 0
ORDER BY cost DESC NULLS LAST, input_tokens DESC
LIMIT 100`,
      },
    ],
  },
  {
    title: 'Attributes',
    templates: [
      {
        id: 'keys',
        title: 'Every key, with its frequency and an example',
        sql: `SELECT entry.key, count(*) AS spans, count(DISTINCT entry.value) AS distinct_values, any_value(entry.value) AS example
FROM (SELECT unnest(map_entries(attributes)) AS entry FROM spans)
GROUP BY entry.key
ORDER BY spans DESC`,
      },
      {
        id: 'resources',
        title: 'Attributes of the resources',
        sql: `SELECT resource, count(*) AS spans, min(start_time) AS first_start_time
FROM spans
GROUP BY resource
ORDER BY spans DESC`,
      },
      {
        id: 'largest',
        title: 'Which spans carry more than they should?',
        sql: `SELECT
  name,
  list_sum(list_transform(map_values(attributes), value -> length(value))) AS characters,
  len(events) AS events,
  trace_id,
  span_id
FROM spans
ORDER BY characters DESC NULLS LAST
LIMIT 100`,
      },
    ],
  },
  {
    title: 'One trace',
    templates: [
      {
        id: 'tree',
        title: 'The slowest trace as a tree',
        sql: `WITH RECURSIVE tree AS (
  SELECT span_no, [start_time] AS place
  FROM spans
  WHERE parent_no IS NULL AND trace_id = (SELECT arg_max(trace_id, duration_ms) FROM traces)
  UNION ALL
  SELECT spans.span_no, list_append(tree.place, spans.start_time)
  FROM spans JOIN tree ON spans.parent_no = tree.span_no
)
SELECT
  repeat('    ', depth) || name AS span,
  (start_time - min(start_time) OVER ()) / 1e6 AS start_ms,
  duration_ms,
  self_time_ms,
  status_code,
  trace_id,
  span_id
FROM tree JOIN spans USING (span_no)
ORDER BY place`,
      },
      {
        id: 'own-services',
        title: 'Where does one trace spend its time?',
        sql: `SELECT service, operation, count(*) AS calls, sum(self_time_ms) AS self_time_ms
FROM spans
WHERE trace_id = (SELECT arg_max(trace_id, duration_ms) FROM traces)
GROUP BY service, operation
ORDER BY self_time_ms DESC`,
      },
    ],
  },
  {
    title: 'The dataset itself',
    templates: [
      {
        id: 'columns',
        title: 'Tables and columns, with what they mean',
        sql: `SELECT table_name, column_name, data_type, comment
FROM duckdb_columns()
WHERE database_name = current_database() AND NOT internal
ORDER BY table_name, column_index`,
      },
      {
        id: 'about',
        title: 'Where it came from',
        sql: `FROM dataset`,
      },
      {
        id: 'diagnostics',
        title: 'Problems found in the files',
        sql: `FROM diagnostics ORDER BY "count" DESC`,
      },
      {
        id: 'orphans',
        title: 'Spans whose parent is missing',
        sql: `SELECT service, operation, count(*) AS orphans, any_value(trace_id) AS trace_id
FROM spans
WHERE is_orphan
GROUP BY service, operation
ORDER BY orphans DESC`,
      },
    ],
  },
  {
    title: 'From Flock’s dashboard and documents',
    templates: [
      { id: 'flock-all', title: 'All', sql: `SELECT * FROM spans LIMIT 10` },
      {
        id: 'flock-by-service',
        title: 'By Service',
        sql: `SELECT service_name, COUNT(*) FROM spans GROUP BY service_name`,
      },
      {
        id: 'flock-errors',
        title: 'Errors',
        sql: `SELECT * FROM spans WHERE status_code = 'ERROR'`,
      },
      {
        id: 'flock-avg-duration',
        title: 'Avg Duration',
        sql: `SELECT service_name, AVG(duration_ms) FROM spans GROUP BY service_name`,
      },
      {
        id: 'flock-one-service',
        title: 'One service',
        sql: `SELECT * FROM spans WHERE service_name = 'my-service' LIMIT 100`,
      },
      {
        id: 'flock-slow-operations',
        title: 'Find slow operations',
        sql: `SELECT service_name, name, duration_ms
FROM spans
WHERE duration_ms > 1000
ORDER BY duration_ms DESC
LIMIT 10`,
      },
      {
        id: 'flock-error-rate',
        title: 'Error rate by service',
        sql: `SELECT
  service_name,
  COUNT(*) as total,
  SUM(CASE WHEN status_code = 'ERROR' THEN 1 ELSE 0 END) as errors
FROM spans
GROUP BY service_name`,
      },
      {
        id: 'flock-recent-traces',
        title: 'Recent traces',
        sql: `SELECT DISTINCT trace_id, MIN(timestamp) as start_time
FROM spans
GROUP BY trace_id
ORDER BY start_time DESC
LIMIT 20`,
      },
      {
        id: 'flock-hotspots',
        title: 'Operation hotspots',
        sql: `SELECT name, COUNT(*) as call_count, AVG(duration_ms) as avg_duration
FROM spans
GROUP BY name
ORDER BY call_count DESC
LIMIT 10`,
      },
      {
        id: 'flock-slowest-workflows',
        title: 'Find Slowest Workflows',
        sql: `SELECT
    json_extract(attributes, '$.workflow.name') as workflow,
    AVG((end_time - start_time) / 1000000.0) as avg_duration_ms,
    COUNT(*) as executions
FROM spans
WHERE name LIKE '%workflow%'
  AND json_extract(attributes, '$.flock.workflow') = 'true'
GROUP BY workflow
ORDER BY avg_duration_ms DESC
LIMIT 10`,
      },
      {
        id: 'flock-workflow-traces',
        title: 'Find all workflow traces',
        sql: `SELECT
    trace_id,
    json_extract(attributes, '$.workflow.name') as workflow_name,
    COUNT(*) as span_count,
    MIN(start_time) as start_time,
    MAX(end_time) as end_time,
    (MAX(end_time) - MIN(start_time)) / 1000000.0 as duration_ms
FROM spans
WHERE json_extract(attributes, '$.flock.workflow') = 'true'
GROUP BY trace_id
ORDER BY start_time DESC`,
      },
      {
        id: 'flock-one-trace',
        title: 'Parents in one trace',
        sql: `-- Put the id of a trace here.
SELECT name, parent_id
FROM spans
WHERE trace_id = 'your_trace_id'
ORDER BY start_time`,
      },
      {
        id: 'flock-count-traces',
        title: 'How many traces stored?',
        sql: `SELECT COUNT(*) FROM traces`,
      },
      {
        id: 'flock-page',
        title: 'A page of spans',
        sql: `SELECT * FROM spans
ORDER BY start_time DESC
LIMIT 100 OFFSET 0`,
      },
    ],
  },
];

/** The template of this id, if there is one. */
export function queryTemplate(id: string): QueryTemplate | undefined {
  return TEMPLATE_GROUPS.flatMap(({ templates }) => templates).find((one) => one.id === id);
}
