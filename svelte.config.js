import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  kit: {
    adapter: adapter({ pages: 'build', assets: 'build' }),
    // Plain files that run from any sub-folder of any static host.
    paths: { relative: true },
    // All of the app's own links are hash links on one page.
    router: { type: 'pathname' },
    csp: {
      mode: 'hash',
      directives: {
        'default-src': ['none'],
        'script-src': ['self', 'wasm-unsafe-eval'],
        'worker-src': ['self'],
        // Svelte sets style attributes; no style can run code.
        'style-src': ['self', 'unsafe-inline'],
        'img-src': ['self', 'data:', 'blob:'],
        'font-src': ['self'],
        // Traces may be opened from any address that the user names; nothing is ever sent.
        'connect-src': [
          'self',
          'https:',
          'http://localhost:*',
          'http://127.0.0.1:*',
          'blob:',
          'data:',
        ],
        'manifest-src': ['self'],
        'base-uri': ['self'],
        'form-action': ['none'],
        'object-src': ['none'],
      },
    },
    typescript: {
      config: (config) => {
        config.include.push('../bench/**/*.ts', '../scripts/**/*.ts', '../*.config.ts');
      },
    },
    alias: {
      'duckdb-blocking': 'node_modules/@duckdb/duckdb-wasm/dist/duckdb-browser-blocking',
    },
  },
};
