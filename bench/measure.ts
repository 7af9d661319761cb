/** Each function takes one measurement in a fresh browser: how long a visitor waits, and what it costs. Times in milliseconds. */
import type { Page } from '@playwright/test';
import { Browser } from './browser';
import type { Input } from './inputs';

/** V8's longest string (2^29 - 24 units); larger inputs are parsed in pieces. */
const STRING_BYTES = 500e6;
const FRAMES_MS = 3_000;

export interface BootRun {
  /** Navigation to the first pixel. */
  firstPaintMs: number;
  /** Navigation to an engine that is ready for queries. */
  readyMs: number;
  chromium: string;
}

export async function measureBoot(url: string): Promise<BootRun> {
  return withPage(url, async (page, browser, readyMs) => {
    const firstPaintMs = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    );
    return { firstPaintMs, readyMs, chromium: browser.version };
  });
}

export interface OpenRun {
  /** File chosen to trace list painted. */
  listMs: number;
  /** File chosen to renderers idle, which includes writing and sealing after the list is shown. */
  settledMs: number;
  peakBytes: number;
  longestTaskMs: number;
  longestGapMs: number;
  traces: number;
}

export async function measureOpen(url: string, input: Input): Promise<OpenRun> {
  return withPage(url, (page, browser) => openWatched(page, browser, input));
}

/** Opens `input` in a page with nothing open, and watches it until everything is written. */
export async function openWatched(page: Page, browser: Browser, input: Input): Promise<OpenRun> {
  const watch = browser.watch();
  const { listMs, chosenMs } = await openFile(page, input.path);
  const during = await page.evaluate(() => {
    const { chosenAt, listAt, tasks, frames } = window.probe;
    // A gap is recorded at its end; one that began before the file was chosen is not the ingest's.
    const longest = (list: [number, number][], from: (entry: [number, number]) => number) =>
      Math.max(
        0,
        ...list
          .filter((entry) => from(entry) >= chosenAt && from(entry) <= listAt)
          .map(([, ms]) => ms),
      );
    return {
      longestTaskMs: longest(tasks, ([startMs]) => startMs),
      longestGapMs: longest(frames, ([atMs, gapMs]) => atMs - gapMs),
    };
  });
  const settledMs = Math.max(listMs, (await watch.idle()) - chosenMs);
  watch.stop();
  const { rows } = await page.evaluate(() =>
    window.spanlight.query('SELECT count(*)::INTEGER AS n FROM traces'),
  );
  const traces = Number(rows[0].n);
  if (traces !== input.traces)
    throw new Error(`${input.name}: ${traces} traces of ${input.traces}`);
  return { listMs, settledMs, peakBytes: watch.peakBytes, ...during, traces };
}

export interface FloorRun {
  /** File chosen to the last piece parsed. */
  floorMs: number;
  peakBytes: number;
  pieces: number;
}

/** Only reading the file and parsing it with JSON.parse, on an empty page. */
export async function measureFloor(input: Input): Promise<FloorRun> {
  const browser = await Browser.launch();
  try {
    const { page } = browser;
    await page.goto('about:blank');
    await page.setContent('<input type="file">');
    const pieces: ([number, number] | null)[] = input.bytes <= STRING_BYTES ? [null] : input.pieces;
    const watch = browser.watch();
    await page.evaluate((slices) => {
      const done = new Promise<number>((resolve, reject) => {
        document.querySelector('input')!.addEventListener('change', ({ target }) => {
          const read = async () => {
            const startMs = performance.now();
            const file = (target as HTMLInputElement).files![0];
            for (const slice of slices) {
              const text = slice
                ? `[${await file.slice(slice[0], slice[1]).text()}]`
                : await file.text();
              JSON.parse(text);
            }
            return performance.now() - startMs;
          };
          read().then(resolve, reject);
        });
      });
      done.catch(() => undefined);
      Object.assign(window, { done });
    }, pieces);
    await page.locator('input').setInputFiles(input.path);
    const floorMs = await page.evaluate(
      () => (window as unknown as { done: Promise<number> }).done,
    );
    watch.stop();
    return { floorMs, peakBytes: watch.peakBytes, pieces: pieces.length };
  } finally {
    await browser.close();
  }
}

export interface TraceRun {
  /** Row clicked to waterfall painted. */
  paintMs: number;
  longestTaskMs: number;
  scroll: FrameTimes;
  zoom: FrameTimes;
}

export interface FrameTimes {
  p50Ms: number;
  p95Ms: number;
  longestMs: number;
  frames: number;
}

export async function measureTrace(url: string, input: Input): Promise<TraceRun> {
  return withPage(url, async (page, browser) => {
    await openFile(page, input.path);
    const watch = browser.watch();
    await watch.idle();
    watch.stop();
    await page.locator('[role=grid] [role=rowheader]').first().click();
    await page.waitForFunction(() => window.probe.paintedAt > 0);
    const { paintMs, longestTaskMs } = await page.evaluate(() => {
      const { clickedAt, paintedAt, tasks } = window.probe;
      const during = tasks.filter(([startMs]) => startMs >= clickedAt && startMs <= paintedAt);
      return {
        paintMs: paintedAt - clickedAt,
        longestTaskMs: Math.max(0, ...during.map(([, ms]) => ms)),
      };
    });
    // Work after the first paint (events, the minimap) is not part of scrolling.
    await page.waitForTimeout(1_000);
    const scroll = await wheel(page, 0);
    await page.waitForTimeout(500);
    const zoom = await wheel(page, CTRL);
    return { paintMs, longestTaskMs, scroll, zoom };
  });
}

const CTRL = 2;

/** Turns the wheel over the waterfall for three seconds, with real input events, and returns the times between frames. */
async function wheel(page: Page, modifiers: number): Promise<FrameTimes> {
  const box = (await page.locator('canvas.bars').boundingBox())!;
  const client = await page.context().newCDPSession(page);
  const [x, y] = [Math.round(box.x + box.width * 0.6), Math.round(box.y + box.height / 2)];
  await client.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
  const from = await page.evaluate(() => window.probe.frames.length);
  const sent: Promise<unknown>[] = [];
  const startMs = performance.now();
  for (let i = 0; performance.now() - startMs < FRAMES_MS; i++) {
    // Zooms in for half of the time, then out; scrolling goes all the way down.
    const isBack = modifiers !== 0 && performance.now() - startMs > FRAMES_MS / 2;
    const deltaY = modifiers === 0 ? 180 : isBack ? 40 : -40;
    sent.push(
      client.send('Input.dispatchMouseEvent', {
        type: 'mouseWheel',
        x,
        y,
        deltaX: 0,
        deltaY,
        modifiers,
      }),
    );
    await new Promise((done) => setTimeout(done, 16));
  }
  const gaps = await page.evaluate(
    (first) => window.probe.frames.slice(first).map(([, ms]) => ms),
    from,
  );
  await Promise.all(sent);
  await client.detach();
  gaps.sort((a, b) => a - b);
  const at = (share: number) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))];
  return { p50Ms: at(0.5), p95Ms: at(0.95), longestMs: at(1), frames: gaps.length };
}

/** Chooses a file and waits for its list. Returns when it was chosen, by our clock, for measurements outside the page. */
export async function openFile(
  page: Page,
  path: string,
): Promise<{ listMs: number; chosenMs: number }> {
  await page.locator('input[type=file]').setInputFiles(path);
  await page.waitForFunction(
    () => window.probe.listAt > 0 || document.querySelector('[role=alert]') !== null,
  );
  const { chosenAt, listAt, nowMs, alert } = await page.evaluate(() => ({
    chosenAt: window.probe.chosenAt,
    listAt: window.probe.listAt,
    nowMs: performance.now(),
    alert: document.querySelector('[role=alert]')?.textContent,
  }));
  if (!listAt) throw new Error(`The page did not open ${path}: ${alert}`);
  return { listMs: listAt - chosenAt, chosenMs: performance.now() - (nowMs - chosenAt) };
}

/** The least time that a person takes to choose a file. */
const CHOOSING_MS = 3000;

/** Runs `body` on the page of a fresh browser, its engine ready. */
export async function withPage<T>(
  url: string,
  body: (page: Page, browser: Browser, readyMs: number) => Promise<T>,
): Promise<T> {
  const browser = await Browser.launch();
  try {
    await browser.page.goto(url);
    await browser.page.waitForFunction(() => window.spanlight !== undefined);
    const readyMs = await browser.page.evaluate(async () => {
      await window.spanlight.ready;
      return performance.now();
    });
    // Nobody chooses a file at once, and the page uses that time to let the browser compile the code for reading.
    await browser.page.waitForTimeout(CHOOSING_MS);
    return await body(browser.page, browser, readyMs);
  } finally {
    await browser.close();
  }
}
