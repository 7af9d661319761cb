/** The form is another view of the filter: maps the form's fields to the filter's terms. */
import type { FieldTerm, Filter, FilterField, FilterTerm } from '$lib/model/filter';
import { flockService, type FlockEnv } from '$lib/state/flock-env';

/** Values of a column that the filter includes or excludes; none if it has no term for it. */
export function valuesOf(filter: Filter, field: FilterField, exclude: boolean): readonly string[] {
  return filter.terms.find(isTermOf(field, exclude))?.values ?? [];
}

/** The filter with these values included or excluded instead of the old ones; without values, the term is removed. */
export function withValues(
  filter: Filter,
  field: FilterField,
  exclude: boolean,
  values: readonly string[],
): Filter {
  const is = isTermOf(field, exclude);
  const at = filter.terms.findIndex(is);
  const terms: FilterTerm[] = filter.terms.filter((term) => !is(term));
  const term: FieldTerm = { type: 'field', field, values, exclude };
  if (values.length) terms.splice(at < 0 ? terms.length : at, 0, term);
  return { ...filter, terms };
}

function isTermOf(field: FilterField, exclude: boolean) {
  return (term: FilterTerm): term is FieldTerm =>
    term.type === 'field' && term.field === field && term.exclude === exclude;
}

/** The variables that would make Flock record what is shown. */
export function envOf(filter: Filter, ttlDays: number | null): FlockEnv {
  return {
    services: [...new Set(valuesOf(filter, 'service', false).map(flockService))],
    ignore: valuesOf(filter, 'name', true),
    ttlDays,
  };
}

/**
 * The filter with these variables applied; an unset variable changes nothing.
 * @param services the dataset's: Flock compares them in lower case, the dataset keeps their case.
 */
export function withEnv(filter: Filter, env: FlockEnv, services: readonly string[]): Filter {
  let next = filter;
  if (env.services) {
    const wanted = env.services.flatMap((name) => {
      const same = services.filter((service) => flockService(service) === flockService(name));
      return same.length ? same : [name];
    });
    next = withValues(next, 'service', false, [...new Set(wanted)]);
  }
  if (env.ignore) next = withValues(next, 'name', true, env.ignore);
  return next;
}
