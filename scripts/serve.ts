/**
 * Serves the built site from a localhost port, as any static host would: plain files, ranges, no compression.
 * `npm start` runs it; tests and the benchmark import `serve`.
 */
import { realpathSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import send from 'send';
import { DEFAULT_VIEW_STATE, encodeLink } from '../src/lib/state/link';

export interface ServeOptions {
  /** Folder to serve. */
  dir: string;
  /** First port to try; if it is busy, the next free one is used. 0 means any free port. */
  port?: number;
  /** The site's folder on the host, `/` or `/some/folder/`. Everything outside it is not found. */
  base?: string;
  /**
   * Called before a file below the base is served, with its path from there. It may answer itself (other content, an error) and
   * return true, or return false, immediately or later.
   */
  intercept?: (
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ) => boolean | Promise<boolean>;
}

export interface Served {
  /** Address of the site, with its base and a slash at the end. */
  url: string;
  close(): Promise<void>;
}

/** Starts serving. Rejects if no port is free or `dir` does not exist. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { dir, port = 0, base = '/', intercept = () => false } = options;
  const root = realpathSync(dir);
  const prefix = `/${base.replace(/^\/+|\/+$/g, '')}/`.replace('//', '/');
  const server = createServer((request, response) => {
    answer(root, prefix, intercept, request, response).catch(() => response.destroy());
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
        // Only the loopback address: the page is not exposed to the network.
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
  intercept: NonNullable<ServeOptions['intercept']>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refuse(response, 405, 'Only GET and HEAD are answered here.', { allow: 'GET, HEAD' });
  }
  const [address] = (request.url ?? '/').split('?');
  if (prefix !== '/' && address === prefix.slice(0, -1)) {
    return refuse(response, 308, '', { location: prefix });
  }
  if (!address.startsWith(prefix)) return refuse(response, 404, NOT_FOUND);
  const path = address.slice(prefix.length);
  if (await intercept(path, request, response)) return;

  send(request, `/${path}`, { root, cacheControl: false })
    .on('headers', (answered: ServerResponse) => {
      answered.setHeader(
        'cache-control',
        path.includes('/immutable/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
      answered.setHeader('x-content-type-options', 'nosniff');
    })
    .on('directory', () => refuse(response, 404, NOT_FOUND))
    .on('error', ({ status, headers }: { status: number; headers?: Record<string, string> }) =>
      status === 416 ? refuse(response, 416, '', headers) : refuse(response, 404, NOT_FOUND),
    )
    .pipe(response);
}

const NOT_FOUND = 'No such file.';

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
