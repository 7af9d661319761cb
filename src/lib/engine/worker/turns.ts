/** Runs tasks one after another, in the order of the calls. A failure does not affect the next. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Runs once everything requested before is over. */
  take<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run);
    // So that the result is not held until the next task.
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }
}
