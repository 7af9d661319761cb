/** Makes `static/demo.duckdb`. Part of the build. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const wasm = createRequire(import.meta.url).resolve('@duckdb/duckdb-wasm/dist/duckdb-eh.wasm');

process.chdir(root);
// The engine's blocking build is an alias of Vite's, which Node alone does not know.
await runnerImport(join(root, 'scripts/demo/write-demo.ts'), {
  logLevel: 'warn',
  resolve: {
    alias: {
      $lib: join(root, 'src/lib'),
      'duckdb-blocking': join(dirname(wasm), 'duckdb-browser-blocking.mjs'),
    },
  },
});
