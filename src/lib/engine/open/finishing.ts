/** The remaining steps for a dataset that is already shown: its attribute index, then writing it out and sealing it. */
import { readsIndex } from '$lib/dataset/schema/attributes';
import { AppError } from '$lib/model/errors';
import { messageOf } from '$lib/engine/query/gate';

/** Runs a step after the queries that are already waiting. */
type Queue = (run: () => Promise<void>) => Promise<void>;

export class Finishing {
  /** Whether the index can be read. */
  #isIndexed = false;
  #isCancelled = false;
  readonly #indexed: Promise<void>;
  readonly #done: Promise<void>;
  #begin: () => void = () => {};

  /**
   * Starts soon. If a step fails, the later ones are skipped.
   * @param spans of the dataset
   */
  constructor(
    queue: Queue,
    spans: number,
    { index, seal }: { index: () => Promise<void>; seal: () => Promise<void> },
  ) {
    const begun = new Promise<void>((begin) => {
      const timer = setTimeout(begin, delayMs(spans));
      this.#begin = () => {
        clearTimeout(timer);
        begin();
      };
    });
    const unlessCancelled = (run: () => Promise<void>) => async () => {
      if (!this.#isCancelled) await run();
    };
    this.#indexed = begun.then(() => queue(unlessCancelled(index)));
    // Queries that waited for the index go first.
    this.#done = this.#indexed.then(nextTimer).then(() => queue(unlessCancelled(seal)));
    // Waiting callers get the failure; there may be none.
    this.#indexed.then(() => (this.#isIndexed = true)).catch(() => {});
    this.#done.catch(() => {});
  }

  /**
   * Resolves when a query can run: at once, unless it needs the index, which is then filled right away.
   * @throws AppError `query-failed` if there will be no index.
   */
  async readyFor(sql: string): Promise<void> {
    if (this.#isIndexed || !readsIndex(sql)) return;
    this.#begin();
    try {
      await this.#indexed;
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      throw new AppError(
        'query-failed',
        `The index of attributes could not be made: ${messageOf(error)}. Open the file again to have it.`,
      );
    }
  }

  /** Resolves once the dataset is sealed, or was given up. Rejects with what went wrong. */
  done(): Promise<void> {
    return this.#done;
  }

  /** Runs the remaining steps now. */
  hurry(): void {
    this.#begin();
  }

  /** Runs no further step. */
  cancel(): void {
    this.#isCancelled = true;
    this.#begin();
  }
}

const nextTimer = () => new Promise<void>((done) => setTimeout(done));

/** Leaves the page time to query and paint its first view. */
function delayMs(spans: number): number {
  return Math.min(600, 50 + spans / 150);
}
