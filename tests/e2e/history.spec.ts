/** Steps of Back: a choice makes one, what is typed or moved makes none, and what follows from a choice goes with it. */
import type { Page } from '@playwright/test';
import { expect, test } from './app';

const steps = (page: Page) => page.evaluate(() => history.length);
const search = (page: Page) => page.getByLabel('Search spans');
const views = (page: Page) => page.getByRole('navigation', { name: 'Views' });

test('each choice is a step, and Back takes them back one by one', async ({ app, page }) => {
  await app.goto('#demo');
  await expect(app.traceRow('frontend').first()).toBeVisible();
  const first = await steps(page);
  const hashes = [await page.evaluate(() => location.hash)];
  const choose = async (act: () => Promise<unknown>, shown: RegExp) => {
    await act();
    await expect(page).toHaveURL(shown);
    hashes.push(await page.evaluate(() => location.hash));
    expect(await steps(page)).toBe(first + hashes.length - 1);
  };
  await choose(
    () => page.getByRole('columnheader', { name: 'Duration' }).getByRole('button').click(),
    /sort=-duration/,
  );
  await choose(
    () =>
      page.evaluate(() =>
        window.spanlight.navigate({
          filter: {
            time: null,
            text: '',
            terms: [{ type: 'field', field: 'status_code', values: ['ERROR'], exclude: false }],
          },
        }),
      ),
    /f=status_code/,
  );
  await choose(() => app.traceRow('frontend').first().getByRole('rowheader').click(), /trace=/);
  await expect(page.getByRole('treegrid')).toBeVisible();
  await choose(() => page.getByRole('treegrid').press('g'), /layout=flame/);
  await choose(
    () => views(page).getByRole('button', { name: 'Statistics' }).click(),
    /view=statistics/,
  );
  await choose(() => page.getByRole('tab', { name: 'Services' }).click(), /tab=services/);
  for (const hash of hashes.reverse().slice(1)) {
    await page.goBack();
    await expect.poll(() => page.evaluate(() => location.hash)).toBe(hash);
  }
});

test('what is typed, selected or zoomed is in the link and makes no step', async ({
  app,
  page,
}) => {
  await app.goto('#demo');
  await expect(app.traceRow('frontend').first()).toBeVisible();
  const first = await steps(page);
  await search(page).fill('GET');
  await expect(page).toHaveURL(/q=GET/);
  expect(await steps(page)).toBe(first);

  await app.traceRow('frontend').first().getByRole('rowheader').click();
  await expect(page).toHaveURL(/trace=/);
  await expect(page.getByRole('treegrid')).toBeVisible();
  expect(await steps(page)).toBe(first + 1);
  await page.getByRole('searchbox', { name: /Find in this trace/ }).fill('cart');
  await expect(page).toHaveURL(/find=cart/);
  await page.getByRole('treegrid').focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/span=/);
  await page.keyboard.press('+');
  await expect(page).toHaveURL(/zoom=/);
  expect(await steps(page)).toBe(first + 1);
  await page.goBack();
  await expect(page).toHaveURL(/#demo&q=GET$/);
});

test('a step keeps what was typed just before the next one was made', async ({ app, page }) => {
  await app.goto('#demo');
  await expect(app.traceRow('frontend').first()).toBeVisible();
  await search(page).fill('GET');
  await page.evaluate(() => window.spanlight.navigate({ view: 'red' }));
  await expect(page).toHaveURL(/view=red/);
  await page.goBack();
  await expect(page).toHaveURL(/#demo&q=GET$/);
  await expect(search(page)).toHaveValue('GET');
});

test('the text of a query leaves the link in the step that leaves the view', async ({
  app,
  page,
}) => {
  await app.goto('#demo&view=sql&sql.q=SELECT+42+AS+n');
  await expect(page.getByRole('grid', { name: 'Result' })).toContainText('42');
  const first = await steps(page);
  const hash = await page.evaluate(() => location.hash);
  await views(page).getByRole('button', { name: 'Timeline' }).click();
  await expect(page).toHaveURL(/#demo$/);
  expect(await steps(page)).toBe(first + 1);
  // At once, before anything that follows from the choice could be written.
  await page.goBack();
  await expect(page.getByRole('grid', { name: 'Result' })).toContainText('42');
  expect(await page.evaluate(() => location.hash)).toBe(hash);
  await page.goForward();
  await expect(page).toHaveURL(/#demo$/);
  await expect(app.traceRow('frontend').first()).toBeVisible();
});

test('a change that is on its way does not overwrite the step that Back came to', async ({
  app,
  page,
}) => {
  await app.goto('#demo');
  await expect(app.traceRow('frontend').first()).toBeVisible();
  await page.evaluate(() => window.spanlight.navigate({ view: 'red' }));
  await expect(page).toHaveURL(/view=red/);
  await search(page).fill('GET');
  // The page is busy while the rest before writing ends and Back comes.
  await page.evaluate(() => {
    addEventListener('popstate', () => {
      const until = performance.now() + 400;
      while (performance.now() < until);
    });
    history.back();
  });
  await expect(app.traceRow('frontend').first()).toBeVisible();
  await expect(page).toHaveURL(/#demo$/);
  await page.goForward();
  await expect(page).toHaveURL(/view=red/);
});

test('what follows from a choice makes no step', async ({ app, page }) => {
  await app.goto('#demo');
  await expect(app.traceRow('frontend').first()).toBeVisible();
  const { rows } = await app.query('SELECT trace_id FROM traces LIMIT 1');
  const [{ trace_id: traceId }] = rows as { trace_id: string }[];
  const first = await steps(page);
  // The focus is on a span that the trace has not: it is given up.
  await page.evaluate(
    ([trace]) => {
      location.hash = `#demo&trace=${trace}&timeline.focus=ffffffffffffffff`;
    },
    [traceId],
  );
  await expect(page.getByRole('treegrid')).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`#demo&trace=${traceId}$`));
  expect(await steps(page)).toBe(first + 1);
});

test('a link that says more than it has to is one step', async ({ app, page }) => {
  await app.goto('#demo&view=timeline&sort=-start');
  await expect(app.traceRow('frontend').first()).toBeVisible();
  const first = await steps(page);
  await expect(page).toHaveURL(/#demo$/);
  expect(await steps(page)).toBe(first);
});
