/** What the engine needs from a browser's worker: a second worker for decoding, files read in place, a private file system. */
import type { Batch } from '$lib/dataset/write/batch';
import { FileHandle, MemoryHandle, RoomyHandle } from '$lib/bytes/handles/handle';
import { createEntryFile, keepEntry, removeEntry } from '$lib/dataset/library';
import type { DatasetSummary } from '$lib/model/dataset';
import { AppError } from '$lib/model/errors';
import type { Host, IngestOutcome, Place } from '$lib/engine/open/host';
import { IngestJob } from '$lib/engine/open/ingest-job';
import type { ToIngest } from '$lib/engine/open/ingest-messages';
import type { Input } from '$lib/bytes/input';

/** Ids of library entries that are being written. */
export const busyEntries = new Set<string>();

/** Leaves time for the dataset to be shown and written out first. */
const RESPAWN_DELAY_MS = 4000;

function spawnIngest(): Worker {
  return new Worker(new URL('../open/ingest.worker.ts', import.meta.url), { type: 'module' });
}

export class WorkerHost implements Host {
  /** Started ahead of time, so that a dropped file does not wait for code to load. */
  private spare: Worker | null = spawnIngest();

  /** @param working runs a long step, and announces it to the page */
  constructor(readonly working: Host['working']) {}

  /** Lets the spare worker compile the code that reading needs. */
  warmUp(): void {
    const message: ToIngest = { type: 'warm-up' };
    this.spare?.postMessage(message);
  }

  async readInPlace(blob: Blob): Promise<FileHandle> {
    return new FileHandle(blob);
  }

  async newDataset(): Promise<Place> {
    const id = crypto.randomUUID();
    busyEntries.add(id);
    const entry = await createEntryFile(id);
    if (entry) return new LibraryPlace(id, new RoomyHandle(entry));
    busyEntries.delete(id);
    return IN_MEMORY();
  }

  async ingest(
    files: Input[],
    onBatch: (batch: Batch) => void,
    hooks: Parameters<Host['ingest']>[2],
  ): Promise<IngestOutcome> {
    const worker = this.spare ?? spawnIngest();
    this.spare = null;
    try {
      return await new IngestJob(worker, onBatch, hooks).run(files);
    } finally {
      worker.terminate();
      setTimeout(() => {
        this.spare ??= spawnIngest();
        this.warmUp();
      }, RESPAWN_DELAY_MS);
    }
  }
}

/** For browsers without a private file system. */
const IN_MEMORY = (): Place => ({
  handle: new MemoryHandle(),
  libraryId: () => undefined,
  keep: async () => {},
  letGo: async () => {},
  discard: async () => {},
});

/** A file in the private file system that becomes an entry of the library. */
class LibraryPlace implements Place {
  constructor(
    private readonly id: string,
    readonly handle: RoomyHandle,
  ) {}

  libraryId(): string | undefined {
    return this.handle.isOnDisk ? this.id : undefined;
  }

  async keep(summary: DatasetSummary, bytes: number): Promise<void> {
    if (!this.handle.isOnDisk) {
      throw new AppError('storage-failed', 'The browser gave it no more room.');
    }
    const { name, format, spans, traces, startNs, endNs } = summary;
    const times =
      startNs === null || endNs === null ? {} : { startNs: String(startNs), endNs: String(endNs) };
    const savedAt = Date.now();
    await keepEntry({ id: this.id, name, format, spans, traces, ...times, bytes, savedAt });
    busyEntries.delete(this.id);
  }

  async letGo(): Promise<void> {
    this.handle.moveToMemory();
    await this.discard();
  }

  async discard(): Promise<void> {
    await removeEntry(this.id);
    busyEntries.delete(this.id);
  }
}
