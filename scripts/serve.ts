/**
 * Serves the built site from a localhost port, as any static host would: plain files, ranges, no compression.
 * `npm start` runs it; tests and the benchmark import `serve`.
 */
import { createReadStream, realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DEFAULT_VIEW_STATE, encodeLink } from '../src/lib/state/link';

const MIME: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.duckdb': 'application/octet-stream',
  '.gz': 'application/gzip',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.jsonl': 'application/x-ndjson; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

export interface ServeOptions {
  /** Folder to serve. */
  dir: string;
  /** First port to try; the next free one is taken where it is busy. 0: any free port. */
  port?: number;
  /** Sub-folder of the host that the site lies in, `/` or `/some/folder/`. Everything beside it is not found. */
  base?: string;
}

export interface Served {
  /** Address of the site, with its base and a slash at the end. */
  url: string;
  close(): Promise<void>;
}

/** Starts serving. Rejects where no port can be had or `dir` does not exist. */
export async function serve({ dir, port = 0, base = '/' }: ServeOptions): Promise<Served> {
  const root = realpathSync(dir);
  const prefix = `/${base.replace(/^\/+|\/+$/g, '')}/`.replace('//', '/');
  const server = createServer((request, response) => {
    answer(root, prefix, request, response).catch(() => response.destroy());
  });
  const taken = await listen(server, port);
  return {
    url: `http://localhost:${taken}${prefix}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function listen(server: Server, first: number): Promise<number> {
  for (let port = first; ; port++) {
    try {
      await new Promise<void>((done, fail) => {
        server.once('error', fail);
        // The loopback address alone: the page is not offered to the network.
        server.listen(port, 'localhost', () => {
          server.off('error', fail);
          done();
        });
      });
      return (server.address() as { port: number }).port;
    } catch (error) {
      const busy = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!busy || first === 0 || port >= Math.min(first + 100, 65_535)) throw error;
    }
  }
}

async function answer(
  root: string,
  prefix: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refuse(response, 405, 'Only GET and HEAD are answered here.', { allow: 'GET, HEAD' });
  }
  const [path] = (request.url ?? '/').split('?');
  if (prefix !== '/' && path === prefix.slice(0, -1)) {
    return refuse(response, 308, '', { location: prefix });
  }
  const file = path.startsWith(prefix) ? await find(root, path.slice(prefix.length)) : null;
  if (!file) return refuse(response, 404, 'No such file.');

  const headers: Record<string, string | number> = {
    'content-type': MIME[extname(file.path).toLowerCase()] ?? 'application/octet-stream',
    'accept-ranges': 'bytes',
    'last-modified': file.modified.toUTCString(),
    'cache-control': path.includes('/immutable/')
      ? 'public, max-age=31536000, immutable'
      : 'no-cache',
    'x-content-type-options': 'nosniff',
  };
  const range = readRange(request.headers.range, file.size);
  if (range === 'unsatisfiable') {
    return refuse(response, 416, '', { 'content-range': `bytes */${file.size}` });
  }
  const [from, to] = range ?? [0, file.size - 1];
  headers['content-length'] = to - from + 1;
  if (range) headers['content-range'] = `bytes ${from}-${to}/${file.size}`;
  response.writeHead(range ? 206 : 200, headers);
  if (request.method === 'HEAD' || to < from) {
    response.end();
    return;
  }
  const stream = createReadStream(file.path, { start: from, end: to });
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  stream.pipe(response);
}

interface FoundFile {
  path: string;
  size: number;
  modified: Date;
}

/** A file inside `root`, or null: also for paths that lead out of it, by dots, escapes or symbolic links. */
async function find(root: string, path: string): Promise<FoundFile | null> {
  let name: string;
  try {
    name = decodeURIComponent(path);
  } catch {
    return null;
  }
  if (name.includes('\0') || name.includes('\\')) return null;
  const wanted = resolve(root, `./${name}`);
  if (wanted !== root && !wanted.startsWith(root + sep)) return null;
  try {
    const real = realpathSync(
      name === '' || name.endsWith('/') ? join(wanted, 'index.html') : wanted,
    );
    if (!real.startsWith(root + sep)) return null;
    const facts = await stat(real);
    return facts.isFile() ? { path: real, size: facts.size, modified: facts.mtime } : null;
  } catch {
    return null;
  }
}

/** One range of bytes, both ends included. Several ranges are answered with the whole, as RFC 9110 allows. */
function readRange(
  header: string | undefined,
  size: number,
): [number, number] | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), size);
    return length === 0 ? 'unsatisfiable' : [size - length, size - 1];
  }
  const from = Number(match[1]);
  const to = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== '' && Number(match[2]) < from) return null;
  return from >= size ? 'unsatisfiable' : [from, to];
}

function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(message);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4173' },
      base: { type: 'string', default: '/' },
      dir: { type: 'string', default: fileURLToPath(new URL('../build', import.meta.url)) },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port wants a number from 0 to 65535, not “${values.port}”.`);
  }
  const { url } = await serve({ dir: values.dir, port, base: values.base });
  const demo = encodeLink({ ...DEFAULT_VIEW_STATE, address: { kind: 'demo' } });
  console.log(`Spanlight  ${url}\nDemo       ${url}#${demo}\n\nCtrl+C ends it.`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error: NodeJS.ErrnoException) => {
    console.error(
      error.code === 'ENOENT' ? 'There is no build to serve. Run: npm run build' : error.message,
    );
    process.exit(1);
  });
}
