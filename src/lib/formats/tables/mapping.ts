/** Which column is what: by a person's word, by a layout that is known, by names in general use. */
import type { MappedField, Mapping, TimeUnit } from '$lib/model/mapping';
import { readColumnName, type ColumnName } from './column-names';
import { GENERAL, GENERAL_KEYS, LAYOUTS, MERGED, type Field, type Layout } from './layouts';

/** What becomes of a column that is no field of a span. */
export type Rest =
  | { kind: 'attribute'; key: string }
  | { kind: 'resource'; key: string }
  /** Langfuse's counts of tokens. */
  | { kind: 'usage' }
  | { kind: 'ignored' };

export interface Recognised {
  layout: Layout | null;
  /** Indexes of columns, the surest first. */
  fields: Partial<Record<Field, number[]>>;
  /** By index; null for columns that are fields. */
  rest: (Rest | null)[];
  /** The units that a layout, a mapping or a name states. */
  units: Partial<Record<'start' | 'end' | 'duration', TimeUnit>>;
  withoutIds: Mapping['withoutIds'] | null;
  /** Without these no row is a span. */
  missing: MappedField[];
}

const TIMES = ['start', 'end', 'duration'] as const;
const isTime = (field: Field): field is (typeof TIMES)[number] =>
  TIMES.some((time) => time === field);

/** Names before the dot of a column whose rest is an attribute's key. */
const ATTRIBUTE_PREFIX = /^(?:span_?attributes?|attributes?|tags?)\.(?=.)/i;
const RESOURCE_PREFIX = /^(?:resource_?attributes?|resource\.attributes?|resources?)\.(?=.)/i;
const SCOPE_PREFIX = /^scope_?attributes?\.(?=.)/i;

/** Some writers have them as text and as number; one of the two may be empty. */
const IN_TWO_SPELLINGS: ReadonlySet<Field> = new Set<Field>(['kind', 'status']);

export function recognise(columnNames: readonly string[], mapping?: Mapping): Recognised {
  const names = columnNames.map(readColumnName);
  const plain = new Set(names.map((name) => name.plain));
  const layout = LAYOUTS.find(({ has }) => has.every((name) => plain.has(name))) ?? null;
  const fields: Recognised['fields'] = {};
  const taken = new Set<number>();
  const assign = (field: Field, found: number[]) => {
    if (found.length === 0) return;
    fields[field] = found;
    found.forEach((index) => taken.add(index));
  };
  const given = mapping?.columns ?? {};
  for (const [field, value] of Object.entries(given) as [MappedField, string | string[] | null][]) {
    const wanted = value === null ? [] : Array.isArray(value) ? value : [value];
    assign(
      field,
      wanted.map((name) => columnNames.indexOf(name)).filter((index) => index >= 0),
    );
  }
  const ignored = new Set(layout?.ignore);
  const isIgnored = ({ plain: name }: ColumnName) =>
    ignored.has(name) || (layout?.ignorePattern?.test(name) ?? false);
  // Those that only some writers have come first, before a general name takes their column.
  for (const field of ['operation', 'isUnfinished', ...Object.keys(GENERAL)] as Field[]) {
    if (!(field in given)) assign(field, find(field, names, layout, taken, isIgnored));
  }
  const units: Recognised['units'] = {};
  for (const time of TIMES) {
    const [first] = fields[time] ?? [];
    const unit =
      mapping?.units?.[time] ??
      (first === undefined ? null : names[first].unit) ??
      layout?.units?.[time];
    if (unit) units[time] = unit;
  }
  const rest = columnNames.map((name, index) =>
    taken.has(index) ? null : restOf(name, names[index], layout, isIgnored),
  );
  const withoutIds = mapping?.withoutIds ?? null;
  return { layout, fields, rest, units, withoutIds, missing: missing(fields, withoutIds) };
}

function missing(
  fields: Recognised['fields'],
  withoutIds: Recognised['withoutIds'],
): MappedField[] {
  const missing: MappedField[] = [];
  if (!withoutIds) {
    if (!fields.traceId) missing.push('traceId');
    if (!fields.spanId) missing.push('spanId');
  }
  if (!fields.start && !(fields.end && fields.duration)) missing.push('start');
  return missing;
}

function find(
  field: Field,
  names: readonly ColumnName[],
  layout: Layout | null,
  taken: ReadonlySet<number>,
  isIgnored: (name: ColumnName) => boolean,
): number[] {
  const own = layout?.fields?.[field];
  if (own?.length === 0) return [];
  const patterns = [...(own ?? []), ...(GENERAL[field] ?? [])];
  const found: number[] = [];
  patterns.forEach((pattern, order) => {
    names.forEach((name, index) => {
      const text = isTime(field) ? name.bare : name.plain;
      if (text !== pattern || taken.has(index) || found.includes(index)) return;
      // A layout's own word for a field goes before its word for what is derived.
      if (order >= (own?.length ?? 0) && isIgnored(name)) return;
      // A column that has a meaning of its own in this layout is not looked at as something general.
      if (order >= (own?.length ?? 0) && layout?.keys && Object.hasOwn(layout.keys, name.plain))
        return;
      found.push(index);
    });
  });
  return MERGED.has(field) ? found : found.slice(0, IN_TWO_SPELLINGS.has(field) ? 2 : 1);
}

function restOf(
  name: string,
  { plain }: ColumnName,
  layout: Layout | null,
  isIgnored: (name: ColumnName) => boolean,
): Rest {
  if (isIgnored(readColumnName(name))) return { kind: 'ignored' };
  if (layout?.usage === plain) return { kind: 'usage' };
  const own = lookUp(layout?.keys, plain) ?? lookUp(GENERAL_KEYS, plain);
  if (own !== undefined) return { kind: 'attribute', key: own };
  const resource = lookUp(layout?.resourceKeys, plain);
  if (resource !== undefined) return { kind: 'resource', key: resource };
  if (RESOURCE_PREFIX.test(name)) {
    return { kind: 'resource', key: name.replace(RESOURCE_PREFIX, '') };
  }
  const key = name.replace(ATTRIBUTE_PREFIX, '').replace(SCOPE_PREFIX, 'otel.scope.');
  return { kind: 'attribute', key };
}

function lookUp(record: Record<string, string> | undefined, key: string): string | undefined {
  return record && Object.hasOwn(record, key) ? record[key] : undefined;
}
