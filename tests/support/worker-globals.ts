/** Makes Node look enough like a worker that the page's own engine build runs in it. */
Object.assign(globalThis, {
  self: globalThis,
  WorkerGlobalScope: class {},
  location: { href: 'http://localhost/' },
});
(process as { type?: string }).type = 'renderer';
