/** A SQLite database of SQL text, by the build that the page has, which wants to run in a worker. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { SQLITE_WASM } from '../../scripts/sqlite-wasm';

interface Sqlite {
  oo1: { DB: new (name: string) => { pointer: number; exec(sql: string): void; close(): void } };
  capi: { sqlite3_js_db_export(pointer: number): Uint8Array };
}

export async function sqliteFile(sql: string): Promise<Uint8Array> {
  const scope = globalThis as Record<string, unknown>;
  const answer = () =>
    new Response(readFileSync(SQLITE_WASM.replace(/\.mjs$/, '.wasm')), {
      headers: { 'content-type': 'application/wasm' },
    });
  const added = {
    self: globalThis,
    WorkerGlobalScope: class {},
    location: { href: 'http://localhost/' },
    fetch: () => Promise.resolve(answer()),
  };
  const before = Object.keys(added).map((name) => [name, scope[name]] as const);
  Object.assign(scope, added);
  try {
    const { default: init } = (await import(pathToFileURL(SQLITE_WASM).href)) as {
      default: (options: object) => Promise<Sqlite>;
    };
    const { oo1, capi } = await init({ printErr: () => undefined });
    const db = new oo1.DB(':memory:');
    db.exec(sql);
    const bytes = capi.sqlite3_js_db_export(db.pointer);
    db.close();
    return bytes;
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete scope[name];
      else scope[name] = value;
    }
  }
}
