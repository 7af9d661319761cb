/** Short messages that need no response: shown in a corner, read out by screen readers, gone after a while. */

export interface Notice {
  id: number;
  severity: 'info' | 'warning';
  text: string;
}

const SHOWN_MS = 8_000;

export class Notices {
  list = $state.raw<readonly Notice[]>([]);
  #lastId = 0;

  /** A notice whose text is already on screen is not repeated. Warnings stay until closed. */
  add(severity: Notice['severity'], text: string): void {
    if (this.list.some((notice) => notice.text === text)) return;
    const id = ++this.#lastId;
    this.list = [...this.list.slice(-3), { id, severity, text }];
    if (severity === 'info') setTimeout(() => this.close(id), SHOWN_MS);
  }

  close(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }
}
