/** Decodes files while the engine's own worker inserts: Arrow batches go over as they are made, a few in flight. */
import { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import { AppError } from '$lib/model/errors';
import type { Mapping } from '$lib/model/mapping';
import { ingest } from './ingest';
import { Input } from '$lib/bytes/input';
import type { FromIngest, ToIngest } from './ingest-messages';
import { warmUpIngest } from '$lib/engine/worker/warm-up';

/** Enough to keep both workers busy; more would only take memory. */
const MAX_IN_FLIGHT = 3;
const PROGRESS_EVERY_MS = 100;

let inFlight = 0;
let wake: (() => void) | null = null;

const scope = globalThis as unknown as {
  postMessage(message: FromIngest, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToIngest>) => void) | null;
};

scope.onmessage = ({ data }) => {
  if (data.type === 'files') {
    const files = data.files.map(({ name, blob }) => new Input(name, blob));
    void run(files, data.mapping);
  } else if (data.type === 'warm-up') void warmUpIngest();
  else if (data.type === 'ping') scope.postMessage({ type: 'alive' });
  else {
    inFlight--;
    wake?.();
  }
};

async function run(files: Input[], mapping: Mapping | undefined): Promise<void> {
  let reportedAt = 0;
  const writer = new DatasetWriter((batch) => {
    inFlight++;
    const buffers = Object.values(batch).map(({ ipc }) => ipc.buffer);
    scope.postMessage({ type: 'batch', batch }, buffers);
  });
  try {
    const format = await ingest(files, writer, {
      mapping,
      onBytes: (bytesDone) => {
        if (performance.now() - reportedAt < PROGRESS_EVERY_MS) return;
        reportedAt = performance.now();
        scope.postMessage({ type: 'progress', bytesDone, spans: writer.spans });
      },
      ready: async () => {
        while (inFlight >= MAX_IN_FLIGHT) await new Promise<void>((done) => (wake = done));
      },
    });
    scope.postMessage({ type: 'finishing' });
    scope.postMessage({ type: 'done', format, result: writer.finish() });
  } catch (error) {
    scope.postMessage({
      type: 'failed',
      error:
        error instanceof AppError
          ? { code: error.code, message: error.message, data: error.data }
          : {
              code: 'broken-file',
              message: `Reading failed: ${error instanceof Error ? error.message : String(error)}`,
              data: { stack: error instanceof Error ? (error.stack ?? '') : '' },
            },
    });
  }
}
