import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const MODULE = 'virtual:duckdb-wasm';

/**
 * Ships DuckDB's wasm gzipped, because some static hosts refuse files over 25 MiB and some do not compress.
 *
 * `import url from 'virtual:duckdb-wasm'` is the address of the gzipped module (36 MB raw, 8 MB as shipped); the
 * engine unpacks it with `DecompressionStream`. During development the raw file is served; the loader tells the two apart by
 * their first bytes.
 */
export function duckdbWasm(): Plugin {
  const file = createRequire(import.meta.url).resolve('@duckdb/duckdb-wasm/dist/duckdb-eh.wasm');
  let building = false;
  return {
    name: 'duckdb-wasm',
    configResolved(config) {
      building = config.command === 'build';
    },
    configureServer(server) {
      server.middlewares.use('/@duckdb-eh.wasm', (_request, response) => {
        response.setHeader('content-type', 'application/wasm');
        response.setHeader('content-length', statSync(file).size);
        createReadStream(file).pipe(response);
      });
    },
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
    load(id) {
      if (id !== `\0${MODULE}`) return;
      if (!building) return `export default '/@duckdb-eh.wasm';`;
      const ref = this.emitFile({
        type: 'asset',
        name: 'duckdb-eh.wasm.gz',
        source: gzipSync(readFileSync(file), { level: 9 }),
      });
      return `export default import.meta.ROLLUP_FILE_URL_${ref};`;
    },
  };
}
