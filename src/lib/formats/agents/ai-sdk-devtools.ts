/**
 * `.devtools/generations.json` of Vercel's AI SDK: runs and their steps, each of which is a model call.
 * https://ai-sdk.dev/docs/ai-sdk-core/devtools
 */
import { type Attributes, type Span } from '$lib/model/span';
import { MILLISECONDS, durationOf, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { blankSpan, endAfter, type Warns } from '$lib/formats/span-parts';

export const aiSdkDevtools = recordFormat({
  id: 'ai-sdk-devtools',
  label: 'AI SDK DevTools',
  around: [['runs'], ['steps']],
  isRecord: (value) => typeof value.run_id === 'string' && 'step_number' in value,
  reader: (walk) => {
    /** The parent of a run that was started by another run. */
    const parents = new Map<string, string>();
    return (json) => {
      const members = Members.read(json);
      if (members.has('run_id')) return [stepOf(members, parents, walk)];
      const parent = members.take('parent_run_id');
      if (parent) parents.set(members.get('id') ?? '', parent);
      return [];
    };
  },
});

/** A run that was started by another run belongs to its trace. */
function traceOf(run: string, parents: ReadonlyMap<string, string>): string {
  const seen = new Set<string>();
  let root = run;
  while (!seen.has(root)) {
    seen.add(root);
    root = parents.get(root) ?? root;
  }
  return root;
}

function stepOf(members: Members, parents: ReadonlyMap<string, string>, walk: Warns): Span {
  const span = blankSpan();
  const run = members.take('run_id') ?? '';
  span.traceId = traceOf(run, parents);
  span.spanId = members.take('id') ?? '';
  const number = members.take('step_number') ?? '';
  const model = members.take('model_id');
  span.name = `step ${number}${model ? ` ${model}` : ''}`;
  span.kind = 'CLIENT';
  span.startNs = timeOf(members.take('started_at'), MILLISECONDS, walk);
  span.endNs = endAfter(span.startNs, durationOf(members.take('duration_ms'), MILLISECONDS));
  const attributes: Attributes = ['gen_ai.operation.name', 'chat', 'ai.run.id', run];
  if (model) attributes.push('gen_ai.request.model', model);
  const provider = members.take('provider');
  if (provider) attributes.push('gen_ai.provider.name', provider);
  const usage = members.takeObject('usage');
  pushCount(attributes, 'gen_ai.usage.input_tokens', usage, 'inputTokens');
  pushCount(attributes, 'gen_ai.usage.output_tokens', usage, 'outputTokens');
  usage?.flatTo(attributes, 'ai.usage.');
  const error = members.take('error');
  if (error) {
    span.status = 'ERROR';
    span.statusDescription = error;
  }
  const input = members.take('input');
  if (input) attributes.push('input.value', input);
  const output = members.take('output');
  if (output) attributes.push('output.value', output);
  members.restTo(attributes, 'ai.step.');
  span.attributes = attributes;
  return span;
}

/** A number, or an object of parts, perhaps without their total. */
function pushCount(attributes: Attributes, key: string, usage: Members | null, name: string): void {
  const value = Members.parse(usage?.get(name) ?? '')?.get('total') ?? usage?.get(name);
  if (value && /^\d+$/.test(value)) attributes.push(key, value);
}
