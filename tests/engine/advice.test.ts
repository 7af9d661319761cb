/** What the engine says of what it lacks, with advice that can be followed in the page. */
import { engineOverDemo, type Asked } from '../support/open-engine';
import { beforeAll, expect, test } from 'vitest';

let engine: Asked;

beforeAll(async () => {
  engine = await engineOverDemo();
});

test.each([
  ["SELECT json_object('a', 1)", "attributes->>'http.route'"],
  ["SELECT '{}'::JSON", "attributes['http.route']"],
  ["SELECT attributes->'a' FROM spans", "attributes->>'key'"],
  ["SELECT now() AT TIME ZONE 'Europe/Berlin'", 'now()::TIMESTAMP'],
  ["SELECT date_trunc('day', now())", 'now()::TIMESTAMP'],
  ['SELECT now() - INTERVAL 1 DAY', 'now()::TIMESTAMP'],
  ['SELECT make_timestamptz(1, 1, 1, 1, 1, 1.0)', 'now()::TIMESTAMP'],
  ["FROM read_parquet('x')", 'open it in the page'],
  ["FROM read_json('x')", 'no extensions can be loaded here'],
  ["SELECT stem('a', 'b')", 'regexp_matches()'],
  ["FROM spans WHERE status_code = 'ERROR' AND attributes->>'a' = 'b'", 'Put it in brackets'],
  ["FROM spans WHERE NOT attributes->>'a' LIKE 'b'", 'Put it in brackets'],
  ["FROM spans WHERE service = attributes->>'a'", 'Put it in brackets'],
  ["FROM spans WHERE duration_ms > attributes->>'a'", 'Put it in brackets'],
  ["SELECT 'a' || attributes->>'a' FROM spans", 'Put it in brackets'],
  ["SELECT sum(attributes->>'a'::BIGINT) FROM spans", "(attributes->>'key')::BIGINT"],
])('%s', async (sql, advice) => {
  const message = await engine.query(sql).then(
    () => '',
    (error: Error) => error.message,
  );
  expect(message).toContain(advice);
  expect(message).not.toMatch(/\bINSTALL\b|\bLOAD\b|autoinstall|autoload/i);
});

test.each([
  'SELECT now()::TIMESTAMP - INTERVAL 1 DAY',
  "SELECT date_trunc('day', now()::TIMESTAMP)",
  "SELECT attributes->>'http.route', attributes['http.route'], map_keys(attributes) FROM spans",
  "SELECT regexp_matches('a', 'b'), contains('a', 'b'), jaro_winkler_similarity('a', 'b')",
])('the advice runs: %s', async (sql) => {
  await expect(engine.query(sql)).resolves.toBeDefined();
});

const KEY = "attributes->>'http.request.method'";
test.each([
  "= 'GET'",
  "<> 'GET'",
  "> 'H'",
  "LIKE 'G%'",
  "NOT ILIKE 'g%'",
  "IN ('GET', 'PUT')",
  "NOT IN ('GET')",
  "BETWEEN 'A' AND 'H'",
  'IS NOT NULL',
  "IS DISTINCT FROM 'GET'",
  "SIMILAR TO 'G.*'",
  "|| 'x' = 'GETx'",
])('what follows ->> is compared with its value, with brackets or without: %s', async (follows) => {
  const count = async (condition: string) =>
    (await engine.query(`SELECT count(*) AS n FROM spans WHERE ${condition}`)).value(0, 'n');
  const found = await count(`${KEY} ${follows}`);
  expect(found).toBeGreaterThan(0n);
  expect(found).toBe(await count(`(${KEY}) ${follows}`));
  expect(found).toBe(await count(`attributes['http.request.method'] ${follows}`));
});

test('->> takes JSON paths, and keys that begin like one', async () => {
  const read = async (key: string) =>
    (
      await engine.query(
        `SELECT m->>'${key}' AS v FROM (SELECT MAP {'flock.workflow': 'w', 'a': 'plain', '$.a': 'dollar', '$b': 'b'} AS m)`,
      )
    ).value(0, 'v');
  expect(await read('$."flock.workflow"')).toBe('w');
  expect(await read('$.flock.workflow')).toBe('w');
  expect(await read('$["flock.workflow"]')).toBe('w');
  expect(await read('flock.workflow')).toBe('w');
  expect(await read('$.a')).toBe('dollar');
  expect(await read('$b')).toBe('b');
  expect(await read('$.none')).toBe(null);
});

test('a plain key is looked up as it is: nothing of the path is left in the plan', async () => {
  const plan = (await engine.query("EXPLAIN SELECT attributes->>'http.route' FROM spans")).row(0);
  expect(String(plan.explain_value)).not.toMatch(/CASE|starts_with|regexp/i);
});
