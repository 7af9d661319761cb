/** How long datasets are kept in this browser, and how many bytes of them. Applied when the page starts. */
import type { LibraryEntry } from '$lib/model/dataset';
import { formatBytes, plural } from '$lib/model/quantity';
import { isWholeNumberOfDays } from './flock-env';
import { remember, remembered } from './remembered';

export interface RetentionRules {
  /** 1–365; null keeps them forever. */
  days: number | null;
  /** All datasets together; null sets no limit. */
  maxBytes: number | null;
}

const RETENTION = 'retention';
const MS_PER_DAY = 86_400_000;

class Retention {
  #rules = $state.raw<RetentionRules>(readRules());

  get rules(): RetentionRules {
    return this.#rules;
  }
  set rules(rules: RetentionRules) {
    this.#rules = rules;
    remember(RETENTION, rules);
  }
}

export const retention = new Retention();

function readRules(): RetentionRules {
  const { days, maxBytes } = remembered<Partial<RetentionRules>>(
    RETENTION,
    {},
    (value): value is Partial<RetentionRules> => typeof value === 'object' && value !== null,
  );
  return {
    days: typeof days === 'number' && isWholeNumberOfDays(days) ? days : null,
    maxBytes: typeof maxBytes === 'number' && maxBytes > 0 ? maxBytes : null,
  };
}

/**
 * The datasets to remove: those older than the limit in days, then the oldest until the rest fits. The newest one stays even
 * if it alone is too large, because it has just been opened.
 * @param nowMs epoch milliseconds.
 */
export function outlived(
  entries: readonly LibraryEntry[],
  { days, maxBytes }: RetentionRules,
  nowMs: number,
): LibraryEntry[] {
  const newestFirst = entries.toSorted((a, b) => b.savedAt - a.savedAt);
  let bytes = 0;
  return newestFirst.filter((entry, i) => {
    if (days !== null && nowMs - entry.savedAt > days * MS_PER_DAY) return true;
    bytes += entry.bytes;
    if (maxBytes === null || bytes <= maxBytes || i === 0) return false;
    bytes -= entry.bytes;
    return true;
  });
}

/** Says which were removed and why. */
export function goneNote(
  gone: readonly LibraryEntry[],
  { days, maxBytes }: RetentionRules,
): string {
  const names = gone.slice(0, 3).map(({ name }) => name);
  const more = gone.length > names.length ? ` and ${gone.length - names.length} more` : '';
  const rules = [
    days !== null && `${plural(days, 'day')}`,
    maxBytes !== null && `${formatBytes(maxBytes)}`,
  ].filter(Boolean);
  const bytes = gone.reduce((sum, entry) => sum + entry.bytes, 0);
  return `Removed from this browser, by your limit of ${rules.join(' and ')}: ${names.join(', ')}${more} (${formatBytes(bytes)}).`;
}
