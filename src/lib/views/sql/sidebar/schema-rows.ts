/** The schema browser as rows: tables, their columns, and the columns' sample values. */
import { ident, sql, type QueryResult, type Sql } from '$lib/engine/engine';
import { any, columns, integer } from '$lib/queries/columns';
import { formatCount } from '$lib/model/quantity';
import { describeColumn, cellText } from '$lib/views/sql/result/cell-text';
import {
  MAP_COLUMNS,
  type ColumnEntry,
  type Counted,
  type MapColumn,
  type TableInfo,
  type Vocabulary,
} from '$lib/views/sql/editor/vocabulary';

export interface SchemaRow {
  /** Unique, and the same after a filter. */
  id: string;
  level: number;
  kind: 'table' | 'column' | 'key' | 'sample' | 'note';
  label: string;
  /** On the right: a type, a count. */
  detail: string;
  title: string;
  /** The text that a click inserts; '' for none. */
  inserts: string;
  /** Null without children. */
  isOpen: boolean | null;
  /** The column whose samples are loaded when it is open. */
  column: ColumnEntry | null;
}

export interface SampleValue {
  label: string;
  detail: string;
  inserts: string;
}

/** Samples of opened columns; undefined while loading. */
export type Samples = ReadonlyMap<string, readonly SampleValue[] | undefined>;

export const columnId = ({ table, name }: ColumnEntry) => `${table}.${name}`;

/**
 * @param open ids of rows that are open.
 * @param needle shows only rows whose name contains it, and their parents; '' shows all.
 */
export function schemaRows(
  { tables, keys }: Pick<Vocabulary, 'tables' | 'keys'>,
  open: ReadonlySet<string>,
  samples: Samples,
  needle: string,
): SchemaRow[] {
  const rows: SchemaRow[] = [];
  const wanted = needle.trim().toLowerCase();
  const matches = (text: string) => text.toLowerCase().includes(wanted);
  for (const table of tables) {
    const columns = table.columns.flatMap((column) => {
      const found = keysOf(column, keys).filter(({ text }) => wanted !== '' && matches(text));
      const isFound = matches(column.name) || matches(table.name);
      return isFound || found.length > 0 ? [{ column, found, isFound }] : [];
    });
    if (columns.length === 0) continue;
    const isOpen = wanted !== '' || open.has(table.name);
    rows.push(tableRow(table, isOpen));
    if (!isOpen) continue;
    for (const { column, found } of columns) {
      const id = columnId(column);
      const isInside = open.has(id) || found.length > 0;
      rows.push(columnRow(column, isInside));
      if (isInside) rows.push(...inside(column, found.length > 0 ? found : null, keys, samples));
    }
  }
  return rows;
}

function keysOf({ table, name }: ColumnEntry, keys: Vocabulary['keys']): readonly Counted[] {
  const map = MAP_COLUMNS.find((column) => column === name);
  return table === 'spans' && map ? keys[map] : [];
}

function tableRow({ name, rows, comment }: TableInfo, isOpen: boolean): SchemaRow {
  return {
    id: name,
    level: 1,
    kind: 'table',
    label: name,
    detail: rows === null ? 'view' : formatCount(rows),
    title: [comment, rows === null ? 'A view' : `${formatCount(rows)} rows`]
      .filter(Boolean)
      .join('\n'),
    inserts: plain(name),
    isOpen,
    column: null,
  };
}

function columnRow(column: ColumnEntry, isOpen: boolean): SchemaRow {
  const { name, type, comment } = column;
  return {
    id: columnId(column),
    level: 2,
    kind: 'column',
    label: name,
    detail: shortType(type),
    title: [comment, type].filter(Boolean).join('\n'),
    inserts: plain(name),
    isOpen,
    column,
  };
}

function inside(
  column: ColumnEntry,
  found: readonly Counted[] | null,
  keys: Vocabulary['keys'],
  samples: Samples,
): SchemaRow[] {
  const id = columnId(column);
  const leaf = { level: 3, isOpen: null, column: null } as const;
  const note = (text: string, part: string): SchemaRow => ({
    ...leaf,
    id: `${id}/${part}`,
    kind: 'note',
    label: text,
    detail: '',
    title: text,
    inserts: '',
  });
  const about = column.comment && !found ? [note(column.comment, 'about')] : [];
  const known = found ?? keysOf(column, keys);
  if (known.length > 0) {
    return [
      ...about,
      ...known.map(({ text, count }): SchemaRow => ({
        ...leaf,
        id: `${id}/${text}`,
        kind: 'key',
        label: text,
        detail: formatCount(count),
        title: `${text}\n${formatCount(count)} spans have it`,
        inserts: sql`${ident(column.name)}[${text}]`.text.replace(/^"(\w+)"/, '$1'),
      })),
    ];
  }
  const values = samples.get(id);
  if (!values) return [...about, note('…', 'wait')];
  if (values.length === 0) return [...about, note('No values', 'none')];
  return [
    ...about,
    ...values.map(({ label, detail, inserts }, i): SchemaRow => ({
      ...leaf,
      id: `${id}/${i}`,
      kind: 'sample',
      label,
      detail,
      title: label,
      inserts,
    })),
  ];
}

/** Shortens long types: `MAP(VARCHAR, VARCHAR)` takes too much room. */
function shortType(type: string): string {
  if (type.startsWith('STRUCT')) return type.endsWith('[]') ? 'STRUCT[]' : 'STRUCT';
  if (type.startsWith('MAP')) return 'MAP';
  return type;
}

function plain(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : ident(name).text;
}

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL)/;

/** Figures of a column of numbers, or the most common values of any other. */
export function samplesQuery({ table, name, type }: ColumnEntry): Sql {
  const column = ident(name);
  if (NUMBER.test(type)) {
    return sql`SELECT
  min(${column}) AS least,
  quantile_disc(${column}, 0.5) AS median,
  max(${column}) AS most,
  count(DISTINCT ${column}) AS different,
  count(*) - count(${column}) AS nulls
FROM ${ident(table)}`;
  }
  return sql`SELECT ${column} AS value, count(*) AS times
FROM ${ident(table)}
WHERE ${column} IS NOT NULL
GROUP BY value
ORDER BY times DESC
LIMIT 8`;
}

const FIGURES = columns({
  least: any,
  median: any,
  most: any,
  different: integer,
  nulls: integer,
});
const COMMONEST = columns({ value: any, times: integer });

export function readSamples({ name, type }: ColumnEntry, result: QueryResult): SampleValue[] {
  if (NUMBER.test(type)) {
    const figures = FIGURES.first(result);
    if (!figures || figures.least === null) return [];
    const column = describeColumn({ name, type }, figures.least);
    const words: [string, unknown][] = [
      ['Least', figures.least],
      ['Median', figures.median],
      ['Most', figures.most],
    ];
    const values = words.map(([label, value]) => {
      const { text, unit } = cellText(value, column, false);
      return {
        label,
        detail: unit ? `${text}\u202f${unit}` : text,
        inserts: String(value),
      };
    });
    return [
      ...values,
      { label: 'Different values', detail: formatCount(figures.different), inserts: '' },
      ...(figures.nulls > 0
        ? [{ label: 'NULL', detail: formatCount(figures.nulls), inserts: '' }]
        : []),
    ];
  }
  const column = describeColumn({ name, type }, null);
  return COMMONEST.rows(result).map(({ value, times }) => ({
    label: cellText(value, column, false).text || '(empty)',
    detail: formatCount(times),
    inserts: typeof value === 'string' || typeof value === 'boolean' ? sql`${value}`.text : '',
  }));
}

export function isMapColumn(name: string): name is MapColumn {
  return MAP_COLUMNS.some((column) => column === name);
}
