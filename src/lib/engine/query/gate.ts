/**
 * One query, nothing else. The engine's own parser decides: only a query fits between the brackets of a FROM clause, and
 * preparing refuses more than one statement. No list of words is involved.
 */
import { AppError } from '$lib/model/errors';
import { withAnyValues } from './any-value';
import type { Connection } from '$lib/engine/worker/duckdb';

/** What may run: the text to execute, and how many lines its wrapping puts above the user's own. */
export interface Admitted {
  sql: string;
  /** Describes the columns; absent where the statement can't be described (EXPLAIN, PIVOT without IN). */
  describe: string | null;
  linesAbove: number;
}

const COMMENT = 5;

/** The engine's message when a PIVOT without an IN list becomes several statements inside. */
const SEVERAL_STATEMENTS = 'Cannot prepare multiple statements at once';

/**
 * Table functions that act, or read what is not the dataset. They are told by the engine's plan, so that neither case
 * nor comments nor qualified names hide them.
 */
const REFUSED_OPERATORS = new Set([
  'ARROW_SCAN',
  'ARROW_SCAN_DUMB',
  'CHECKPOINT',
  'DISABLE_LOGGING',
  'DISABLE_PROFILING',
  'ENABLE_LOGGING',
  'ENABLE_PROFILING',
  'FORCE_CHECKPOINT',
  'GLOB',
  'READ_BLOB',
  'READ_CSV',
  'READ_CSV_AUTO',
  'READ_DUCKDB',
  'READ_TEXT',
  'SNIFF_CSV',
  'TRUNCATE_DUCKDB_LOGS',
  'WHICH_SECRET',
]);

/**
 * Admits one query, capped at `limit` rows where the statement allows it.
 * @throws AppError `refused-sql` for anything but one query, `query-failed` with the engine's message for a broken one.
 */
export function admit(connection: Connection, text: string, limit: number): Admitted {
  const { explain, query: written } = split(connection, text);
  if (written.trim() === '') throw new AppError('refused-sql', 'There is no query in the text.');
  let query = written;
  const message = complaint(connection, bracket(query));
  if (message !== null) {
    if (!explain && isPivot(connection, query, message)) {
      return { sql: query, describe: null, linesAbove: 0 };
    }
    const grouped = withAnyValues(bracket(query), message, (next) => complaint(connection, next));
    if (grouped === null) throw refusal(connection, query, message);
    query = grouped.slice(OPEN.length, -CLOSE.length);
  }
  const bracketed = bracket(query);
  refuseActingFunctions(connection, bracketed);
  if (explain) return { sql: explain + query, describe: null, linesAbove: 0 };
  return {
    sql: `${bracketed} LIMIT ${limit}`,
    describe: `DESCRIBE ${bracketed}`,
    linesAbove: 1,
  };
}

const OPEN = 'SELECT * FROM (\n';
const CLOSE = '\n)';

/** Only one query fits in here. */
function bracket(query: string): string {
  return OPEN + query + CLOSE;
}

/** The engine's message about a statement that it can't parse or bind; null where it can. */
function complaint(connection: Connection, statement: string): string | null {
  try {
    connection.check(statement);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** Takes EXPLAIN off the front and semicolons off the end, by the engine's tokens. */
function split(connection: Connection, text: string): { explain: string; query: string } {
  const { offsets, types } = connection.tokenize(text);
  const tokens = offsets
    .map((start, i) => ({ start, end: offsets[i + 1] ?? text.length, type: types[i] }))
    .filter(({ type }) => type !== COMMENT);
  const word = (i: number) =>
    tokens[i] ? text.slice(tokens[i].start, tokens[i].end).trim().toLowerCase() : '';
  let end = text.length;
  for (let last = tokens.length - 1; last >= 0 && word(last) === ';'; last--) {
    end = tokens[last].start;
  }
  if (word(0) !== 'explain') return { explain: '', query: text.slice(0, end) };
  const analyze = word(1) === 'analyze';
  const from = tokens[analyze ? 2 : 1]?.start ?? end;
  return { explain: analyze ? 'EXPLAIN ANALYZE ' : 'EXPLAIN ', query: text.slice(from, end) };
}

function refusal(connection: Connection, query: string, message: string): AppError {
  // Text that is one good statement by itself, but no query, is refused as such; all else is a mistake in a query.
  const syntax = message.startsWith('Parser Error');
  if (syntax && isStatement(connection, query)) {
    return new AppError(
      'refused-sql',
      'Only queries run here: SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN or PIVOT, one at a time. The dataset is read only.',
      { statement: query.trim().slice(0, 200) },
    );
  }
  return queryError(message, 1);
}

/**
 * A PIVOT without an IN list becomes several statements inside, and is run as it was written. Text of more than one
 * statement can't pass for one: alone it would be refused between the brackets, and text that closes the bracket first
 * does not parse alone.
 */
function isPivot(connection: Connection, query: string, message: string): boolean {
  if (!message.includes(SEVERAL_STATEMENTS)) return false;
  return complaint(connection, query)?.includes(SEVERAL_STATEMENTS) ?? false;
}

function isStatement(connection: Connection, query: string): boolean {
  return !complaint(connection, query)?.startsWith('Parser Error');
}

function refuseActingFunctions(connection: Connection, bracketed: string): void {
  let plan: string;
  try {
    plan = String(
      connection.table(`EXPLAIN (FORMAT json) ${bracketed}`).get(0)?.toJSON().explain_value,
    );
  } catch (error) {
    throw queryError(messageOf(error), 1);
  }
  for (const [, operator] of plan.matchAll(/"name": "\s*([A-Z_]+)\s*"/g)) {
    if (!REFUSED_OPERATORS.has(operator)) continue;
    throw new AppError(
      'refused-sql',
      `The function ${operator.toLowerCase()} is not available here: queries read the open dataset and nothing else.`,
    );
  }
}

/** The engine's message with its line number as the user counts lines. */
export function queryError(message: string, linesAbove: number): AppError {
  const text = message.replace(/^LINE (\d+):(.*\n)( *\^)?/m, (whole, line, excerpt, caret = '') => {
    if (Number(line) <= linesAbove) return whole;
    const number = String(Number(line) - linesAbove);
    // The caret stands under the excerpt: line 10 that becomes line 9 moves both.
    return `LINE ${number}:${excerpt}${caret.slice(line.length - number.length)}`;
  });
  return new AppError('query-failed', text);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
