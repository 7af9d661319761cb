/**
 * The page's own engine in Node, with the same wasm and code, for tests and for making the demo. Import this before anything
 * from `$lib/engine`, because the engine's build expects a worker's globals when it is loaded.
 */
import '../tests/support/worker-globals';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { DatasetMeta } from '$lib/dataset/build';
import type { Host, Place } from '../src/lib/engine/open/host';
import type { DatasetEngine } from '../src/lib/engine/worker/dataset-engine';
import type { Connection, DuckDb } from '../src/lib/engine/worker/duckdb';
import type { Span } from '$lib/model/span';

export async function bootDuckDb(): Promise<DuckDb> {
  const { DuckDb } = await import('../src/lib/engine/worker/duckdb');
  const wasm = createRequire(import.meta.url).resolve('@duckdb/duckdb-wasm/dist/duckdb-eh.wasm');
  return DuckDb.boot(async (imports) => WebAssembly.instantiate(await readFile(wasm), imports));
}

/** A host without workers and without a library: reads on this thread, keeps datasets in memory. */
export async function nodeHost(): Promise<Host> {
  const { MemoryHandle } = await import('../src/lib/bytes/handles/handle');
  const { DatasetWriter } = await import('../src/lib/dataset/write/dataset-writer');
  const { ingest } = await import('../src/lib/engine/open/ingest');
  return {
    working: (run) => run(),
    readInPlace: async (blob) => new MemoryHandle(new Uint8Array(await blob.arrayBuffer())),
    newDataset: async (): Promise<Place> => ({
      handle: new MemoryHandle(),
      keep: async () => {},
      letGo: async () => {},
      discard: async () => {},
      libraryId: () => undefined,
    }),
    ingest: async (files, onBatch, hooks) => {
      const writer = new DatasetWriter(onBatch);
      const format = await ingest(files, writer, hooks);
      return { result: writer.finish(), format };
    },
  };
}

export async function bootEngine(duckDb?: DuckDb, host?: Host): Promise<DatasetEngine> {
  const db = duckDb ?? (await bootDuckDb());
  const { DatasetEngine } = await import('../src/lib/engine/worker/dataset-engine');
  return new DatasetEngine(db, host ?? (await nodeHost()));
}

/** A dataset of these spans as the bytes of its `.duckdb` file. */
export async function writeDataset(
  spans: Iterable<Span>,
  meta: DatasetMeta,
  duckDb?: DuckDb,
): Promise<Uint8Array<ArrayBuffer>> {
  const db = duckDb ?? (await bootDuckDb());
  const { DatasetBuild } = await import('$lib/dataset/build');
  const { emptyDatabase } = await import('$lib/dataset/empty-database');
  const { MemoryHandle, readAll } = await import('../src/lib/bytes/handles/handle');
  const { DatasetWriter } = await import('../src/lib/dataset/write/dataset-writer');
  const handle = new MemoryHandle(await emptyDatabase());
  const connection: Connection = db.connect();
  const path = db.register('written.duckdb', handle);
  const build = new DatasetBuild(connection, path, 'written');
  const writer = new DatasetWriter((batch) => build.insert(batch));
  for (const span of spans) writer.span(span);
  build.derive(writer.finish(), meta);
  build.index();
  build.seal();
  connection.close();
  db.unregister(path);
  return readAll(handle);
}
