/** The page's own engine with spans or files, and results as views get them. Import before anything from `$lib/engine`. */
import { bootDuckDb, bootEngine, writeDataset } from '../../scripts/node-engine';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Sql, type Dataset, type QueryOptions } from '$lib/engine/engine';
import type { Span } from '$lib/model/span';
import { makeDemo } from '../../scripts/demo/demo-spans';
import { Input } from '$lib/bytes/input';

export type Asked = Pick<Dataset, 'query'> & {
  /** The open dataset as a file. */
  save: () => Promise<Blob>;
};

/** Opens a dataset of these spans. */
export async function engineOverSpans(spans: Iterable<Span>): Promise<Asked> {
  const db = await bootDuckDb();
  const bytes = await writeDataset(spans, { name: 't', sources: ['t'], format: 't' }, db);
  return open(db, 't.duckdb', bytes);
}

/** Opens the demo, made anew, because its file is part of the build, which tests do not need. */
export async function engineOverDemo(): Promise<Asked> {
  return engineOverSpans(makeDemo().spans);
}

/** Opens a file of any format that Spanlight accepts. */
export async function engineOverFile(path: string): Promise<Asked> {
  return open(await bootDuckDb(), basename(path), new Uint8Array(await readFile(path)));
}

async function open(
  db: Awaited<ReturnType<typeof bootDuckDb>>,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Asked> {
  const { ArrowResult } = await import('../../src/lib/engine/query/result');
  const engine = await bootEngine(db);
  const inner = await engine.open([new Input(name, new Blob([bytes]))], {
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  return {
    save: () => inner.save(),
    query: async (sql: unknown, options: QueryOptions = {}) =>
      new ArrowResult(
        await inner.query(
          {
            sql: String(sql),
            shared: sql instanceof Sql ? sql.shared : [],
            limit: options.limit ?? 10_000,
            timeoutMs: 60_000,
          },
          { cancelled: false },
        ),
      ),
  };
}
