/**
 * The one contract of a dataset: a DuckDB file with these tables, view-free, in its `main` schema.
 */
import {
  ATTRIBUTE_COUNTS,
  ATTRIBUTE_KEYS,
  ATTRIBUTE_USES,
  ATTRIBUTE_VALUES,
  RESOURCE_USES,
} from './attributes';
import { REFUSED_TIMES } from './refused-times';
import { OPERATIONS, SPANS } from './spans';
import type { TableSpec } from './table';

/** Raised when older datasets can no longer be read as current ones. */
export const SCHEMA_VERSION = 6;

/** The declared tables; `traces` is defined by its query. */
export const TABLES: readonly TableSpec[] = [
  SPANS,
  REFUSED_TIMES,
  ATTRIBUTE_VALUES,
  ATTRIBUTE_USES,
  RESOURCE_USES,
  OPERATIONS,
  ATTRIBUTE_KEYS,
  ATTRIBUTE_COUNTS,
];

export const CREATE_META = [
  `CREATE TABLE diagnostics (code VARCHAR, "count" BIGINT, example VARCHAR)`,
  `CREATE TABLE dataset (
    schema_version INTEGER, "name" VARCHAR, sources VARCHAR[], format VARCHAR, created_at TIMESTAMP,
    spans BIGINT, traces BIGINT, services BIGINT, errors BIGINT, start_time BIGINT, end_time BIGINT
  )`,
];

/**
 * JSON functions for the maps, so that SQL written for Flock's JSON columns runs: this engine has no JSON type. The key in a
 * path may be quoted or not (`$."http.route"`, `$.http.route`, `$["http.route"]`), because keys are flat and dotted. If a key
 * itself looks like the path, it wins.
 */
const KEY_OF_PATH = `regexp_replace(p, '^\\$\\.?|\\["|"\\]|"', '', 'g')`;

/** For a literal that is not a path, the engine reduces this to `m[p]`. */
const VALUE_AT = `CASE WHEN starts_with(p, '$') THEN coalesce(m[p], m[${KEY_OF_PATH}]) ELSE m[p] END`;

export const CREATE_MACROS = [
  `CREATE MACRO "->>"(m, p) AS ${VALUE_AT}`,
  `CREATE MACRO json_extract(m, p) AS ${VALUE_AT}`,
  `CREATE MACRO json_extract_string(m, p) AS ${VALUE_AT}`,
  `CREATE MACRO json_exists(m, p) AS map_contains(m, p) OR (starts_with(p, '$') AND map_contains(m, ${KEY_OF_PATH}))`,
  `CREATE MACRO json_keys(m) AS map_keys(m)`,
];
