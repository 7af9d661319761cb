/** Nothing leaves the machine, and the build is plain files that any static host takes. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join, relative } from 'node:path';
import { chromium } from '@playwright/test';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/find-browser';
import { App, ROOT, expect, test } from './app';
import { otlpTrace } from './otlp-trace';

const BUILD = join(ROOT, 'build');
const MEBIBYTE = 1 << 20;

/** Where Chromium itself calls: updates, accounts, form hints. Named whole, so that fonts or figures are not let through. */
const ERRANDS = [
  'accounts.google.com',
  'android.clients.google.com',
  'clients2.google.com',
  'content-autofill.googleapis.com',
  'optimizationguide-pa.googleapis.com',
  'update.googleapis.com',
];

/** The hosts that the proxy was asked for, without Chromium's own. @param lines each the first of a request. */
function ofThePage(lines: string[]): string[] {
  const hosts = lines.map((line) => {
    const target = line.split(' ')[1] ?? line;
    return target.replace(/^[a-z]+:\/\//, '').replace(/[:/].*$/, '');
  });
  return [...new Set(hosts)].filter((host) => !ERRANDS.includes(host));
}

const files = readdirSync(BUILD, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return { name: relative(BUILD, path), path, bytes: statSync(path).size };
  });

test('a whole visit asks its own origin only', async ({ site }) => {
  // Whatever is not localhost goes to this proxy, from whichever thread or worker; it counts, and answers nothing.
  const strangers: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      strangers.push(data.toString('latin1').split('\r\n')[0]);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  const { port } = proxy.address() as { port: number };
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: CHROMIUM_FLAGS,
    proxy: { server: `http://127.0.0.1:${port}`, bypass: 'localhost' },
  });
  try {
    const page = await browser.newPage();
    const app = new App(page, site.url);
    await app.goto();
    await app.pick({ name: 'trace.json', content: otlpTrace() });
    await app.traceRow('GET /checkout').getByRole('rowheader').click();
    await expect(page.getByRole('treegrid')).toBeVisible();
    await app.query('SELECT count(*) FROM spans');
    await app.query('SELECT * FROM traces');
    await page.goBack();
    await page.evaluate(() => window.spanlight.open(new URL('demo.duckdb', location.href).href));
    await expect(app.traceRow('frontend').first()).toBeVisible();
    await app.query('SELECT service, quantile_cont(duration_ms, 0.95) FROM spans GROUP BY 1');
    for (const sql of [
      `SELECT * FROM read_csv('https://example.com/x.csv')`,
      `SELECT * FROM 'https://example.com/x.parquet'`,
      `SELECT json('{}')`,
    ]) {
      await expect(app.query(sql)).rejects.toThrow();
    }
    await page.reload();
    await app.ready();

    expect(app.requests.some((address) => address.includes('.wasm'))).toBe(true);
    expect(app.unexpected()).toEqual([]);
    expect(ofThePage(strangers)).toEqual([]);

    // The net does catch: a request to elsewhere, from a page without our policy, is seen.
    const other = await browser.newPage();
    await other.goto('http://elsewhere.example/').catch(() => undefined);
    expect(ofThePage(strangers)).toEqual(['elsewhere.example']);
  } finally {
    await browser.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => proxy.close(done));
  }
});

test('the policy allows no foreign host to run, and no inline script without its hash', () => {
  const html = readFileSync(join(BUILD, 'index.html'), 'utf8');
  const content = /http-equiv="content-security-policy" content="([^"]+)"/i.exec(html)?.[1] ?? '';
  const policy = new Map(
    content
      .split(';')
      .map((part) => part.trim().split(/\s+/))
      .map(([name, ...sources]) => [name, sources]),
  );
  expect(policy.get('default-src')).toEqual(["'none'"]);
  const scripts = policy.get('script-src') ?? [];
  expect(scripts).toContain("'self'");
  expect(scripts).toContain("'wasm-unsafe-eval'");
  expect(scripts.some((source) => /^'sha256-[\w+/=]+'$/.test(source))).toBe(true);
  expect(
    scripts.filter((source) => !/^'(self|wasm-unsafe-eval|sha256-[\w+/=]+)'$/.test(source)),
  ).toEqual([]);
  expect(policy.get('worker-src')).toEqual(["'self'"]);
  expect(policy.get('object-src')).toEqual(["'none'"]);
  // What is fetched is what the visitor names; what runs or is drawn never comes from elsewhere.
  for (const [name, sources] of policy) {
    if (name === 'connect-src') continue;
    expect(sources.filter((source) => /^(https?:|\*|\/\/)|\./.test(source))).toEqual([]);
  }
});

test('pages and styles name no foreign host and hold no inline handler', () => {
  for (const { name, path } of files.filter((file) => /\.(html|css|svg)$/.test(file.name))) {
    const text = readFileSync(path, 'utf8')
      .replace(/content="[^"]*connect-src[^"]*"/, '')
      .replaceAll('http://www.w3.org/', '');
    expect({ name, found: text.match(/(https?:)?\/\/[a-z0-9-]+\.[^\s"')]*/gi) }).toEqual({
      name,
      found: null,
    });
    expect({ name, found: text.match(/<[^>]+\son[a-z]+\s*=/gi) }).toEqual({ name, found: null });
  }
});

test('pages name their files relative to themselves, so that any folder will do', () => {
  const html = readFileSync(join(BUILD, 'index.html'), 'utf8');
  const names = [
    ...html.matchAll(/(?:href|src)="([^"]*)"/g),
    ...html.matchAll(/import\("([^"]*)"\)/g),
  ];
  expect(names.length).toBeGreaterThan(3);
  expect(names.map(([, name]) => name).filter((name) => !/^(\.\/|#|data:)/.test(name))).toEqual([]);
});

test('no file is too large for a static host', () => {
  const large = files.filter((file) => file.bytes > 25 * MEBIBYTE).map((file) => file.name);
  expect(large).toEqual([]);
  const wasm = files.filter((file) => /\.wasm/.test(file.name));
  expect(wasm.length).toBeGreaterThan(0);
  expect(wasm.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(10 * MEBIBYTE);
});
