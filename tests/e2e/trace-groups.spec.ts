/** Groups of traces, the strip over the list, and several traces on one axis: by mouse, and by keys alone. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, ROOT, test } from './app';

const groups = (page: Page) => page.getByRole('treegrid');
const row = (page: Page, text: string | RegExp) =>
  groups(page).getByRole('row').filter({ hasText: text });

test.beforeEach(async ({ app }) => {
  await app.goto();
  await app.open(`${ROOT}static/demo.duckdb`);
  await expect(app.page.getByText('356 of 356 traces')).toBeVisible();
});

test('groups by a choice, sorts, opens to traces and keeps it all in the link', async ({
  page,
}) => {
  await page.getByRole('combobox', { name: 'Group by' }).selectOption('By workflow');
  await expect(page).toHaveURL(/timeline\.group=workflow/);
  const grid = page.getByRole('treegrid', { name: 'Traces by workflow' });
  await expect(grid).toHaveAttribute('aria-rowcount', '6');
  await expect(page.getByText('5 groups')).toBeVisible();
  await expect(row(page, 'no workflow')).toContainText('345');

  await page.getByRole('columnheader', { name: 'Max' }).getByRole('button').click();
  await expect(page).toHaveURL(/timeline\.groupSort=-max/);
  const first = grid.locator('[aria-rowindex="2"]');
  await expect(first).toContainText('research_brief');
  await expect(first).toContainText('50');

  await first.click();
  await expect(first).toHaveAttribute('aria-expanded', 'true');
  await expect(grid).toHaveAttribute('aria-rowcount', '10');
  const trace = grid.locator('[aria-rowindex="3"]');
  await expect(trace).toHaveAttribute('aria-level', '2');
  await trace.click();
  await expect(page.getByText('1 of 4', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: /^Traces/ }).click();
  await expect(first).toHaveAttribute('aria-expanded', 'true');

  await page.getByRole('combobox', { name: 'Group by' }).selectOption('No groups');
  await expect(page.getByRole('grid', { name: 'Traces' })).toBeVisible();
});

test('by keys: group, walk, open, close, filter', async ({ page }) => {
  await page.getByRole('grid', { name: 'Traces' }).focus();
  await page.keyboard.press('g');
  const select = page.getByRole('combobox', { name: 'Group by' });
  await expect(select).toBeFocused();
  await select.selectOption('By root operation');
  const grid = page.getByRole('treegrid', { name: 'Traces by root operation' });
  await grid.focus();
  const active = grid.locator('[aria-selected="true"]');
  await expect(active).toContainText('frontend GET /');
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowRight');
  await expect(active).toHaveAttribute('aria-expanded', 'true');
  await page.keyboard.press('ArrowDown');
  await expect(active).toHaveAttribute('aria-level', '2');
  await page.keyboard.press('ArrowLeft');
  await expect(active).toHaveAttribute('aria-level', '1');
  await page.keyboard.press('ArrowLeft');
  await expect(active).toHaveAttribute('aria-expanded', 'false');

  await page.keyboard.press('Home');
  await page.keyboard.press('o');
  await expect(page).toHaveURL(/f=root&f=service=frontend&f=operation=GET/);
  await expect(grid).toHaveAttribute('aria-rowcount', '2');
  await expect(page.getByText('123 of 356 traces')).toBeVisible();
});

test('a group stands on one time axis, and Esc goes back', async ({ page }) => {
  await page.getByRole('combobox', { name: 'Group by' }).selectOption('By correlation id');
  await row(page, '82014f6e').getByRole('button', { name: 'On one time axis' }).click();
  await expect(page).toHaveURL(/timeline\.axis=correlation:82014f6e/);
  const lanes = page.getByRole('grid', { name: 'Traces on one time axis' });
  await expect(lanes.getByRole('row')).toHaveCount(2);
  await expect(lanes).toBeFocused();
  await expect(lanes.getByRole('row').first()).toContainText('POST /checkout');

  const cut = page.getByRole('button', { name: 'Cut idle time' });
  await expect(cut).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('g');
  await expect(cut).toHaveAttribute('aria-pressed', 'false');

  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/trace=/);
  await expect(page.getByText('2 of 2', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: /^Correlation id/ }).click();
  await page.getByRole('menuitem', { name: 'On one time axis' }).click();
  await expect(lanes).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(row(page, '82014f6e')).toBeVisible();
  await expect(page).not.toHaveURL(/timeline\.axis/);
});

test('the strip brushes the filter’s time, by pointer and by keys', async ({ page }) => {
  const strip = page.getByRole('group', { name: 'Traces over time' });
  const canvas = strip.locator('canvas');
  const { x, y, width } = (await canvas.boundingBox())!;
  await page.mouse.move(x + width * 0.25, y + 10);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.5, y + 10, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/time=\d+~\d+/);
  await expect(page.getByText('356 of 356 traces')).toBeHidden();

  const from = strip.getByRole('slider', { name: 'From' });
  const before = Number(await from.getAttribute('aria-valuenow'));
  await from.focus();
  await page.keyboard.press('ArrowRight');
  await expect(from).toHaveAttribute('aria-valuenow', String(before + 1));
  await page.keyboard.press('Delete');
  await expect(page).not.toHaveURL(/time=/);
  await expect(page.getByText('356 of 356 traces')).toBeVisible();

  await page.getByRole('button', { name: 'Traces over time', exact: true }).click();
  await expect(strip).toBeHidden();
});

test('values of a row offer their menu, columns are chosen, SQL is shown', async ({ page }) => {
  const grid = page.getByRole('grid', { name: 'Traces' });
  await grid.getByRole('button', { name: 'recommendation' }).first().click();
  await page.getByRole('menuitem', { name: 'Only this' }).click();
  await expect(page).toHaveURL(/f=service=recommendation/);
  await expect(page).not.toHaveURL(/trace=/);

  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('checkbox', { name: 'Correlation id' }).check();
  await expect(page.getByRole('columnheader', { name: 'Correlation id' })).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Show SQL: Traces', exact: true }).click();
  await expect(page).toHaveURL(/view=sql/);
});

for (const theme of ['light', 'dark'] as const) {
  test(`nothing for axe to find, ${theme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    const check = async () => {
      const { violations } = await new AxeBuilder({ page }).include('main').analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
    };
    await check();
    await page.getByRole('combobox', { name: 'Group by' }).selectOption('By workflow');
    await row(page, 'research_brief').first().click();
    await expect(groups(page)).toHaveAttribute('aria-rowcount', '10');
    await check();
    await row(page, 'bug_triage').getByRole('button', { name: 'On one time axis' }).click();
    await expect(page.getByRole('grid', { name: 'Traces on one time axis' })).toBeVisible();
    await check();
  });
}
