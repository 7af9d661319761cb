/** The Configuration view: the form and the chips are one filter, Flock's variables, what is kept, how it looks. */
import { expect, test } from './app';
import { otlpTrace } from './otlp-trace';

const DEMO = '#demo&view=configuration';

test('the form sets the filter that the link keeps, by keys alone', async ({ app, page }) => {
  await app.goto(DEMO);
  const cart = page.getByRole('group', { name: 'Only these services' }).getByLabel('cart');
  await cart.focus();
  await page.keyboard.press('Space');
  await expect(cart).toBeChecked();
  await expect(page).toHaveURL(/f=service=cart/);
  await expect(page.getByText('544 of 4,530 spans')).toBeVisible();

  const names = page.getByRole('combobox', { name: 'Operations to leave out' });
  await names.fill('no such operation');
  await names.press('Enter');
  await expect(page.getByText('No span here is called: no such operation')).toBeVisible();
  await names.press('Backspace');
  await expect(page.getByText('No span here is called')).toBeHidden();

  await page.getByLabel('From').fill('2026-11-12 10:10');
  await page.getByLabel('From').press('Enter');
  await expect(page).toHaveURL(/time=1794478200000000000~/);
  await page.getByLabel('until').fill('2026-11-12 09:00');
  await page.getByLabel('until').press('Enter');
  await expect(page.getByRole('alert')).toHaveText('The end has to come after the start');
});

test('Flock’s variables are made of the form, and set it', async ({ app, page }) => {
  await app.goto(DEMO);
  await page
    .getByLabel('Or paste such lines')
    .fill(
      'export FLOCK_TRACE_SERVICES=\'["agent"]\'\nFLOCK_TRACE_IGNORE=["Agent.execute"]\nFLOCK_TRACE_TTL_DAYS=900\nFLOCK_AUTO_TRACE=true',
    );
  await page.getByRole('button', { name: 'Set the form' }).click();
  await expect(page.getByText('Line 3: FLOCK_TRACE_TTL_DAYS has to be')).toBeVisible();
  await expect(page.getByText('FLOCK_AUTO_TRACE: about how to record')).toBeVisible();
  // Flock compares services in lower case; the dataset keeps their own.
  const services = page.getByRole('group', { name: 'Only these services' });
  await expect(services.getByRole('checkbox', { name: /^Agent / })).toBeChecked();
  await expect(
    page.getByText('FLOCK_TRACE_SERVICES=["agent"]\nFLOCK_TRACE_IGNORE=["Agent.execute"]'),
  ).toBeVisible();
});

test('a named filter is kept, put on, and removed', async ({ app, page }) => {
  await app.goto(`${DEMO}&f=status_code=ERROR`);
  await page.getByLabel('Name of the present filter').fill('Failures');
  await page.getByLabel('Name of the present filter').press('Enter');
  await page.reload();
  await app.ready();
  await page.getByRole('button', { name: 'Clear the whole filter' }).click();
  await expect(page).not.toHaveURL(/f=/);
  await page.getByRole('button', { name: /^Failures/ }).click();
  await expect(page).toHaveURL(/f=status_code=ERROR/);
  await page.getByRole('button', { name: 'Remove Failures' }).click();
  await expect(page.getByRole('button', { name: /^Failures/ })).toBeHidden();
});

test('datasets are kept within limits, removed one by one or all', async ({ app, page }) => {
  await app.goto();
  await app.open({ name: 'one.json', content: otlpTrace() });
  await expect
    .poll(() => page.evaluate(() => window.spanlight.state().address?.kind))
    .toBe('library');
  await page.evaluate(() =>
    window.spanlight.navigate({
      view: 'configuration',
      options: { 'configuration.section': 'kept' },
    }),
  );
  const table = page.getByRole('table');
  await expect(table.getByRole('row').filter({ hasText: 'one.json' })).toContainText('open');

  const days = page.getByLabel('Keep for');
  await days.fill('0');
  await days.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('A whole number of days, 1 to 365');
  await days.fill('30');
  await days.press('Enter');
  await expect(page.getByText('nothing has to go now')).toBeVisible();

  await page.getByRole('button', { name: 'Clear all…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Remove datasets' });
  await dialog.getByRole('button', { name: 'Keep' }).click();
  await expect(table).toBeVisible();
  await page.getByRole('button', { name: 'Remove one.json' }).click();
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(page.getByText('Nothing is kept.')).toBeVisible();
});

test('looks are remembered, and obeyed in every view', async ({ app, page }) => {
  await app.goto(`${DEMO}&configuration.section=look`);
  await page.getByRole('radio', { name: 'Always in milliseconds' }).check();
  await expect(page.getByText('1240.183402')).toBeVisible();
  await page.getByRole('radio', { name: /^Here/ }).check();
  await expect(page.getByText(/2026-11-12 11:00:04\.\d{9} \+01:00/)).toBeVisible();
  await page.getByRole('radio', { name: 'Another' }).check();
  await page.getByLabel('Another time zone').fill('Mars/Olympus');
  await page.getByLabel('Another time zone').press('Enter');
  await expect(page.getByRole('alert')).toContainText('no time zone');
  await page.getByRole('radio', { name: 'Dark' }).check();
  await page.getByRole('radio', { name: 'Calm' }).check();

  await page.reload();
  await app.ready();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.locator('html')).toHaveAttribute('data-colours', 'calm');
  await expect(page.getByRole('radio', { name: 'Always in milliseconds' })).toBeChecked();
});

test('the dataset’s oddities lead to their spans', async ({ app, page }) => {
  await app.goto(`${DEMO}&configuration.section=about`);
  const orphans = page.getByRole('listitem').filter({ hasText: 'parent is not in the data' });
  await expect(orphans).toContainText('14');
  // The way to all of them in SQL is there before the spans are.
  await orphans
    .getByRole('button', { name: /^(?!All)/ })
    .first()
    .click();
  await expect(page).toHaveURL(/trace=[0-9a-f]{32}&span=[0-9a-f]{16}/);
});
