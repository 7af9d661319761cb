/**
 * The engine as the page sees it: a proxy that outlives the worker. A worker that stops responding is ended, and a new one
 * reopens the same datasets.
 */
import type { Remote } from 'comlink';
import { stopIfAborted, untilAborted } from '$lib/model/cancel';
import type { DatasetSummary, LibraryEntry, OpenProgress } from '$lib/model/dataset';
import { AppError } from '$lib/model/errors';
import type { Mapping, PreviewSpan } from '$lib/model/mapping';
import { resolveOrigin, type Origin } from '$lib/model/origin';
import type { Answer, EngineService } from '$lib/engine/worker/engine-service';
import type { EngineEvent } from '$lib/engine/worker/engine-events';
import type { LoadProgress } from '$lib/engine/worker/load-engine';
import { ArrowResult } from '$lib/engine/query/result';
import { DEFAULT_LIMIT, DEFAULT_TIMEOUT_MS } from '$lib/engine/query/run-query';
import {
  Sql,
  type Dataset,
  type Engine,
  type ExportFormat,
  type ExportOptions,
  type NamedQuery,
  type OpenOptions,
  type QueryOptions,
  type QueryResult,
} from './engine';
import { PATIENCE, Watch, WorkerLink, type EngineWorker } from './worker-link';

/** Writing a file takes longer than a query for the screen. */
const EXPORT_TIMEOUT_MS = 600_000;

export interface EngineOptions {
  /** Starts a worker of the engine. */
  spawn?: () => EngineWorker;
  patience?: typeof PATIENCE;
  /** The page's address, the base of relative ones, which the worker does not know. */
  base?: string;
}

export function createEngine(options: EngineOptions = {}): Engine {
  return new EngineClient(options);
}

function spawnWorker(): EngineWorker {
  return new Worker(new URL('./worker/engine.worker.ts', import.meta.url), { type: 'module' });
}

class EngineClient implements Engine {
  ready: Promise<void>;
  readonly #spawn: () => EngineWorker;
  readonly #patience: typeof PATIENCE;
  readonly #base: string;
  #link!: WorkerLink;
  /** Names datasets and calls. */
  #nextId = 0;
  readonly #datasets = new Set<ClientDataset>();
  /** Progress listeners of opens and exports, by id. */
  readonly #progress = new Map<number, (progress: OpenProgress) => void>();
  readonly #rows = new Map<number, (rows: number) => void>();
  #restarting: Promise<void> | null = null;
  readonly #restartListeners = new Set<(message: string) => void>();
  readonly #bootListeners = new Set<(progress: LoadProgress) => void>();
  #bootProgress: LoadProgress = { bytesDone: 0, bytesTotal: 0 };

  readonly library = {
    list: (): Promise<LibraryEntry[]> => this.#call((remote) => remote.listLibrary()),
    remove: async (id: string): Promise<void> => {
      await this.#call((remote) => remote.removeFromLibrary(id));
    },
  };

  constructor({ spawn = spawnWorker, patience = PATIENCE, base }: EngineOptions) {
    this.#spawn = spawn;
    this.#patience = patience;
    this.#base = base ?? document.baseURI;
    this.ready = this.#start();
  }

  onBoot(listener: (progress: LoadProgress) => void): () => void {
    this.#bootListeners.add(listener);
    listener(this.#bootProgress);
    return () => this.#bootListeners.delete(listener);
  }

  onRestart(listener: (message: string) => void): () => void {
    this.#restartListeners.add(listener);
    return () => this.#restartListeners.delete(listener);
  }

  async open(origin: Origin, { signal, onProgress }: OpenOptions = {}): Promise<Dataset> {
    stopIfAborted(signal);
    onProgress?.({ phase: 'engine', bytesDone: 0, bytesTotal: 0, spans: 0 });
    const resolved = resolveOrigin(origin, this.#base);
    await untilAborted(this.ready, signal);
    const id = this.#nextId++;
    const summary = await this.#openAs(id, resolved, signal, onProgress);
    const { libraryId } = summary;
    const kept: Origin[] = libraryId ? [{ kind: 'library', id: libraryId }] : [];
    const dataset = new ClientDataset(this, id, summary, [...kept, resolved]);
    this.#datasets.add(dataset);
    return dataset;
  }

  async preview(origin: Origin, mapping: Mapping, signal?: AbortSignal): Promise<PreviewSpan[]> {
    stopIfAborted(signal);
    const resolved = resolveOrigin(origin, this.#base);
    await untilAborted(this.ready, signal);
    const id = this.#nextId++;
    const link = this.#link;
    const cancel = () => link.send((remote) => remote.cancelOpen(id));
    signal?.addEventListener('abort', cancel);
    const spans = link.call((remote) => remote.preview(id, resolved, mapping));
    try {
      return await untilAborted(this.#noticingTraps(spans), signal);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Opens under an id; ends the worker if it gives no sign of life. */
  async #openAs(
    id: number,
    origin: Origin,
    signal?: AbortSignal,
    onProgress: (progress: OpenProgress) => void = () => {},
  ): Promise<DatasetSummary> {
    const resolved = resolveOrigin(origin, this.#base);
    const link = this.#link;
    let heardAt = performance.now();
    this.#progress.set(id, (progress) => {
      heardAt = performance.now();
      if (!signal?.aborted) onProgress(progress);
    });
    const { openMs } = this.#patience;
    const watch = new Watch(async () => {
      if (performance.now() - heardAt < openMs || (await link.isAlive())) return false;
      await this.#restart(
        'The engine stopped answering while it opened a dataset, so it was started anew.',
        link,
      );
      return true;
    }, openMs);
    watch.after(openMs);
    const cancel = () => link.send((remote) => remote.cancelOpen(id));
    signal?.addEventListener('abort', cancel);
    const opened = link.call((remote) => remote.open(id, resolved));
    try {
      return await untilAborted(this.#noticingTraps(opened), signal);
    } catch (error) {
      // It may have been opened before the cancel reached the worker.
      if (signal?.aborted) link.send((remote) => remote.close(id));
      throw error;
    } finally {
      watch.stop();
      signal?.removeEventListener('abort', cancel);
      this.#progress.delete(id);
    }
  }

  /** Makes a call that can be cancelled and has a time limit; as a last resort it ends with the worker. */
  async ask<T>(
    signal: AbortSignal | undefined,
    timeoutMs: number,
    ask: (remote: Remote<EngineService>, callId: number) => Promise<Answer<T>>,
    onRows?: (rows: number) => void,
  ): Promise<T> {
    stopIfAborted(signal);
    const link = this.#link;
    const callId = this.#nextId++;
    const { graceMs } = this.#patience;
    const watch = new Watch(async () => {
      if (await link.isAlive()) return false;
      await this.#restart(
        'The query could not be interrupted, so the engine was started anew.',
        link,
      );
      return true;
    }, graceMs);
    const cancel = () => {
      link.send((remote) => remote.cancelCall(callId));
      watch.after(graceMs);
    };
    signal?.addEventListener('abort', cancel);
    if (onRows) this.#rows.set(callId, onRows);
    watch.after(timeoutMs + graceMs);
    try {
      const value = await this.#noticingTraps(link.call((remote) => ask(remote, callId)));
      stopIfAborted(signal);
      return value;
    } catch (error) {
      // To its caller a cancelled query is just cancelled, even if it took the worker with it.
      stopIfAborted(signal);
      throw error;
    } finally {
      watch.stop();
      signal?.removeEventListener('abort', cancel);
      this.#rows.delete(callId);
    }
  }

  /** Makes a call without a time limit that can't be cancelled. */
  async #call<T>(ask: (remote: Remote<EngineService>) => Promise<Answer<T>>): Promise<T> {
    await this.ready;
    return this.#noticingTraps(this.#link.call(ask));
  }

  call<T>(ask: (remote: Remote<EngineService>) => Promise<Answer<T>>): Promise<T> {
    return this.#call(ask);
  }

  forget(dataset: ClientDataset): void {
    this.#datasets.delete(dataset);
  }

  /** A trap of the engine's wasm leaves it unusable. */
  async #noticingTraps<T>(asked: Promise<T>): Promise<T> {
    const link = this.#link;
    try {
      return await asked;
    } catch (error) {
      if (error instanceof AppError && error.code === 'engine-failed' && error.data.trap) {
        void this.#restart('The engine failed, so it was started anew.', link);
      }
      throw error;
    }
  }

  async #start(): Promise<void> {
    this.#link = new WorkerLink(this.#spawn(), (event) => this.#take(event), this.#patience);
    await this.#link.call((remote) => remote.boot());
  }

  #take(event: EngineEvent): void {
    switch (event.event) {
      case 'load':
        this.#bootProgress = event.progress;
        for (const listener of this.#bootListeners) listener(event.progress);
        break;
      case 'progress':
        this.#progress.get(event.openId)?.(event.progress);
        break;
      case 'rows':
        this.#rows.get(event.callId)?.(event.rows);
        break;
      case 'work':
    }
  }

  /** @param link the unusable one; if it is gone already, a new one is starting. */
  #restart(message: string, link: WorkerLink): Promise<void> {
    if (link !== this.#link) return this.#restarting ?? Promise.resolve();
    if (this.#restarting) {
      // The new worker fails too: give up what it is opening.
      link.end(new AppError('engine-restarted', message));
      return this.#restarting;
    }
    this.#restarting = this.#replaceWorker(message).finally(() => (this.#restarting = null));
    return this.#restarting;
  }

  async #replaceWorker(message: string): Promise<void> {
    // Calls from now on wait for the new worker.
    const previous = this.#link;
    this.ready = this.#start();
    this.ready.catch(() => {});
    const reopened = [...this.#datasets].map((dataset) =>
      dataset.reopen(async (origin) => {
        await this.ready;
        await this.#openAs(dataset.id, origin);
      }),
    );
    previous.end(new AppError('engine-restarted', message));
    const failures = (await Promise.all(reopened)).filter((failure) => failure !== null);
    if (this.#link.isEnded) {
      this.ready = this.#start();
      this.ready.catch(() => {});
    }
    const what = reopened.length === 1 ? 'The dataset' : 'The datasets';
    const outcome =
      failures.length > 0
        ? ` ${what} could not be opened again: ${failures[0]}`
        : reopened.length > 0
          ? ` ${what} ${reopened.length === 1 ? 'is' : 'are'} open again.`
          : '';
    for (const listener of this.#restartListeners) listener(message + outcome);
  }
}

class ClientDataset implements Dataset {
  readonly settled: Promise<string | null>;
  /** Resolves once a worker has it; rejects if it could not be reopened. */
  #ready: Promise<void> = Promise.resolve();
  readonly #closed = new AbortController();

  /** @param origins ways to reopen it, fastest first. */
  constructor(
    private readonly engine: EngineClient,
    readonly id: number,
    readonly summary: DatasetSummary,
    private readonly origins: readonly Origin[],
  ) {
    this.settled = engine.call((remote) => remote.settled(id)).catch(() => null);
  }

  async query(query: string | Sql, options: QueryOptions = {}): Promise<QueryResult> {
    const { signal, limit = DEFAULT_LIMIT, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const request = { ...textOf(query), limit, timeoutMs };
    await this.#opened(signal);
    const raw = await this.engine.ask(signal, timeoutMs, (remote, callId) =>
      remote.query(this.id, callId, request),
    );
    return new ArrowResult(raw);
  }

  async export(
    query: string | Sql,
    format: ExportFormat,
    { signal, timeoutMs = EXPORT_TIMEOUT_MS, onRows, guardsFormulas = true }: ExportOptions = {},
  ): Promise<Blob> {
    const request = { ...textOf(query), format, guardsFormulas, timeoutMs };
    await this.#opened(signal);
    return this.engine.ask(
      signal,
      timeoutMs,
      (remote, callId) => remote.export(this.id, callId, request),
      onRows,
    );
  }

  async save(queries: readonly NamedQuery[] = []): Promise<Blob> {
    await this.#opened(undefined);
    return this.engine.call((remote) => remote.save(this.id, queries));
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.engine.forget(this);
    // One that is being reopened is closed once it is open.
    await this.#ready.catch(() => undefined);
    try {
      await this.engine.call((remote) => remote.close(this.id));
    } catch (error) {
      // It was lost with its worker, and is not reopened.
      if (!(error instanceof AppError && error.code === 'engine-restarted')) throw error;
    }
  }

  /**
   * Opens it in a new worker, in the first way that works.
   * @returns why none does, or null
   */
  async reopen(open: (origin: Origin) => Promise<void>): Promise<string | null> {
    const reopening = this.#openFirst(open, this.origins);
    this.#ready = reopening.catch((error: unknown) => {
      throw new AppError(
        'engine-restarted',
        `The engine was started anew, and the dataset could not be opened again: ${messageOf(error)}`,
      );
    });
    this.#ready.catch(() => {});
    return reopening.then(() => null, messageOf);
  }

  async #openFirst(
    open: (origin: Origin) => Promise<void>,
    [origin, ...others]: readonly Origin[],
  ): Promise<void> {
    try {
      await open(origin);
    } catch (error) {
      if (others.length === 0) throw error;
      await this.#openFirst(open, others);
    }
  }

  /** @throws AppError `no-dataset`, `engine-restarted`; AbortError */
  async #opened(signal: AbortSignal | undefined): Promise<void> {
    const closed = () => {
      if (this.#closed.signal.aborted) {
        throw new AppError('no-dataset', 'This dataset has been closed.');
      }
    };
    closed();
    await untilAborted(this.#ready, signal);
    closed();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The part of a query that is sent to the worker. */
function textOf(query: string | Sql): { sql: string; shared?: readonly string[] } {
  return query instanceof Sql ? { sql: query.text, shared: query.shared } : { sql: query };
}
