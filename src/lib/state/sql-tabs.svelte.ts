/** The texts of the SQL view, a tab each. */

export interface SqlTab {
  readonly id: number;
  title: string;
  text: string;
}

export class SqlTabs {
  list = $state.raw<readonly SqlTab[]>([]);
  /** `id` of the tab that is shown; null while there is none. */
  activeId = $state<number | null>(null);
  #lastId = 0;

  /** Shows a text in a tab: the one that holds it already, or a new one. */
  show(title: string, text: string): void {
    const known = this.list.find((tab) => tab.text === text);
    if (known) {
      this.activeId = known.id;
      return;
    }
    const tab: SqlTab = { id: ++this.#lastId, title, text };
    this.list = [...this.list, tab];
    this.activeId = tab.id;
  }
}
