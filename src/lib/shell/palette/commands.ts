/** The command palette's commands, and their order. */
import { fuzzyMatch } from '$lib/model/fuzzy';
import type { ThemeChoice } from '$lib/state/preferences.svelte';
import type { ComboOption } from '$lib/ui/menu/ComboList.svelte';
import type { Component } from 'svelte';

export interface Command extends ComboOption {
  /** What it does, or the name it stands for; searched. */
  label: string;
  /** More words that find it. */
  words?: string;
  /** Muted text on the right. */
  note?: string;
  /** Keys that do the same. */
  keys?: string;
  icon: Component<{ size?: number; strokeWidth?: number }>;
  /** Colours the icon like this name. */
  tint?: string;
  /** Offered only once something is typed, unless recent. */
  isMinor?: boolean;
  run: () => void;
}

/** Score bonus of a recent command. */
const RECENT_BONUS = 4;
const MAX_SHOWN = 60;
/** The minimum score per letter of the needle: scattered letters are no match. */
const MIN_SCORE = 8;
/** Score per letter found in the additional words. */
const SPELT_SCORE = 8;

/**
 * The commands that a text finds, best first; without a text, all of them in their own order after the recent ones.
 * Matches have no groups: their order is their rank.
 */
export function findCommands(
  commands: readonly Command[],
  text: string,
  recent: readonly string[],
): Command[] {
  const needle = text.trim();
  if (!needle) {
    const last = recent
      .map((id) => commands.find((command) => command.id === id))
      .filter((command) => command !== undefined)
      .slice(0, 5)
      .map((command) => ({ ...command, group: 'Recent' }));
    const shown = new Set(last.map(({ id }) => id));
    return [...last, ...commands.filter(({ id, isMinor }) => !isMinor && !shown.has(id))];
  }
  const letters = needle.replace(/\s/g, '').length;
  const found: { command: Command; score: number }[] = [];
  for (const command of commands) {
    const own = fuzzyMatch(needle, command.label)?.score ?? -Infinity;
    const score = Math.max(own, isSpelt(needle, command) ? letters * SPELT_SCORE : -Infinity);
    if (score < letters * MIN_SCORE) continue;
    found.push({ command, score: score + (recent.includes(command.id) ? RECENT_BONUS : 0) });
  }
  return found
    .sort((a, b) => b.score - a.score)
    .slice(0, MAX_SHOWN)
    .map(({ command }) => ({ ...command, group: undefined, note: command.note ?? command.group }));
}

/** Whether all words of the needle occur in the command's searched texts. */
function isSpelt(needle: string, { label, words = '' }: Command): boolean {
  const all = `${label} ${words}`.toLowerCase();
  return needle
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

export const THEME_WORDS: Record<ThemeChoice, string> = {
  system: 'as the system',
  light: 'light',
  dark: 'dark',
};

/** What may be the beginning of an id: three hexadecimal digits or more, with or without dashes and `0x`. */
export function idPrefix(text: string): string | null {
  const bare = text.trim().toLowerCase().replace(/^0x/, '').replaceAll('-', '');
  return /^[0-9a-f]{3,32}$/.test(bare) ? bare : null;
}
