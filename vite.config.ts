import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';
import { SQLITE_WASM } from './scripts/sqlite-wasm.ts';
import { duckdbWasm } from './scripts/vite-duckdb-wasm.ts';

export default defineConfig({
  resolve: { alias: { 'sqlite-wasm': SQLITE_WASM } },
  plugins: [duckdbWasm(), sveltekit()],
  worker: { format: 'es', plugins: () => [duckdbWasm()] },
  build: { target: 'es2022', chunkSizeWarningLimit: 1500 },
  test: {
    include: ['tests/**/*.test.ts'],
    environment: 'node',
    // Each file boots its own engine: a few at a time keep memory in bounds.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ['tests/support/worker-globals.ts'],
  },
});
