/**
 * The app, possibly empty: the engine, the open under way, the open dataset. An open that fails or is cancelled leaves the
 * current dataset as it was.
 */
import { createEngine } from '$lib/engine/client';
import type { Dataset, Engine, OpenOptions } from '$lib/engine/engine';
import type { DatasetSummary, LibraryEntry, OpenProgress } from '$lib/model/dataset';
import { AppError, isAbort, abortError, type AppErrorShape } from '$lib/model/errors';
import { ASK_FOR_TABLES, type Mapping, type UnmappedTable } from '$lib/model/mapping';
import {
  addressOf,
  describeOrigin,
  mappingOf,
  sameAddress,
  type Address,
  type Origin,
} from '$lib/model/origin';
import { Notices } from './notices.svelte';
import { rememberMapping, rememberedMapping, unmappedTables } from './mappings';
import { goneNote, outlived, retention } from './retention.svelte';
import { DEFAULT_VIEW_STATE, type LinkState, type ViewState } from './link';
import { Workspace } from './workspace.svelte';

/** An open that is under way. */
export interface Opening {
  /** What is being opened, as shown to people: a file's name, '3 files', an address. */
  readonly what: string;
  /** Its address for links; null for files. */
  readonly address: Address | null;
  /** From `performance.now()`. */
  readonly startedAtMs: number;
}

/** A table whose columns a person is asked about. */
export interface MappingRequest {
  readonly origin: Mappable;
  /** Of the file, for people. */
  readonly what: string;
  /** The one that is nearest to a table of spans comes first. */
  readonly tables: readonly UnmappedTable[];
  /** What was said before; null the first time. */
  readonly mapping: Mapping | null;
}

/** State of the engine's own start. */
export type Boot =
  | { state: 'loading'; bytesDone: number; bytesTotal: number }
  | { state: 'ready' }
  | { state: 'failed'; error: AppErrorShape };

export class Session {
  readonly engine: Engine;
  readonly notices = new Notices();
  boot = $state.raw<Boot>({ state: 'loading', bytesDone: 0, bytesTotal: 0 });
  opening = $state.raw<Opening | null>(null);
  progress = $state.raw<OpenProgress | null>(null);
  /** Why the last open failed; null once dismissed or another open has started. */
  error = $state.raw<AppErrorShape | null>(null);
  workspace = $state.raw<Workspace | null>(null);
  /** The table that was asked about last; null once another open has started. */
  askedMapping = $state.raw<MappingRequest | null>(null);
  /** Whether its dialog is open. */
  #isAsking = $state(false);
  /** Datasets kept in this browser, newest first; null until they are known. */
  kept = $state.raw<readonly LibraryEntry[] | null>(null);
  readonly status = $derived(this.opening ? 'opening' : this.workspace ? 'open' : 'empty');

  #abort: AbortController | null = null;

  constructor(engine: Engine = createEngine()) {
    this.engine = engine;
    engine.onRestart((message) => this.notices.add('warning', message));
    const unsubscribe = engine.onBoot?.((progress) => {
      if (this.boot.state === 'loading') this.boot = { state: 'loading', ...progress };
    });
    engine.ready
      .then(
        () => (this.boot = { state: 'ready' }),
        (error: unknown) => (this.boot = { state: 'failed', error: errorShape(error) }),
      )
      .finally(unsubscribe);
    void this.#retain();
  }

  /**
   * Opens and, once it is open, replaces the dataset. A second open cancels the first.
   * Rejects with the AppError that is also in `error`, or with AbortError when cancelled.
   * @param view what to show of it first.
   */
  async open(origin: Origin, view: Partial<ViewState> = {}): Promise<DatasetSummary> {
    this.cancel();
    const abort = new AbortController();
    const address = addressOf(origin);
    const opening: Opening = {
      what: describeOrigin(origin),
      address,
      startedAtMs: performance.now(),
    };
    const superseded = () => this.opening !== opening;
    this.#abort = abort;
    this.opening = opening;
    this.progress = null;
    this.error = null;
    this.askedMapping = null;
    const options: OpenOptions = {
      signal: abort.signal,
      onProgress: (progress) => {
        if (!superseded()) this.progress = progress;
      },
    };
    try {
      const [dataset, source] = await this.#openMapped(origin, options);
      if (superseded() || abort.signal.aborted) {
        this.#close(dataset);
        throw abortError();
      }
      const { summary } = dataset;
      const kept: Address | null = summary.libraryId
        ? { kind: 'library', id: summary.libraryId }
        : null;
      const before = this.workspace;
      const workspace = new Workspace(dataset, address ?? kept);
      workspace.source = isMappable(source) ? source : null;
      workspace.apply(view);
      this.workspace = workspace;
      if (before) this.#close(before.dataset);
      if (source !== origin) {
        this.notices.add(
          'info',
          `The columns of ${summary.name} are read as you explained them before. The dataset’s menu corrects it.`,
        );
      }
      void this.#settle(workspace);
      return summary;
    } catch (error) {
      // Failures after cancelling are ignored.
      if (!superseded() && !abort.signal.aborted) {
        this.report(error);
        if (isMappable(origin) && !mappingOf(origin)) this.#ask(origin, error);
      }
      throw error;
    } finally {
      if (!superseded()) {
        this.opening = null;
        this.progress = null;
        this.#abort = null;
      }
    }
  }

  /** A table whose columns were explained before is opened by that. @returns what it was opened from, too */
  async #openMapped(origin: Origin, options: OpenOptions): Promise<[Dataset, Origin]> {
    try {
      return [await this.engine.open(origin, options), origin];
    } catch (error) {
      if (!isMappable(origin) || mappingOf(origin)) throw error;
      const mapping = rememberedMapping(unmappedTables(errorShape(error)));
      if (!mapping) throw error;
      const mapped = { ...origin, mapping };
      // If it no longer fits, the first answer is the one to show.
      const dataset = await this.engine.open(mapped, options).catch((failure: unknown) => {
        throw isAbort(failure) ? failure : error;
      });
      return [dataset, mapped];
    }
  }

  #ask(origin: Mappable, error: unknown): void {
    const tables = unmappedTables(errorShape(error));
    if (tables.length === 0) return;
    this.askedMapping = {
      origin,
      what: describeOrigin(origin),
      tables,
      mapping: mappingOf(origin) ?? null,
    };
    this.#isAsking = true;
  }

  /** What the dialog asks; null while it is closed. */
  get mappingRequest(): MappingRequest | null {
    return this.#isAsking ? this.askedMapping : null;
  }

  /** Opens the dialog again. */
  resumeMapping(): void {
    this.#isAsking = true;
  }

  /** Asks what the columns mean of a file that is open, so that it can be read anew. */
  async askForMapping(origin: Mappable): Promise<void> {
    try {
      await this.engine.preview(origin, ASK_FOR_TABLES);
      this.notices.add('info', `${describeOrigin(origin)} has no columns that could be explained.`);
    } catch (error) {
      if (errorShape(error).code === 'needs-mapping') this.#ask(origin, error);
      else this.report(error);
    }
  }

  /** Opens the table by what was said, and remembers it for files with the same columns. */
  answerMapping({ origin }: MappingRequest, table: UnmappedTable, mapping: Mapping): void {
    rememberMapping(table, mapping);
    this.start({ ...origin, mapping });
  }

  cancelMapping(): void {
    this.#isAsking = false;
    // Behind the dialog of an open dataset, nobody needs to read it again.
    if (this.workspace) this.error = null;
  }

  /** The state that a link to the current screen carries. */
  get link(): LinkState {
    const { workspace } = this;
    return workspace
      ? { address: workspace.address, ...workspace.viewState }
      : { address: null, ...DEFAULT_VIEW_STATE };
  }

  /** Follows a link; the open dataset stays if the link names it, or names none. */
  async follow({ address, ...view }: LinkState): Promise<void> {
    const { workspace } = this;
    if (workspace && (!address || (workspace.address && sameAddress(workspace.address, address)))) {
      workspace.apply(view);
    } else if (address) {
      await this.open(address, view);
    } else {
      throw new AppError('no-dataset', 'No dataset is open, and the link names none.');
    }
  }

  /** For controls on the page: the outcome is on screen, so no caller needs the promise. */
  start(origin: Origin): void {
    this.open(origin).catch(() => undefined);
  }

  cancel(): void {
    this.#abort?.abort();
  }

  /** Closes the dataset, or cancels the open under way, and shows the landing page. */
  async close(): Promise<void> {
    this.cancel();
    this.error = null;
    const { workspace } = this;
    if (!workspace) return;
    this.workspace = null;
    try {
      await workspace.dataset.close();
    } catch (error) {
      this.report(error);
    }
    await this.refreshKept();
  }

  /** Closes a dataset that is no longer shown. */
  #close(dataset: Dataset): void {
    dataset.close().catch((error: unknown) => this.report(error));
  }

  /** Tells the visitor if a dataset could not be kept, once that is known; it is shown all the same. */
  async #settle(workspace: Workspace): Promise<void> {
    const { dataset, summary, address } = workspace;
    const reason = await dataset.settled;
    if (reason !== null) {
      if (address?.kind === 'library' && address.id === summary.libraryId) workspace.address = null;
      this.notices.add(
        'warning',
        `${summary.name} is open, but could not be kept in this browser: ${reason}`,
      );
    }
    await this.refreshKept();
  }

  dismissError(): void {
    this.error = null;
  }

  /** Shows a failure that did not come from an open. */
  report(error: unknown): void {
    if (!isAbort(error)) this.error = errorShape(error);
  }

  async refreshKept(): Promise<void> {
    try {
      const entries = await this.engine.library.list();
      this.kept = entries.toSorted((a, b) => b.savedAt - a.savedAt);
    } catch {
      // Without storage nothing is kept, and there is nothing to report.
      this.kept = [];
    }
  }

  /** Removes datasets beyond the limits of age and size, and says which. */
  async #retain(): Promise<void> {
    await this.refreshKept();
    const gone = outlived(this.kept ?? [], retention.rules, Date.now()).filter(
      ({ id }) => !this.#isWanted(id),
    );
    if (gone.length === 0) return;
    for (const entry of gone) await this.removeKept(entry);
    this.notices.add('info', goneNote(gone, retention.rules));
  }

  /** Whether a dataset from the library is shown or being opened. */
  #isWanted(id: string): boolean {
    const addresses = [this.workspace?.address, this.opening?.address];
    return (
      this.workspace?.summary.libraryId === id ||
      addresses.some((address) => address?.kind === 'library' && address.id === id)
    );
  }

  async removeKept(entry: LibraryEntry): Promise<void> {
    try {
      await this.engine.library.remove(entry.id);
    } catch (error) {
      this.report(error);
    }
    await this.refreshKept();
  }
}

/** Origins whose rows can be read by a mapping. */
export type Mappable = Exclude<Origin, { kind: 'demo' | 'library' }>;

function isMappable(origin: Origin): origin is Mappable {
  return origin.kind !== 'demo' && origin.kind !== 'library';
}

/** Any failure as an AppError for display; unexpected ones keep their stack for the details. */
export function errorShape(error: unknown): AppErrorShape {
  if (error instanceof AppError) {
    return { code: error.code, message: error.message, data: error.data };
  }
  const data: Record<string, string> = {};
  if (error instanceof Error && error.stack) data.stack = error.stack;
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'unexpected', message, data };
}
