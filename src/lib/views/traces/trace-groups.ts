/** By what traces are grouped, and the rows of the grouped list. Pure. */
import { CONVENTIONS, headingOf, isGroup, type PromotedGroup } from '$lib/model/conventions';
import type { FieldTerm, FilterTerm } from '$lib/model/filter';

/** A grouping by a promoted column is named in links as the column, without `_id`. */
type IdOf<Column extends string> = Column extends `${infer Id}_id` ? Id : Column;
export type GroupingId = IdOf<PromotedGroup> | 'service' | 'operation';

export interface Grouping {
  id: GroupingId;
  /** The column's header. */
  label: string;
  /** What one group is called, and several. */
  one: string;
  many: string;
  /** Columns of `traces` whose values make a group. */
  columns: readonly string[];
  /** Of these columns of `spans` the filter asks for the values. */
  fields: readonly FieldTerm['field'][];
  /** The values are those of the root span alone. */
  ofRoot: boolean;
  /** Name of the group of the traces that have no value. */
  none: string;
}

const byAttribute = CONVENTIONS.filter(isGroup).map((convention): [GroupingId, Grouping] => {
  const { column, words } = convention;
  const id = column.replace(/_id$/, '') as IdOf<PromotedGroup>;
  return [id, grouping(id, headingOf(convention), words, `${words}s`, [column])];
});

export const GROUPINGS: Readonly<Record<GroupingId, Grouping>> = {
  ...(Object.fromEntries(byAttribute) as Record<IdOf<PromotedGroup>, Grouping>),
  service: {
    ...grouping('service', 'Root service', 'root service', 'root services', ['root_service']),
    fields: ['service'],
    ofRoot: true,
    none: 'no service',
  },
  operation: {
    ...grouping('operation', 'Root operation', 'root operation', 'root operations', [
      'root_service',
      'root_operation',
    ]),
    fields: ['service', 'operation'],
    ofRoot: true,
  },
};
export const GROUPING_IDS = Object.keys(GROUPINGS) as GroupingId[];

function grouping(
  id: GroupingId,
  label: string,
  one: string,
  many: string,
  columns: readonly FieldTerm['field'][] | readonly string[],
): Grouping {
  const fields = columns as readonly FieldTerm['field'][];
  return { id, label, one, many, columns, fields, ofRoot: false, none: `no ${one}` };
}

export function groupingOf(id: string): Grouping | null {
  return GROUPING_IDS.includes(id as GroupingId) ? GROUPINGS[id as GroupingId] : null;
}

/** A group's values, one for each of its grouping's columns. */
export type GroupValues = readonly (string | null)[];

/** The same for the same group, and for no other. */
export function groupKey(values: GroupValues): string {
  return JSON.stringify(values);
}

/** `research_brief`, `frontend GET /cart`, `no workflow`. */
export function groupName({ none }: Grouping, values: GroupValues): string {
  // An operation that is named as its service is said once.
  return [...new Set(values)].filter(Boolean).join(' ') || none;
}

/**
 * What the filter asks for to keep a group; empty where no condition on spans tells it: that a trace has no workflow is
 * not to be seen from one of its spans.
 */
export function termsOfGroup({ fields, ofRoot }: Grouping, values: GroupValues): FilterTerm[] {
  if (values.every((value) => value === null)) return [];
  const terms: FilterTerm[] = fields.map((field, i) => ({
    type: 'field',
    field,
    values: [values[i] ?? ''],
    exclude: false,
  }));
  return ofRoot ? [{ type: 'root', exclude: false }, ...terms] : terms;
}

/** A row of the grouped list: a group's own, or one of its traces. */
export interface GroupedRow {
  group: number;
  /** -1 for the group's own row. */
  trace: number;
}

/** The rows of groups of which some are open: theirs, each with its traces behind it. */
export class GroupedRows {
  readonly count: number;
  readonly #groups: number;
  /** Of the open groups, in order: the group, its row, how many rows of traces follow. */
  readonly #open: readonly { group: number; row: number; traces: number }[];

  /** @param open the traces that are shown of each open group, by the group's number. */
  constructor(groups: number, open: ReadonlyMap<number, number>) {
    this.#groups = groups;
    let before = 0;
    this.#open = [...open]
      .sort(([a], [b]) => a - b)
      .map(([group, traces]) => {
        const row = group + before;
        before += traces;
        return { group, row, traces };
      });
    this.count = groups + before;
  }

  at(row: number): GroupedRow {
    const last = this.#lastOpen((open) => open.row <= row);
    if (!last) return { group: row, trace: -1 };
    const { group, row: first, traces } = last;
    if (row <= first + traces) return { group, trace: row - first - 1 };
    return { group: group + row - first - traces, trace: -1 };
  }

  /** -1 for a group that is not there. */
  rowOf(group: number, trace = -1): number {
    if (group < 0 || group >= this.#groups) return -1;
    const last = this.#lastOpen((open) => open.group <= group);
    if (!last) return group;
    if (last.group === group) return last.row + 1 + trace;
    return last.row + last.traces + group - last.group;
  }

  #lastOpen(test: (open: { group: number; row: number }) => boolean) {
    let low = 0;
    let high = this.#open.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (test(this.#open[middle])) low = middle + 1;
      else high = middle;
    }
    return low ? this.#open[low - 1] : null;
  }
}

/** Bins of durations in `durations` of a group: a quarter of a power of ten each. */
export const BINS_A_DECADE = 4;

/** The bin of a duration, as the query has it. */
export function durationBin(ns: number): number {
  return Math.floor(BINS_A_DECADE * Math.log10(Math.max(1, ns)));
}

/** How many traces of each bin, from the first bin to the last one. */
export function binHeights(
  counts: Readonly<Record<string, bigint>>,
  firstBin: number,
  lastBin: number,
): number[] {
  return Array.from({ length: lastBin - firstBin + 1 }, (_, i) =>
    Number(counts[firstBin + i] ?? 0n),
  );
}
