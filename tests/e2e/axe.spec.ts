/** No view, list or panel has anything that axe finds: in both themes, on a desk and on a phone. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { ROOT, expect, test, type App } from './app';

/** From the registry's text: its modules are for browsers. */
const VIEW_IDS = [
  ...readFileSync(`${ROOT}src/lib/views/index.ts`, 'utf8').matchAll(/^ {4}id: '([a-z]+)',$/gm),
].map((match) => match[1]);

async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) => `${id}: ${help}\n${target.join(' ')}\n${failureSummary}`,
    ),
  );
}

/** The view has been fetched, and nothing of it is being asked for any more. */
async function settled({ page }: App): Promise<void> {
  await expect(page.getByRole('search', { name: 'Filter' }).getByRole('status')).toContainText(
    'of',
  );
  await expect(page.locator('main').getByRole('alert')).toHaveCount(0);
  await expect(page.locator('main')).toContainText(/\w/);
  await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0);
}

// It looks at every element, which takes a while where many tests run side by side.
test.setTimeout(180_000);

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [width, height] of [
    [1440, 900],
    [400, 800],
  ]) {
    test.describe(`${colorScheme}, ${width} px`, () => {
      test.use({ colorScheme, viewport: { width, height } });

      for (const id of VIEW_IDS) {
        test(id, async ({ app, page }) => {
          await app.goto(`#demo&view=${id}&f=service!%3Dnothing`);
          await settled(app);
          expect(await findings(page)).toEqual([]);
        });
      }

      test('an open trace', async ({ app, page }) => {
        await app.goto('#demo');
        await settled(app);
        const { rows } = await app.query(
          'SELECT trace_id, span_id FROM spans ORDER BY status_code, span_no LIMIT 1',
        );
        const { trace_id: traceId, span_id: spanId } = rows[0] as Record<string, string>;
        await page.evaluate((state) => window.spanlight.navigate(state), { traceId, spanId });
        await settled(app);
        await expect(page.getByRole('treegrid')).toBeVisible();
        expect(await findings(page)).toEqual([]);
      });

      test('the landing page, the palette, the editor of the filter', async ({ app, page }) => {
        await app.goto();
        expect(await findings(page)).toEqual([]);
        await app.goto('#demo&f=service=frontend');
        await settled(app);
        await page.locator('body').press('ControlOrMeta+k');
        await expect(page.getByRole('dialog', { name: 'Commands' })).toBeVisible();
        expect(await findings(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByRole('list', { name: 'Filters' }).getByRole('button').first().click();
        await expect(page.getByRole('dialog', { name: 'Filter: service' })).toBeVisible();
        await expect(page.getByRole('option', { name: /cart/ })).toBeVisible();
        expect(await findings(page)).toEqual([]);
      });
    });
  }
}
