/** Takes the README's picture of the built page: a trace of the demo. `npm run build` before. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import type {} from '../src/lib/host/page-api';
import { CHROMIUM_FLAGS, findChromium } from './find-browser';
import { serve } from './serve';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const site = await serve({ dir: join(ROOT, 'build') });
const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS });
try {
  const page = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  await page.goto(`${site.url}#demo`);
  await page.getByRole('grid').getByRole('row').nth(1).waitFor();
  await page.evaluate(async () => {
    const { rows } = await window.spanlight.query(
      `SELECT trace_id, span_id FROM spans JOIN traces USING (trace_id)
       WHERE root_operation = 'POST /checkout' AND name = 'shop.Payment/Charge' AND kind = 'SERVER' AND status_code = 'ERROR'
       ORDER BY span_count DESC, trace_id LIMIT 1`,
    );
    const [{ trace_id: traceId, span_id: spanId }] = rows;
    await window.spanlight.navigate({ traceId: String(traceId), spanId: String(spanId) });
  });
  await page.getByRole('treegrid').getByRole('row').nth(5).waitFor();
  await page.getByText('app.payment.card_network').waitFor();
  // Two frames: the canvas is painted in the frame after its rows appear.
  await page.evaluate(
    () =>
      new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  );
  mkdirSync(join(ROOT, 'docs'), { recursive: true });
  await page.screenshot({ path: join(ROOT, 'docs/screenshot.png') });
} finally {
  await browser.close();
  await site.close();
}
