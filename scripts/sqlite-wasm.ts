/**
 * Where SQLite's own WebAssembly build lies, which `sqlite-wasm` is an alias of: the package's entry adds a worker and its
 * helpers, which this page has no use for.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const packageFile = createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/package.json');

export const SQLITE_WASM = join(dirname(packageFile), 'sqlite-wasm/jswasm/sqlite3.mjs');
