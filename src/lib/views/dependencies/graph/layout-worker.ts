/** The worker that lays graphs out; its code is fetched when the first one is started. */
export function startLayoutWorker(): Worker {
  return new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
}
