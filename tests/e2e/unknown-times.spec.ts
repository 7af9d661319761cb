/** A file whose spans lack times, or have ones that cannot be right: every view shows what is known, and '—' for the rest. */
import type { Page } from '@playwright/test';
import { expect, test } from './app';

const START = 1_794_477_600_000_000_000n;
const MS = 1_000_000n;
const id = (n: number) => n.toString(16).padStart(16, 'c');
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

function span(n: number, parent: number, name: string, start: string, end: string, trace = 1) {
  return {
    traceId: trace.toString(16).padStart(32, 'd'),
    spanId: id(n),
    parentSpanId: parent ? id(parent) : '',
    name,
    kind: 2,
    startTimeUnixNano: start,
    endTimeUnixNano: end,
  };
}

const at = (ms: number) => String(START + BigInt(ms) * MS);

/** Twelve good traces; one with each kind of fault; one that knows no time at all. */
function file(): string {
  const good = Array.from({ length: 12 }, (_, i) =>
    span(100 + i, 0, 'poll', at(i * 5_000), at(i * 5_000 + 20 + i), 10 + i),
  );
  const resources: [string, object[]][] = [
    ['shop', [span(1, 0, 'checkout', at(0), at(200)), ...good]],
    [
      'store',
      [
        span(2, 1, 'began long ago', '1790000000', at(90)),
        span(3, 1, 'never ends', at(20), '9223372036854775807'),
        span(4, 1, 'still running', at(30), '0'),
        span(5, 1, 'ends too early', at(40), at(7)),
        span(6, 2, 'read', at(50), at(60)),
      ],
    ],
    ['lost', [span(7, 0, 'no times', '0', '0', 2), span(8, 7, 'none either', '12', '15', 2)]],
  ];
  return JSON.stringify({
    resourceSpans: resources.map(([service, spans]) => ({
      resource: { attributes: [attribute('service.name', service)] },
      scopeSpans: [{ spans }],
    })),
  });
}

/** What no text on the page may say of a time that is unknown. */
async function expectNoNonsense(page: Page): Promise<void> {
  const text = await page.evaluate(() => document.body.innerText);
  expect(text).not.toMatch(/NaN|Invalid Date|undefined|Infinity|\b2262\b|\b1970\b/);
}

const tree = (page: Page) => page.getByRole('treegrid', { name: 'Spans of the trace' });
const row = (page: Page, name: string) => tree(page).getByRole('row').filter({ hasText: name });
const detail = (page: Page) => page.getByRole('complementary', { name: 'Detail of the span' });

test.beforeEach(async ({ app, page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await app.goto();
  await app.open({ name: 'times.json', content: file() });
  await expect(app.traceRow('no times')).toBeVisible();
});

test('the list has such a trace last, whichever way it is sorted', async ({ app, page }) => {
  const rows = page.getByRole('row');
  await expect(app.traceRow('no times')).toContainText('—');
  for (const [column, times] of [
    ['Duration', 2],
    ['Start', 2],
  ] as const) {
    for (let i = 0; i < times; i++) {
      await page.getByRole('columnheader', { name: column }).getByRole('button').click();
      await expect(rows.last()).toContainText('no times');
    }
  }
  await expectNoNonsense(page);
});

test('the waterfall marks such spans, and the detail says what the file has', async ({
  app,
  page,
}) => {
  await app.traceRow('checkout').getByRole('rowheader').click();
  await expect(row(page, 'began long ago')).toContainText('no start time');
  await expect(row(page, 'never ends')).toContainText('no valid end');
  await expect(row(page, 'still running')).toContainText('never ended');
  await expect(row(page, 'ends too early')).toContainText('no valid end');
  await expect(page.getByRole('listitem').filter({ hasText: /^200\s+ms$/ })).toBeVisible();
  const facts = [
    ['began long ago', '1970-01-01'],
    ['never ends', '2262-04-11'],
    ['still running', 'had not ended when it was written'],
    ['ends too early', 'before the start'],
  ];
  for (const [name, words] of facts) {
    await row(page, name).click();
    await expect(detail(page)).toContainText(words);
    await expect(detail(page)).toContainText('—');
  }
});

test('a trace without any time opens', async ({ app, page }) => {
  await app.traceRow('no times').getByRole('rowheader').click();
  await expect(row(page, 'no times')).toContainText('no start time');
  await expect(row(page, 'none either')).toContainText('no start time');
  await expectNoNonsense(page);
});

test('all other views measure what is known', async ({ page }) => {
  const open = (view: string) => page.getByRole('button', { name: view, exact: true }).click();
  await open('Statistics');
  for (const tab of ['Operations', 'Spans', 'Services']) {
    await page.getByRole('tab', { name: tab }).click();
    const grid = page.getByRole('grid', { name: tab });
    await expect(grid.getByRole('row').filter({ hasText: 'lost' }).first()).toContainText('—');
    await expectNoNonsense(page);
  }
  await open('RED Metrics');
  await expect(page.getByRole('slider', { name: /^Rate/ })).toBeVisible();
  await expect(page.getByRole('application', { name: /^Latency heatmap/ })).toBeVisible();
  await expect(page.getByText('—').first()).toBeVisible();
  await expectNoNonsense(page);
  await open('Dependencies');
  await expect(page.getByRole('application', { name: /^Dependency graph/ })).toBeVisible();
  await expectNoNonsense(page);
  await open('Configuration');
  await page.getByText('About the dataset').first().click();
  await expect(page.getByText('Spans without a start time').first()).toBeVisible();
  await expect(page.getByText('All of them, in SQL').first()).toBeVisible();
});
