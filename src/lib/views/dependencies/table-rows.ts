/** The graph as a table: a row for each edge, and its order. */
import { formatCount, formatShare } from '$lib/model/quantity';
import { shortDuration, shortDurationParts } from '$lib/model/time';
import { colourVar } from '$lib/draw/colour';
import type { Cell, TableColumn, TableSort } from '$lib/ui/table/data-table';
import {
  errorRate,
  KIND_WORDS,
  meanNs,
  nodeWords,
  type GraphEdge,
  type GraphNode,
} from '$lib/views/dependencies/graph/dependency-graph';

export interface EdgeRow {
  edge: GraphEdge;
  from: string;
  to: string;
  colours: { from: string | null; to: string | null };
  /** NaN if no duration is known. */
  meanNs: number;
  errorRate: number;
  /** 0–1, share of the time of all edges in the table. */
  share: number;
}

export function rowsOf(
  edges: readonly GraphEdge[],
  nodes: ReadonlyMap<string, GraphNode>,
): EdgeRow[] {
  const totalNs = edges.reduce((sum, edge) => sum + edge.totalNs, 0);
  const end = (id: string): { words: string; colour: string | null } => {
    const node = nodes.get(id);
    if (!node) return { words: '', colour: null };
    const isOwn = ['service', 'operation', 'actor'].includes(node.kind);
    return { words: nodeWords(node), colour: isOwn ? colourVar(node.service) : null };
  };
  return edges.map((edge) => {
    const from = end(edge.from);
    const to = end(edge.to);
    return {
      edge,
      from: from.words,
      to: to.words,
      colours: { from: from.colour, to: to.colour },
      meanNs: meanNs(edge),
      errorRate: errorRate(edge),
      share: totalNs ? edge.totalNs / totalNs : 0,
    };
  });
}

const KEYS: Record<string, (row: EdgeRow) => string | number> = {
  from: (row) => row.from,
  to: (row) => row.to,
  kind: (row) => KIND_WORDS[row.edge.kind].title,
  artifacts: (row) => row.edge.artifacts,
  calls: (row) => row.edge.calls,
  errors: (row) => row.edge.errors,
  rate: (row) => row.errorRate,
  mean: (row) => row.meanNs,
  p50: (row) => row.edge.quantilesNs?.p50 ?? NaN,
  p95: (row) => row.edge.quantilesNs?.p95 ?? NaN,
  p99: (row) => row.edge.quantilesNs?.p99 ?? NaN,
  total: (row) => (row.edge.timed ? row.edge.totalNs : NaN),
};

/** The rows sorted by a column, those without a figure last; equal rows keep their order. */
export function sortedRows(rows: readonly EdgeRow[], { column, descending }: TableSort): EdgeRow[] {
  const key = KEYS[column];
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = key(a);
    const y = key(b);
    const unknown = Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    if (unknown) return unknown;
    return x === y || Number.isNaN(x) ? 0 : sign * (x < y ? -1 : 1);
  });
}

/** @param ns NaN if unknown */
function duration(ns: number): Cell {
  if (Number.isNaN(ns)) return { text: '—', tone: 'faint', title: 'Unknown' };
  const { value, unit } = shortDurationParts(Math.round(ns));
  return { text: value, unit };
}

/** Columns of the table; the data flow has types instead of kinds, and waits instead of durations. */
export function columnsOf(isFlow: boolean): TableColumn<EdgeRow>[] {
  const figure = (id: 'p50' | 'p95' | 'p99', shown?: 'chosen'): TableColumn<EdgeRow> => ({
    id,
    label: id,
    about: isFlow ? 'Of the time between giving and taking' : 'Of the calls of this edge, exact',
    isNumber: true,
    widthPx: 84,
    shown,
    // Folded edges have no percentile, and for others it may be unknown.
    cell: ({ edge }) =>
      edge.quantilesNs ? duration(edge.quantilesNs[id]) : edge.timed ? null : duration(NaN),
  });
  const columns: TableColumn<EdgeRow>[] = [
    {
      id: 'from',
      label: isFlow ? 'Gives' : 'Caller',
      widthPx: 200,
      grows: 1,
      shown: 'always',
      cell: (row) => ({ text: row.from, dot: row.colours.from ?? undefined }),
    },
    {
      id: 'to',
      label: isFlow ? 'Takes' : 'Callee',
      widthPx: 200,
      grows: 1,
      shown: 'always',
      cell: (row) => ({ text: row.to, dot: row.colours.to ?? undefined }),
    },
    isFlow
      ? {
          id: 'artifacts',
          label: 'What',
          widthPx: 160,
          cell: ({ edge }) => ({ text: edge.artifacts, tone: 'quiet' }),
        }
      : {
          id: 'kind',
          label: 'Kind',
          widthPx: 110,
          cell: ({ edge }) => ({ text: KIND_WORDS[edge.kind].title, tone: 'quiet' }),
        },
    {
      id: 'calls',
      label: isFlow ? 'Times' : 'Calls',
      isNumber: true,
      widthPx: 88,
      cell: ({ edge }) => ({ text: formatCount(edge.calls) }),
    },
    {
      id: 'errors',
      label: 'Errors',
      isNumber: true,
      widthPx: 76,
      cell: ({ edge }) =>
        edge.errors
          ? { text: formatCount(edge.errors), tone: 'error' }
          : { text: '0', tone: 'faint' },
    },
    {
      id: 'rate',
      label: 'Error rate',
      isNumber: true,
      widthPx: 88,
      cell: ({ edge, errorRate: rate }) =>
        edge.errors ? { text: formatShare(rate), tone: 'error' } : { text: '0%', tone: 'faint' },
    },
    {
      id: 'mean',
      label: isFlow ? 'Mean wait' : 'Mean',
      isNumber: true,
      widthPx: 84,
      cell: (row) => duration(row.meanNs),
    },
    figure('p50'),
    figure('p95'),
    figure('p99'),
    {
      id: 'total',
      label: isFlow ? 'Total wait' : 'Total',
      about: isFlow ? undefined : 'Durations of all its calls; calls inside each other count twice',
      isNumber: true,
      widthPx: 104,
      cell: (row) =>
        row.edge.timed
          ? {
              ...duration(row.edge.totalNs),
              bar: row.share,
              title: `${shortDuration(Math.round(row.edge.totalNs))}, ${formatShare(row.share)} of all`,
            }
          : duration(NaN),
    },
  ];
  return columns;
}
