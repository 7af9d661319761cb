/** Events and links of a row: lists of structs, JSON text of such lists, or lists that run parallel. */
import {
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_LINKS,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '$lib/model/span';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, hexId } from '$lib/model/ids';
import { JsonReader } from '$lib/json/reader';
import { parseDecimal } from '$lib/json/digits';
import { parseMomentText } from '$lib/formats/written-time';
import { cellAttributes, cellJson, cellText, isEmpty, readLoosely } from './cells';
import { readColumnName } from './column-names';
import type { Cell, ColumnType } from './table';
import { digitsOf, epochUnit } from './times';

const json = new JsonReader();
const SHIFT = { ns: 0, us: 3, ms: 6, s: 9 };
const ANY: ColumnType = { kind: 'any' };

/** A moment by itself: a number by its size, nanoseconds where that tells nothing, or text. */
function momentOf(text: string): bigint | null {
  const digits = digitsOf(text);
  if (digits === null) return parseMomentText(text)?.ns ?? null;
  const ns = parseDecimal(digits, SHIFT[epochUnit(Number(digits)) ?? 'ns']);
  return ns === 0n ? null : ns;
}

/** The elements of a list as JSON objects, each given member by member. Null where it is no list. */
function eachObject(
  cell: Cell,
  type: ColumnType,
  begin: () => void,
  member: (key: string, raw: string) => void,
  end: () => void,
): true | null {
  const text = typeof cell === 'string' ? cell : cellJson(cell, type);
  return readLoosely(text, (source) => {
    json.reset(source);
    if (json.peek() === 'object') {
      // One by itself.
      begin();
      members(json, member);
      end();
      return true;
    }
    json.beginArray();
    while (json.nextElement()) {
      if (json.tryNull()) continue;
      begin();
      if (json.peek() === 'object') members(json, member);
      else {
        // SigNoz has texts of JSON in its list.
        const inner = new JsonReader();
        inner.reset(json.text());
        members(inner, member);
      }
      end();
    }
    return true;
  });
}

function members(from: JsonReader, member: (key: string, raw: string) => void): void {
  from.beginObject();
  for (let key = from.nextKey(); key !== null; key = from.nextKey()) {
    if (!from.tryNull()) member(key, from.text());
  }
}

export function readEvents(cell: Cell, type: ColumnType): SpanEvent[] | null {
  let events: SpanEvent[] = [];
  let event: SpanEvent;
  let own: Attributes;
  const read = () => {
    events = [];
    return eachObject(
      cell,
      type,
      () => {
        own = [];
        event = { name: '', timeNs: null, attributes: NO_ATTRIBUTES };
      },
      (key, text) => {
        const { bare, plain } = readColumnName(key);
        if (plain === 'name' || plain === 'eventname') event.name = text;
        else if (bare === 'time' || bare === 'timestamp' || bare === 'ts') {
          event.timeNs = momentOf(text);
        } else if (/^(?:attributes|attributemap|fields)$/.test(plain)) {
          own.push(...(cellAttributes(text, ANY, false) ?? ['attributes', text]));
        } else if (plain !== 'droppedattributescount' || text !== '0') own.push(key, text);
      },
      () => {
        if (own.length > 0) event.attributes = own;
        events.push(event);
      },
    );
  };
  return read() ? (events.length > 0 ? events : NO_EVENTS) : null;
}

export function readLinks(cell: Cell, type: ColumnType, span: Span): SpanLink[] | null {
  let links: SpanLink[] = [];
  let link: SpanLink;
  let own: Attributes;
  let isParent = false;
  const put = (key: string, text: string): void => {
    const { plain } = readColumnName(key);
    if (plain === 'traceid') link.traceId = hexId(text, TRACE_ID_BYTES) ?? text;
    else if (plain === 'spanid') link.spanId = hexId(text, SPAN_ID_BYTES) ?? text;
    else if (plain === 'context' || plain === 'spancontext') {
      const inner = cellAttributes(text, ANY, false) ?? NO_ATTRIBUTES;
      for (let i = 0; i < inner.length; i += 2) put(inner[i], inner[i + 1]);
    } else if (plain === 'attributes') {
      own.push(...(cellAttributes(text, ANY, false) ?? ['attributes', text]));
    } else if (plain === 'reftype' && text === 'CHILD_OF') isParent = true;
    else if (plain === 'tracestate') {
      if (text !== '') own.push('w3c.tracestate', text);
    } else if (!/^(?:traceflags|flags|isremote|droppedattributescount)$/.test(plain)) {
      own.push(key, text);
    }
  };
  const done = eachObject(
    cell,
    type,
    () => {
      own = [];
      isParent = false;
      link = { traceId: '', spanId: '', attributes: NO_ATTRIBUTES };
    },
    put,
    () => {
      if (own.length > 0) link.attributes = own;
      // SigNoz repeats the parent among its references.
      if (!(isParent && link.spanId === span.parentId)) links.push(link);
    },
  );
  if (!done) return null;
  return links.length > 0 ? links : (links = NO_LINKS);
}

/** A list, or JSON text of one. */
function listOf({ cell, type }: { cell: Cell; type: ColumnType }): {
  items: Cell[];
  element: ColumnType;
} {
  if (Array.isArray(cell))
    return { items: cell, element: type.kind === 'list' ? type.element : ANY };
  if (typeof cell !== 'string' || isEmpty(cell)) return { items: [], element: ANY };
  const items = readLoosely(cell, (source) => {
    json.reset(source);
    const texts: Cell[] = [];
    json.beginArray();
    while (json.nextElement()) texts.push(json.tryNull() ? null : json.text());
    return texts;
  });
  return { items: items ?? [], element: ANY };
}

type Parallel = readonly { cell: Cell; type: ColumnType }[];

/** @param lists times, names, attributes */
export function zipEvents(lists: Parallel): SpanEvent[] {
  const [times, names, attributes] = lists.map(listOf);
  const length = Math.max(times.items.length, names.items.length);
  return Array.from({ length }, (_, i) => {
    const time = times.items[i] ?? null;
    const timeNs =
      time === null
        ? null
        : typeof time === 'bigint' && times.element.kind === 'timestamp'
          ? time
          : momentOf(cellText(time, times.element));
    const name = names.items[i] ?? null;
    return {
      name: name === null ? '' : cellText(name, names.element),
      timeNs,
      attributes:
        cellAttributes(attributes.items[i] ?? null, attributes.element, false) ?? NO_ATTRIBUTES,
    };
  });
}

/** @param lists trace ids, span ids, attributes, trace states */
export function zipLinks(lists: Parallel): SpanLink[] {
  const [traces, spans, attributes, states] = lists.map(listOf);
  const length = Math.max(traces.items.length, spans.items.length);
  const idOf = (list: typeof traces, i: number, bytes: number) => {
    const cell = list.items[i] ?? null;
    const text = cell === null ? '' : cellText(cell, list.element);
    return hexId(text, bytes) ?? text;
  };
  return Array.from({ length }, (_, i) => {
    const own = cellAttributes(attributes.items[i] ?? null, attributes.element, false);
    const state = states.items[i] ?? null;
    const stateText = state === null ? '' : cellText(state, states.element);
    return {
      traceId: idOf(traces, i, TRACE_ID_BYTES),
      spanId: idOf(spans, i, SPAN_ID_BYTES),
      attributes:
        stateText === '' ? (own ?? NO_ATTRIBUTES) : [...(own ?? []), 'w3c.tracestate', stateText],
    };
  });
}
