/** SQL laid out over lines. Loaded when it is first asked for. */
import { duckdb, formatDialect } from 'sql-formatter';

/** @throws Error where the text does not read as SQL. */
export function formatSql(text: string): string {
  return formatDialect(text, {
    dialect: duckdb,
    tabWidth: 2,
    keywordCase: 'preserve',
    linesBetweenQueries: 1,
    expressionWidth: 80,
  });
}
