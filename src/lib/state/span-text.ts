/** The one meaning of 'this span holds the text', for the search over all traces and for the one inside a trace. */
import { sql, type Sql } from '$lib/engine/engine';

/**
 * A condition on `spans`: the text occurs, in any case, in ids, name, service, status, scope, or in keys and values of
 * attributes, resource and events. `key=value` also takes an attribute of exactly that key and value.
 */
export function holdsText(needle: string): Sql {
  // A literal can't hold the NUL character, and no text that the engine stores holds it either.
  const text = needle.replaceAll('\0', '');
  // One text of each span: a single scan of it is quicker than one of each part.
  return sql`(contains(
    lower(concat_ws(chr(10),
      trace_id, span_id, name, service, scope, status_code, status_description,
      array_to_string(map_keys(attributes), chr(10)), array_to_string(map_values(attributes), chr(10)),
      array_to_string(map_keys(resource), chr(10)), array_to_string(map_values(resource), chr(10)),
      CASE WHEN len(events) > 0 THEN array_to_string(list_transform(events, lambda e: concat_ws(chr(10),
        e.name, array_to_string(map_keys(e.attributes), chr(10)), array_to_string(map_values(e.attributes), chr(10)))), chr(10)) END
    )),
    lower(${text})
  )${orPair(text)})`;
}

function orPair(text: string): Sql {
  const match = /^([^\s=]+)\s*=\s*(.*)$/s.exec(text);
  if (!match) return sql``;
  const [, key, value] = match;
  return sql`
  OR lower(attributes[${key}]) = lower(${value})
  OR lower(resource[${key}]) = lower(${value})`;
}

/** The text that finds spans with this value under this key. */
export function searchFor(key: string, value: string): string {
  return /[\s=]/.test(key) ? value : `${key}=${value}`;
}
