/** One after another, in the order of asking. A failure of one is no failure of the next. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Runs once everything that was asked for before is over. */
  take<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run);
    // What came of it is not held until the next one.
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }
}
