/** Messages between the engine's worker and the ingest worker. */
import type { Batch } from '$lib/dataset/write/batch';
import type { WriterResult } from '$lib/dataset/write/dataset-writer';
import type { Mapping } from '$lib/model/mapping';
import type { AppErrorShape } from '$lib/model/errors';

/** The part of an Input that is sent to another worker. */
export interface InputParts {
  name: string;
  blob: Blob;
}

/** `taken`: a batch has been inserted, one more may come. `ping` asks for a sign of life. */
export type ToIngest =
  | { type: 'files'; files: InputParts[]; mapping?: Mapping }
  | { type: 'taken' }
  | { type: 'warm-up' }
  | { type: 'ping' };

export type FromIngest =
  | { type: 'batch'; batch: Batch }
  | { type: 'progress'; bytesDone: number; spans: number }
  /** Everything is read; the final pass over the whole takes a while, without messages. */
  | { type: 'finishing' }
  | { type: 'alive' }
  | { type: 'done'; format: string; result: WriterResult }
  | { type: 'failed'; error: AppErrorShape };
