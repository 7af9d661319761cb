/** `window.spanlight`: drives the page from scripts and tests. Documented in the README. */
import type { ColumnInfo, QueryOptions } from '$lib/engine/engine';
import type { DatasetSummary } from '$lib/model/dataset';
import { AppError } from '$lib/model/errors';
import type { Mapping } from '$lib/model/mapping';
import type { Origin } from '$lib/model/origin';
import type { Session } from '$lib/state/session.svelte';
import type { LinkState } from '$lib/state/link';

export interface PageApi {
  /** Resolves when the engine is ready for queries. */
  readonly ready: Promise<void>;
  /** Opens one or more files or addresses as one dataset. Rejects with an Error that has a `code`. */
  open(
    input: File | string | (File | string)[],
    options?: {
      /** What the columns of a table mean, where they can't be recognised. */
      mapping?: Mapping;
    },
  ): Promise<Omit<DatasetSummary, 'libraryId' | 'serviceHues'>>;
  /** Runs one query on the open dataset. Rejects with an Error that has a `code`. */
  query(
    sql: string,
    options?: Pick<QueryOptions, 'limit' | 'timeoutMs' | 'signal'>,
  ): Promise<QueryAnswer>;
  /** Changes the state, as returned by `state()`; fields that are left out keep their value. */
  navigate(state: Partial<LinkState>): Promise<void>;
  state(): LinkState;
}

export interface QueryAnswer {
  columns: ColumnInfo[];
  rows: Record<string, unknown>[];
  rowCount: number;
  truncated: boolean;
}

declare global {
  interface Window {
    spanlight: PageApi;
  }
}

/** Puts the API on the window; returns a function that removes it. */
export function installPageApi(session: Session): () => void {
  const api: PageApi = {
    ready: session.engine.ready,
    open: async (input, { mapping } = {}) => {
      const summary = await session.open(originOf(input, mapping));
      const { name, format, spans, traces, services, errors, startNs, endNs, diagnostics } =
        summary;
      return { name, format, spans, traces, services, errors, startNs, endNs, diagnostics };
    },
    query: async (sql, options) => {
      if (!session.workspace) throw new AppError('no-dataset', 'No dataset is open.');
      const result = await session.workspace.dataset.query(sql, options);
      const { columns, rowCount, truncated } = result;
      return { columns, rows: result.rows(), rowCount, truncated };
    },
    navigate: (state) => session.follow({ ...session.link, ...given(state) }),
    state: () => session.link,
  };
  window.spanlight = api;
  return () => Reflect.deleteProperty(window, 'spanlight');
}

/** Drops undefined fields: undefined means left out, not cleared. */
function given<State extends object>(state: State): State {
  return Object.fromEntries(
    Object.entries(state).filter(([, value]) => value !== undefined),
  ) as State;
}

function originOf(input: File | string | (File | string)[], mapping?: Mapping): Origin {
  const all = Array.isArray(input) ? input : [input];
  if (all.length > 0 && all.every((item) => item instanceof File)) {
    return { kind: 'files', files: all, mapping };
  }
  if (all.length > 0 && all.every((item) => typeof item === 'string')) {
    return { kind: 'urls', urls: all, mapping };
  }
  throw new AppError(
    'invalid-state',
    'open() takes a File, several Files, an address, or several addresses.',
  );
}
