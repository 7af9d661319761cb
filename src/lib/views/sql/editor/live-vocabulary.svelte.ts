/** The editor's completions, queried from the open dataset; its keys and values load after what every query needs. */
import { LiveQuery } from '$lib/state/live-query.svelte';
import type { Workspace } from '$lib/state/workspace.svelte';
import { sqlCompletions } from './completion';
import {
  NO_VOCABULARY,
  functionsQuery,
  keyValuesQuery,
  keysQuery,
  readFunctions,
  readKeyValues,
  readKeys,
  readTables,
  readValues,
  schemaQuery,
  valuesQuery,
  type Vocabulary,
} from './vocabulary';

export class LiveVocabulary {
  readonly #schema: LiveQuery;
  readonly #functions: LiveQuery;
  readonly #values: LiveQuery;
  readonly #keys: LiveQuery;
  /** The editor's source of completions. */
  readonly complete: ReturnType<typeof sqlCompletions>;

  /** What has been loaded so far. */
  readonly words: Vocabulary = $derived.by(() => ({
    tables: this.#schema.result ? readTables(this.#schema.result) : NO_VOCABULARY.tables,
    functions: this.#functions.result
      ? readFunctions(this.#functions.result)
      : NO_VOCABULARY.functions,
    keys: this.#keys.result ? readKeys(this.#keys.result) : NO_VOCABULARY.keys,
    values: this.#values.result ? readValues(this.#values.result) : NO_VOCABULARY.values,
  }));

  /** Create while a component initialises; ends with it. */
  constructor(workspace: Workspace) {
    this.#schema = new LiveQuery(workspace, () => ({ query: schemaQuery() }));
    this.#functions = new LiveQuery(workspace, () => ({ query: functionsQuery() }));
    this.#values = new LiveQuery(workspace, () =>
      this.#schema.result ? { query: valuesQuery() } : null,
    );
    this.#keys = new LiveQuery(workspace, () =>
      this.#values.result ? { query: keysQuery() } : null,
    );
    this.complete = sqlCompletions({
      vocabulary: () => this.words,
      arrived: {
        schema: settled(this.#schema, this.#functions),
        keys: settled(this.#keys),
        values: settled(this.#values),
      },
      keyValues: async (column, key) =>
        readKeyValues(await workspace.results.query(keyValuesQuery(column, key))),
    });
  }
}

function settled(...queries: LiveQuery[]): Promise<void> {
  return new Promise((done) => {
    $effect(() => {
      if (queries.every(({ result, error }) => result ?? error)) done();
    });
  });
}
