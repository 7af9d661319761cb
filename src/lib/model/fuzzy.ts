/** Finds names by some of their letters: `gst` finds 'Go to Statistics'. */

export interface FuzzyMatch {
  /** Higher is better; comparable only among matches of one needle. */
  score: number;
  /** Matched positions in the text, ascending. */
  at: number[];
}

const FOLLOWS = 12;
const WORD_START = 9;
const PLAIN = 1;
const MAX_GAP = 6;
/** Only this much of a longer text is matched. */
const MAX_TEXT = 160;

/**
 * Matches all letters of the needle in order, ignoring case; words of the needle may stand in any order. Letters that
 * follow each other and letters that begin words count more; among equals the shorter text wins. Null if it does not
 * match. The alignment is the best one, found by dynamic programming as Smith and Waterman did for sequences.
 */
export function fuzzyMatch(needle: string, text: string): FuzzyMatch | null {
  const words = needle.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = text.slice(0, MAX_TEXT);
  const lower = shown.toLowerCase();
  // A letter whose lower case is longer would shift all positions after it.
  const haystack = lower.length === shown.length ? lower : shown;
  let score = -shown.length / 40;
  const at = new Set<number>();
  for (const word of words) {
    const match = align(word, haystack, shown);
    if (!match) return null;
    score += match.score;
    for (const place of match.at) at.add(place);
  }
  return { score, at: [...at].sort((a, b) => a - b) };
}

function align(word: string, haystack: string, shown: string): FuzzyMatch | null {
  const length = haystack.length;
  // scores[i][j]: the best for letters 0 … i of the word with letter i at j.
  const scores: Float64Array[] = [];
  const before: Int32Array[] = [];
  for (let i = 0; i < word.length; i++) {
    const row = new Float64Array(length).fill(-Infinity);
    const from = new Int32Array(length).fill(-1);
    const last = scores[i - 1];
    let best = -Infinity;
    let bestAt = -1;
    for (let j = i; j < length; j++) {
      if (last && j >= 2 && last[j - 2] > best) {
        best = last[j - 2];
        bestAt = j - 2;
      }
      if (haystack[j] !== word[i]) continue;
      const own = isWordStart(shown, j) ? WORD_START : PLAIN;
      if (!last) {
        row[j] = own + (j === 0 ? WORD_START : 0);
        continue;
      }
      const follows = last[j - 1] + FOLLOWS;
      const jumps = bestAt < 0 ? -Infinity : best - Math.min(MAX_GAP, j - bestAt);
      row[j] = own + Math.max(follows, jumps);
      from[j] = follows >= jumps ? j - 1 : bestAt;
    }
    scores.push(row);
    before.push(from);
  }
  const ends = scores[word.length - 1];
  let end = 0;
  for (let j = 1; j < length; j++) if (ends[j] > ends[end]) end = j;
  if (!length || ends[end] === -Infinity) return null;
  const at = [end];
  for (let i = word.length - 1; i > 0; i--) at.push(before[i][at[at.length - 1]]);
  return { score: ends[end], at: at.reverse() };
}

function isWordStart(text: string, at: number): boolean {
  if (at === 0) return true;
  const previous = text[at - 1];
  if (!/[\p{L}\p{N}]/u.test(previous)) return true;
  return /\p{Ll}/u.test(previous) && /\p{Lu}/u.test(text[at]);
}
