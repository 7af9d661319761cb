/** An engine worker on this thread: the real client and messages, with a service provided by the test. */
import { expose } from 'comlink';
import { bootDuckDb, nodeHost } from '../../scripts/node-engine';
import type { Host } from '$lib/engine/open/host';
import type { EngineEvent } from '$lib/engine/worker/engine-events';
import type { EngineWorker } from '$lib/engine/worker-link';

export class FakeWorker implements EngineWorker {
  /** Stops receiving and answering, like a worker whose thread is blocked. */
  isFrozen = false;
  isTerminated = false;
  readonly #page: MessagePort;
  readonly #own: MessagePort;

  constructor(makeService: (tell: (event: EngineEvent) => void) => object) {
    const { port1, port2 } = new MessageChannel();
    this.#page = port1;
    this.#own = port2;
    expose(
      makeService((event) => {
        if (!this.isFrozen && !this.isTerminated) port2.postMessage(event);
      }),
      port2,
    );
    port1.start();
  }

  postMessage(message: unknown, transfer: unknown = []): void {
    if (this.isFrozen || this.isTerminated) return;
    this.#page.postMessage(message, transfer as Transferable[]);
  }

  addEventListener(type: string, listener: EventListenerOrEventListenerObject): void {
    this.#page.addEventListener(type, listener);
  }

  removeEventListener(type: string, listener: EventListenerOrEventListenerObject): void {
    this.#page.removeEventListener(type, listener);
  }

  terminate(): void {
    this.isTerminated = true;
    this.#page.close();
    this.#own.close();
  }
}

/** Starts workers with the page's own engine. @param change to the engine's environment */
export async function engineWorkers(change: (host: Host) => void = () => {}) {
  const { EngineService } = await import('$lib/engine/worker/engine-service');
  const plain = await nodeHost();
  const started: FakeWorker[] = [];
  const spawn = () => {
    const worker = new FakeWorker(
      (tell) =>
        new EngineService({
          tell,
          boot: () => bootDuckDb(),
          makeHost: (working) => {
            const host = { ...plain, working };
            change(host);
            return host;
          },
          busyEntries: new Set(),
        }),
    );
    started.push(worker);
    return worker;
  };
  return { spawn, started };
}
