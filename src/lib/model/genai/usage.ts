/**
 * Tokens and cost of a model call, from the attributes of the conventions in use.
 *
 * They count differently. In OpenTelemetry's `gen_ai.usage.*` the input includes the cached part and the output the
 * reasoning, as in OpenInference, LangSmith and Vercel's AI SDK; the columns follow that. Langfuse and Claude Code leave
 * the cached part out of the input, and Langfuse the reasoning out of the output, so those are added here.
 *
 * Some instrumentations put the figures of Anthropic's API, whose input excludes the cached part, under OpenTelemetry's
 * names. That only shows if the parts exceed the whole: then they can't be included in it, and are added.
 *
 * Sources: opentelemetry.io/docs/specs/semconv/gen-ai · OpenInference, spec/semantic_conventions.md · Langfuse,
 * langfuse.com/docs/observability/features/token-and-cost-tracking · Claude Code, code.claude.com/docs/en/monitoring-usage
 */
import { finiteNumber, firstWhole, membersOf, wholeNumber, type ReadAttribute } from './numbers';

/** Objects in one attribute, as JSON. */
const LANGFUSE_USAGE = 'langfuse.observation.usage_details';
const LANGFUSE_COST = 'langfuse.observation.cost_details';
const OBJECTS = ['mlflow.chat.tokenUsage', 'langsmith.usage_metadata'] as const;
const MLFLOW_COST = 'mlflow.llm.cost';

/** Claude Code's own names, too generic to be trusted outside its request spans. */
const CLAUDE_CODE_TYPE = 'span.type';
const CLAUDE_CODE_INPUT = 'input_tokens';

const INPUT = [
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.prompt_tokens',
  'llm.token_count.prompt',
  'llm.usage.prompt_tokens',
  'ai.usage.inputTokens',
  'ai.usage.promptTokens',
  'ai.usage.tokens',
  'llm.input_tokens',
] as const;

const CACHE_READ = [
  'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.usage.cache_read_input_tokens',
  'gen_ai.usage.input_tokens.cached',
  'gen_ai.usage.cached_tokens',
  'gen_ai.usage.details.cache_read_tokens',
  'gen_ai.usage.details.cache_read_input_tokens',
  'gen_ai.usage.details.cached_tokens',
  'llm.token_count.prompt_details.cache_read',
  'llm.usage.cache_read_input_tokens',
  'ai.usage.inputTokenDetails.cacheReadTokens',
  'ai.usage.cachedInputTokens',
] as const;

const CACHE_WRITE = [
  'gen_ai.usage.cache_creation.input_tokens',
  'gen_ai.usage.cache_creation_input_tokens',
  'gen_ai.usage.input_tokens.cache_write',
  'gen_ai.usage.details.cache_write_tokens',
  'gen_ai.usage.details.cache_creation_input_tokens',
  'llm.token_count.prompt_details.cache_write',
  'llm.usage.cache_creation_input_tokens',
  'ai.usage.inputTokenDetails.cacheWriteTokens',
] as const;

const OUTPUT = [
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.completion_tokens',
  'llm.token_count.completion',
  'llm.usage.completion_tokens',
  'ai.usage.outputTokens',
  'ai.usage.completionTokens',
  'llm.output_tokens',
] as const;

const REASONING = [
  'gen_ai.usage.reasoning.output_tokens',
  'gen_ai.usage.output_tokens.reasoning',
  'gen_ai.usage.reasoning_tokens',
  'gen_ai.usage.details.reasoning_tokens',
  'llm.token_count.completion_details.reasoning',
  'llm.usage.reasoning_tokens',
  'ai.usage.outputTokenDetails.reasoningTokens',
  'ai.usage.reasoningTokens',
] as const;

const COST = [
  'gen_ai.usage.cost',
  'gen_ai.usage.total_cost',
  'llm.cost.total',
  'llm.cost_usd',
  'cost_usd',
  'operation.cost',
  'flujo.budget.actual_cost_usd',
  'agent.cost',
] as const;

const COST_AMOUNT = 'gen_ai.usage.cost.amount';
const COST_CURRENCY = 'gen_ai.usage.cost.currency';

/** Input and output, for when no total is stated. */
const COST_PARTS = [
  ['llm.cost.prompt', 'llm.cost.completion'],
  ['gen_ai.usage.input_cost', 'gen_ai.usage.output_cost'],
  ['llm.cost_input_usd', 'llm.cost_output_usd'],
] as const;

const CACHE_READ_BESIDE = 'cache_read_tokens';
const CACHE_WRITE_BESIDE = 'cache_creation_tokens';
const OUTPUT_BESIDE = 'output_tokens';

export const CACHE_READ_KEYS = [
  ...CACHE_READ,
  LANGFUSE_USAGE,
  ...OBJECTS,
  CLAUDE_CODE_TYPE,
  CACHE_READ_BESIDE,
];
export const CACHE_WRITE_KEYS = [
  ...CACHE_WRITE,
  LANGFUSE_USAGE,
  ...OBJECTS,
  CLAUDE_CODE_TYPE,
  CACHE_WRITE_BESIDE,
];
export const INPUT_KEYS = [
  ...INPUT,
  'ai.usage.inputTokenDetails.noCacheTokens',
  CLAUDE_CODE_INPUT,
  ...CACHE_READ_KEYS,
  ...CACHE_WRITE,
  CACHE_WRITE_BESIDE,
];
export const REASONING_KEYS = [...REASONING, LANGFUSE_USAGE, ...OBJECTS];
export const OUTPUT_KEYS = [...OUTPUT, CLAUDE_CODE_TYPE, OUTPUT_BESIDE, ...REASONING_KEYS];
export const COST_KEYS = [
  ...COST,
  COST_AMOUNT,
  COST_CURRENCY,
  ...COST_PARTS.flat(),
  LANGFUSE_COST,
  MLFLOW_COST,
];

const isClaudeCodeRequest = (read: ReadAttribute): boolean =>
  read(CLAUDE_CODE_TYPE) === 'llm_request';

/** Adds up the members that satisfy `isOne`; null if there are none. */
function sumOf(
  members: ReadonlyMap<string, number>,
  isOne: (key: string) => boolean,
): bigint | null {
  let sum: number | null = null;
  for (const [key, value] of members) if (isOne(key)) sum = (sum ?? 0) + value;
  return sum === null ? null : wholeNumber(String(sum));
}

const isCacheRead = (key: string): boolean => /cache_read|cached|cache_hit/.test(key);
const isCacheWrite = (key: string): boolean => /cache_(creation|write)/.test(key);
const isInput = (key: string): boolean => key.includes('input');
const isOutput = (key: string): boolean => key.includes('output');

/** Whether one of Langfuse's usage types is not part of another. */
function langfuseSum(
  read: ReadAttribute,
  total: 'input' | 'output',
  isOne: (key: string) => boolean,
): bigint | null {
  const usage = membersOf(read(LANGFUSE_USAGE));
  const whole = usage.get(total);
  // Types add up to the total, unless the sender counted differently.
  const plain = (usage.get('input') ?? 0) + (usage.get('output') ?? 0);
  if (whole !== undefined && usage.get('total') === plain) return wholeNumber(String(whole));
  return sumOf(usage, isOne);
}

/** The first of MLflow's and LangSmith's objects with such a member. */
function fromObjects(read: ReadAttribute, isOne: (key: string) => boolean): bigint | null {
  for (const key of OBJECTS) {
    const found = sumOf(membersOf(read(key)), isOne);
    if (found !== null) return found;
  }
  return null;
}

/** Tokens that came from the provider's cache. */
export function cacheReadTokens(read: ReadAttribute): bigint | null {
  return (
    firstWhole(read, CACHE_READ) ??
    sumOf(membersOf(read(LANGFUSE_USAGE)), isCacheRead) ??
    fromObjects(read, isCacheRead) ??
    (isClaudeCodeRequest(read) ? wholeNumber(read(CACHE_READ_BESIDE)) : null)
  );
}

/** Tokens that were written into the provider's cache. */
export function cacheWriteTokens(read: ReadAttribute): bigint | null {
  return (
    firstWhole(read, CACHE_WRITE) ??
    sumOf(membersOf(read(LANGFUSE_USAGE)), isCacheWrite) ??
    fromObjects(read, isCacheWrite) ??
    (isClaudeCodeRequest(read) ? wholeNumber(read(CACHE_WRITE_BESIDE)) : null)
  );
}

/** All input tokens, including cached ones. */
export function inputTokens(read: ReadAttribute): bigint | null {
  const stated =
    firstWhole(read, INPUT) ?? fromObjects(read, (key) => key === 'input_tokens') ?? null;
  const parts = () => (cacheReadTokens(read) ?? 0n) + (cacheWriteTokens(read) ?? 0n);
  if (stated !== null) {
    const cached = parts();
    return cached > stated ? stated + cached : stated;
  }
  const fresh = wholeNumber(read('ai.usage.inputTokenDetails.noCacheTokens'));
  if (fresh !== null) return fresh + parts();
  if (isClaudeCodeRequest(read)) {
    const own = wholeNumber(read(CLAUDE_CODE_INPUT));
    return own === null ? null : own + parts();
  }
  return langfuseSum(read, 'input', isInput);
}

/** Tokens that the model spent on thinking. */
export function reasoningTokens(read: ReadAttribute): bigint | null {
  const isReasoning = (key: string): boolean => key.includes('reasoning');
  return (
    firstWhole(read, REASONING) ??
    sumOf(membersOf(read(LANGFUSE_USAGE)), isReasoning) ??
    fromObjects(read, isReasoning)
  );
}

/** All output tokens, including reasoning. */
export function outputTokens(read: ReadAttribute): bigint | null {
  const stated = firstWhole(read, OUTPUT) ?? fromObjects(read, (key) => key === 'output_tokens');
  if (stated !== null) {
    const reasoning = reasoningTokens(read) ?? 0n;
    return reasoning > stated ? stated + reasoning : stated;
  }
  if (isClaudeCodeRequest(read)) return wholeNumber(read(OUTPUT_BESIDE));
  return langfuseSum(read, 'output', isOutput);
}

/** Cost in US dollars. */
export function cost(read: ReadAttribute): number | null {
  for (const key of COST) {
    const text = read(key);
    if (text !== undefined) return finiteNumber(text);
  }
  const amount = finiteNumber(read(COST_AMOUNT));
  if (amount !== null) return (read(COST_CURRENCY) ?? 'USD') === 'USD' ? amount : null;
  for (const parts of COST_PARTS) {
    const [input, output] = parts.map((key) => finiteNumber(read(key)));
    if (input !== null || output !== null) return (input ?? 0) + (output ?? 0);
  }
  for (const [key, total] of [
    [LANGFUSE_COST, 'total'],
    [MLFLOW_COST, 'total_cost'],
  ]) {
    const costs = membersOf(read(key));
    if (costs.size > 0) {
      return costs.get(total) ?? [...costs.values()].reduce((sum, part) => sum + part);
    }
  }
  return null;
}

/** Whether a span states its own usage under any of the names. */
export function statesUsage(read: ReadAttribute): boolean {
  return inputTokens(read) !== null || outputTokens(read) !== null || cost(read) !== null;
}
