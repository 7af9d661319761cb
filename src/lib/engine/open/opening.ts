/** From files to an open dataset: an existing dataset is attached in place, everything else becomes a new one. */
import type { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import type { Handle } from '$lib/bytes/handles/handle';
import { readDiagnostics, type DatasetBuild, type DatasetMeta } from '$lib/dataset/build';
import type { Batch } from '$lib/dataset/write/batch';
import { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import { stopIfAborted, untilAborted } from '$lib/model/cancel';
import type { Diagnostic } from '$lib/model/diagnostics';
import { AppError } from '$lib/model/errors';
import type { DuckDb } from '$lib/engine/worker/duckdb';
import { OpenDataset } from '$lib/engine/worker/open-dataset';
import type { Turns } from '$lib/engine/worker/turns';
import { nextTask } from '$lib/engine/worker/yield';
import { buildDataset } from './build-dataset';
import {
  CANDIDATE_LABELS,
  attachCandidate,
  dropCandidate,
  readCandidate,
  type Candidate,
} from './candidate';
import { readMeta } from './database-file';
import { detect } from './detect';
import { expand } from './expand';
import type { Host, IngestOutcome, OpenHooks } from './host';
import { ingest } from './ingest';

/** What opening needs of the engine. */
export interface OpeningEngine {
  readonly db: DuckDb;
  readonly host: Host;
  readonly turns: Turns;
  /** Makes a handle known under a path and a name of its own. */
  register(handle: Handle): { path: string; alias: string; handle: Handle };
}

/**
 * Opens files as one dataset.
 * @throws AppError, AbortError
 */
export async function openFiles(
  engine: OpeningEngine,
  files: readonly Input[],
  hooks: OpenHooks,
): Promise<OpenDataset> {
  const unpacked: Input[] = [];
  const databases = new Set<Input>();
  for (const file of await untilAborted(expand(files, hooks.signal), hooks.signal)) {
    const source = new Source(file, { signal: hooks.signal });
    const { kind } = await untilAborted(detect(source), hooks.signal);
    const whole = kind === 'database' ? await untilAborted(source.whole(), hooks.signal) : file;
    unpacked.push(whole);
    if (kind === 'database') databases.add(whole);
  }
  if (unpacked.length === 1 && databases.size === 1) {
    return openDatabase(engine, unpacked[0], hooks);
  }
  return buildDataset(engine, metaOf(files), hooks, (build) =>
    databases.size > 0
      ? ingestTogether(engine, unpacked, databases, build, hooks)
      : ingestFiles(engine, unpacked, build, hooks),
  );
}

async function openDatabase(
  engine: OpeningEngine,
  file: Input,
  hooks: OpenHooks,
): Promise<OpenDataset> {
  const candidate = await attachCandidate(engine, file, hooks.signal);
  const { admin, kind } = candidate;
  if (kind === 'dataset') {
    try {
      const dataset = new OpenDataset(engine.db, engine.turns, candidate.file);
      admin.close();
      return dataset;
    } catch (error) {
      dropCandidate(engine, candidate);
      throw error;
    }
  }
  try {
    const known = kind === 'outdated' ? readMeta(admin, candidate.file.alias) : null;
    return await buildDataset(engine, known ?? metaOf([file]), hooks, async (build) => {
      const writer = writerInto(engine, build, hooks.signal);
      await readCandidate(candidate, writer, hooks);
      const result = writer.finish();
      if (known) result.diagnostics = withEarlier(result.diagnostics, candidate);
      return { result, format: known?.format ?? CANDIDATE_LABELS[kind] };
    });
  } finally {
    dropCandidate(engine, candidate);
  }
}

/** A database beside other files: all are read on this thread, because one writer has to see every span. */
async function ingestTogether(
  engine: OpeningEngine,
  files: readonly Input[],
  databases: ReadonlySet<Input>,
  build: DatasetBuild,
  hooks: OpenHooks,
): Promise<IngestOutcome> {
  const writer = writerInto(engine, build, hooks.signal);
  const labels = new Set<string>();
  for (const file of databases) {
    try {
      const candidate = await attachCandidate(engine, file, hooks.signal);
      try {
        await readCandidate(candidate, writer, hooks);
        labels.add(CANDIDATE_LABELS[candidate.kind]);
      } finally {
        dropCandidate(engine, candidate);
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      writer.warn('skipped-file', `${file.name}: ${error.message}`);
    }
  }
  const others = files.filter((file) => !databases.has(file));
  if (others.length > 0) {
    const { signal, mapping } = hooks;
    labels.add(
      await untilAborted(ingest(others, writer, { signal, mapping, ready: nextTask }), signal),
    );
  }
  return { result: writer.finish(), format: [...labels].join(', ') };
}

function ingestFiles(
  engine: OpeningEngine,
  files: Input[],
  build: DatasetBuild,
  { signal, onProgress, mapping }: OpenHooks,
): Promise<IngestOutcome> {
  const bytesTotal = files.reduce((sum, { size }) => sum + size, 0);
  let bytesDone = 0;
  let spans = 0;
  const tick = () => onProgress({ phase: 'read', bytesDone, bytesTotal, spans });
  tick();
  return engine.host.ingest(files, inserter(engine, build, signal), {
    signal,
    mapping,
    onBytes: (done) => {
      bytesDone = done;
      tick();
    },
    onSpans: (count) => {
      spans = count;
      tick();
    },
  });
}

function writerInto(
  engine: OpeningEngine,
  build: DatasetBuild,
  signal: AbortSignal,
): DatasetWriter {
  return new DatasetWriter(inserter(engine, build, signal));
}

/** Batches decoded before a cancel must not reach the abandoned build. */
function inserter({ host }: OpeningEngine, build: DatasetBuild, signal: AbortSignal) {
  return (batch: Batch) => {
    stopIfAborted(signal);
    host.working(() => build.insert(batch));
  };
}

/** Keeps the diagnostics of an older dataset's files, which its spans no longer show. */
function withEarlier(found: Diagnostic[], { admin, file }: Candidate): Diagnostic[] {
  const codes = new Set(found.map(({ code }) => code));
  const earlier = readDiagnostics(admin, file.alias).filter(({ code }) => !codes.has(code));
  return [...earlier, ...found];
}

function metaOf(files: readonly Input[]): Omit<DatasetMeta, 'format'> {
  const sources = files.map(({ name }) => name);
  const name = sources.length === 1 ? sources[0] : `${sources[0]} and ${sources.length - 1} more`;
  return { name, sources };
}
