/** One reading of files by an ingest worker: its batches, its progress, its end, and whether it still lives. */
import type { Input } from '$lib/bytes/input';
import type { Batch } from '$lib/dataset/write/batch';
import { untilAborted } from '$lib/model/cancel';
import { AppError } from '$lib/model/errors';
import type { Host, IngestOutcome } from './host';
import type { FromIngest, ToIngest } from './ingest-messages';

/** After this long without a message, the worker is pinged. */
const ASK_AFTER_MS = 10_000;
/** How long it has to answer: it may be reading a large piece. */
const ANSWER_MS = 20_000;

/** The part of Worker that is used. */
export interface IngestPort {
  postMessage(message: ToIngest): void;
  onmessage: ((event: MessageEvent<FromIngest>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export class IngestJob {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isBusy = false;

  constructor(
    private readonly worker: IngestPort,
    private readonly onBatch: (batch: Batch) => void,
    private readonly hooks: Parameters<Host['ingest']>[2],
    private readonly limits = { askAfterMs: ASK_AFTER_MS, answerMs: ANSWER_MS },
  ) {}

  /** @throws AppError, also where the worker no longer answers; AbortError */
  async run(files: readonly Input[]): Promise<IngestOutcome> {
    const { worker } = this;
    try {
      const outcome = new Promise<IngestOutcome>((resolve, reject) => {
        const giveUp = () => reject(stuck(files));
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new AppError('broken-file', `Reading failed: ${event.message}`));
        };
        worker.onmessage = ({ data }) => {
          try {
            this.#take(data, resolve, reject);
          } catch (error) {
            reject(error as Error);
          }
          this.#watch(giveUp);
        };
        this.#watch(giveUp);
      });
      worker.postMessage({
        type: 'files',
        files: files.map(({ name, blob }) => ({ name, blob })),
        mapping: this.hooks.mapping,
      });
      return await untilAborted(outcome, this.hooks.signal);
    } finally {
      clearTimeout(this.#timer);
      worker.onmessage = null;
      worker.onerror = null;
    }
  }

  #take(
    message: FromIngest,
    resolve: (outcome: IngestOutcome) => void,
    reject: (error: Error) => void,
  ): void {
    switch (message.type) {
      case 'batch':
        this.onBatch(message.batch);
        this.worker.postMessage({ type: 'taken' });
        break;
      case 'progress':
        this.hooks.onBytes?.(message.bytesDone);
        this.hooks.onSpans(message.spans);
        break;
      case 'finishing':
        this.#isBusy = true;
        break;
      case 'alive':
        break;
      case 'done':
        resolve(message);
        break;
      case 'failed':
        reject(new AppError(message.error.code, message.error.message, message.error.data));
    }
  }

  /** Waits for the next message. A slow disk is no reason to give up: the worker answers while it waits for it. */
  #watch(giveUp: () => void): void {
    clearTimeout(this.#timer);
    if (this.#isBusy) return;
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(giveUp, this.limits.answerMs);
      this.worker.postMessage({ type: 'ping' });
    }, this.limits.askAfterMs);
  }
}

function stuck(files: readonly Input[]): AppError {
  const [{ name }] = files;
  const what = files.length === 1 ? name : `${name} and ${files.length - 1} more`;
  return new AppError('broken-file', `Reading ${what} came to a standstill and was ended.`, {
    file: name,
  });
}
