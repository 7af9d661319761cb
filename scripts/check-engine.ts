/**
 * `npm run check:engine`: does DuckDB-WASM still behave as this project relies on? Prints a line per fact, and exits with code
 * 1 if one has changed. Run it when the version of the engine or of Arrow changes; UPGRADING.md explains the consequences.
 */
import { bootDuckDb } from './node-engine';
import { strict as assert } from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as arrow from 'apache-arrow';
import { emptyDatabase } from '../src/lib/dataset/empty-database';
import { MemoryHandle, readAll, type Handle } from '../src/lib/bytes/handles/handle';
import type { Connection } from '../src/lib/engine/worker/duckdb';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What the facts below were measured with. */
const KNOWN = { engine: 'v1.5.6', arrow: '17.0.0' };

/** The engine prints whatever a handle throws, which is intended here. */
const say = console.log.bind(console);
console.log = console.error = () => {};

const db = await bootDuckDb();
let changed = 0;
let files = 0;

/** One fact. It holds if `body` does not throw; what `body` returns is printed after it. */
async function fact(name: string, body: (connection: Connection) => unknown): Promise<void> {
  const connection = db.connect();
  const startMs = performance.now();
  let outcome = 'holds  ';
  let detail = '';
  try {
    const said = await body(connection);
    if (typeof said === 'string') detail = `: ${said}`;
  } catch (error) {
    changed++;
    outcome = 'CHANGED';
    detail = `: ${messageOf(error)}`;
  }
  connection.close();
  say(`${outcome} ${name}${detail} (${Math.round(performance.now() - startMs)} ms)`);
}

const messageOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split('\n').slice(0, 2).join(' ');

/** Rows as plain objects. */
const rows = (connection: Connection, sql: string) =>
  connection
    .table(sql)
    .toArray()
    .map((row: { toJSON(): Record<string, unknown> }) => row.toJSON());

/** The engine's message when it refuses. Throws if it does not. */
function refused(connection: Connection, sql: string, pattern = /./): string {
  let message: string;
  try {
    connection.run(sql);
  } catch (error) {
    message = String(error);
    assert.match(message, pattern, `another refusal of: ${sql}: ${message}`);
    return message;
  }
  throw new Error(`runs now: ${sql}`);
}

function refusedByParser(connection: Connection, query: string): string {
  try {
    connection.check(`SELECT * FROM (\n${query}\n)`);
  } catch (error) {
    return String(error);
  }
  throw new Error(`passes the gate now: ${query}`);
}

/** A new database under a name of its own, attached for writing. */
async function attached(connection: Connection) {
  const name = `f${++files}`;
  const handle = new MemoryHandle(await emptyDatabase());
  const path = db.register(`${name}.duckdb`, handle);
  connection.run(`ATTACH '${path}' AS ${name}`);
  return { name, handle, path };
}

/** A handle passed to the engine without the project's own wrappers. */
function registerBare(path: string, handle: Handle): void {
  const { bindings } = db as unknown as {
    bindings: { registerFileHandle(...given: unknown[]): void };
  };
  const browserFsAccess = 3;
  bindings.registerFileHandle(path, handle, browserFsAccess, true);
  bindings.registerFileHandle(`${path}.wal`, new MemoryHandle(), browserFsAccess, true);
}

await fact('versions fit together', () => {
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const wasm = JSON.parse(
    readFileSync(join(ROOT, 'node_modules/@duckdb/duckdb-wasm/package.json'), 'utf8'),
  ) as { dependencies: Record<string, string> };
  assert.ok(
    !existsSync(join(ROOT, 'node_modules/@duckdb/duckdb-wasm/node_modules/apache-arrow')),
    'duckdb-wasm has its own copy of Arrow',
  );
  assert.equal(own.dependencies['apache-arrow'], KNOWN.arrow);
  assert.equal(db.version, KNOWN.engine);
  return `engine ${db.version}, Arrow ${own.dependencies['apache-arrow']}, which duckdb-wasm wants as ${wasm.dependencies['apache-arrow']}`;
});

await fact('there are no extensions, and none can be loaded', (connection) => {
  refused(connection, `SELECT '{}'::JSON`);
  refused(connection, `SELECT json_extract('{}', '$.a')`);
  refused(connection, `SELECT * FROM read_parquet('x.parquet')`);
  refused(connection, 'LOAD json');
  const loaded = rows(
    connection,
    'SELECT extension_name AS name FROM duckdb_extensions() WHERE loaded ORDER BY 1',
  );
  return `loaded: ${loaded.map(({ name }) => String(name)).join(', ') || 'none'}`;
});

await fact('locked settings and files are refused', async (connection) => {
  const { name } = await attached(connection);
  for (const sql of [
    'SET threads = 1',
    'SET enable_external_access = true',
    'SET lock_configuration = false',
    'RESET allowed_directories',
    "PRAGMA memory_limit = '1GB'",
    `COPY (SELECT 1) TO 'out.csv'`,
    `SELECT * FROM read_csv('in.csv')`,
    `SELECT * FROM read_text('in.txt')`,
    `SELECT * FROM glob('*')`,
    `ATTACH 'elsewhere.duckdb' AS elsewhere`,
    `ATTACH 'https://localhost/x.duckdb' AS far`,
    `EXPORT DATABASE 'out'`,
  ])
    refused(connection, sql);
  connection.run(`DETACH ${name}`);
});

await fact('the memory database stays writable; a read-only transaction refuses', (connection) => {
  connection.run('CREATE TABLE memory.main.open AS SELECT 1 AS x');
  connection.run('BEGIN TRANSACTION READ ONLY');
  refused(connection, 'DROP TABLE memory.main.open', /read-only/i);
  connection.run('ROLLBACK');
  connection.run('DROP TABLE memory.main.open');
});

await fact('an empty file is refused, the template is attached', async (connection) => {
  const path = 'datasets/empty.duckdb';
  registerBare(path, new MemoryHandle());
  refused(connection, `ATTACH '${path}' AS empty`, /not a valid DuckDB database file/);
  const { name } = await attached(connection);
  const [{ storage }] = rows(
    connection,
    `SELECT tags['storage_version'] AS storage FROM duckdb_databases() WHERE database_name = '${name}'`,
  );
  connection.run(`DETACH ${name}`);
  assert.equal(storage, 'v1.0.0+');
  return `storage version ${String(storage)}`;
});

await fact('a read-only attachment refuses writes', async (connection) => {
  const { name, path } = await attached(connection);
  connection.run(`CREATE TABLE ${name}.t AS SELECT 1 AS x`);
  connection.run(`CHECKPOINT ${name}`);
  connection.run(`DETACH ${name}`);
  connection.run(`ATTACH '${path}' AS ${name} (READ_ONLY)`);
  for (const sql of [
    `INSERT INTO ${name}.t VALUES (2)`,
    `DELETE FROM ${name}.t`,
    `CREATE TABLE ${name}.u (x INT)`,
    `DROP TABLE ${name}.t`,
  ])
    refused(connection, sql, /read-only/i);
  connection.run(`DETACH ${name}`);
});

await fact(
  'a path attached again is writable; the sealed handle stops the checkpoint',
  async (connection) => {
    const { name, handle, path } = await attached(connection);
    connection.run(`CREATE TABLE ${name}.t AS SELECT 1 AS x`);
    connection.run(`CHECKPOINT ${name}`);
    connection.run(`DETACH ${name}`);
    const before = Buffer.from(readAll(handle));
    handle.write = () => {
      throw new Error('sealed');
    };
    connection.run(`ATTACH '${path}' AS ${name}`);
    connection.run(`DELETE FROM ${name}.t`);
    refused(connection, `CHECKPOINT ${name}`);
    assert.ok(before.equals(Buffer.from(readAll(handle))), 'the file was written');
  },
);

await fact('the gate: only one query fits between brackets', (connection) => {
  connection.run('CREATE TABLE memory.main.g AS SELECT 1 AS x');
  for (const statement of [
    'DELETE FROM memory.main.g',
    'INSERT INTO memory.main.g VALUES (1) RETURNING x',
    'CREATE TABLE h (x INT)',
    `COPY memory.main.g TO 'x'`,
    'SET threads = 1',
    'PRAGMA version',
    'CALL pragma_version()',
    'EXECUTE p',
    'SELECT 1) ; DELETE FROM memory.main.g; SELECT * FROM (SELECT 1',
    `SELECT * FROM query('DELETE FROM memory.main.g')`,
    'SELECT 1; SELECT 2',
  ])
    refusedByParser(connection, statement);
  for (const query of [
    'SELECT 1',
    'WITH a AS (SELECT 1) SELECT * FROM a',
    'FROM memory.main.g',
    'VALUES (1)',
    'TABLE memory.main.g',
    'DESCRIBE memory.main.g',
    'SUMMARIZE memory.main.g',
    'SHOW TABLES',
    'UNPIVOT memory.main.g ON x INTO NAME n VALUE v',
    'SELECT 1 /* ; */ -- ;',
    `PIVOT memory.main.g ON x IN (1) USING count(*)`,
  ])
    connection.check(`SELECT * FROM (\n${query}\n)`);
  assert.match(
    refusedByParser(connection, 'PIVOT memory.main.g ON x USING count(*)'),
    /Cannot prepare multiple statements at once/,
  );
  connection.run('DROP TABLE memory.main.g');
});

await fact(
  'a column missing from GROUP BY is refused with the hint that the gate follows',
  (connection) => {
    const message = refusedByParser(
      connection,
      'SELECT a, b FROM (SELECT 1 AS a, 2 AS b) GROUP BY a',
    );
    assert.match(message, /must appear in the GROUP BY clause/);
    assert.match(message, /ANY_VALUE/i);
  },
);

await fact('macros give MAP columns the operator ->>; lists do not cast to MAP', (connection) => {
  connection.run('CREATE TEMP MACRO "->>"(m, k) AS m[k]');
  assert.deepEqual(rows(connection, `SELECT MAP {'a': 'b'}->>'a' AS v`), [{ v: 'b' }]);
  refused(connection, `SELECT [{'key': 'a', 'value': 'b'}]::MAP(VARCHAR, VARCHAR)`);
});

await fact('booleans cross as Int8, 64-bit integers as BigInt', (connection) => {
  const table = connection.table('SELECT true AS b, 5000000000::BIGINT AS n');
  assert.deepEqual(
    [table.schema.fields[0].type.toString(), table.get(0)!.toJSON()['n']],
    ['Int8', 5_000_000_000n],
  );
});

const PAIRS = [
  ['color', 'red'],
  ['size', 'large'],
];

/** A MAP per row, `{ color: red, size: large }`, built by hand, with plain or dictionary-encoded values. */
function mapVector(length: number, inner: 'plain' | 'dictionary') {
  const texts = (column: number) =>
    Array.from({ length: length * PAIRS.length }, (_, i) => PAIRS[i % PAIRS.length][column]);
  const utf8 = (column: number) => arrow.vectorFromArray(texts(column), new arrow.Utf8()).data[0];
  const values =
    inner === 'plain'
      ? utf8(1)
      : arrow.vectorFromArray(texts(1), new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()))
          .data[0];
  const entries = new arrow.Struct<{ key: arrow.Utf8; value: arrow.DataType }>([
    new arrow.Field('key', new arrow.Utf8(), false),
    new arrow.Field('value', values.type, true),
  ]);
  return arrow.makeVector(
    arrow.makeData({
      type: new arrow.Map_(new arrow.Field('entries', entries, false)),
      length,
      nullCount: 0,
      valueOffsets: Int32Array.from({ length: length + 1 }, (_, i) => i * PAIRS.length),
      child: arrow.makeData({
        type: entries,
        length: length * PAIRS.length,
        nullCount: 0,
        children: [utf8(0), values],
      }),
    } as never),
  );
}

function dictionaryOf(maps: arrow.Vector, codes: number[]): arrow.Vector {
  const type = new arrow.Dictionary(maps.type as arrow.DataType, new arrow.Int32());
  return arrow.makeVector(
    arrow.makeData({
      type,
      length: codes.length,
      nullCount: 0,
      data: Int32Array.from(codes),
      dictionary: maps,
    } as never),
  );
}

function ipcOf(columns: Record<string, arrow.Vector>): Uint8Array {
  return arrow.tableToIPC(new arrow.Table(columns as never), 'stream');
}

const SIZES = `SELECT DISTINCT m['size']::VARCHAR AS size FROM memory.main.maps`;

await fact(
  'MAPs are inserted from Arrow, plain and as a dictionary of plain maps',
  (connection) => {
    for (const column of [mapVector(3, 'plain'), dictionaryOf(mapVector(1, 'plain'), [0, 0, 0])]) {
      connection.run('USE memory');
      connection.insertArrow('maps', ipcOf({ m: column }), true);
      assert.deepEqual(rows(connection, SIZES), [{ size: 'large' }]);
      connection.run('DROP TABLE memory.main.maps');
    }
  },
);

await fact('a dictionary inside a dictionary is misread (if fixed, use it)', (connection) => {
  connection.run('USE memory');
  const column = dictionaryOf(mapVector(1, 'dictionary'), [0, 0, 0]);
  let answer: unknown;
  try {
    connection.insertArrow('nested', ipcOf({ m: column }), true);
    answer = rows(connection, SIZES.replace('maps', 'nested'));
  } catch (error) {
    answer = messageOf(error);
  }
  connection.run('DROP TABLE IF EXISTS memory.main.nested');
  assert.notDeepEqual(answer, [{ size: 'large' }], 'it is read correctly now');
  return `reads ${JSON.stringify(answer)}`;
});

await fact('a query is cancelled between two polls', (connection) => {
  assert.equal(
    connection.start('SELECT count(*) FROM range(1000000000) a, range(1000000) b'),
    null,
  );
  let longestMs = 0;
  for (let i = 0; i < 20; i++) {
    const startMs = performance.now();
    assert.equal(connection.poll(), null, 'it was ready at once');
    longestMs = Math.max(longestMs, performance.now() - startMs);
  }
  connection.cancel();
  assert.deepEqual(rows(connection, 'SELECT 1::INTEGER AS one'), [{ one: 1 }]);
  return `longest poll ${Math.round(longestMs)} ms`;
});

await fact('missing bytes of a truncated file are requested endlessly', async (connection) => {
  const { name, handle } = await attached(connection);
  connection.run(`CREATE TABLE ${name}.t AS SELECT i, hash(i) AS h FROM range(300000) t(i)`);
  connection.run(`CHECKPOINT ${name}`);
  connection.run(`DETACH ${name}`);
  const whole = readAll(handle);
  const cut = new MemoryHandle(whole.slice(0, Math.floor(whole.length / 2)));
  let vain = 0;
  const read = cut.read.bind(cut);
  // Reports its old size, like a file that shrinks while it is being read.
  cut.getSize = () => whole.length;
  cut.read = (buffer, options) => {
    const got = read(buffer, options);
    if (got < buffer.byteLength && ++vain > 1_000) throw new Error('asked in vain');
    return got;
  };
  registerBare('datasets/cut.duckdb', cut);
  try {
    connection.run(`ATTACH 'datasets/cut.duckdb' AS cut (READ_ONLY)`);
    connection.run('SELECT sum(h) FROM cut.t');
  } catch {
    // Either the engine gives up, or this does.
  }
  assert.ok(vain > 1_000, `it gave up after ${vain} vain reads: WholeBlocks may go`);
});

await fact(
  'row groups hold 122,880 rows; the checkpoint merges those that are not full',
  async (connection) => {
    const { name } = await attached(connection);
    connection.run(`CREATE TABLE ${name}.t (x BIGINT)`);
    for (let i = 0; i < 4; i++) connection.run(`INSERT INTO ${name}.t SELECT * FROM range(50000)`);
    connection.run(`CHECKPOINT ${name}`);
    connection.run(`USE ${name}`);
    const [{ counts }] = rows(
      connection,
      `SELECT list(n ORDER BY id)::VARCHAR AS counts FROM (SELECT row_group_id AS id, sum(count)::INTEGER AS n
     FROM pragma_storage_info('t') WHERE segment_type <> 'VALIDITY' GROUP BY id)`,
    );
    connection.run('USE memory');
    connection.run(`DETACH ${name}`);
    assert.equal(counts, '[122880, 77120]');
    return String(counts);
  },
);

await fact('a computed column cannot be added to a table', (connection) => {
  connection.run('CREATE TABLE memory.main.c (x INT)');
  refused(connection, 'ALTER TABLE memory.main.c ADD COLUMN y INT GENERATED ALWAYS AS (x + 1)');
  connection.run('DROP TABLE memory.main.c');
});

await fact('checking keys is three quarters of the time to insert a MAP', (connection) => {
  const length = 30_000;
  const maps = mapVector(length, 'plain');
  const map = maps.data[0];
  const list = arrow.makeVector(
    arrow.makeData({
      type: new arrow.List(new arrow.Field('item', map.children[0].type, false)),
      length,
      nullCount: 0,
      valueOffsets: map.valueOffsets,
      child: map.children[0],
    } as never),
  );
  const numbers = arrow.makeVector(Float64Array.from({ length }, (_, i) => i));
  connection.run('USE memory');
  const cost = (column: arrow.Vector) => {
    const ipc = ipcOf({ v: column });
    const timesUs = Array.from({ length: 5 }, () => {
      const startMs = performance.now();
      connection.insertArrow('cost', ipc, true);
      const us = ((performance.now() - startMs) * 1_000) / length;
      connection.run('DROP TABLE memory.main.cost');
      return us;
    });
    return Math.min(...timesUs);
  };
  const [number, asList, asMap] = [numbers, list, maps].map(cost);
  assert.ok(asMap > 1.5 * asList, `MAP ${asMap.toFixed(2)} µs a row, list ${asList.toFixed(2)}`);
  return `µs a row: number ${number.toFixed(2)}, MAP of 2 pairs ${asMap.toFixed(2)}, the same as a list ${asList.toFixed(2)}`;
});

say(changed ? `\n${changed} changed: see UPGRADING.md` : '\nEverything holds.');
process.exit(changed ? 1 : 0);
