/** One trace seen in every way: critical path, focus, folding, colours, flame graph, tree table, comparison. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test, type App } from './app';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const START = 1_794_477_600_000_000_000n;
const id = (n: number) => n.toString(16).padStart(16, 'a');

/** Times are microseconds. */
function span(n: number, parent: number, name: string, start: number, end: number, more = {}) {
  return {
    traceId: TRACE,
    spanId: id(n),
    parentSpanId: parent ? id(parent) : '',
    name,
    kind: 1,
    startTimeUnixNano: String(START + BigInt(start) * 1000n),
    endTimeUnixNano: String(START + BigInt(end) * 1000n),
    ...more,
  };
}

const attributes = (entries: Record<string, string>) => ({
  attributes: Object.entries(entries).map(([key, stringValue]) => ({
    key,
    value: { stringValue },
  })),
});

/** run ─ load ─ query × 40; think ─ model; mail, which outlives them all. */
function file(): string {
  const resource = (service: string, spans: object[]) => ({
    resource: attributes({ 'service.name': service }),
    scopeSpans: [{ spans }],
  });
  return JSON.stringify({
    resourceSpans: [
      resource('agent', [
        span(1, 0, 'run', 0, 1_000_000),
        span(2, 1, 'load', 0, 400_000),
        span(3, 1, 'think', 500_000, 900_000, attributes({ 'node.type': 'reason' })),
        span(
          4,
          3,
          'model',
          550_000,
          850_000,
          attributes({ 'node.type': 'llm', 'llm.model': 'm-1' }),
        ),
        span(5, 1, 'mail', 600_000, 3_000_000),
      ]),
      resource('db', [
        ...Array.from({ length: 40 }, (_, i) =>
          span(100 + i, 2, 'query', i * 10_000, i * 10_000 + 5_000 + i * 100),
        ),
      ]),
    ],
  });
}

async function openTrace(app: App): Promise<void> {
  await app.goto();
  await app.open({ name: 'run.json', content: file() });
  await app.traceRow('run').getByRole('rowheader').click();
  await expect(tree(app.page)).toBeFocused();
}

const tree = (page: Page) => page.getByRole('treegrid', { name: 'Spans of the trace' });
const row = (page: Page, name: string) => tree(page).getByRole('row').filter({ hasText: name });
const detail = (page: Page) => page.getByRole('complementary', { name: 'Detail of the span' });
const optionOf = (page: Page, key: string) =>
  new URLSearchParams(new URL(page.url()).hash.slice(1)).get(`timeline.${key}`);

test('runs of like spans are folded, unfold, and fold again', async ({ app, page }) => {
  await openTrace(app);
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '6');
  await expect(row(page, 'query')).toContainText('× 40');
  await expect(row(page, 'query')).toContainText('Σ 278 ms');

  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '45');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowLeft');
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '6');
  await row(page, 'query').click();
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '45');
  await page.getByRole('button', { name: '× 40' }).click();
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '6');

  await page.keyboard.press('r');
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '45');
  await expect.poll(() => optionOf(page, 'fold')).toBe('0');
});

test('a focus shows a subtree, its path leads back, Esc leaves', async ({ app, page }) => {
  await openTrace(app);
  await row(page, 'think').click({ modifiers: ['Shift'] });
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '2');
  await expect(row(page, 'think')).toHaveAttribute('aria-level', '1');
  await expect.poll(() => optionOf(page, 'focus')).toBe(id(3));
  const path = page.getByRole('navigation', { name: 'Focus' });
  await expect(path).toContainText('think');

  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('.');
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '1');
  await path.getByRole('button', { name: 'think' }).click();
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '2');
  await path.getByRole('button', { name: 'Dim the rest' }).click();
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '6');
  await expect(row(page, 'mail')).toHaveClass(/dim/);
  await expect(row(page, 'model')).not.toHaveClass(/dim/);
  await page.keyboard.press('Escape');
  await expect(path).toBeHidden();
  await expect(row(page, 'mail')).not.toHaveClass(/dim/);
});

test('spans like one are hidden, and a chip brings them back', async ({ app, page }) => {
  await openTrace(app);
  await row(page, 'think').click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('h');
  await expect(row(page, 'think')).toHaveCount(0);
  await expect(row(page, 'model')).toHaveAttribute('aria-level', '2');
  await page.getByRole('button', { name: 'Show think again' }).click();
  await expect(row(page, 'model')).toHaveAttribute('aria-level', '3');
});

test('the critical path is shared out by operation', async ({ app, page }) => {
  await openTrace(app);
  await page.keyboard.press('p');
  await expect(page.getByRole('button', { name: 'Critical path', exact: true })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await expect.poll(() => optionOf(page, 'critical')).toBe('1');
  await page.getByRole('button', { name: 'Shares of the critical path' }).click();
  const table = page.getByRole('dialog', { name: 'Critical path by operation' });
  // Nobody waited for the mail.
  await expect(table.getByRole('row')).toHaveCount(6);
  await expect(table.getByRole('row').filter({ hasText: 'model' })).toContainText('300 ms');
  await expect(table.getByRole('row').filter({ hasText: 'model' })).toContainText('30 %');
  await expect(table.getByRole('row').filter({ hasText: 'query' })).toContainText('278 ms');
  await table.getByRole('button', { name: 'model' }).click();
  await expect(tree(page)).toHaveAttribute('aria-activedescendant', /span-row-/);
  await expect(row(page, 'model')).toHaveClass(/cursor/);
});

test('the flame graph is walked by keys', async ({ app, page }) => {
  await openTrace(app);
  await page.keyboard.press('g');
  const graph = page.getByRole('tree', { name: /Flame graph, 6 call paths/ });
  const item = graph.getByRole('treeitem');
  await graph.focus();
  await expect(item).toContainText('run, 1 span, total 1 s');
  await page.keyboard.press('ArrowDown');
  await expect(item).toContainText('mail');
  await page.keyboard.press('ArrowRight');
  await expect(item).toContainText(/load|think/);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Whole graph' })).toBeEnabled();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Whole graph' })).toBeDisabled();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(detail(page)).toBeVisible();
  await expect.poll(() => optionOf(page, 'layout')).toBe('flame');
});

test('the tree table shows attributes and copies itself as text', async ({
  app,
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openTrace(app);
  await page.keyboard.press('t');
  await expect(tree(page)).toHaveAttribute('aria-colcount', '5');
  await expect(row(page, 'model')).toContainText('llm.model=m-1, node.type=llm');
  await page.getByRole('button', { name: 'Copy as text' }).click();
  await expect(page.getByText('6 lines copied').first()).toBeVisible();
  expect((await page.evaluate(() => navigator.clipboard.readText())).split('\n')).toEqual([
    '✔ run (duration: 1 s)',
    '├─ ✔ load (duration: 400 ms)',
    '│  └─ ✔ query × 40 (duration: Σ 278 ms)',
    '├─ ✔ think (duration: 400 ms) node.type=reason',
    '│  └─ ✔ model (duration: 300 ms) llm.model=m-1, node.type=llm',
    '└─ ✔ mail (duration: 2.4 s)',
    '',
  ]);
});

test('colours follow any attribute, and the legend filters', async ({ app, page }) => {
  await openTrace(app);
  const legend = page.getByRole('list', { name: /Colours, one per/ });
  await expect(legend).toContainText('db');
  await page.getByRole('button', { name: 'Colour by Service' }).click();
  const choice = page.getByRole('dialog', { name: 'What the colours say' });
  await expect(choice.getByRole('button', { name: 'node.type' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(choice).toBeHidden();
  await expect(tree(page)).toBeVisible();
  await page.getByRole('button', { name: 'Colour by Service' }).click();
  await choice.getByRole('button', { name: 'node.type' }).click();
  await expect(legend.getByRole('button', { name: /^llm/ })).toBeVisible();
  await expect.poll(() => optionOf(page, 'colour')).toBe('@node.type');
  await legend.getByRole('button', { name: /^llm/ }).click();
  await expect(row(page, 'think')).toHaveClass(/dim/);
  await expect(row(page, 'model')).not.toHaveClass(/dim/);
  await legend.getByRole('button', { name: /^llm/ }).click();

  await legend.getByRole('button', { name: 'Filter by llm' }).click();
  await page.getByRole('menuitem', { name: 'Only this' }).click();
  await expect(row(page, 'think')).toHaveClass(/dim/);
  await page.getByRole('button', { name: /Only matches/ }).click();
  await expect(tree(page)).toHaveAttribute('aria-rowcount', '3');
  await expect(row(page, 'model')).toBeVisible();
});

test('a span is compared with its kind, and the slowest are a click away', async ({
  app,
  page,
}) => {
  await openTrace(app);
  await page.keyboard.press('r');
  await row(page, 'query').first().click();
  const panel = detail(page);
  await expect(panel).toContainText('Slower than 0 % of the other 39 spans');
  const slowest = panel.getByRole('button', { name: /8\.9 ms/ });
  await slowest.click();
  await expect(panel).toContainText('Slower than 100 % of the other 39 spans');
  await expect(page).toHaveURL(new RegExp(`span=${id(139)}`));
});

for (const theme of ['light', 'dark'] as const) {
  test(`nothing for axe to find, ${theme}`, async ({ app, page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await openTrace(app);
    const check = async () =>
      expect((await new AxeBuilder({ page }).include('.trace-view').analyze()).violations).toEqual(
        [],
      );
    await row(page, 'think').click({ modifiers: ['Shift'] });
    await row(page, 'model').click();
    await expect(detail(page)).toContainText('It is the only one of its kind.');
    await check();
    await page.keyboard.press('Escape');
    await page.keyboard.press('t');
    await expect(row(page, 'model')).toContainText('llm.model');
    await check();
    await page.keyboard.press('g');
    await expect(page.getByRole('tree')).toBeVisible();
    await check();
  });
}
