/** What the engine's worker and the ingest worker say to each other. */
import type { Batch } from '$lib/dataset/write/batch';
import type { WriterResult } from '$lib/dataset/write/span-writer';
import type { AppErrorShape } from '$lib/model/errors';
import type { Input } from '$lib/bytes/input';

/** `taken`: a batch has been inserted, one more may come. */
export type ToIngest = { type: 'files'; files: Input[] } | { type: 'taken' } | { type: 'warm-up' };

export type FromIngest =
  | { type: 'batch'; batch: Batch }
  | { type: 'progress'; bytesDone: number; spans: number }
  | { type: 'done'; format: string; result: WriterResult }
  | { type: 'failed'; error: AppErrorShape };
