/** RED metrics: figures and unfolding, brushing by mouse and by keys, what is different, thresholds in the link. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './app';

const START_NS = 1_794_477_600_000_000_000n;
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/**
 * A minute of two services, ten spans a second between them. In its second half every span of `till` in the south takes a
 * second instead of ten milliseconds, and fails.
 */
function oneMinute(): string {
  const hex = (i: number, digits: number) => (i + 1).toString(16).padStart(digits, '0');
  const spans = (service: number) =>
    Array.from({ length: 300 }, (_, i) => {
      const startNs = START_NS + BigInt(i) * 200_000_000n + BigInt(service);
      const isSouth = i % 2 === 1;
      const isSlow = service === 1 && isSouth && i >= 150;
      return {
        traceId: hex(2 * i + service, 32),
        spanId: hex(2 * i + service, 16),
        name: i % 3 ? 'pay' : 'refund',
        kind: 2,
        startTimeUnixNano: String(startNs),
        endTimeUnixNano: String(startNs + (isSlow ? 1_000_000_000n : 10_000_000n)),
        attributes: [attribute('region', isSouth ? 'south' : 'north')],
        status: isSlow ? { code: 2, message: 'the drawer is stuck' } : {},
      };
    });
  return JSON.stringify({
    resourceSpans: ['shelf', 'till'].map((name, service) => ({
      resource: { attributes: [attribute('service.name', name)] },
      scopeSpans: [{ scope: { name: 'test' }, spans: spans(service) }],
    })),
  });
}

/** Waits for the charts of what is asked now. */
async function drawn(page: Page): Promise<void> {
  await expect(page.getByRole('slider', { name: /^Rate/ })).toBeVisible();
  await expect(page.getByRole('application', { name: /^Latency heatmap/ })).toBeVisible();
}

test.beforeEach(async ({ app, page }) => {
  await page.setViewportSize({ width: 1440, height: 1200 });
  await app.goto();
  await app.open({ name: 'minute.json', content: oneMinute() });
  await page.getByRole('button', { name: 'RED Metrics' }).click();
  await drawn(page);
});

const card = (page: Page, name: string) =>
  page.getByRole('button', { name: `Show the series of ${name}`, exact: true });

test('cards tell rate, errors and durations, and unfold to operations', async ({ page }) => {
  await expect(page.getByText('2 services')).toBeVisible();
  const till = card(page, 'till');
  await expect(till).toContainText('25%');
  await expect(till).toContainText('75');

  await page.getByRole('button', { name: 'Operations of till' }).press('Enter');
  await card(page, 'refund').focus();
  await card(page, 'refund').press('Enter');
  await expect(page.getByRole('region', { name: 'Over time' }).getByRole('heading')).toContainText(
    'refund',
  );
  await expect(page).toHaveURL(/red\.service=till&red\.operation=refund/);
  await expect(card(page, 'refund')).toHaveAttribute('aria-pressed', 'true');

  await page.getByRole('button', { name: 'Back to all matching spans' }).click();
  await expect(page.getByText('All matching spans').last()).toBeVisible();
});

test('the table is a tree that keys unfold, in any order', async ({ page }) => {
  await page.getByRole('button', { name: 'Table', exact: true }).click();
  const grid = page.getByRole('treegrid', { name: /Rate, errors and durations/ });
  await expect(grid).toHaveAttribute('aria-rowcount', '4');
  await page.getByRole('columnheader', { name: 'Error rate' }).getByRole('button').click();
  await expect(page).toHaveURL(/red\.sort=-errorRate/);
  await expect(grid.locator('[aria-rowindex="3"]')).toContainText('till');

  await grid.focus();
  await grid.press('Home');
  await grid.press('ArrowDown');
  await grid.press('ArrowRight');
  await expect(grid).toHaveAttribute('aria-rowcount', '6');
  await expect(grid.locator('[aria-rowindex="4"]')).toHaveAttribute('aria-level', '2');
  await grid.press('ArrowDown');
  await grid.press('Enter');
  await expect(page).toHaveURL(/red\.operation=/);
});

test('a stretch of time is chosen by the mouse and by keys', async ({ page }) => {
  const chips = page.getByRole('search', { name: 'Filter' });
  const rate = page.getByRole('slider', { name: /^Rate/ });
  const box = (await rate.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.6, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 50, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/time=\d+~\d+/);
  await expect(page.getByText(/^Range: /)).toBeVisible();
  await expect(chips).not.toContainText('600 of 600');

  await page.getByRole('button', { name: 'All of the time' }).click();
  await expect(page).not.toHaveURL(/time=/);
  await drawn(page);

  await rate.focus();
  await rate.press('Home');
  await expect(rate).toHaveAttribute('aria-valuetext', /Spans/);
  for (let i = 0; i < 4; i++) await rate.press('Shift+ArrowRight');
  await rate.press('Enter');
  await expect(page).toHaveURL(/time=1794477600000000000~\d+/);

  await page.getByRole('button', { name: 'Zoom out' }).click();
  await expect(page.getByRole('button', { name: 'All of the time' })).toBeVisible();
});

test('a region of the heatmap tells what is different, and its values filter', async ({ page }) => {
  const heatmap = page.getByRole('application', { name: /^Latency heatmap/ });
  await heatmap.focus();
  // By keys alone: the slow spans are the upper right quarter.
  await heatmap.press('ArrowUp');
  await heatmap.press('End');
  for (let i = 0; i < 60; i++) await heatmap.press('ArrowUp');
  for (let i = 0; i < 12; i++) await heatmap.press('Shift+PageUp');
  await heatmap.press('Enter');

  const differences = page.getByRole('region', { name: 'What is different about the selection' });
  await expect(differences.getByRole('heading', { name: 'region' })).toBeVisible();
  const south = differences.getByRole('listitem').filter({ hasText: 'south' }).last();
  await expect(south).toContainText('100%');
  await expect(differences.getByRole('heading', { name: 'service', exact: true })).toBeVisible();
  await expect(page).toHaveURL(/red\.region=/);

  await differences.getByRole('button', { name: 'south' }).click();
  await page.getByRole('menuitem', { name: /^Only/ }).click();
  await expect(page).toHaveURL(/f=@region=south/);
  await expect(page.getByRole('search', { name: 'Filter' })).toContainText('300 of 600 spans');

  await differences.getByRole('button', { name: 'Filter to this region' }).click();
  await expect(page.getByRole('search', { name: 'Filter' })).toContainText('75 of 600 spans');
  await expect(differences).toBeHidden();
});

test('a region is dragged by the mouse, and Escape takes it back', async ({ page }) => {
  const heatmap = page.getByRole('application', { name: /^Latency heatmap/ });
  const box = (await heatmap.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.5, box.y + 12);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.4, { steps: 4 });
  await page.mouse.up();
  const differences = page.getByRole('region', { name: 'What is different about the selection' });
  await expect(differences).toBeVisible();
  await heatmap.focus();
  await heatmap.press('Escape');
  await heatmap.press('Escape');
  await expect(differences).toBeHidden();
});

test('thresholds are kept in the link and mark what misses them', async ({ page }) => {
  await page.getByRole('button', { name: 'Thresholds' }).click();
  const form = page.getByRole('dialog', { name: 'Thresholds' });
  await form.getByLabel('Error rate of all services, at most, in percent').fill('5');
  await form.getByLabel('p95 of all services, at most: a duration').fill('500');
  await form.getByLabel('p95 of all services, at most: a duration').press('Tab');
  await expect(page).toHaveURL(/red\.slo=errors:5,p95:500ms/);
  await page.keyboard.press('Escape');

  await expect(page.getByText('2 services, 1 over a threshold')).toBeVisible();
  await expect(card(page, 'till')).toHaveText(/Error rate 25% is above 5%\./);
  await expect(card(page, 'shelf')).not.toHaveText(/is above/);
  await expect(page.getByRole('slider', { name: /^Error budget/ })).toBeVisible();

  await page.getByRole('button', { name: /^Thresholds/ }).click();
  await form.getByLabel('Error rate of all services, at most, in percent').fill('many');
  await form.getByLabel('Error rate of all services, at most, in percent').press('Tab');
  await expect(form.getByRole('alert')).toContainText('percentage');
  await form.getByRole('button', { name: 'Remove all' }).click();
  await expect(page).not.toHaveURL(/red\.slo/);
});

test('a link brings thresholds, layout and scope back', async ({ app, page }) => {
  const hash = '#demo&view=red&red.layout=table&red.slo=errors:1&red.service=checkout';
  await page.goto('about:blank');
  await app.goto(hash);
  await expect(page.getByText(/18 services, \d+ over a threshold/)).toBeVisible();
  await expect(page.getByRole('treegrid').getByRole('row', { selected: true })).toContainText(
    'checkout',
  );
});

test('every chart is there as a table, and shows its SQL', async ({ page }) => {
  await page.getByRole('button', { name: 'Errors as a table' }).click();
  const table = page.getByRole('region', { name: 'Errors, all values' }).getByRole('table');
  await expect(table.getByRole('columnheader', { name: 'the drawer is stuck' })).toBeVisible();
  await page.getByRole('button', { name: 'Show SQL: Latency heatmap' }).click();
  await expect(page).toHaveURL(/view=sql/);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`nothing keeps anybody out, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.getByRole('button', { name: 'Operations of till' }).click();
    await expect(card(page, 'refund')).toBeVisible();
    const heatmap = page.getByRole('application', { name: /^Latency heatmap/ });
    await heatmap.focus();
    await heatmap.press('ArrowUp');
    await heatmap.press('Enter');
    const differences = page.getByRole('region', { name: 'What is different about the selection' });
    await expect(differences.getByRole('heading', { level: 3 }).first()).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    await expect(page.getByRole('treegrid')).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  });
}
