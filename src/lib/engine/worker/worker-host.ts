/** What the engine needs of a browser's worker: a second worker that decodes, files read in place, a private file system. */
import type { Batch } from '$lib/dataset/write/batch';
import { FileHandle, MemoryHandle, RoomyHandle } from '$lib/bytes/handles/handle';
import { createEntryFile, keepEntry, removeEntry } from '$lib/dataset/library';
import { AppError, abortError } from '$lib/model/errors';
import type { Host, IngestOutcome } from './dataset-engine';
import type { FromIngest, ToIngest } from '$lib/engine/open/ingest-messages';
import type { Input } from '$lib/bytes/input';

/** Ids of library entries whose files are being written. */
export const busyEntries = new Set<string>();

/** What was read is shown and written out first. */
const RESPAWN_DELAY_MS = 4000;

function spawnIngest(): Worker {
  return new Worker(new URL('../open/ingest.worker.ts', import.meta.url), { type: 'module' });
}

export class WorkerHost implements Host {
  /** Started ahead, so that a dropped file does not wait for code to load. */
  private spare: Worker | null = spawnIngest();

  /** Lets the spare worker compile what reading takes. */
  warmUp(): void {
    const message: ToIngest = { type: 'warm-up' };
    this.spare?.postMessage(message);
  }

  async readInPlace(blob: Blob): Promise<FileHandle> {
    return new FileHandle(blob);
  }

  async newDataset(): ReturnType<Host['newDataset']> {
    const id = crypto.randomUUID();
    busyEntries.add(id);
    const entry = await createEntryFile(id);
    const file = entry && new RoomyHandle(entry);
    const discard = async () => {
      if (file) await removeEntry(id);
      busyEntries.delete(id);
    };
    return {
      handle: file ?? new MemoryHandle(),
      discard,
      keep: async (summary, bytes) => {
        if (!file?.isOnDisk) return discard();
        const { name, format, spans, traces, startNs, endNs } = summary;
        const times =
          startNs === null || endNs === null
            ? {}
            : { startNs: String(startNs), endNs: String(endNs) };
        const savedAt = Date.now();
        await keepEntry({ id, name, format, spans, traces, ...times, bytes, savedAt });
        busyEntries.delete(id);
      },
      libraryId: () => (file?.isOnDisk ? id : undefined),
    };
  }

  ingest(
    files: Input[],
    onBatch: (batch: Batch) => void,
    { signal, onBytes, onSpans }: Parameters<Host['ingest']>[2],
  ): Promise<IngestOutcome> {
    const worker = this.spare ?? spawnIngest();
    this.spare = null;
    const post = (message: ToIngest) => worker.postMessage(message);
    return new Promise<IngestOutcome>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(abortError()), { once: true });
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new AppError('broken-file', `Reading failed: ${event.message}`));
      };
      worker.onmessage = ({ data }: MessageEvent<FromIngest>) => {
        try {
          switch (data.type) {
            case 'batch':
              onBatch(data.batch);
              post({ type: 'taken' });
              break;
            case 'progress':
              onBytes?.(data.bytesDone);
              onSpans(data.spans);
              break;
            case 'done':
              resolve(data);
              break;
            case 'failed':
              reject(new AppError(data.error.code, data.error.message, data.error.data));
          }
        } catch (error) {
          reject(error);
        }
      };
      post({ type: 'files', files: files.map(({ name, blob }) => ({ name, blob })) });
    }).finally(() => {
      worker.terminate();
      setTimeout(() => {
        this.spare ??= spawnIngest();
        this.warmUp();
      }, RESPAWN_DELAY_MS);
    });
  }
}
