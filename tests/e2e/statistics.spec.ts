/** Statistics: its tables by mouse and by keyboard, on the demo. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { expect, test } from './app';

const tab = (page: Page, name: string) => page.getByRole('tab', { name });
const grid = (page: Page, name: string) => page.getByRole('grid', { name });
const header = (table: Locator, name: string) =>
  table.getByRole('columnheader', { name, exact: true });
/** The nth row of the table, from 0. */
const row = (table: Locator, n: number) => table.locator(`[aria-rowindex="${n + 2}"]`);
const cell = (table: Locator, n: number, column: string) =>
  table
    .getByRole('columnheader', { name: column, exact: true })
    .getAttribute('aria-colindex')
    .then((index) => row(table, n).locator(`[aria-colindex="${index}"]`));

test('tabs are walked through by keys and kept in the link', async ({ app, page }) => {
  await app.goto('#demo&view=statistics');
  await expect(row(grid(page, 'Operations'), 0)).toBeVisible();
  await tab(page, 'Operations').focus();
  for (const name of ['Spans', 'Attributes', 'Services', 'Workflows']) {
    await page.keyboard.press('ArrowRight');
    await expect(tab(page, name)).toBeFocused();
    await expect(tab(page, name)).toHaveAttribute('aria-selected', 'true');
    await expect(row(grid(page, name), 0)).toBeVisible();
    await expect(page).toHaveURL(new RegExp(`statistics.tab=${name.toLowerCase()}`));
  }
  await page.goBack();
  await expect(tab(page, 'Services')).toHaveAttribute('aria-selected', 'true');
  await page.reload();
  await expect(row(grid(page, 'Services'), 0)).toBeVisible();
});

test('operations have the figures of the engine, are sorted, and filtered in place', async ({
  app,
  page,
}) => {
  await app.goto('#demo&view=statistics');
  const table = grid(page, 'Operations');
  await expect(row(table, 0)).toBeVisible();
  const { rows } = await app.query(
    'SELECT service, operation, count(*)::INTEGER AS calls FROM spans GROUP BY ALL ORDER BY calls DESC, service, operation',
  );
  const [first] = rows as { service: string; operation: string; calls: number }[];
  await expect(page.getByText(`${rows.length} operations`)).toBeVisible();

  await header(table, 'Spans').getByRole('button').click();
  await expect(header(table, 'Spans')).toHaveAttribute('aria-sort', 'descending');
  await expect(await cell(table, 0, 'Operation')).toHaveText(first.operation);
  await expect(await cell(table, 0, 'Spans')).toHaveText(first.calls.toLocaleString('en'));
  await expect(page).toHaveURL(/statistics.operationsSort=-calls/);
  await expect(await cell(table, 0, 'Durations').then((own) => own.getByRole('img'))).toBeVisible();

  const find = page.getByRole('textbox', { name: 'Filter the operations' });
  await find.fill('import');
  await expect(table).toHaveAttribute('aria-rowcount', '2');
  await find.press('Enter');
  await expect(table).toBeFocused();
  await expect(page).toHaveURL(/statistics.operationsFind=import/);
  await find.fill('nothing like it');
  await expect(page.getByRole('heading', { name: /Nothing among the operations/ })).toBeVisible();
  await page.getByRole('button', { name: 'Clear the text' }).last().click();
  await expect(table).toHaveAttribute('aria-rowcount', String(rows.length + 1));
});

test('an operation leads to its spans and its traces', async ({ app, page }) => {
  await app.goto('#demo&view=statistics&statistics.operationsSort=-errors');
  const table = grid(page, 'Operations');
  await expect(row(table, 0)).toBeVisible();
  const service = (await (await cell(table, 0, 'Service')).innerText()).trim();
  const calls = (await (await cell(table, 0, 'Spans')).innerText()).trim();
  await table.focus();
  await page.keyboard.press('Enter');
  const spans = grid(page, 'Spans');
  await expect(tab(page, 'Spans')).toHaveAttribute('aria-selected', 'true');
  await expect(spans).toHaveAttribute('aria-rowcount', String(Number(calls.replace(',', '')) + 1));
  await expect(await cell(spans, 0, 'Service')).toHaveText(service);
  await expect(page).toHaveURL(/f=service/);

  await page.goBack();
  await row(table, 0).getByRole('button', { name: 'Show the traces' }).click();
  await expect(page).not.toHaveURL(/view=statistics/);
  await expect(page.getByRole('status').filter({ hasText: 'traces' }).first()).toBeVisible();
});

test('a value offers its menu, from the mouse and from the keys', async ({ app, page }) => {
  await app.goto('#demo&view=statistics');
  const table = grid(page, 'Operations');
  await (await cell(table, 0, 'Service')).getByRole('button').click();
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toBeHidden();
  await table.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: /Only this/ }).click();
  await expect(page).toHaveURL(/f=service=/);
});

test('operations are told apart by a further key', async ({ app, page }) => {
  await app.goto('#demo&view=statistics');
  await page.getByRole('button', { name: 'Group by a further key' }).click();
  const picker = page.getByRole('combobox', { name: 'Group by' });
  await picker.fill('http.request.method');
  await expect(page.getByRole('option', { name: /http.request.method/ })).toBeVisible();
  await picker.press('Enter');
  const table = grid(page, 'Operations');
  await expect(header(table, 'http.request.method')).toBeVisible();
  await expect(page).toHaveURL(/statistics.operationsBy=@http.request.method/);
  const { rows } = await app.query(
    `SELECT DISTINCT service, operation, attributes['http.request.method'] FROM spans`,
  );
  await expect(table).toHaveAttribute('aria-rowcount', String(rows.length + 1));
});

test('all spans: other columns, pages far down, and the trace behind a row', async ({
  app,
  page,
}) => {
  await app.goto(
    '#demo&view=statistics&statistics.tab=spans&statistics.spansKeys=@http.request.method',
  );
  const table = grid(page, 'Spans');
  await expect(row(table, 0)).toBeVisible();
  const { rows } = await app.query('SELECT count(*)::INTEGER AS spans FROM spans');
  await expect(table).toHaveAttribute('aria-rowcount', String(Number(rows[0].spans) + 1));
  await expect(header(table, 'http.request.method')).toHaveCount(1);

  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  await page.getByRole('checkbox', { name: 'Kind' }).uncheck();
  await page.keyboard.press('Escape');
  await expect(header(table, 'Kind')).toHaveCount(0);
  await page.reload();
  await expect(row(table, 0)).toBeVisible();
  await expect(header(table, 'Kind')).toHaveCount(0);

  await table.focus();
  await page.keyboard.press('End');
  const last = row(table, Number(rows[0].spans) - 1);
  await expect(last).toHaveAttribute('aria-selected', 'true');
  await expect(last.getByRole('rowheader')).toHaveText(/\w/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('treegrid')).toBeVisible();
  await expect(page).toHaveURL(/trace=.*span=/);
});

test('attributes: a key opens beside the table, with its values', async ({ app, page }) => {
  await app.goto('#demo&view=statistics&statistics.tab=attributes');
  const table = grid(page, 'Attributes');
  await page.getByRole('textbox', { name: 'Filter the attributes' }).fill('response.status');
  await expect(table).toHaveAttribute('aria-rowcount', '2');
  await page.keyboard.press('Enter');
  await expect(table).toBeFocused();
  await page.keyboard.press('Enter');
  const detail = page.getByRole('region', { name: 'Attribute http.response.status_code' });
  await expect(detail.getByText('Median')).toBeVisible();
  const values = detail.getByRole('grid');
  const { rows } = await app.query(
    `SELECT attributes['http.response.status_code'] AS value, count(*)::INTEGER AS spans
     FROM spans WHERE value IS NOT NULL GROUP BY value ORDER BY spans DESC, value`,
  );
  await expect(values).toHaveAttribute('aria-rowcount', String(rows.length + 1));
  await expect(await cell(values, 0, 'Value')).toHaveText(String(rows[0].value));
  await expect(await cell(values, 0, 'Spans')).toHaveText(String(rows[0].spans));

  await detail.getByRole('button', { name: 'Close' }).focus();
  await page.keyboard.press('Escape');
  await expect(detail).toBeHidden();
  await expect(table).toBeFocused();
});

test('the file holds all rows, and the query runs as it stands', async ({ app, page }) => {
  await app.goto('#demo&view=statistics');
  await expect(row(grid(page, 'Operations'), 0)).toBeVisible();
  const started = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download as CSV' }).click();
  const download = await started;
  expect(download.suggestedFilename()).toMatch(/operations\.csv$/);
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\n');
  expect(lines[0]).toMatch(/^service,operation,calls,errors,error_rate,total_ns/);
  const { rows } = await app.query('SELECT DISTINCT service, operation FROM spans');
  expect(lines).toHaveLength(rows.length + 1);

  await page.getByRole('button', { name: 'Show SQL' }).click();
  await expect(page).toHaveURL(/view=sql/);
  await expect(page.getByText('quantile_cont').first()).toBeVisible();
});

test('a filter that leaves nothing says what to take off', async ({ app, page }) => {
  for (const name of ['operations', 'spans', 'attributes', 'services', 'workflows']) {
    await app.goto(`#demo&view=statistics&statistics.tab=${name}&f=service%3Dnobody`);
    await expect(page.getByRole('heading', { name: `The filter leaves no ${name}` })).toBeVisible();
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    for (const [name, more] of [
      ['Operations', '&statistics.operationsBy=kind'],
      ['Spans', '&statistics.spansKeys=@http.request.method'],
      ['Attributes', '&statistics.key=@http.response.status_code'],
      ['Services', ''],
      ['Workflows', ''],
    ]) {
      test(`axe finds nothing in ${name}`, async ({ app, page }) => {
        test.setTimeout(180_000);
        await app.goto(`#demo&view=statistics&statistics.tab=${name.toLowerCase()}${more}`);
        await expect(row(grid(page, name), 0).getByRole('rowheader')).toBeVisible();
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`)).toEqual([]);
      });
    }
  });
}
