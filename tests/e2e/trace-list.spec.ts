/** The list of traces: order, search, keys, roles, and its place when a trace is opened and left. */
import { expect, test } from './app';

const TRACES = 2_000;
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/** Traces of one root and one child; number i starts at second i and lasts (i * 7919) % 2000 + 1 ms; each 100th fails. */
function manyTraces(): string {
  const hex = (i: number, digits: number) => (i + 1).toString(16).padStart(digits, '0');
  const spans = (child: boolean) =>
    Array.from({ length: TRACES }, (_, i) => {
      const startNs = 1_794_477_600_000_000_000n + BigInt(i) * 1_000_000_000n;
      const lastsNs = BigInt(((i * 7919) % TRACES) + 1) * 1_000_000n;
      const failed = child && i % 100 === 0;
      return {
        traceId: hex(i, 32),
        spanId: hex(2 * i + +child, 16),
        parentSpanId: child ? hex(2 * i, 16) : '',
        name: child ? 'work' : `job ${String(i).padStart(4, '0')}`,
        kind: 1,
        startTimeUnixNano: String(startNs),
        endTimeUnixNano: String(startNs + (child ? lastsNs / 2n : lastsNs)),
        attributes: child ? [attribute('Colour.Name', `Shade-${i % 50}`)] : [],
        status: failed ? { code: 2, message: `no paint left in ${i}` } : {},
      };
    });
  const resource = (service: string, child: boolean) => ({
    resource: { attributes: [attribute('service.name', service)] },
    scopeSpans: [{ scope: { name: 'test' }, spans: spans(child) }],
  });
  return JSON.stringify({
    resourceSpans: [resource('scheduler', false), resource('painter', true)],
  });
}

test.beforeEach(async ({ app }) => {
  await app.goto();
  await app.open({ name: 'many.json', content: manyTraces() });
  await expect(app.traceRow('job 1999')).toBeVisible();
});

test('is a grid of all traces, of which few are in the page', async ({ page }) => {
  const grid = page.getByRole('grid', { name: 'Traces' });
  await expect(grid).toHaveAttribute('aria-rowcount', String(TRACES + 1));
  await expect(page.getByText('2,000 of 2,000 traces')).toBeVisible();
  expect(await grid.getByRole('row').count()).toBeLessThan(80);

  const failed = grid.getByRole('row').filter({ hasText: 'job 1900' });
  await grid.evaluate((element) => (element.scrollTop = 90 * 28));
  await expect(failed).toHaveAttribute('aria-rowindex', '101');
  await expect(failed.getByRole('img', { name: 'Has errors' })).toBeVisible();
  await expect(failed.getByRole('gridcell').filter({ hasText: 'scheduler' }).first()).toBeVisible();
  await expect(failed).toContainText('painter');
});

test('headers sort, and Back undoes it', async ({ app, page }) => {
  const grid = page.getByRole('grid', { name: 'Traces' });
  const first = grid.locator('[aria-rowindex="2"]');
  const header = (name: string) => page.getByRole('columnheader', { name });
  await expect(first).toContainText('job 1999');
  await expect(header('Start')).toHaveAttribute('aria-sort', 'descending');

  await header('Start').getByRole('button').click();
  await expect(first).toContainText('job 0000');
  await expect(header('Start')).toHaveAttribute('aria-sort', 'ascending');

  await header('Duration').getByRole('button').click();
  // 7919 * 321 % 2000 is 1999: the longest.
  await expect(first).toContainText('job 0321');
  await expect(first).toContainText(/^.*2\s?s/);
  await expect(page).toHaveURL(/sort=-duration/);

  await header('Errors').getByRole('button').click();
  await expect(first).toContainText('job 1900');
  await header('Trace').getByRole('button').click();
  await expect(first).toContainText('job 0000');

  await page.goBack();
  await expect(first).toContainText('job 1900');
  await page.reload();
  await expect(first).toContainText('job 1900');
  await expect(app.traceRow('job 1900')).toBeVisible();
});

test('searches what spans hold', async ({ app, page }) => {
  const search = page.getByRole('textbox', { name: 'Search spans' });
  const count = page.getByRole('region', { name: 'Traces' }).getByRole('status').first();
  await page.keyboard.press('/');
  await expect(search).toBeFocused();
  for (const [text, traces] of [
    ['JOB 0042', 1],
    ['shade-7', 40],
    ['colour.name', TRACES],
    ['Colour.Name=shade-4', 40],
    ['painter', TRACES],
    ['no paint left', 20],
    ['0000000000000000000000000000002b', 1],
    ["' OR 1=1 --", 0],
    ['100%', 0],
  ] as const) {
    await search.fill(text);
    await expect(count, text).toHaveText(`${traces.toLocaleString('en')} of 2,000 traces`);
  }
  await expect(page).toHaveURL(/q=100%25/);
  await page.getByRole('button', { name: 'Remove “100%”' }).click();
  await expect(count).toHaveText('2,000 of 2,000 traces');

  await search.fill('shade-7');
  await expect(count).toHaveText('40 of 2,000 traces');
  await expect(page).toHaveURL(/q=shade-7/);
  await page.reload();
  await expect(count).toHaveText('40 of 2,000 traces');
  await expect(search).toHaveValue('shade-7');
  await expect(app.traceRow('job 1957')).toBeVisible();
});

test('keys walk the list and open a trace; its place is kept', async ({ page }) => {
  const grid = page.getByRole('grid', { name: 'Traces' });
  const active = grid.locator('[aria-selected="true"]');
  await grid.focus();
  await expect(active).toContainText('job 1999');
  await page.keyboard.press('ArrowDown');
  await expect(active).toContainText('job 1998');
  await page.keyboard.press('End');
  await expect(active).toContainText('job 0000');
  await expect(active).toBeInViewport();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('PageUp');
  const number = await active.getAttribute('aria-rowindex');
  expect(Number(number)).toBeLessThan(TRACES - 10);
  expect(await grid.getAttribute('aria-activedescendant')).toBe(await active.getAttribute('id'));
  const scrollTop = await grid.evaluate((element) => element.scrollTop);

  await page.keyboard.press('Enter');
  await expect(page.getByRole('treegrid')).toBeVisible();
  await expect(page).toHaveURL(/trace=/);
  await page.getByRole('button', { name: /^Traces/ }).click();
  await expect(grid).toBeFocused();
  await expect(active).toHaveAttribute('aria-rowindex', number!);
  expect(await grid.evaluate((element) => element.scrollTop)).toBe(scrollTop);
});

test('steps from trace to trace in the order of the list', async ({ app, page }) => {
  await page.getByRole('columnheader', { name: 'Start' }).getByRole('button').click();
  await app.traceRow('job 0001').getByRole('rowheader').click();
  await expect(page.getByText('2 of 2,000', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Next trace' }).click();
  await expect(page).toHaveURL(/trace=0{31}3/);
  await expect(page.getByText('3 of 2,000', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Previous trace' }).click();
  await page.getByRole('button', { name: 'Previous trace' }).click();
  await expect(page.getByRole('button', { name: 'Previous trace' })).toBeDisabled();
  await page.goBack();
  await expect(page.getByText('2 of 2,000', { exact: true })).toBeVisible();
});

test('columns are resized by pointer and by keys, and stay so', async ({ page }) => {
  const header = page.getByRole('columnheader', { name: 'Services' });
  const width = async () => (await header.boundingBox())!.width;
  await header.getByRole('button').focus();
  const before = await width();
  await page.keyboard.press('Alt+ArrowLeft');
  await page.keyboard.press('Alt+ArrowLeft');
  await expect.poll(width).toBe(before - 32);

  const box = (await header.boundingBox())!;
  await page.mouse.move(box.x + box.width, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 50, box.y + box.height / 2, { steps: 3 });
  await page.mouse.up();
  await expect.poll(width).toBe(before - 82);
  // A dataset is kept once it has been written out.
  await expect
    .poll(async () =>
      page.evaluate(async () => {
        const sql =
          'SELECT readonly FROM duckdb_databases() WHERE database_name = current_database()';
        return (await window.spanlight.query(sql)).rows[0].readonly;
      }),
    )
    .toBe(true);
  await page.reload();
  await expect.poll(width).toBe(before - 82);
});

test('a narrow list keeps what matters, and its sorting', async ({ page }) => {
  await page.setViewportSize({ width: 400, height: 800 });
  const grid = page.getByRole('grid', { name: 'Traces' });
  await expect(page.getByRole('columnheader', { name: 'Services' })).toHaveCount(0);
  await page.getByRole('combobox', { name: 'Sort by' }).selectOption('Longest first');
  await expect(grid.locator('[aria-rowindex="2"]')).toContainText('job 0321');
  expect(await grid.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);

  await page.locator('header').getByRole('button', { name: 'many.json' }).click();
  const menu = page.getByRole('dialog', { name: 'Dataset' });
  await expect(menu).toContainText('4,000');
  const { x, width } = (await menu.boundingBox())!;
  expect(x).toBeGreaterThanOrEqual(0);
  expect(x + width).toBeLessThanOrEqual(400);
  await page.keyboard.press('Escape');
  await expect(menu).toBeHidden();
});
