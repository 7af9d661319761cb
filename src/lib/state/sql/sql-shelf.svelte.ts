/** Queries stored in this browser: the history, newest first, and the saved ones. */
import { remember, remembered } from '$lib/state/remembered';

export interface PastQuery {
  sql: string;
  /** Epoch milliseconds of its last run. */
  at: number;
  /** Its outcome. */
  rows: number | null;
  elapsedMs: number;
  failed: boolean;
  /** The dataset it ran on. */
  dataset: string;
}

export interface SavedQuery {
  name: string;
  sql: string;
  /** Epoch milliseconds. */
  at: number;
}

const HISTORY = 'sql-history';
const SAVED = 'sql-saved';
const MOST_PAST = 300;
/** Browsers store about five million characters per site in total. */
const MOST_CHARACTERS = 600_000;
/** Longer texts are data, not a query worth keeping. */
const LONGEST = 50_000;

export class SqlShelf {
  /** Newest first; each text appears once. */
  history = $state.raw<readonly PastQuery[]>(remembered(HISTORY, [], isListOf(isPastQuery)));
  /** Sorted by name. */
  saved = $state.raw<readonly SavedQuery[]>(remembered(SAVED, [], isListOf(isSavedQuery)));

  /** Adds a run to the top of the history, replacing an earlier run of the same text. */
  add(query: PastQuery): void {
    if (query.sql.length > LONGEST) return;
    let characters = 0;
    this.history = [query, ...this.history.filter(({ sql }) => sql !== query.sql)]
      .slice(0, MOST_PAST)
      .filter(({ sql }) => (characters += sql.length) <= MOST_CHARACTERS);
    remember(HISTORY, this.history);
  }

  forget(sql: string): void {
    this.history = this.history.filter((query) => query.sql !== sql);
    remember(HISTORY, this.history);
  }

  forgetAll(): void {
    this.history = [];
    remember(HISTORY, this.history);
  }

  /** Saves a query under a name, replacing any other of that name. */
  save(name: string, sql: string): void {
    const kept = this.saved.filter((query) => query.name !== name);
    this.#setSaved([...kept, { name, sql, at: Date.now() }]);
  }

  /** If the new name is taken, the other query is replaced. */
  rename(name: string, next: string): void {
    const query = this.saved.find((known) => known.name === name);
    if (!query || name === next) return;
    const others = this.saved.filter((known) => known.name !== name && known.name !== next);
    this.#setSaved([...others, { ...query, name: next }]);
  }

  remove(name: string): void {
    this.#setSaved(this.saved.filter((query) => query.name !== name));
  }

  #setSaved(saved: SavedQuery[]): void {
    this.saved = saved.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
    remember(SAVED, this.saved);
  }
}

/** The one shelf of this page. */
export const sqlShelf = new SqlShelf();

function isListOf<T>(isOne: (value: unknown) => value is T): (value: unknown) => value is T[] {
  return (value): value is T[] => Array.isArray(value) && value.every(isOne);
}

function isPastQuery(value: unknown): value is PastQuery {
  const query = value as Partial<PastQuery> | null;
  return (
    typeof query?.sql === 'string' &&
    typeof query.at === 'number' &&
    (query.rows === null || typeof query.rows === 'number') &&
    typeof query.elapsedMs === 'number' &&
    typeof query.failed === 'boolean' &&
    typeof query.dataset === 'string'
  );
}

function isSavedQuery(value: unknown): value is SavedQuery {
  const query = value as Partial<SavedQuery> | null;
  return (
    typeof query?.name === 'string' && typeof query.sql === 'string' && typeof query.at === 'number'
  );
}
