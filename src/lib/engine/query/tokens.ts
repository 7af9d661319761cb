/** SQL as the engine's own tokenizer sees it. */
import type { Connection } from '$lib/engine/worker/duckdb';

export interface Token {
  /** Places in the text. */
  start: number;
  /** Where the next one begins. */
  end: number;
  /** A word in lower case, a bracket, a comma or a semicolon; '' for all else. */
  word: string;
  /** Brackets that are open around it. */
  depth: number;
}

/** A word or a character that has a meaning of its own; comments are no tokens, and stand at the end of the one before. */
const WORD = /^(?:[\p{L}\p{N}_$]+|[;,()[\]{}])/u;

export function tokensOf(connection: Connection, text: string): Token[] {
  const places = placesOf(text, connection.tokenize(text).offsets);
  let depth = 0;
  return places.map((start, i) => {
    const end = places[i + 1] ?? text.length;
    const word = WORD.exec(text.slice(start, end))?.[0].toLowerCase() ?? '';
    if (/^[)\]}]/.test(word)) depth--;
    const token = { start, end, word, depth };
    if (/^[([{]/.test(word)) depth++;
    return token;
  });
}

/** The engine counts bytes of UTF-8. */
function placesOf(text: string, offsets: readonly number[]): number[] {
  let bytes = 0;
  let at = 0;
  return offsets.map((offset) => {
    while (bytes < offset && at < text.length) {
      const code = text.codePointAt(at)!;
      bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      at += code < 0x10000 ? 1 : 2;
    }
    return at;
  });
}
