/** Formats SQL. Loaded on first use. */
import { duckdb, formatDialect } from 'sql-formatter';

/** @throws Error if the text can't be parsed as SQL. */
export function formatSql(text: string): string {
  return formatDialect(text, {
    dialect: duckdb,
    tabWidth: 2,
    keywordCase: 'preserve',
    linesBetweenQueries: 1,
    expressionWidth: 80,
  });
}
