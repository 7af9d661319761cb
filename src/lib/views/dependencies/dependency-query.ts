/**
 * The SQL of the graph. Each kind of edge comes from a table of its calls (`withCalls`, `withLinks`, `withPeers`, and
 * `withHandOvers` of flow-query.ts), which have the same columns: `caller`, `caller_operation`, `callee`, `callee_operation`,
 * `duration_ms`, `status_code`, `trace_id`, `span_id`, `start_time`. The queries on these tables are the same for all kinds.
 */
import { Sql, ident, sql } from '$lib/engine/engine';
import {
  columns,
  integer,
  list,
  nullable,
  number,
  struct,
  text,
  textOrEmpty,
} from '$lib/queries/columns';
import { withHandOvers } from './flow-query';

/** What a node is: a service, an operation, or an actor that hands values on. */
export type Level = 'services' | 'operations' | 'flow';

/**
 * Why there is an edge: a call (a span and its parent), a message (the same, to a consumer), a span link, a call to or from
 * something that records no spans, or a value that one put out and another took in.
 */
export type EdgeKind = 'call' | 'message' | 'link' | 'peer' | 'flow';

export type PeerKind = 'database' | 'queue' | 'external';

export interface Question {
  level: Level;
  /** A condition on the called spans. */
  where: Sql;
  /** Whether calls inside a service count; in the data flow, values that actors hand to themselves. */
  inside: boolean;
}

/** One end of an edge; the operation is null unless nodes are operations. */
export interface End {
  name: string;
  operation: string | null;
  /** It records no spans. */
  peer?: PeerKind;
}

/** More edges than this are not read; the view says so. */
export const EDGE_LIMIT = 10_000;

function withCalls(where: Sql): Sql {
  return sql`WITH calls AS (
  -- A span that the filter keeps is a call; who called is its parent
  SELECT
    callee.kind = 'CONSUMER' AS is_message,
    caller.service AS caller, caller.operation AS caller_operation,
    callee.service AS callee, callee.operation AS callee_operation,
    callee.duration_ms, callee.status_code, callee.trace_id, callee.span_id, callee.start_time
  FROM (FROM spans WHERE ${where}) AS callee
  LEFT JOIN operations AS caller ON caller.operation_no = callee.parent_operation_no
)`;
}

function withLinks(where: Sql): Sql {
  return sql`WITH calls AS (
  -- A span that the filter keeps and the spans that it links to, apart from its parent
  SELECT
    caller.service AS caller, caller.operation AS caller_operation,
    callee.service AS callee, callee.operation AS callee_operation,
    callee.duration_ms, callee.status_code, callee.trace_id, callee.span_id, callee.start_time
  FROM (SELECT *, unnest(links) AS link FROM spans WHERE len(links) > 0 AND (${where})) AS callee
  JOIN spans AS caller
    ON caller.trace_id = callee.link.trace_id AND caller.span_id = callee.link.span_id
  WHERE callee.parent_no IS DISTINCT FROM caller.span_no
)`;
}

/** Attribute keys that name the other side; of each list, the first that a span has. */
const PEER_KEYS = {
  database: ['db.system.name', 'db.system'],
  schema: ['db.namespace', 'db.name'],
  queue: ['messaging.system'],
  destination: ['messaging.destination.name', 'messaging.destination'],
  service: ['peer.service'],
  host: ['server.address', 'net.peer.name'],
  client: ['client.address', 'net.peer.name'],
};

/**
 * Calls to and from peers that record no spans. A producer calls its broker, whoever receives the message later; a server or
 * consumer without a parent was called by the peer that it names. A server's `server.address` is its own address, and a
 * caller with a bare IP address is a user rather than a service.
 *
 * The keys are read from the attribute index, with a join each: at a million spans this takes a fifth of the time of reading
 * the maps. The index only lacks texts above 200 characters, and no host name is that long.
 */
function withPeers(where: Sql): Sql {
  const column = (name: keyof typeof PEER_KEYS): Sql => {
    const values = PEER_KEYS[name].map((key) => sql`${ident(key)}.value`);
    const list = values.reduce((all, one) => sql`${all}, ${one}`);
    return values.length === 1 ? list : sql`coalesce(${list})`;
  };
  const joins = [...new Set(Object.values(PEER_KEYS).flat())]
    .map(
      (key) => sql`
  LEFT JOIN (SELECT span_no, value FROM span_attributes WHERE source = 'attributes' AND key = ${key}) AS ${ident(key)} USING (span_no)`,
    )
    .reduce((all, one) => sql`${all}${one}`);
  return sql`WITH answers AS (
  SELECT other.parent_no AS span_no, other.kind
  FROM spans AS other
  JOIN operations AS own ON own.operation_no = other.parent_operation_no
  WHERE own.service <> other.service OR other.kind IN ('SERVER', 'CONSUMER')
), one_sided AS (
  -- Spans of which no other side was recorded: those that went out, and those that came in
  SELECT
    span_no, service, operation, kind, duration_ms, status_code, trace_id, span_id, start_time,
    kind IN ('SERVER', 'CONSUMER') AS is_incoming,
    span_no IN (SELECT span_no FROM answers) AS is_received
  FROM spans
  WHERE (${where})
    AND CASE
      WHEN kind = 'CLIENT' THEN span_no NOT IN (SELECT span_no FROM answers)
      WHEN kind = 'PRODUCER' THEN span_no NOT IN (SELECT span_no FROM answers WHERE kind <> 'CONSUMER')
      ELSE kind IN ('SERVER', 'CONSUMER') AND parent_no IS NULL
    END
), named AS (
  SELECT
    one_sided.*,
    ${column('database')} AS database_system, ${column('schema')} AS database_name,
    ${column('queue')} AS queue_system, ${column('destination')} AS destination,
    ${column('service')} AS peer_service, ${column('host')} AS host,
    ${column('client')} AS client
  FROM one_sided${joins}
), peers AS (
  SELECT
    *,
    CASE
      WHEN kind = 'SERVER' THEN 'external'
      WHEN database_system IS NOT NULL THEN 'database'
      WHEN queue_system IS NOT NULL OR kind IN ('PRODUCER', 'CONSUMER') THEN 'queue'
      ELSE 'external'
    END AS peer_kind,
    CASE
      WHEN kind = 'SERVER' THEN coalesce(peer_service, CASE WHEN client NOT SIMILAR TO '[0-9.]*|.*:.*' THEN client END, '')
      WHEN database_system IS NOT NULL THEN concat_ws(' ', database_system, database_name)
      WHEN queue_system IS NOT NULL THEN concat_ws(' ', queue_system, destination)
      ELSE coalesce(peer_service, host, '')
    END AS peer
  FROM named
), calls AS (
  SELECT
    peer_kind, is_incoming,
    CASE WHEN is_incoming THEN peer ELSE service END AS caller,
    CASE WHEN is_incoming THEN '' ELSE operation END AS caller_operation,
    CASE WHEN is_incoming THEN service ELSE peer END AS callee,
    CASE WHEN is_incoming THEN operation ELSE '' END AS callee_operation,
    duration_ms, status_code, trace_id, span_id, start_time
  FROM peers
  -- What nobody answered has a peer even where its name is unknown
  WHERE peer <> '' OR NOT (is_incoming OR is_received)
)`;
}

/** The table `calls` for edges of this kind. */
function withEdges(kind: EdgeKind, where: Sql): Sql {
  if (kind === 'link') return withLinks(where);
  if (kind === 'peer') return withPeers(where);
  if (kind === 'flow') return withHandOvers(where);
  return withCalls(where);
}

const FIGURES = new Sql(`count(*) AS calls,
  count(*) FILTER (status_code = 'ERROR') AS errors,
  count(duration_ms) AS timed,
  sum(duration_ms) AS total_ms,
  quantile_cont(duration_ms, [0.5, 0.95, 0.99]) AS quantiles_ms`);

/** The columns of `FIGURES`. */
export const FIGURE_COLUMNS = {
  calls: integer,
  errors: integer,
  timed: integer,
  total_ms: nullable(number),
  quantiles_ms: nullable(list(number)),
};

/** Columns that identify an edge, and figures of all its calls. */
const EDGE_COLUMNS: Record<EdgeKind, { key: string; more: string }> = {
  call: { key: 'is_message, ', more: '' },
  message: { key: 'is_message, ', more: '' },
  link: { key: '', more: '' },
  peer: { key: 'peer_kind, is_incoming, ', more: '' },
  flow: {
    key: '',
    more: `,\n  string_agg(DISTINCT artifacts, ', ' ORDER BY artifacts) FILTER (artifacts <> '') AS artifacts`,
  },
};

/**
 * The edges of a kind ('call' includes those of 'message'), busiest first. For calls there are also rows without a caller:
 * calls from outside the data. Durations are those of the called span, or in the data flow the time between output and input.
 * `timed` counts the calls with a known duration; if it is 0, sums and percentiles are NULL.
 */
export function edgesQuery(kind: EdgeKind, { level, where, inside }: Question): Sql {
  if (kind === 'call' && level === 'operations') return operationCallsQuery(where, inside);
  const { key, more } = EDGE_COLUMNS[kind];
  const ends =
    level === 'operations'
      ? 'caller, caller_operation, callee, callee_operation'
      : 'caller, callee';
  const apart = kind === 'peer' || inside ? '' : '\nWHERE caller IS DISTINCT FROM callee';
  return sql`${withEdges(kind, where)}
SELECT
  ${new Sql(key + ends)},
  ${FIGURES}${new Sql(more)}
FROM calls${new Sql(apart)}
GROUP BY ALL
ORDER BY calls DESC, ${new Sql(ends)}`;
}

/** Calls between operations: grouped by number, which is faster than by name, and named afterwards. */
function operationCallsQuery(where: Sql, inside: boolean): Sql {
  const apart = inside ? '' : '\nWHERE caller.service IS DISTINCT FROM callee.service';
  return sql`WITH ends AS (
  -- One number for each service and operation
  SELECT operation_no, min(operation_no) OVER (PARTITION BY service, operation) AS end_no
  FROM operations
), calls AS (
  -- A span that the filter keeps is a call; who called is its parent
  SELECT
    callee.kind = 'CONSUMER' AS is_message,
    caller_end.end_no AS caller_no, callee_end.end_no AS callee_no,
    callee.duration_ms, callee.status_code
  FROM (FROM spans WHERE ${where}) AS callee
  JOIN ends AS callee_end ON callee_end.operation_no = callee.operation_no
  LEFT JOIN ends AS caller_end ON caller_end.operation_no = callee.parent_operation_no
), edges AS (
  SELECT
    is_message, caller_no, callee_no,
    ${FIGURES}
  FROM calls
  GROUP BY ALL
)
SELECT
  is_message,
  caller.service AS caller, caller.operation AS caller_operation,
  callee.service AS callee, callee.operation AS callee_operation,
  calls, errors, timed, total_ms, quantiles_ms
FROM edges
JOIN operations AS callee ON callee.operation_no = callee_no
LEFT JOIN operations AS caller ON caller.operation_no = caller_no${new Sql(apart)}
ORDER BY calls DESC, caller, caller_operation, callee, callee_operation`;
}

/** Spans, errors and self time of each node, NULL if no span has one. Null for the data flow, whose nodes don't follow from the spans alone. */
export function nodesQuery({ level, where }: Question): Sql | null {
  if (level === 'flow') return null;
  const columns = new Sql(level === 'operations' ? 'service, operation' : 'service');
  return sql`SELECT
  ${columns},
  count(*) AS spans,
  count(*) FILTER (status_code = 'ERROR') AS errors,
  sum(self_time_ns)::BIGINT AS own_ns
FROM spans
WHERE ${where}
GROUP BY ALL
ORDER BY own_ns DESC NULLS LAST, ${columns}`;
}

/** The condition that selects one edge from a table of calls. */
function isEdge(kind: EdgeKind, from: End, to: End): Sql {
  const conditions = [sql`caller = ${from.name}`, sql`callee = ${to.name}`];
  const peer = from.peer ?? to.peer;
  if (from.operation !== null) conditions.push(sql`caller_operation = ${from.operation}`);
  if (to.operation !== null) conditions.push(sql`callee_operation = ${to.operation}`);
  if (peer)
    conditions.push(sql`peer_kind = ${peer}`, from.peer ? sql`is_incoming` : sql`NOT is_incoming`);
  if (kind === 'call') conditions.push(sql`NOT is_message`);
  if (kind === 'message') conditions.push(sql`is_message`);
  return conditions.reduce((all, one) => sql`${all} AND ${one}`);
}

/**
 * One edge in detail: a row for each pair of operations (in the data flow, for each kind of value), with the figures of that
 * pair's own calls and example spans as structs `{trace_id, span_id}`: the slowest, the latest, the latest error.
 */
export function pairsQuery(kind: EdgeKind, from: End, to: End, where: Sql): Sql {
  return sql`${withEdges(kind, where)}
SELECT
  caller_operation, callee_operation,${kind === 'flow' ? sql` artifacts,` : sql``}
  ${FIGURES},
  avg(duration_ms) AS mean_ms,
  max(duration_ms) AS max_ms,
  arg_max({'trace_id': trace_id, 'span_id': span_id}, duration_ms) AS slowest,
  arg_max({'trace_id': trace_id, 'span_id': span_id}, start_time) AS latest,
  arg_max({'trace_id': trace_id, 'span_id': span_id}, start_time) FILTER (status_code = 'ERROR') AS failed
FROM calls
WHERE ${isEdge(kind, from, to)}
GROUP BY ALL
ORDER BY calls DESC, caller_operation, callee_operation`;
}

const EXAMPLE = nullable(struct({ trace_id: text, span_id: textOrEmpty }));

/** Rows of `pairsQuery`; in the data flow also with `ARTIFACT_COLUMNS`. */
export const PAIR_COLUMNS = columns({
  ...FIGURE_COLUMNS,
  caller_operation: textOrEmpty,
  callee_operation: textOrEmpty,
  mean_ms: nullable(number),
  max_ms: nullable(number),
  slowest: EXAMPLE,
  latest: EXAMPLE,
  failed: EXAMPLE,
});

/** Additional columns in the data flow. */
export const ARTIFACT_COLUMNS = columns({ artifacts: textOrEmpty });

/** The row of `cycleTraceQuery`. */
export const CYCLE_TRACE_COLUMNS = columns({
  trace_id: text,
  edges: integer,
  rounds: integer,
  span_id: textOrEmpty,
});

/**
 * The trace that best completes a cycle: `trace_id`, how many of the cycle's edges it has, one of its spans that was called on
 * the way, and how often it can have gone round at most.
 * @param kind 'flow'; anything else means calls and messages.
 */
export function cycleTraceQuery(kind: 'call' | 'flow', path: readonly End[], where: Sql): Sql {
  const edges = path.map((from, i) => {
    const to = path[(i + 1) % path.length];
    const names = sql`caller = ${from.name} AND callee = ${to.name}`;
    return from.operation === null
      ? sql`WHEN ${names} THEN ${i}`
      : sql`WHEN ${names} AND caller_operation = ${from.operation} AND callee_operation = ${to.operation} THEN ${i}`;
  });
  return sql`${withEdges(kind, where)}, passed AS (
  SELECT trace_id, edge, count(*) AS times, arg_min(span_id, start_time) AS span_id
  FROM (
    SELECT *, CASE ${edges.reduce((all, one) => sql`${all}\n      ${one}`)} END AS edge
    FROM calls
  )
  WHERE edge IS NOT NULL
  GROUP BY trace_id, edge
)
SELECT
  trace_id, count(*) AS edges, min(times) AS rounds, arg_min(span_id, edge) AS span_id
FROM passed
GROUP BY trace_id
ORDER BY edges DESC, rounds DESC, trace_id
LIMIT 1`;
}
