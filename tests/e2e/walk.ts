/**
 * A walk through the whole page in the browsers that Playwright does not drive: `walk.ts firefox`, `walk.ts webkit`. It
 * tests what differs between browsers (the engine's boot, workers, files, canvas, the editor), not the app once more.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strict as assert } from 'node:assert';
import type {} from '../../src/lib/host/page-api';
import { MissingProgram } from '../../scripts/find-browser';
import { serve } from '../../scripts/serve';
import { otlpTrace } from './otlp-trace';
import { DrivenBrowser } from './webdriver';

const LABELS = { firefox: 'Firefox', webkit: 'WebKitGTK' };

declare global {
  interface Window {
    complaints: string[];
  }
}

const has = (text: string) => `[contains(normalize-space(.), "${text}")]`;
const labelled = (text: string) => `[starts-with(@aria-label, "${text}")]`;

/** What each view shows once it has asked its queries, in the order of the header. */
const VIEWS: [label: string, shown: string][] = [
  ['Timeline', `//*[@role="rowheader"]${has('GET /checkout')}`],
  ['Statistics', `//*[@role="grid"]${labelled('Operations')}//*[@role="row"]${has('charge card')}`],
  ['RED Metrics', `//*[@role="application"]${labelled('Latency heatmap: 3 spans')}`],
  [
    'Dependencies',
    `//*[@role="application"]${labelled('Dependency graph')}//*${labelled('Call storefront → payments')}`,
  ],
  ['SQL', '//*[@role="textbox"][@aria-label="SQL"]'],
  ['Configuration', `//*[@role="group"]//label${has('payments')}`],
  ['Guide', '//article'],
];

async function walk(browser: DrivenBrowser, url: string, file: string): Promise<void> {
  await step('boot', async () => {
    await browser.goto(url);
    await browser.run(async () => {
      while (!window.spanlight) await new Promise(requestAnimationFrame);
      await window.spanlight.ready;
    });
  });
  await step('open and list', async () => {
    await browser.type('//input[@type="file"]', file);
    await browser.see(`//*[@role="rowheader"]${has('GET /checkout')}`);
  });
  await step('open a trace, select a span', async () => {
    await browser.click(`//*[@role="rowheader"]${has('GET /checkout')}`);
    await browser.click(`//*[@role="treegrid"]//*[@role="row"]${has('charge card')}`);
    await browser.see(`//aside${labelled('Detail of the span')}${has('card declined')}`);
  });
  await step('query from a script', async () => {
    // As text: BigInts do not cross to the driver.
    const start = await browser.run(async () => {
      const { rows } = await window.spanlight.query(
        'SELECT start_time, count(*) OVER () AS n FROM spans ORDER BY 1 LIMIT 1',
      );
      return `${rows[0].start_time as bigint} of ${rows[0].n as bigint}`;
    });
    assert.equal(start, '1794477600123456789 of 3');
  });
  await step('query in the SQL view', async () => {
    await browser.click(view('SQL'));
    await browser.press('//*[@role="textbox"][@aria-label="SQL"]', 'Control+a');
    await browser.type(
      '//*[@role="textbox"][@aria-label="SQL"]',
      "SELECT 6 * 7 AS answer, name FROM spans WHERE status_code = 'ERROR'",
    );
    await browser.press('//*[@role="textbox"][@aria-label="SQL"]', 'Escape');
    await browser.press('//*[@role="textbox"][@aria-label="SQL"]', 'Control+Enter');
    const result = '//*[@role="grid"][@aria-label="Result"]';
    await browser.see(`${result}//*[@role="columnheader"]${has('answer')}`);
    await browser.see(`${result}//*[@role="row"]${has('42')}${has('charge card')}`);
  });
  for (const [label, shown] of VIEWS) {
    await step(label, async () => {
      await browser.click(view(label));
      await browser.see(shown);
    });
  }
  await step('demo', async () => {
    await browser.run(() =>
      window.spanlight.open(new URL('demo.duckdb', location.href).href).then(() => undefined),
    );
    await browser.click(view('Timeline'));
    await browser.see(`//*[@role="row"]${has('frontend')}`);
  });
  assert.deepEqual(await browser.run(() => window.complaints), []);
}

const view = (label: string) => `//nav[@aria-label="Views"]/button[@aria-label="${label}"]`;

/** Notes what the page complains about. WebDriver does not tell it, so the page's first script is made to. */
function noteComplaints(): void {
  window.complaints = [];
  const complain = (text: string) => window.complaints.push(text);
  addEventListener('error', ({ message }) => complain(`uncaught: ${message}`));
  addEventListener('unhandledrejection', ({ reason }) => complain(`unhandled: ${String(reason)}`));
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    complain(`refused by ${violatedDirective}: ${blockedURI}`),
  );
  const { error } = console;
  console.error = (...words) => {
    complain(`console: ${words.map(String).join(' ')}`);
    error(...words);
  };
}

/** What is on screen, for whoever looks for the cause of a failure. */
const seen = () => ({
  complaints: window.complaints,
  text: document.body.innerText.slice(0, 2_000),
});

async function step(name: string, run: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  try {
    await run();
  } catch (error) {
    console.error(`  ✗ ${name}`);
    throw error;
  }
  console.log(`  ✓ ${name} (${Math.round(performance.now() - startMs)} ms)`);
}

async function main(name: string | undefined): Promise<void> {
  if (name !== 'firefox' && name !== 'webkit') throw new Error('Which browser: firefox or webkit?');
  const folder = mkdtempSync(join(tmpdir(), 'spanlight-walk-'));
  const file = join(folder, 'trace.json');
  writeFileSync(file, otlpTrace());
  const site = await serve({
    dir: 'build',
    base: '/some/folder/',
    intercept: (path, _request, response) => {
      if (path !== 'theme.js') return false;
      response.setHeader('content-type', 'text/javascript');
      response.end(
        `const __name = (named) => named;(${noteComplaints.toString()})();\n${readFileSync('build/theme.js', 'utf8')}`,
      );
      return true;
    },
  });
  let browser: DrivenBrowser | null = null;
  try {
    browser = await DrivenBrowser.start(name);
    console.log(`${LABELS[name]} ${browser.version}`);
    await walk(browser, site.url, file).catch(async (error: unknown) => {
      console.error(await browser?.run(seen));
      throw error;
    });
    console.log(`${LABELS[name]} ${browser.version}: passed`);
  } catch (error) {
    // Firefox runs everywhere; WebKitGTK does not.
    if (name !== 'webkit' || !(error instanceof MissingProgram)) throw error;
    console.log(`${LABELS[name]}: skipped. ${error.message}`);
  } finally {
    await browser?.close();
    await site.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main(process.argv[2]);
