/**
 * SQLite's own WebAssembly build, loaded when the first database is opened, with a file system that reads named bytes and
 * writes nothing.
 * https://sqlite.org/wasm/doc/trunk/api-vfs.md
 */
import { AppError } from '$lib/model/errors';
import type { SyncBytes } from './blob-bytes';

export type Sqlite = Awaited<ReturnType<(typeof import('@sqlite.org/sqlite-wasm'))['default']>>;

export interface Library {
  sqlite: Sqlite;
  /** The files that can be opened, by name. */
  files: Map<string, OpenableFile>;
}

export interface OpenableFile {
  bytes: SyncBytes;
  /** As SQLite is told: what a file that was cut short should have. Pages that are missing are of zeros, which it sees. */
  size: number;
  /** Bytes up to the furthest that were read. */
  readTo: number;
  /** What went wrong with reading, which SQLite only reports as an error of input or output. */
  failure: unknown;
}

/** The name of the file system. */
export const VFS = 'spanlight';

let loaded: Promise<Library> | null = null;

export function loadSqlite(): Promise<Library> {
  loaded ??= load().catch((error: unknown) => {
    // Another try may succeed.
    loaded = null;
    throw error;
  });
  return loaded;
}

/** What SQLite's loader leaves for those who start it. */
interface LoaderState {
  wasmFilename: string;
}

async function load(): Promise<Library> {
  const { default: init } = await import('sqlite-wasm');
  const silent = () => undefined;
  const scope = globalThis as { sqlite3ApiConfig?: object; sqlite3InitModuleState?: LoaderState };
  // Otherwise it complains on the console that this worker has no private file system for it.
  scope.sqlite3ApiConfig = { warn: silent };
  state ??= scope.sqlite3InitModuleState ?? null;
  scope.sqlite3InitModuleState = { ...state, wasmFilename: await fetchWasm() };
  const { wasmFilename } = scope.sqlite3InitModuleState;
  try {
    const options = { print: silent, printErr: silent };
    const sqlite = await (init as (options: object) => Promise<Sqlite>)(options);
    return withFiles(sqlite);
  } finally {
    URL.revokeObjectURL(wasmFilename);
    delete scope.sqlite3ApiConfig;
  }
}

let state: LoaderState | null = null;

/**
 * Its wasm under an address of this worker's own. The loader knows nothing of names with hashes, and it never ends where
 * the file is missing.
 * @throws AppError `part-missing`
 */
async function fetchWasm(): Promise<string> {
  const missing = (why: unknown) =>
    new AppError(
      'part-missing',
      `The part of this page that reads SQLite could not be loaded: ${why instanceof Error ? why.message : why}. Check the connection and try again.`,
    );
  const { default: wasmUrl } = await import('@sqlite.org/sqlite-wasm/sqlite3.wasm?url');
  // Inside a worker, addresses of assets may be relative to the page's folder.
  const response = await fetch(new URL(wasmUrl, import.meta.url)).catch((error: unknown) => {
    throw missing(error);
  });
  if (!response.ok) throw missing(`its file answered with status ${response.status}`);
  const bytes = await response.arrayBuffer();
  return URL.createObjectURL(new Blob([bytes], { type: 'application/wasm' }));
}

function withFiles(sqlite: Sqlite): Library {
  const files = new Map<string, OpenableFile>();
  install(sqlite, files);
  return { sqlite, files };
}

/** The bytes of the header that say that the database is written by a log beside it, and read with it. */
const LOG_FLAGS = [18, 19];

/** There is no log here: what the file holds by itself is a database, which SQLite reads if it is told so. */
function withoutLog(at: number, bytes: Uint8Array): void {
  for (const flag of LOG_FLAGS) if (bytes[flag - at] === 2) bytes[flag - at] = 1;
}

/** The members of SQLite's own structures, which the package's types spell without their $. */
interface Struct {
  $iVersion: number;
  $szOsFile: number;
  $mxPathname: number;
  $xRandomness: unknown;
  $xSleep: unknown;
  pointer: number;
  dispose(): void;
}

const sizeOf = (struct: unknown) =>
  (struct as { structInfo: { sizeof: number } }).structInfo.sizeof;

function install({ capi, wasm, vfs }: Sqlite, files: Map<string, OpenableFile>): void {
  const open = new Map<number, OpenableFile>();
  const io = new capi.sqlite3_io_methods() as unknown as Struct;
  const system = new capi.sqlite3_vfs() as unknown as Struct;
  const ordinary = new capi.sqlite3_vfs(
    capi.sqlite3_vfs_find(null as unknown as string),
  ) as unknown as Struct;
  io.$iVersion = 1;
  system.$iVersion = 2;
  system.$szOsFile = sizeOf(capi.sqlite3_file);
  system.$mxPathname = 512;
  system.$xRandomness = ordinary.$xRandomness;
  system.$xSleep = ordinary.$xSleep;
  ordinary.dispose();
  const ok = () => capi.SQLITE_OK;
  const readOnly = () => capi.SQLITE_READONLY;
  vfs.installVfs({
    io: {
      struct: io,
      methods: {
        xClose: (file: number) => {
          open.delete(file);
          return capi.SQLITE_OK;
        },
        xRead: (file: number, target: number, count: number, offset: bigint) => {
          const openable = open.get(file);
          if (!openable) return capi.SQLITE_IOERR_READ;
          const at = Number(offset);
          const into = wasm.heap8u().subarray(target, target + count);
          try {
            const read = openable.bytes.read(at, into);
            withoutLog(at, into);
            openable.readTo = Math.max(openable.readTo, at + read);
            if (read === count) return capi.SQLITE_OK;
            into.fill(0, read);
            return capi.SQLITE_IOERR_SHORT_READ;
          } catch (error) {
            openable.failure ??= error;
            return capi.SQLITE_IOERR_READ;
          }
        },
        xFileSize: (file: number, out: number) => {
          wasm.poke(out, BigInt(open.get(file)?.size ?? 0) as unknown as number, 'i64');
          return capi.SQLITE_OK;
        },
        xCheckReservedLock: (_: number, out: number) => {
          wasm.poke(out, 0, 'i32');
          return capi.SQLITE_OK;
        },
        xWrite: readOnly,
        xTruncate: readOnly,
        xSync: ok,
        xLock: ok,
        xUnlock: ok,
        xFileControl: () => capi.SQLITE_NOTFOUND,
        xSectorSize: () => 4096,
        xDeviceCharacteristics: () => 0,
      },
    },
    vfs: {
      struct: system,
      name: VFS,
      asDefault: false,
      methods: {
        xOpen: (_: number, name: number, file: number, flags: number, out: number) => {
          const openable = name ? files.get(wasm.cstrToJs(name) ?? '') : undefined;
          if (!openable) return capi.SQLITE_CANTOPEN;
          const struct = new capi.sqlite3_file(file);
          struct.$pMethods = io.pointer;
          struct.dispose();
          open.set(file, openable);
          if (out) wasm.poke(out, flags, 'i32');
          return capi.SQLITE_OK;
        },
        xDelete: ok,
        // There is no journal beside it, and no write-ahead log.
        xAccess: (_: number, __: number, ___: number, out: number) => {
          wasm.poke(out, 0, 'i32');
          return capi.SQLITE_OK;
        },
        xFullPathname: (_: number, name: number, length: number, out: number) =>
          wasm.cstrncpy(out, name, length) < length ? capi.SQLITE_OK : capi.SQLITE_CANTOPEN,
        xGetLastError: ok,
        xCurrentTime: (_: number, out: number) => {
          wasm.poke(out, 2_440_587.5 + Date.now() / 86_400_000, 'double');
          return capi.SQLITE_OK;
        },
      },
    },
  } as unknown as Parameters<typeof vfs.installVfs>[0]);
}
