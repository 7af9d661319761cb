/** The SQL view: written, completed, run, stopped, sorted, copied, followed and saved, by keys where there are keys. */
import { AxeBuilder } from '@axe-core/playwright';
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, test } from './app';

/** The editor lets keys that come within 75 ms of its list go on to the text, for those who type fast. */
const LIST_SETTLES_MS = 150;

const editor = (page: Page) => page.getByRole('textbox', { name: 'SQL' });
const grid = (page: Page) => page.getByRole('grid', { name: 'Result' });
const status = (page: Page) =>
  page.getByRole('region', { name: 'Results' }).getByRole('status').first();
const cell = (page: Page, row: number, column: number) =>
  grid(page).locator(`[aria-rowindex="${row + 1}"] [aria-colindex="${column + 1}"]`);

async function write(page: Page, text: string): Promise<void> {
  await editor(page).focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
  await page.keyboard.press('Escape');
}

async function run(page: Page, text: string): Promise<void> {
  await write(page, text);
  await page.keyboard.press('Control+Enter');
}

test.beforeEach(async ({ app, page }) => {
  await app.goto('#demo&view=sql');
  await expect(editor(page)).toBeVisible();
});

test('completes, runs and is left by keys alone', async ({ page }) => {
  await editor(page).focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('SELECT servi');
  await expect(page.getByRole('option', { name: /^c?service/ }).first()).toBeVisible();
  await page.waitForTimeout(LIST_SETTLES_MS);
  await page.keyboard.press('Tab');
  await expect(editor(page)).toHaveText('SELECT service');
  await page.keyboard.type(", count(*) AS n FROM spans WHERE attributes['http.req");
  await expect(page.getByRole('option', { name: /http\.request\.method/ })).toBeVisible();
  await page.waitForTimeout(LIST_SETTLES_MS);
  await page.keyboard.press('Enter');
  await page.keyboard.type(' IS NOT NULL GROUP BY service ORDER BY n DESC');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Enter');
  await expect(grid(page)).toBeVisible();
  await expect(status(page)).toContainText('2 columns');
  await expect(cell(page, 1, 1)).toContainText('frontend');

  await editor(page).focus();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(editor(page)).not.toBeFocused();
});

test('runs the statement that the cursor is in', async ({ page }) => {
  await write(page, "SELECT ';' AS first;\n\nSELECT 'two' AS second;");
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('columnheader', { name: 'second' })).toBeVisible();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('columnheader', { name: 'first' })).toBeVisible();
});

test('marks the place of an error, and mends it', async ({ page }) => {
  await run(page, 'SELECT servce, count(*) AS n\nFROM spans GROUP BY ALL');
  await expect(page.locator('.cm-lintRange-error')).toHaveText('servce');
  await expect(page.getByText('Referenced column "servce" not found')).toBeVisible();
  await page.getByRole('button', { name: 'Use “service” and run' }).click();
  await expect(grid(page)).toBeVisible();
  await expect(page.locator('.cm-lintRange-error')).toHaveCount(0);

  await run(page, 'DELETE FROM spans');
  await expect(page.getByText('Only queries can be run')).toBeVisible();

  const condition = "name <> 'x' AND attributes->>'http.request.method' = 'GET'";
  await run(page, `SELECT span_no FROM spans WHERE ${condition}`);
  await page.getByRole('button', { name: 'Put brackets and run' }).press('Enter');
  await expect(grid(page)).toBeVisible();
  await expect(page.locator('.cm-content')).toContainText(
    "AND (attributes->>'http.request.method')",
  );
});

test('stops what takes too long', async ({ page }) => {
  await run(page, 'SELECT count(*) FROM range(1000000000) a, range(1000000) b');
  await expect(page.getByRole('button', { name: /^Stop/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(status(page)).toContainText('Stopped');
  await run(page, 'SELECT 7 AS seven');
  await expect(cell(page, 1, 1)).toHaveText('7');
});

test('sorts what is there, and by the engine what was cut', async ({ page }) => {
  await run(page, 'SELECT i, -i AS minus FROM range(20) t(i)');
  await expect(status(page)).toContainText('20 rows');
  await page.getByRole('columnheader', { name: 'minus' }).getByRole('button').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('columnheader', { name: 'minus' })).toHaveAttribute(
    'aria-sort',
    'descending',
  );
  await page.keyboard.press('Enter');
  await expect(cell(page, 1, 1)).toHaveText('19');

  await run(page, 'SELECT i FROM range(30000) t(i)');
  await expect(page.getByText('Cut at 10,000 rows.')).toBeVisible();
  await page.getByRole('columnheader', { name: 'i', exact: true }).getByRole('button').click();
  await expect(cell(page, 1, 1)).toHaveText('29,999');
});

test('all rows are saved as a file', async ({ page }) => {
  await run(page, 'SELECT i, NULL AS nothing FROM range(30000) t(i)');
  await expect(page.getByText('Cut at 10,000 rows.')).toBeVisible();
  for (const format of ['CSV', 'JSON', 'Parquet']) {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as a file' }).click();
    await page.getByRole('button', { name: `Save as ${format}` }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(new RegExp(`\\.${format.toLowerCase()}$`));
    const bytes = readFileSync(await file.path());
    if (format === 'CSV') expect(bytes.toString().trimEnd().split('\n').length).toBe(30_001);
    if (format === 'JSON') expect((JSON.parse(bytes.toString()) as unknown[]).length).toBe(30_000);
    if (format === 'Parquet') expect(bytes.subarray(0, 4).toString()).toBe('PAR1');
  }
});

test('cells are walked through, selected and copied', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await run(page, "SELECT i, 'a' || i AS word, {'k': i} AS nested FROM range(100) t(i)");
  await expect(status(page)).toContainText('100 rows');
  await grid(page).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Control+c');
  await expect(page.getByText('Copied 1 cell')).toBeVisible();
  expect(await copied()).toBe('a1');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowLeft');
  await expect(grid(page).locator('[role=gridcell][aria-selected=true]')).toHaveCount(4);
  await page.keyboard.press('Control+c');
  await expect(page.getByText('Copied 4 cells')).toBeVisible();
  expect(await copied()).toBe('1\ta1\n2\ta2');
  await page.getByRole('button', { name: 'Copy rows' }).click();
  await page.getByRole('button', { name: 'Copy as Markdown' }).click();
  await expect(page.getByText('Copied 2 rows as Markdown')).toBeVisible();
  expect(await copied()).toContain('| 2 | a2 |');

  await grid(page).focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Space');
  await expect(page.getByRole('region', { name: 'Value of nested' })).toContainText('k');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('region', { name: 'Value of nested' })).toHaveCount(0);
  await expect(grid(page)).toBeFocused();
});

test('ids lead into the timeline, and Back comes back to the rows', async ({ page }) => {
  await run(
    page,
    'SELECT span_id, name FROM spans WHERE parent_id IS NOT NULL ORDER BY start_time LIMIT 3',
  );
  await expect(status(page)).toContainText('3 rows');
  const span = await cell(page, 1, 1).textContent();
  await grid(page).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('treegrid').first()).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`span=${span!.trim()}`));
  await page.goBack();
  await expect(cell(page, 1, 1)).toHaveText(span!);
});

test('a filter narrows what spans means, where it is wanted', async ({ app, page }) => {
  await app.goto('#demo&view=sql&f=status_code%3DERROR');
  await run(page, 'SELECT count(*) AS n FROM spans');
  await expect(status(page)).toContainText('filtered spans only');
  const few = Number(((await cell(page, 1, 1).textContent()) ?? '').replaceAll(',', ''));
  await page.getByRole('checkbox', { name: 'Only what the filter lets through' }).uncheck();
  await expect(status(page)).not.toContainText('filtered spans only');
  await expect
    .poll(async () => Number(((await cell(page, 1, 1).textContent()) ?? '').replaceAll(',', '')))
    .toBeGreaterThan(few);
});

test('tabs, saved queries and the history outlive a visit; the link has the text', async ({
  page,
}) => {
  await run(page, 'SELECT 11 AS eleven');
  await expect(cell(page, 1, 1)).toHaveText('11');
  await page.keyboard.press('Control+s');
  await page.getByRole('textbox', { name: 'Name' }).fill('Eleven');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tab', { name: 'Eleven' })).toHaveAttribute('aria-selected', 'true');
  await page.getByRole('button', { name: 'New query' }).click();
  await run(page, 'SELECT 12 AS twelve');
  await expect(cell(page, 1, 1)).toHaveText('12');
  await expect(page).toHaveURL(/sql\.q=SELECT\+12/);

  await page.reload();
  await expect(cell(page, 1, 1)).toHaveText('12');
  await page.getByRole('tab', { name: 'Eleven' }).click();
  await expect(editor(page)).toHaveText('SELECT 11 AS eleven');
  await page.getByRole('tab', { name: 'Saved' }).click();
  await expect(page.getByRole('button', { name: /^Eleven/ })).toBeVisible();
  await page.getByRole('tab', { name: 'History' }).click();
  await page.getByRole('searchbox', { name: 'Find in the history' }).fill('twelve');
  await expect(page.getByRole('button', { name: /^SELECT 12 AS twelve/ })).toBeVisible();
});

test('templates run at a click, names of the schema go into the text', async ({ page }) => {
  await page.getByRole('tab', { name: 'Templates' }).click();
  await page.getByRole('button', { name: 'Operation hotspots' }).click();
  await expect(status(page)).toContainText('10 rows');
  await page.getByRole('tab', { name: 'Schema' }).click();
  await page.getByRole('button', { name: 'New query' }).click();
  await page.getByRole('searchbox', { name: 'Find a column or a key' }).fill('status_desc');
  await page
    .getByRole('treegrid', { name: 'Schema' })
    .getByText('status_description')
    .first()
    .click();
  await expect(editor(page)).toHaveText('status_description');
});

test('figures are charted at one click', async ({ page }) => {
  await run(page, 'SELECT service, count(*) AS calls FROM spans GROUP BY service');
  await expect(status(page)).toContainText('2 columns');
  await page.getByRole('button', { name: 'Chart', exact: true }).click();
  await expect(page.getByRole('slider', { name: /^calls/ })).toBeVisible();
  for (const kind of ['Line', 'Histogram', 'Points', 'Bars']) {
    await page.getByRole('button', { name: kind, exact: true }).click();
    await expect(page.getByRole('button', { name: kind, exact: true })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
    await expect(page.getByRole('region', { name: 'Results' }).getByRole('slider')).toBeVisible();
  }
});

for (const scheme of ['light', 'dark'] as const) {
  test(`nothing for axe to find in the ${scheme} theme`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await run(
      page,
      "SELECT trace_id, service, 'x' AS word, 1.5 AS figure, NULL AS nothing FROM spans LIMIT 20",
    );
    await expect(status(page)).toContainText('20 rows');
    const { violations } = await new AxeBuilder({ page }).include('main').analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
  });
}
