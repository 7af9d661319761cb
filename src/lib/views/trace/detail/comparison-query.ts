/** How a span compares with all spans of its service and operation in the dataset. */
import { sql, type Sql } from '$lib/engine/engine';

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

/** Reads the one row that `comparisonSql` asks for; null where no span of the kind has a duration. */
export function readComparison(row: Record<string, unknown>): Comparison | null {
  const count = Number(row.spans);
  if (count === 0) return null;
  return {
    count,
    quicker: Number(row.quicker),
    p50Ns: Math.round(row.p50_ns as number),
    p95Ns: Math.round(row.p95_ns as number),
    maxNs: row.max_ns as number,
    slowest: (row.slowest as Record<string, unknown>[]).map((span) => ({
      traceId: String(span.trace_id),
      spanId: String(span.span_id),
      durationNs: Number(span.duration_ns),
    })),
  };
}

/** The share of the others of its kind that a span is slower than, as `percent_rank` has it; null where it is alone. */
export function rankOf({ count, quicker }: Comparison): number | null {
  return count > 1 ? quicker / (count - 1) : null;
}
