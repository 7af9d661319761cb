/**
 * DuckDB on this thread: boot, lock-down, and the few calls that everything else builds on. Runs in our worker, and in Node
 * for tests. Comments point out where the engine's behaviour is surprising.
 */
import {
  BROWSER_RUNTIME,
  DuckDBDataProtocol,
  VoidLogger,
  createDuckDB,
  type DuckDBBindings,
  type DuckDBConnection,
} from 'duckdb-blocking';
import { tableFromIPC, type Table } from 'apache-arrow';
import { AppError } from '$lib/model/errors';
import type { Handle } from '$lib/bytes/handles/handle';
import { MemoryHandle, WholeBlocks } from '$lib/bytes/handles/handle';

/** The only folder of the virtual file system that SQL may name once access to files is off. */
const FOLDER = 'datasets/';

/** Fetches and instantiates the wasm module. */
export type Instantiate = (
  imports: WebAssembly.Imports,
) => Promise<WebAssembly.WebAssemblyInstantiatedSource>;

interface Overridable {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): unknown;
}

/**
 * The engine's access to files, shut while outside SQL is bound or runs. The dataset's own file stays open; opening another
 * file, or the same one again, or listing files, is refused. No spelling gets around it.
 */
class Files {
  isShut = false;
  wasRefused = false;

  /** The runtime that the engine will find. */
  runtime(): object {
    const { openFile, glob } = BROWSER_RUNTIME;
    return Object.assign(Object.create(BROWSER_RUNTIME) as object, {
      openFile: (...asked: Parameters<typeof openFile>) =>
        this.refuses(asked[0]) ? 0 : openFile(...asked),
      glob: (...asked: Parameters<typeof glob>) => {
        if (!this.refuses(asked[0])) glob(...asked);
      },
    });
  }

  private refuses(engine: DuckDBModule): boolean {
    if (!this.isShut) return false;
    this.wasRefused = true;
    engine.ccall('duckdb_web_fail_with', null, ['string'], [FILES_ARE_SHUT]);
    return true;
  }
}

type DuckDBModule = Parameters<typeof BROWSER_RUNTIME.openFile>[0];

const FILES_ARE_SHUT = 'Queries read the open dataset and nothing else: no files.';

const files = new Files();

/** @throws AppError `refused-sql` if the engine tried to access a file. */
function withoutFiles<T>(call: () => T): T {
  files.isShut = true;
  files.wasRefused = false;
  try {
    return call();
  } catch (error) {
    throw files.wasRefused ? new AppError('refused-sql', FILES_ARE_SHUT) : error;
  } finally {
    files.isShut = false;
  }
}

/** One connection: settings such as the current database belong to it. */
export class Connection {
  constructor(
    private readonly bindings: DuckDBBindings,
    private readonly connection: DuckDBConnection,
  ) {}

  private get id(): number {
    return (this.connection as unknown as { _conn: number })._conn;
  }

  /** Runs our own statements. Never pass it outside SQL, which must go through the gate. */
  run(sql: string): void {
    this.bindings.runQuery(this.id, sql);
  }

  /** The rows of one of our own queries. */
  table(sql: string): Table {
    return tableFromIPC(this.bindings.runQuery(this.id, sql));
  }

  /** The rows of a statement that contains outside SQL: it can't open files. */
  tableWithoutFiles(sql: string): Table {
    return tableFromIPC(withoutFiles(() => this.bindings.runQuery(this.id, sql)));
  }

  /**
   * Parses and binds one statement without running it, and without access to files; throws the engine's message, also for
   * several statements.
   */
  check(sql: string): void {
    withoutFiles(() =>
      this.bindings.closePrepared(this.id, this.bindings.createPrepared(this.id, sql)),
    );
  }

  /** Appends an Arrow IPC stream to a table of this connection's current database. */
  insertArrow(table: string, ipc: Uint8Array, create = false): void {
    this.bindings.insertArrowFromIPCStream(this.id, ipc, { name: table, create });
  }

  /** Starts a query without access to files. Null while it is still working, then the IPC schema message. */
  start(sql: string): Uint8Array | null {
    return withoutFiles(() => this.bindings.startPendingQuery(this.id, sql, true));
  }

  poll(): Uint8Array | null {
    return withoutFiles(() => this.bindings.pollPendingQuery(this.id));
  }

  cancel(): void {
    this.bindings.cancelPendingQuery(this.id);
  }

  /** The next IPC record batch of a started query: null while it is working, empty at the end. */
  fetch(): Uint8Array | null {
    return withoutFiles(() => this.bindings.fetchQueryResults(this.id));
  }

  tokenize(sql: string): { offsets: number[]; types: number[] } {
    return this.bindings.tokenize(sql);
  }

  close(): void {
    this.connection.close();
  }
}

export class DuckDb {
  /** Paths to unregister as soon as nothing uses them. */
  private readonly leaving = new Set<string>();

  private constructor(private readonly bindings: DuckDBBindings) {}

  /** Boots the engine and locks it permanently: no files but ours, no extensions, no settings. */
  static async boot(instantiate: Instantiate): Promise<DuckDb> {
    // The engine checks whether a file that it drops is one of these, but browsers without a private file system lack the class.
    if (!('FileSystemSyncAccessHandle' in globalThis))
      Object.assign(globalThis, { FileSystemSyncAccessHandle: class {} });
    const unused = { mainModule: '' };
    const bindings = await createDuckDB(
      { mvp: unused, eh: unused } as never,
      new VoidLogger(),
      BROWSER_RUNTIME,
    );
    const booted = new Promise<void>((_, reject) => {
      (bindings as unknown as Overridable).instantiateWasm = (imports, done) => {
        // The engine's own loader sets this, and its file functions need it.
        (globalThis as { DUCKDB_RUNTIME?: unknown }).DUCKDB_RUNTIME = files.runtime();
        instantiate(imports).then(({ instance, module }) => done(instance, module), reject);
        return [];
      };
    });
    await Promise.race([bindings.instantiate(() => {}), booted]);
    bindings.open({ path: ':memory:', arrowLosslessConversion: true });
    const db = new DuckDb(bindings);
    const connection = db.connect();
    for (const statement of LOCK_DOWN) connection.run(statement);
    connection.close();
    return db;
  }

  get version(): string {
    return this.bindings.getVersion();
  }

  connect(): Connection {
    return new Connection(this.bindings, this.bindings.connect());
  }

  /**
   * Registers a handle under a path that ATTACH can name, with a write-ahead log in memory.
   * @param name never used for another handle
   */
  register(name: string, handle: Handle): string {
    this.sweep();
    const path = FOLDER + name;
    this.registerHandle(path, new WholeBlocks(handle));
    this.registerHandle(`${path}.wal`, new MemoryHandle());
    return path;
  }

  /**
   * Unregisters a handle. A query that lists all databases holds even one that is detached meanwhile; then this happens after
   * that query, the next time a handle is registered or unregistered.
   */
  unregister(path: string): void {
    this.leaving.add(path);
    this.sweep();
  }

  private sweep(): void {
    for (const path of this.leaving) {
      try {
        this.bindings.dropFile(path);
        this.bindings.dropFile(`${path}.wal`);
      } catch (error) {
        if (String(error).includes('in use')) continue;
        throw error;
      }
      this.leaving.delete(path);
    }
  }

  private registerHandle(path: string, handle: Handle): void {
    this.bindings.registerFileHandle(path, handle, DuckDBDataProtocol.BROWSER_FSACCESS, true);
  }
}

const LOCK_DOWN = [
  // The package has no extensions; the engine would fetch one from another host when SQL names it.
  'SET autoload_known_extensions = false',
  'SET autoinstall_known_extensions = false',
  // There is no temporary directory here, and progress bars cost time.
  'SET enable_progress_bar = false',
  // Only our own checkpoints: the write-ahead log is in memory and does not outlive a build.
  "SET checkpoint_threshold = '1TB'",
  `SET allowed_directories = ['${FOLDER}']`,
  'SET enable_external_access = false',
  'SET lock_configuration = true',
];
