/**
 * The built site in a sub-folder of a host, and a page on it. A test fails on anything that the page complains about and
 * on any request to another origin, whatever else it tests.
 */
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {} from '../../src/lib/host/page-api';
import { serve, type Served } from '../../scripts/serve';

export { expect };

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A file of the disk by its path, or made of text. */
export type TestFile = string | { name: string; content: string | Uint8Array };

export class App {
  /** Addresses of everything that the page asked for. */
  readonly requests: string[] = [];
  /** What the page complained about. */
  readonly complaints: string[] = [];
  private readonly expected: RegExp[] = [];
  /** Rejects with the first complaint that no test expects: waiting for a page that broke takes for ever. */
  private readonly failed: Promise<never>;
  private fail: (reason: Error) => void = () => {};

  constructor(
    readonly page: Page,
    readonly url: string,
  ) {
    const { origin } = new URL(url);
    this.failed = new Promise((_, fail) => (this.fail = fail));
    this.failed.catch(() => undefined);
    page.on('console', (message) => {
      if (message.type() === 'error') this.complain(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.complain(`uncaught: ${error.stack ?? error.message}`));
    page.on('crash', () => this.complain('the page crashed'));
    page.context().on('request', (request) => {
      const address = new URL(request.url());
      this.requests.push(address.href);
      const isOwn = address.origin === origin || ['data:', 'blob:'].includes(address.protocol);
      if (!isOwn) this.complain(`request to another origin: ${address.href}`);
    });
  }

  /** The test means to bring about such a complaint. */
  expectComplaint(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  /** Goes to the page and waits for the engine. @param hash with its `#`, or ''. */
  async goto(hash = ''): Promise<void> {
    await this.page.goto(this.url + hash);
    await this.ready();
  }

  async ready(): Promise<void> {
    const ready = this.page
      .waitForFunction(() => window.spanlight !== undefined)
      .then(() => this.page.evaluate(() => window.spanlight.ready));
    await Promise.race([ready, this.failed]);
  }

  /** Opens through `window.spanlight`. Rejects with the message `code: message`. */
  async open(...files: TestFile[]) {
    const contents = files.map((file) => {
      const { name, content } =
        typeof file === 'string' ? { name: basename(file), content: readFileSync(file) } : file;
      return { name, base64: Buffer.from(content).toString('base64') };
    });
    return this.page.evaluate(async (all) => {
      const opened = all.map(
        ({ name, base64 }) =>
          new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name),
      );
      try {
        return await window.spanlight.open(opened);
      } catch (error) {
        const { code, message } = error as Error & { code?: string };
        throw new Error(`${code}: ${message}`);
      }
    }, contents);
  }

  /** Opens as a person does: the file dialog. */
  async pick(...files: TestFile[]): Promise<void> {
    await this.page
      .locator('input[type=file]')
      .setInputFiles(
        files.map((file) =>
          typeof file === 'string'
            ? { name: basename(file), mimeType: '', buffer: readFileSync(file) }
            : { name: file.name, mimeType: '', buffer: Buffer.from(file.content) },
        ),
      );
  }

  /** Runs SQL through `window.spanlight`. Rejects with the message `code: message`. */
  async query(sql: string, options: { limit?: number; timeoutMs?: number } = {}) {
    return this.page.evaluate(
      async ([text, given]) => {
        try {
          return await window.spanlight.query(text, given);
        } catch (error) {
          const { code, message } = error as Error & { code?: string };
          throw new Error(`${code}: ${message}`);
        }
      },
      [sql, options] as const,
    );
  }

  /** Rows of the list of traces, by their text. */
  traceRow(text: string | RegExp): Locator {
    return this.page.getByRole('row').filter({ hasText: text });
  }

  private complain(text: string): void {
    this.complaints.push(text);
    if (!this.expected.some((pattern) => pattern.test(text))) this.fail(new Error(text));
  }

  /** What was complained about and not expected. */
  unexpected(): string[] {
    return this.complaints.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
  }
}

export const test = base.extend<{ app: App }, { site: Served }>({
  site: [
    // Playwright wants the first parameter destructured, also where nothing is taken from it.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      // While working on a view: the address of a development server in place of a build.
      const url = process.env.SPANLIGHT_URL;
      if (url) return use({ url, close: async () => undefined });
      const site = await serve({ dir: `${ROOT}build`, base: '/some/folder/' });
      await use(site);
      await site.close();
    },
    { scope: 'worker' },
  ],
  app: async ({ page, site }, use) => {
    const app = new App(page, site.url);
    // A development server reloads the page when files change; a test does not want that.
    if (process.env.SPANLIGHT_URL) await page.routeWebSocket(/./, () => {});
    await use(app);
    expect(app.unexpected()).toEqual([]);
  },
});
