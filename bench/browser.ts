/** A fresh Chromium with a probe in its page, and the memory of its renderers as the system counts it. */
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM_FLAGS, findChromium } from '../scripts/find-browser';
import type {} from '../src/lib/host/page-api';

/** What the probe records in the page. Times are by the page's clock, in milliseconds. */
export interface Probe {
  chosenAt: number;
  listAt: number;
  clickedAt: number;
  paintedAt: number;
  /** Starts and lengths of main-thread tasks over 50 ms, as Chromium reports them. */
  tasks: [startMs: number, durationMs: number][];
  /** Ends and lengths of the intervals between two frames. */
  frames: [atMs: number, gapMs: number][];
  /** When the last message from any worker arrived. */
  workerAt: number;
}

declare global {
  interface Window {
    probe: Probe;
  }
}

/** Runs in the page before anything of its own. */
function installProbe(): void {
  const probe: Probe = {
    chosenAt: 0,
    listAt: 0,
    clickedAt: 0,
    paintedAt: 0,
    tasks: [],
    frames: [],
    workerAt: 0,
  };
  window.probe = probe;
  addEventListener('change', () => (probe.chosenAt = performance.now()), true);
  addEventListener(
    'click',
    ({ target }) => {
      if ((target as Element).closest('[role=grid]')) probe.clickedAt = performance.now();
    },
    true,
  );
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      probe.tasks.push([startTime, duration]);
  }).observe({ type: 'longtask', buffered: true });

  const PageWorker = Worker;
  window.Worker = class extends PageWorker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      this.addEventListener('message', () => (probe.workerAt = performance.now()));
    }
  };

  /** Whether the waterfall's canvas is painted: scaled down to a few pixels, one of them is not transparent. */
  const isDrawn = (): boolean => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas.bars');
    if (!canvas?.width) return false;
    const small = new OffscreenCanvas(16, 16);
    const context = small.getContext('2d')!;
    context.drawImage(canvas, 0, 0, 16, 16);
    return context.getImageData(0, 0, 16, 16).data.some((value, i) => i % 4 === 3 && value > 0);
  };

  let isListed = false;
  let isPainted = false;
  let lastMs = performance.now();
  const frame = () => {
    const nowMs = performance.now();
    probe.frames.push([nowMs, nowMs - lastMs]);
    lastMs = nowMs;
    // What existed in the previous frame has been painted by now.
    if (isListed && !probe.listAt) probe.listAt = nowMs;
    if (isPainted && !probe.paintedAt) probe.paintedAt = nowMs;
    if (probe.chosenAt && !probe.listAt) {
      isListed = document.querySelector('[role=grid] [role=row][aria-selected]') !== null;
    }
    if (probe.clickedAt && !probe.paintedAt) {
      isPainted = document.querySelector('[role=treegrid] [role=row]') !== null && isDrawn();
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

export class Browser {
  private constructor(
    readonly page: Page,
    readonly version: string,
    private readonly context: BrowserContext,
    private readonly profile: string,
  ) {}

  /** A separate browser with a new profile on disk, like a visitor's. */
  static async launch(): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'spanlight-bench-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: findChromium(),
      args: CHROMIUM_FLAGS,
      viewport: { width: 1440, height: 900 },
    });
    context.setDefaultTimeout(600_000);
    // tsx marks functions with their names, by a function that the page does not have.
    await context.addInitScript('globalThis.__name ??= (named) => named');
    await context.addInitScript(installProbe);
    const page = context.pages()[0] ?? (await context.newPage());
    const version = await page.evaluate(() => /Chrome\/(\S+)/.exec(navigator.userAgent)![1]);
    return new Browser(page, version, context, profile);
  }

  async close(): Promise<void> {
    await this.context.close();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Ids of the renderers: descendants of the process that has our profile. */
  private renderers(): number[] {
    const parents = new Map<number, number>();
    const renderers: number[] = [];
    let root = 0;
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const command = read(`/proc/${name}/cmdline`);
      const pid = Number(name);
      parents.set(pid, Number(read(`/proc/${name}/stat`).split(') ')[1]?.split(' ')[1] ?? 0));
      if (command.includes('--type=renderer')) renderers.push(pid);
      else if (
        command.includes(`--user-data-dir=${this.profile}`) &&
        !command.includes('--type=')
      ) {
        root ||= pid;
      }
    }
    return renderers.filter((pid) => {
      for (let at: number | undefined = pid; at; at = parents.get(at)) if (at === root) return true;
      return false;
    });
  }

  /** Watches the renderers until `stop`. */
  watch(): RendererWatch {
    return new RendererWatch(() => this.renderers());
  }
}

const SAMPLE_MS = 50;
const PAGE_BYTES = 4_096;
const TICK_MS = 10;

export class RendererWatch {
  /** Peak memory of all renderers together, in bytes. */
  peakBytes = 0;
  private readonly timer: NodeJS.Timeout;
  private readonly pids: number[];

  constructor(renderers: () => number[]) {
    this.pids = renderers();
    if (this.pids.length === 0) throw new Error('The renderers of the browser were not found.');
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
    this.sample();
  }

  private sample(): void {
    const bytes = this.pids.reduce(
      (sum, pid) => sum + Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * PAGE_BYTES,
      0,
    );
    this.peakBytes = Math.max(this.peakBytes, bytes);
  }

  /** Processor time of all renderers so far. */
  private cpuMs(): number {
    return this.pids.reduce((sum, pid) => {
      const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
      return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
    }, 0);
  }

  /** Waits until the renderers have been idle for a second. Returns when that second began, by `performance.now()`. */
  async idle(limitMs = 300_000): Promise<number> {
    const endMs = performance.now() + limitMs;
    for (;;) {
      const before = this.cpuMs();
      const sinceMs = performance.now();
      await new Promise((done) => setTimeout(done, 1_000));
      if (this.cpuMs() - before < 120 || performance.now() > endMs) return sinceMs;
    }
  }

  stop(): void {
    clearInterval(this.timer);
    this.sample();
  }
}

/** '' if the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
