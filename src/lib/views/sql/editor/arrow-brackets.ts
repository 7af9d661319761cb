/** Brackets around `attributes->>'key'`, which without them takes everything that stands before it as the map. */
import { duckDb } from './dialect';

interface Token {
  name: string;
  from: number;
  to: number;
}

const NAMES = new Set(['Identifier', 'QuotedIdentifier']);
const COMMENT = /Comment$/;

/**
 * The statement with brackets around every `->>` between a name and a quoted key that has none. Null if there is no such
 * place. The editor's grammar finds them, so texts and comments stay as they are.
 */
export function withArrowBrackets(statement: string): string | null {
  const tokens = tokensOf(statement);
  let text = '';
  let done = 0;
  tokens.forEach(({ from, to }, arrow) => {
    if (statement.slice(from, to) !== '->>') return;
    const first = nameBefore(tokens, arrow);
    const last = textAfter(tokens, arrow);
    if (first === null || last === null) return;
    if (tokens[first - 1]?.name === '(' && tokens[last + 1]?.name === ')') return;
    const range = { from: tokens[first].from, to: tokens[last].to };
    text += `${statement.slice(done, range.from)}(${statement.slice(range.from, range.to)})`;
    done = range.to;
  });
  return done === 0 ? null : text + statement.slice(done);
}

function tokensOf(statement: string): Token[] {
  const tokens: Token[] = [];
  duckDb.language.parser.parse(statement).iterate({
    enter: ({ node, name, from, to }) => {
      if (!node.firstChild && from < to && !COMMENT.test(name)) tokens.push({ name, from, to });
    },
  });
  return tokens;
}

/** The first token of `attributes` or `s.attributes`; null if it is part of something else, such as `events[1].attributes`. */
function nameBefore(tokens: readonly Token[], arrow: number): number | null {
  let first = arrow - 1;
  if (!NAMES.has(tokens[first]?.name)) return null;
  while (tokens[first - 1]?.name === '.' && NAMES.has(tokens[first - 2]?.name)) first -= 2;
  return tokens[first - 1]?.name === '.' ? null : first;
}

/** The last token of a quoted text; `'it''s'` is two. */
function textAfter(tokens: readonly Token[], arrow: number): number | null {
  let last = arrow + 1;
  if (tokens[last]?.name !== 'String') return null;
  while (tokens[last + 1]?.name === 'String' && tokens[last + 1].from === tokens[last].to) last++;
  return last;
}
