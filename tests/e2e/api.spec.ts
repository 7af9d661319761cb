/** `window.spanlight`, as the README describes it. */
import { gzipSync } from 'node:zlib';
import { expect, test } from './app';
import { otlpTrace } from './otlp-trace';

const TRACE = { name: 'trace.json', content: otlpTrace() };
const OTHER = { name: 'other.json', content: otlpTrace('f'.repeat(32)) };

test.beforeEach(async ({ app }) => {
  await app.goto();
});

test('open() of one file gives its figures', async ({ app }) => {
  expect(await app.open(TRACE)).toEqual({
    name: 'trace.json',
    format: 'OTLP JSON',
    spans: 3,
    traces: 1,
    services: 2,
    errors: 1,
    startNs: 1_794_477_600_123_456_789n,
    endNs: 1_794_477_600_323_456_789n,
    diagnostics: [],
  });
});

test('open() of several files makes one dataset, in which a span counts once', async ({ app }) => {
  const summary = await app.open(TRACE, OTHER, {
    name: 'again.json.gz',
    content: gzipSync(TRACE.content),
  });
  expect(summary).toMatchObject({ spans: 6, traces: 2, services: 2, errors: 2 });
  expect(summary.diagnostics).toEqual([
    { code: 'duplicate-span', count: 3, example: expect.any(String) },
  ]);
});

test('open() of one address and of several', async ({ page }) => {
  await page.route('**/data/*.json', (route) => {
    const content = route.request().url().includes('other') ? OTHER.content : TRACE.content;
    return route.fulfill({ contentType: 'application/json', body: content });
  });
  const open = (...names: string[]) =>
    page.evaluate((all) => {
      const urls = all.map((name) => new URL(`data/${name}`, location.href).href);
      return window.spanlight.open(urls.length === 1 ? urls[0] : urls);
    }, names);
  expect(await open('trace.json')).toMatchObject({ spans: 3, traces: 1, name: 'trace.json' });
  expect(await open('trace.json', 'other.json')).toMatchObject({ spans: 6, traces: 2 });
});

test('query() keeps 64-bit integers, maps, structs, lists and NULL', async ({ app }) => {
  await app.open(TRACE);
  const answer = await app.query(`SELECT
    9223372036854775807 AS big, 1.5::DOUBLE AS half, NULL AS nothing, 'λ 🔦' AS text, true AS yes,
    MAP {'a': 'b'} AS map, {'x': 1, 'y': {'z': 'deep'}} AS struct, [1, NULL, 3] AS list, [[{'k': 'v'}]] AS nested`);
  expect(answer.rows).toEqual([
    {
      big: 9_223_372_036_854_775_807n,
      half: 1.5,
      nothing: null,
      text: 'λ 🔦',
      yes: true,
      map: { a: 'b' },
      struct: { x: 1, y: { z: 'deep' } },
      list: [1, null, 3],
      nested: [[{ k: 'v' }]],
    },
  ]);
  expect(answer).toMatchObject({ rowCount: 1, truncated: false });
  expect(answer.columns.slice(0, 2)).toEqual([
    { name: 'big', type: 'BIGINT' },
    { name: 'half', type: 'DOUBLE' },
  ]);
  expect(answer.columns.find(({ name }) => name === 'map')?.type).toMatch(
    /^MAP\(VARCHAR, ?VARCHAR\)$/,
  );
});

test('query() caps rows and says so', async ({ app }) => {
  await app.open(TRACE);
  const many = 'SELECT * FROM range(20000)';
  expect(await app.query(many)).toMatchObject({ rowCount: 10_000, truncated: true });
  expect(await app.query(many, { limit: 5 })).toMatchObject({ rowCount: 5, truncated: true });
  expect(await app.query(many, { limit: 20_000 })).toMatchObject({
    rowCount: 20_000,
    truncated: false,
  });
});

test('failures have a code', async ({ app }) => {
  await expect(app.query('SELECT 1')).rejects.toThrow('no-dataset: ');
  await app.open(TRACE);
  await expect(app.query('DELETE FROM spans')).rejects.toThrow('refused-sql: ');
  await expect(app.query('SELECT nope FROM spans')).rejects.toThrow('query-failed: ');
  await expect(app.query('SELECT 1; SELECT 2')).rejects.toThrow('refused-sql: ');
  await expect(app.open({ name: 'x.bin', content: 'never heard of it' })).rejects.toThrow(
    'unknown-format: ',
  );
  await expect(app.open({ name: 'x.json', content: '' })).rejects.toThrow('empty-file: ');
  // The dataset of before is still there.
  expect((await app.query('SELECT count(*) AS n FROM spans')).rows).toEqual([{ n: 3n }]);
});

test('an address without a file is fetch-failed', async ({ app }) => {
  app.expectComplaint(/Failed to load resource.*404/);
  const code = await app.page.evaluate(() =>
    window.spanlight.open(new URL('none.json', location.href).href).then(
      () => 'opened',
      (error: Error & { code?: string }) => error.code,
    ),
  );
  expect(code).toBe('fetch-failed');
});

test('a query ends at its time limit, and the next one runs', async ({ app }) => {
  await app.open(TRACE);
  const endless = 'SELECT count(*) FROM range(10000000) a, range(10000000) b';
  await expect(app.query(endless, { timeoutMs: 300 })).rejects.toThrow('query-timeout: ');
  expect((await app.query('SELECT count(*) AS n FROM spans')).rows).toEqual([{ n: 3n }]);
});

test('a query can be cancelled', async ({ app }) => {
  await app.open(TRACE);
  const name = await app.page.evaluate(async () => {
    const abort = new AbortController();
    const answer = window.spanlight.query(
      'SELECT count(*) FROM range(10000000) a, range(10000000) b',
      {
        signal: abort.signal,
      },
    );
    abort.abort();
    return answer.then(
      () => 'answered',
      (error: Error) => error.name,
    );
  });
  expect(name).toBe('AbortError');
  expect((await app.query('SELECT count(*) AS n FROM spans')).rows).toEqual([{ n: 3n }]);
});

test('navigate() goes to what state() says', async ({ app, page }) => {
  await app.open(TRACE);
  const [{ trace_id: traceId }] = (await app.query('SELECT trace_id FROM traces')).rows;
  await page.evaluate((id) => window.spanlight.navigate({ traceId: id }), String(traceId));
  await expect(page.getByRole('treegrid')).toBeVisible();
  const state = await page.evaluate(() => window.spanlight.state());
  expect(state).toMatchObject({ view: 'timeline', traceId });
  await page.evaluate(() => window.spanlight.navigate({ traceId: null }));
  await expect(app.traceRow('GET /checkout')).toBeVisible();
});
