/**
 * Runs a script that uses the page's engine in Node, through Vite, because the engine's blocking build is an alias that Node
 * does not know. `tsx scripts/run-with-engine.ts scripts/check-engine.ts`
 */
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import { SQLITE_WASM } from './sqlite-wasm.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const wasm = createRequire(import.meta.url).resolve('@duckdb/duckdb-wasm/dist/duckdb-eh.wasm');

process.chdir(root);
await runnerImport(resolve(process.argv[2]), {
  logLevel: 'warn',
  resolve: {
    alias: {
      $lib: join(root, 'src/lib'),
      'sqlite-wasm': SQLITE_WASM,
      'duckdb-blocking': join(dirname(wasm), 'duckdb-browser-blocking.mjs'),
    },
  },
});
