/** Dependencies: the graph by keys, an edge taken apart, the table, a round trip, the graph of one trace. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './app';

const graphOf = (page: Page) => page.getByRole('application', { name: /^Dependency graph/ });

/** The node or edge that the keys are at, by its words. */
async function active(page: Page): Promise<string> {
  return graphOf(page).evaluate((graph) => {
    const id = graph.getAttribute('aria-activedescendant');
    return (id && document.getElementById(id)?.getAttribute('aria-label')) || '';
  });
}

test('keys walk along the edges, and open what they are at', async ({ app, page }) => {
  await app.goto('#demo&view=dependencies');
  const graph = graphOf(page);
  await graph.focus();
  await expect.poll(() => active(page)).toMatch(/^Service /);
  // Of each column from above: the first is a service that calls.
  const first = await active(page);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => active(page)).toMatch(/^Call .+ → .+, \d/);
  const edge = await active(page);
  const [, from, to] = /^Call (.+) → (.+?), /.exec(edge)!;
  expect(first).toContain(`Service ${from},`);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => active(page)).toContain(`Service ${to},`);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => active(page)).toContain(` → ${to},`);

  await page.keyboard.press('Enter');
  const detail = page.getByRole('complementary', { name: 'Detail' });
  await expect(detail).toBeFocused();
  await expect(detail.getByRole('heading', { level: 2 })).toContainText(to);
  await expect(page).toHaveURL(/dependencies\.at=/);
  await page.keyboard.press('Escape');
  await expect(graph).toBeFocused();
  await expect(page).not.toHaveURL(/dependencies\.at=/);
});

test('nodes can be dragged, and the whole be shown again', async ({ app, page }) => {
  await app.goto('#demo&view=dependencies');
  const node = graphOf(page).getByRole('img', { name: /^Service cart,/ });
  const at = async () => {
    const { x, y } = (await node.boundingBox())!;
    return { x: Math.round(x), y: Math.round(y) };
  };
  const before = await at();
  // The name hangs below the circle.
  const { x, y, width } = (await node.boundingBox())!;
  await page.mouse.move(x + width / 2, y + 8);
  await page.mouse.down();
  await page.mouse.move(x + width / 2 + 60, y + 48, { steps: 4 });
  await page.mouse.up();
  await expect.poll(at).not.toEqual(before);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(node).toBeInViewport();
});

test('an edge: its pairs of operations, with their own figures and examples', async ({
  app,
  page,
}) => {
  await app.goto('#demo&view=dependencies&dependencies.layout=table');
  const table = page.getByRole('grid', { name: 'Dependencies' });
  const row = table.getByRole('row').filter({ hasText: /^\s*Agent\s*DSPyEngine/ });
  // Peers may come into the table later.
  await expect(page.getByRole('status').filter({ hasText: '34 edges' })).toBeVisible();
  await row.click();
  const detail = page.getByRole('complementary', { name: 'Detail' });
  await expect(detail.getByText('Agent.execute → DSPyEngine.evaluate')).toBeVisible();
  const { rows } = await app.query(
    `SELECT count(*) AS calls, count(*) FILTER (child.status_code = 'ERROR') AS errors
     FROM spans AS child JOIN spans AS parent ON parent.span_no = child.parent_no
     WHERE parent.name = 'Agent.execute' AND child.name = 'DSPyEngine.evaluate'`,
  );
  const pair = detail.getByRole('listitem').filter({ hasText: 'DSPyEngine.evaluate' });
  await expect(pair).toContainText(`${rows[0].calls} calls`);
  await expect(pair).toContainText(`${rows[0].errors} error`);
  await expect(pair).toContainText(/mean .+p50 .+p95 .+p99 /s);

  await pair.getByRole('button', { name: /^Slowest/ }).click();
  await expect(page.getByRole('treegrid')).toBeVisible();
  await expect(page).toHaveURL(/trace=.+&span=/);
});

test('the table sorts, obeys the filter, and the link keeps it', async ({ app, page }) => {
  await app.goto('#demo&view=dependencies');
  await expect(graphOf(page)).toBeVisible();
  await page.getByRole('button', { name: 'Table', exact: true }).click();
  const table = page.getByRole('grid', { name: 'Dependencies' });
  const first = table.locator('[aria-rowindex="2"]');
  await expect(first).toContainText('postgresql shop');
  await page.getByRole('columnheader', { name: 'Errors' }).getByRole('button').click();
  await expect(page).toHaveURL(/dependencies\.layout=table/);
  await expect(page).toHaveURL(/dependencies\.sort=-errors/);
  await expect(first).toContainText(/checkout|frontend|LiteLLM/);

  await page.evaluate(() => (location.hash += '&f=service%3Dpayment'));
  await expect(table).toHaveAttribute('aria-rowcount', '3');
  await expect(table).toContainText('paygate');
});

test('the critic and the writer go round: shown, and as the graph of one trace', async ({
  app,
  page,
}) => {
  await app.goto('#demo&view=dependencies');
  await page.getByRole('button', { name: 'Data flow' }).click();
  const cycle = page.getByRole('button', { name: 'critic → writer → critic' });
  await expect(cycle).toBeVisible();
  await cycle.click();
  await expect(cycle).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByText('One trace goes all the way')).toBeVisible();

  await page.getByRole('button', { name: 'Its graph' }).click();
  await expect(page.getByRole('status').filter({ hasText: '6 nodes' })).toBeVisible();
  await expect(graphOf(page).getByRole('img', { name: /^Actor scout,/ })).toBeVisible();
  await expect(graphOf(page).getByRole('img', { name: /^Actor judge,/ })).toHaveCount(0);
  await page.getByRole('button', { name: 'Services' }).click();
  await expect(
    graphOf(page).getByRole('img', { name: /^Call Agent → DSPyEngine, / }),
  ).toBeAttached();
  await expect(graphOf(page).getByRole('img', { name: /^Service frontend,/ })).toHaveCount(0);
  await page.getByRole('button', { name: 'All traces' }).click();
  await expect(graphOf(page).getByRole('img', { name: /^Service frontend,/ })).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing', async ({ app, page }) => {
      test.setTimeout(180_000);
      await app.goto('#demo&view=dependencies');
      const check = async () => {
        const { violations } = await new AxeBuilder({ page }).include('main').analyze();
        expect(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`)).toEqual([]);
      };
      await expect(graphOf(page)).toBeVisible();
      await check();
      await graphOf(page).focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await expect(page.getByRole('button', { name: /^Slowest/ }).first()).toBeVisible();
      await check();
      await page.getByRole('button', { name: 'Table', exact: true }).click();
      await expect(page.getByRole('grid', { name: 'Dependencies' })).toBeVisible();
      await check();
    });
  });
}
