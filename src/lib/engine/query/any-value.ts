/**
 * Selected columns that are missing from GROUP BY. Flock's documents have such queries, which SQLite and MySQL accept and
 * DuckDB refuses with a hint: wrap the column in `any_value()`. This does so, and the result's columns are named that way.
 */

/** More of them than this are probably a mistake. */
const MAX_COLUMNS = 32;

const REFUSAL = /^Binder Error: column (".+") must appear in the GROUP BY clause/;
const PLACE = /^LINE (\d+): (.*)\n( *)\^/m;

/**
 * The query with those columns in `any_value()`, or null if that is not what is wrong.
 * @param check throws the engine's message if it can't bind the text.
 * @param message the engine's, about the query as written.
 */
export function withAnyValues(
  query: string,
  message: string,
  check: (query: string) => string | null,
): string | null {
  // Without any GROUP BY, it was probably forgotten.
  if (!/\bgroup\s+by\b/i.test(query)) return null;
  let text = query;
  let refusal: string | null = message;
  for (let i = 0; i < MAX_COLUMNS && refusal !== null; i++) {
    const next = withAnyValue(text, refusal);
    if (next === null) return null;
    text = next;
    refusal = check(text);
  }
  return refusal === null ? text : null;
}

/** The place that the engine's message points at, in `any_value()`; null where the column is not found there. */
function withAnyValue(query: string, message: string): string | null {
  const column = REFUSAL.exec(message)?.[1].slice(1, -1);
  const place = PLACE.exec(message);
  if (column === undefined || !place) return null;
  const [, line, excerpt, indent] = place;
  const lines = query.split('\n');
  const number = Number(line) - 1;
  if (!(number in lines)) return null;
  const at = columnAt(lines[number], excerpt, indent.length - `LINE ${line}: `.length);
  const name = /^(?:(?:"(?:[^"]|"")*"|\w+)\s*\.\s*)*(?:"(?:[^"]|"")*"|\w+)/.exec(
    lines[number].slice(at),
  )?.[0];
  if (at < 0 || !name || !isNamed(name, column)) return null;
  lines[number] =
    `${lines[number].slice(0, at)}any_value(${name})${lines[number].slice(at + name.length)}`;
  return lines.join('\n');
}

/** Where the caret points in a line of which the message may show only a part, between dots. */
function columnAt(line: string, excerpt: string, caret: number): number {
  const isCut = excerpt.startsWith('...') && !line.startsWith('...');
  const shown = excerpt.slice(isCut ? 3 : 0).replace(/\.\.\.$/, '');
  const from = line.indexOf(shown);
  if (from < 0 || line.indexOf(shown, from + 1) >= 0) return -1;
  return from + caret - (isCut ? 3 : 0);
}

function isNamed(name: string, column: string): boolean {
  const last = /(?:"(?:[^"]|"")*"|\w+)$/.exec(name)?.[0] ?? '';
  const plain = last.startsWith('"') ? last.slice(1, -1).replaceAll('""', '"') : last;
  return plain.toLowerCase() === column.toLowerCase();
}
