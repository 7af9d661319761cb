/**
 * Builds a new dataset from what is read. It is shown as soon as everything is in it; indexing, writing out and sealing
 * follow right after the first queries.
 */
import { SealableHandle } from '$lib/bytes/handles/handle';
import { DatasetBuild, type DatasetMeta } from '$lib/dataset/build';
import { emptyDatabase } from '$lib/dataset/empty-database';
import { stopIfAborted } from '$lib/model/cancel';
import type { Connection } from '$lib/engine/worker/duckdb';
import { OpenDataset, type AttachedFile } from '$lib/engine/worker/open-dataset';
import { nextTask } from '$lib/engine/worker/yield';
import { Finishing } from './finishing';
import type { IngestOutcome, OpenHooks, Place } from './host';
import type { OpeningEngine } from './opening';

/** A dataset that is shown and not yet sealed. */
interface Unsealed {
  dataset: OpenDataset;
  build: DatasetBuild;
  admin: Connection;
  file: AttachedFile & { handle: SealableHandle };
  place: Place;
}

/**
 * @param read puts all spans into the build.
 * @throws AppError, AbortError; then nothing is left behind.
 */
export async function buildDataset(
  engine: OpeningEngine,
  meta: Omit<DatasetMeta, 'format'>,
  { signal, onProgress }: OpenHooks,
  read: (build: DatasetBuild) => Promise<IngestOutcome>,
): Promise<OpenDataset> {
  const { db, host, turns } = engine;
  const place = await host.newDataset();
  const handle = new SealableHandle(place.handle);
  const file = { ...engine.register(handle), handle, blob: null };
  const admin = db.connect();
  let build: DatasetBuild | null = null;
  try {
    stopIfAborted(signal);
    handle.truncate(0);
    handle.write(await emptyDatabase(), { at: 0 });
    const begun = new DatasetBuild(admin, file.path, file.alias);
    build = begun;
    const { result, format } = await read(begun);
    stopIfAborted(signal);
    onProgress({ phase: 'derive', bytesDone: 0, bytesTotal: 0, spans: result.spans });
    await nextTask();
    stopIfAborted(signal);
    host.working(() => begun.derive(result, { ...meta, format }));
    // A cancel may have arrived meanwhile.
    await nextTask();
    stopIfAborted(signal);
    const dataset = new OpenDataset(db, turns, file);
    finish(engine, { dataset, build: begun, admin, file, place });
    return dataset;
  } catch (error) {
    build?.abandon();
    admin.close();
    db.unregister(file.path);
    handle.close();
    await place.discard();
    throw error;
  }
}

/** Starts the remaining steps. If one fails, the dataset stays as shown, but is not kept in the library. */
function finish(
  { host, turns }: OpeningEngine,
  { dataset, build, admin, file, place }: Unsealed,
): void {
  const finishing = new Finishing((run) => turns.take(run), dataset.summary.spans, {
    index: async () => host.working(() => build.index()),
    seal: async () =>
      host.working(() => {
        // The connection of the queries goes on under the same name.
        build.seal();
        file.handle.seal();
        admin.run(`ATTACH '${file.path}' AS "${file.alias}" (READ_ONLY)`);
      }),
  });
  const isKept = finishing
    .done()
    .then(() => place.keep(dataset.summary, file.handle.getSize()))
    .catch(async (error: unknown) => {
      await place.letGo().catch(() => undefined);
      throw error;
    })
    .finally(() => admin.close());
  dataset.finishBy(finishing, isKept, place.libraryId());
}
