/** Commands for an open dataset: some are fixed, some come from its data, some from the typed text. */
import { colourVar } from '$lib/draw/colour';
import { NO_FILTER, parseTerm } from '$lib/model/filter';
import { termLine } from '$lib/model/filter-words';
import { formatCount } from '$lib/model/quantity';
import { LiveQuery } from '$lib/state/live-query.svelte';
import { filterOf, presets } from '$lib/state/presets.svelte';
import { TEMPLATE_GROUPS } from '$lib/content/query-templates';
import type { Session } from '$lib/state/session.svelte';
import { sqlShelf } from '$lib/state/sql/sql-shelf.svelte';
import { fieldTerm, type Workspace } from '$lib/state/workspace.svelte';
import { VIEWS } from '$lib/views';
import ArrowLeft from '@lucide/svelte/icons/arrow-left';
import Download from '@lucide/svelte/icons/download';
import FileCode from '@lucide/svelte/icons/file-code';
import FunnelX from '@lucide/svelte/icons/funnel-x';
import Hash from '@lucide/svelte/icons/hash';
import Link from '@lucide/svelte/icons/link';
import ListFilter from '@lucide/svelte/icons/list-filter';
import Search from '@lucide/svelte/icons/search';
import Square from '@lucide/svelte/icons/square';
import X from '@lucide/svelte/icons/x';
import { saveDataset } from '../save-dataset';
import { idPrefix, type Command } from './commands';
import { ID_COLUMNS, idQuery, NAME_COLUMNS, namesQuery } from './palette-query';

/** Pause in typing before ids are looked up. */
const REST_MS = 80;

export class DatasetCommands {
  readonly #session: Session;
  readonly #workspace: Workspace;
  readonly #text: () => string;
  readonly #addFilter: () => void;
  readonly #names: LiveQuery;
  readonly #ids: LiveQuery;

  /**
   * Create while a component initialises.
   * @param text the typed text, read reactively.
   */
  constructor(session: Session, workspace: Workspace, text: () => string, addFilter: () => void) {
    this.#session = session;
    this.#workspace = workspace;
    this.#text = text;
    this.#addFilter = addFilter;
    this.#names = new LiveQuery(workspace, () => ({ query: namesQuery() }));
    this.#ids = new LiveQuery(workspace, () => {
      const prefix = idPrefix(text());
      return prefix ? { query: idQuery(prefix), restMs: REST_MS } : null;
    });
  }

  get busy(): boolean {
    return this.#names.loading || this.#ids.loading;
  }

  readonly views = $derived.by(() =>
    VIEWS.map((view, i): Command => ({
      id: `view ${view.id}`,
      group: 'Views',
      label: view.label,
      words: `go to ${view.answers}`,
      keys: String(i + 1),
      icon: view.icon,
      run: () => (this.#workspace.view = view.id),
    })),
  );

  readonly actions = $derived.by((): Command[] => {
    const workspace = this.#workspace;
    const session = this.#session;
    const actions: (Command | false)[] = [
      {
        id: 'filter add',
        group: 'Filter',
        label: 'Add a filter…',
        keys: 'f',
        icon: ListFilter,
        run: this.#addFilter,
      },
      workspace.isFiltered && {
        id: 'filter clear',
        group: 'Filter',
        label: 'Clear the filter',
        words: 'reset remove all',
        icon: FunnelX,
        run: () => (workspace.filter = NO_FILTER),
      },
      {
        id: 'filter errors',
        group: 'Filter',
        label: 'Only spans with errors',
        words: 'status error failed',
        icon: ListFilter,
        run: () => workspace.only(fieldTerm('status_code', 'ERROR')),
      },
      {
        id: 'filter roots',
        group: 'Filter',
        label: 'Only root spans',
        icon: ListFilter,
        run: () => workspace.only({ type: 'root', exclude: false }),
      },
      workspace.traceId !== null && {
        id: 'go list',
        group: 'Dataset',
        label: 'Back to the list of traces',
        icon: ArrowLeft,
        run: () => {
          workspace.view = 'timeline';
          workspace.closeTrace();
        },
      },
      {
        id: 'dataset link',
        group: 'Dataset',
        label: 'Copy a link to this view',
        words: 'share url address',
        icon: Link,
        run: () => void this.#copyLink(),
      },
      {
        id: 'dataset save',
        group: 'Dataset',
        label: 'Save as .duckdb',
        words: 'download export dataset',
        icon: Download,
        run: () => void saveDataset(session, workspace.summary.name),
      },
      {
        id: 'dataset close',
        group: 'Dataset',
        label: `Close ${workspace.summary.name}`,
        words: 'dataset leave landing page',
        icon: X,
        run: () => void session.close(),
      },
    ];
    return actions.filter((action) => action !== false);
  });

  readonly names = $derived.by((): Command[] => {
    const commands: Command[] = [];
    let services = 0;
    for (const { kind, value, service: ofService, spans } of NAME_COLUMNS.rows(
      this.#names.result,
    )) {
      const isService = kind === 'service';
      // Until something is typed, the busiest services are enough.
      const isMinor = !isService || ++services > 6;
      const service = isService ? value : ofService;
      commands.push({
        id: `${kind} ${value}`,
        group: isService ? 'Services' : 'Operations',
        label: value,
        words: isService ? 'only service' : `only operation ${service}`,
        note: `only ${kind} · ${formatCount(spans)}`,
        icon: isService ? Square : ListFilter,
        tint: colourVar(service),
        isMinor,
        run: () => this.#workspace.only(fieldTerm(kind, value)),
      });
    }
    return commands;
  });

  /** Filters and queries saved in this browser, and the Guide's queries. */
  readonly queries = $derived.by((): Command[] => {
    const ofFilters = presets.list.map((preset): Command => ({
      id: `preset ${preset.name}`,
      group: 'Saved',
      label: preset.name,
      words: 'preset filter saved',
      note: 'filter',
      icon: ListFilter,
      run: () => (this.#workspace.filter = filterOf(preset)),
    }));
    const query = (group: string, id: string, title: string, sql: string, words = ''): Command => ({
      id: `query ${id}`,
      group,
      label: title,
      words: `query sql ${words}`,
      note: 'query',
      icon: FileCode,
      run: () => this.#workspace.showSql(title, sql),
    });
    return [
      ...ofFilters,
      ...sqlShelf.saved.map(({ name, sql }) => query('Saved', `saved ${name}`, name, sql, 'saved')),
      ...TEMPLATE_GROUPS.flatMap((group) =>
        group.templates.map(({ id, title, sql }) => ({
          ...query('Queries', id, title, sql, group.title),
          isMinor: true,
        })),
      ),
    ];
  });

  /** Traces and spans whose ids start with the text. */
  readonly ids = $derived.by((): Command[] => {
    return ID_COLUMNS.rows(this.#ids.result).map((row) => {
      const { trace_id: traceId, span_id: spanId } = row;
      const name = [row.service, row.name].filter(Boolean).join(' · ');
      return {
        id: `typed ${traceId} ${spanId}`,
        group: 'Ids',
        label: spanId || traceId,
        note: spanId ? `span · ${name}` : `trace · ${name}`,
        icon: Hash,
        run: () => {
          this.#workspace.view = 'timeline';
          this.#workspace.openTrace(traceId, spanId || null);
        },
      };
    });
  });

  /** The filter that the text spells, if any. */
  readonly typed = $derived.by((): Command[] => {
    const term = parseTerm(this.#text());
    if (!term) return [];
    return [
      {
        id: 'typed term',
        group: 'Filter',
        label: `Only ${termLine(term)}`,
        note: 'filter',
        icon: ListFilter,
        run: () => this.#workspace.only(term),
      },
    ];
  });

  /** The fallback for text that is not a name. */
  readonly search = $derived.by((): Command[] => {
    const text = this.#text().trim();
    if (!text) return [];
    return [
      {
        id: 'typed search',
        group: 'Search',
        label: `Search all spans for “${text}”`,
        icon: Search,
        run: () => this.#workspace.setText(text),
      },
    ];
  });

  async #copyLink(): Promise<void> {
    const { notices } = this.#session;
    try {
      await navigator.clipboard.writeText(location.href);
      if (this.#workspace.address) notices.add('info', 'Link copied');
      else
        notices.add(
          'warning',
          'Link copied, but it works in this tab only: a file of your disk has no address. Send the saved dataset with it.',
        );
    } catch {
      // No permission, or not a secure context.
      notices.add('warning', 'The browser did not let the link be copied.');
    }
  }
}
