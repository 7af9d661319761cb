/** What the engine's worker and the ingest worker say to each other. */
import type { Batch } from '$lib/dataset/write/batch';
import type { WriterResult } from '$lib/dataset/write/dataset-writer';
import type { AppErrorShape } from '$lib/model/errors';

/** What of an Input crosses to another worker. */
export interface InputParts {
  name: string;
  blob: Blob;
}

/** `taken`: a batch has been inserted, one more may come. */
export type ToIngest =
  { type: 'files'; files: InputParts[] } | { type: 'taken' } | { type: 'warm-up' };

export type FromIngest =
  | { type: 'batch'; batch: Batch }
  | { type: 'progress'; bytesDone: number; spans: number }
  | { type: 'done'; format: string; result: WriterResult }
  | { type: 'failed'; error: AppErrorShape };
