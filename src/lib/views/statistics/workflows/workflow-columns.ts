/** The columns of the table of workflows. */
import { colourVar } from '$lib/draw/colour';
import type { FieldTerm } from '$lib/model/filter';
import { formatCount, formatShare } from '$lib/model/quantity';
import type { TableColumn } from '$lib/ui/table/data-table';
import {
  costCell,
  countCell,
  durationCell,
  errorCell,
  momentCell,
  nameCell,
  numberOf,
  textOf,
  type ResultRow,
} from '$lib/views/statistics/cells';

type Column = TableColumn<ResultRow>;

export interface WorkflowContext {
  datasetStartNs: bigint;
  offer: (event: MouseEvent, term: FieldTerm) => void;
}

const TOKENS = 'Sum over the spans of the runs that say so; a span that sums up others counts too.';

export function workflowColumns({ datasetStartNs, offer }: WorkflowContext): Column[] {
  const only = (field: FieldTerm['field'], value: string): FieldTerm => ({
    type: 'field',
    field,
    values: [value],
    exclude: false,
  });
  const names = (id: 'agents' | 'models', field: 'agent' | 'model', label: string): Column => ({
    id,
    label,
    about: `Different ${id} of the spans of the runs.`,
    widthPx: 200,
    grows: 1,
    sorts: null,
    cell: (row) => {
      const list = row.result.value(row.index, id) as string[];
      return {
        text: list.join(', '),
        badges: list.map((name) => ({
          text: name,
          colour: colourVar(name),
          onclick: (event) => offer(event, only(field, name)),
        })),
      };
    },
  });
  const figure = (
    id: string,
    label: string,
    about: string,
    widthPx: number,
    cell: Column['cell'] = (row) => countCell(numberOf(row, id)),
  ): Column => ({ id, label, about, isNumber: true, widthPx, cell });
  const duration = (id: string, label: string, about: string) =>
    figure(id, label, about, 80, (row) => durationCell(numberOf(row, id)));

  return [
    {
      id: 'workflow',
      label: 'Workflow',
      widthPx: 220,
      grows: 2,
      shown: 'always',
      cell: (row) => {
        const name = textOf(row, 'workflow') ?? '';
        const onclick = (event: MouseEvent) => offer(event, only('workflow', name));
        return nameCell(name, 'no name', { onclick });
      },
    },
    figure('runs', 'Runs', 'Traces whose workflow this is and that have a span in the filter.', 72),
    figure('failed', 'With errors', 'Runs that have an error in them.', 92, (row) =>
      errorCell(numberOf(row, 'failed')),
    ),
    figure('failed_rate', 'Error rate', 'Runs with errors ÷ runs.', 84, (row) => {
      const rate = numberOf(row, 'failed_rate');
      const title = `${formatCount(numberOf(row, 'failed'))} of ${formatCount(numberOf(row, 'runs'))}`;
      return { ...errorCell(rate, formatShare(rate)), title };
    }),
    duration('p50_ns', 'p50', 'The duration that half of the runs do not pass: exact.'),
    duration('p95_ns', 'p95', 'The duration that 95% of the runs do not pass: exact.'),
    duration('max_ns', 'Max', 'The longest run.'),
    figure('spans', 'Spans', 'Of the whole runs.', 80),
    names('agents', 'agent', 'Agents'),
    { ...names('models', 'model', 'Models'), shown: 'chosen' },
    figure('input_tokens', 'Tokens in', TOKENS, 88),
    figure('output_tokens', 'Tokens out', TOKENS, 92),
    figure('cost', 'Cost', `In US dollars. ${TOKENS}`, 80, (row) =>
      costCell(numberOf(row, 'cost')),
    ),
    figure('cost_per_run', 'Cost a run', 'Cost ÷ runs.', 88, (row) =>
      costCell(numberOf(row, 'cost_per_run')),
    ),
    figure(
      'last_start',
      'Last run',
      'Start of the last run, from the start of the dataset.',
      96,
      (row) =>
        momentCell(row.result.value(row.index, 'last_start') as bigint | null, datasetStartNs),
    ),
  ];
}
