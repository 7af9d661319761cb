/**
 * LangSmith's runs: lists, API responses, lines, and trees of `child_runs`.
 * https://docs.langchain.com/langsmith/run-data-format
 */
import { type Attributes, type Span } from '$lib/model/span';
import { MILLISECONDS, eventTimeOf, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { blankSpan, type Warns } from '$lib/formats/span-parts';
import { hexId } from '$lib/model/ids';
import type { JsonReader } from '$lib/json/reader';

export const langsmith = recordFormat({
  id: 'langsmith',
  label: 'LangSmith runs',
  around: [['runs'], ['data'], ['trace']],
  isRecord: (value) => typeof value.run_type === 'string' && typeof value.id === 'string',
  reader: (walk) => (json) => {
    const spans: Span[] = [];
    readRun(json, walk, spans, 0);
    return spans;
  },
});

/** Children nested deeper stay JSON. */
const MAX_DEPTH = 300;

/** Adds the run and its descendants. */
function readRun(json: JsonReader, walk: Warns, spans: Span[], depth: number): Span {
  const children: Span[] = [];
  const inner = new Map([
    [
      'child_runs',
      (reader: JsonReader) => {
        reader.beginArray();
        while (reader.nextElement()) children.push(readRun(reader, walk, spans, depth + 1));
      },
    ],
  ]);
  const first = spans.length;
  const members = Members.read(json, depth < MAX_DEPTH ? inner : undefined);
  const span = spanOf(members, walk);
  spans.push(span);
  for (const child of children) child.parentId ??= span.spanId || null;
  // Children without a trace id belong to their parent's trace.
  if (span.traceId !== '') {
    for (let i = first; i < spans.length; i++) spans[i].traceId ||= span.traceId;
  }
  if (depth === 0) for (const one of spans) one.traceId ||= span.parentId ?? span.spanId;
  return span;
}

const idOf = (text: string | null): string => (text === null ? '' : (hexId(text, 16) ?? text));

function spanOf(members: Members, walk: Warns): Span {
  const span = blankSpan();
  const attributes: Attributes = [];
  span.spanId = idOf(members.take('id'));
  span.parentId = idOf(members.take('parent_run_id')) || null;
  span.traceId = idOf(members.take('trace_id')) || traceOf(members.get('dotted_order'));
  span.name = members.take('name') ?? '';
  span.kind = 'INTERNAL';
  span.startNs = timeOf(members.take('start_time'), MILLISECONDS, walk);
  span.endNs = timeOf(members.take('end_time'), MILLISECONDS, walk);
  const error = members.take('error');
  const status = members.take('status');
  if (error || status === 'error') span.status = 'ERROR';
  else if (status === 'success') span.status = 'OK';
  span.statusDescription = error || null;
  const type = members.take('run_type');
  if (type) attributes.push('langsmith.span.kind', type);
  const extra = members.takeObject('extra');
  const metadata = extra?.takeObject('metadata');
  const session = metadata?.get('session_id', 'thread_id', 'conversation_id');
  if (session) attributes.push('session.id', session);
  metadata?.restTo(attributes, 'langsmith.metadata.');
  extra?.restTo(attributes, 'langsmith.');
  for (const [name, key] of USAGE) {
    const value = members.take(name);
    if (value !== null) attributes.push(key, value);
  }
  const input = members.takeObject('prompt_token_details');
  const output = members.takeObject('completion_token_details');
  pushPart(attributes, 'gen_ai.usage.cache_read.input_tokens', input?.take('cache_read'));
  pushPart(attributes, 'gen_ai.usage.cache_creation.input_tokens', input?.take('cache_creation'));
  pushPart(attributes, 'gen_ai.usage.reasoning.output_tokens', output?.take('reasoning'));
  const inputs = members.take('inputs');
  if (inputs) attributes.push('input.value', inputs);
  const outputs = members.take('outputs');
  if (outputs) attributes.push('output.value', outputs);
  const events = members.takeList('events');
  span.events = events.map((text) => {
    const event = Members.parse(text);
    const name = event?.take('name') ?? '';
    const timeNs = eventTimeOf(event?.take('time') ?? null, MILLISECONDS, walk);
    const own: Attributes = [];
    event?.restTo(own);
    return { name, timeNs, attributes: own };
  });
  members.take('child_run_ids');
  members.restTo(attributes, 'langsmith.');
  span.attributes = attributes;
  return span;
}

const USAGE = [
  ['prompt_tokens', 'gen_ai.usage.input_tokens'],
  ['completion_tokens', 'gen_ai.usage.output_tokens'],
  ['total_cost', 'gen_ai.usage.cost'],
];

function pushPart(attributes: Attributes, key: string, value: string | null | undefined): void {
  if (value != null) attributes.push(key, value);
}

/** The first part of `20250110T120000000000Z<root id>.…` names the trace. */
function traceOf(order: string | null): string {
  const [first] = (order ?? '').split('.');
  const [time, id] = first.split('Z');
  return idOf(id || time);
}
