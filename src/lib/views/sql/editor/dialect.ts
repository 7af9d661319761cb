/** DuckDB's SQL for the editor: keywords, types and strings, for correct highlighting and splitting into statements. */
import { SQLDialect } from '@codemirror/lang-sql';

/**
 * `duckdb_keywords()` of DuckDB 1.5, without statements that do not run here and without those that are mostly column
 * names (`name`, `key`, `value`, `data`, `version`, …): a column highlighted as a keyword misleads.
 */
const KEYWORDS = `
  all analyze and anti any array as asc asof asymmetric at between both by case cast coalesce collate columns cross cube
  current desc describe distinct else end escape except exclude exclusive exists explain extract false fetch filter first
  following for from full functions generated glob group grouping groups having ignore ilike in inner intersect interval
  into is isnull join lambda last lateral left like limit map materialized natural no not notnull null nulls of offset on
  only or order ordinality others outer over overlaps partition percent pivot pivot_longer pivot_wider position positional
  preceding qualify range recursive replace respect right rollup row rows sample select semi sets show similar some struct
  substring summarize symmetric table tables tablesample then ties to trailing true try_cast unbounded union unique unnest
  unpivot using values when where window with within without`;

/** Names of `duckdb_types()`. */
const TYPES = `
  bigint binary bit bitstring blob bool boolean bpchar bytea char date datetime dec decimal double enum float float4 float8
  guid hugeint int int1 int128 int16 int2 int32 int4 int64 int8 integer integral list logical long numeric nvarchar oid
  real short signed smallint string text time timestamp timestamp_ms timestamp_ns timestamp_s timestamp_us timestamptz
  timetz tinyint ubigint uhugeint uint128 uint16 uint32 uint64 uint8 uinteger usmallint utinyint uuid varbinary varchar`;

export const duckDb = SQLDialect.define({
  keywords: KEYWORDS.trim().replace(/\s+/g, ' '),
  types: TYPES.trim().replace(/\s+/g, ' '),
  caseInsensitiveIdentifiers: true,
  doubleDollarQuotedStrings: true,
  // E'…' has escapes, '…' does not.
  charSetCasts: true,
  operatorChars: '+-*/<>=~!@#%^&|:',
});
