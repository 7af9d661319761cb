/** The columns of the table of all spans: those that every span has, and an attribute each for those that were asked for. */
import { Sql, sql } from '$lib/engine/engine';
import { CONVENTIONS, headingOf, type Convention } from '$lib/model/conventions';
import type { AttributeTerm, FieldTerm, FilterField } from '$lib/model/filter';
import type { Cell, TableColumn } from '$lib/ui/table/data-table';
import {
  costCell,
  countCell,
  durationCell,
  momentCell,
  nameCell,
  numberOf,
  textOf,
  type ResultRow,
} from '$lib/views/statistics/cells';
import { keyValue, spanKeyLabel, spanKeyTerm, spanKeyText, type SpanKey } from './span-key';

export interface SpanColumn extends TableColumn<ResultRow> {
  sql: Sql;
  /** What has to be joined to `spans` for it. */
  join?: Sql;
}

export interface SpanContext {
  /** Keys of the visitor's choice, a column each. */
  keys: readonly SpanKey[];
  /** Texts of the keys that are read from the spans: `rowKeysOf`. */
  rowKeys: ReadonlySet<string>;
  datasetStartNs: bigint;
  /** What the bars are measured against; NaN while it is not known. */
  longestNs: () => number;
  offer: (event: MouseEvent, term: FieldTerm | AttributeTerm) => void;
}

export function spanColumns(context: SpanContext): SpanColumn[] {
  const { keys, rowKeys, datasetStartNs, longestNs, offer } = context;

  /** A column of texts that a filter can ask for. */
  function field(
    id: FilterField,
    label: string,
    widthPx: number,
    more: Partial<SpanColumn> & { cellOf?: (value: string | null) => Cell | null } = {},
  ): SpanColumn {
    const { cellOf, ...rest } = more;
    return {
      id,
      label,
      widthPx,
      sql: new Sql(id),
      cell: (row) => {
        const value = textOf(row, id);
        const cell = cellOf ? cellOf(value) : value ? { text: value } : null;
        const term = spanKeyTerm({ type: 'field', field: id }, value);
        return cell && { ...cell, onclick: (event) => offer(event, term) };
      },
      ...rest,
    };
  }

  function figure(
    id: string,
    label: string,
    about: string,
    more: Partial<SpanColumn> = {},
  ): SpanColumn {
    return {
      id,
      label,
      about,
      isNumber: true,
      widthPx: 84,
      shown: 'chosen',
      sql: new Sql(id),
      cell: (row) => countCell(numberOf(row, id)),
      ...more,
    };
  }

  function promoted(convention: Convention): SpanColumn {
    const { column } = convention;
    const label = headingOf(convention);
    const about = sentenceOf(convention.about);
    if (convention.type === 'VARCHAR')
      return field(column as FilterField, label, 140, { shown: 'chosen', about });
    if (convention.type === 'BOOLEAN') {
      return {
        id: column,
        label,
        about,
        widthPx: 84,
        shown: 'chosen',
        sql: new Sql(column),
        cell: (row) => {
          const value = row.result.value(row.index, column) as boolean | null;
          return value === null ? null : { text: value ? 'yes' : 'no', tone: 'quiet' };
        },
      };
    }
    const cellOf = convention.unit === 'US dollars' ? costCell : plainCell;
    return figure(column, label, about, { cell: (row) => cellOf(numberOf(row, column)) });
  }

  return [
    field('service', 'Service', 150, {
      shown: 'always',
      grows: 1,
      cellOf: (value) => nameCell(value, 'no service'),
    }),
    field('operation', 'Operation', 240, {
      shown: 'always',
      grows: 3,
      cellOf: (value) => ({ text: value || 'no name' }),
    }),
    figure('duration_ns', 'Duration', 'End less start.', {
      shown: 'always',
      widthPx: 170,
      sql: sql`end_time - start_time`,
      cell: (row) => {
        if (row.result.value(row.index, 'is_unfinished') === true)
          return { text: 'not ended', tone: 'faint', title: 'The span had not ended yet' };
        const ns = numberOf(row, 'duration_ns');
        if (Number.isNaN(ns)) return durationCell(ns);
        return durationCell(ns, {
          bar: ns / (longestNs() || 1),
          figurePx: 64,
          colour: `var(--text-faint)`,
        });
      },
    }),
    figure('self_time_ns', 'Self', 'The duration less what the direct children took.', {
      cell: (row) => durationCell(numberOf(row, 'self_time_ns')),
    }),
    figure('start_time', 'Start', 'From the start of the dataset; the time itself on hover.', {
      shown: 'always',
      widthPx: 92,
      sorts: 'ascending',
      cell: (row) =>
        momentCell(row.result.value(row.index, 'start_time') as bigint | null, datasetStartNs),
    }),
    field('status_code', 'Status', 84, {
      shown: 'always',
      cellOf: (value) => ({
        text: value ?? '',
        tone: value === 'ERROR' ? 'error' : value === 'OK' ? 'quiet' : 'faint',
      }),
    }),
    {
      id: 'status_description',
      label: 'What the error said',
      widthPx: 220,
      shown: 'chosen',
      sql: new Sql('status_description'),
      cell: (row) => ({ text: textOf(row, 'status_description') ?? '' }),
    },
    field('kind', 'Kind', 92, { cellOf: (value) => ({ text: value ?? '', tone: 'quiet' }) }),
    {
      id: 'trace_id',
      label: 'Trace',
      widthPx: 150,
      minPx: 80,
      sql: new Sql('trace_id'),
      cell: (row) => {
        const id = textOf(row, 'trace_id') ?? '';
        const onclick = (event: MouseEvent) =>
          offer(event, spanKeyTerm({ type: 'field', field: 'trace_id' }, id));
        return { text: shortId(id), title: id, isMono: true, tone: 'quiet', onclick };
      },
    },
    {
      id: 'span_id',
      label: 'Span',
      widthPx: 150,
      shown: 'chosen',
      sql: new Sql('span_id'),
      cell: (row) => ({ text: textOf(row, 'span_id') ?? '', isMono: true, tone: 'quiet' }),
    },
    ...CONVENTIONS.map(promoted),
    field('scope', 'Scope', 130, { shown: 'chosen' }),
    figure('depth', 'Depth', '0 for roots and for spans whose parent is missing.'),
    figure('child_count', 'Children', 'Direct children.'),
    ...keys.map((key, i): SpanColumn => {
      const id = spanKeyText(key);
      return {
        id,
        label: spanKeyLabel(key),
        widthPx: 150,
        sorts: 'ascending',
        ...keyValue(key, `chosen_${i + 1}`, rowKeys.has(id)),
        cell: (row) => {
          const value = textOf(row, id);
          if (value === null) return null;
          return { text: value, onclick: (event) => offer(event, spanKeyTerm(key, value)) };
        },
      };
    }),
  ];
}

/** What every row needs, whichever columns are shown. */
export const HIDDEN_COLUMNS = ['trace_id', 'span_id', 'is_unfinished'].map((id) => ({
  id,
  sql: new Sql(id),
}));

function plainCell(value: number): Cell | null {
  if (Number.isNaN(value)) return null;
  return Number.isInteger(value) ? countCell(value) : { text: String(value) };
}

/** `name of the workflow` → `Name of the workflow.` */
function sentenceOf(about: string): string {
  return `${about[0].toUpperCase()}${about.slice(1)}.`;
}

/** `4bf92f…0e4736`: ids are cut in the middle. */
function shortId(id: string): string {
  return id.length > 14 ? `${id.slice(0, 6)}…${id.slice(-6)}` : id;
}
