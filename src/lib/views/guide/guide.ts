/** Searches the Guide: all its words, including those of queries and keys. */
import { ACCEPTED_FORMATS } from '$lib/model/accepted-formats';
import { FLOCK_VARIABLES } from '$lib/state/flock-env';
import { TEMPLATE_GROUPS, type QueryTemplate } from '$lib/content/query-templates';
import { SHORTCUTS } from '$lib/content/shortcuts';
import { SECTIONS, type Block, type Section } from '$lib/content/guide';

/** Undefined if there is no section with that id. */
export function templateOf(id: string): QueryTemplate | undefined {
  return TEMPLATE_GROUPS.flatMap(({ templates }) => templates).find((known) => known.id === id);
}

/** Sections that contain every word of the search, in any case, matches in the title first; '' returns all. */
export function findSections(sought: string): readonly Section[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return SECTIONS;
  const holds = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const found = SECTIONS.filter((section) => holds(textOf(section)));
  return found.toSorted((a, b) => Number(holds(b.title)) - Number(holds(a.title)));
}

/** All text of a section, in reading order. */
export function textOf(section: Section): string {
  return [section.title, ...section.blocks.flatMap(blockText)].join('\n').replaceAll('`', '');
}

function blockText(block: Block): string[] {
  switch (block.kind) {
    case 'text':
    case 'heading':
    case 'code':
      return [block.text];
    case 'list':
    case 'steps':
      return [...block.items];
    case 'terms':
      return block.rows.flat();
    case 'go':
      return [block.label];
    case 'query': {
      const template = templateOf(block.id);
      return template ? [template.title, template.sql] : [];
    }
    case 'keys':
      return SHORTCUTS.flatMap(({ title, shortcuts }) => [
        title,
        ...shortcuts.flatMap(({ keys, does }) => [...keys, does]),
      ]);
    case 'formats':
      return ACCEPTED_FORMATS.flatMap(({ label, hint }) => [label, hint]);
    case 'flock-variables':
      return FLOCK_VARIABLES.flat();
    case 'picture':
    case 'schema':
      return [];
  }
}

/** A piece of text: plain, code, or a match of the search. */
export interface Piece {
  text: string;
  kind: 'plain' | 'code';
  isFound: boolean;
}

/** Splits text with `code` between backticks at matches of the search. */
export function piecesOf(text: string, sought: string): Piece[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  return text.split('`').flatMap((part, i) => {
    const kind = i % 2 ? 'code' : 'plain';
    return splitAt(part, words).map(([piece, isFound]): Piece => ({ text: piece, kind, isFound }));
  });
}

function splitAt(text: string, words: readonly string[]): [string, boolean][] {
  const pieces: [string, boolean][] = [];
  const lower = text.toLowerCase();
  let at = 0;
  while (at < text.length) {
    let next = -1;
    let length = 0;
    for (const word of words) {
      const found = lower.indexOf(word, at);
      if (found >= 0 && (next < 0 || found < next)) [next, length] = [found, word.length];
    }
    // Lower-casing can change the length; then nothing is highlighted, rather than the wrong place.
    if (next < 0 || lower.length !== text.length) break;
    if (next > at) pieces.push([text.slice(at, next), false]);
    pieces.push([text.slice(next, next + length), true]);
    at = next + length;
  }
  if (at < text.length) pieces.push([text.slice(at), false]);
  return pieces;
}
