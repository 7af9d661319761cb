/**
 * A PIVOT without IN lists is several statements for the engine: the first reads the source for the values that become
 * columns. Such text has no plan to check. With lists it has one, with the same source.
 */
import type { Token } from './tokens';

/** What ends the list behind ON. */
const AFTER_ON = new Set([
  'using',
  'group',
  'order',
  'limit',
  'offset',
  'on',
  'join',
  'union',
  'except',
  'intersect',
  'window',
  'qualify',
  'where',
  ';',
]);

/** The text with an empty list after each expression of a PIVOT that has none. */
export function withLists(text: string, tokens: readonly Token[]): string {
  const places = new Set<number>();
  tokens.forEach(({ word, depth }, i) => {
    if (word === 'pivot' || word === 'pivot_wider') {
      for (const place of endsOfLists(tokens, i + 1, depth)) places.add(place);
    }
  });
  let listed = '';
  let from = 0;
  for (const place of [...places].sort((a, b) => a - b)) {
    // On a line of its own: a comment may stand before it.
    listed += `${text.slice(from, place)}\nIN (NULL) `;
    from = place;
  }
  return listed + text.slice(from);
}

/** Where the expressions end that lack a list. A bracket that closes around the PIVOT is less deep, and ends it. */
function endsOfLists(tokens: readonly Token[], from: number, depth: number): number[] {
  const ends: number[] = [];
  let isOn = false;
  let hasList = false;
  const end = (i: number) => {
    if (isOn && !hasList) ends.push(tokens[i - 1].end);
    hasList = false;
  };
  let i = from;
  for (; i < tokens.length && tokens[i].depth >= depth; i++) {
    const { word } = tokens[i];
    if (tokens[i].depth > depth) continue;
    if (word === 'in') hasList = true;
    else if (word === ',') end(i);
    else if (AFTER_ON.has(word)) {
      end(i);
      if (isOn && word !== 'on') return ends;
      isOn = word === 'on';
    }
  }
  end(i);
  return ends;
}
