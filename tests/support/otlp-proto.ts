/** Writes OTLP JSON as protobuf, by the field numbers of OTLP's own .proto files. */

type Json = Record<string, unknown>;

const utf8 = new TextEncoder();

export function joinBytes(...parts: (Uint8Array | number[])[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}

const NOTHING = new Uint8Array(0);

/** A field with bytes: a text, an id, a message. */
export const part = (field: number, bytes: Uint8Array | number[]) =>
  joinBytes(varint(BigInt(field * 8 + 2)), varint(BigInt(bytes.length)), bytes);
export const number = (field: number, value: unknown) =>
  value ? joinBytes(varint(BigInt(field * 8)), varint(BigInt(value as number))) : NOTHING;
export const text = (field: number, value: unknown) =>
  value ? part(field, utf8.encode(value as string)) : NOTHING;
export function fixed64(field: number, value: unknown): Uint8Array {
  if (value === undefined || value === null) return NOTHING;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value as string), true);
  return joinBytes(varint(BigInt(field * 8 + 1)), bytes);
}
const id = (field: number, hex: unknown) =>
  hex ? part(field, Buffer.from(hex as string, 'hex')) : NOTHING;
const each = (list: unknown, write: (item: Json) => Uint8Array) =>
  joinBytes(...((list ?? []) as Json[]).map(write));

function anyValue(value: Json): Uint8Array {
  if ('stringValue' in value) return part(1, utf8.encode(value.stringValue as string));
  if ('boolValue' in value) return Uint8Array.of(0x10, value.boolValue ? 1 : 0);
  if ('intValue' in value) return joinBytes([0x18], varint(BigInt(value.intValue as string)));
  if ('doubleValue' in value) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, Number(value.doubleValue), true);
    return joinBytes([0x21], bytes);
  }
  const inside = (list: unknown) => (list as { values?: Json[] }).values;
  if ('arrayValue' in value) {
    return part(
      5,
      each(inside(value.arrayValue), (item) => part(1, anyValue(item))),
    );
  }
  if ('kvlistValue' in value) return part(6, attributes(1, inside(value.kvlistValue)));
  if ('bytesValue' in value) return part(7, Buffer.from(value.bytesValue as string, 'base64'));
  return NOTHING;
}

const attributes = (field: number, list: unknown) =>
  each(list, ({ key, value }) =>
    part(field, joinBytes(text(1, key), value ? part(2, anyValue(value as Json)) : NOTHING)),
  );

function spanBytes(span: Json): Uint8Array {
  const status = span.status as Json | undefined;
  return joinBytes(
    id(1, span.traceId),
    id(2, span.spanId),
    text(3, span.traceState),
    id(4, span.parentSpanId),
    text(5, span.name),
    number(6, span.kind),
    fixed64(7, span.startTimeUnixNano),
    fixed64(8, span.endTimeUnixNano),
    attributes(9, span.attributes),
    number(10, span.droppedAttributesCount),
    each(span.events, (event) =>
      part(
        11,
        joinBytes(
          fixed64(1, event.timeUnixNano),
          text(2, event.name),
          attributes(3, event.attributes),
        ),
      ),
    ),
    number(12, span.droppedEventsCount),
    each(span.links, (link) =>
      part(13, joinBytes(id(1, link.traceId), id(2, link.spanId), attributes(4, link.attributes))),
    ),
    number(14, span.droppedLinksCount),
    status ? part(15, joinBytes(text(2, status.message), number(3, status.code))) : NOTHING,
  );
}

/** TracesData. `isResourceLast` writes the fields in an unusual order that is allowed as well. */
export function protobufOf(traces: Json, isResourceLast = false): Uint8Array<ArrayBuffer> {
  const ordered = (...parts: Uint8Array[]) =>
    joinBytes(...(isResourceLast ? parts.reverse() : parts));
  return joinBytes(
    each(traces.resourceSpans, ({ resource, scopeSpans }) =>
      part(
        1,
        ordered(
          resource ? part(1, attributes(1, (resource as Json).attributes)) : NOTHING,
          each(scopeSpans, ({ scope, spans }) =>
            part(
              2,
              ordered(
                scope
                  ? part(
                      1,
                      joinBytes(
                        text(1, (scope as Json).name),
                        text(2, (scope as Json).version),
                        attributes(3, (scope as Json).attributes),
                      ),
                    )
                  : NOTHING,
                each(spans, (span) => part(2, spanBytes(span))),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}
