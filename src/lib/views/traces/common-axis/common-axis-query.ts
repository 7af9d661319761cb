/** The SQL of several traces on one axis: the traces, and the top of each tree. */
import { sql, type QueryResult, type Sql } from '$lib/engine/engine';
import { bigint, columns, integer, nullable } from '$lib/queries/columns';
import { LANE_LIMIT, type AxisSubject } from './common-axis';
import { groupCondition } from '$lib/views/traces/trace-groups-query';
import { tracesWith } from '$lib/views/traces/trace-list-query';

/** More spans than this are not drawn; the view says so. */
export const BAR_LIMIT = 60_000;

/** How many levels of each tree are drawn. */
export const LEVELS = 3;

/**
 * The first traces, by start: trace_id, root_service, root_operation, start_time, span_count, error_count, as doubles start_ns
 * (offset from the dataset's start) and duration_ns (NULL if unknown), and trace_count, the number of all such traces. Those
 * without a start come last.
 * @param where as in `traceListQuery`.
 */
export function lanesQuery(subject: AxisSubject, where: Sql | null, datasetStartNs: bigint): Sql {
  return sql`SELECT
  trace_id, root_service, root_operation, start_time,
  (start_time - ${datasetStartNs})::DOUBLE AS start_ns,
  (end_time - start_time)::DOUBLE AS duration_ns,
  span_count, error_count,
  count(*) OVER () AS trace_count
FROM traces
${tracesWith(where, conditionOf(subject))}
ORDER BY start_time NULLS LAST, trace_id
LIMIT ${LANE_LIMIT}`;
}

/**
 * Their roots and the spans just below: trace_id, span_id, service, operation, depth, child_count, failed, and as doubles
 * start_ns (as above) and duration_ns (NULL if unknown). Parents come before their children; spans without a start are left
 * out.
 */
export function barsQuery(subject: AxisSubject, where: Sql | null, datasetStartNs: bigint): Sql {
  return sql`WITH lanes AS (
  SELECT trace_no
  FROM traces
  ${tracesWith(where, conditionOf(subject))}
  ORDER BY start_time NULLS LAST, trace_id
  LIMIT ${LANE_LIMIT}
)
SELECT
  trace_id, span_id, service, operation, depth, child_count,
  status_code = 'ERROR' AS failed,
  (start_time - ${datasetStartNs})::DOUBLE AS start_ns,
  (end_time - start_time)::DOUBLE AS duration_ns
FROM spans
WHERE depth < ${LEVELS} AND trace_no IN (FROM lanes) AND start_time IS NOT NULL
ORDER BY depth, start_time`;
}

function conditionOf(subject: AxisSubject): Sql | null {
  return subject === 'listed' ? null : groupCondition(subject.grouping, subject.values);
}

/** The traces, one per lane. Times are nanoseconds from the earliest start among them. */
export interface Lanes {
  result: QueryResult;
  count: number;
  /** All traces of the subject, including those without a lane. */
  traceCount: number;
  /** Epoch nanoseconds from which times count; null if no trace has a start. */
  originNs: bigint | null;
  /** The same as an offset from the dataset's start, for the bars. */
  originOffsetNs: number;
  /** NaN if unknown: such a trace has an empty lane. */
  startNs: Float64Array;
  /** NaN where it is unknown. */
  durationNs: Float64Array;
  /** The start if the duration is unknown. */
  endNs: Float64Array;
}

const FIRST_LANE = columns({ trace_count: integer, start_time: nullable(bigint) });

export function readLanes(result: QueryResult): Lanes {
  const count = result.rowCount;
  const first = FIRST_LANE.first(result);
  const offsets = result.numbers('start_ns');
  // The first lane has the earliest start, if any has one.
  const originOffsetNs = count && !Number.isNaN(offsets[0]) ? offsets[0] : 0;
  const startNs = offsets.map((ns) => ns - originOffsetNs);
  const durationNs = result.numbers('duration_ns');
  return {
    result,
    count,
    traceCount: first?.trace_count ?? 0,
    originNs: first?.start_time ?? null,
    originOffsetNs,
    startNs,
    durationNs,
    endNs: startNs.map((ns, i) => ns + (durationNs[i] || 0)),
  };
}

/** Bars by lane: those of lane i are `offsets[i] … offsets[i + 1]`, parents before their children. */
export interface Bars {
  result: QueryResult;
  offsets: Uint32Array;
  /** Row of the result. */
  rows: Uint32Array;
  startNs: Float64Array;
  /** NaN where it is unknown. */
  durationNs: Float64Array;
  depth: Float64Array;
  childCount: Float64Array;
  failed: readonly boolean[];
  service: readonly string[];
}

/** Sorts the spans of `barsQuery` into their lanes; all but `offsets` and `rows` are by row. */
export function readBars(result: QueryResult, lanes: Lanes): Bars {
  const laneOf = new Map(
    Array.from({ length: lanes.count }, (_, lane) => [lanes.result.value(lane, 'trace_id'), lane]),
  );
  const lane = Array.from(
    { length: result.rowCount },
    (_, row) => laneOf.get(result.value(row, 'trace_id')) ?? -1,
  );
  const offsets = new Uint32Array(lanes.count + 1);
  for (const i of lane) if (i >= 0) offsets[i + 1]++;
  for (let i = 0; i < lanes.count; i++) offsets[i + 1] += offsets[i];
  const next = offsets.slice();
  const rows = new Uint32Array(offsets[lanes.count]);
  lane.forEach((i, row) => {
    if (i >= 0) rows[next[i]++] = row;
  });
  const column = (name: string) =>
    Array.from({ length: result.rowCount }, (_, row) => result.value(row, name));
  return {
    result,
    offsets,
    rows,
    startNs: result.numbers('start_ns').map((ns) => ns - lanes.originOffsetNs),
    durationNs: result.numbers('duration_ns'),
    depth: result.numbers('depth'),
    childCount: result.numbers('child_count'),
    failed: column('failed').map(Boolean),
    service: column('service').map(String),
  };
}
