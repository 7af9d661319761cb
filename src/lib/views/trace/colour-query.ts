/** The SQL behind the colours of a trace: values of columns and attributes, and how slow spans are among their kind. */
import { sql, type Sql } from '$lib/engine/engine';
import { columns, integer, text, textOrEmpty } from '$lib/queries/columns';
import {
  colourByLabel,
  colourByRank,
  colourByValue,
  hasServices,
  type Colouring,
} from './trace-colour';
import { LIMIT, ofTrace, type Asked, type LoadedTrace } from './trace-query';

/** Attributes in which conventions say what type of step a span is; the first that a span has counts. */
export const TYPE_KEYS = [
  'openinference.span.kind',
  'gen_ai.operation.name',
  'langfuse.observation.type',
  'traceloop.span.kind',
  'mlflow.spanType',
  'flujo.step.type',
  'node.type',
  'span.type',
];

/** A colouring by its name in the link; '' is for services, or for operations where one service is all. */
export async function queryColouring(
  engine: Asked,
  loaded: LoadedTrace,
  by: string,
  signal: AbortSignal,
): Promise<Colouring> {
  const { trace } = loaded;
  if (by === 'service' || by === 'operation') return colourByLabel(trace, by);
  if (by === 'percentile') return colourByRank(trace, await queryRanks(engine, loaded, signal));
  const value = valueSql(by);
  if (!value) return colourByLabel(trace, hasServices(trace) ? 'service' : 'operation');
  const result = await engine.query(
    sql`SELECT span_no, ${value} AS "value" FROM spans WHERE ${ofTrace(loaded.head)}`,
    { limit: LIMIT, signal },
  );
  const numbers = result.numbers('span_no');
  const values = new Array<string>(trace.count).fill('');
  numbers.forEach((no, row) => {
    const at = trace.positionOf(no);
    if (at >= 0) values[at] = textOrEmpty(result.value(row, 'value'), 'value');
  });
  const noun = by.startsWith('@') ? by.slice(1) : by;
  return colourByValue(trace, by, noun, (at) => values[at]);
}

function valueSql(by: string): Sql | null {
  if (by.startsWith('@')) return sql`attributes[${by.slice(1)}]`;
  switch (by) {
    case 'kind':
      return sql`kind`;
    case 'status':
      return sql`status_code`;
    case 'type': {
      const keys = TYPE_KEYS.map((key) => sql`attributes[${key}]`);
      return sql`upper(coalesce(${keys.reduce((all, one) => sql`${all}, ${one}`)}))`;
    }
    default:
      return null;
  }
}

/** By position: which share of the other spans of its service and operation a span is slower than; NaN without a duration. */
async function queryRanks(
  engine: Asked,
  { head, trace }: LoadedTrace,
  signal: AbortSignal,
): Promise<(position: number) => number> {
  const result = await engine.query(
    sql`
      WITH kinds AS (
        SELECT DISTINCT service, operation FROM spans WHERE ${ofTrace(head)}
      ), ranked AS (
        SELECT
          span_no, trace_id, start_time,
          percent_rank() OVER (PARTITION BY service, operation ORDER BY end_time - start_time) AS slower_than
        FROM spans SEMI JOIN kinds USING (service, operation)
        WHERE end_time - start_time IS NOT NULL
      )
      SELECT span_no, slower_than FROM ranked WHERE ${ofTrace(head)}`,
    { limit: LIMIT, signal },
  );
  const ranks = new Float64Array(trace.count).fill(NaN);
  const numbers = result.numbers('span_no');
  result.numbers('slower_than').forEach((rank, row) => {
    const at = trace.positionOf(numbers[row]);
    if (at >= 0) ranks[at] = rank;
  });
  return (position) => ranks[position];
}

export interface AttributeKey {
  key: string;
  spans: number;
  /** Distinct values. */
  values: number;
}

const KEY_COLUMNS = columns({ key: text, spans: integer, distinct_values: integer });

/** The attribute keys of a trace; first those that most spans have. */
export async function queryAttributeKeys(
  engine: Asked,
  { head }: LoadedTrace,
  signal: AbortSignal,
): Promise<AttributeKey[]> {
  const result = await engine.query(
    sql`
      SELECT entry.key AS "key", count(*) AS spans, count(DISTINCT hash(entry.value)) AS distinct_values
      FROM (SELECT unnest(map_entries(attributes)) AS entry FROM spans WHERE ${ofTrace(head)})
      GROUP BY 1
      ORDER BY spans DESC, "key"`,
    { signal },
  );
  return KEY_COLUMNS.rows(result).map((row) => ({
    key: row.key,
    spans: row.spans,
    values: row.distinct_values,
  }));
}
