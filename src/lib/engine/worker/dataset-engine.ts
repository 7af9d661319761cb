/**
 * One open dataset and the queries on it: opens files in place or builds a new dataset from them. Lives in the engine's
 * worker; what differs between a worker and Node is behind `Host`.
 */
import type { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { detect } from '$lib/engine/open/detect';
import type { Batch } from '$lib/dataset/write/batch';
import { DatasetBuild, readDiagnostics, readSummary, type DatasetMeta } from '$lib/dataset/build';
import { emptyDatabase } from '$lib/dataset/empty-database';
import { SealableHandle, type Handle } from '$lib/bytes/handles/handle';
import { DatasetWriter, type WriterResult } from '$lib/dataset/write/dataset-writer';
import type { DatasetSummary, OpenProgress } from '$lib/model/dataset';
import type { Diagnostic } from '$lib/model/diagnostics';
import { AppError, abortError } from '$lib/model/errors';
import { Completion } from '$lib/engine/open/finish';
import {
  HEADER_BYTES,
  attachFile,
  databaseKind,
  readDatabase,
  readMeta,
  unpackDatabase,
  type DatabaseKind,
} from '$lib/engine/open/database-file';
import type { Connection, DuckDb } from './duckdb';
import type { NamedQuery } from '$lib/engine/engine';
import { exportQuery, type ExportRequest } from '$lib/engine/query/export-query';
import { ingest, type IngestHooks } from '$lib/engine/open/ingest';
import { withQueries } from '$lib/engine/open/saved-copy';
import {
  runQuery,
  type CancelToken,
  type QueryRequest,
  type RawResult,
} from '$lib/engine/query/run-query';
import { SharedSubqueries } from '$lib/engine/query/shared-subqueries';
import { nextTask } from './yield';

/** The name that SQL sees the open dataset under. */
const DATASET = 'dataset';
const CANDIDATE = 'candidate';
const BUILD = 'build';

export interface IngestOutcome {
  result: WriterResult;
  format: string;
}

export interface Host {
  /** Reads files of foreign formats. */
  ingest(
    files: Input[],
    onBatch: (batch: Batch) => void,
    hooks: Omit<IngestHooks, 'ready'> & { onSpans: (spans: number) => void },
  ): Promise<IngestOutcome>;
  /** A file of the user's, read in place. */
  readInPlace(blob: Blob): Promise<Handle>;
  /** Where a new dataset is to lie. */
  newDataset(): Promise<{
    handle: Handle;
    /** Puts it into the library, once it is whole. */
    keep(summary: DatasetSummary, bytes: number): Promise<void>;
    discard(): Promise<void>;
    /** Its id in the library, if it is to be kept there. */
    libraryId(): string | undefined;
  }>;
}

export interface OpenHooks {
  signal: AbortSignal;
  onProgress: (progress: OpenProgress) => void;
}

/** A DuckDB file of the user's, attached to see what it is. */
interface Candidate {
  kind: DatabaseKind;
  admin: Connection;
  path: string;
  handle: Handle;
  detach(): void;
  /** Detaches and forgets it. */
  drop(): void;
}

const LABELS: Record<DatabaseKind, string> = {
  flock: 'Flock',
  dataset: 'Spanlight',
  outdated: 'Spanlight',
};

interface OpenDataset {
  path: string;
  connection: Connection;
  handle: Handle;
  /** The user's own file, where it is read in place. */
  blob: Blob | null;
}

export class DatasetEngine {
  private current: OpenDataset | null = null;
  private queries: Promise<unknown> = Promise.resolve();
  private readonly running = new Set<CancelToken>();
  private fileCount = 0;
  private readonly shared = new SharedSubqueries();
  /** Of the open dataset, where it was built here. */
  private completion: Completion | null = null;

  constructor(
    private readonly db: DuckDb,
    private readonly host: Host,
  ) {}

  /**
   * Opens files as one dataset, which replaces the open one only when it is there.
   * @throws AppError, AbortError
   */
  async open(files: Input[], hooks: OpenHooks): Promise<DatasetSummary> {
    const unpacked: Input[] = [];
    const databases = new Set<Input>();
    for (const file of files) {
      const source = new Source(file, { signal: hooks.signal });
      const isDatabase = (await detect(source)).kind === 'database';
      const whole = isDatabase ? await unpackDatabase(file, source) : file;
      unpacked.push(whole);
      if (isDatabase) databases.add(whole);
    }
    if (unpacked.length === 1 && databases.size === 1) return this.openDatabase(unpacked[0], hooks);
    return this.build(metaOf(unpacked), hooks, (build) =>
      databases.size > 0
        ? this.ingestTogether(unpacked, databases, build, hooks)
        : this.ingestFiles(unpacked, build, hooks),
    );
  }

  /**
   * Runs one query on the open dataset, after those that wait already.
   * @throws AppError, AbortError
   */
  query(request: QueryRequest, token: CancelToken): Promise<RawResult> {
    return this.inTurn(request, token, (connection, inserted) =>
      runQuery(connection, inserted, token),
    );
  }

  /**
   * All rows of one query as a file, after the queries that wait already.
   * @throws AppError, AbortError
   */
  export(
    request: ExportRequest,
    token: CancelToken,
    onRows: (rows: number) => void,
  ): Promise<Blob> {
    return this.inTurn(request, token, (connection, inserted) =>
      exportQuery(connection, inserted, token, onRows),
    );
  }

  private async inTurn<T, R extends QueryRequest | ExportRequest>(
    request: R,
    token: CancelToken,
    ask: (connection: Connection, inserted: R) => Promise<T>,
  ): Promise<T> {
    await this.completion?.readyFor(request.sql);
    return this.behindQueries(async () => {
      if (token.cancelled) throw abortError();
      if (!this.current) throw new AppError('no-dataset', 'No dataset is open.');
      this.running.add(token);
      try {
        const { connection } = this.current;
        return await ask(connection, await this.shared.inserted(connection, request, token));
      } finally {
        this.running.delete(token);
      }
    });
  }

  private behindQueries<T>(ask: () => Promise<T>): Promise<T> {
    const run = this.queries.then(ask);
    this.queries = run.catch(() => {});
    return run;
  }

  /** The open dataset as a `.duckdb` file, with queries in it where there are any. */
  async save(queries: readonly NamedQuery[] = []): Promise<Blob> {
    await this.completion?.done();
    if (queries.length > 0) await this.queries;
    if (!this.current) throw new AppError('no-dataset', 'No dataset is open.');
    const { blob } = this.current;
    if (blob && queries.length === 0) return blob;
    const open = this.current.handle;
    const handle = queries.length > 0 ? withQueries(this.db, open, queries) : open;
    const size = handle.getSize();
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < size; at += SAVE_STEP) {
      const part = new Uint8Array(Math.min(SAVE_STEP, size - at));
      handle.read(part, { at });
      parts.push(part);
    }
    return new Blob(parts, { type: 'application/vnd.duckdb' });
  }

  async close(): Promise<void> {
    for (const token of this.running) token.cancelled = true;
    await this.settled();
    await this.queries;
    this.completion = null;
    const admin = this.db.connect();
    this.shared.clear(admin);
    if (!this.current) return admin.close();
    const { connection, path, handle } = this.current;
    this.current = null;
    connection.close();
    admin.run(`DETACH DATABASE IF EXISTS ${DATASET}`);
    admin.close();
    this.db.unregister(path);
    handle.close();
  }

  private async openDatabase(file: Input, hooks: OpenHooks): Promise<DatasetSummary> {
    const candidate = await this.attachCandidate(file);
    if (candidate.kind === 'dataset') {
      candidate.detach();
      await this.close();
      return this.attach({ path: candidate.path, handle: candidate.handle, blob: file.blob });
    }
    const { admin, kind } = candidate;
    const known = kind === 'outdated' ? readMeta(admin, CANDIDATE) : null;
    try {
      return await this.build(known ?? metaOf([file]), hooks, async (build) => {
        const writer = new DatasetWriter((batch) => build.insert(batch));
        await this.readCandidate(candidate, file, writer, hooks);
        const result = writer.finish();
        if (known) result.diagnostics = withEarlier(result.diagnostics, admin);
        return { result, format: known?.format ?? LABELS[kind] };
      });
    } finally {
      candidate.drop();
    }
  }

  /** A database beside other files: all are read on this thread, because one writer has to see every span. */
  private async ingestTogether(
    files: Input[],
    databases: Set<Input>,
    build: DatasetBuild,
    hooks: OpenHooks,
  ): Promise<IngestOutcome> {
    const writer = new DatasetWriter((batch) => build.insert(batch));
    const labels = new Set<string>();
    for (const file of databases) {
      try {
        const candidate = await this.attachCandidate(file);
        try {
          await this.readCandidate(candidate, file, writer, hooks);
          labels.add(LABELS[candidate.kind]);
        } finally {
          candidate.drop();
        }
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        writer.warn('skipped-file', `${file.name}: ${error.message}`);
      }
    }
    const others = files.filter((file) => !databases.has(file));
    if (others.length > 0) {
      labels.add(await ingest(others, writer, { signal: hooks.signal, ready: nextTask }));
    }
    return { result: writer.finish(), format: [...labels].join(', ') };
  }

  private async attachCandidate(file: Input): Promise<Candidate> {
    const head = await file.read(0, HEADER_BYTES);
    const handle = await this.host.readInPlace(file.blob);
    const path = this.register(handle);
    const admin = this.db.connect();
    const detach = () => {
      admin.run(`DETACH DATABASE IF EXISTS ${CANDIDATE}`);
      admin.close();
    };
    const drop = () => {
      detach();
      this.db.unregister(path);
    };
    try {
      attachFile(admin, path, CANDIDATE, file, head);
      const kind = databaseKind(admin, CANDIDATE, file.name);
      return { kind, admin, path, handle, detach, drop };
    } catch (error) {
      drop();
      throw error;
    }
  }

  private readCandidate(
    { admin, kind }: Candidate,
    { blob }: Input,
    writer: DatasetWriter,
    { signal, onProgress }: OpenHooks,
  ): Promise<void> {
    return readDatabase(admin, CANDIDATE, kind, writer, async () => {
      onProgress({ phase: 'read', bytesDone: 0, bytesTotal: blob.size, spans: writer.spans });
      await nextTask();
      if (signal.aborted) throw abortError();
    });
  }

  private ingestFiles(
    files: Input[],
    build: DatasetBuild,
    { signal, onProgress }: OpenHooks,
  ): Promise<IngestOutcome> {
    const bytesTotal = files.reduce((sum, { size }) => sum + size, 0);
    let bytesDone = 0;
    let spans = 0;
    const tick = () => onProgress({ phase: 'read', bytesDone, bytesTotal, spans });
    tick();
    return this.host.ingest(files, (batch) => build.insert(batch), {
      signal,
      onBytes: (done) => {
        bytesDone = done;
        tick();
      },
      onSpans: (count) => {
        spans = count;
        tick();
      },
    });
  }

  /**
   * Makes a new dataset the open one. It is shown as soon as everything is in it; writing it out and sealing it follow
   * right after the first queries.
   */
  private async build(
    meta: Omit<DatasetMeta, 'format'>,
    { signal, onProgress }: OpenHooks,
    read: (build: DatasetBuild) => Promise<IngestOutcome>,
  ): Promise<DatasetSummary> {
    const place = await this.host.newDataset();
    const handle = new SealableHandle(place.handle);
    const path = this.register(handle);
    const admin = this.db.connect();
    // The dataset of before may still be written out; two builds can't share a name.
    await this.settled();
    let build: DatasetBuild | null = null;
    try {
      handle.truncate(0);
      handle.write(await emptyDatabase(), { at: 0 });
      build = new DatasetBuild(admin, path, BUILD);
      const { result, format } = await read(build);
      if (signal.aborted) throw abortError();
      onProgress({ phase: 'derive', bytesDone: 0, bytesTotal: 0, spans: result.spans });
      await nextTask();
      build.derive(result, { ...meta, format });
    } catch (error) {
      build?.abandon();
      admin.close();
      this.db.unregister(path);
      handle.close();
      await place.discard();
      throw error;
    }
    await this.close();
    const summary = this.show({ path, handle, blob: null }, BUILD);
    const whole = build;
    /** Runs one of the last steps; where it fails, there is no dataset any more. */
    const orGiveUp = async (run: () => void) => {
      try {
        run();
      } catch (error) {
        this.current?.connection.close();
        this.current = null;
        whole.abandon();
        admin.close();
        this.db.unregister(path);
        await place.discard();
        throw error;
      }
    };
    this.completion = new Completion((run) => this.behindQueries(run), summary.spans, {
      index: () => orGiveUp(() => whole.index()),
      seal: async () => {
        this.current?.connection.close();
        this.current = null;
        await orGiveUp(() => whole.seal());
        admin.close();
        handle.seal();
        this.attach({ path, handle, blob: null });
        await place.keep(summary, handle.getSize());
      },
    });
    return { ...summary, libraryId: place.libraryId() };
  }

  /** Once the open dataset is written out and kept, or will not be. */
  settled(): Promise<void> {
    return this.completion?.done().catch(() => {}) ?? Promise.resolve();
  }

  /** Attaches a whole file read-only, as the open dataset. */
  private attach(file: { path: string; handle: Handle; blob: Blob | null }): DatasetSummary {
    const admin = this.db.connect();
    admin.run(`ATTACH '${file.path}' AS ${DATASET} (READ_ONLY)`);
    admin.close();
    return this.show(file, DATASET);
  }

  /** Makes an attached database the one that queries see. */
  private show(
    file: { path: string; handle: Handle; blob: Blob | null },
    alias: string,
  ): DatasetSummary {
    const connection = this.db.connect();
    connection.run(`USE ${alias}`);
    this.current = { ...file, connection };
    return readSummary(connection, alias);
  }

  private register(handle: Handle): string {
    return this.db.register(`${++this.fileCount}.duckdb`, handle);
  }
}

const SAVE_STEP = 16 << 20;

/** What was odd in the files that an earlier dataset was read from can't be seen in its spans any more. */
function withEarlier(found: Diagnostic[], admin: Connection): Diagnostic[] {
  const codes = new Set(found.map(({ code }) => code));
  const earlier = readDiagnostics(admin, CANDIDATE).filter(({ code }) => !codes.has(code));
  return [...earlier, ...found];
}

function metaOf(files: Input[]): Omit<DatasetMeta, 'format'> {
  const sources = files.map(({ name }) => name);
  const name = sources.length === 1 ? sources[0] : `${sources[0]} and ${sources.length - 1} more`;
  return { name, sources };
}
