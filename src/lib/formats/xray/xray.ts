/**
 * AWS X-Ray's segments: documents by themselves or one per line, after the daemon's header, and responses of
 * `BatchGetTraces`, which contain them as text. Subsegments are nested in them.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
import { NO_EVENTS, type Attributes, type Span, type SpanEvent } from '$lib/model/span';
import { SECONDS, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { ResourceTable } from '$lib/formats/resource-table';
import { blankSpan, type Warns } from '$lib/formats/span-parts';
import { JsonReader } from '$lib/json/reader';
import type { JsonObject } from '$lib/json/reader';

export const xray = recordFormat({
  id: 'xray',
  label: 'AWS X-Ray segments',
  around: [['Traces', 'Segments'], ['Segments']],
  isRecord: (value) => isSegment(value) || isDocument(value),
  reader: (walk) => {
    const reader = new SegmentReader(walk);
    return (json) => reader.read(json);
  },
});

const TRACE_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i;

function isSegment({ trace_id, id }: JsonObject): boolean {
  return typeof id === 'string' && typeof trace_id === 'string' && TRACE_ID.test(trace_id);
}

function isDocument({ Document }: JsonObject): boolean {
  return typeof Document === 'string' && /"trace_id"\s*:\s*"1-/.test(Document);
}

/** Subsegments nested deeper stay JSON. */
const MAX_DEPTH = 300;

class SegmentReader {
  private readonly resources = new ResourceTable();
  private readonly documents = new JsonReader();

  constructor(private readonly walk: Warns) {}

  read(json: JsonReader): Span[] {
    const spans: Span[] = [];
    const members = this.tree(json, spans, 0);
    const document = members.take('Document');
    if (document !== null) {
      spans.length = 0;
      this.documents.reset(document);
      this.finish(this.tree(this.documents, spans, 0), spans);
    } else if (members.has('id')) this.finish(members, spans);
    else if (!members.has('format'))
      this.walk.warn('skipped-record', 'an object without a segment');
    return spans;
  }

  /** What a document's subsegments take from their segment, which comes last in the list. */
  private finish(members: Members, spans: Span[]): void {
    const service = members.get('name');
    const traceId = traceIdOf(members.take('trace_id'));
    const origin = members.get('origin');
    const root = this.span(members);
    // An independent subsegment is sent by itself, with its parent's id.
    spans.unshift(root);
    const resource = this.resources.of([
      ...(service ? ['service.name', service] : []),
      ...(origin ? ['cloud.origin', origin] : []),
    ]);
    for (const span of spans) {
      span.traceId ||= traceId;
      span.resource = resource;
    }
  }

  /** Reads a segment's members, and adds the spans of its subsegments to the list. */
  private tree(json: JsonReader, spans: Span[], depth: number): Members {
    const children: Span[] = [];
    const inner = new Map([
      [
        'subsegments',
        (reader: JsonReader) => {
          reader.beginArray();
          while (reader.nextElement()) {
            const child = this.span(this.tree(reader, spans, depth + 1));
            children.push(child);
            spans.push(child);
          }
        },
      ],
    ]);
    const members = Members.read(json, depth < MAX_DEPTH ? inner : undefined);
    const id = members.get('id');
    for (const child of children) child.parentId ??= id || null;
    return members;
  }

  private span(members: Members): Span {
    const span = blankSpan();
    span.traceId = traceIdOf(members.take('trace_id'));
    span.spanId = members.take('id') ?? '';
    span.parentId = members.take('parent_id') || null;
    span.name = members.take('name') ?? '';
    span.startNs = timeOf(members.take('start_time'), SECONDS, this.walk);
    span.endNs = timeOf(members.take('end_time'), SECONDS, this.walk);
    const attributes: Attributes = [];
    const namespace = members.take('namespace');
    span.kind = namespace
      ? 'CLIENT'
      : members.has('http') || members.has('service')
        ? 'SERVER'
        : 'INTERNAL';
    if (namespace) attributes.push('aws.xray.namespace', namespace);
    this.faults(span, members, attributes);
    annotate(members, attributes);
    const request = members.takeObject('http');
    if (request) httpTo(request, attributes);
    for (const [name, prefix] of NESTED) {
      members.takeObject(name)?.flatTo(attributes, prefix);
    }
    if (members.get('in_progress') === 'false') members.take('in_progress');
    members.restTo(attributes, 'aws.xray.');
    span.attributes = attributes;
    return span;
  }

  /** Faults are errors of the server, errors those of the client, including throttles; exceptions become events. */
  private faults(span: Span, members: Members, attributes: Attributes): void {
    let failed = false;
    for (const name of ['fault', 'error', 'throttle']) {
      if (members.take(name) !== 'true') continue;
      attributes.push(`aws.xray.${name}`, 'true');
      failed = true;
    }
    if (failed) span.status = 'ERROR';
    const cause = members.takeObject('cause');
    if (!cause) return;
    const exceptions = cause.takeList('exceptions').map(exceptionOf);
    span.events = exceptions.length > 0 ? exceptions : NO_EVENTS;
    const message = exceptions.at(0)?.attributes.indexOf('exception.message') ?? -1;
    span.statusDescription =
      cause.take('message') || (message < 0 ? null : exceptions[0].attributes[message + 1]);
    cause.flatTo(attributes, 'aws.xray.cause.');
  }
}

function exceptionOf(text: string): SpanEvent {
  const exception = Members.parse(text);
  const attributes: Attributes = [];
  for (const name of ['type', 'message']) {
    const value = exception?.take(name);
    if (value) attributes.push(`exception.${name}`, value);
  }
  const stack = exception?.takeList('stack').map((line) => {
    const frame = Members.parse(line);
    return `  at ${frame?.take('label') ?? '?'} (${frame?.take('path') ?? '?'}:${frame?.take('line') ?? '?'})`;
  });
  if (stack?.length) attributes.push('exception.stacktrace', stack.join('\n'));
  exception?.restTo(attributes, 'exception.');
  return { name: 'exception', timeNs: null, attributes };
}

/** Objects whose members become attributes under a prefix. */
const NESTED = [
  ['aws', 'aws.'],
  ['sql', 'sql.'],
  ['service', 'service.'],
  ['metadata', 'metadata.'],
];

/** X-Ray indexes annotations, and its users search them, so they keep their names. */
function annotate(members: Members, attributes: Attributes): void {
  const annotations = members.takeObject('annotations');
  if (annotations) attributes.push(...annotations.attributes());
}

const HTTP = [
  ['request', 'method', 'http.method'],
  ['request', 'url', 'http.url'],
  ['request', 'user_agent', 'http.user_agent'],
  ['request', 'client_ip', 'http.client_ip'],
  ['response', 'status', 'http.status_code'],
  ['response', 'content_length', 'http.response_content_length'],
];

function httpTo(http: Members, attributes: Attributes): void {
  const parts = { request: http.takeObject('request'), response: http.takeObject('response') };
  for (const [part, name, key] of HTTP) {
    const value = parts[part as 'request' | 'response']?.take(name);
    if (value != null) attributes.push(key, value);
  }
  parts.request?.flatTo(attributes, 'http.request.');
  parts.response?.flatTo(attributes, 'http.response.');
  http.flatTo(attributes, 'http.');
}

/** `1-5f29ab21-d4ebf299219a65bd5c31d6da` as other tools write it: only the digits. */
function traceIdOf(text: string | null): string {
  if (text === null) return '';
  return TRACE_ID.test(text) ? text.slice(2).replace('-', '').toLowerCase() : text;
}
