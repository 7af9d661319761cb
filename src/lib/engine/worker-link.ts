/**
 * One engine worker during its lifetime: its calls, its own messages, and whether it is stuck. Once it is given up, all
 * pending calls are rejected, and nothing of it is retained.
 */
import { wrap, type Remote } from 'comlink';
import { AppError, abortError } from '$lib/model/errors';
import type { Answer, EngineService } from '$lib/engine/worker/engine-service';
import { isEngineEvent, type EngineEvent } from '$lib/engine/worker/engine-events';

export interface Patience {
  /** How long after its time limit, or after being cancelled, a query may go on before the worker is asked for a sign of life. */
  graceMs: number;
  /** How long the worker has for that sign. */
  signMs: number;
  /** How long a step of the engine's own may take, such as writing out a large dataset. */
  workMs: number;
  /** How long an open may be silent before the worker is asked. */
  openMs: number;
}

export const PATIENCE: Patience = {
  graceMs: 1_500,
  signMs: 2_500,
  workMs: 600_000,
  openMs: 10_000,
};

const SIGN_TICKS = 5;

/** The part of Worker that is used. */
export type EngineWorker = Pick<
  Worker,
  'postMessage' | 'addEventListener' | 'removeEventListener' | 'terminate'
>;

export class WorkerLink {
  readonly #worker: EngineWorker;
  readonly #remote: Remote<EngineService>;
  /** Rejects what waits for the worker. */
  readonly #waiting = new Set<(error: unknown) => void>();
  readonly #onEvent: (event: EngineEvent) => void;
  readonly #patience: Patience;
  /** Why it was given up. */
  #failure: AppError | null = null;
  /** When the worker announced a long step; null outside of one. */
  #workingSince: number | null = null;
  /** Called at the worker's next message. */
  readonly #listening = new Set<() => void>();

  constructor(
    worker: EngineWorker,
    onEvent: (event: EngineEvent) => void,
    patience: Patience = PATIENCE,
  ) {
    this.#worker = worker;
    this.#onEvent = onEvent;
    this.#patience = patience;
    this.#remote = wrap<EngineService>(worker);
    worker.addEventListener('message', this.#heard);
    worker.addEventListener('error', this.#failed);
  }

  /** Calls the worker and turns its tagged answer back into a value or an error. */
  async call<T>(ask: (remote: Remote<EngineService>) => Promise<Answer<T>>): Promise<T> {
    const answer = await new Promise<Answer<T>>((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting.add(reject);
      ask(this.#remote)
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    });
    if (answer.ok) return answer.value;
    if (answer.abort) throw abortError();
    const { code, message, data } = answer.error;
    throw new AppError(code, message, data);
  }

  /** Sends a message without waiting for an answer. */
  send(ask: (remote: Remote<EngineService>) => Promise<unknown>): void {
    if (this.#failure) return;
    ask(this.#remote).catch(() => undefined);
  }

  /** Whether it gives a sign of life, or is in a long step that it announced. */
  async isAlive(): Promise<boolean> {
    if (this.#failure) return false;
    if (this.#workingSince !== null) {
      return performance.now() - this.#workingSince < this.#patience.workMs;
    }
    return new Promise((resolve) => {
      let ticks = 0;
      const settle = (isAlive: boolean) => {
        clearInterval(timer);
        this.#listening.delete(heard);
        resolve(isAlive);
      };
      const heard = () => settle(true);
      // In several ticks: where this thread was busy itself, the answer that waits is heard between two of them.
      const timer = setInterval(() => {
        if (++ticks === SIGN_TICKS) settle(false);
      }, this.#patience.signMs / SIGN_TICKS);
      this.#listening.add(heard);
      this.send((remote) => remote.ping().then(heard));
    });
  }

  get isEnded(): boolean {
    return this.#failure !== null;
  }

  /** Ends the worker; what waits for it is rejected. */
  end(error: AppError): void {
    this.#worker.removeEventListener('message', this.#heard);
    this.#worker.removeEventListener('error', this.#failed);
    this.#worker.terminate();
    this.#giveUp(error);
  }

  #giveUp(error: AppError): void {
    this.#failure ??= error;
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }

  readonly #heard = (message: Event) => {
    const { data } = message as MessageEvent<unknown>;
    if (!isEngineEvent(data)) return;
    if (data.event === 'work') this.#workingSince = data.isWorking ? performance.now() : null;
    for (const heard of this.#listening) heard();
    this.#onEvent(data);
  };

  readonly #failed = (event: Event) => {
    event.preventDefault();
    const { message } = event as ErrorEvent;
    this.#giveUp(
      new AppError(
        'engine-failed',
        `The engine's worker failed: ${message || 'it could not be loaded'}`,
      ),
    );
  };
}

/** Asks again and again, from a moment on, whether to give up; the earliest moment wins. */
export class Watch {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;

  /**
   * @param giveUp tells whether there is nothing more to wait for
   * @param againMs after which it is asked again
   */
  constructor(
    private readonly giveUp: () => Promise<boolean>,
    private readonly againMs: number,
  ) {}

  after(ms: number): void {
    const due = performance.now() + ms;
    if (due >= this.#due) return;
    this.#due = due;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), ms);
  }

  async #ask(): Promise<void> {
    if (await this.giveUp()) return;
    if (this.#due === Infinity) return;
    this.#due = Infinity;
    this.after(this.againMs);
  }

  stop(): void {
    this.#due = Infinity;
    clearTimeout(this.#timer);
  }
}
