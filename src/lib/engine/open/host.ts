/** What differs between the engine's worker and Node: how files are read, where datasets are stored, who decodes. */
import type { Input } from '$lib/bytes/input';
import type { Handle } from '$lib/bytes/handles/handle';
import type { Batch } from '$lib/dataset/write/batch';
import type { WriterResult } from '$lib/dataset/write/dataset-writer';
import type { DatasetSummary, OpenProgress } from '$lib/model/dataset';
import type { ReadOptions } from '$lib/formats/contract';
import type { IngestHooks } from './ingest';

export interface OpenHooks extends ReadOptions {
  signal: AbortSignal;
  onProgress: (progress: OpenProgress) => void;
}

export interface IngestOutcome {
  result: WriterResult;
  format: string;
}

/** Where a new dataset lies. Ends with one of `keep`, `letGo` and `discard`. */
export interface Place {
  handle: Handle;
  /** Its id in the library, if it is to be kept there. */
  libraryId(): string | undefined;
  /** Puts it into the library, once it is whole. */
  keep(summary: DatasetSummary, bytes: number): Promise<void>;
  /** It stays open, but will not be kept: its bytes move to memory. */
  letGo(): Promise<void>;
  /** It is not needed any more; its handle is closed. */
  discard(): Promise<void>;
}

export interface Host {
  /** Reads files of foreign formats. Rejects with AbortError as soon as the signal fires. */
  ingest(
    files: Input[],
    onBatch: (batch: Batch) => void,
    hooks: Omit<IngestHooks, 'ready'> & { onSpans: (spans: number) => void },
  ): Promise<IngestOutcome>;
  /** A file of the user's, read in place. */
  readInPlace(blob: Blob): Promise<Handle>;
  newDataset(): Promise<Place>;
  /** Runs a step that blocks the thread for long, so that its silence is not mistaken for a hang. */
  working<T>(run: () => T): T;
}
