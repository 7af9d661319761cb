/** The statements of a text, split by the editor's own grammar: no quote, comment or bracket fools it. */
import { duckDb } from './dialect';

/** A statement as a range of the text, without the semicolon at its end. */
export interface Statement {
  from: number;
  to: number;
  text: string;
}

/** In the order of the text; comments or semicolons alone are not a statement. */
export function splitStatements(text: string): Statement[] {
  const statements: Statement[] = [];
  const top = duckDb.language.parser.parse(text).topNode;
  for (let node = top.firstChild; node; node = node.nextSibling) {
    if (node.name !== 'Statement') continue;
    const last = node.lastChild;
    const end = last?.name === ';' ? last.from : node.to;
    const statement = text.slice(node.from, end).trimEnd();
    if (statement === '' || statement === ';') continue;
    statements.push({ from: node.from, to: node.from + statement.length, text: statement });
  }
  return statements;
}

/**
 * The statement at a cursor: the one it is in or at the end of (also after the semicolon), else the next one below, else the
 * last.
 */
export function statementAt(
  statements: readonly Statement[],
  at: number,
  text: string,
): Statement | null {
  for (const statement of statements) {
    if (at < statement.from) {
      const before = statements[statements.indexOf(statement) - 1];
      // After a statement on its last line, with only its semicolon, whitespace or a comment between.
      if (before && !text.slice(before.to, at).includes('\n')) return before;
      return statement;
    }
    if (at <= statement.to) return statement;
  }
  return statements.at(-1) ?? null;
}

/** The first word of a statement in capitals: `SELECT`; '' if it starts with a bracket. */
export function firstWord(statement: string): string {
  const bare = statement.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '');
  return /^[a-z_]+/i.exec(bare)?.[0].toUpperCase() ?? '';
}
