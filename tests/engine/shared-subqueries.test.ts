/** Searches that many queries share are computed once, and change no answer. */
import { bootDuckDb, writeDataset } from '../../scripts/node-engine';
import { bootOne } from '../support/one-dataset';
import { Sql, shared, sql } from '$lib/engine/engine';
import { NO_FILTER, parseTerm, type Filter } from '$lib/model/filter';
import { whereOf } from '$lib/queries/filter-sql';
import { beforeEach, describe, expect, test } from 'vitest';
import { EPOCH_NS, id, span } from '../support/spans';
import { Input } from '$lib/bytes/input';

const spans = (name: string) =>
  Array.from({ length: 40 }, (_, i) =>
    span({
      spanId: id(i),
      name: `${name} ${i}`,
      startNs: EPOCH_NS + BigInt(i),
      attributes: i % 2 ? ['user.id', `user-${i % 5}`] : [],
    }),
  );
const terms = (...texts: string[]): Filter => ({
  ...NO_FILTER,
  terms: texts.map((text) => parseTerm(text)!),
});
const text = (needle: string): Filter => ({ ...NO_FILTER, text: needle });
const TABLES = `SELECT table_name, estimated_size FROM duckdb_tables() WHERE database_name = 'memory' ORDER BY table_oid`;

async function opened() {
  const db = await bootDuckDb();
  const engine = await bootOne(db);
  const open = async (name: string) => {
    const bytes = await writeDataset(spans(name), { name, sources: [name], format: 't' }, db);
    await engine.open([new Input(`${name}.duckdb`, new Blob([bytes]))], {
      signal: new AbortController().signal,
      onProgress: () => {},
    });
  };
  const ask = async (query: Sql | string, token = { cancelled: false }) => {
    const { ArrowResult } = await import('$lib/engine/query/result');
    const request = {
      sql: String(query),
      shared: query instanceof Sql ? query.shared : [],
      limit: 1_000,
      timeoutMs: 60_000,
    };
    return new ArrowResult(await engine.query(request, token)).rows();
  };
  const names = (filter: Filter) =>
    sql`SELECT name FROM spans WHERE ${whereOf(filter)} ORDER BY span_no`;
  return { open, ask, names };
}

describe('shared subqueries', () => {
  let engine: Awaited<ReturnType<typeof opened>>;
  beforeEach(async () => {
    engine = await opened();
    await engine.open('first');
  });

  test('are computed once for all queries that have them', async () => {
    const { ask, names } = engine;
    const filter = { ...terms('@user.id~USER-1'), text: 'user' };
    const wanted = await ask(names(filter).text);
    expect(wanted).toHaveLength(4);
    expect(await ask(TABLES)).toEqual([]);
    expect(await ask(names(filter))).toEqual(wanted);
    expect(await ask(sql`SELECT count(*) AS n FROM spans WHERE ${whereOf(filter)}`)).toEqual([
      { n: 4n },
    ]);
    expect((await ask(TABLES)).map((row) => row.estimated_size)).toEqual([4n, 20n]);
  });

  test('can begin like one another', async () => {
    const { ask, names } = engine;
    const filter = terms('@user.id?', '@user.id=user-3', '@user.id!=user-1');
    expect(await ask(names(filter))).toEqual(await ask(names(filter).text));
    expect(await ask(TABLES)).toHaveLength(3);
  });

  test('are kept in a small number, the last used ones', async () => {
    const { ask, names } = engine;
    await ask(names(text('user-0')));
    const kept = (await ask(TABLES))[0].table_name;
    for (let i = 1; i < 9; i++) {
      await ask(names(text(`user-${i}`)));
      await ask(names(text('user-0')));
    }
    const tables = (await ask(TABLES)).map((row) => row.table_name);
    expect(tables).toHaveLength(6);
    expect(tables).toContain(kept);
  });

  test('are all there while a query has more of them than are kept', async () => {
    const { ask, names } = engine;
    const filter = terms(...Array.from({ length: 9 }, (_, i) => `@user.id!=user-${i + 4}`));
    const wanted = await ask(names(filter).text);
    expect(wanted.length).toBeGreaterThan(0);
    expect(await ask(names(filter))).toEqual(wanted);
    expect(await ask(names(filter))).toEqual(wanted);
    // What asks next leaves as many as usual.
    expect(await ask(TABLES)).toHaveLength(6);
  });

  test('are those of the dataset that is open', async () => {
    const { ask, names, open } = engine;
    expect(await ask(names(text('user-3')))).toHaveLength(4);
    expect((await ask(names(text('first 3'))))[0]).toEqual({ name: 'first 3' });
    await open('second');
    expect(await ask(TABLES)).toEqual([]);
    expect(await ask(names(text('first 3')))).toEqual([]);
    expect((await ask(names(text('second 3'))))[0]).toEqual({ name: 'second 3' });
  });

  test('that fail leave the query to say so', async () => {
    const { ask } = engine;
    const query = sql`SELECT 1 FROM spans WHERE span_no IN (${shared(sql`SELECT nothing FROM spans`)})`;
    await expect(ask(query)).rejects.toMatchObject({ code: 'query-failed' });
    await expect(ask(query)).rejects.toThrow(/nothing/);
    expect(await ask(TABLES)).toEqual([]);
  });

  test('can’t write, whatever they say', async () => {
    const { ask } = engine;
    const query = sql`SELECT 1 FROM spans WHERE span_no IN (${shared(sql`DELETE FROM spans RETURNING span_no`)})`;
    await expect(ask(query)).rejects.toMatchObject({
      code: expect.stringMatching(/refused|failed/),
    });
    expect(await ask('SELECT count(*) AS n FROM spans')).toEqual([{ n: 40n }]);
  });

  test('are cancelled with their query', async () => {
    const { ask } = engine;
    const endless = sql`SELECT count(*) FROM range(1000000) a, range(1000000) b`;
    const token = { cancelled: false };
    const asked = ask(sql`SELECT 1 FROM spans WHERE span_no IN (${shared(endless)})`, token);
    setImmediate(() => (token.cancelled = true));
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    expect(await ask(TABLES)).toEqual([]);
    expect(await ask(engine.names(text('user-3')))).toHaveLength(4);
  });
});
