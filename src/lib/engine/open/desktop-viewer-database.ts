/**
 * otel-desktop-viewer's database. Its first generations keep all of a span in one row. Later ones have tables of events,
 * links and attributes: attributes name their owner at first, and then owners list the ids of attributes that they share.
 * https://github.com/CtrlSpice/otel-desktop-viewer (desktopexporter/internal/store/schema)
 */
import type { Cell } from '$lib/formats/tables/table';
import type { ForeignTable, SpanQuery } from './foreign-database';

/** Null where the tables are not those of a generation that has to be joined. */
export function desktopViewerTable(
  tables: readonly ForeignTable[],
  alias: string,
): SpanQuery | null {
  const columnsOf = (table: string) =>
    new Map(
      tables
        .find(({ name }) => name === table)
        ?.columns.map(({ name, type }) => [name.toLowerCase(), type]),
    );
  const spans = columnsOf('spans');
  const attributes = columnsOf('attributes');
  if (!attributes.has('key') || !attributes.has('value') || !attributes.has('scope')) return null;
  const isShared = spans.has('attribute_ids') && attributes.has('id');
  const isOwned = spans.has('spanid') && attributes.has('spanid') && attributes.has('eventid');
  if (!isShared && !isOwned) return null;
  const db = `"${alias}".main`;
  const sql = isShared
    ? sharedAttributes(db, spans, columnsOf('events'), columnsOf('links'))
    : ownedAttributes(db, spans);
  const untagged = (cell: Cell) => untagMap(cell);
  return {
    name: 'spans',
    sql,
    cells: {
      attributes: untagged,
      resource_attributes: untagged,
      scope_attributes: untagged,
      events: (cell) => untagEach(cell),
      links: (cell) => untagEach(cell),
    },
  };
}

/** A map from owners to their attributes. @param ids owner and id of an attribute, a row each */
const mapsOf = (db: string, ids: string) =>
  `SELECT owner, map(list(key), list(value)) AS attributes FROM (
     SELECT o.owner, a.key, any_value(a.value) AS value FROM (${ids}) AS o JOIN ${db}.attributes AS a ON a.id = o.aid
     GROUP BY o.owner, a.key) GROUP BY owner`;

/** Trace ids are UUIDs; span ids are those with eight bytes of zeros in front, or numbers of 64 bits. */
const traceHex = (column: string) => `replace(${column}::VARCHAR, '-', '')`;
const spanHex = (column: string, type: string | undefined) =>
  type === 'UUID'
    ? `right(${traceHex(column)}, 16)`
    : type === 'UBIGINT'
      ? `lpad(lower(hex(${column})), 16, '0')`
      : `${column}::VARCHAR`;

type Columns = ReadonlyMap<string, string>;

function sharedAttributes(db: string, spans: Columns, events: Columns, links: Columns): string {
  const ids = (table: string) =>
    `SELECT rowid AS owner, unnest(attribute_ids) AS aid FROM ${db}.${table}`;
  const idsById = (table: string) =>
    `SELECT id AS owner, unnest(attribute_ids) AS aid FROM ${db}.${table}`;
  // From the 8th version of the schema on, a span's id alone does not tell whose they are.
  const key = (columns: Columns, table: string) =>
    columns.has(table === 'links' ? 'linked_trace_id' : 'trace_id')
      ? `x.trace_id = s.trace_id AND x.span_id = s.span_id`
      : `x.span_id = s.span_id`;
  const group = (columns: Columns, table: string) =>
    columns.has(table === 'links' ? 'linked_trace_id' : 'trace_id')
      ? 'x.trace_id, x.span_id'
      : 'x.span_id';
  const linkedTrace = links.has('linked_trace_id') ? 'x.linked_trace_id' : 'x.trace_id';
  const optional = (column: string) => (spans.has(column) ? `s.${column}` : `NULL`);
  return `
    WITH own AS (${mapsOf(db, ids('spans'))}),
      of_resources AS (${mapsOf(db, idsById('resources'))}),
      of_scopes AS (${mapsOf(db, idsById('scopes'))}),
      of_events AS (${mapsOf(db, ids('events'))}),
      of_links AS (${mapsOf(db, ids('links'))}),
      all_events AS (SELECT ${group(events, 'events')},
        list({'name': x.name, 'timestamp': x.timestamp, 'attributes': m.attributes} ORDER BY x.timestamp) AS events
        FROM ${db}.events AS x LEFT JOIN of_events AS m ON m.owner = x.rowid GROUP BY ${group(events, 'events')}),
      all_links AS (SELECT ${group(links, 'links')},
        list({'trace_id': ${traceHex(linkedTrace)}, 'span_id': ${spanHex('x.linked_span_id', links.get('linked_span_id'))},
          'trace_state': x.trace_state, 'attributes': m.attributes}) AS links
        FROM ${db}.links AS x LEFT JOIN of_links AS m ON m.owner = x.rowid GROUP BY ${group(links, 'links')})
    SELECT ${traceHex('s.trace_id')} AS trace_id, ${spanHex('s.span_id', spans.get('span_id'))} AS span_id,
      ${spanHex('s.parent_span_id', spans.get('parent_span_id'))} AS parent_span_id, s.trace_state, s.name,
      ${optional('kind')} AS kind, s.start_time, s.end_time, s.status_code, s.status_message,
      own.attributes, r.attributes AS resource_attributes,
      ${optional('service_name')} AS service_name,
      sc.name AS scope_name, sc.version AS scope_version, c.attributes AS scope_attributes,
      nullif(${optional('dropped_attributes_count')}, 0) AS dropped_attributes_count,
      nullif(${optional('dropped_events_count')}, 0) AS dropped_events_count,
      nullif(${optional('dropped_links_count')}, 0) AS dropped_links_count,
      e.events, l.links
    FROM ${db}.spans AS s LEFT JOIN own ON own.owner = s.rowid
      LEFT JOIN of_resources AS r ON r.owner = s.resource_id
      LEFT JOIN ${db}.scopes AS sc ON sc.id = s.scope_id LEFT JOIN of_scopes AS c ON c.owner = s.scope_id
      LEFT JOIN all_events AS e ON ${key(events, 'events').replaceAll('x.', 'e.')}
      LEFT JOIN all_links AS l ON ${key(links, 'links').replaceAll('x.', 'l.')}`;
}

function ownedAttributes(db: string, spans: Columns): string {
  const maps = (owner: string, where: string) =>
    `SELECT owner, map(list(key), list(value)) AS attributes FROM (
       SELECT ${owner} AS owner, Key AS key, any_value(Value) AS value FROM ${db}.attributes WHERE ${where} GROUP BY ALL)
     GROUP BY owner`;
  const ofSpan = 'SpanID IS NOT NULL AND EventID IS NULL AND LinkID IS NULL';
  const optional = (column: string) => (spans.has(column) ? `s.${column}` : 'NULL');
  return `
    WITH own AS (${maps('SpanID', `${ofSpan} AND Scope = 'span'`)}),
      of_resources AS (${maps('SpanID', `${ofSpan} AND Scope = 'resource'`)}),
      of_scopes AS (${maps('SpanID', `${ofSpan} AND Scope = 'scope'`)}),
      of_events AS (${maps('EventID', 'EventID IS NOT NULL')}),
      of_links AS (${maps('LinkID', 'LinkID IS NOT NULL')}),
      all_events AS (SELECT x.SpanID,
        list({'name': x.Name, 'timestamp': x.Timestamp, 'attributes': m.attributes} ORDER BY x.Timestamp) AS events
        FROM ${db}.events AS x LEFT JOIN of_events AS m ON m.owner = x.ID GROUP BY x.SpanID),
      all_links AS (SELECT x.SpanID,
        list({'trace_id': x.TraceID::VARCHAR, 'span_id': x.LinkedSpanID::VARCHAR, 'trace_state': x.TraceState,
          'attributes': m.attributes}) AS links
        FROM ${db}.links AS x LEFT JOIN of_links AS m ON m.owner = x.ID GROUP BY x.SpanID)
    SELECT ${traceHex('s.TraceID')} AS trace_id, ${spanHex('s.SpanID', spans.get('spanid'))} AS span_id,
      ${spanHex('s.ParentSpanID', spans.get('parentspanid'))} AS parent_span_id, ${optional('tracestate')} AS trace_state,
      s.Name AS name, ${optional('kind')} AS kind, s.StartTime AS start_time, s.EndTime AS end_time,
      ${optional('statuscode')} AS status_code, ${optional('statusmessage')} AS status_message,
      own.attributes, r.attributes AS resource_attributes, ${optional('servicename')} AS service_name,
      ${optional('scopename')} AS scope_name, ${optional('scopeversion')} AS scope_version,
      c.attributes AS scope_attributes,
      nullif(${optional('droppedattributescount')}, 0) AS dropped_attributes_count,
      nullif(${optional('droppedeventscount')}, 0) AS dropped_events_count,
      nullif(${optional('droppedlinkscount')}, 0) AS dropped_links_count,
      e.events, l.links
    FROM ${db}.spans AS s LEFT JOIN own ON own.owner = s.SpanID
      LEFT JOIN of_resources AS r ON r.owner = s.SpanID LEFT JOIN of_scopes AS c ON c.owner = s.SpanID
      LEFT JOIN all_events AS e ON e.SpanID = s.SpanID LEFT JOIN all_links AS l ON l.SpanID = s.SpanID`;
}

/** Events or links, whose attributes are a map each. */
function untagEach(cell: Cell): Cell {
  if (!Array.isArray(cell)) return cell;
  return cell.map((item) => {
    if (typeof item !== 'object' || item === null || !('attributes' in item)) return item;
    return { ...item, attributes: untagMap(item.attributes) };
  });
}

/** From the 13th version of the schema on, a value is JSON that says its kind. */
function untagMap(cell: Cell): Cell {
  if (typeof cell !== 'object' || cell === null) return cell;
  const plain = Object.create(null) as Record<string, Cell>;
  for (const [key, value] of Object.entries(cell as Record<string, Cell>)) {
    plain[key] = typeof value === 'string' ? untag(value) : value;
  }
  return plain;
}

function untag(text: string): string {
  if (!text.startsWith('{"kind":')) return text;
  try {
    const value = plainValue(JSON.parse(text));
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return text;
  }
}

interface Tagged {
  kind: string;
  value: unknown;
}

/** @throws SyntaxError for what is not of this form. Numbers of 64 bits stay digits. */
function plainValue(tagged: unknown): unknown {
  const { kind, value } = tagged as Tagged;
  switch (kind) {
    case 'double':
      return typeof value === 'string' && value.startsWith('0x') ? String(doubleOf(value)) : value;
    case 'array':
      return (value as unknown[]).map(plainValue);
    case 'map':
      return Object.fromEntries(
        (value as { key: string; value: unknown }[]).map((pair) => [
          pair.key,
          plainValue(pair.value),
        ]),
      );
    case 'empty':
      return '';
    case 'string':
    case 'int64':
    case 'bool':
    case 'bytes':
      return typeof value === 'boolean' ? String(value) : value;
    default:
      throw new SyntaxError(`“${kind}” is no kind of value`);
  }
}

function doubleOf(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(bits));
  return view.getFloat64(0);
}
