/** The server of `npm start` answers as a static host does, and never with a file from beside its folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve, type Served } from '../../scripts/serve';

let dir: string;
let served: Served;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'spanlight-serve-'));
  mkdirSync(join(dir, 'site/part'), { recursive: true });
  writeFileSync(join(dir, 'secret.txt'), 'secret');
  writeFileSync(join(dir, 'site/index.html'), '<!doctype html>');
  writeFileSync(join(dir, 'site/part/index.html'), 'part');
  writeFileSync(join(dir, 'site/ten.bin'), '0123456789');
  writeFileSync(join(dir, 'site/a b.json'), '{}');
  served = await serve({ dir: join(dir, 'site'), base: '/sub/folder/' });
});

afterAll(async () => {
  await served?.close();
  rmSync(dir, { recursive: true, force: true });
});

const get = (path: string, init?: RequestInit) => fetch(new URL(path, served.url), init);

/** The status of a path sent as it is; `fetch` would tidy its dots away. */
function rawStatus(path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(served.url);
  return new Promise((done, fail) => {
    request({ hostname, port, path }, (response) => {
      response.resume();
      done(response.statusCode);
    })
      .on('error', fail)
      .end();
  });
}

describe('serve', () => {
  it('serves files below its base only', async () => {
    const index = await get('');
    expect(index.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await index.text()).toBe('<!doctype html>');
    expect(await (await get('part/')).text()).toBe('part');
    expect((await get('a%20b.json?x=1')).headers.get('content-type')).toContain('json');
    expect((await get('/ten.bin')).status).toBe(404);
    expect((await get('/sub/folder', { redirect: 'manual' })).headers.get('location')).toBe(
      '/sub/folder/',
    );
    expect((await get('none')).status).toBe(404);
    expect((await get('part')).status).toBe(404);
    expect((await get('ten.bin', { method: 'POST' })).status).toBe(405);
  });

  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=7-99', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=4-2', 416, '', 'bytes */10'],
    ['bytes=0-1,3-4', 200, '0123456789', null],
  ])('answers the range %s', async (range, status, body, contentRange) => {
    const response = await get('ten.bin', { headers: { range } });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(body);
    expect(response.headers.get('content-range')).toBe(contentRange);
  });

  it('answers HEAD with the size and no body', async () => {
    const response = await get('ten.bin', { method: 'HEAD' });
    expect(response.headers.get('content-length')).toBe('10');
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    expect(await response.text()).toBe('');
  });

  it.each([
    '/sub/folder/../../secret.txt',
    '/sub/folder/..%2f..%2fsecret.txt',
    '/sub/folder/%2e%2e/secret.txt',
    '/sub/folder/..%5csecret.txt',
    '/sub/folder/../secret.txt',
    '/sub/folder//etc/passwd',
    '/sub/folder/%00',
    '/sub/folder/%E0%A4%A',
  ])('does not answer %s', async (path) => {
    expect(await rawStatus(path)).toBe(404);
  });

  it('lets the caller answer in place of a file, or late', async () => {
    const asked: string[] = [];
    const odd = await serve({
      dir: join(dir, 'site'),
      base: '/sub/',
      intercept: async (path, _request, response) => {
        asked.push(path);
        await Promise.resolve();
        if (path !== 'ten.bin') return false;
        response.writeHead(503).end();
        return true;
      },
    });
    try {
      expect((await fetch(`${odd.url}ten.bin?x=1`)).status).toBe(503);
      expect(await (await fetch(`${odd.url}part/`)).text()).toBe('part');
      expect((await fetch(new URL('/ten.bin', odd.url))).status).toBe(404);
      expect(asked).toEqual(['ten.bin', 'part/']);
    } finally {
      await odd.close();
    }
  });

  it('takes the next port where one is busy', async () => {
    const port = Number(new URL(served.url).port);
    const second = await serve({ dir: join(dir, 'site'), port });
    try {
      expect(Number(new URL(second.url).port)).toBeGreaterThan(port);
    } finally {
      await second.close();
    }
  });
});
