/**
 * MLflow's traces: `{info, data: {spans}}` in all versions, whose ids are in a context, in base64, or OpenTelemetry's.
 * https://mlflow.org/docs/latest/genai/concepts/trace/
 */
import { type Attributes, type Span } from '$lib/model/span';
import { statusOf } from '$lib/formats/enums';
import { NANOSECONDS, eventTimeOf, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { isObject } from '$lib/formats/sniff';
import { IdReader, blankSpan, type Warns } from '$lib/formats/span-parts';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, isNoId } from '$lib/model/ids';
import type { JsonReader } from '$lib/json/reader';

export const mlflow = recordFormat({
  id: 'mlflow',
  label: 'MLflow traces',
  around: [['traces'], ['trace']],
  isRecord: ({ info, data }) =>
    isObject(info) &&
    ['request_id', 'trace_id', 'client_request_id', 'trace_location'].some((key) => key in info) &&
    (data === undefined || isObject(data)),
  reader: (walk) => {
    const ids = new IdReader(walk);
    return (json) => readTrace(json, ids, walk);
  },
});

function readTrace(json: JsonReader, ids: IdReader, walk: Warns): Span[] {
  const spans: Span[] = [];
  const list = (reader: JsonReader) => {
    reader.beginArray();
    while (reader.nextElement()) spans.push(mlflowSpan(Members.read(reader), ids, walk));
  };
  const data = (reader: JsonReader) => void Members.read(reader, new Map([['spans', list]]));
  const members = Members.read(json, new Map([['data', data]]));
  const info = members.takeObject('info');
  const about: Attributes = [];
  info?.takeObject('trace_metadata', 'request_metadata')?.restTo(about);
  info?.takeObject('tags')?.restTo(about, 'mlflow.tag.');
  // Of the whole trace; its spans have values of their own.
  const own = about.filter((_, i) => !/tokenUsage|cost/i.test(about[i - (i % 2)]));
  for (const span of spans)
    if (span.parentId === null) span.attributes = [...own, ...span.attributes];
  return spans;
}

/** A span of any version, from its members. */
export function mlflowSpan(members: Members, ids: IdReader, walk: Warns): Span {
  const span = blankSpan();
  const context = members.takeObject('context') ?? members;
  const own = members.takeObject('attributes');
  const stated = unquoted(own?.take('mlflow.traceRequestId') ?? '');
  const traceId = context.take('trace_id', 'request_id') || stated;
  span.traceId = ids.of(traceId.replace(/^tr-/, ''), TRACE_ID_BYTES);
  span.spanId = ids.of(context.take('span_id') ?? '', SPAN_ID_BYTES);
  const parent = members.take('parent_span_id', 'parent_id') ?? '';
  span.parentId = isNoId(parent.replace(/^0x/, '')) ? null : ids.of(parent, SPAN_ID_BYTES);
  span.name = members.take('name') ?? '';
  span.kind = 'INTERNAL';
  const start = members.take('start_time_unix_nano', 'start_time_ns', 'start_time');
  span.startNs = timeOf(start, NANOSECONDS, walk);
  const end = timeOf(
    members.take('end_time_unix_nano', 'end_time_ns', 'end_time'),
    NANOSECONDS,
    walk,
  );
  span.endNs = end === 0n ? null : end;
  const status = members.takeObject('status');
  span.status = statusOf(status?.take('code') ?? members.take('status_code', 'status') ?? '');
  span.statusDescription = status?.take('message') || members.take('status_message') || null;
  span.events = members.takeList('events').map((text) => {
    const event = Members.parse(text);
    const time = event?.take('time_unix_nano', 'timestamp') ?? null;
    return {
      name: event?.take('name') ?? '',
      timeNs: eventTimeOf(time, NANOSECONDS, walk),
      attributes: event?.takeObject('attributes')?.attributes() ?? [],
    };
  });
  // Values are JSON in strings; a string inside is unquoted.
  const attributes = (own?.attributes() ?? []).map((text, i) =>
    i % 2 === 1 ? unquoted(text) : text,
  );
  const type = members.take('span_type');
  if (type) attributes.push('mlflow.spanType', type);
  const inputs = members.take('inputs');
  if (inputs) attributes.push('mlflow.spanInputs', inputs);
  const outputs = members.take('outputs');
  if (outputs) attributes.push('mlflow.spanOutputs', outputs);
  members.restTo(attributes, 'mlflow.');
  span.attributes = attributes;
  return span;
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}
