/**
 * The engine as the page sees it: a proxy of the worker that survives it. A worker that no longer answers is ended, and
 * a new one opens the same dataset again.
 */
import { proxy, wrap, type Remote } from 'comlink';
import type { DatasetSummary, LibraryEntry } from '$lib/model/dataset';
import { AppError, abortError } from '$lib/model/errors';
import { resolveOrigin, type Origin } from '$lib/model/origin';
import type { Answer, EngineService } from '$lib/engine/worker/engine-service';
import {
  Sql,
  type Engine,
  type ExportFormat,
  type ExportOptions,
  type NamedQuery,
  type OpenOptions,
  type QueryOptions,
  type QueryResult,
} from './engine';
import type { LoadProgress } from '$lib/engine/worker/load-engine';
import { ArrowResult } from '$lib/engine/query/result';
import { DEFAULT_LIMIT, DEFAULT_TIMEOUT_MS } from '$lib/engine/query/run-query';

/** Writing a file takes longer than an answer for the screen. */
const EXPORT_TIMEOUT_MS = 600_000;
/** How long after its time limit, or after being cancelled, a query may go on before the worker is asked for a sign of life. */
const GRACE_MS = 1500;
/** How long the worker has for that sign. Its longest own work is writing out a large dataset, during which opens are under way. */
const PING_MS = 2500;

export function createEngine(): Engine {
  return new EngineClient();
}

class EngineClient implements Engine {
  ready: Promise<void>;
  private worker!: Worker;
  private remote!: Remote<EngineService>;
  private nextId = 0;
  private opening = 0;
  /** How to open the dataset again: from the library where it is kept, else from what it was read from. */
  private reopenInputs: Origin[] = [];
  /** Rejects everything that waits for the current worker. */
  private abandon!: (error: unknown) => void;
  private abandoned!: Promise<never>;
  private restarting: Promise<void> | null = null;
  private readonly restartListeners = new Set<(message: string) => void>();
  private readonly bootListeners = new Set<(progress: LoadProgress) => void>();
  private bootProgress: LoadProgress = { bytesDone: 0, bytesTotal: 0 };

  readonly library = {
    list: (): Promise<LibraryEntry[]> => this.call((remote) => remote.listLibrary()),
    remove: async (id: string): Promise<void> => {
      await this.call((remote) => remote.removeFromLibrary(id));
    },
  };

  constructor() {
    this.ready = this.start();
  }

  onBoot(listener: (progress: LoadProgress) => void): () => void {
    this.bootListeners.add(listener);
    listener(this.bootProgress);
    return () => this.bootListeners.delete(listener);
  }

  onRestart(listener: (message: string) => void): () => void {
    this.restartListeners.add(listener);
    return () => this.restartListeners.delete(listener);
  }

  async open(origin: Origin, options: OpenOptions = {}): Promise<DatasetSummary> {
    options.signal?.throwIfAborted();
    options.onProgress?.({ phase: 'engine', bytesDone: 0, bytesTotal: 0, spans: 0 });
    // What addresses are relative to is the page, which the worker does not know.
    const absolute = resolveOrigin(origin, document.baseURI);
    const id = this.nextId++;
    const cancel = () => void this.remote.cancelOpen(id);
    options.signal?.addEventListener('abort', cancel);
    this.opening++;
    try {
      await this.ready;
      options.signal?.throwIfAborted();
      const summary = await this.call((remote) =>
        remote.open(id, absolute, proxy(options.onProgress ?? (() => {}))),
      );
      const { libraryId } = summary;
      this.reopenInputs = libraryId ? [{ kind: 'library', id: libraryId }, absolute] : [absolute];
      return summary;
    } finally {
      this.opening--;
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  async query(query: string | Sql, options: QueryOptions = {}): Promise<QueryResult> {
    const { signal, limit = DEFAULT_LIMIT, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const request = { ...textOf(query), limit, timeoutMs };
    const raw = await this.watched(signal, timeoutMs, (remote, id) => remote.query(id, request));
    return new ArrowResult(raw);
  }

  async export(
    query: string | Sql,
    format: ExportFormat,
    options: ExportOptions = {},
  ): Promise<Blob> {
    const { signal, timeoutMs = EXPORT_TIMEOUT_MS, onRows = () => {} } = options;
    const request = { ...textOf(query), format, timeoutMs };
    const told = proxy(onRows);
    return this.watched(signal, timeoutMs, (remote, id) => remote.export(id, request, told));
  }

  /** Asks what can be cancelled, has a time limit, and ends with the worker where nothing else ends it. */
  private async watched<T>(
    signal: AbortSignal | undefined,
    timeoutMs: number,
    ask: (remote: Remote<EngineService>, id: number) => Promise<Answer<T>>,
  ): Promise<T> {
    if (signal?.aborted) throw abortError();
    const id = this.nextId++;
    const watch = new Watch(() => this.restartIfStuck());
    const cancel = () => {
      void this.remote.cancelQuery(id);
      watch.after(GRACE_MS);
    };
    signal?.addEventListener('abort', cancel);
    watch.after(timeoutMs + GRACE_MS);
    try {
      const value = await this.call((remote) => ask(remote, id));
      if (signal?.aborted) throw abortError();
      return value;
    } finally {
      watch.stop();
      signal?.removeEventListener('abort', cancel);
    }
  }

  save(queries: readonly NamedQuery[] = []): Promise<Blob> {
    return this.call((remote) => remote.save(queries));
  }

  async close(): Promise<void> {
    this.reopenInputs = [];
    await this.call((remote) => remote.close());
  }

  private async start(): Promise<void> {
    this.worker = new Worker(new URL('./worker/engine.worker.ts', import.meta.url), {
      type: 'module',
    });
    this.remote = wrap<EngineService>(this.worker);
    this.abandoned = new Promise((_, reject) => (this.abandon = reject));
    this.abandoned.catch(() => {});
    const { abandon } = this;
    this.worker.onerror = (event) => {
      event.preventDefault();
      abandon(
        new AppError(
          'engine-failed',
          `The engine's worker failed: ${event.message || 'it could not be loaded'}`,
        ),
      );
    };
    await this.call((remote) =>
      remote.boot(
        proxy((progress: LoadProgress) => {
          this.bootProgress = progress;
          for (const listener of this.bootListeners) listener(progress);
        }),
      ),
    );
  }

  /** Calls the worker and turns its tagged answer back into a value or an error. */
  private async call<T>(ask: (remote: Remote<EngineService>) => Promise<Answer<T>>): Promise<T> {
    const answer = await Promise.race([ask(this.remote), this.abandoned]);
    if (answer.ok) return answer.value;
    if (answer.abort) throw abortError();
    const { code, message, data } = answer.error;
    if (code === 'engine-failed' && data.trap) void this.restart();
    throw new AppError(code, message, data);
  }

  private async restartIfStuck(): Promise<boolean> {
    if (this.opening > 0) return false;
    const alive = Symbol('alive');
    const sign = await Promise.race([
      this.remote.ping().then(() => alive),
      new Promise((done) => setTimeout(done, PING_MS)),
    ]);
    if (sign === alive || this.opening > 0) return false;
    await this.restart();
    return true;
  }

  private restart(): Promise<void> {
    this.restarting ??= this.replaceWorker().finally(() => (this.restarting = null));
    return this.restarting;
  }

  private async replaceWorker(): Promise<void> {
    const inputs = this.reopenInputs;
    const message = 'The query could not be interrupted, so the engine was started anew.';
    this.worker.terminate();
    this.abandon(new AppError('engine-restarted', message));
    this.ready = this.start();
    this.ready.catch(() => {});
    try {
      await this.ready;
      await this.openFirst(inputs);
      this.tell(inputs.length ? `${message} The dataset is open again.` : message);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.tell(`${message} The dataset could not be opened again: ${reason}`);
    }
  }

  /** Opens the first of several ways to the same dataset that works. */
  private async openFirst([input, ...others]: Origin[]): Promise<void> {
    if (!input) return;
    try {
      await this.open(input);
    } catch (error) {
      if (others.length === 0) throw error;
      await this.openFirst(others);
    }
  }

  private tell(message: string): void {
    for (const listener of this.restartListeners) listener(message);
  }
}

/** Asks again and again, from a moment on, whether to give up; the earliest moment wins. */
class Watch {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = Infinity;

  constructor(private readonly giveUp: () => Promise<boolean>) {}

  after(ms: number): void {
    const due = performance.now() + ms;
    if (due >= this.due) return;
    this.due = due;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), ms);
  }

  private async ask(): Promise<void> {
    if (await this.giveUp()) return;
    if (this.due === Infinity) return;
    this.due = Infinity;
    this.after(GRACE_MS);
  }

  stop(): void {
    this.due = Infinity;
    clearTimeout(this.timer);
  }
}

/** What of a query crosses to the worker. */
function textOf(query: string | Sql): { sql: string; shared?: readonly string[] } {
  return query instanceof Sql ? { sql: query.text, shared: query.shared } : { sql: query };
}
