/** A dataset's file with queries in it, for those who open it next; the open file itself stays as it is. */
import type { Handle } from '$lib/bytes/handles/handle';
import { OverlayHandle } from '$lib/bytes/handles/overlay-handle';
import { CREATE_SAVED_QUERIES, SAVED_QUERIES } from '$lib/dataset/saved-queries';
import type { DuckDb } from '$lib/engine/worker/duckdb';
import { sql, type NamedQuery } from '$lib/engine/engine';

const COPY = 'saved_copy';
let copies = 0;

/** @param handle of a whole dataset, which is only read. */
export function withQueries(db: DuckDb, handle: Handle, queries: readonly NamedQuery[]): Handle {
  const copy = new OverlayHandle(handle);
  const path = db.register(`copy-${++copies}.duckdb`, copy);
  const connection = db.connect();
  try {
    connection.run(`ATTACH '${path}' AS ${COPY}`);
    connection.run(`USE ${COPY}`);
    connection.run(CREATE_SAVED_QUERIES);
    for (const { name, sql: text } of queries) {
      connection.run(sql`DELETE FROM saved_queries WHERE name = ${name}`.text);
      connection.run(sql`INSERT INTO saved_queries VALUES (${name}, ${text})`.text);
    }
    connection.run(`COMMENT ON TABLE ${SAVED_QUERIES} IS 'Queries that came with the dataset'`);
    connection.run(`CHECKPOINT ${COPY}`);
    connection.run('USE memory');
  } finally {
    connection.run(`DETACH DATABASE IF EXISTS ${COPY}`);
    connection.close();
    db.unregister(path);
  }
  return copy;
}
