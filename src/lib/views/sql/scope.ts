/** What `spans` and `traces` mean in a query: the whole dataset, or the filtered data. */
import { sql, Sql } from '$lib/engine/engine';
import { firstWord } from '$lib/views/sql/editor/statements';

export interface Scoped {
  /** What is run. */
  text: string;
  /** Lines above the statement in it. */
  linesAbove: number;
}

/** Statements that can be wrapped in brackets and that read the tables by name. */
const FILTERABLE = new Set([
  '',
  'SELECT',
  'WITH',
  'FROM',
  'VALUES',
  'TABLE',
  'SUMMARIZE',
  'UNPIVOT',
]);

export function isFilterable(statement: string): boolean {
  return FILTERABLE.has(firstWord(statement));
}

/** The statement as it is. */
export function whole(statement: string): Scoped {
  return { text: statement, linesAbove: 0 };
}

/**
 * The statement with the tables narrowed to the filter: `spans` to those that pass, `traces` to those with such a span.
 * `main.spans` still means all of them.
 * @param where a condition on `spans`.
 */
export function narrowed(statement: string, where: Sql): Scoped {
  const head = sql`WITH spans AS (
  SELECT * FROM main.spans WHERE ${where}
), traces AS (
  SELECT * FROM main.traces WHERE trace_no IN (SELECT trace_no FROM spans)
)
SELECT * FROM (
`.text;
  return { text: `${head}${statement}\n)`, linesAbove: head.split('\n').length - 1 };
}

/** The statement's rows in another order, by the engine. */
export function ordered({ text, linesAbove }: Scoped, column: Sql, descending: boolean): Scoped {
  const order = descending ? 'DESC' : 'ASC';
  return {
    text: `SELECT * FROM (\n${text}\n) ORDER BY ${column} ${order} NULLS LAST`,
    linesAbove: linesAbove + 1,
  };
}
