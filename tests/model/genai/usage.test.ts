/** What each convention's attributes say of tokens and cost, in one way of counting. */
import { isInference, spanType } from '$lib/model/genai/span-type';
import {
  cacheReadTokens,
  cacheWriteTokens,
  cost,
  inputTokens,
  outputTokens,
  reasoningTokens,
} from '$lib/model/genai/usage';
import { describe, expect, test } from 'vitest';

type Attributes = Record<string, string>;

const reading = (attributes: Attributes) => (key: string) =>
  Object.hasOwn(attributes, key) ? attributes[key] : undefined;

/** In, of which read and written; out, of which reasoning; cost. */
function usageOf(attributes: Attributes) {
  const read = reading(attributes);
  return [
    inputTokens(read),
    cacheReadTokens(read),
    cacheWriteTokens(read),
    outputTokens(read),
    reasoningTokens(read),
    cost(read),
  ];
}

const JSON_OF = JSON.stringify;

describe('tokens in hold the cached ones, tokens out the reasoning', () => {
  test.each<[string, Attributes, ReturnType<typeof usageOf>]>([
    [
      'OpenTelemetry, which counts so',
      {
        'gen_ai.usage.input_tokens': '100',
        'gen_ai.usage.cache_read.input_tokens': '60',
        'gen_ai.usage.cache_creation.input_tokens': '30',
        'gen_ai.usage.output_tokens': '20',
        'gen_ai.usage.reasoning.output_tokens': '15',
        'gen_ai.usage.cost': '0.5',
      },
      [100n, 60n, 30n, 20n, 15n, 0.5],
    ],
    [
      'its old names',
      { 'gen_ai.usage.prompt_tokens': '7', 'gen_ai.usage.completion_tokens': '3.0' },
      [7n, null, null, 3n, null, null],
    ],
    [
      'an instrumentation that hands Anthropic’s own figures on: the parts are more than the whole',
      {
        'gen_ai.usage.input_tokens': '5',
        'gen_ai.usage.cache_read_input_tokens': '60',
        'gen_ai.usage.cache_creation_input_tokens': '30',
      },
      [95n, 60n, 30n, null, null, null],
    ],
    [
      'OpenInference',
      {
        'llm.token_count.prompt': '100',
        'llm.token_count.prompt_details.cache_read': '60',
        'llm.token_count.prompt_details.cache_write': '1',
        'llm.token_count.completion': '20',
        'llm.token_count.completion_details.reasoning': '15',
        'llm.cost.prompt': '0.25',
        'llm.cost.completion': '0.5',
      },
      [100n, 60n, 1n, 20n, 15n, 0.75],
    ],
    [
      'Langfuse: neither cached input nor reasoning is in its totals',
      {
        'langfuse.observation.usage_details': JSON_OF({
          input: 10,
          input_cached_tokens: 60,
          input_cache_creation_5m: 5,
          input_cache_creation_1h: 2,
          output: 3,
          output_reasoning: 4,
          total: 84,
        }),
        'langfuse.observation.cost_details': JSON_OF({ input: 0.1, output: 0.2, total: 0.3 }),
      },
      [77n, 60n, 7n, 7n, 4n, 0.3],
    ],
    [
      'Langfuse with figures that were sent as they were: the total tells',
      {
        'langfuse.observation.usage_details': JSON_OF({
          input: 100,
          input_cached_tokens: 60,
          output: 20,
          total: 120,
        }),
        'langfuse.observation.cost_details': JSON_OF({ input: 0.25, output: 0.5 }),
      },
      [100n, 60n, null, 20n, null, 0.75],
    ],
    [
      'Langfuse with details that are part of the input by their names',
      {
        'langfuse.observation.usage_details': JSON_OF({
          input: 190,
          'prompt_details.cache_read': 90,
          output: 164,
          'completion_details.reasoning': 0,
          total: 354,
        }),
      },
      [190n, 90n, null, 164n, 0n, null],
    ],
    [
      'Claude Code’s requests',
      {
        'span.type': 'llm_request',
        input_tokens: '5',
        cache_read_tokens: '60',
        cache_creation_tokens: '30',
        output_tokens: '8',
      },
      [95n, 60n, 30n, 8n, null, null],
    ],
    [
      'no other span by such names',
      { 'span.type': 'web', input_tokens: '5', cache_read_tokens: '60', output_tokens: '8' },
      [null, null, null, null, null, null],
    ],
    [
      'Vercel’s AI SDK, by parts',
      {
        'ai.usage.inputTokenDetails.noCacheTokens': '5',
        'ai.usage.inputTokenDetails.cacheReadTokens': '60',
        'ai.usage.inputTokenDetails.cacheWriteTokens': '30',
        'ai.usage.outputTokens': '8',
        'ai.usage.reasoningTokens': '2',
      },
      [95n, 60n, 30n, 8n, 2n, null],
    ],
    [
      'Vercel’s AI SDK, in whole',
      {
        'ai.usage.inputTokens': '95',
        'ai.usage.cachedInputTokens': '60',
        'ai.usage.outputTokens': '8',
      },
      [95n, 60n, null, 8n, null, null],
    ],
    [
      'MLflow',
      {
        'mlflow.chat.tokenUsage': JSON_OF({
          input_tokens: 9,
          output_tokens: 4,
          total_tokens: 13,
          cache_read_input_tokens: 3,
        }),
        'mlflow.llm.cost': JSON_OF({ input_cost: 0.1, output_cost: 0.2, total_cost: 0.31 }),
      },
      [9n, 3n, null, 4n, null, 0.31],
    ],
    [
      'LangSmith',
      {
        'langsmith.usage_metadata': JSON_OF({
          input_tokens: 9,
          output_tokens: 4,
          input_token_details: { cache_read: 3, cache_creation: 2 },
          output_token_details: { reasoning: 1 },
        }),
      },
      [9n, 3n, 2n, 4n, 1n, null],
    ],
    [
      'SynthralOS',
      { 'llm.input_tokens': '9', 'llm.output_tokens': '4', 'llm.cost_usd': '0.02' },
      [9n, null, null, 4n, null, 0.02],
    ],
    ['Flujo', { 'flujo.budget.actual_cost_usd': '0.02' }, [null, null, null, null, null, 0.02]],
    [
      'another currency, which is no cost in dollars',
      { 'gen_ai.usage.cost.amount': '3', 'gen_ai.usage.cost.currency': 'EUR' },
      [null, null, null, null, null, null],
    ],
    [
      'nonsense',
      {
        'gen_ai.usage.input_tokens': 'many',
        'gen_ai.usage.output_tokens': '-1',
        'gen_ai.usage.cost': '',
        'langfuse.observation.usage_details': '{"input": 4',
      },
      [null, null, null, null, null, null],
    ],
  ])('%s', (_, attributes, expected) => {
    expect(usageOf(attributes)).toEqual(expected);
  });
});

const TOKENS = { 'gen_ai.usage.input_tokens': '5' };

test.each<[Attributes, string | null, boolean | null]>([
  [{ 'gen_ai.operation.name': 'chat' }, 'llm', true],
  [{ 'gen_ai.operation.name': 'generate_content' }, 'llm', true],
  [{ 'gen_ai.operation.name': 'embeddings' }, 'embedding', true],
  [{ 'gen_ai.operation.name': 'invoke_agent', ...TOKENS }, 'agent', false],
  [{ 'gen_ai.operation.name': 'execute_tool', ...TOKENS }, 'tool', false],
  [{ 'gen_ai.operation.name': 'search_memory' }, 'search_memory', false],
  [{ 'openinference.span.kind': 'LLM' }, 'llm', true],
  [{ 'openinference.span.kind': 'AGENT', ...TOKENS }, 'agent', false],
  [{ 'openinference.span.kind': 'UNKNOWN', ...TOKENS }, null, true],
  [{ 'langfuse.observation.type': 'GENERATION' }, 'llm', true],
  [{ 'langfuse.observation.type': 'span', 'gen_ai.operation.name': 'chat' }, 'llm', true],
  [{ 'langfuse.observation.type': 'span' }, null, null],
  [{ 'langsmith.span.kind': 'llm' }, 'llm', true],
  [{ 'mlflow.spanType': '"CHAT_MODEL"' }, 'llm', true],
  [{ 'mlflow.spanType': '"RETRIEVER"' }, 'retriever', false],
  [{ 'traceloop.span.kind': 'task', ...TOKENS }, 'task', false],
  [{ 'ai.operationId': 'ai.streamText', 'ai.usage.inputTokens': '5' }, 'agent', false],
  [{ 'ai.operationId': 'ai.streamText.doStream', 'ai.usage.inputTokens': '5' }, 'llm', true],
  [{ 'ai.operationId': 'ai.embedMany', 'ai.usage.tokens': '5' }, 'chain', false],
  [{ 'ai.operationId': 'ai.embedMany.doEmbed', 'ai.usage.tokens': '5' }, 'embedding', true],
  [{ 'ai.operationId': 'ai.toolCall' }, 'tool', false],
  [{ 'span.type': 'llm_request', input_tokens: '5' }, 'llm', true],
  [{ 'span.type': 'interaction' }, 'interaction', null],
  [{ 'node.type': 'llm', 'llm.input_tokens': '5' }, 'llm', true],
  [{ 'agent.framework': 'x', 'agent.cost': '0.5' }, 'agent', false],
  [{ 'pydantic_ai.all_messages': '[]', ...TOKENS }, 'agent', false],
  [
    { 'flujo.step.policy': 'DefaultAgentStepExecutor', 'flujo.budget.actual_cost_usd': '1' },
    null,
    true,
  ],
  [
    {
      'flujo.step.policy': 'DefaultLoopStepExecutor',
      'flujo.step.type': 'LoopStep',
      'flujo.budget.actual_cost_usd': '1',
    },
    'loopstep',
    false,
  ],
  [{ cost_usd: '0.5' }, null, true],
  [{ 'http.method': 'GET' }, null, null],
])('%j is of type %s, and counts: %s', (attributes, type, counts) => {
  expect(spanType(reading(attributes))).toBe(type);
  expect(isInference(reading(attributes))).toBe(counts);
});
