/** The whole way of a visitor: the landing page, a file or the demo, the list, a trace, a question. */
import { expect, test } from './app';
import { otlpTrace } from './otlp-trace';

test('a file from the disk: list, timeline, query', async ({ app }) => {
  const { page } = app;
  await app.goto();
  await app.pick({ name: 'trace.json', content: otlpTrace() });

  await expect(app.traceRow('GET /checkout')).toBeVisible();
  await expect(app.traceRow('GET /checkout')).toContainText('storefront');

  await app.traceRow('GET /checkout').getByRole('rowheader').click();
  const tree = page.getByRole('treegrid');
  await expect(tree.getByRole('row').filter({ hasText: 'charge card' })).toBeVisible();
  await expect(tree.getByRole('row').filter({ hasText: 'SELECT carts' })).toBeVisible();

  const { rows } = await app.query(
    `SELECT name, start_time, attributes->>'db.system' AS db FROM spans WHERE status_code <> 'ERROR' ORDER BY start_time`,
  );
  expect(rows).toEqual([
    { name: 'GET /checkout', start_time: 1_794_477_600_123_456_789n, db: null },
    { name: 'SELECT carts', start_time: 1_794_477_600_124_000_001n, db: 'postgresql' },
  ]);

  await page.goBack();
  await expect(app.traceRow('GET /checkout')).toBeVisible();
});

test('the demo opens with one click and by its link', async ({ app }) => {
  const { page } = app;
  await app.goto();
  await page.getByRole('button', { name: /demo/i }).click();
  await expect(app.traceRow('frontend').first()).toBeVisible();
  await expect(page).toHaveURL(/#demo/);

  await page.reload();
  await expect(app.traceRow('frontend').first()).toBeVisible();
  const { rows } = await app.query('SELECT count(*) AS spans FROM spans');
  expect(Number(rows[0].spans)).toBeGreaterThan(4_000);
});

test('the landing page is there before the engine is', async ({ app, page }) => {
  let release = () => {};
  const released = new Promise<void>((done) => (release = done));
  const held = new Promise<void>((asked) => {
    void page.route('**/*.wasm*', async (route) => {
      asked();
      await released;
      await route.continue();
    });
  });
  await page.goto(app.url);
  await held;
  await expect(page.getByRole('button', { name: /demo/i })).toBeVisible();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  release();
  await app.ready();
});
