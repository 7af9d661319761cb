/** The form of the mapping dialog: what is chosen for each field, and the mapping that it makes. */
import {
  TIME_UNITS,
  type MappedField,
  type Mapping,
  type TimeUnit,
  type UnmappedTable,
  type WithoutIds,
} from '$lib/model/mapping';

/** Fields that are offered. The others (attributes, events, links …) are found by the names of their columns. */
export const OFFERED_FIELDS = [
  { field: 'start', label: 'Start' },
  { field: 'end', label: 'End' },
  { field: 'duration', label: 'Duration' },
  { field: 'traceId', label: 'Trace id' },
  { field: 'spanId', label: 'Span id' },
  { field: 'parentId', label: 'Parent’s id' },
  { field: 'name', label: 'Name' },
  { field: 'service', label: 'Service' },
  { field: 'kind', label: 'Kind' },
  { field: 'status', label: 'Status' },
  { field: 'statusMessage', label: 'Status message' },
] as const satisfies readonly { field: MappedField; label: string }[];
export type OfferedField = (typeof OFFERED_FIELDS)[number]['field'];

export const TIME_FIELDS = ['start', 'end', 'duration'] as const;
export type TimeField = (typeof TIME_FIELDS)[number];

export function isTimeField(field: OfferedField): field is TimeField {
  return TIME_FIELDS.some((time) => time === field);
}

export const UNIT_LABELS: Record<TimeUnit, string> = {
  ns: 'nanoseconds',
  us: 'microseconds',
  ms: 'milliseconds',
  s: 'seconds',
};

export const WITHOUT_IDS_LABELS: Record<WithoutIds, string> = {
  'one-trace': 'All rows are one trace',
  'trace-per-row': 'Each row is a trace',
};

export interface Choices {
  /** A column's name; '' for none. */
  columns: Record<OfferedField, string>;
  /** '' leaves it to the values. */
  units: Record<TimeField, TimeUnit | ''>;
  withoutIds: WithoutIds;
}

/** What is recognised by itself. */
function recognised(table: UnmappedTable): Record<OfferedField, string> {
  const columns = {} as Record<OfferedField, string>;
  for (const { field } of OFFERED_FIELDS) {
    columns[field] = table.columns.find((column) => column.field === field)?.name ?? '';
  }
  return columns;
}

/** @param mapping what was said before; its columns count where the table has them */
export function firstChoices(table: UnmappedTable, mapping: Mapping | null): Choices {
  const columns = recognised(table);
  for (const { field } of OFFERED_FIELDS) {
    const given = mapping?.columns[field];
    if (given === null) columns[field] = '';
    const [name] = typeof given === 'string' ? [given] : (given ?? []);
    if (table.columns.some((column) => column.name === name)) columns[field] = name;
  }
  const unit = (field: TimeField) => mapping?.units?.[field] ?? '';
  return {
    columns,
    units: { start: unit('start'), end: unit('end'), duration: unit('duration') },
    withoutIds: mapping?.withoutIds ?? 'one-trace',
  };
}

/** Only what differs from what is recognised: the rest may then follow what is learnt about names. */
export function mappingOfChoices(table: UnmappedTable, choices: Choices): Mapping {
  const own = recognised(table);
  const mapping: Mapping = { columns: {} };
  if (table.table !== '') mapping.table = table.table;
  for (const { field } of OFFERED_FIELDS) {
    const chosen = choices.columns[field];
    // A column that another field has too is not found by its name any more.
    const isShared =
      chosen !== '' &&
      OFFERED_FIELDS.some(
        (other) => other.field !== field && choices.columns[other.field] === chosen,
      );
    if (chosen !== own[field] || isShared) mapping.columns[field] = chosen === '' ? null : chosen;
  }
  for (const field of TIME_FIELDS) {
    const unit = choices.units[field];
    if (unit !== '' && choices.columns[field] !== '') {
      mapping.units = { ...mapping.units, [field]: unit };
    }
  }
  if (lacksIds(choices)) mapping.withoutIds = choices.withoutIds;
  return mapping;
}

export function lacksIds({ columns }: Choices): boolean {
  return columns.traceId === '' || columns.spanId === '';
}

/** Is there a time for each row? */
export function isEnough({ columns }: Choices): boolean {
  return columns.start !== '' || (columns.end !== '' && columns.duration !== '');
}

/** A column with its first value, for people to tell columns apart. */
export function columnLabel(table: UnmappedTable, index: number): string {
  const { name } = table.columns[index];
  const example = table.rows.map((row) => row[index]).find((cell) => cell !== null);
  if (example === undefined || example === null) return name;
  const short = example.length > 28 ? `${example.slice(0, 27)}…` : example;
  return `${name} (${short})`;
}

export const UNITS: readonly TimeUnit[] = TIME_UNITS;
