/**
 * The open datasets, isolated from each other, on one DuckDB. Runs in the engine's worker; differences between a worker and
 * Node are hidden behind `Host`.
 */
import type { Input } from '$lib/bytes/input';
import type { Handle } from '$lib/bytes/handles/handle';
import { stopIfAborted, untilAborted } from '$lib/model/cancel';
import type { Host, OpenHooks } from '$lib/engine/open/host';
import { openFiles, type OpeningEngine } from '$lib/engine/open/opening';
import { previewSpans } from '$lib/engine/open/preview';
import type { Mapping, PreviewSpan } from '$lib/model/mapping';
import type { DuckDb } from './duckdb';
import type { OpenDataset } from './open-dataset';
import { Turns } from './turns';

export class DatasetEngine implements OpeningEngine {
  readonly turns = new Turns();
  /** Opens run one at a time: two at once would compete for memory. */
  readonly #opens = new Turns();
  readonly #open = new Set<OpenDataset>();
  #registered = 0;

  constructor(
    readonly db: DuckDb,
    readonly host: Host,
  ) {}

  /**
   * Opens files as one dataset, in addition to those that are open. A cancelled open leaves nothing behind, at any stage.
   * @param files or a function that gets them, which is not called before this open's turn.
   * @throws AppError, AbortError
   */
  open(
    files: readonly Input[] | (() => Promise<readonly Input[]>),
    hooks: OpenHooks,
  ): Promise<OpenDataset> {
    const { signal } = hooks;
    const opening = this.#opens.take(async () => {
      stopIfAborted(signal);
      const inputs = typeof files === 'function' ? await untilAborted(files(), signal) : files;
      const dataset = await openFiles(this, inputs, hooks);
      this.#open.add(dataset);
      return dataset;
    });
    // If it is waiting for its turn, it ends at once.
    const opened = untilAborted(opening, signal);
    opened.catch(() => opening.then((late) => this.close(late)).catch(() => undefined));
    return opened;
  }

  /** The first spans of a file by a mapping. @throws what `previewSpans` throws. */
  preview(
    files: () => Promise<readonly Input[]>,
    mapping: Mapping,
    signal: AbortSignal,
  ): Promise<PreviewSpan[]> {
    return this.#opens.take(async () => {
      stopIfAborted(signal);
      const [file] = await untilAborted(files(), signal);
      return previewSpans(this, file, mapping, signal);
    });
  }

  async close(dataset: OpenDataset): Promise<void> {
    this.#open.delete(dataset);
    await dataset.close();
  }

  /** Resolves once every open dataset has been written out and kept, or will not be. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#open].map((dataset) => dataset.settled()));
  }

  register(handle: Handle): { path: string; alias: string; handle: Handle } {
    const no = ++this.#registered;
    return { path: this.db.register(`${no}.duckdb`, handle), alias: `dataset_${no}`, handle };
  }
}
