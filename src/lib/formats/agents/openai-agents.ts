/**
 * Traces of OpenAI's Agents SDK: `trace` and `trace.span` objects, one per line, in lists, or spans inside their trace.
 * https://github.com/openai/openai-agents-python/blob/main/src/agents/tracing/spans.py
 */
import { type Attributes, type Span } from '$lib/model/span';
import { MILLISECONDS, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { blankSpan, type Warns } from '$lib/formats/span-parts';
import type { JsonReader } from '$lib/json/reader';

export const openaiAgents = recordFormat({
  id: 'openai-agents',
  label: 'OpenAI Agents SDK traces',
  around: [['traces'], ['data'], ['spans']],
  isRecord: ({ object }) => object === 'trace' || object === 'trace.span',
  reader: (walk) => {
    const reader = new AgentsReader(walk);
    return (json) => reader.read(json);
  },
});

/** Roots take values from their trace; at most this many traces are remembered. */
const MOST_TRACES = 100_000;

class AgentsReader {
  private readonly traces = new Map<string, Attributes>();

  constructor(private readonly walk: Warns) {}

  read(json: JsonReader): Span[] {
    const spans: Span[] = [];
    const list = (reader: JsonReader) => {
      reader.beginArray();
      while (reader.nextElement()) spans.push(this.span(Members.read(reader)));
    };
    const members = Members.read(json, new Map([['spans', list]]));
    if (members.get('object') === 'trace.span') spans.push(this.span(members));
    else this.keepTrace(members);
    for (const span of spans) {
      const own = span.parentId === null ? this.traces.get(span.traceId) : undefined;
      if (own) span.attributes = [...own, ...span.attributes];
    }
    return spans;
  }

  private keepTrace(members: Members): void {
    members.take('object');
    const id = members.take('id', 'trace_id') ?? '';
    const attributes: Attributes = [];
    const workflow = members.take('workflow_name');
    if (workflow) attributes.push('workflow.name', workflow);
    const group = members.take('group_id');
    if (group) attributes.push('gen_ai.conversation.id', group);
    members.restTo(attributes, 'openai.trace.');
    if (this.traces.size < MOST_TRACES) this.traces.set(id, attributes);
  }

  private span(members: Members): Span {
    const span = blankSpan();
    members.take('object');
    span.traceId = members.take('trace_id') ?? '';
    span.spanId = members.take('id', 'span_id') ?? '';
    span.parentId = members.take('parent_id') || null;
    span.kind = 'INTERNAL';
    span.startNs = timeOf(members.take('started_at'), MILLISECONDS, this.walk);
    span.endNs = timeOf(members.take('ended_at'), MILLISECONDS, this.walk);
    const attributes: Attributes = [];
    const data = members.takeObject('span_data');
    const type = data?.take('type') ?? '';
    span.name = data?.take('name') || nameOf(type, data);
    const operation = OPERATIONS[type as keyof typeof OPERATIONS];
    if (operation) attributes.push('gen_ai.operation.name', operation);
    if (type) attributes.push('openai.span_data.type', type);
    if (type === 'agent') attributes.push('gen_ai.agent.name', span.name);
    if (type === 'function') attributes.push('gen_ai.tool.name', span.name);
    usageTo(attributes, data);
    const error = members.takeObject('error');
    if (error) {
      span.status = 'ERROR';
      span.statusDescription = error.take('message') || null;
      error.restTo(attributes, 'error.');
    }
    data?.restTo(attributes, 'openai.span_data.');
    members.restTo(attributes, 'openai.');
    span.attributes = attributes;
    return span;
  }
}

const OPERATIONS = {
  agent: 'invoke_agent',
  generation: 'chat',
  response: 'chat',
  function: 'execute_tool',
} as const;

function nameOf(type: string, data: Members | null): string {
  if (type !== 'handoff') return type;
  return `handoff ${data?.get('from_agent') ?? '?'} → ${data?.get('to_agent') ?? '?'}`;
}

/** From the span's data, or from the response in it. */
function usageTo(attributes: Attributes, data: Members | null): void {
  const response = Members.parse(data?.get('response') ?? '');
  const model = data?.take('model') ?? response?.get('model');
  if (model) attributes.push('gen_ai.request.model', model);
  const usage = data?.takeObject('usage') ?? response?.takeObject('usage');
  if (!usage) return;
  const input = usage.take('input_tokens', 'prompt_tokens');
  const output = usage.take('output_tokens', 'completion_tokens');
  const cached = usage.takeObject('input_tokens_details', 'prompt_tokens_details');
  const reasoning = usage.takeObject('output_tokens_details', 'completion_tokens_details');
  const parts = [
    ['input_tokens', input],
    ['output_tokens', output],
    ['cache_read.input_tokens', cached?.take('cached_tokens')],
    ['reasoning.output_tokens', reasoning?.take('reasoning_tokens')],
  ] as const;
  for (const [name, value] of parts) if (value) attributes.push(`gen_ai.usage.${name}`, value);
}
