/** The engine's worker: Comlink in front of EngineService, nothing else. */
import { expose } from 'comlink';
import { DuckDb } from './duckdb';
import type { EngineEvent } from './engine-events';
import { EngineService } from './engine-service';
import { loadEngine } from './load-engine';
import { WorkerHost, busyEntries } from './worker-host';
import { warmUpEngine } from './warm-up';

const scope = globalThis as unknown as { postMessage(event: EngineEvent): void };

expose(
  new EngineService({
    tell: (event) => scope.postMessage(event),
    boot: (onProgress) => DuckDb.boot(loadEngine(onProgress)),
    makeHost: (working) => new WorkerHost(working),
    warmUp: async (db, host, isWanted) => {
      (host as WorkerHost).warmUp();
      await warmUpEngine(db, isWanted);
    },
    busyEntries,
  }),
);
