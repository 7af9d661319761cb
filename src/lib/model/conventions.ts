/**
 * The attributes that have a column of their own, because many queries want them: one entry each. The dataset's tables,
 * the writer, the filter and its editor, completion and groupings are made from this table and list no such column again.
 */

/** What a column is read from. */
interface Source<Value> {
  /** Attributes of a span; of several that a span has, the first in this list counts. */
  keys: readonly string[];
  /**
   * Computes the value where the first key's value as it stands is not enough. Called for spans that have one of the keys.
   * @param read the value of one of `keys`. @returns null where the attributes don't tell.
   */
  value?: (read: (key: string) => string | undefined) => Value | null;
}

interface Words {
  /** The column of `spans`, and of `traces` where it has one. */
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
  /** `names` are few, and completed where one types; `ids` are as good as unique, and shortened on screen. */
  values: 'names' | 'ids';
}

/** A figure, which can be added up. */
export interface FigureConvention extends Words, Source<bigint | number> {
  /** BIGINT takes whole numbers of up to 15 digits, DOUBLE any finite number; other values are NULL. */
  type: 'BIGINT' | 'DOUBLE';
  onTraces: 'sum' | 'none';
  /** A BOOLEAN column of this table: a trace's sum takes only spans where it is true. */
  sumsWhere?: string;
  /** What it is written in; absent for a plain number. */
  unit?: 'US dollars';
}

/** A yes or no: `true` or `false` as they are written; other values are NULL. */
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
    keys: ['session.id', 'session_id', 'gen_ai.conversation.id', 'langfuse.session.id'],
    onTraces: 'first',
    values: 'ids',
    words: 'session',
    about: 'session or conversation',
  },
  {
    column: 'agent',
    type: 'VARCHAR',
    keys: ['agent.name', 'gen_ai.agent.name', 'agent.id'],
    onTraces: 'none',
    values: 'names',
    words: 'agent',
    about: 'name of the agent',
  },
  {
    column: 'model',
    type: 'VARCHAR',
    keys: [
      'gen_ai.response.model',
      'gen_ai.request.model',
      'llm.model_name',
      'llm.model',
      'ai.model.id',
      'agent.model',
    ],
    onTraces: 'none',
    values: 'names',
    words: 'model',
    about: 'language model',
  },
  {
    column: 'input_tokens',
    type: 'BIGINT',
    keys: [
      'gen_ai.usage.input_tokens',
      'gen_ai.usage.prompt_tokens',
      'llm.token_count.prompt',
      'llm.input_tokens',
    ],
    onTraces: 'sum',
    words: 'tokens in',
    about: 'tokens that the model was given',
  },
  {
    column: 'output_tokens',
    type: 'BIGINT',
    keys: [
      'gen_ai.usage.output_tokens',
      'gen_ai.usage.completion_tokens',
      'llm.token_count.completion',
      'llm.output_tokens',
    ],
    onTraces: 'sum',
    words: 'tokens out',
    about: 'tokens that the model gave',
  },
  {
    column: 'cost',
    type: 'DOUBLE',
    keys: [
      'gen_ai.usage.cost',
      'llm.cost.total',
      'llm.cost_usd',
      'cost_usd',
      'flujo.budget.actual_cost_usd',
    ],
    onTraces: 'sum',
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
