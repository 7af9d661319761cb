/** The page's own engine with one dataset at a time, as in the page. Import before anything from `$lib/engine`. */
import { bootEngine } from '../../scripts/node-engine';
import type { Input } from '$lib/bytes/input';
import type { OpenHooks } from '$lib/engine/open/host';
import type { DatasetEngine } from '$lib/engine/worker/dataset-engine';
import type { DuckDb } from '$lib/engine/worker/duckdb';
import type { OpenDataset } from '$lib/engine/worker/open-dataset';
import type { DatasetSummary } from '$lib/model/dataset';

export class OneDataset {
  #current: OpenDataset | null = null;

  constructor(private readonly engine: DatasetEngine) {}

  /** Closes the previous one once the new one is open. */
  async open(files: Input[], hooks: Partial<OpenHooks> = {}): Promise<DatasetSummary> {
    const { signal = new AbortController().signal, onProgress = () => {}, mapping } = hooks;
    const dataset = await this.engine.open(files, { signal, onProgress, mapping });
    if (this.#current) await this.engine.close(this.#current);
    this.#current = dataset;
    return dataset.summary;
  }

  get query() {
    return this.dataset.query.bind(this.dataset);
  }

  get export() {
    return this.dataset.export.bind(this.dataset);
  }

  get save() {
    return this.dataset.save.bind(this.dataset);
  }

  private get dataset(): OpenDataset {
    if (!this.#current) throw new Error('No dataset is open');
    return this.#current;
  }
}

export async function bootOne(db?: DuckDb): Promise<OneDataset> {
  return new OneDataset(await bootEngine(db));
}
