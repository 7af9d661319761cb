/** What the engine's worker and the ingest worker say to each other. */
import type { Batch } from '$lib/dataset/batch';
import type { WriterResult } from '$lib/dataset/span-writer';
import type { AppErrorShape } from '$lib/model/errors';
import type { NamedBlob } from './ingest';

/** `taken`: a batch has been inserted, one more may come. */
export type ToIngest =
  { type: 'files'; files: NamedBlob[] } | { type: 'taken' } | { type: 'warm-up' };

export type FromIngest =
  | { type: 'batch'; batch: Batch }
  | { type: 'progress'; bytesDone: number; spans: number }
  | { type: 'done'; format: string; result: WriterResult }
  | { type: 'failed'; error: AppErrorShape };
