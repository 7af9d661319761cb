/** Files that are broken, foreign or hostile: a clear message or a warning, never a crash, never a script that runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, expect, test } from './app';
import { otlpTrace } from './otlp-trace';

const bad = (name: string) => join(ROOT, 'tests/fixtures/bad', name);

test.beforeEach(async ({ app }) => {
  await app.goto();
});

test.describe('what cannot be read', () => {
  for (const [name, code, says] of [
    ['empty.json', 'empty-file', /empty/],
    ['blank.json', 'empty-file|unknown-format', /blank\.json/],
    ['prose.txt', 'unknown-format', /prose\.txt/],
    ['page.html', 'unknown-format', /page\.html/],
    ['binary.bin', 'unknown-format', /binary\.bin/],
    ['other.json', 'unknown-format', /other\.json/],
    ['no-spans.json', 'no-spans', /no span/],
    ['metrics-only.json', 'no-spans', /no span/],
    ['deep.json', 'broken-file|no-spans', /deep\.json/],
    ['duck-cut.duckdb', 'broken-file', /cut short|can't be opened/],
    ['duck-empty.duckdb', 'empty-file', /no table/],
    ['duck-future.duckdb', 'unsupported-version', /999.*v9\.9\.9/],
  ] as const) {
    test(`${name}: ${code}`, async ({ app, page }) => {
      // The engine's own word to the console, where it reads past the end of a file.
      if (name.startsWith('duck-cut')) app.expectComplaint(/FAIL WITH: /);
      await expect(app.open(bad(name))).rejects.toThrow(new RegExp(`(${code}): .*${says.source}`));
      await expect(page.getByText(says).first()).toBeVisible();
      // The page is as usable as before.
      await app.open({ name: 'good.json', content: otlpTrace() });
      await expect(app.traceRow('GET /checkout')).toBeVisible();
    });
  }

  test('the first half of a dataset: broken-file', async ({ app, page }) => {
    const demo = readFileSync(join(ROOT, 'build/demo.duckdb'));
    const half = { name: 'half.duckdb', content: demo.subarray(0, demo.length / 2) };
    await expect(app.open(half)).rejects.toThrow('broken-file: half.duckdb');
    await expect(page.getByText('half.duckdb').first()).toBeVisible();
    await app.open({ name: 'good.json', content: otlpTrace() });
    await expect(app.traceRow('GET /checkout')).toBeVisible();
  });

  test('an unknown file gets the list of what is taken', async ({ app, page }) => {
    await app.pick(bad('other.json'));
    const card = page.getByRole('alert').filter({ hasText: 'other.json' });
    await expect(card).toBeVisible();
    for (const label of ['OTLP JSON', 'Jaeger JSON', 'Zipkin', 'Flock']) {
      await expect(card).toContainText(label);
    }
  });

  test('an open dataset stays when the next file is bad', async ({ app, page }) => {
    await app.open({ name: 'good.json', content: otlpTrace() });
    await app.pick(bad('prose.txt'));
    const failed = page.getByRole('dialog', { name: 'Opening failed' });
    await expect(failed).toContainText('prose.txt');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(app.traceRow('GET /checkout')).toBeVisible();
    expect((await app.query('SELECT count(*) AS n FROM spans')).rows).toEqual([{ n: 3n }]);
  });
});

test.describe('what can be read in part', () => {
  const codes = (summary: { diagnostics: { code: string; count: number }[] }) =>
    Object.fromEntries(summary.diagnostics.map(({ code, count }) => [code, count]));

  test('a file that ends early keeps what was whole', async ({ app }) => {
    const summary = await app.open(bad('truncated.json'));
    expect(summary.spans).toBe(3);
    expect(codes(summary)).toMatchObject({ truncated: 1 });
  });

  test('a gzip that ends early keeps what was whole', async ({ app }) => {
    const summary = await app.open(bad('truncated.json.gz'));
    expect(summary.spans).toBeGreaterThan(0);
    expect(codes(summary)).toMatchObject({ truncated: 1 });
  });

  test('broken lines are skipped, counted and named', async ({ app }) => {
    const summary = await app.open(bad('broken-lines.jsonl'));
    expect(summary.spans).toBe(3);
    expect(codes(summary)).toMatchObject({ 'broken-line': 2 });
    const example = summary.diagnostics.find(({ code }) => code === 'broken-line')?.example;
    expect(example).toMatch(/\b2\b/);
  });

  test('odd spans are shown and counted', async ({ app }) => {
    const summary = await app.open(bad('odd-spans.json'));
    expect(summary.spans).toBe(9);
    expect(codes(summary)).toMatchObject({
      'duplicate-span': 1,
      orphan: 1,
      'negative-duration': 1,
      'missing-id': 1,
    });
    expect(codes(summary)).toHaveProperty('cycle');
    const { rows } = await app.query(
      'SELECT min(depth) AS lowest, max(depth) AS deepest FROM spans',
    );
    expect(rows[0].lowest).toBe(0);
    expect(Number(rows[0].deepest)).toBeLessThan(9);
  });

  test('a good file beside a bad one opens, and the bad one is named', async ({ app }) => {
    const summary = await app.open({ name: 'good.json', content: otlpTrace() }, bad('prose.txt'));
    expect(summary.spans).toBe(3);
    expect(JSON.stringify(summary.diagnostics)).toContain('prose.txt');
  });
});

test('text that looks like a script is shown and never runs', async ({ app, page }) => {
  await app.open(bad('script.json'));
  const row = app.traceRow('<script>window.pwned=1</script>').first();
  await expect(row).toBeVisible();
  await row.getByRole('rowheader').click();
  const tree = page.getByRole('treegrid');
  await expect(tree).toContainText('<script>');
  await tree.getByRole('row').filter({ hasText: '<script>' }).click();
  await page.keyboard.press('Enter');
  await expect(page.getByText('javascript:window.pwned=1').first()).toBeVisible();
  expect(await page.locator('a[href^="javascript:"]').count()).toBe(0);
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
});

test('links with values that make no sense open the page and say so', async ({ app, page }) => {
  for (const hash of [
    '#view=%',
    '#trace=1&zoom=9~1',
    '#src=javascript:alert(1)',
    '#' + 'x'.repeat(5_000),
  ]) {
    await page.goto('about:blank');
    await app.goto(hash);
    await expect(page.getByText(/make no sense|damaged/).first()).toBeVisible();
    await expect(page.getByRole('button', { name: /demo/i })).toBeVisible();
  }
});
