/** An extra table in saved datasets: queries with their names. */

export const SAVED_QUERIES = 'saved_queries';

/** Queries that came with a dataset are kept when it is saved again. */
export const CREATE_SAVED_QUERIES = `CREATE TABLE IF NOT EXISTS ${SAVED_QUERIES} ("name" VARCHAR, "sql" VARCHAR)`;
