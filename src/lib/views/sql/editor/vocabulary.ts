/** What the editor completes and the schema browser lists: tables, columns, functions, and the dataset's own words. */
import { CONVENTIONS, isField } from '$lib/model/conventions';
import { ident, sql, type QueryResult, type Sql } from '$lib/engine/engine';
import { columns, integer, list, nullable, oneOf, text, textOrEmpty } from '$lib/queries/columns';

export interface TableInfo {
  name: string;
  /** Null for a view, whose rows are not counted. */
  rows: number | null;
  comment: string;
  columns: ColumnEntry[];
}

export interface ColumnEntry {
  table: string;
  name: string;
  type: string;
  comment: string;
}

export interface FunctionInfo {
  name: string;
  kind: 'scalar' | 'aggregate' | 'table' | 'macro';
  /** `quantile_cont(x, pos)`. */
  signature: string;
  description: string;
}

/** A key of a map, or a value of a column, with the number of spans that have it. */
export interface Counted {
  text: string;
  count: number;
}

export type MapColumn = 'attributes' | 'resource';
export const MAP_COLUMNS: readonly MapColumn[] = ['attributes', 'resource'];

export interface Vocabulary {
  tables: readonly TableInfo[];
  functions: readonly FunctionInfo[];
  keys: Readonly<Record<MapColumn, readonly Counted[]>>;
  /** Values of the columns that have few of them. */
  values: Readonly<Record<string, readonly Counted[]>>;
}

export const NO_VOCABULARY: Vocabulary = {
  tables: [],
  functions: [],
  keys: { attributes: [], resource: [] },
  values: {},
};

const VALUE_COLUMNS: readonly string[] = [
  'service',
  'operation',
  'name',
  'kind',
  'status_code',
  ...CONVENTIONS.filter(isField)
    .filter(({ values }) => values === 'names')
    .map(({ column }) => column),
  'scope',
];
const MOST_VALUES = 200;
const MOST_KEYS = 2_000;

export function schemaQuery(): Sql {
  return sql`WITH tables AS (
  SELECT table_name, estimated_size AS rows, comment
  FROM duckdb_tables()
  WHERE database_name = current_database()
  UNION ALL
  SELECT view_name, NULL, comment
  FROM duckdb_views()
  WHERE database_name = current_database() AND NOT internal
)
SELECT
  tables.table_name AS table_name,
  tables.rows AS rows,
  tables.comment AS table_comment,
  columns.column_name AS column_name,
  columns.data_type AS type,
  columns.comment AS comment
FROM tables
JOIN duckdb_columns() AS columns USING (table_name)
WHERE columns.database_name = current_database()
ORDER BY
  CASE table_name WHEN 'spans' THEN 0 WHEN 'traces' THEN 1 ELSE 2 END,
  table_name,
  columns.column_index`;
}

/** Functions, each once, without those that the gate refuses because they act or read files. */
export function functionsQuery(): Sql {
  return sql`SELECT
  function_name AS name,
  any_value(function_type) AS kind,
  arg_max(parameters, len(parameters)) AS parameters,
  coalesce(any_value(description), '') AS description
FROM duckdb_functions()
WHERE regexp_full_match(function_name, '[a-z][a-z0-9_]*')
  AND NOT regexp_matches(function_name, '^(__|has_\\w+_privilege|inet_|pg_|pragma_|read_|write_|parquet_|sniff_|enable_|disable_|force_|truncate_|arrow_scan|checkpoint|glob$|which_secret|test_)')
GROUP BY function_name
ORDER BY function_name`;
}

export function keysQuery(): Sql {
  return sql`SELECT source, key, spans
FROM attribute_keys
WHERE source IN ('attributes', 'resource')
ORDER BY spans DESC, key
LIMIT ${MOST_KEYS}`;
}

export function valuesQuery(): Sql {
  const one = (column: string) => sql`(
  SELECT ${column} AS field, ${ident(column)} AS value, count(*) AS spans
  FROM spans
  WHERE ${ident(column)} <> ''
  GROUP BY value
  ORDER BY spans DESC
  LIMIT ${MOST_VALUES}
)`;
  return VALUE_COLUMNS.map(one).reduce((all, next) => sql`${all}\nUNION ALL ${next}`);
}

/** The most common values of one key. */
export function keyValuesQuery(column: MapColumn, key: string): Sql {
  return sql`SELECT value, count(*) AS spans
FROM span_attributes
WHERE source = ${column} AND key = ${key} AND value IS NOT NULL
GROUP BY value
ORDER BY spans DESC, value
LIMIT 50`;
}

const SCHEMA = columns({
  table_name: text,
  rows: nullable(integer),
  table_comment: textOrEmpty,
  column_name: text,
  type: text,
  comment: textOrEmpty,
});

export function readTables(result: QueryResult): TableInfo[] {
  const tables = new Map<string, TableInfo>();
  for (const row of SCHEMA.rows(result)) {
    const name = row.table_name;
    let table = tables.get(name);
    if (!table) {
      table = {
        name,
        rows: row.rows,
        comment: row.table_comment,
        columns: [],
      };
      tables.set(name, table);
    }
    table.columns.push({
      table: name,
      name: row.column_name,
      type: row.type,
      comment: row.comment,
    });
  }
  return [...tables.values()];
}

const FUNCTIONS = columns({
  name: text,
  kind: text,
  parameters: nullable(list(nullable(text))),
  description: textOrEmpty,
});

export function readFunctions(result: QueryResult): FunctionInfo[] {
  return FUNCTIONS.rows(result).map(({ name, kind, parameters, description }) => {
    return {
      name,
      kind: kind.includes('macro')
        ? 'macro'
        : kind === 'aggregate' || kind === 'table'
          ? kind
          : 'scalar',
      signature: `${name}(${(parameters ?? []).map((one) => one ?? '…').join(', ')})`,
      description: description.trim(),
    };
  });
}

const KEYS = columns({ source: oneOf(...MAP_COLUMNS), key: text, spans: integer });

export function readKeys(result: QueryResult): Record<MapColumn, Counted[]> {
  const keys: Record<MapColumn, Counted[]> = { attributes: [], resource: [] };
  for (const { source, key, spans } of KEYS.rows(result)) {
    keys[source].push({ text: key, count: spans });
  }
  return keys;
}

const VALUES = columns({ field: text, value: text, spans: integer });

export function readValues(result: QueryResult): Record<string, Counted[]> {
  const values: Record<string, Counted[]> = {};
  for (const { field, value, spans } of VALUES.rows(result)) {
    (values[field] ??= []).push({ text: value, count: spans });
  }
  return values;
}

const KEY_VALUES = columns({ value: text, spans: integer });

/** Reads the answer of `keyValuesQuery`. */
export function readKeyValues(result: QueryResult): Counted[] {
  return KEY_VALUES.rows(result).map(({ value, spans }) => ({ text: value, count: spans }));
}
