/** A table that a saved dataset may have beside the others: queries with their names. */

export const SAVED_QUERIES = 'saved_queries';

/** A dataset that came with queries keeps them when it is saved again. */
export const CREATE_SAVED_QUERIES = `CREATE TABLE IF NOT EXISTS ${SAVED_QUERIES} ("name" VARCHAR, "sql" VARCHAR)`;
