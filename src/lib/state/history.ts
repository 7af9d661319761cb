/**
 * Which changes are a step of Back. A choice is one; continuous changes and typing replace the current entry. The tables
 * below are the only rule. Parts that change together make one entry, which is pushed if any of them says so.
 */
import { termText, type Filter } from '$lib/model/filter';
import type { LinkState, ViewState } from './link';

export type HistoryChange = 'push' | 'replace';

/** Each part of the state, except the filter and the options, whose parts are below. */
const PARTS: Record<Exclude<keyof ViewState, 'filter' | 'options'>, HistoryChange> = {
  view: 'push',
  traceId: 'push',
  sort: 'push',
  spanId: 'replace',
  zoom: 'replace',
  find: 'replace',
};

const FILTER_PARTS: Record<keyof Filter, HistoryChange> = {
  terms: 'push',
  time: 'push',
  text: 'replace',
};

interface OptionRule {
  change: HistoryChange;
  /** The only view whose links carry it; it is dropped in the step that leaves the view. */
  onlyIn?: string;
}

/** Options are choices: each change is a step, and they stay when another view is shown. These are the exceptions. */
const OPTION_RULES: Record<string, OptionRule> = {
  'sql.q': { change: 'replace', onlyIn: 'sql' },
};
const USUAL_OPTION: OptionRule = { change: 'push' };

const ruleOf = (option: string) => OPTION_RULES[option] ?? USUAL_OPTION;

/** Whether links to a view carry the option. */
export function isCarried(option: string, view: string): boolean {
  const { onlyIn } = ruleOf(option);
  return onlyIn === undefined || onlyIn === view;
}

/** The options that links to a view carry. */
export function carriedOptions(options: ViewState['options'], view: string): ViewState['options'] {
  const entries = Object.entries(options);
  const carried = entries.filter(([option]) => isCarried(option, view));
  return carried.length === entries.length ? options : Object.fromEntries(carried);
}

/** The parts that differ, by name, each with what its change does to history. */
export function changedParts(before: ViewState, after: ViewState): Map<string, HistoryChange> {
  const [old, now] = [partsOf(before), partsOf(after)];
  const changed = new Map<string, HistoryChange>();
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(name), now.get(name)];
    if (was?.text !== is?.text) changed.set(name, (is ?? was)!.change);
  }
  return changed;
}

/**
 * What a change of the link does to history; null where nothing changed.
 * @param consequences parts that changed only as a result of another choice: they make no step of their own.
 */
export function historyChange(
  before: LinkState,
  after: LinkState,
  consequences: readonly string[] = [],
): HistoryChange | null {
  const changed = changedParts(before, after);
  if (changed.size === 0) return null;
  for (const [name, change] of changed) {
    if (change === 'push' && !consequences.includes(name)) return 'push';
  }
  return 'replace';
}

function partsOf(state: ViewState): Map<string, { text: string; change: HistoryChange }> {
  const parts = new Map<string, { text: string; change: HistoryChange }>();
  const { filter, options, ...plain } = state;
  for (const [name, change] of Object.entries(PARTS)) {
    parts.set(name, { text: JSON.stringify(plain[name as keyof typeof PARTS]), change });
  }
  const { time } = filter;
  const texts: Record<keyof Filter, string> = {
    terms: JSON.stringify(filter.terms.map(termText)),
    time: time ? `${time.startNs}~${time.endNs}` : '',
    text: filter.text,
  };
  for (const [name, change] of Object.entries(FILTER_PARTS)) {
    parts.set(`filter ${name}`, { text: texts[name as keyof Filter], change });
  }
  for (const [option, text] of Object.entries(options)) {
    parts.set(`option ${option}`, { text, change: ruleOf(option).change });
  }
  return parts;
}
