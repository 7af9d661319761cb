/** The SQL view's tabs: their texts, stored in this browser, and the outcomes of their last runs. */
import { remember, remembered } from '$lib/state/remembered';
import { SqlRun } from './sql-run.svelte';

const KEY = 'sql-tabs';
/** Pause in typing before the tabs are stored. */
const KEEP_REST_MS = 400;

export class SqlTab {
  readonly id: number;
  title = $state('');
  text = $state('');
  /** Whether its queries run on the filtered data. */
  obeysFilter = $state(true);
  /** Its text runs as soon as it is shown. */
  isDue = $state(false);
  /** Where the cursor was left. */
  cursor = 0;
  readonly run = new SqlRun();

  constructor(id: number, title: string, text: string, obeysFilter = true) {
    this.id = id;
    this.title = title;
    this.text = text;
    this.obeysFilter = obeysFilter;
  }
}

interface KeptTabs {
  tabs: { title: string; text: string; obeysFilter: boolean }[];
  active: number;
}

export class SqlTabs {
  list = $state.raw<readonly SqlTab[]>([]);
  /** `id` of the active tab; null if there is none. */
  activeId = $state<number | null>(null);
  #lastId = 0;
  #keeping: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const { tabs, active } = remembered<KeptTabs>(KEY, { tabs: [], active: 0 }, isKeptTabs);
    this.list = tabs.map((tab) => new SqlTab(++this.#lastId, tab.title, tab.text, tab.obeysFilter));
    this.activeId = (this.list[active] ?? this.list[0])?.id ?? null;
  }

  get active(): SqlTab | null {
    return this.list.find(({ id }) => id === this.activeId) ?? null;
  }

  /**
   * Shows a text and runs it, in the tab that already holds it or in a new one. SQL from another view already includes the
   * filter, so it runs as written.
   */
  show(title: string, text: string): void {
    const known = this.list.find((tab) => tab.text === text);
    const tab = known ?? this.#add(new SqlTab(++this.#lastId, title, text, false));
    tab.isDue = true;
    this.activeId = tab.id;
    this.keep();
  }

  /** Adds a tab at the end and shows it. */
  open(text = '', title = this.#freeTitle()): SqlTab {
    const tab = this.#add(new SqlTab(++this.#lastId, title, text));
    this.activeId = tab.id;
    this.keep();
    return tab;
  }

  /** Closes a tab and shows its neighbour. */
  close(id: number): void {
    const index = this.list.findIndex((tab) => tab.id === id);
    if (index < 0) return;
    this.list[index].run.stop();
    this.list = this.list.filter((tab) => tab.id !== id);
    if (this.activeId === id)
      this.activeId = (this.list[index] ?? this.list[index - 1])?.id ?? null;
    this.keep();
  }

  /** Shows the next or the previous tab, wrapping around. */
  step(by: 1 | -1): void {
    const index = this.list.findIndex(({ id }) => id === this.activeId);
    if (index < 0) return;
    this.activeId = this.list.at((index + by) % this.list.length)!.id;
    this.keep();
  }

  rename(tab: SqlTab, title: string): void {
    const given = title.trim();
    if (given) tab.title = given;
    this.keep();
  }

  setText(tab: SqlTab, text: string): void {
    tab.text = text;
    this.keep();
  }

  /** Stores the tabs after a pause. */
  keep(): void {
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => {
      const active = this.list.findIndex(({ id }) => id === this.activeId);
      const tabs = this.list.map(({ title, text, obeysFilter }) => ({ title, text, obeysFilter }));
      remember(KEY, { tabs, active } satisfies KeptTabs);
    }, KEEP_REST_MS);
  }

  #add(tab: SqlTab): SqlTab {
    this.list = [...this.list, tab];
    return tab;
  }

  #freeTitle(): string {
    for (let n = 1; ; n++) {
      const title = `Query ${n}`;
      if (!this.list.some((tab) => tab.title === title)) return title;
    }
  }
}

function isKeptTabs(value: unknown): value is KeptTabs {
  const kept = value as Partial<KeptTabs> | null;
  return (
    typeof kept?.active === 'number' &&
    Array.isArray(kept.tabs) &&
    kept.tabs.every(
      (tab: Partial<KeptTabs['tabs'][number]> | null) =>
        typeof tab?.title === 'string' &&
        typeof tab.text === 'string' &&
        typeof tab.obeysFilter === 'boolean',
    )
  );
}
