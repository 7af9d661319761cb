/** What only a browser shows of the engine: a worker that is stuck, files that are kept, files that are saved. */
import { join } from 'node:path';
import { ROOT, expect, test } from './app';
import { otlpTrace } from './otlp-trace';

const FILE = { name: 'trace.json', content: otlpTrace() };

const COUNT = 'SELECT count(*) AS n FROM spans';

test.beforeEach(({ app }) => app.goto());

test('a query that can’t be interrupted ends with its worker, and the dataset comes back', async ({
  app,
  page,
}) => {
  const { spans } = await app.open(FILE);
  // One scalar call that works for minutes.
  const stuck = "SELECT levenshtein(repeat('ab', 100000), repeat('ba', 100000))";
  await expect(app.query(stuck, { timeoutMs: 300 })).rejects.toThrow('engine-restarted: ');
  await expect(page.getByText(/started anew.*open again/)).toBeVisible();
  expect((await app.query(COUNT)).rows).toEqual([{ n: BigInt(spans) }]);
});

test('a dataset made from files is kept, sealed, and opens again after a reload', async ({
  app,
  page,
}) => {
  const { spans } = await app.open(FILE);
  await expect(app.query('DELETE FROM spans')).rejects.toThrow('refused-sql: ');
  await expect(app.query('CREATE TABLE memory.main.x AS SELECT 1')).rejects.toThrow(
    'refused-sql: ',
  );
  await expect(async () => {
    const { rows } = await app.query(
      'SELECT readonly FROM duckdb_databases() WHERE database_name = current_database()',
    );
    expect(rows).toEqual([{ readonly: true }]);
  }).toPass();
  await page.reload();
  await app.ready();
  await expect(async () => {
    expect((await app.query(COUNT)).rows).toEqual([{ n: BigInt(spans) }]);
  }).toPass();
});

test('a .duckdb file is opened in place, and beside other files it is read with them', async ({
  app,
}) => {
  const demo = join(ROOT, 'build', 'demo.duckdb');
  const { spans } = await app.open(demo);
  expect(spans).toBeGreaterThan(1000);
  expect(await app.open(demo, FILE, demo)).toMatchObject({
    spans: spans + 3,
    format: 'Spanlight, OTLP JSON',
  });
});
