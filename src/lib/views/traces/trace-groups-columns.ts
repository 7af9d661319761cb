/** The columns of the grouped trace list: what each cell says of a group, or of a trace in it; which fit a width. */
import { colourVar } from '$lib/draw/colour';
import type { QueryResult } from '$lib/engine/engine';
import { formatCount } from '$lib/model/quantity';
import { exactDuration } from '$lib/model/time';
import type { Cell, CellAction, TableColumn, TableLayout } from '$lib/ui/table/data-table';
import { share } from '$lib/model/span-words';
import {
  binHeights,
  durationBin,
  groupName,
  type Grouping,
  type GroupValues,
} from './trace-groups';
import type { GroupSortKey } from './trace-groups-query';
import {
  durationCell,
  errorsCell,
  momentCell,
  nameCell,
  numberOf,
  type TraceRow,
} from './trace-list-columns';

export type GroupColumnId = GroupSortKey | 'durations' | 'actions';

/** A row of the grouped list. */
export type GroupListRow =
  | { kind: 'group'; values: GroupValues; isOpen: boolean; result: QueryResult; index: number }
  | ({ kind: 'trace' } & TraceRow)
  /** In place of traces that are on their way, or could not be had. */
  | { kind: 'note'; text: string };

export type GroupColumn = TableColumn<GroupListRow> & { id: GroupColumnId };

export interface GroupColumnsContext {
  grouping: Grouping;
  /** The shortest and the longest trace of all groups: the histograms have one axis. */
  rangeNs: () => readonly [min: number, max: number];
  actions: (values: GroupValues) => CellAction[];
}

const SHOWN_FROM_PX: Record<GroupColumnId, number> = {
  name: 0,
  traces: 0,
  p95: 0,
  actions: 500,
  p50: 580,
  rate: 660,
  last: 770,
  max: 850,
  errors: 920,
  durations: 1080,
  spans: 1160,
};

export function groupColumns({ grouping, rangeNs, actions }: GroupColumnsContext): GroupColumn[] {
  const isService = grouping.id === 'service' || grouping.id === 'operation';

  const ofGroup =
    (cell: (row: TraceRow) => Cell | null, ofTrace: (row: TraceRow) => Cell | null = () => null) =>
    (row: GroupListRow) =>
      row.kind === 'group' ? cell(row) : row.kind === 'trace' ? ofTrace(row) : null;
  const count = (column: string) => (row: TraceRow) => ({
    text: formatCount(numberOf(row, column)),
  });
  const duration = (column: string) => (row: TraceRow) => {
    const ns = numberOf(row, column);
    if (Number.isNaN(ns)) return durationCell(ns);
    return { ...durationCell(ns), title: exactDuration(Math.round(ns)) };
  };

  function name(row: GroupListRow): Cell {
    if (row.kind === 'note')
      return { text: row.text, tone: 'quiet', branch: { level: 2, isOpen: null } };
    if (row.kind === 'trace') return { ...nameCell(row), branch: { level: 2, isOpen: null } };
    const text = groupName(grouping, row.values);
    const isNone = text === grouping.none;
    return {
      text,
      tone: isNone ? 'quiet' : undefined,
      dot: isService && !isNone ? colourVar(row.values[0] ?? '') : undefined,
      isMono: !isNone && (grouping.id === 'correlation' || grouping.id === 'session'),
      branch: { level: 1, isOpen: row.isOpen },
    };
  }

  function durations(row: TraceRow, counts: Record<string, bigint>, words: string): Cell {
    const [first, last] = rangeNs().map(durationBin);
    return {
      text: words,
      histogram: binHeights(counts, first, last),
      colour: 'color-mix(in oklab, var(--accent) 60%, transparent)',
    };
  }

  return [
    {
      id: 'name',
      label: grouping.label,
      widthPx: 240,
      minPx: 120,
      grows: 1,
      sorts: 'ascending',
      shown: 'always',
      cell: name,
    },
    { id: 'traces', label: 'Traces', isNumber: true, widthPx: 76, cell: ofGroup(count('traces')) },
    {
      id: 'spans',
      label: 'Spans',
      about: 'Of these traces, whole',
      isNumber: true,
      widthPx: 84,
      cell: ofGroup(count('spans'), count('span_count')),
    },
    {
      id: 'errors',
      label: 'Errors',
      about: 'Spans that failed',
      isNumber: true,
      widthPx: 72,
      cell: ofGroup(
        (row) => errorsCell(numberOf(row, 'errors')),
        (row) => errorsCell(numberOf(row, 'error_count')),
      ),
    },
    {
      id: 'rate',
      label: 'Failed',
      about: 'Traces with at least one error, of all traces of the group',
      isNumber: true,
      widthPx: 80,
      cell: ofGroup((row) => {
        const failed = numberOf(row, 'failed_traces');
        const traces = numberOf(row, 'traces');
        return {
          text: share(failed, traces),
          title: `${formatCount(failed)} of ${formatCount(traces)} traces`,
          tone: failed ? 'error' : 'faint',
        };
      }),
    },
    {
      id: 'p50',
      label: 'p50',
      about: 'Half of the traces took no longer',
      isNumber: true,
      widthPx: 84,
      cell: ofGroup(duration('p50_ns')),
    },
    {
      id: 'p95',
      label: 'p95',
      about: '95 % of the traces took no longer; of a trace, its duration',
      isNumber: true,
      widthPx: 84,
      cell: ofGroup(duration('p95_ns'), duration('duration_ns')),
    },
    {
      id: 'max',
      label: 'Max',
      about: 'The longest trace',
      isNumber: true,
      widthPx: 84,
      cell: ofGroup(duration('max_ns')),
    },
    {
      id: 'durations',
      label: 'Durations',
      about: 'How many traces took how long: four bars a power of ten, on one axis for all groups',
      widthPx: 150,
      minPx: 80,
      sorts: null,
      cell: ofGroup(
        (row) => {
          const counts = row.result.value(row.index, 'durations') as Record<string, bigint> | null;
          return counts
            ? durations(
                row,
                counts,
                `${exactDuration(numberOf(row, 'min_ns'))} to ${exactDuration(numberOf(row, 'max_ns'))}`,
              )
            : durationCell(NaN);
        },
        (row) => {
          const ns = numberOf(row, 'duration_ns');
          return Number.isNaN(ns)
            ? durationCell(ns)
            : durations(row, { [durationBin(ns)]: 1n }, exactDuration(ns));
        },
      ),
    },
    {
      id: 'last',
      label: 'Last seen',
      about: 'Start of the latest trace, from the start of the dataset',
      isNumber: true,
      widthPx: 104,
      cell: ofGroup(
        (row) => momentCell(numberOf(row, 'last_ns'), row.result.value(row.index, 'last_start')),
        (row) => momentCell(numberOf(row, 'start_ns'), row.result.value(row.index, 'start_time')),
      ),
    },
    {
      id: 'actions',
      label: 'Actions',
      widthPx: 92,
      sorts: null,
      shown: 'always',
      cell: (row) => (row.kind === 'group' ? { text: '', actions: actions(row.values) } : null),
    },
  ];
}

/** The columns that a list of this width has room for; what was chosen is there in any case. */
export function fittingGroupColumns(
  columns: readonly GroupColumn[],
  layout: TableLayout,
  listPx: number,
): GroupColumn[] {
  return columns.filter(
    ({ id }) => listPx >= SHOWN_FROM_PX[id] || (listPx >= 700 && layout.columns?.includes(id)),
  );
}
