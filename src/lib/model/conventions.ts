/**
 * The attributes that have a column of their own, because many queries need them: one entry each. The dataset's tables,
 * the writer, the filter and its editor, completion and groupings are derived from this table; none repeats the list.
 */
import { INFERENCE_KEYS, SPAN_TYPE_KEYS, isInference, spanType } from './genai/span-type';
import {
  CACHE_READ_KEYS,
  CACHE_WRITE_KEYS,
  COST_KEYS,
  INPUT_KEYS,
  OUTPUT_KEYS,
  REASONING_KEYS,
  cacheReadTokens,
  cacheWriteTokens,
  cost,
  inputTokens,
  outputTokens,
  reasoningTokens,
} from './genai/usage';

/** Where a column's value comes from. */
interface Source<Value> {
  /** Attributes of a span; if it has several, the first in this list counts. */
  keys: readonly string[];
  /**
   * Computes the value if the first key's value alone is not enough. Called for spans that have one of the keys.
   * @param read the value of one of `keys`. @returns null if the attributes don't say.
   */
  value?: (read: (key: string) => string | undefined) => Value | null;
}

interface Words {
  /** The column of `spans`, and of `traces` if it has one. */
  column: string;
  /** What people call it: in the filter, in headings (with a capital), in groupings (with an s for several). */
  words: string;
  /** What it means, for the column's comment and for tooltips. */
  about: string;
}

/** A text, which the filter can ask for. */
export interface TextConvention extends Words, Source<string> {
  type: 'VARCHAR';
  /** A trace has the value of its first span that has one, and traces can be grouped by it. */
  onTraces: 'first' | 'none';
  /** `names` are few, and offered as completions; `ids` are practically unique, and shortened on screen. */
  values: 'names' | 'ids';
}

/** A figure, which can be added up. */
export interface FigureConvention extends Words, Source<bigint | number> {
  /** BIGINT takes whole numbers of up to 15 digits, DOUBLE any finite number; other values are NULL. */
  type: 'BIGINT' | 'DOUBLE';
  onTraces: 'sum' | 'none';
  /** A BOOLEAN column of this table: a trace's sum takes only spans where it is true. */
  sumsWhere?: string;
  /** Its unit; absent for a plain number. */
  unit?: 'US dollars';
}

/** A flag, spelt exactly `true` or `false`; other values are NULL. */
export interface FlagConvention extends Words, Source<boolean> {
  type: 'BOOLEAN';
  onTraces: 'none';
}

export type Convention = TextConvention | FigureConvention | FlagConvention;

const KNOWN = [
  {
    column: 'workflow',
    type: 'VARCHAR',
    keys: ['workflow.name', 'flujo.pipeline.name', 'gen_ai.workflow.name'],
    onTraces: 'first',
    values: 'names',
    words: 'workflow',
    about: 'name of the workflow',
  },
  {
    column: 'correlation_id',
    type: 'VARCHAR',
    keys: ['correlation_id', 'flock.correlation_id', 'workflow.execution_id'],
    onTraces: 'first',
    values: 'ids',
    words: 'correlation id',
    about: 'one request across traces',
  },
  {
    column: 'session_id',
    type: 'VARCHAR',
    keys: [
      'session.id',
      'session_id',
      'gen_ai.conversation.id',
      'langfuse.session.id',
      'mlflow.trace.session',
      'ai.telemetry.metadata.sessionId',
      'traceloop.association.properties.session_id',
    ],
    onTraces: 'first',
    values: 'ids',
    words: 'session',
    about: 'session or conversation',
  },
  {
    column: 'span_type',
    type: 'VARCHAR',
    keys: SPAN_TYPE_KEYS,
    value: spanType,
    onTraces: 'none',
    values: 'names',
    words: 'span type',
    about: 'llm, embedding, tool, agent, workflow, retriever, reranker, or what the file says',
  },
  {
    column: 'agent',
    type: 'VARCHAR',
    keys: ['agent.name', 'gen_ai.agent.name', 'agent_name', 'agent.id'],
    onTraces: 'none',
    values: 'names',
    words: 'agent',
    about: 'name of the agent',
  },
  {
    column: 'tool',
    type: 'VARCHAR',
    keys: ['gen_ai.tool.name', 'tool.name', 'ai.toolCall.name', 'tool_name', 'mcp.tool.name'],
    onTraces: 'none',
    values: 'names',
    words: 'tool',
    about: 'name of the tool',
  },
  {
    column: 'provider',
    type: 'VARCHAR',
    keys: [
      'gen_ai.provider.name',
      'gen_ai.system',
      'llm.provider',
      'llm.system',
      'ai.model.provider',
      'langsmith.metadata.ls_provider',
      'agent.provider',
    ],
    onTraces: 'none',
    values: 'names',
    words: 'provider',
    about: 'who runs the language model',
  },
  {
    column: 'model',
    type: 'VARCHAR',
    keys: [
      'gen_ai.response.model',
      'gen_ai.request.model',
      'llm.response.model_name',
      'llm.model_name',
      'llm.request.model_name',
      'llm.response.model',
      'llm.request.model',
      'llm.model',
      'langfuse.observation.model.name',
      'ai.response.model',
      'ai.model.id',
      'mlflow.llm.model',
      'langsmith.metadata.ls_model_name',
      'embedding.model_name',
      'reranker.model_name',
      'agent.model',
    ],
    onTraces: 'none',
    values: 'names',
    words: 'model',
    about: 'language model',
  },
  {
    column: 'is_inference',
    type: 'BOOLEAN',
    keys: INFERENCE_KEYS,
    value: isInference,
    onTraces: 'none',
    words: 'call of a model',
    about: 'whether its tokens and cost are its own, and count in sums',
  },
  {
    column: 'input_tokens',
    type: 'BIGINT',
    keys: INPUT_KEYS,
    value: inputTokens,
    onTraces: 'sum',
    sumsWhere: 'is_inference',
    words: 'tokens in',
    about: 'tokens that the model was given, the cached ones among them',
  },
  {
    column: 'cache_read_tokens',
    type: 'BIGINT',
    keys: CACHE_READ_KEYS,
    value: cacheReadTokens,
    onTraces: 'sum',
    sumsWhere: 'is_inference',
    words: 'tokens from the cache',
    about: 'those of the tokens in that the provider had in its cache',
  },
  {
    column: 'cache_write_tokens',
    type: 'BIGINT',
    keys: CACHE_WRITE_KEYS,
    value: cacheWriteTokens,
    onTraces: 'sum',
    sumsWhere: 'is_inference',
    words: 'tokens to the cache',
    about: 'those of the tokens in that the provider put into its cache',
  },
  {
    column: 'output_tokens',
    type: 'BIGINT',
    keys: OUTPUT_KEYS,
    value: outputTokens,
    onTraces: 'sum',
    sumsWhere: 'is_inference',
    words: 'tokens out',
    about: 'tokens that the model gave, its reasoning among them',
  },
  {
    column: 'reasoning_tokens',
    type: 'BIGINT',
    keys: REASONING_KEYS,
    value: reasoningTokens,
    onTraces: 'sum',
    sumsWhere: 'is_inference',
    words: 'reasoning tokens',
    about: 'those of the tokens out that the model spent on reasoning',
  },
  {
    column: 'cost',
    type: 'DOUBLE',
    keys: COST_KEYS,
    value: cost,
    onTraces: 'sum',
    sumsWhere: 'is_inference',
    unit: 'US dollars',
    words: 'cost',
    about: 'cost in US dollars, as the span says',
  },
] as const satisfies readonly Convention[];

/** In the order of the columns. */
export const CONVENTIONS: readonly Convention[] = KNOWN;

type Known = (typeof KNOWN)[number];
/** Promoted columns that the filter can ask for. */
export type PromotedField = Extract<Known, { type: 'VARCHAR' }>['column'];
/** Promoted columns that traces can be grouped by. */
export type PromotedGroup = Extract<Known, { onTraces: 'first' }>['column'];

/** Whether the filter can ask for it. */
export const isField = (
  convention: Convention,
): convention is TextConvention & { column: PromotedField } => convention.type === 'VARCHAR';

/** Whether traces can be grouped by it. */
export const isGroup = (
  convention: Convention,
): convention is TextConvention & { column: PromotedGroup } => convention.onTraces === 'first';

/** The words as a heading: `Correlation id`. */
export const headingOf = ({ words }: Words): string => words[0].toUpperCase() + words.slice(1);
