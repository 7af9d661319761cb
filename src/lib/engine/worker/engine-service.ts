/**
 * The calls that the page can make to the engine's worker. Comlink loses most of an Error, so every answer is a tagged result
 * that the client turns back into a value, an AppError or an AbortError.
 */
import { transfer } from 'comlink';
import { downloadAll } from '$lib/bytes/download';
import { Input } from '$lib/bytes/input';
import { entryFile, listEntries, removeEntry } from '$lib/dataset/library';
import { stopIfAborted } from '$lib/model/cancel';
import type { DatasetSummary, LibraryEntry, OpenProgress } from '$lib/model/dataset';
import { AppError, isAbort, type AppErrorShape } from '$lib/model/errors';
import type { Mapping, PreviewSpan } from '$lib/model/mapping';
import { mappingOf, type ResolvedOrigin } from '$lib/model/origin';
import type { NamedQuery } from '$lib/engine/engine';
import type { Host } from '$lib/engine/open/host';
import type { ExportRequest } from '$lib/engine/query/export-query';
import { messageOf } from '$lib/engine/query/gate';
import type { CancelToken, QueryRequest, RawResult } from '$lib/engine/query/run-query';
import { DatasetEngine } from './dataset-engine';
import type { DuckDb } from './duckdb';
import type { EngineEvent } from './engine-events';
import type { LoadProgress } from './load-engine';
import type { OpenDataset } from './open-dataset';

const WARM_UP_DELAY_MS = 100;

export type Answer<T> =
  | { ok: true; value: T }
  | { ok: false; abort: true }
  | { ok: false; abort: false; error: AppErrorShape };

/** What the service needs from its worker; tests provide it differently. */
export interface Surroundings {
  tell(event: EngineEvent): void;
  boot(onProgress: (progress: LoadProgress) => void): Promise<DuckDb>;
  makeHost(working: Host['working']): Host;
  /** Runs after the boot, while the engine is idle. */
  warmUp?(db: DuckDb, host: Host, isWanted: () => boolean): Promise<void>;
  /** Ids of library entries that are being written. */
  busyEntries: ReadonlySet<string>;
}

/** The client assigns the ids of datasets and calls, so a dataset keeps its id when a new worker reopens it. */
export class EngineService {
  private engine: Promise<DatasetEngine> | null = null;
  private readonly host: Host;
  private readonly opens = new Map<number, AbortController>();
  private readonly datasets = new Map<number, OpenDataset>();
  private readonly calls = new Map<number, CancelToken>();
  private working = 0;

  constructor(private readonly around: Surroundings) {
    this.host = around.makeHost((run) => this.whileWorking(run));
  }

  boot(): Promise<Answer<null>> {
    const { tell, boot } = this.around;
    return answer(async () => {
      this.engine ??= boot((progress) => tell({ event: 'load', progress })).then(
        (db) => {
          void this.warmUp(db);
          return new DatasetEngine(db, this.host);
        },
        (error) => {
          throw new AppError(
            'engine-failed',
            `The engine could not be started: ${error instanceof Error ? error.message : error}. Reload the page to try again.`,
          );
        },
      );
      await this.engine;
      return null;
    });
  }

  /** Opens a dataset, in addition to those that are open, under the given id. */
  open(id: number, origin: ResolvedOrigin): Promise<Answer<DatasetSummary>> {
    const controller = new AbortController();
    const { signal } = controller;
    this.opens.set(id, controller);
    const onProgress = paced((progress) =>
      this.around.tell({ event: 'progress', openId: id, progress }),
    );
    return answer(async () => {
      try {
        const engine = await this.booted();
        const dataset = await engine.open(() => filesOf(origin, signal, onProgress), {
          signal,
          onProgress,
          mapping: mappingOf(origin),
        });
        if (signal.aborted) void engine.close(dataset);
        stopIfAborted(signal);
        this.datasets.set(id, dataset);
        const { summary } = dataset;
        if (origin.kind === 'library') summary.libraryId = origin.id;
        return summary;
      } finally {
        this.opens.delete(id);
      }
    });
  }

  /** The first spans of an origin's first file by a mapping. */
  preview(id: number, origin: ResolvedOrigin, mapping: Mapping): Promise<Answer<PreviewSpan[]>> {
    const controller = new AbortController();
    const { signal } = controller;
    this.opens.set(id, controller);
    return answer(async () => {
      try {
        const engine = await this.booted();
        return await engine.preview(() => filesOf(origin, signal, () => {}), mapping, signal);
      } finally {
        this.opens.delete(id);
      }
    });
  }

  /** Of an open only before it is open; afterwards it must be closed. */
  cancelOpen(id: number): void {
    this.opens.get(id)?.abort();
  }

  /** Resolves to null once the dataset is written out, and in the library if it should be; otherwise to the reason. */
  settled(id: number): Promise<Answer<string | null>> {
    return answer(async () => {
      try {
        await this.dataset(id).settled();
        return null;
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) throw error;
        return messageOf(error);
      }
    });
  }

  async query(id: number, callId: number, request: QueryRequest): Promise<Answer<RawResult>> {
    const result = await this.cancellable(callId, (token) =>
      this.dataset(id).query(request, token),
    );
    return result.ok ? transfer(result, [result.value.ipc.buffer]) : result;
  }

  export(id: number, callId: number, request: ExportRequest): Promise<Answer<Blob>> {
    return this.cancellable(callId, (token) =>
      this.dataset(id).export(request, token, (rows) =>
        this.around.tell({ event: 'rows', callId, rows }),
      ),
    );
  }

  private async cancellable<T>(
    callId: number,
    run: (token: CancelToken) => Promise<T>,
  ): Promise<Answer<T>> {
    const token: CancelToken = { cancelled: false };
    this.calls.set(callId, token);
    const result = await answer(() => run(token));
    this.calls.delete(callId);
    return result;
  }

  cancelCall(callId: number): void {
    const token = this.calls.get(callId);
    if (token) token.cancelled = true;
  }

  save(id: number, queries: readonly NamedQuery[]): Promise<Answer<Blob>> {
    return answer(() => this.dataset(id).save(queries));
  }

  /** Answers unless the worker is stuck. */
  ping(): void {}

  close(id: number): Promise<Answer<null>> {
    return answer(async () => {
      const dataset = this.datasets.get(id);
      this.datasets.delete(id);
      if (dataset) await (await this.booted()).close(dataset);
      return null;
    });
  }

  listLibrary(): Promise<Answer<LibraryEntry[]>> {
    return answer(async () => {
      // A dataset that has just been opened may still be on its way there.
      if (this.engine) await (await this.booted()).settled();
      return listEntries(this.around.busyEntries);
    });
  }

  removeFromLibrary(id: string): Promise<Answer<null>> {
    return answer(async () => {
      await removeEntry(id);
      return null;
    });
  }

  /** After those who wait for the engine have been answered, and only while it is idle. */
  private async warmUp(db: DuckDb): Promise<void> {
    const isWanted = () => this.opens.size + this.calls.size > 0;
    await new Promise((done) => setTimeout(done, WARM_UP_DELAY_MS));
    if (!isWanted()) await this.around.warmUp?.(db, this.host, isWanted);
  }

  private whileWorking<T>(run: () => T): T {
    if (this.working++ === 0) this.around.tell({ event: 'work', isWorking: true });
    try {
      return run();
    } finally {
      if (--this.working === 0) this.around.tell({ event: 'work', isWorking: false });
    }
  }

  private dataset(id: number): OpenDataset {
    const dataset = this.datasets.get(id);
    if (!dataset) throw new AppError('no-dataset', 'This dataset is not open.');
    return dataset;
  }

  private booted(): Promise<DatasetEngine> {
    if (!this.engine) throw new AppError('engine-failed', 'The engine has not been started.');
    return this.engine;
  }
}

async function filesOf(
  origin: ResolvedOrigin,
  signal: AbortSignal,
  onProgress: (progress: OpenProgress) => void,
): Promise<Input[]> {
  switch (origin.kind) {
    case 'files':
      return origin.files.map((file) => new Input(file.name, file));
    case 'urls':
      return downloadAll(origin.urls, signal, onProgress);
    case 'text':
      return [Input.ofText(origin.name, origin.text)];
    case 'library':
      return [await keptInput(origin.id)];
  }
}

async function keptInput(id: string): Promise<Input> {
  const kept = await entryFile(id);
  if (!kept) {
    throw new AppError(
      'storage-failed',
      'This dataset is no longer in the browser’s storage. Open its file again.',
    );
  }
  return new Input(kept.entry.name, kept.file);
}

/** Each report crosses threads and repaints, on cores that reading needs. */
const PROGRESS_EVERY_MS = 200;

/** A few times a second is enough, but a new phase is reported at once. */
function paced(onProgress: (progress: OpenProgress) => void): (progress: OpenProgress) => void {
  let phase = '';
  let at = 0;
  return (progress) => {
    if (progress.phase === phase && performance.now() - at < PROGRESS_EVERY_MS) return;
    phase = progress.phase;
    at = performance.now();
    onProgress(progress);
  };
}

async function answer<T>(run: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    if (isAbort(error)) return { ok: false, abort: true };
    if (error instanceof AppError) {
      const { code, message, data } = error;
      return { ok: false, abort: false, error: { code, message, data } };
    }
    const message = error instanceof Error ? error.message : String(error);
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    // A trap in the engine's wasm leaves it unusable; the client then starts a new one.
    const trap = error instanceof WebAssembly.RuntimeError ? 'yes' : '';
    return {
      ok: false,
      abort: false,
      error: {
        code: 'engine-failed',
        message: `The engine failed: ${message}`,
        data: { stack, trap },
      },
    };
  }
}
