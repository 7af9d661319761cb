/** The filter as a condition on `spans`, written to be read: 'Show SQL' shows it. */
import { Sql, shared, sql } from '$lib/engine/engine';
import {
  isFiltering,
  type AttributeSource,
  type AttributeTerm,
  type FieldTerm,
  type Filter,
  type FilterTerm,
} from '$lib/model/filter';
import { MAX_INDEXED_CHARS } from '$lib/model/span';
import { holdsText } from './span-text';

/** All conditions of a filter, joined by AND; `true` if it has none. */
export function whereOf(filter: Filter): Sql {
  if (!isFiltering(filter)) return sql`true`;
  const { time, text, terms } = filter;
  const conditions: Sql[] = [];
  if (time) conditions.push(sql`start_time >= ${time.startNs} AND start_time < ${time.endNs}`);
  conditions.push(...terms.map(conditionOf));
  if (text.trim()) conditions.push(holdsText(text.trim()));
  return conditions.reduce((all, one) => sql`${all}\n    AND ${one}`);
}

/** One term as a condition on `spans`; NULL, which keeps no span, only if it tests an unknown duration. */
export function conditionOf(term: FilterTerm): Sql {
  switch (term.type) {
    case 'root':
      return term.exclude ? sql`NOT is_root` : sql`is_root`;
    case 'duration': {
      const { minNs, maxNs } = term;
      if (minNs !== null && maxNs !== null)
        return sql`end_time - start_time BETWEEN ${minNs} AND ${maxNs}`;
      return minNs !== null
        ? sql`end_time - start_time >= ${minNs}`
        : sql`end_time - start_time <= ${maxNs}`;
    }
    case 'field':
      return fieldCondition(term);
    case 'attribute':
      return attributeCondition(term);
  }
}

/** Columns that are never NULL. */
const SOLID = new Set(['service', 'operation', 'name', 'kind', 'status_code', 'trace_id']);

function fieldCondition({ field, values, exclude }: FieldTerm): Sql {
  const column = new Sql(SOLID.has(field) ? field : `coalesce(${field}, '')`);
  return isOneOf(column, values, exclude);
}

function attributeCondition({ source, key, test, values, exclude }: AttributeTerm): Sql {
  const indexed = sql`SELECT span_no FROM span_attributes WHERE source = ${source} AND "key" = ${key}`;
  const isIn = exclude ? sql`span_no NOT IN` : sql`span_no IN`;
  // What the index leaves out is read from the spans themselves.
  const others = (mark: Sql, holds: (value: Sql) => Sql) => sql`
      UNION ALL
      SELECT span_no FROM spans WHERE ${mark} AND ${ownHolds(source, key, false, holds)}`;
  const unindexed = sql`has_unindexed_key`;
  switch (test) {
    case 'exists':
      return sql`${isIn} (${shared(sql`
      ${indexed}${others(unindexed, (value) => sql`${value} IS NOT NULL`)}
    `)})`;
    case 'equals': {
      if (values.some((value) => value.length > MAX_INDEXED_CHARS))
        return ownHolds(source, key, exclude, (value) => isOneOf(value, values, false));
      const isValue = (value: Sql) => isOneOf(value, values, false);
      return sql`${isIn} (${shared(sql`
      ${indexed} AND ${isValue(sql`"value"`)}${others(unindexed, isValue)}
    `)})`;
    }
    case 'contains': {
      const holds = (text: Sql) =>
        values
          .map((part) => sql`contains(lower(${text}), lower(${part}))`)
          .reduce((all, one) => sql`${all} OR ${one}`);
      const mark = source === 'resource' ? unindexed : sql`(has_long_text OR has_unindexed_key)`;
      const found = sql`
      ${indexed} AND (${holds(sql`"value"`)})${others(mark, holds)}
    `;
      return sql`${isIn} (${shared(found)})`;
    }
  }
}

/** Whether a span itself, its resource or one of its events has the attribute with such a value; never NULL. */
function ownHolds(
  source: AttributeSource,
  key: string,
  exclude: boolean,
  holds: (value: Sql) => Sql,
): Sql {
  const found =
    source === 'events'
      ? sql`len(list_filter(events, lambda e: ${holds(sql`e.attributes[${key}]`)})) > 0`
      : holds(sql`${new Sql(source)}[${key}]`);
  return exclude ? sql`NOT coalesce(${found}, false)` : sql`coalesce(${found}, false)`;
}

function isOneOf(column: Sql, values: readonly string[], exclude: boolean): Sql {
  if (values.length === 1)
    return exclude ? sql`${column} <> ${values[0]}` : sql`${column} = ${values[0]}`;
  const list = values.map((value) => sql`${value}`).reduce((all, one) => sql`${all}, ${one}`);
  return exclude ? sql`${column} NOT IN (${list})` : sql`${column} IN (${list})`;
}
