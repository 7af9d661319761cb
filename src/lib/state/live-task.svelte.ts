/**
 * The one way in which the page waits for results: newer work supersedes running work, progress shows only after a moment,
 * and failures are kept. `LatestWork` is told when to run, `LiveTask` follows reactive inputs.
 */
import { isAbort } from '$lib/model/errors';
import { untrack } from 'svelte';

/** Work that ends within this time shows no progress. */
export const QUIET_MS = 150;

export type Outcome = 'done' | 'failed' | 'stopped' | 'superseded';

export class LatestWork {
  isRunning = $state(false);
  /** True once it has been running for 150 ms, not counting its delay. */
  loading = $state(false);
  /** Why the last work failed; null once other work has finished. */
  error = $state.raw<Error | null>(null);
  #abort: AbortController | null = null;

  /**
   * Runs in place of any running work. Never rejects: a failure is kept in `error`.
   * @param done receives the result, unless the work was stopped or superseded.
   * @param restMs delay before it starts.
   */
  async run<Value>(
    work: (signal: AbortSignal) => Promise<Value>,
    done: (value: Value) => void,
    restMs = 0,
  ): Promise<Outcome> {
    this.#abort?.abort();
    const abort = new AbortController();
    const { signal } = abort;
    this.#abort = abort;
    this.isRunning = true;
    const quiet = setTimeout(() => (this.loading = true), QUIET_MS + restMs);
    try {
      if (restMs > 0) await rest(restMs, signal);
      const value = await work(signal);
      if (this.#abort !== abort) return 'superseded';
      if (signal.aborted) return 'stopped';
      this.error = null;
      done(value);
      return 'done';
    } catch (error) {
      if (this.#abort !== abort) return 'superseded';
      if (signal.aborted || isAbort(error)) return 'stopped';
      this.error = error instanceof Error ? error : new Error(String(error));
      return 'failed';
    } finally {
      clearTimeout(quiet);
      if (this.#abort === abort) {
        this.#abort = null;
        this.isRunning = false;
        this.loading = false;
      }
    }
  }

  /** Stops the running work. */
  stop(): void {
    this.#abort?.abort();
  }
}

/** Rejects with AbortError if aborted meanwhile. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done, stopped) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      stopped(new DOMException('Stopped', 'AbortError'));
    });
  });
}

export interface LiveTaskOptions<Input, Value> {
  /** The value, if already known: it is shown at once, and nothing runs. */
  known?: (input: Input) => Value | null;
  /** How long the inputs must stay unchanged before it runs; for typing. */
  restMs?: (input: Input) => number;
}

/** Asynchronous work that follows reactive inputs. The old value stays until the new one is there. */
export class LiveTask<Input, Value> {
  /** The newest value; null before the first, or without an input. */
  value = $state.raw<Value | null>(null);
  /** The input that produced `value`, to tell an old picture from a new one. */
  answered = $state.raw<Input | null>(null);
  readonly #work = new LatestWork();
  #attempt = $state(0);

  /**
   * Create while a component initialises; ends with it.
   * @param input read reactively; null runs nothing and drops the value.
   * @param run its reads are not tracked; results that arrive after its signal was aborted are ignored.
   */
  constructor(
    input: () => Input | null,
    run: (input: Input, signal: AbortSignal) => Promise<Value>,
    { known, restMs }: LiveTaskOptions<Input, Value> = {},
  ) {
    const settle = (value: Value | null, answered: Input | null) => {
      this.value = value;
      this.answered = answered;
    };
    $effect(() => {
      const wanted = input();
      void this.#attempt;
      return untrack(() => {
        const value = wanted === null ? null : (known?.(wanted) ?? null);
        if (wanted === null || value !== null) {
          settle(value, wanted);
          this.#work.error = null;
          return;
        }
        void this.#work.run(
          (signal) => run(wanted, signal),
          (found) => settle(found, wanted),
          restMs?.(wanted),
        );
        return () => this.#work.stop();
      });
    });
  }

  get error(): Error | null {
    return this.#work.error;
  }

  /** True once the work has been running for 150 ms. */
  get loading(): boolean {
    return this.#work.loading;
  }

  /** Runs again, after an error. */
  retry(): void {
    this.#attempt++;
  }
}
