/** Names are found by some of their letters, the likelier ones first. */
import { fuzzyMatch } from '$lib/model/fuzzy';
import { describe, expect, it } from 'vitest';

const rank = (needle: string, texts: string[]) =>
  texts
    .map((text) => ({ text, match: fuzzyMatch(needle, text) }))
    .filter(({ match }) => match !== null)
    .sort((a, b) => b.match!.score - a.match!.score)
    .map(({ text }) => text);

describe('fuzzy matching', () => {
  it('finds letters in their order, in any case', () => {
    expect(fuzzyMatch('GTS', 'Go to Statistics')?.at).toEqual([0, 3, 6]);
    expect(fuzzyMatch('stg', 'Go to Statistics')).toBeNull();
    expect(fuzzyMatch('', 'anything')?.at).toEqual([]);
    expect(fuzzyMatch('a', '')).toBeNull();
  });

  it('prefers whole words, beginnings and shorter texts', () => {
    expect(rank('order', ['reorder', 'o r d e r', 'place order', 'order'])).toEqual([
      'order',
      'place order',
      'reorder',
      'o r d e r',
    ]);
    expect(rank('re', ['Theme', 'Recent', 'RED Metrics', 'store'])[3 - 1]).toBe('store');
    expect(rank('dark', ['Database kind', 'Theme: dark'])[0]).toBe('Theme: dark');
  });

  it('takes words in any order', () => {
    expect(fuzzyMatch('order post', 'POST /order')?.at).toEqual([0, 1, 2, 3, 6, 7, 8, 9, 10]);
  });

  it('finds the best alignment, not the first', () => {
    expect(fuzzyMatch('cat', 'c a xcat')?.at).toEqual([5, 6, 7]);
  });

  it('keeps its places where small letters are longer', () => {
    expect(fuzzyMatch('x', 'İİx')?.at).toEqual([2]);
  });
});
