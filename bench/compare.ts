/**
 * Two builds of the page, measured alternately in one run, so that a busy spell of the machine affects both. Measures only
 * what every build has: boot, opening files, the views, painting a trace, and SQL as people type it.
 */
import type { Page } from '@playwright/test';
import type { Browser } from './browser';
import type { Input } from './inputs';
import { measureTrace, openWatched, withPage } from './measure';
import { BY_HAND, timeQuery } from './queries';
import { median } from './report';

export interface Builds {
  /** Addresses of the two pages. */
  old: string;
  new: string;
}

interface Row {
  name: string;
  unit: 'ms' | 'bytes';
  old: number[];
  new: number[];
}

const QUERY_RUNS = 3;

/** Figures of both builds by measurement, in the order taken. */
export class Comparison {
  private readonly rows = new Map<string, Row>();

  constructor(private readonly builds: Builds) {}

  /** Opens each input, walks through the views and runs SQL, `runs` times in a browser per build. */
  async open(input: Input, runs: number): Promise<void> {
    await this.turnAbout(runs, (url, note) =>
      withPage(url, async (page, browser, readyMs) => {
        note('Boot: engine ready', 'ms', readyMs);
        const opened = await openWatched(page, browser, input);
        note(`${input.name}: list painted`, 'ms', opened.listMs);
        note(`${input.name}: settled`, 'ms', opened.settledMs);
        note(`${input.name}: peak memory`, 'bytes', opened.peakBytes);
        const views = page.locator('nav[aria-label=Views] button');
        for (let i = 1; i < (await views.count()); i++) {
          const label = await views.nth(i).getAttribute('aria-label');
          note(`${input.name}: view ${label}`, 'ms', await timeView(page, browser, i));
        }
        for (const { name, sql } of BY_HAND) {
          const { medianMs } = await timeQuery(page, sql, QUERY_RUNS);
          note(`${input.name}: ${name}`, 'ms', medianMs);
        }
      }),
    );
  }

  async trace(input: Input, runs: number): Promise<void> {
    await this.turnAbout(runs, async (url, note) => {
      const { paintMs, scroll, zoom } = await measureTrace(url, input);
      note(`${input.name}: trace painted`, 'ms', paintMs);
      note(`${input.name}: scrolling, p95 of frames`, 'ms', scroll.p95Ms);
      note(`${input.name}: zooming, p95 of frames`, 'ms', zoom.p95Ms);
    });
  }

  /** Medians and their ratio. */
  markdown(): string {
    const lines = [...this.rows.values()].map(({ name, unit, ...runs }) => {
      const [before, after] = [median(runs.old), median(runs.new)];
      const text = (value: number) =>
        unit === 'bytes'
          ? `${Math.round(value / 1e6)} MB`
          : `${value < 100 ? value.toPrecision(3) : Math.round(value)} ms`;
      return `| ${name} | ${runs.old.length} | ${text(before)} | ${text(after)} | ${before ? (after / before).toFixed(2) : '–'} |`;
    });
    return ['| | runs | old | new | new ÷ old |', '| --- | --: | --: | --: | --: |', ...lines].join(
      '\n',
    );
  }

  toJSON(): Row[] {
    return [...this.rows.values()];
  }

  private async turnAbout(
    runs: number,
    measure: (
      url: string,
      note: (name: string, unit: Row['unit'], value: number) => void,
    ) => Promise<void>,
  ): Promise<void> {
    for (let run = 0; run < runs; run++) {
      // Alternate which build goes first, because the second runs on a warm machine.
      for (const build of run % 2 ? (['new', 'old'] as const) : (['old', 'new'] as const)) {
        await measure(this.builds[build], (name, unit, value) => {
          const row = this.rows.get(name) ?? { name, unit, old: [], new: [] };
          row[build].push(value);
          this.rows.set(name, row);
        });
        console.log(`  run ${run + 1}, ${build}`);
      }
    }
  }
}

/** From the click on a view's tab to the last answer from a worker. */
async function timeView(page: Page, browser: Browser, index: number): Promise<number> {
  const clickedMs = await page.evaluate((i) => {
    const startMs = performance.now();
    document.querySelectorAll<HTMLElement>('nav[aria-label=Views] button')[i].click();
    return startMs;
  }, index);
  const watch = browser.watch();
  await watch.idle();
  watch.stop();
  // A view without queries takes no time.
  return page.evaluate((startMs) => Math.max(0, window.probe.workerAt - startMs), clickedMs);
}
