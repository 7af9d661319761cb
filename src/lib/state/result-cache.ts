/**
 * Caches results: a dataset never changes, so the same query has the same result, and going back to a view or removing a
 * filter again costs nothing. Bounded by the bytes of the results.
 */
import type { Dataset, QueryOptions, QueryResult, Sql } from '$lib/engine/engine';

const MAX_BYTES = 96 << 20;

export class ResultCache {
  readonly #dataset: Pick<Dataset, 'query'>;
  /** Least recently used first. */
  readonly #answers = new Map<string, { result: QueryResult; bytes: number }>();
  #bytes = 0;

  constructor(dataset: Pick<Dataset, 'query'>) {
    this.#dataset = dataset;
  }

  /** The result, if cached. */
  peek(query: Sql | string, options: QueryOptions = {}): QueryResult | null {
    const key = keyOf(query, options);
    const known = this.#answers.get(key);
    if (!known) return null;
    this.#answers.delete(key);
    this.#answers.set(key, known);
    return known.result;
  }

  /** Like `Dataset.query`. */
  async query(query: Sql | string, options: QueryOptions = {}): Promise<QueryResult> {
    const known = this.peek(query, options);
    if (known) return known;
    const result = await this.#dataset.query(query, options);
    this.#keep(keyOf(query, options), result);
    return result;
  }

  #keep(key: string, result: QueryResult): void {
    // Arrow can't count the bytes of a list column without rows.
    const batches = result.rowCount ? result.table.data : [];
    const bytes = batches.reduce((sum, batch) => sum + batch.byteLength, 1_000);
    if (bytes > MAX_BYTES / 2 || this.#answers.has(key)) return;
    this.#answers.set(key, { result, bytes });
    this.#bytes += bytes;
    for (const [oldest, answer] of this.#answers) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#answers.delete(oldest);
      this.#bytes -= answer.bytes;
    }
  }
}

function keyOf(query: Sql | string, { limit }: QueryOptions): string {
  return `${limit ?? ''} ${String(query)}`;
}
