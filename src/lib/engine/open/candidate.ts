/** A user's DuckDB file, attached read-only in place to find out what it is, and then read or shown. */
import type { Input } from '$lib/bytes/input';
import type { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import { stopIfAborted, untilAborted } from '$lib/model/cancel';
import type { Connection } from '$lib/engine/worker/duckdb';
import type { AttachedFile } from '$lib/engine/worker/open-dataset';
import { nextTask } from '$lib/engine/worker/yield';
import {
  HEADER_BYTES,
  attachFile,
  databaseKind,
  readDatabase,
  type DatabaseKind,
} from './database-file';
import { readForeign } from './foreign-database';
import type { OpenHooks } from './host';
import type { OpeningEngine } from './opening';

export interface Candidate {
  kind: DatabaseKind;
  file: AttachedFile;
  admin: Connection;
  input: Input;
}

export const CANDIDATE_LABELS: Record<DatabaseKind, string> = {
  flock: 'Flock',
  dataset: 'Spanlight',
  outdated: 'Spanlight',
  foreign: 'DuckDB',
};

/** @throws AppError if it has no table that we can read; AbortError */
export async function attachCandidate(
  engine: OpeningEngine,
  input: Input,
  signal: AbortSignal,
): Promise<Candidate> {
  const head = await untilAborted(input.read(0, HEADER_BYTES), signal);
  const handle = await engine.host.readInPlace(input.blob);
  const file = { ...engine.register(handle), blob: input.blob };
  const admin = engine.db.connect();
  try {
    attachFile(admin, file.path, file.alias, input, head);
    const kind = databaseKind(admin, file.alias, input.name);
    // A cancel may have arrived meanwhile.
    await nextTask();
    stopIfAborted(signal);
    return { kind, file, admin, input };
  } catch (error) {
    dropCandidate(engine, { file, admin });
    throw error;
  }
}

/** Reads its spans into a writer, a part at a time, so that it can be cancelled. */
export function readCandidate(
  { admin, file, kind, input }: Candidate,
  writer: DatasetWriter,
  { signal, onProgress, mapping }: OpenHooks,
): Promise<void> {
  const between = async () => {
    onProgress({ phase: 'read', bytesDone: 0, bytesTotal: input.size, spans: writer.spans });
    await nextTask();
    stopIfAborted(signal);
  };
  return kind === 'foreign'
    ? readForeign(admin, file.alias, input.name, writer, between, { mapping })
    : readDatabase(admin, file.alias, kind, writer, between);
}

/** Detaches and forgets it. */
export function dropCandidate(
  engine: OpeningEngine,
  { file, admin }: Pick<Candidate, 'file' | 'admin'>,
): void {
  admin.run(`DETACH DATABASE IF EXISTS "${file.alias}"`);
  admin.close();
  engine.db.unregister(file.path);
  file.handle.close();
}
