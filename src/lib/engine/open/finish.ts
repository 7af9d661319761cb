/** What is left to do on a dataset that is shown already: its index of attributes, then writing it out and sealing it. */
import { readsIndex } from '$lib/dataset/schema/attributes';

/** Runs something behind the queries that wait already. */
type Queue = (run: () => Promise<void>) => Promise<void>;

export class Completion {
  /** Whether the index can be read. */
  #isIndexed = false;
  readonly #indexed: Promise<void>;
  readonly #done: Promise<void>;
  #begin: () => void = () => {};

  /**
   * Begins soon. Where a step fails, those after it are not taken.
   * @param spans of the dataset
   */
  constructor(
    queue: Queue,
    spans: number,
    { index, seal }: { index: () => Promise<void>; seal: () => Promise<void> },
  ) {
    const begun = new Promise<void>((begin) => {
      this.#begin = begin;
      setTimeout(begin, delayMs(spans));
    });
    this.#indexed = begun.then(() => queue(index));
    // Queries that waited for the index go first.
    this.#done = this.#indexed.then(nextTimer).then(() => queue(seal));
    // Who waits hears of a failure; nobody may be waiting.
    this.#indexed.then(() => (this.#isIndexed = true)).catch(() => {});
    this.#done.catch(() => {});
  }

  /** Resolves when a query can be asked: at once, but for those that need the index, which is then filled at once. */
  async readyFor(sql: string): Promise<void> {
    if (this.#isIndexed || !readsIndex(sql)) return;
    this.#begin();
    await this.#indexed;
  }

  /** Resolves once the dataset is sealed. Rejects with what went wrong. */
  done(): Promise<void> {
    return this.#done;
  }
}

const nextTimer = () => new Promise<void>((done) => setTimeout(done));

/** Time for the page to ask for what it shows first, and to paint it: a small list is there at once. */
function delayMs(spans: number): number {
  return Math.min(600, 50 + spans / 150);
}
