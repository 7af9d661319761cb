/**
 * What a span is in the work of an agent, and whether its tokens and cost are its own.
 *
 * **The rule of sums.** A span counts if it is itself a call of a model, which makes text or embeddings. Agents, chains, tools
 * and workflows repeat what the calls below them used: Vercel's AI SDK writes usage on the root and on each call,
 * OpenInference's agents theirs, Langfuse's too. They never count, even if no call below them states any usage: what
 * they state may be only a part, so the sum is then unknown. A span of unstated type counts if it states tokens or cost,
 * because nothing says that they belong to another span.
 */
import type { ReadAttribute } from './numbers';
import { COST_KEYS, INPUT_KEYS, OUTPUT_KEYS, statesUsage } from './usage';

/** Keys whose values are known words for a span's type; the first that is set counts. */
const TYPE = [
  'gen_ai.operation.name',
  'openinference.span.kind',
  'langfuse.observation.type',
  'langsmith.span.kind',
  'mlflow.spanType',
  'traceloop.span.kind',
  'ai.operationId',
  'llm.request.type',
  'run_type',
] as const;

/** Keys whose values are free text. */
const LOOSE = ['span.type', 'node.type', 'flujo.step.type'] as const;

/** Only agents have these: pydantic-ai's runs before it named its operations, and SynthralOS's. */
const OF_AGENTS = ['pydantic_ai.all_messages', 'all_messages_events', 'agent.framework'] as const;

const FLUJO_POLICY = 'flujo.step.policy';

const WORDS: Readonly<Record<string, string>> = {
  chat: 'llm',
  text_completion: 'llm',
  completion: 'llm',
  generate_content: 'llm',
  generation: 'llm',
  chat_model: 'llm',
  llm: 'llm',
  llm_request: 'llm',
  call_llm: 'llm',
  embeddings: 'embedding',
  embedding: 'embedding',
  embed: 'embedding',
  execute_tool: 'tool',
  tool: 'tool',
  invoke_agent: 'agent',
  create_agent: 'agent',
  agent: 'agent',
  invoke_workflow: 'workflow',
  workflow: 'workflow',
  retrieval: 'retriever',
  retriever: 'retriever',
  rerank: 'reranker',
  reranker: 'reranker',
};

/** Values without meaning. */
const NO_TYPE = new Set(['', 'span', 'event', 'unknown', 'undefined', 'unspecified', 'default']);

export const SPAN_TYPE_KEYS = [...TYPE, ...LOOSE, ...OF_AGENTS];
export const INFERENCE_KEYS = [
  ...new Set([...SPAN_TYPE_KEYS, FLUJO_POLICY, ...INPUT_KEYS, ...OUTPUT_KEYS, ...COST_KEYS]),
];

/** Lower case, without the quotes that MLflow's JSON text has. */
const wordOf = (text: string): string => text.replace(/^"|"$/g, '').trim().toLowerCase();

/** Vercel's names of functions: `ai.streamText` runs an agent, and its `.doStream` calls the model. */
function vercelType(operation: string): string {
  if (operation === 'ai.toolcall') return 'tool';
  if (operation.includes('embed')) return operation.includes('.do') ? 'embedding' : 'chain';
  if (/^ai\.\w+\.do(generate|stream)$/.test(operation)) return 'llm';
  return /^ai\.(generate|stream)\w+$/.test(operation) ? 'agent' : operation;
}

/** By the keys whose words are known; null if they are not set. */
function statedType(read: ReadAttribute): string | null {
  for (const key of TYPE) {
    const text = read(key);
    if (text === undefined) continue;
    const word = wordOf(text);
    if (NO_TYPE.has(word)) continue;
    return key === 'ai.operationId' ? vercelType(word) : (WORDS[word] ?? word);
  }
  if (read('span.type') === 'llm_request') return 'llm';
  return OF_AGENTS.some((key) => read(key) !== undefined) ? 'agent' : null;
}

/** llm, embedding, tool, agent, workflow, retriever, reranker, or the file's own word in lower case. */
export function spanType(read: ReadAttribute): string | null {
  const stated = statedType(read);
  if (stated !== null) return stated;
  for (const key of LOOSE) {
    const word = wordOf(read(key) ?? '');
    if (!NO_TYPE.has(word)) return WORDS[word] ?? word;
  }
  return null;
}

/** Whether a span's tokens and cost count in a sum; null if it has none and does not say what it is. */
export function isInference(read: ReadAttribute): boolean | null {
  const type = statedType(read);
  if (type !== null) return type === 'llm' || type === 'embedding';
  if (!statesUsage(read)) return null;
  // A step of Flujo that loops or forks has the sum of its steps.
  const policy = read(FLUJO_POLICY);
  const step = read('flujo.step.type');
  if (policy !== undefined) return policy.includes('Agent');
  return step === undefined || step === 'Step' || step === 'AgentStep';
}
