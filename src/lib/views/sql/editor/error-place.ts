/** The position that the engine's message points to, and the names it suggests. */

export interface Place {
  from: number;
  /** After its last character; at least one character wide if there is one. */
  to: number;
}

/**
 * The position that a message refers to, as offsets in the statement.
 * @param message the engine's, with `LINE 3: …` and a caret below if it knows the position.
 * @param linesAbove how many lines preceded the statement in the text that ran.
 */
export function errorPlace(message: string, statement: string, linesAbove = 0): Place | null {
  const found = /^LINE (\d+): (.*)\n( *)\^/m.exec(message);
  if (!found) return /end of input/i.test(message) ? endOf(statement) : null;
  const [, number, excerpt, indent] = found;
  const lines = statement.split('\n');
  const index = Number(number) - 1 - linesAbove;
  // The error is in the text wrapped around the statement, so it is at the statement's end.
  if (index >= lines.length) return endOf(statement);
  if (index < 0) return null;
  const lineFrom = lines.slice(0, index).reduce((sum, line) => sum + line.length + 1, 0);
  const column = columnIn(lines[index], excerpt, indent.length - `LINE ${number}: `.length);
  return column === null ? null : wordAt(statement, lineFrom + column);
}

/** The engine cuts long lines on both sides, and marks that with dots. */
function columnIn(line: string, excerpt: string, caret: number): number | null {
  if (!excerpt.startsWith('...') || line.startsWith('...')) return caret >= 0 ? caret : null;
  const shown = excerpt.slice(3).replace(/\.\.\.$/, '');
  const at = line.indexOf(shown);
  return at < 0 ? null : at + caret - 3;
}

function wordAt(text: string, at: number): Place {
  if (at >= text.length) return endOf(text);
  const word = /^(?:"[^"\n]*"|'[^'\n]*'|[\p{L}\p{N}_]+|[^\s])/u.exec(text.slice(at));
  return { from: at, to: at + (word?.[0].length ?? 1) };
}

/** The last character that is not whitespace. */
function endOf(text: string): Place {
  const end = text.trimEnd().length;
  return { from: Math.max(0, end - 1), to: end };
}

/** Names that the engine suggests for an unknown one, most likely first. */
export function suggestions(message: string): string[] {
  const line = /^(?:Candidate bindings|Candidate functions|Did you mean).*$/m.exec(message)?.[0];
  if (!line || line.startsWith('Candidate functions')) return [];
  return [...line.matchAll(/"((?:[^"]|"")+)"/g)].map(([, name]) =>
    // `t.name` is in one pair of quotes.
    name.replaceAll('""', '"'),
  );
}

/** The message without its excerpt of the SQL, because the editor marks the position itself. */
export function messageWithoutExcerpt(message: string): string {
  return message.replace(/\n*^LINE \d+: [\s\S]*$/m, '').trim();
}
