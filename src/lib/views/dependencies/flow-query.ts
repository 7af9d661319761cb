/**
 * The data flow of agents in SQL: which agent received what another one output. No span records it; it is inferred from the
 * values that spans record. A value is identified by its marks: the ids of the objects in it (Flock's artifacts, tool calls),
 * the contents of its messages (GenAI), and the whole value unless it is short. A span that received a mark got it from the
 * span of the same request that output it last before.
 */
import { Sql, sql } from '$lib/engine/engine';

/** Shorter texts (`null`, `true`, `"high"`) and ids are equal by chance. */
export const MIN_TEXT_CHARS = 16;
export const MIN_ID_CHARS = 6;

/** How many ancestors are searched for an agent. */
const MAX_STEPS = 50;

/** Attribute keys of outputs; a trailing dot makes a key a prefix. */
const OUTPUT_KEYS = [
  'output.value',
  'gen_ai.output.messages',
  'gen_ai.completion',
  'gen_ai.tool.call.result',
  'traceloop.entity.output',
  'ai.response.text',
  'mlflow.spanOutputs',
  'gen_ai.completion.',
  'llm.output_messages.',
];

/** Attribute keys of inputs; Flock writes `input.<parameter>`. */
const INPUT_KEYS = [
  'gen_ai.input.messages',
  'gen_ai.prompt',
  'gen_ai.tool.call.arguments',
  'traceloop.entity.input',
  'ai.prompt',
  'ai.prompt.messages',
  'mlflow.spanInputs',
  'input.',
  'gen_ai.prompt.',
  'llm.input_messages.',
];

/** Matches an object with an id, and the type that follows it, if any. */
const OBJECT_WITH_ID = `"id"\\s*:\\s*"[^"\\\\]{${MIN_ID_CHARS},}"(?:\\s*,\\s*"type"\\s*:\\s*"[^"\\\\]*")?`;
const MESSAGE_CONTENT = `"(?:content|text)"\\s*:\\s*"((?:[^"\\\\]|\\\\.){${MIN_TEXT_CHARS},})"`;

/**
 * The hand-overs as the table `calls` of dependency-query.ts: the caller is the giver, the callee the receiver. An actor is
 * the agent named by the span or its nearest ancestor, else the span's own name. An extra column `artifacts` has the types
 * of what was handed over ('' if the values name none); `duration_ms` is the time between output and input, and the ids are
 * the receiver's. One row for each pair of a giving and a receiving span, however much was handed over.
 * @param where a condition on the receiving spans; the givers are searched among all.
 */
export function withHandOvers(where: Sql): Sql {
  return sql`WITH RECURSIVE recorded AS (
  -- What went into spans and what came out of them
  SELECT
    span_no, coalesce(correlation_id, trace_id) AS request, start_time, end_time,
    unnest(list_filter(map_entries(attributes), lambda entry:
      ${isOneOf('entry.key', OUTPUT_KEYS)}
      OR ${isOneOf('entry.key', INPUT_KEYS)})) AS entry
  FROM spans
), marked AS (
  -- What each value is known by: ids of objects, contents of messages, all of it
  SELECT *, unnest(
    list_transform(regexp_extract_all(entry.value, ${OBJECT_WITH_ID}), lambda part: {
      'mark': 'id ' || regexp_extract(part, '^"id"\\s*:\\s*"([^"]+)"', 1),
      'type': regexp_extract(part, '"type"\\s*:\\s*"([^"]*)"$', 1)})
    || list_transform(
      if(starts_with(entry.key, 'gen_ai.'), regexp_extract_all(entry.value, ${MESSAGE_CONTENT}, 1), []),
      lambda part: {'mark': 'text ' || md5(part), 'type': ''})
    || if(length(entry.value) >= ${MIN_TEXT_CHARS}, [{'mark': 'text ' || md5(entry.value), 'type': ''}], [])
  ) AS known
  FROM recorded
), given AS (
  SELECT DISTINCT request, known.mark AS mark, known.type AS type, span_no, end_time
  FROM marked
  WHERE ${isOneOf('entry.key', OUTPUT_KEYS)}
    AND end_time IS NOT NULL
), taken AS (
  SELECT DISTINCT request, known.mark AS mark, span_no, start_time
  FROM marked
  WHERE ${isOneOf('entry.key', INPUT_KEYS)}
    AND span_no IN (SELECT span_no FROM spans WHERE ${where})
), handed AS (
  -- Who gave it out last before it was taken in
  SELECT
    taken.span_no AS taker_no,
    arg_max(given.span_no, (given.end_time, given.span_no)) AS giver_no,
    arg_max(given.type, (given.end_time, given.span_no)) AS type,
    taken.start_time - max(given.end_time) AS wait_ns
  FROM taken
  JOIN given ON given.request = taken.request AND given.mark = taken.mark
  WHERE given.end_time <= taken.start_time AND given.span_no <> taken.span_no
  GROUP BY taken.span_no, taken.start_time, taken.mark
), climbing AS (
  -- Upwards to the nearest span that names its agent
  SELECT span_no AS of_no, span_no AS at_no, parent_no, agent, 0 AS steps
  FROM spans
  WHERE span_no IN (SELECT giver_no FROM handed UNION SELECT taker_no FROM handed)
  UNION ALL
  SELECT of_no, above.span_no, above.parent_no, above.agent, steps + 1
  FROM climbing
  JOIN spans AS above ON above.span_no = climbing.parent_no
  WHERE climbing.agent IS NULL AND steps < ${MAX_STEPS}
), actors AS (
  SELECT of_no, coalesce(max(at_no) FILTER (agent IS NOT NULL), of_no) AS actor_no
  FROM climbing
  GROUP BY of_no
), pairs AS (
  SELECT
    giver_of.actor_no AS giver_no, taker_of.actor_no AS taker_no, min(wait_ns) AS wait_ns,
    coalesce(string_agg(DISTINCT type, ', ' ORDER BY type) FILTER (type <> ''), '') AS artifacts
  FROM handed
  JOIN actors AS giver_of ON giver_of.of_no = handed.giver_no
  JOIN actors AS taker_of ON taker_of.of_no = handed.taker_no
  WHERE giver_of.actor_no <> taker_of.actor_no
  GROUP BY ALL
), calls AS (
  SELECT
    coalesce(giver.agent, giver.name) AS caller, giver.operation AS caller_operation,
    coalesce(taker.agent, taker.name) AS callee, taker.operation AS callee_operation,
    artifacts, wait_ns / 1e6 AS duration_ms, taker.status_code,
    taker.trace_id, taker.span_id, taker.start_time
  FROM pairs
  JOIN spans AS giver ON giver.span_no = giver_no
  JOIN spans AS taker ON taker.span_no = taker_no
)`;
}

function isOneOf(column: string, keys: readonly string[]): Sql {
  const names = keys.filter((key) => !key.endsWith('.')).map((key) => sql`${key}`);
  const starts = keys.filter((key) => key.endsWith('.'));
  const list = names.reduce((all, one) => sql`${all}, ${one}`);
  const any = starts.reduce(
    (all, start) => sql`${all} OR starts_with(${new Sql(column)}, ${start})`,
    sql`${new Sql(column)} IN (${list})`,
  );
  return sql`(${any})`;
}
