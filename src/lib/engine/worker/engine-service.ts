/**
 * What the page can ask of the engine's worker. Comlink keeps little of an Error, so every answer is a tagged result
 * that the client turns back into a value, an AppError or an AbortError.
 */
import { transfer } from 'comlink';
import { entryFile, listEntries, removeEntry } from '$lib/dataset/library';
import type { DatasetSummary, LibraryEntry, OpenProgress } from '$lib/model/dataset';
import { AppError, isAbort, type AppErrorShape } from '$lib/model/errors';
import { DatasetEngine } from './dataset-engine';
import { downloadAll } from '$lib/bytes/download';
import { DuckDb } from './duckdb';
import type { NamedQuery } from '$lib/engine/engine';
import type { ExportRequest } from '$lib/engine/query/export-query';
import { Input } from '$lib/bytes/input';
import type { ResolvedOrigin } from '$lib/model/origin';
import { loadEngine, type LoadProgress } from './load-engine';
import type { CancelToken, QueryRequest, RawResult } from '$lib/engine/query/run-query';
import { warmUpEngine } from './warm-up';
import { WorkerHost, busyEntries } from './worker-host';

const WARM_UP_DELAY_MS = 100;

export type Answer<T> =
  | { ok: true; value: T }
  | { ok: false; abort: true }
  | { ok: false; abort: false; error: AppErrorShape };

export class EngineService {
  private engine: Promise<DatasetEngine> | null = null;
  /** The engine, once it has opened something. */
  private opened: DatasetEngine | null = null;
  private readonly host = new WorkerHost();
  private readonly opens = new Map<number, AbortController>();
  private readonly queries = new Map<number, CancelToken>();

  boot(onProgress: (progress: LoadProgress) => void): Promise<Answer<null>> {
    return answer(async () => {
      this.engine ??= DuckDb.boot(loadEngine(onProgress)).then(
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

  open(
    id: number,
    origin: ResolvedOrigin,
    onProgress: (progress: OpenProgress) => void,
  ): Promise<Answer<DatasetSummary>> {
    const controller = new AbortController();
    this.opens.set(id, controller);
    return answer(async () => {
      try {
        const hooks = { signal: controller.signal, onProgress: paced(onProgress) };
        const files = await filesOf(origin, hooks.signal, hooks.onProgress);
        const engine = await this.booted();
        const summary = await engine.open(files, hooks);
        this.opened = engine;
        return origin.kind === 'library' ? { libraryId: origin.id, ...summary } : summary;
      } finally {
        this.opens.delete(id);
      }
    });
  }

  cancelOpen(id: number): void {
    this.opens.get(id)?.abort();
  }

  async query(id: number, request: QueryRequest): Promise<Answer<RawResult>> {
    const token: CancelToken = { cancelled: false };
    this.queries.set(id, token);
    const result = await answer(async () => (await this.booted()).query(request, token));
    this.queries.delete(id);
    return result.ok ? transfer(result, [result.value.ipc.buffer]) : result;
  }

  async export(
    id: number,
    request: ExportRequest,
    onRows: (rows: number) => void,
  ): Promise<Answer<Blob>> {
    const token: CancelToken = { cancelled: false };
    this.queries.set(id, token);
    const file = await answer(async () => (await this.booted()).export(request, token, onRows));
    this.queries.delete(id);
    return file;
  }

  cancelQuery(id: number): void {
    const token = this.queries.get(id);
    if (token) token.cancelled = true;
  }

  save(queries: readonly NamedQuery[]): Promise<Answer<Blob>> {
    return answer(async () => (await this.booted()).save(queries));
  }

  /** Answers when the worker is not stuck. */
  ping(): void {}

  close(): Promise<Answer<null>> {
    return answer(async () => {
      await (await this.booted()).close();
      return null;
    });
  }

  listLibrary(): Promise<Answer<LibraryEntry[]>> {
    return answer(async () => {
      // A dataset that has just been opened is on its way there.
      await this.opened?.settled();
      return listEntries(busyEntries);
    });
  }

  removeFromLibrary(id: string): Promise<Answer<null>> {
    return answer(async () => {
      await removeEntry(id);
      return null;
    });
  }

  /** After whoever waits for the engine was answered, and only while nobody wants it. */
  private async warmUp(db: DuckDb): Promise<void> {
    const isWanted = () => this.opens.size + this.queries.size > 0;
    await new Promise((done) => setTimeout(done, WARM_UP_DELAY_MS));
    if (isWanted()) return;
    this.host.warmUp();
    await warmUpEngine(db, isWanted);
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

/** Each step crosses threads and paints, on cores that reading needs. */
const PROGRESS_EVERY_MS = 200;

/** A few times a second is enough, but a new phase is told at once. */
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
    // A trap of the engine's wasm leaves it unusable; the client starts a new one when it reads of one.
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
