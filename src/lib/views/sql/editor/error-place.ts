/** Where in the text the engine's message points to, and what it would have understood. */

export interface Place {
  from: number;
  /** After its last character; at least one character wide where there is one. */
  to: number;
}

/**
 * The place that a message means, as offsets in the statement.
 * @param message the engine's, with `LINE 3: …` and a caret below where it knows the place.
 * @param linesAbove how many lines stood above the statement in what was run.
 */
export function errorPlace(message: string, statement: string, linesAbove = 0): Place | null {
  const found = /^LINE (\d+): (.*)\n( *)\^/m.exec(message);
  if (!found) return /end of input/i.test(message) ? endOf(statement) : null;
  const [, number, excerpt, indent] = found;
  const lines = statement.split('\n');
  const index = Number(number) - 1 - linesAbove;
  // What was wrapped around the statement ends it too early.
  if (index >= lines.length) return endOf(statement);
  if (index < 0) return null;
  const lineFrom = lines.slice(0, index).reduce((sum, line) => sum + line.length + 1, 0);
  const column = columnIn(lines[index], excerpt, indent.length - `LINE ${number}: `.length);
  return column === null ? null : wordAt(statement, lineFrom + column);
}

/** The engine cuts long lines on both sides, and says so by dots. */
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

/** The last character that is something. */
function endOf(text: string): Place {
  const end = text.trimEnd().length;
  return { from: Math.max(0, end - 1), to: end };
}

/** Names that the engine offers in place of one that it does not know, the likeliest first. */
export function suggestions(message: string): string[] {
  const line = /^(?:Candidate bindings|Candidate functions|Did you mean).*$/m.exec(message)?.[0];
  if (!line || line.startsWith('Candidate functions')) return [];
  return [...line.matchAll(/"((?:[^"]|"")+)"/g)].map(([, name]) =>
    // `t.name` comes in one pair of quotes.
    name.replaceAll('""', '"'),
  );
}

/** The message without the excerpt of the text, which the editor shows in its place. */
export function messageWithoutExcerpt(message: string): string {
  return message.replace(/\n*^LINE \d+: [\s\S]*$/m, '').trim();
}
