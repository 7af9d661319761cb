import { readFileSync } from 'node:fs';

/** Makes Node look enough like a worker for the page's own engine build. */
Object.assign(globalThis, {
  self: globalThis,
  WorkerGlobalScope: class {},
  location: { href: 'http://localhost/' },
});
(process as { type?: string }).type = 'renderer';

/** Workers fetch the page's files; here they are in packages. */
const { fetch } = globalThis;
globalThis.fetch = (address, ...rest) =>
  String(address).startsWith('file:')
    ? Promise.resolve(
        new Response(readFileSync(new URL(String(address))), {
          headers: { 'content-type': 'application/wasm' },
        }),
      )
    : fetch(address, ...rest);
