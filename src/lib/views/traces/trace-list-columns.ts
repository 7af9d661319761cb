/** The columns of the trace list: what each cell says, which the dataset has, which fit a width. */
import { colourVar } from '$lib/draw/colour';
import type { QueryResult } from '$lib/engine/engine';
import type { FieldTerm } from '$lib/model/filter';
import { formatCount } from '$lib/model/quantity';
import { exactTime, shortDurationParts } from '$lib/model/time';
import type { SortKey } from '$lib/state/link';
import type { Cell, TableColumn, TableLayout } from '$lib/ui/table/data-table';
import { dollars, shortId } from '$lib/model/span-words';

export type ColumnId = SortKey | 'correlation' | 'session' | 'services';

/** Columns that not every dataset has, as named by `TRACE_FACTS`. */
export const RARE_COLUMNS = ['workflow', 'correlation', 'session', 'tokens', 'cost'] as const;
export type RareColumn = (typeof RARE_COLUMNS)[number];

/** A row of the result of `traceListQuery`. */
export interface TraceRow {
  result: QueryResult;
  index: number;
}

export type TraceColumn = TableColumn<TraceRow> & { id: ColumnId };

export interface TraceColumnsContext {
  /** The rare columns that the dataset has. */
  had: ReadonlySet<RareColumn>;
  /** The duration that fills a bar. */
  longestNs: () => number;
  /** Offers the menu of a value. */
  offer: (event: MouseEvent, field: FieldTerm['field'], value: string) => void;
}

/** The width of the list from which on a column is shown; a chosen column is shown earlier. */
const SHOWN_FROM_PX: Record<ColumnId, number> = {
  name: 0,
  duration: 0,
  spans: 520,
  errors: 600,
  start: 780,
  services: 930,
  workflow: 1080,
  correlation: 1200,
  session: 1200,
  tokens: 1200,
  cost: 1200,
};
const CHOSEN_FROM_PX = 700;

/** The figure of a duration, beside its bar. */
const FIGURE_PX = 58;

/** All columns for which the dataset has values. */
export function traceColumns({ had, longestNs, offer }: TraceColumnsContext): TraceColumn[] {
  const value = (id: ColumnId, label: string, column: string, field: FieldTerm['field']) => ({
    id,
    label,
    widthPx: 140,
    minPx: 60,
    cell: (row: TraceRow): Cell | null => {
      const text = textOf(row, column);
      if (!text) return null;
      const isName = field === 'workflow';
      return {
        text: isName ? text : shortId(text),
        title: text,
        isMono: !isName,
        onclick: (event) => offer(event, field, text),
      };
    },
  });
  const columns: TraceColumn[] = [
    {
      id: 'name',
      label: 'Trace',
      widthPx: 240,
      minPx: 120,
      grows: 40,
      sorts: 'ascending',
      shown: 'always',
      cell: nameCell,
    },
    value('workflow', 'Workflow', 'workflow', 'workflow'),
    {
      ...value('correlation', 'Correlation id', 'correlation_id', 'correlation_id'),
      sorts: null,
      shown: 'chosen',
    },
    { ...value('session', 'Session', 'session_id', 'session_id'), sorts: null, shown: 'chosen' },
    {
      id: 'services',
      label: 'Services',
      widthPx: 170,
      minPx: 60,
      grows: 45,
      sorts: null,
      cell: (row) => {
        const names = (row.result.value(row.index, 'services') ?? []) as string[];
        return {
          text: '',
          title: names.join(', '),
          badges: names.map((name) => ({
            text: name,
            colour: colourVar(name),
            onclick: (event) => offer(event, 'service', name),
          })),
        };
      },
    },
    {
      id: 'spans',
      label: 'Spans',
      isNumber: true,
      widthPx: 76,
      minPx: 52,
      cell: countCell('span_count'),
    },
    {
      id: 'errors',
      label: 'Errors',
      about: 'Spans that failed',
      isNumber: true,
      widthPx: 76,
      minPx: 52,
      cell: (row) => errorsCell(numberOf(row, 'error_count')),
    },
    {
      id: 'tokens',
      label: 'Tokens',
      about: 'Of language models, as the spans state them: input and output together',
      isNumber: true,
      widthPx: 84,
      shown: 'chosen',
      cell: tokensCell,
    },
    {
      id: 'cost',
      label: 'Cost',
      about: 'In US dollars, as the spans state it',
      isNumber: true,
      widthPx: 84,
      shown: 'chosen',
      cell: (row) => {
        const cost = row.result.value(row.index, 'cost') as number | null;
        return cost === null ? null : { text: dollars(cost), title: `$${cost}` };
      },
    },
    {
      id: 'start',
      label: 'Start',
      about: 'From the start of the dataset',
      isNumber: true,
      widthPx: 92,
      minPx: 64,
      cell: (row) =>
        momentCell(numberOf(row, 'start_ns'), row.result.value(row.index, 'start_time')),
    },
    {
      id: 'duration',
      label: 'Duration',
      widthPx: 96,
      minPx: 84,
      grows: 15,
      sorts: 'descending',
      cell: (row) => {
        const ns = numberOf(row, 'duration_ns');
        if (Number.isNaN(ns)) return { ...durationCell(ns), bar: 0, figurePx: FIGURE_PX };
        return {
          ...durationCell(ns),
          bar: longestNs() ? ns / longestNs() : 0,
          figurePx: FIGURE_PX,
          colour: colourVar(textOf(row, 'root_service')),
        };
      },
    },
  ];
  return columns.filter(
    ({ id }) => !RARE_COLUMNS.some((rare) => rare === id) || had.has(id as RareColumn),
  );
}

/** The columns that a list of this width has room for; what was chosen gets it sooner, and then by scrolling. */
export function fittingColumns(
  columns: readonly TraceColumn[],
  layout: TableLayout,
  listPx: number,
): TraceColumn[] {
  return columns.filter(({ id }) => {
    const fromPx = SHOWN_FROM_PX[id];
    return listPx >= (layout.columns?.includes(id) ? Math.min(CHOSEN_FROM_PX, fromPx) : fromPx);
  });
}

/** The root of a trace, and whether something in it failed. */
export function nameCell(row: TraceRow): Cell {
  const service = textOf(row, 'root_service');
  const operation = textOf(row, 'root_operation');
  return {
    text: service || 'no service',
    beside: operation === service ? undefined : operation,
    title: `${service} ${operation}\n${textOf(row, 'trace_id')}`,
    dot: colourVar(service),
    failure: numberOf(row, 'error_count') > 0 ? 'Has errors' : undefined,
  };
}

export function errorsCell(count: number): Cell {
  return { text: formatCount(count), tone: count ? 'error' : 'faint' };
}

/** What stands in place of a time that is unknown. */
const UNKNOWN: Cell = { text: '—', tone: 'faint', title: 'Unknown' };

/** @param ns NaN where it is unknown. */
export function durationCell(ns: number): Cell {
  if (Number.isNaN(ns)) return UNKNOWN;
  const { value, unit } = shortDurationParts(ns);
  return { text: value, unit };
}

/** @param offsetNs from the dataset's start; @param atNs epoch nanoseconds, a BigInt, or null where it is unknown. */
export function momentCell(offsetNs: number, atNs: unknown): Cell {
  if (atNs === null) return UNKNOWN;
  const { value, unit } = shortDurationParts(offsetNs);
  return { text: `+${value}`, unit, title: exactTime(atNs as bigint) };
}

export function countCell(column: string): (row: TraceRow) => Cell {
  return (row) => ({ text: formatCount(numberOf(row, column)) });
}

export function textOf({ result, index }: TraceRow, column: string): string {
  return String(result.value(index, column) ?? '');
}

/** A figure; NaN for NULL. */
export function numberOf({ result, index }: TraceRow, column: string): number {
  const value = result.value(index, column);
  return value === null ? NaN : Number(value);
}

function tokensCell({ result, index }: TraceRow): Cell | null {
  const input = result.value(index, 'input_tokens') as bigint | null;
  const output = result.value(index, 'output_tokens') as bigint | null;
  if (input === null && output === null) return null;
  return {
    text: formatCount((input ?? 0n) + (output ?? 0n)),
    title: `${formatCount(input ?? 0n)} in, ${formatCount(output ?? 0n)} out`,
  };
}
