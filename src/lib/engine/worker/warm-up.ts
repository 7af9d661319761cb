/**
 * Runs a small made-up import before the first real one: browsers compile the engine's functions on first use, and again when
 * they turn out hot, which would add about half to the time of reading the first file.
 */
import type { Batch } from '$lib/dataset/write/batch';
import { DatasetBuild } from '$lib/dataset/build';
import { emptyDatabase } from '$lib/dataset/empty-database';
import { Input } from '$lib/bytes/input';
import { MemoryHandle } from '$lib/bytes/handles/handle';
import { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import type { DuckDb } from './duckdb';
import { ingest } from '$lib/engine/open/ingest';
import { nextTask } from './yield';

const SPANS = 6_000;
const TRACE_SPANS = 30;
const KEYS = ['http.request.method', 'url.full', 'http.response.status_code', 'user.id', 'region'];

/** OTLP JSON with that many spans, in traces of thirty. */
function madeUpTraces(): Input {
  const spans = Array.from({ length: SPANS }, (_, i) => {
    const trace = Math.floor(i / TRACE_SPANS);
    const id = (n: number) => `f${n.toString(16).padStart(15, '0')}`;
    return {
      traceId: trace.toString(16).padStart(32, '1'),
      spanId: id(i),
      parentSpanId: i % TRACE_SPANS ? id(i - 1) : '',
      name: `operation ${i % 40}`,
      kind: 1 + (i % 5),
      startTimeUnixNano: `17600000000${String(i).padStart(8, '0')}`,
      endTimeUnixNano: `17600000001${String(i).padStart(8, '0')}`,
      attributes: KEYS.map((key, k) => ({
        key,
        value: k === 2 ? { intValue: '200' } : { stringValue: `value ${(i * (k + 1)) % 500}` },
      })),
      status: { code: i % 50 ? 1 : 2 },
    };
  });
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'warm-up' } }] };
  return Input.ofText(
    'warm-up',
    JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
  );
}

/** For the ingest worker: reads made-up spans and discards them. */
export async function warmUpIngest(onBatch: (batch: Batch) => void = () => {}) {
  const writer = new DatasetWriter(onBatch);
  await ingest([madeUpTraces()], writer, {});
  return writer.finish();
}

/** For the engine: builds a dataset in memory step by step, and drops it. @param isWanted whether to stop for real work */
export async function warmUpEngine(db: DuckDb, isWanted: () => boolean): Promise<void> {
  const batches: Batch[] = [];
  const result = await warmUpIngest((batch) => batches.push(batch));
  const path = db.register('warm-up.duckdb', new MemoryHandle(await emptyDatabase()));
  const connection = db.connect();
  const build = new DatasetBuild(connection, path, 'warm_up');
  try {
    for (const batch of batches) {
      if (isWanted()) return;
      build.insert(batch);
      await nextTask();
    }
    if (isWanted()) return;
    build.derive(result, { name: 'warm-up', sources: [], format: '' });
    await nextTask();
    if (!isWanted()) build.index();
  } finally {
    build.abandon();
    connection.close();
    db.unregister(path);
  }
}
