/** Creates databases from SQL text when a test needs them. */
import { loadSqlite } from '$lib/formats/sqlite/library';

const { sqlite } = await loadSqlite();

/** @param isLogged as if it had been written by a write-ahead log */
export function sqliteFile(sql: string, isLogged = false): Uint8Array<ArrayBuffer> {
  const db = new sqlite.oo1.DB(':memory:');
  try {
    db.exec(sql);
    const bytes = new Uint8Array(sqlite.capi.sqlite3_js_db_export(db.pointer as number));
    if (isLogged) bytes.fill(2, 18, 20);
    return bytes;
  } finally {
    db.close();
  }
}
