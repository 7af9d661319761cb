/**
 * SQLite databases: those of tools that spread a span over several tables, and any other whose tables have a row per span.
 * https://sqlite.org/fileformat2.html
 */
import type { Format } from '$lib/formats/contract';
import { readTables } from '$lib/formats/tables/read-tables';
import { Database, MAGIC, quoted } from './database';
import { FLUJO } from './flujo-state';
import { MLFLOW } from './mlflow-store';
import { JOINED } from './joined';
import type { Store } from './store';

/** Databases whose tables are not read one by one. */
const STORES: readonly Store[] = [FLUJO, MLFLOW, ...JOINED];

export const sqlite: Format = {
  id: 'sqlite',
  label: 'SQLite',
  sniff: isSqlite,
  sniffTable: isSqlite,
  async read(source, sink, options = {}) {
    const database = await Database.open(source, sink);
    try {
      const store = options.mapping ? null : STORES.find((one) => one.has(database));
      if (store) await store.read(database, sink, source.name);
      else {
        const tables = database.tables.map(({ name, columns }) =>
          database.table(name, columns, selectAll(name, columns)),
        );
        await readTables({ tables }, source.name, sink, options);
      }
    } finally {
      database.close();
    }
  },
};

function isSqlite(head: Uint8Array): boolean {
  return [...MAGIC].every((char, i) => head[i] === char.charCodeAt(0));
}

/** Binary JSON as text: SQLite 3.45 and later store it where JSON is declared. */
function selectAll(table: string, columns: Parameters<Database['table']>[1]): string {
  const list = columns.map(({ name, type }) => {
    const column = quoted(name);
    return type.kind === 'json'
      ? `CASE WHEN typeof(${column}) = 'blob' AND json_valid(${column}, 8) THEN json(${column}) ELSE ${column} END`
      : column;
  });
  return `SELECT ${list.join(', ')} FROM ${quoted(table)}`;
}
