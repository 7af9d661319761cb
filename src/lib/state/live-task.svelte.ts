/**
 * The one way in which the page waits for an answer: what runs is superseded by what comes after it, shows no sign of work
 * for a moment, and keeps its failure. `LatestWork` is told when to run, `LiveTask` follows reactive inputs.
 */
import { isAbort } from '$lib/model/errors';
import { untrack } from 'svelte';

/** What is done within this time shows no sign of work. */
export const QUIET_MS = 150;

export type Outcome = 'done' | 'failed' | 'stopped' | 'superseded';

export class LatestWork {
  isRunning = $state(false);
  /** True once it has been under way for 150 ms, beyond its rest. */
  loading = $state(false);
  /** Why the last work failed; null once other work is done. */
  error = $state.raw<Error | null>(null);
  #abort: AbortController | null = null;

  /**
   * Works in place of what is running. Never rejects: a failure stands in `error`.
   * @param done takes what came of it, unless it was stopped or superseded meanwhile.
   * @param restMs how long to wait before it begins.
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

  /** Gives up what is running. */
  stop(): void {
    this.#abort?.abort();
  }
}

/** Ends early when it is aborted: what waited for it finds its signal aborted. */
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
  /** The value where it is at hand: it is shown at once, and nothing runs. */
  known?: (input: Input) => Value | null;
  /** How long the inputs must rest before it runs; for what is typed. */
  restMs?: (input: Input) => number;
}

/** Asynchronous work that follows reactive inputs. The value of before stays until the new one is there. */
export class LiveTask<Input, Value> {
  /** The newest value; null before the first, or while there is no input. */
  value = $state.raw<Value | null>(null);
  /** The input that `value` is of, to tell an old picture from a new one. */
  answered = $state.raw<Input | null>(null);
  readonly #work = new LatestWork();
  #attempt = $state(0);

  /**
   * Must be made while a component is set up; ends with it.
   * @param input read reactively; null asks nothing and drops the value.
   * @param run its reads are not followed; a function that returned after its signal was aborted is not heard.
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

  /** True once the work has been under way for 150 ms. */
  get loading(): boolean {
    return this.#work.loading;
  }

  /** Runs again, after an error. */
  retry(): void {
    this.#attempt++;
  }
}
