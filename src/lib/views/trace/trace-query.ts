/** The SQL of one trace: its head, its spans in narrow columns, its events' times, and the search inside it. */
import { sql, type Dataset, type QueryResult, type Sql } from '$lib/engine/engine';
import { isShortTraceId, lastBits } from '$lib/model/ids';
import { indexLabels } from '$lib/trace/label-index';
import {
  bigint,
  columns,
  integer,
  nullable,
  number,
  text,
  textOrEmpty,
} from '$lib/queries/columns';
import { holdsText, holdsTextByRow } from '$lib/queries/span-text';
import { buildTrace, FLAG, type Trace } from '$lib/trace/trace';

/** A trace may have as many spans as a dataset: the default row cap would cut it. */
export const LIMIT = 1_000_000;

/** The engine, or a cache in front of it. */
export type Asked = Pick<Dataset, 'query'>;

export interface TraceHead {
  traceId: string;
  /** Epoch nanoseconds of the earliest start, from which offsets count; null where no span has one. */
  startNs: bigint | null;
  endNs: bigint | null;
  spanCount: number;
  workflow: string | null;
  correlationId: string | null;
  sessionId: string | null;
  inputTokens: bigint | null;
  outputTokens: bigint | null;
  cost: number | null;
}

export interface LoadedTrace {
  head: TraceHead;
  trace: Trace;
  /** The row cap cut it. */
  truncated: boolean;
  spanIdOf(position: number): string;
}

/** Times of span events: `offsets[i] … offsets[i + 1]` are those of the span at position i. */
export interface EventTimes {
  offsets: Uint32Array;
  /** Nanoseconds from the trace's start. */
  timeNs: Float64Array;
  /** 1 for events named `exception`. */
  isException: Uint8Array;
  count: number;
}

const HEAD_COLUMNS = columns({
  trace_id: text,
  start_time: nullable(bigint),
  end_time: nullable(bigint),
  span_count: integer,
  workflow: nullable(text),
  correlation_id: nullable(text),
  session_id: nullable(text),
  input_tokens: nullable(bigint),
  output_tokens: nullable(bigint),
  cost: nullable(number),
});

/**
 * Null where the dataset has no such trace. A trace is also found by the other length of its id, 64 or 128 bits, if it is the
 * only one that it can be.
 */
export async function queryTraceHead(
  engine: Asked,
  traceId: string,
  signal: AbortSignal,
): Promise<TraceHead | null> {
  const result = await engine.query(
    sql`SELECT trace_id, start_time, end_time, span_count, workflow, correlation_id, session_id, input_tokens, output_tokens, cost
        FROM traces WHERE trace_id = ${traceId}${otherSpellings(traceId)}
        ORDER BY trace_id <> ${traceId} LIMIT 2`,
    { signal },
  );
  const [row, another] = HEAD_COLUMNS.rows(result);
  if (!row || (row.trace_id !== traceId && another)) return null;
  return {
    traceId: row.trace_id,
    startNs: row.start_time,
    endNs: row.end_time,
    spanCount: row.span_count,
    workflow: row.workflow,
    correlationId: row.correlation_id,
    sessionId: row.session_id,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cost: row.cost,
  };
}

function otherSpellings(traceId: string): Sql {
  const end = lastBits(traceId);
  if (end === null) return sql``;
  if (isShortTraceId(traceId)) return sql` OR ends_with(trace_id, ${end})`;
  return sql` OR trace_id IN (${end}, ${end.padStart(traceId.length, '0')})`;
}

/** The spans of a trace, in narrow columns. */
export async function queryTrace(
  engine: Asked,
  head: TraceHead,
  signal: AbortSignal,
): Promise<LoadedTrace> {
  const result = await engine.query(traceSql(head), { limit: LIMIT, signal });
  const { labels, label } = indexLabels(result);
  const trace = buildTrace({
    spanNo: result.numbers('span_no'),
    parentNo: result.numbers('parent_no'),
    startNs: result.numbers('start_ns'),
    durationNs: result.numbers('duration_ns'),
    selfNs: result.numbers('self_ns'),
    flags: result.numbers('flags'),
    label,
    labels,
  });
  return {
    head,
    trace,
    truncated: result.truncated,
    spanIdOf: (position) => textOrEmpty(result.value(trace.rowOf[position], 'span_id'), 'span_id'),
  };
}

/** Rows of one trace; the bounds let the engine skip blocks, which matters for a file read over the network. */
export function ofTrace({ traceId, startNs, endNs }: TraceHead): Sql {
  if (startNs === null) return sql`trace_id = ${traceId}`;
  const until = endNs === null ? sql`` : sql` AND start_time <= ${endNs}`;
  return sql`trace_id = ${traceId} AND (start_time >= ${startNs}${until} OR start_time IS NULL)`;
}

/** The spans of a trace. Unsorted: the model sorts, which is cheaper, and rows mostly come in order of start. */
export function traceSql(head: TraceHead): Sql {
  return sql`
    SELECT span_no, coalesce(parent_no, -1) AS parent_no, span_id,
      (start_time - ${head.startNs})::DOUBLE AS start_ns,
      (end_time - start_time)::DOUBLE AS duration_ns,
      self_time_ns::DOUBLE AS self_ns,
      (status_code = 'ERROR')::INTEGER * ${FLAG.ERROR}
        + is_orphan::INTEGER * ${FLAG.ORPHAN}
        + (parent_no IS NULL AND NOT is_root AND NOT is_orphan)::INTEGER * ${FLAG.CUT}
        + (kind = 'CONSUMER')::INTEGER * ${FLAG.CONSUMER}
        + (kind = 'PRODUCER')::INTEGER * ${FLAG.PRODUCER}
        + is_unfinished::INTEGER * ${FLAG.UNFINISHED}
        + (kind = 'SERVER')::INTEGER * ${FLAG.SERVER}
        + (start_time IS NULL)::INTEGER * ${FLAG.TIMELESS}
        + (end_time IS NULL AND NOT is_unfinished)::INTEGER * ${FLAG.ENDLESS} AS flags,
      name, service, nullif(operation, name) AS operation
    FROM spans WHERE ${ofTrace(head)}`;
}

export async function queryEventTimes(
  engine: Asked,
  { head, trace }: LoadedTrace,
  signal: AbortSignal,
): Promise<EventTimes> {
  const result = await engine.query(
    sql`SELECT span_no, (e.time - ${head.startNs})::DOUBLE AS time_ns, (e.name = 'exception')::INTEGER AS exception
        FROM (SELECT span_no, unnest(events) AS e FROM spans WHERE ${ofTrace(head)} AND len(events) > 0)
        WHERE e.time IS NOT NULL`,
    { limit: LIMIT, signal },
  );
  const spanNo = result.numbers('span_no');
  const time = result.numbers('time_ns');
  const exception = result.numbers('exception');
  const offsets = new Uint32Array(trace.count + 1);
  const position = new Int32Array(result.rowCount);
  for (let row = 0; row < result.rowCount; row++) {
    position[row] = trace.positionOf(spanNo[row]);
    if (position[row] >= 0) offsets[position[row] + 1]++;
  }
  for (let at = 0; at < trace.count; at++) offsets[at + 1] += offsets[at];
  const next = offsets.slice();
  const timeNs = new Float64Array(result.rowCount);
  const isException = new Uint8Array(result.rowCount);
  for (let row = 0; row < result.rowCount; row++) {
    if (position[row] < 0) continue;
    const slot = next[position[row]]++;
    timeNs[slot] = time[row];
    isException[slot] = exception[row];
  }
  return { offsets, timeNs, isException, count: offsets[trace.count] };
}

/** The position of the first span with an id; -1 where the trace has none such. */
export async function querySpanPosition(
  engine: Asked,
  { head, trace }: LoadedTrace,
  spanId: string,
  signal: AbortSignal,
): Promise<number> {
  const result = await engine.query(
    sql`SELECT span_no FROM spans WHERE ${ofTrace(head)} AND span_id = ${spanId} ORDER BY span_no LIMIT 1`,
    { signal },
  );
  return result.rowCount === 0 ? -1 : trace.positionOf(Number(result.value(0, 'span_no')));
}

/** Reading that many spans takes about as long as asking the index of attributes. */
const FEW_SPANS = 20_000;

/** Positions, in preorder, of the spans that hold a text; see `holdsText` for where it is sought. */
export async function queryMatches(
  engine: Asked,
  { head, trace }: LoadedTrace,
  find: string,
  signal: AbortSignal,
): Promise<Int32Array> {
  const holds = head.spanCount < FEW_SPANS ? holdsTextByRow : holdsText;
  const result = await engine.query(
    sql`SELECT span_no FROM spans WHERE ${ofTrace(head)} AND ${holds(find.trim())}`,
    { limit: LIMIT, signal },
  );
  return positionsOf(trace, result).sort();
}

/** 1 for each position that a condition lets through. */
export async function queryMatching(
  engine: Asked,
  { head, trace }: LoadedTrace,
  where: Sql,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const result = await engine.query(
    sql`SELECT span_no FROM spans WHERE ${ofTrace(head)} AND (${where})`,
    { limit: LIMIT, signal },
  );
  const matching = new Uint8Array(trace.count);
  for (const position of positionsOf(trace, result)) matching[position] = 1;
  return matching;
}

function positionsOf(trace: Trace, result: QueryResult): Int32Array {
  const numbers = result.numbers('span_no');
  const positions = new Int32Array(numbers.length);
  let length = 0;
  for (const no of numbers) {
    const position = trace.positionOf(no);
    if (position >= 0) positions[length++] = position;
  }
  return positions.subarray(0, length);
}
