/** The smoke test in Firefox: what the page needs, more than one browser has. Driven over WebDriver BiDi. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strict as assert } from 'node:assert';
import puppeteer, { type ElementHandle } from 'puppeteer-core';
import type {} from '../../src/lib/host/page-api';
import { findFirefox } from '../../scripts/find-chromium';
import { serve } from '../../scripts/serve';
import { otlpTrace } from './otlp-trace';

const LIMIT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'spanlight-firefox-'));
const file = join(folder, 'trace.json');
writeFileSync(file, otlpTrace());

const site = await serve({ dir: 'build', base: '/some/folder/' });
const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: findFirefox(),
  headless: true,
  // Nothing of the browser's own that would wait for a network.
  extraPrefsFirefox: { 'network.captive-portal-service.enabled': false },
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });

  await step('boot', async () => {
    await page.goto(site.url);
    await page.waitForFunction(() => window.spanlight !== undefined);
    await page.evaluate(() => window.spanlight.ready);
  });
  await step('open and list', async () => {
    const input = (await page.waitForSelector(
      'input[type=file]',
    )) as ElementHandle<HTMLInputElement>;
    await input.uploadFile(file);
    await page.waitForSelector('::-p-xpath(//*[@role="rowheader"][contains(., "GET /checkout")])');
  });
  await step('timeline', async () => {
    await page.click('::-p-xpath(//*[@role="rowheader"][contains(., "GET /checkout")])');
    await page.waitForSelector('::-p-xpath(//*[@role="treegrid"]//*[contains(., "charge card")])');
  });
  await step('query', async () => {
    // As text: BigInts do not cross from every browser to the driver.
    const start = await page.evaluate(async () => {
      const { rows } = await window.spanlight.query(
        'SELECT start_time, count(*) OVER () AS n FROM spans ORDER BY 1 LIMIT 1',
      );
      return `${rows[0].start_time} of ${rows[0].n}`;
    });
    assert.equal(start, '1794477600123456789 of 3');
  });
  await step('demo', async () => {
    await page.evaluate(() =>
      window.spanlight.open(new URL('demo.duckdb', location.href).href).then(() => true),
    );
    await page.waitForSelector('::-p-xpath(//*[@role="row"][contains(., "frontend")])');
  });
  assert.deepEqual(complaints, []);
  console.log(`Firefox ${await browser.version()}: passed`);
} finally {
  await browser.close();
  await site.close();
  rmSync(folder, { recursive: true, force: true });
}

async function step(name: string, run: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  try {
    await run();
  } catch (error) {
    console.error(`Firefox failed at: ${name}`);
    throw error;
  }
  console.log(`  ✓ ${name} (${Math.round(performance.now() - startMs)} ms)`);
}
