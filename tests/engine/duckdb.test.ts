/** What the engine's bindings leave to us: handles that a query still holds. */
import { bootDuckDb } from '../../scripts/node-engine';
import { emptyDatabase } from '$lib/dataset/empty-database';
import { MemoryHandle } from '$lib/bytes/handles/handle';
import { expect, test } from 'vitest';

test('a handle that a query holds is forgotten after it', async () => {
  const db = await bootDuckDb();
  const admin = db.connect();
  const path = db.register('first.duckdb', new MemoryHandle(await emptyDatabase()));
  admin.run(`ATTACH '${path}' AS first`);
  admin.run('CREATE TABLE first.t AS SELECT 1 AS x');

  const reader = db.connect();
  reader.run('BEGIN TRANSACTION READ ONLY');
  reader.run('SELECT * FROM duckdb_tables()');
  admin.run('DETACH DATABASE first');
  db.unregister(path);
  reader.run('ROLLBACK');

  // With the next one it is gone: nothing of the name is there any more.
  db.unregister(db.register('second.duckdb', new MemoryHandle(await emptyDatabase())));
  expect(() => admin.run(`ATTACH '${path}' AS first (READ_ONLY)`)).toThrow();
  expect(db.register('first.duckdb', new MemoryHandle(await emptyDatabase()))).toBe(path);
  admin.run(`ATTACH '${path}' AS first`);
  expect(
    admin
      .table(`SELECT count(*)::INTEGER AS n FROM duckdb_tables() WHERE database_name = 'first'`)
      .toArray()
      .map((row) => row.toJSON()),
  ).toEqual([{ n: 0 }]);
});
