/** How a span compares with all spans of its service and operation in the dataset. */
import { sql, type QueryResult, type Sql } from '$lib/engine/engine';
import {
  bigint,
  columns,
  integer,
  list,
  nullable,
  number,
  struct,
  text,
} from '$lib/queries/columns';

/** Exact figures over all spans of a kind whose duration is known; nanoseconds. */
export interface Comparison {
  count: number;
  /** How many of them were quicker than the span. */
  quicker: number;
  p50Ns: number;
  p95Ns: number;
  maxNs: number;
  slowest: SlowSpan[];
}

export interface SlowSpan {
  traceId: string;
  spanId: string;
  durationNs: number;
}

const SLOWEST = 5;

export function comparisonSql(service: string, operation: string, durationNs: bigint): Sql {
  return sql`
SELECT
  count(*) AS spans,
  count(*) FILTER (duration_ns < ${durationNs}) AS quicker,
  quantile_cont(duration_ns, 0.5)::DOUBLE AS p50_ns,
  quantile_cont(duration_ns, 0.95)::DOUBLE AS p95_ns,
  max(duration_ns)::DOUBLE AS max_ns,
  arg_max({'trace_id': trace_id, 'span_id': span_id, 'duration_ns': duration_ns}, duration_ns, ${SLOWEST}) AS slowest
FROM (
  SELECT trace_id, span_id, end_time - start_time AS duration_ns
  FROM spans
  WHERE service = ${service} AND operation = ${operation} AND duration_ns IS NOT NULL
)`;
}

const COMPARISON = columns({
  spans: integer,
  quicker: integer,
  p50_ns: nullable(number),
  p95_ns: nullable(number),
  max_ns: nullable(number),
  slowest: nullable(list(struct({ trace_id: text, span_id: text, duration_ns: bigint }))),
});

/** Reads the answer of `comparisonSql`; null where no span of the kind has a duration. */
export function readComparison(result: QueryResult): Comparison | null {
  const row = COMPARISON.first(result);
  if (row?.p50_ns == null || row.p95_ns === null || row.max_ns === null) return null;
  return {
    count: row.spans,
    quicker: row.quicker,
    p50Ns: Math.round(row.p50_ns),
    p95Ns: Math.round(row.p95_ns),
    maxNs: row.max_ns,
    slowest: (row.slowest ?? []).map((span) => ({
      traceId: span.trace_id,
      spanId: span.span_id,
      durationNs: Number(span.duration_ns),
    })),
  };
}

/** The share of the others of its kind that a span is slower than, as `percent_rank` has it; null where it is alone. */
export function rankOf({ count, quicker }: Comparison): number | null {
  return count > 1 ? quicker / (count - 1) : null;
}
