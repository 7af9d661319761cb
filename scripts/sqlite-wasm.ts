/**
 * The path of SQLite's own WebAssembly build, for the alias `sqlite-wasm`. The package's entry would add a worker and helpers
 * that this page does not need.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const packageFile = createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/package.json');

export const SQLITE_WASM = join(dirname(packageFile), 'sqlite-wasm/jswasm/sqlite3.mjs');
