/** The columns of the column explorer: the table of keys, and the table of one key's values. */
import type { AttributeSource, AttributeTerm } from '$lib/model/filter';
import { formatCount, formatShare } from '$lib/model/quantity';
import type { TableColumn } from '$lib/ui/table/data-table';
import {
  countCell,
  durationCell,
  errorCell,
  numberOf,
  shareCell,
  textOf,
  type ResultRow,
} from '$lib/views/statistics/cells';
import type { KeyId } from './key-query';

type Column = TableColumn<ResultRow>;

const SOURCE_WORDS: Record<AttributeSource, string> = {
  attributes: 'span',
  resource: 'resource',
  events: 'events',
};

/** The key of a row of the table of keys. */
export function keyIdOf(row: ResultRow): KeyId {
  return { source: textOf(row, 'source') as AttributeSource, key: textOf(row, 'key') ?? '' };
}

/** The term that asks for a value of the key. */
export function valueTerm({ source, key }: KeyId, value: string): AttributeTerm {
  return { type: 'attribute', source, key, test: 'equals', values: [value], exclude: false };
}

/** A number of the data's own, with at most six digits; all of them on hover. */
function plainNumberCell(value: number) {
  if (Number.isNaN(value)) return null;
  const text = Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(6)));
  return { text, title: String(value) };
}

export function keyColumns(offer: (event: MouseEvent, term: AttributeTerm) => void): Column[] {
  const number = (id: string, label: string, about: string): Column => ({
    id,
    label,
    about,
    isNumber: true,
    widthPx: 92,
    cell: (row) => plainNumberCell(numberOf(row, id)),
  });
  return [
    {
      id: 'key',
      label: 'Key',
      widthPx: 250,
      grows: 1,
      shown: 'always',
      cell: (row) => ({ text: textOf(row, 'key') ?? '', isMono: true }),
    },
    {
      id: 'source',
      label: 'Of',
      about: 'What carries it: the span, its resource (what produced it), or its events.',
      widthPx: 76,
      cell: (row) => ({
        text: SOURCE_WORDS[textOf(row, 'source') as AttributeSource],
        tone: 'quiet',
      }),
    },
    {
      id: 'type',
      label: 'Type',
      about:
        'What all of its values are in the whole dataset: number, boolean, json, or else text.',
      widthPx: 80,
      cell: (row) => ({ text: textOf(row, 'type') ?? '', tone: 'quiet' }),
    },
    {
      id: 'spans',
      label: 'Spans',
      about: 'Spans that have it; of a key of events, the events.',
      isNumber: true,
      widthPx: 80,
      cell: (row) => countCell(numberOf(row, 'spans')),
    },
    {
      id: 'share',
      label: 'Share',
      about: 'Spans that have it ÷ spans that the filter leaves.',
      isNumber: true,
      widthPx: 84,
      cell: (row) => {
        const share = numberOf(row, 'share');
        return shareCell(share, { bar: share });
      },
    },
    {
      id: 'distinct_values',
      label: 'Values',
      about: 'Different values; values of more than 200 characters are only counted in the detail.',
      isNumber: true,
      widthPx: 84,
      cell: (row) => {
        const count = formatCount(numberOf(row, 'distinct_values'));
        if (row.result.value(row.index, 'has_long') !== true) return { text: count };
        return { text: `${count}+`, title: `${count}, and values of more than 200 characters` };
      },
    },
    {
      id: 'top_values',
      label: 'Most frequent values',
      about: 'Each as wide as its share of the spans that have the key.',
      widthPx: 320,
      minPx: 100,
      grows: 3,
      sorts: null,
      cell: (row) => {
        const id = keyIdOf(row);
        const all = numberOf(row, 'spans');
        const top = row.result.value(row.index, 'top_values') as {
          value: string;
          spans: bigint;
        }[];
        const words = top.map(
          ({ value, spans }) => `${value} (${formatShare(Number(spans) / all)})`,
        );
        return {
          text: words.join(', '),
          title: '',
          segments: top.map(({ value, spans }) => {
            const term = valueTerm(id, value);
            return {
              text: value,
              share: Number(spans) / all,
              onclick: (event) => offer(event, term),
            };
          }),
        };
      },
    },
    number('minimum', 'Minimum', 'Of the numbers, over the spans.'),
    number('median', 'Median', 'Of the numbers, over the spans: half of them have this or less.'),
    number('maximum', 'Maximum', 'Of the numbers, over the spans.'),
  ];
}

export function valueColumns(
  id: KeyId,
  offer: (event: MouseEvent, term: AttributeTerm) => void,
): Column[] {
  const unit = id.source === 'events' ? 'Events' : 'Spans';
  return [
    {
      id: 'value',
      label: 'Value',
      widthPx: 170,
      grows: 1,
      shown: 'always',
      cell: (row) => {
        const value = textOf(row, 'value') ?? '';
        const term = valueTerm(id, value);
        return {
          text: value || 'empty text',
          tone: value ? undefined : 'faint',
          onclick: (event) => offer(event, term),
        };
      },
    },
    {
      id: 'spans',
      label: unit,
      about: `${unit} with this value.`,
      isNumber: true,
      widthPx: 80,
      cell: (row) => countCell(numberOf(row, 'spans')),
    },
    {
      id: 'share',
      label: 'Share',
      about: `Of the ${unit.toLowerCase()} that have the key.`,
      isNumber: true,
      widthPx: 76,
      cell: (row) => {
        const share = numberOf(row, 'share');
        return shareCell(share, { bar: share });
      },
    },
    {
      id: 'errors',
      label: 'Errors',
      about: 'Spans with this value whose status is ERROR.',
      isNumber: true,
      widthPx: 68,
      shown: 'chosen',
      cell: (row) => errorCell(numberOf(row, 'errors')),
    },
    {
      id: 'error_rate',
      label: 'Errors',
      about: 'Share of the spans with this value whose status is ERROR.',
      isNumber: true,
      widthPx: 76,
      cell: (row) => {
        const rate = numberOf(row, 'error_rate');
        const title = `${formatCount(numberOf(row, 'errors'))} of ${formatCount(numberOf(row, 'spans'))}`;
        return { ...errorCell(rate, formatShare(rate)), title };
      },
    },
    {
      id: 'p50_ns',
      label: 'p50',
      about: 'The duration that half of the spans with this value do not pass: exact.',
      isNumber: true,
      widthPx: 70,
      shown: 'chosen',
      cell: (row) => durationCell(numberOf(row, 'p50_ns')),
    },
    {
      id: 'p95_ns',
      label: 'p95',
      about: 'The duration that 95% of the spans with this value do not pass: exact.',
      isNumber: true,
      widthPx: 72,
      cell: (row) => durationCell(numberOf(row, 'p95_ns')),
    },
  ];
}
