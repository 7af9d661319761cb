import type { Connection } from '$lib/engine/worker/duckdb';

/**
 * The rows of a query of ours as Arrow IPC streams, a part at a time.
 * @param between called while the engine works and after each part, so that other tasks get their turn
 */
export async function* streamParts(
  connection: Connection,
  sql: string,
  between: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let schema: Uint8Array | null = null;
  let isOver = false;
  try {
    let part = connection.start(sql);
    for (;;) {
      if (part === null) {
        await between();
        part = schema ? connection.fetch() : connection.poll();
        continue;
      }
      if (part.length === 0) break;
      if (schema) {
        const stream = new Uint8Array(schema.length + part.length);
        stream.set(schema);
        stream.set(part, schema.length);
        yield stream;
        await between();
      } else {
        schema = part;
      }
      part = connection.fetch();
    }
    isOver = true;
  } finally {
    // Given up, by an error or by whoever reads.
    if (!isOver) connection.cancel();
  }
}
