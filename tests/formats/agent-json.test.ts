/** Values of the traces that tools for agents and models write as JSON; their counts are in `formats.test.ts`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Span } from '$lib/model/span';
import { FIXTURES } from '../support/paths';
import { asObject, readFormat } from '../support/read-format';

async function spansOf(path: string): Promise<Span[]> {
  return (await readFormat(readFileSync(FIXTURES + path), path)).spans;
}

describe('Langfuse', () => {
  it('puts the trace around its observations, each of which comes once', async () => {
    const [trace, root, call] = await spansOf('langfuse/trace.json');
    expect(trace).toMatchObject({ parentId: null, endNs: 1749650499589000000n });
    expect(asObject(trace.attributes)['session.id']).toBe('s1');
    expect(root.parentId).toBe(trace.spanId);
    expect(call).toMatchObject({
      parentId: '1cffdfa6fe3412e6',
      status: 'ERROR',
      statusDescription: 'quota',
      scope: 'openinference',
      resource: { service: 'agno' },
    });
    expect(asObject(call.attributes)).toMatchObject({
      a: 'b',
      'langfuse.observation.type': 'generation',
      'langfuse.observation.model.name': 'gpt-4o-mini',
      'langfuse.observation.cost_details': '{"input":0.0002352,"total":0.000489}',
    });
    const [open, moment] = await spansOf('langfuse/observations.jsonl');
    expect(open).toMatchObject({ parentId: null, endNs: null });
    expect(moment.endNs).toBe(1749650493000001000n);
  });
});

describe('LangSmith', () => {
  it('reads lists and trees', async () => {
    const [root, llm] = await spansOf('langsmith/runs.json');
    expect(llm).toMatchObject({
      traceId: root.traceId,
      parentId: 'root',
      status: 'ERROR',
      statusDescription: 'RateLimit',
      endNs: null,
    });
    expect(asObject(llm.attributes)).toMatchObject({
      'langsmith.span.kind': 'llm',
      'gen_ai.usage.input_tokens': '10',
      'gen_ai.usage.cache_read.input_tokens': '4',
      'langsmith.metadata.ls_model_name': 'm',
    });
    expect(asObject(root.attributes)['session.id']).toBe('th-1');
    const tree = await spansOf('langsmith/tree.json');
    const byName = Object.fromEntries(tree.map((span) => [span.name, span]));
    expect(byName.llm.parentId).toBe(byName.tool.spanId);
    expect(byName.tool.parentId).toBe(byName.agent.spanId);
    expect(byName.agent.parentId).toBeNull();
  });
});

describe('MLflow', () => {
  it('reads both kinds of ids, and the JSON in its texts', async () => {
    const [root, llm] = await spansOf('mlflow/v3.json');
    expect(root).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', status: 'OK' });
    expect(asObject(root.attributes)['mlflow.trace.session']).toBe('s1');
    expect(llm).toMatchObject({
      parentId: root.spanId,
      startNs: 1700000000000000002n,
      endNs: null,
      statusDescription: 'boom',
    });
    expect(asObject(llm.attributes)['mlflow.spanType']).toBe('CHAT_MODEL');
    const [old] = await spansOf('mlflow/v2.json');
    expect(old).toMatchObject({ spanId: '00000000000000a1', startNs: 1700000000000000001n });
    expect(asObject(old.attributes)['mlflow.spanInputs']).toBe('{"q":1}');
  });
});

describe('OpenAI Agents SDK', () => {
  it('gives roots what their trace says, and reads usage', async () => {
    const [call, agent] = await spansOf('openai-agents/traces.json');
    expect(call).toMatchObject({ parentId: 'span_1', statusDescription: 'refused' });
    expect(asObject(call.attributes)).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': '9',
      'gen_ai.usage.cache_read.input_tokens': '4',
    });
    expect(agent).toMatchObject({ name: 'SearchAgent', endNs: null });
    expect(asObject(agent.attributes)['gen_ai.conversation.id']).toBe('g1');
    const [search] = await spansOf('openai-agents/lines.jsonl');
    expect(asObject(search.attributes)['workflow.name']).toBe('Support');
  });
});

describe('AI SDK DevTools', () => {
  it('reads steps, and runs inside of runs as one trace', async () => {
    const [first, second] = await spansOf('ai-sdk-devtools/generations.json');
    expect(first.endNs).toBe(1773819865444000000n);
    expect(asObject(first.attributes)).toMatchObject({
      'gen_ai.usage.input_tokens': '12',
      'gen_ai.usage.output_tokens': '3',
    });
    expect(second).toMatchObject({ traceId: 'r1', endNs: null, statusDescription: 'boom' });
    expect(asObject(second.attributes)['gen_ai.usage.input_tokens']).toBeUndefined();
  });
});

describe('Flujo', () => {
  it('gives nodes without ids some that are always the same', async () => {
    const [run, ask] = await spansOf('flujo-tree/debug-export.json');
    expect(run).toMatchObject({ traceId: 'run_1', spanId: 'run_1:1', endNs: null });
    expect(run.startNs).toBe(1700000000123456000n);
    expect(ask).toMatchObject({
      parentId: 'run_1:1',
      status: 'ERROR',
      statusDescription: 'no',
      resource: { service: 'AgentStep' },
    });
    expect(ask.events).toEqual([{ name: 'flujo.retry', timeNs: null, attributes: ['n', '1'] }]);
  });
});
