import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths';

/** Makes Node look enough like a worker for the page's own engine build. */
Object.assign(globalThis, {
  self: globalThis,
  WorkerGlobalScope: class {},
  location: { href: 'http://localhost/' },
});
(process as { type?: string }).type = 'renderer';

/** Workers fetch the files of the page; here they lie in packages, under the addresses that Vite serves them at. */
const { fetch } = globalThis;
globalThis.fetch = (address, ...rest) => {
  const { protocol, pathname } = new URL(String(address), 'file:');
  if (protocol !== 'file:') return fetch(address, ...rest);
  const path = pathname.startsWith('/@fs/') ? pathname.slice(4) : join(ROOT, pathname);
  return Promise.resolve(new Response(readFileSync(path)));
};
