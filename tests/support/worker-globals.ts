import { readFileSync } from 'node:fs';

/** Makes Node look enough like a worker that the page's own engine build runs in it. */
Object.assign(globalThis, {
  self: globalThis,
  WorkerGlobalScope: class {},
  location: { href: 'http://localhost/' },
});
(process as { type?: string }).type = 'renderer';

/** Workers fetch the files of the page; here they lie in packages. */
const { fetch } = globalThis;
globalThis.fetch = (address, ...rest) =>
  String(address).startsWith('file:')
    ? Promise.resolve(
        new Response(readFileSync(new URL(String(address))), {
          headers: { 'content-type': 'application/wasm' },
        }),
      )
    : fetch(address, ...rest);
