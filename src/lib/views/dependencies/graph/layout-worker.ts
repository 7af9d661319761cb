/** Starts the worker that lays out graphs; its code is loaded when it is first needed. */
export function startLayoutWorker(): Worker {
  return new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
}
