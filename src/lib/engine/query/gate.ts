/**
 * One query, nothing else. The engine's own parser decides: only a query fits between the brackets of a FROM clause, and
 * preparing refuses more than one statement. Its binder has no access to files, and its plan shows the functions. No
 * spelling hides anything, since no text is searched.
 */
import type { ColumnInfo } from '$lib/engine/engine';
import { AppError } from '$lib/model/errors';
import { withAdvice } from './advice';
import { withAnyValues } from './any-value';
import type { Connection } from '$lib/engine/worker/duckdb';
import { parseType, sentAs, typeText } from './duckdb-type';
import { withLists } from './pivot-lists';
import { tokensOf, type Token } from './tokens';

/** What may run. */
export interface Admitted {
  /** The text to execute, capped at so many rows where the statement allows it. */
  statement(limit: number): string;
  /** How many lines its wrapping puts above the user's own. */
  linesAbove: number;
  /** Null where the statement can't be described (EXPLAIN, PIVOT without IN). */
  columns: ColumnInfo[] | null;
}

/** The engine's message when a PIVOT without an IN list becomes several statements inside. */
const SEVERAL_STATEMENTS = 'Cannot prepare multiple statements at once';

/**
 * Table functions that act on the engine, or read what is not the dataset. They are found in the engine's plan, so
 * that neither case nor comments nor qualified names hide them. What a plan omits, as under DESCRIBE, has no access to files.
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

/** How many admitted texts are remembered. */
const KEPT = 256;
const KEPT_CHARACTERS = 100_000;

/**
 * What was admitted on each connection. A connection has one dataset, which never changes, so neither does what a text
 * means there; tables of shared subqueries never have a name twice.
 */
const admittedBefore = new WeakMap<Connection, Map<string, Admitted>>();

/**
 * Admits one query. A text already admitted on the connection is not checked again.
 * @throws AppError `refused-sql` for anything but one query, `query-failed` with the engine's message for a broken one.
 */
export function admit(connection: Connection, text: string): Admitted {
  let kept = admittedBefore.get(connection);
  if (!kept) admittedBefore.set(connection, (kept = new Map<string, Admitted>()));
  const admitted = kept.get(text) ?? admitNew(connection, text);
  if (text.length > KEPT_CHARACTERS) return admitted;
  // Used last.
  kept.delete(text);
  kept.set(text, admitted);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return admitted;
}

function admitNew(connection: Connection, text: string): Admitted {
  const tokens = tokensOf(connection, text);
  const { explain, query: written } = split(tokens, text);
  if (written.trim() === '') throw new AppError('refused-sql', 'There is no query in the text.');
  let query = written;
  const message = complaint(connection, bracket(query));
  if (message !== null) {
    if (!explain && isPivot(connection, query, message)) return admitPivot(connection, query);
    const grouped = withAnyValues(bracket(query), message, (next) => complaint(connection, next));
    if (grouped === null) throw refusal(connection, query, message);
    query = grouped.slice(OPEN.length, -CLOSE.length);
  }
  refuseActingFunctions(connection, query);
  if (explain) return { statement: () => explain + query, linesAbove: 0, columns: null };
  const columns = describe(connection, query);
  const bracketed = selectSendable(columns) + bracket(query).slice(SELECT.length);
  return { statement: (limit) => `${bracketed} LIMIT ${limit}`, linesAbove: 1, columns };
}

/**
 * A PIVOT without an IN list runs as it was written, if it is harmless with one.
 * @throws AppError
 */
function admitPivot(connection: Connection, query: string): Admitted {
  const tokens = tokensOf(connection, query);
  const listed = withLists(query, tokens);
  const message = complaint(connection, bracket(listed));
  if (message !== null) {
    const isUnlisted = message.includes(SEVERAL_STATEMENTS) || listed !== query;
    throw isUnlisted
      ? new AppError(
          'query-failed',
          "This PIVOT runs only with the values that become columns: PIVOT … ON service IN ('api', 'db') ….",
        )
      : refusal(connection, query, message);
  }
  refuseActingFunctions(connection, listed);
  refuseNamedFunctions(query, tokens);
  return { statement: () => query, linesAbove: 0, columns: null };
}

function describe(connection: Connection, query: string): ColumnInfo[] {
  return connection
    .tableWithoutFiles(`DESCRIBE ${bracket(query)}`)
    .toArray()
    .map((row) => {
      const { column_name, column_type } = row.toJSON();
      return { name: String(column_name), type: String(column_type) };
    });
}

/** `SELECT *`, with casts of types that Arrow can't carry. */
function selectSendable(columns: readonly ColumnInfo[]): string {
  const casts = columns.flatMap(({ name, type }) => {
    const known = parseType(type);
    const sent = sentAs(known);
    const column = `"${name.replaceAll('"', '""')}"`;
    return sent === known ? [] : [`CAST(${column} AS ${typeText(sent)}) AS ${column}`];
  });
  return casts.length === 0 ? SELECT : `${SELECT} REPLACE (${casts.join(', ')})`;
}

const SELECT = 'SELECT *';
const OPEN = `${SELECT} FROM (\n`;
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
    if (error instanceof AppError) throw error;
    return messageOf(error);
  }
}

/** Removes EXPLAIN from the front and semicolons from the end, using the engine's tokens. */
function split(tokens: readonly Token[], text: string): { explain: string; query: string } {
  let end = text.length;
  for (let last = tokens.length - 1; last >= 0 && tokens[last].word === ';'; last--) {
    end = tokens[last].start;
  }
  if (tokens[0]?.word !== 'explain') return { explain: '', query: text.slice(0, end) };
  const analyze = tokens[1]?.word === 'analyze';
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

function refuseActingFunctions(connection: Connection, query: string): void {
  let plan: string;
  try {
    const explained = connection.tableWithoutFiles(`EXPLAIN (FORMAT json) ${bracket(query)}`);
    plan = String(explained.get(0)?.toJSON().explain_value);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw queryError(messageOf(error), 1);
  }
  for (const [, operator] of plan.matchAll(/"name": "\s*([A-Z_]+)\s*"/g)) {
    if (REFUSED_OPERATORS.has(operator)) throw refusedFunction(operator);
  }
}

/** For a text whose own plan can't be had: with other lists, the optimizer may leave out what runs with its own. */
function refuseNamedFunctions(query: string, tokens: readonly Token[]): void {
  tokens.forEach(({ start, end }, i) => {
    if (tokens[i + 1]?.word !== '(') return;
    const name = /^(?:"((?:[^"]|"")*)"|\w+)/.exec(query.slice(start, end));
    const operator = (name?.[1] ?? name?.[0] ?? '').toUpperCase();
    if (REFUSED_OPERATORS.has(operator)) throw refusedFunction(operator);
  });
}

function refusedFunction(operator: string): AppError {
  return new AppError(
    'refused-sql',
    `The function ${operator.toLowerCase()} is not available here: queries read the open dataset and nothing else.`,
  );
}

/** The engine's message with its line number as the user counts lines. */
export function queryError(message: string, linesAbove: number): AppError {
  const text = withAdvice(message).replace(
    /^LINE (\d+):(.*\n)( *\^)?/m,
    (whole, line, excerpt, caret = '') => {
      if (Number(line) <= linesAbove) return whole;
      const number = String(Number(line) - linesAbove);
      // The caret stands under the excerpt: line 10 that becomes line 9 moves both.
      return `LINE ${number}:${excerpt}${caret.slice(line.length - number.length)}`;
    },
  );
  return new AppError('query-failed', text);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
