/** The Guide: found by words, linked by section, and its queries run. */
import { expect, test } from './app';

test('is searched, and a recipe’s query runs at a click', async ({ app, page }) => {
  await app.goto('#demo&view=guide');
  const search = page.getByRole('searchbox', { name: 'Search the guide' });
  await search.fill('prevent_self_trigger');
  await expect(page.getByRole('article')).toHaveCount(1);
  await expect(page.getByRole('article', { name: 'An agent never stops' })).toContainText(
    'critic → writer → critic',
  );
  await search.press('Escape');
  await expect(search).toHaveValue('');

  await page.getByRole('button', { name: 'My workflow is slow' }).press('Enter');
  await expect(page).toHaveURL(/guide\.section=slow/);
  await page.getByRole('button', { name: /^Run: The slowest spans/ }).press('Enter');
  await expect(page).toHaveURL(/view=sql/);
});

test('a recipe sets the filter and shows the view', async ({ app, page }) => {
  await app.goto('#demo&view=guide&guide.section=failed');
  await page.getByRole('button', { name: 'Only errors' }).click();
  await expect(page).toHaveURL(/f=status_code=ERROR/);
  await expect(
    page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Timeline' }),
  ).toHaveAttribute('aria-current', 'page');
});

test('names the tables and columns of the dataset', async ({ app, page }) => {
  await app.goto('#demo&view=guide&guide.section=schema');
  const spans = page.getByRole('region', { name: 'Columns of spans' });
  await expect(spans.getByRole('row').filter({ hasText: 'correlation_id' })).toContainText(
    'one request across traces',
  );
});

test('says so where nothing is found', async ({ app, page }) => {
  await app.goto('#demo&view=guide');
  await page.getByRole('searchbox', { name: 'Search the guide' }).fill('zzz');
  await expect(page.getByText('Nothing here about “zzz”')).toBeVisible();
  await page.getByRole('button', { name: 'Show the whole guide' }).click();
  await expect(page.getByRole('article', { name: 'Timeline' })).toBeVisible();
});
