/** The columns of the tables of operations and of services. */
import type { FieldTerm, AttributeTerm } from '$lib/model/filter';
import type { TableColumn } from '$lib/ui/table/data-table';
import {
  UNKNOWN,
  countCell,
  durationCell,
  errorCell,
  nameCell,
  numberOf,
  shareCell,
  textOf,
  type ResultRow,
} from '$lib/views/statistics/cells';
import { formatCount, formatShare } from '$lib/model/quantity';
import { BY_COLUMN, keyNames, type Grouping } from './figures-query';
import { spanKeyLabel, spanKeyTerm } from '$lib/views/statistics/spans/span-key';
import { groupId, spreadWords, type Spread } from '$lib/views/statistics/spread';

type Column = TableColumn<ResultRow>;

/** What the columns need of their table; read whenever a cell is drawn. */
export interface GroupContext {
  grouping: Grouping;
  /** Null while it is on its way. */
  spread: () => Spread | null;
  /** Opens the menu of a value. */
  offer: (event: MouseEvent, term: FieldTerm | AttributeTerm) => void;
  showSpans: (row: ResultRow) => void;
  showTraces: (row: ResultRow) => void;
}

/** Lucide's list and chart-gantt. */
const SPANS_ICON = 'M3 5h.01M3 12h.01M3 19h.01M8 5h13M8 12h13M8 19h13';
const TRACES_ICON = 'M10 6h8M12 16h6M3 3v16a2 2 0 0 0 2 2h16M8 11h7';

const LEFT_OUT = 'Spans whose duration is unknown are left out.';

export function groupColumns(context: GroupContext): Column[] {
  const { grouping } = context;
  const perService = !grouping.fields.includes('operation');
  return [
    ...keyColumns(context),
    count('calls', 'Spans', 'Spans of the group that the filter leaves.', 72),
    ...(perService
      ? [
          count('traces', 'Traces', 'Traces that have a span of the group.', 84),
          count('operations', 'Operations', 'Different operations.', 92),
        ]
      : []),
    {
      id: 'errors',
      label: 'Errors',
      about: 'Spans whose status is ERROR.',
      isNumber: true,
      widthPx: 64,
      cell: (row) => errorCell(numberOf(row, 'errors')),
    },
    {
      id: 'error_rate',
      label: 'Error rate',
      about: 'Errors ÷ spans.',
      isNumber: true,
      widthPx: 80,
      cell: (row) => {
        const rate = numberOf(row, 'error_rate');
        const title = `${formatCount(numberOf(row, 'errors'))} of ${formatCount(numberOf(row, 'calls'))}`;
        return { ...errorCell(rate, formatShare(rate)), title };
      },
    },
    duration('total_ns', 'Total', 'Sum of the durations; spans inside each other count each.', 74),
    duration('self_ns', 'Self', 'Sum of the durations less what their direct children took.', 74),
    {
      id: 'self_share',
      label: 'Share',
      about: 'Self time ÷ self time of all rows: where the time is spent. The rows add up to 100%.',
      isNumber: true,
      widthPx: 78,
      cell: (row) => {
        const share = numberOf(row, 'self_share');
        return Number.isNaN(share) ? UNKNOWN : shareCell(share, { bar: share });
      },
    },
    duration('mean_ns', 'Mean', `Total ÷ spans. ${LEFT_OUT}`, 70),
    percentile('p50_ns', 'p50', 'half'),
    percentile('p90_ns', 'p90', '90%'),
    percentile('p95_ns', 'p95', '95%'),
    percentile('p99_ns', 'p99', '99%'),
    duration('max_ns', 'Max', 'The longest span.', 70),
    spreadColumn(context),
    {
      id: 'go',
      label: 'Show',
      widthPx: 64,
      minPx: 64,
      sorts: null,
      shown: 'always',
      cell: (row) => ({
        text: '',
        actions: [
          { label: 'Show the spans', icon: SPANS_ICON, run: () => context.showSpans(row) },
          { label: 'Show the traces', icon: TRACES_ICON, run: () => context.showTraces(row) },
        ],
      }),
    },
  ];
}

function keyColumns({ grouping: { fields, by }, offer }: GroupContext): Column[] {
  const columns: Column[] = fields.map((field) => ({
    id: field,
    label: field === 'service' ? 'Service' : 'Operation',
    widthPx: field === 'service' ? 150 : 200,
    grows: field === 'service' ? 1 : 2,
    shown: 'always',
    cell: (row) => {
      const value = textOf(row, field);
      const onclick = (event: MouseEvent) =>
        offer(event, spanKeyTerm({ type: 'field', field }, value));
      return field === 'service'
        ? nameCell(value, 'no service', { onclick })
        : { text: value || 'no name', tone: value ? undefined : 'faint', onclick };
    },
  }));
  if (by) {
    columns.push({
      id: BY_COLUMN,
      label: spanKeyLabel(by),
      widthPx: 160,
      grows: 1,
      shown: 'always',
      cell: (row) => {
        const value = textOf(row, BY_COLUMN);
        const onclick = (event: MouseEvent) => offer(event, spanKeyTerm(by, value));
        return { text: value || 'none', tone: value ? undefined : 'faint', onclick };
      },
    });
  }
  return columns;
}

function count(id: string, label: string, about: string, widthPx: number): Column {
  const cell = (row: ResultRow) => countCell(numberOf(row, id));
  return { id, label, about, isNumber: true, widthPx, cell };
}

function duration(id: string, label: string, about: string, widthPx: number): Column {
  const cell = (row: ResultRow) => durationCell(numberOf(row, id));
  return { id, label, about, isNumber: true, widthPx, cell };
}

function percentile(id: string, label: string, share: string): Column {
  const about = `The duration that ${share} of the spans do not pass: exact, between two spans interpolated. ${LEFT_OUT}`;
  return duration(id, label, about, 70);
}

function spreadColumn({ grouping, spread }: GroupContext): Column {
  const keys = keyNames(grouping);
  return {
    id: 'spread',
    label: 'Durations',
    about:
      'How the durations are spread: four bars to a power of ten, over the same range in all rows; the height is by row.',
    widthPx: 130,
    minPx: 80,
    grows: 1,
    sorts: null,
    cell: (row) => {
      const all = spread();
      const counts = all?.groups.get(groupId(keys.map((key) => textOf(row, key))));
      return all && counts
        ? { text: spreadWords(all, counts), histogram: counts, colour: 'var(--accent)' }
        : null;
    },
  };
}
