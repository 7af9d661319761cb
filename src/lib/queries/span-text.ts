/**
 * The one definition of 'this span contains the text', in two versions: by the attribute index for searching all spans, and
 * row by row for a few of them, such as those of one trace. Both find the same spans.
 */
import { shared, sql, type Sql } from '$lib/engine/engine';
import { idNeedle } from '$lib/model/ids';

/**
 * A condition on `spans`: the text occurs, in any case, in ids, name, service, status, scope, or in keys and values of
 * attributes, resource and events. `key=value` also matches an attribute of exactly that key and value, in any case.
 */
export function holdsText(needle: string): Sql {
  const text = searchable(needle);
  const pair = pairOf(text);
  const isPair = pair
    ? sql`
       OR (lower("value") = lower(${pair.value}) AND key_no IN (
         SELECT key_no FROM attribute_keys WHERE "key" = ${pair.key} AND source IN ('attributes', 'resource')
       ))`
    : sql``;
  // Each part is a scan of its own: otherwise a column that only one part needs would be read for all.
  const found = sql`
    WITH found AS MATERIALIZED (
      SELECT value_no
      FROM attribute_values
      WHERE contains(lower("value"), lower(${text}))
       OR key_no IN (SELECT key_no FROM attribute_keys WHERE contains(lower("key"), lower(${text})))${isPair}
    )
    SELECT span_no FROM attribute_uses WHERE value_no IN (SELECT value_no FROM found)
    UNION ALL
    SELECT span_no FROM spans WHERE resource_no IN (
      SELECT resource_no FROM resource_uses WHERE value_no IN (SELECT value_no FROM found)
    )
    UNION ALL
    SELECT span_no FROM spans
    WHERE contains(lower(trace_id), lower(${text})) OR contains(lower(span_id), lower(${text}))
      OR contains(lower("name"), lower(${text})) OR contains(lower(service), lower(${text}))
      OR contains(lower("scope"), lower(${text})) OR contains(lower(status_code), lower(${text}))
      OR contains(lower(status_description), lower(${text}))${idHolds(needle)}
    UNION ALL
    SELECT span_no FROM spans
    WHERE has_long_text AND (${textsHold(text, [ATTRIBUTE_TEXTS, EVENT_TEXTS])}${pairHolds(pair)})
    UNION ALL
    SELECT span_no FROM spans
    WHERE has_unindexed_key
      AND (${textsHold(text, [ATTRIBUTE_TEXTS, RESOURCE_TEXTS, EVENT_TEXTS])}${pairHolds(pair)})
  `;
  return sql`span_no IN (${shared(found)})`;
}

/** `holdsText` without the index: for use with other conditions that leave few spans. */
export function holdsTextByRow(needle: string): Sql {
  const text = searchable(needle);
  // One text per span: scanning it once is faster than scanning each part.
  const texts = [SPAN_TEXTS, ATTRIBUTE_TEXTS, RESOURCE_TEXTS, EVENT_TEXTS];
  return sql`(${textsHold(text, texts)}${pairHolds(pairOf(text))}${idHolds(needle)})`;
}

const SPAN_TEXTS = sql`
      trace_id, span_id, "name", service, "scope", status_code, status_description`;
const ATTRIBUTE_TEXTS = sql`
      array_to_string(map_keys(attributes), chr(10)), array_to_string(map_values(attributes), chr(10))`;
const RESOURCE_TEXTS = sql`
      array_to_string(map_keys(resource), chr(10)), array_to_string(map_values(resource), chr(10))`;
const EVENT_TEXTS = sql`
      CASE WHEN len(events) > 0 THEN array_to_string(list_transform(events, lambda e: concat_ws(chr(10),
        e.name, array_to_string(map_keys(e.attributes), chr(10)), array_to_string(map_values(e.attributes), chr(10)))), chr(10)) END`;

function textsHold(text: string, texts: Sql[]): Sql {
  const all = texts.reduce((before, one) => sql`${before},${one}`);
  return sql`contains(
    lower(concat_ws(chr(10),${all}
    )),
    lower(${text})
  )`;
}

function pairHolds(pair: Pair | null): Sql {
  if (!pair) return sql``;
  return sql`
  OR coalesce(lower(attributes[${pair.key}]) = lower(${pair.value}), false)
  OR coalesce(lower(resource[${pair.key}]) = lower(${pair.value}), false)`;
}

/** An id in another spelling than the dataset's: `0x…`, a UUID, other zeros in front. */
function idHolds(needle: string): Sql {
  const id = idNeedle(needle);
  return id === null
    ? sql``
    : sql`
      OR contains(trace_id, ${id}) OR contains(span_id, ${id})`;
}

/** A literal can't contain NUL, and no text stored by the engine contains it either. */
function searchable(needle: string): string {
  return needle.replaceAll('\0', '');
}

interface Pair {
  key: string;
  value: string;
}

function pairOf(text: string): Pair | null {
  const match = /^([^\s=]+)\s*=\s*(.*)$/s.exec(text);
  return match && { key: match[1], value: match[2] };
}

/** The text that finds spans with this value under this key. */
export function searchFor(key: string, value: string): string {
  return /[\s=]/.test(key) ? value : `${key}=${value}`;
}
