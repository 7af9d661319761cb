/** What all views share: the filter and its editor, the menu of values, the command palette, the keys of the page. */
import type { Page } from '@playwright/test';
import { expect, test, type App } from './app';

const bar = (page: Page) => page.getByRole('search', { name: 'Filter' });
const chips = (page: Page) => page.getByRole('list', { name: 'Filters' });
const count = (page: Page) => bar(page).getByRole('status');
const editor = (page: Page) => page.getByRole('dialog', { name: /^Filter: / });
const options = (page: Page) => editor(page).getByRole('listbox').getByRole('option');
const palette = (page: Page) => page.getByRole('dialog', { name: 'Commands' });

async function openDemo(app: App, hash = ''): Promise<void> {
  await app.goto(`#demo${hash}`);
  await expect(count(app.page)).toContainText('spans');
}

/** What the bar has to say of a condition on `spans`. */
async function counted(app: App, where: string): Promise<string> {
  const { rows } = await app.query(
    `SELECT count(*) FILTER (${where}) AS n, count(*) AS m FROM spans`,
  );
  const [n, m] = [rows[0].n, rows[0].m].map((value) => Number(value).toLocaleString('en-US'));
  return `${n} of ${m} spans`;
}

test('digits go to the views in their order', async ({ app, page }) => {
  await openDemo(app);
  const tabs = page.getByRole('navigation', { name: 'Views' }).getByRole('button');
  await expect(tabs).toHaveCount(7);
  for (const [key, view] of [
    ['2', 'Statistics'],
    ['4', 'Dependencies'],
    ['7', 'Guide'],
    ['1', 'Timeline'],
  ]) {
    await page.locator('body').press(key);
    await expect(tabs.and(page.locator('[aria-current]'))).toHaveAccessibleName(view);
  }
  await expect(page.getByRole('grid', { name: 'Traces' })).toBeVisible();
});

test('a filter is made, changed and taken off by keys alone', async ({ app, page }) => {
  await openDemo(app);
  await page.locator('body').press('f');
  const field = editor(page).getByRole('combobox', { name: 'Filter by' });
  await expect(field).toBeFocused();
  await field.fill('service');
  await expect(options(page).first()).toContainText('service');
  await field.press('Enter');

  const values = editor(page).getByRole('combobox', { name: 'Values of service' });
  await expect(values).toBeFocused();
  await values.fill('front');
  await expect(options(page).first()).toContainText('frontend');
  await values.press('Shift+Enter');
  await expect(options(page).and(page.locator('[aria-selected="true"]'))).toContainText('frontend');
  await values.fill('cart');
  await expect(options(page).first()).toContainText('cart');
  await values.press('Enter');
  await expect(editor(page)).toHaveCount(0);
  await expect(chips(page)).toContainText(/service\s*is\s*frontend or cart/);
  await expect(count(page)).toHaveText(await counted(app, `service IN ('frontend', 'cart')`));

  await page.locator('body').press('f');
  await expect(field).toBeFocused();
  await field.fill('duration>=10ms');
  await field.press('Enter');
  await expect(chips(page).getByRole('listitem')).toHaveCount(2);
  await expect(count(page)).toHaveText(
    await counted(app, `service IN ('frontend', 'cart') AND end_time - start_time >= 10000000`),
  );

  const chip = (name: RegExp) => chips(page).getByRole('button', { name }).first();
  await chip(/^service/).focus();
  await page.keyboard.press('ArrowRight');
  await expect(chip(/^duration/)).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(values).toBeFocused();
  await editor(page).getByRole('combobox', { name: 'How it is compared' }).selectOption('is not');
  await expect(chips(page)).toContainText(/service\s*is not\s*frontend or cart/);
  await page.keyboard.press('Escape');
  await expect(editor(page)).toHaveCount(0);

  await chip(/^service/).focus();
  await page.keyboard.press('Delete');
  await expect(chips(page).getByRole('listitem')).toHaveCount(1);
  await expect(chip(/^duration/)).toBeFocused();
  await page.keyboard.press('Backspace');
  await expect(chips(page)).toHaveCount(0);
  await expect(bar(page).getByRole('button', { name: 'Add a filter' })).toBeFocused();
  await expect(count(page)).toHaveText(await counted(app, 'true'));

  await page.goBack();
  await expect(chip(/^duration/)).toBeVisible();
});

test('ranges of time and attributes are typed, and the link keeps them', async ({ app, page }) => {
  await openDemo(app);
  const put = async (text: string) => {
    await page.locator('body').press('f');
    const field = editor(page).getByRole('combobox', { name: 'Filter by' });
    await expect(field).toBeFocused();
    await field.fill(text);
    await field.press('Enter');
  };
  await put('10:04..10:09:30');
  await expect(chips(page)).toContainText('10:04:00 – 10:09:30');
  await put('@http.request.method=GET');
  await put('root');
  await expect(chips(page).getByRole('listitem')).toHaveCount(3);
  const where = `start_time >= epoch_ns(TIMESTAMP_NS '2026-11-12 10:04:00')
    AND start_time < epoch_ns(TIMESTAMP_NS '2026-11-12 10:09:30')
    AND attributes['http.request.method'] = 'GET' AND is_root`;
  await expect(count(page)).toHaveText(await counted(app, where));
  await expect(page).toHaveURL(/f=@http.request.method=GET/);

  await page.reload();
  await expect(chips(page).getByRole('listitem')).toHaveCount(3);
  await chips(page)
    .getByRole('button', { name: /^10:04:00/ })
    .click();
  const from = editor(page).getByRole('textbox', { name: 'From' });
  await expect(from).toHaveValue('2026-11-12 10:04:00');
  await from.fill('noon');
  await from.press('Enter');
  await expect(editor(page).getByRole('alert')).toContainText('Times are like');
  await from.fill('+5min');
  await from.press('Enter');
  await expect(chips(page)).toContainText('– 10:09:30');
  await bar(page).getByRole('button', { name: 'Clear all' }).click();
  await expect(count(page)).toHaveText(await counted(app, 'true'));
});

test('a text in the words of a filter becomes one', async ({ app, page }) => {
  await openDemo(app);
  await page.locator('body').press('/');
  const search = page.getByRole('textbox', { name: 'Search spans' });
  await expect(search).toBeFocused();
  await search.fill('status!=error');
  await search.press('Enter');
  await expect(search).toHaveValue('');
  await expect(chips(page)).toContainText(/status\s*is not\s*ERROR/);
  await expect(count(page)).toHaveText(await counted(app, `status_code <> 'ERROR'`));
});

test('the palette finds views, names, ids and actions', async ({ app, page }) => {
  await openDemo(app);
  const ask = async (text: string) => {
    await page.keyboard.press('ControlOrMeta+k');
    const field = palette(page).getByRole('combobox', { name: 'Commands' });
    await expect(field).toBeFocused();
    await field.fill(text);
    return palette(page).getByRole('option');
  };
  const view = page.getByRole('navigation', { name: 'Views' }).locator('[aria-current]');

  await expect((await ask('stat')).first()).toContainText('Statistics');
  await page.keyboard.press('Enter');
  await expect(palette(page)).toHaveCount(0);
  await expect(view).toHaveAccessibleName('Statistics');

  await expect((await ask('frontend')).first()).toContainText('only service');
  await page.keyboard.press('Enter');
  await expect(chips(page)).toContainText(/service\s*is\s*frontend/);

  const { rows } = await app.query('SELECT trace_id FROM traces ORDER BY trace_id LIMIT 1');
  const id = String(rows[0].trace_id);
  await expect((await ask(id.toUpperCase())).first()).toContainText(id);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`trace=${id}`));
  await expect(page.getByRole('treegrid')).toBeVisible();

  await expect((await ask('clear filter')).first()).toContainText('Clear the filter');
  await page.keyboard.press('Enter');
  await expect(chips(page)).toHaveCount(0);

  await expect((await ask('longest traces')).first()).toContainText('The longest traces');
  await page.keyboard.press('Enter');
  await expect(view).toHaveAccessibleName('SQL');

  const all = await ask('');
  await expect(all.first()).toContainText('The longest traces');
  await expect(palette(page).getByRole('group', { name: 'Recent' })).toBeVisible();
  await page.keyboard.press('ControlOrMeta+k');
  await expect(palette(page)).toHaveCount(0);
});

test('a value offers only, without and copy', async ({ app, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openDemo(app);
  const value = page
    .getByRole('grid', { name: 'Traces' })
    .getByRole('button', { name: 'frontend' })
    .first();
  const menu = page.getByRole('menu', { name: 'service frontend' });
  const item = (name: string) => menu.getByRole('menuitem', { name });
  await value.click();
  await expect(item('Only this')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(menu.getByRole('menuitem').last()).toBeFocused();
  await page.keyboard.press('Home');
  await page.keyboard.press('c');
  await expect(item('Copy')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(menu).toHaveCount(0);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('frontend');
  // Where it stood still has the keys, though nothing was opened.
  await expect(page).not.toHaveURL(/trace=/);
  await expect(page.locator('[role="grid"]:focus, [role="grid"] :focus')).toHaveCount(1);

  await value.click();
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);
  await value.click();
  await item('Only this').click();
  await expect(chips(page)).toContainText(/service\s*is\s*frontend/);
  await expect(count(page)).toHaveText(await counted(app, `service = 'frontend'`));
  await value.click();
  await item('Without this').click();
  await expect(chips(page)).toContainText(/service\s*is not\s*frontend/);
  await expect(count(page)).toHaveText(await counted(app, `service <> 'frontend'`));
});

test('Esc goes back one step at a time', async ({ app, page }) => {
  await openDemo(app);
  const { rows } = await app.query('SELECT trace_id, span_id FROM spans WHERE is_root LIMIT 1');
  const { trace_id: traceId, span_id: spanId } = rows[0] as Record<string, string>;
  await page.evaluate((state) => window.spanlight.navigate(state), { traceId, spanId });
  await expect(page).toHaveURL(/span=/);
  const tab = page.getByRole('navigation', { name: 'Views' }).getByRole('button').first();
  await tab.focus();
  await page.keyboard.press('ControlOrMeta+k');
  await expect(palette(page)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(palette(page)).toHaveCount(0);
  await expect(page).toHaveURL(/span=/);
  await tab.press('Escape');
  await expect(page).not.toHaveURL(/span=/);
  await expect(page).toHaveURL(/trace=/);
  await tab.press('Escape');
  await expect(page).not.toHaveURL(/trace=/);
  await expect(page.getByRole('grid', { name: 'Traces' })).toBeVisible();
});

test('a view that could not be fetched can be asked for again', async ({ app, page }) => {
  await openDemo(app);
  await expect(page.getByRole('grid', { name: 'Traces' })).toBeVisible();
  app.expectComplaint(/Failed to load resource/);
  await page.route('**/*', (route) =>
    ['script', 'stylesheet', 'fetch', 'other'].includes(route.request().resourceType())
      ? route.abort()
      : route.continue(),
  );
  await page.locator('body').press('7');
  const card = page.getByRole('alert').filter({ hasText: 'Guide' });
  await expect(card.getByRole('button', { name: 'Try again' })).toBeVisible();
  await page.unrouteAll();
  await card.getByRole('button', { name: 'Try again' }).click();
  await expect(card).toHaveCount(0);
  await expect(page.getByRole('main')).toContainText(/\w/);
});

test('at 400 px nothing is wider than the page, and the views are a menu', async ({
  app,
  page,
}) => {
  await page.setViewportSize({ width: 400, height: 800 });
  await openDemo(app, '&f=service=frontend&f=kind!%3DINTERNAL&f=duration>%3D1us&f=@http.route?');
  await expect(chips(page).getByRole('listitem')).toHaveCount(4);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
  const { x, width } = (await count(page).boundingBox())!;
  expect(x + width).toBeLessThanOrEqual(400);
  await page.getByRole('combobox', { name: 'View' }).selectOption('Statistics');
  await expect(page).toHaveURL(/view=statistics/);
  await bar(page).getByRole('button', { name: 'Add a filter' }).click();
  const panel = (await editor(page).boundingBox())!;
  expect(panel.x).toBeGreaterThanOrEqual(0);
  expect(panel.x + panel.width).toBeLessThanOrEqual(400);
  expect(panel.y + panel.height).toBeLessThanOrEqual(800);
});
