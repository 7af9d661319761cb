/** The ways in: picking, dropping, pasting, addresses, kept datasets; cancelling, failing, going back. */
import type { Page } from '@playwright/test';
import { ROOT, expect, test } from './app';
import { otlpTrace } from './otlp-trace';

/** What a browser hands to the page with a drop or a paste. */
async function give(page: Page, type: 'drop' | 'paste' | 'dragenter' | 'dragleave', data: Given) {
  await page.evaluate(
    ([type, { files = [], text, uris }]) => {
      const transfer = new DataTransfer();
      for (const { name, content } of files) transfer.items.add(new File([content], name));
      if (text !== undefined) transfer.setData('text/plain', text);
      if (uris !== undefined) transfer.setData('text/uri-list', uris);
      const init = { bubbles: true, cancelable: true };
      document.body.dispatchEvent(
        type === 'paste'
          ? new ClipboardEvent(type, { ...init, clipboardData: transfer })
          : new DragEvent(type, { ...init, dataTransfer: transfer }),
      );
    },
    [type, data] as const,
  );
}

interface Given {
  files?: { name: string; content: string }[];
  text?: string;
  uris?: string;
}

const file = { name: 'a.json', content: otlpTrace() };
const other = { name: 'b.json', content: otlpTrace('11111111111111111111111111111111') };

test.beforeEach(async ({ app }) => {
  await app.goto();
});

test('says what it takes and that nothing is uploaded', async ({ page }) => {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByText(/nothing is uploaded/i)).toBeVisible();
  for (const label of ['OTLP JSON', 'Jaeger JSON', 'Zipkin v2 JSON', 'Flock .duckdb']) {
    await expect(page.getByText(label, { exact: true })).toBeVisible();
  }
  await expect(page.locator('#splash')).toHaveCount(0);
});

test('the whole page is a drop target and says so', async ({ app, page }) => {
  await give(page, 'dragenter', { files: [file, other] });
  await expect(page.getByText('Drop to open 2 files')).toBeVisible();
  await give(page, 'dragleave', { files: [file, other] });
  await expect(page.getByText('Drop to open 2 files')).toHaveCount(0);
  await give(page, 'drop', { files: [file, other] });
  await expect(app.traceRow('GET /checkout')).toHaveCount(2);
});

test('a drop replaces the open dataset', async ({ app, page }) => {
  await app.pick(file);
  await expect(page.getByText('1 of 1 trace')).toBeVisible();
  await give(page, 'dragenter', { files: [file] });
  await expect(page.getByText('in place of the open dataset')).toBeVisible();
  await give(page, 'drop', { files: [file, other] });
  await expect(page.getByText('2 of 2 traces')).toBeVisible();
});

test('JSON, files and addresses are pasted', async ({ app, page }) => {
  await give(page, 'paste', { text: otlpTrace() });
  await expect(app.traceRow('GET /checkout')).toBeVisible();
  await give(page, 'paste', { files: [file, other] });
  await expect(page.getByText('2 of 2 traces')).toBeVisible();
  await give(page, 'paste', { text: ` ${new URL('demo.duckdb', app.url).href}\n` });
  await expect(app.traceRow('frontend').first()).toBeVisible();
  await expect(page).toHaveURL(/#src=http/);
});

test('pasting into a field is pasting into the field', async ({ page }) => {
  const field = page.getByLabel('Address of a trace file');
  await field.evaluate((element, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    element.dispatchEvent(
      new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData }),
    );
  }, otlpTrace());
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});

test('an empty clipboard is said, not ignored', async ({ page }) => {
  await give(page, 'paste', {});
  await expect(page.getByText('The clipboard holds no file')).toBeVisible();
});

test('the field opens addresses and refuses what is none', async ({ app, page }) => {
  const field = page.getByLabel('Address of a trace file');
  await field.fill('javascript:alert(1)');
  await field.press('Enter');
  await expect(page.getByText('This is no http or https address.')).toBeVisible();
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await field.fill(new URL('demo.duckdb', app.url).href);
  await field.press('Enter');
  await expect(app.traceRow('frontend').first()).toBeVisible();
});

test('a failed address shows what happened and lets the visitor go on', async ({ app, page }) => {
  app.expectComplaint(/404/);
  await page.goto(`${app.url}#src=absent.json`);
  await app.ready();
  const card = page.getByRole('alert');
  await expect(card).toContainText('absent.json');
  await expect(card).toContainText('404');
  await card.getByText('Details', { exact: true }).click();
  await expect(card).toContainText('fetch-failed');
  await card.getByRole('button', { name: 'Dismiss' }).click();
  await expect(card).toHaveCount(0);
  await expect(page).not.toHaveURL(/#/);
});

test('a link that makes no sense is a notice', async ({ app, page }) => {
  await page.goto(`${app.url}#demo&zoom=later&%E0%A4%A`);
  await expect(page.getByText('Parts of this link make no sense here')).toBeVisible();
  await expect(app.traceRow('frontend').first()).toBeVisible();
  await expect(page).toHaveURL(/#demo$/);
});

test('opening can be cancelled, and the dataset of before stays', async ({ app, page }) => {
  await app.pick(file);
  await expect(app.traceRow('GET /checkout')).toBeVisible();
  const held = new Promise<() => void>((resolve) => {
    void page.route('**/demo.duckdb', async (route) => {
      await new Promise<void>((go) => resolve(go));
      await route.abort();
    });
  });
  await give(page, 'paste', { text: new URL('demo.duckdb', app.url).href });
  const release = await held;
  const dialog = page.getByRole('dialog', { name: /^Opening/ });
  await expect(dialog).toContainText('Elapsed');
  await expect(dialog.getByRole('progressbar')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  release();
  await expect(app.traceRow('GET /checkout')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('Back leaves a dataset for the landing page, Forward returns', async ({ app, page }) => {
  await page.getByRole('button', { name: 'Open the demo' }).click();
  await expect(app.traceRow('frontend').first()).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.goForward();
  await expect(app.traceRow('frontend').first()).toBeVisible();
});

test('a database of the disk has no address: Back and a reload say so', async ({ app, page }) => {
  await page.locator('input[type=file]').setInputFiles(`${ROOT}build/demo.duckdb`);
  await app.traceRow('frontend').first().getByRole('rowheader').click();
  await expect(page.getByRole('treegrid')).toBeVisible();
  await expect(page).toHaveURL(/#trace=/);
  await page.goBack();
  await expect(page.getByRole('grid', { name: 'Traces' })).toBeVisible();
  await page.goForward();
  await expect(page.getByRole('treegrid')).toBeVisible();
  await page.reload();
  await expect(page.getByText('This step shows a file of your disk')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});

test('what was read is kept, comes back after a reload, and can be removed', async ({
  app,
  page,
}) => {
  await app.pick(file);
  await app.traceRow('GET /checkout').getByRole('rowheader').click();
  await expect(page.getByRole('treegrid')).toBeVisible();
  await expect(page).toHaveURL(/#kept=.*&trace=5b8aa5a2d2c872e8321cf37308d69df2/);
  // Kept while it is already shown: a reload needs it written out.
  await expect
    .poll(() => page.evaluate(() => navigator.storage.estimate().then(({ usage = 0 }) => usage)))
    .toBeGreaterThan(12_288);
  await page.reload();
  await expect(page.getByRole('treegrid')).toBeVisible();

  await page.locator('header').getByRole('button', { name: 'a.json' }).click();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  const kept = page.getByRole('button', { name: /^a\.json/ });
  await expect(kept).toContainText('3 spans');
  await kept.click();
  await expect(app.traceRow('GET /checkout')).toBeVisible();

  await page.goBack();
  await page.getByRole('button', { name: 'Remove a.json from this browser' }).click();
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await expect(kept).toBeVisible();
  await page.getByRole('button', { name: 'Remove a.json from this browser' }).click();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(kept).toHaveCount(0);
  await expect(page.getByText('Kept in this browser')).toHaveCount(0);
});

test('the theme follows the system until it is chosen, and is remembered', async ({ page }) => {
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(theme).toBe('dark');
  await page.getByRole('button', { name: 'Theme: as the system' }).click();
  await expect.poll(theme).toBe('light');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Theme: light' })).toBeVisible();
  expect(await theme()).toBe('light');
});

test('keys: ? shows the help, Esc closes it and gives the focus back', async ({ page }) => {
  const demo = page.getByRole('button', { name: 'Open the demo' });
  await demo.focus();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Help' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(demo).toBeFocused();
});

for (const [width, height] of [
  [400, 800],
  [1024, 700],
  [1440, 900],
]) {
  test(`nothing overflows at ${width} × ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    const wide = await page.evaluate(
      () =>
        [...document.querySelectorAll('main *, header *, footer *')].filter(
          (element) => element.getBoundingClientRect().right > innerWidth + 0.5,
        ).length,
    );
    expect(wide).toBe(0);
  });
}
