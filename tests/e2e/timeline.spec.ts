/** One trace: tree, keys, zoom, search, detail, and what the link keeps of it. */
import type { Page } from '@playwright/test';
import { expect, test, type App } from './app';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const START = 1_794_477_600_000_000_000n;
const id = (n: number) => n.toString(16).padStart(16, 'a');
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

interface SpanOptions {
  parent?: number;
  startUs: number;
  endUs: number;
  [more: string]: unknown;
}

function span(n: number, name: string, { parent, startUs, endUs, ...more }: SpanOptions) {
  return {
    traceId: TRACE,
    spanId: id(n),
    parentSpanId: parent === undefined ? '' : id(parent),
    name,
    kind: 1,
    startTimeUnixNano: String(START + BigInt(startUs) * 1000n),
    endTimeUnixNano: String(START + BigInt(endUs) * 1000n),
    ...more,
  };
}

const STACK = 'Traceback (most recent call last):\n  File "pay.py", line 7\nPaymentError: declined';

/** gateway ─ auth, order ─ (charge ─ retry), mail; and an orphan. */
function traceFile(): string {
  const resource = (service: string, spans: object[]) => ({
    resource: { attributes: [attribute('service.name', service)] },
    scopeSpans: [{ scope: { name: 'lib' }, spans }],
  });
  return JSON.stringify({
    resourceSpans: [
      resource('gateway', [
        span(1, 'POST /order', { startUs: 0, endUs: 1_240_183 }),
        span(2, 'auth', { parent: 1, startUs: 1_000, endUs: 51_000 }),
        span(3, 'place order', { parent: 1, startUs: 60_000, endUs: 1_200_000 }),
      ]),
      resource('payments', [
        span(4, 'charge card', {
          parent: 3,
          startUs: 100_000,
          endUs: 900_000,
          status: { code: 2, message: 'declined <img src=x onerror=alert(1)>' },
          attributes: [
            attribute('card.brand', 'visa'),
            attribute('input.payload', '{"amount": 12345678901234567890, "items": ["a", "b"]}'),
            attribute('long', 'line of text\n'.repeat(20_000)),
          ],
          events: [
            {
              name: 'exception',
              timeUnixNano: String(START + 800_000_000n),
              attributes: [
                attribute('exception.type', 'PaymentError'),
                attribute('exception.stacktrace', STACK),
              ],
            },
          ],
          links: [{ traceId: TRACE, spanId: id(2), attributes: [] }],
        }),
        span(5, 'retry', { parent: 4, startUs: 200_000, endUs: 300_000 }),
      ]),
      resource('mail', [
        span(6, 'send mail', { parent: 3, startUs: 950_000, endUs: 950_000 }),
        span(7, 'lost work', { parent: 99, startUs: 400_000, endUs: 500_000 }),
      ]),
    ],
  });
}

async function openTrace(app: App): Promise<void> {
  await app.goto();
  await app.open({ name: 'order.json', content: traceFile() });
  await app.traceRow('POST /order').getByRole('rowheader').click();
  await expect(tree(app.page)).toBeFocused();
}

const tree = (page: Page) => page.getByRole('treegrid', { name: 'Spans of the trace' });
const row = (page: Page, name: string) => tree(page).getByRole('row').filter({ hasText: name });
const detail = (page: Page) => page.getByRole('complementary', { name: 'Detail of the span' });
const zoomOf = (page: Page) => new URLSearchParams(new URL(page.url()).hash.slice(1)).get('zoom');

/** Name of the row that the tree says is active. */
async function active(page: Page): Promise<string> {
  const rowId = await tree(page).getAttribute('aria-activedescendant');
  return (await page.locator(`#${rowId} .text`).textContent()) ?? '';
}

test('the tree is a treegrid that keys walk', async ({ app }) => {
  const { page } = app;
  await openTrace(app);
  const press = (...keys: string[]) =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());

  await expect(tree(page)).toHaveAttribute('aria-rowcount', '7');
  await expect(row(page, 'POST /order')).toHaveAttribute('aria-level', '1');
  await expect(row(page, 'POST /order')).toHaveAttribute('aria-expanded', 'true');
  await expect(row(page, 'charge card')).toHaveAttribute('aria-level', '3');
  await expect(row(page, 'auth')).not.toHaveAttribute('aria-expanded');
  await expect(row(page, 'lost work')).toContainText('parent missing');

  await press('ArrowDown', 'ArrowDown');
  expect(await active(page)).toContain('place order');
  await press('ArrowLeft');
  await expect(row(page, 'place order')).toHaveAttribute('aria-expanded', 'false');
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '4');
  await press('ArrowLeft');
  expect(await active(page)).toContain('POST /order');
  await press('End');
  expect(await active(page)).toContain('lost work');
  await press('Home', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight');
  expect(await active(page)).toContain('charge card');

  await press('[');
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '6');
  await press('[');
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '4');
  await press(']', ']');
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '7');
  await press('Home', 'Shift+ArrowLeft');
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '2');
  await press('*');
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '7');

  await press('e');
  expect(await active(page)).toContain('charge card');
  await press('Enter');
  await expect(detail(page)).toContainText('800 ms');
  await press('Escape');
  await expect(detail(page)).toBeHidden();
  await press('Escape');
  await expect(tree(page)).toBeHidden();
  await expect(app.traceRow('POST /order')).toBeVisible();
});

test('the detail shows everything of a span, and values are text', async ({ app }) => {
  const { page } = app;
  await openTrace(app);
  await row(page, 'charge card').click();
  const panel = detail(page);

  await expect(panel.getByRole('heading', { name: 'charge card' })).toBeVisible();
  await expect(panel).toContainText('declined <img src=x onerror=alert(1)>');
  await expect(panel.locator('img')).toHaveCount(0);
  await expect(panel).toContainText('payments');
  await expect(panel).toContainText('64.5 % of the trace');
  await expect(panel).toContainText('+100 ms');
  await expect(panel).toContainText('2026-11-12 10:00:00.100000000 UTC');
  await expect(panel).toContainText('12345678901234567890');
  await expect(panel).toContainText(STACK);

  await expect(panel).toContainText('Cut after');
  await panel.getByRole('button', { name: 'Show all' }).click();
  await expect(panel.getByText('Cut after')).toBeHidden();

  await panel.getByRole('button', { name: 'place order' }).click();
  await expect(panel.getByRole('heading', { name: 'place order' })).toBeVisible();
  expect(await active(page)).toContain('place order');

  await row(page, 'charge card').click();
  await panel.getByRole('button', { name: `span ${id(2)} of this trace` }).click();
  await expect(panel.getByRole('heading', { name: 'auth' })).toBeVisible();

  await page.keyboard.press('Escape');
  await row(page, 'charge card').click();
  await panel.getByRole('button', { name: 'visa' }).click();
  await page.getByRole('menuitem', { name: 'Only this' }).click();
  await expect(page).toHaveURL(/f=@card\.brand=visa/);
  await expect(page.getByRole('button', { name: /Only matches\s*1 of 7/ })).toBeVisible();
});

test('find goes from match to match and opens what hides them', async ({ app }) => {
  const { page } = app;
  await openTrace(app);
  await page.keyboard.press('Shift+ArrowLeft');
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '2');

  await page.keyboard.press('/');
  const field = page.getByRole('searchbox', { name: /Find in this trace/ });
  await expect(field).toBeFocused();
  await field.fill('PAYMENTS');
  await field.press('Enter');
  await expect(page.getByText('1 of 2')).toBeVisible();
  expect(await active(page)).toContain('charge card');
  await field.press('Enter');
  await expect(page.getByText('2 of 2')).toBeVisible();
  expect(await active(page)).toContain('retry');
  await field.fill('no such thing');
  await expect(page.getByText('none', { exact: true })).toBeVisible();
  await field.press('Escape');
  await expect(field).toHaveValue('');
  await field.press('Escape');
  await expect(tree(page)).toBeFocused();
});

test('zoom by keys, wheel, axis and minimap; the link keeps it', async ({ app }) => {
  const { page } = app;
  await openTrace(app);
  const canvas = page.locator('canvas.bars');
  const box = (await canvas.boundingBox())!;
  expect(zoomOf(page)).toBeNull();

  await page.keyboard.press('+');
  await expect.poll(() => zoomOf(page)).not.toBeNull();
  const [start, end] = zoomOf(page)!.split('~').map(Number);
  expect(end - start).toBeCloseTo(1_240_183_000 / 2, -2);
  await page.keyboard.press('a');
  await expect.poll(() => Number(zoomOf(page)?.split('~')[0])).toBeLessThan(start);
  await page.keyboard.press('0');
  await expect.poll(() => zoomOf(page)).toBeNull();

  await page.mouse.move(box.x + 5, box.y + 100);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -300);
  await page.keyboard.up('Control');
  await expect.poll(() => Number(zoomOf(page)?.split('~')[0] ?? Infinity)).toBeLessThan(30_000_000);

  await page.mouse.dblclick(box.x + 5, box.y - 10);
  await expect.poll(() => zoomOf(page)).toBeNull();
  await page.mouse.move(box.x + box.width * 0.25, box.y - 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y - 10, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => zoomOf(page)).not.toBeNull();
  const window = zoomOf(page)!.split('~').map(Number);
  expect(window[0] / 1_240_183_000).toBeCloseTo(0.25, 1);
  expect(window[1] / 1_240_183_000).toBeCloseTo(0.75, 1);

  const edge = page.getByRole('slider', { name: 'Start of the visible window' });
  await edge.focus();
  await edge.press('ArrowRight');
  await expect.poll(() => Number(zoomOf(page)?.split('~')[0])).toBeGreaterThan(window[0]);

  await row(page, 'retry').click();
  await page.keyboard.press('z');
  await expect.poll(() => zoomOf(page)).toBe('190000000~310000000');
  await expect(page).toHaveURL(new RegExp(`span=${id(5)}`));
});

test('the header counts, names oddities and walks them', async ({ app }) => {
  const { page } = app;
  await openTrace(app);
  const header = page.getByRole('region', { name: 'Trace', exact: true }).locator('header').first();
  await expect(header).toContainText('1.240183 s');
  await expect(header).toContainText('7 spans');
  await expect(header).toContainText('3 services');
  await expect(header).toContainText('depth 4');
  await expect(header).toContainText('2026-11-12 10:00:00.000000000 UTC');
  await header.getByRole('button', { name: '1 error' }).click();
  expect(await active(page)).toContain('charge card');
  await header.getByRole('button', { name: '1 orphan' }).click();
  expect(await active(page)).toContain('lost work');
});

test('a span of the link is opened, one that is not there is named', async ({ app }) => {
  const { page } = app;
  await openTrace(app);
  await page.evaluate(
    ([trace, spanId]) => window.spanlight.navigate({ traceId: trace, spanId }),
    [TRACE, id(5)],
  );
  await expect(detail(page).getByRole('heading', { name: 'retry' })).toBeVisible();
  await page.evaluate(
    ([trace]) => window.spanlight.navigate({ traceId: trace, spanId: 'beef' }),
    [TRACE],
  );
  await expect(page.getByText('Span 000000000000beef is not in this trace.')).toBeVisible();
  await page.evaluate(() => window.spanlight.navigate({ traceId: 'no-such-trace' }));
  await expect(page.getByText('This trace is not in order.json')).toBeVisible();
  await page.getByRole('button', { name: 'All traces' }).click();
  await expect(app.traceRow('POST /order')).toBeVisible();
});

test('a pointer on a bar shows its card, inside a phone too the detail slides over', async ({
  app,
}) => {
  const { page } = app;
  await openTrace(app);
  const box = (await page.locator('canvas.bars').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.5, box.y + 12);
  const card = page.getByRole('tooltip');
  await expect(card).toContainText('POST /order');
  await expect(card).toContainText('1.240183 s');
  await page.mouse.move(box.x + box.width - 4, box.y + 12);
  const place = (await card.boundingBox())!;
  expect(place.x + place.width).toBeLessThanOrEqual(1280);

  await page.setViewportSize({ width: 400, height: 800 });
  await row(page, 'auth').click();
  const panel = (await detail(page).boundingBox())!;
  expect(panel.x).toBe(0);
  expect(panel.width).toBe(400);
  await page.getByRole('button', { name: 'Close the detail' }).click();
  await expect(tree(page)).toBeVisible();
});
