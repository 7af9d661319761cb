/** The SQL of one span's detail, and how its attributes are sorted into sections. */
import { sql, type Dataset } from '$lib/engine/engine';
import {
  bigint,
  columns,
  flag,
  integer,
  list,
  nullable,
  number,
  struct,
  text,
  textOrEmpty,
} from '$lib/queries/columns';

export interface KeyValue {
  key: string;
  value: string;
}

export interface SpanEventDetail {
  name: string;
  /** Epoch nanoseconds; null where the format records none. */
  timeNs: bigint | null;
  attributes: KeyValue[];
}

export interface SpanLinkDetail {
  traceId: string;
  spanId: string;
  attributes: KeyValue[];
}

export interface SpanDetailRow {
  spanNo: number;
  traceId: string;
  spanId: string;
  parentId: string | null;
  parentNo: number | null;
  isOrphan: boolean;
  isUnfinished: boolean;
  name: string;
  service: string;
  operation: string;
  kind: string;
  /** Null where it is unknown; the duration is known where both are. */
  startNs: bigint | null;
  endNs: bigint | null;
  /** What the file has in place of a time that cannot be right. */
  refusedStartNs: bigint | null;
  refusedEndNs: bigint | null;
  selfNs: bigint | null;
  status: string;
  statusDescription: string | null;
  scope: string;
  agent: string | null;
  model: string | null;
  inputTokens: bigint | null;
  outputTokens: bigint | null;
  cost: number | null;
  attributes: KeyValue[];
  resource: KeyValue[];
  events: SpanEventDetail[];
  links: SpanLinkDetail[];
}

/** A MAP that was asked for as its entries. */
const ENTRIES = nullable(list(struct({ key: text, value: textOrEmpty })));

const SPAN = columns({
  trace_id: textOrEmpty,
  span_id: textOrEmpty,
  parent_id: nullable(text),
  parent_no: nullable(integer),
  is_orphan: nullable(flag),
  is_unfinished: nullable(flag),
  name: textOrEmpty,
  service: textOrEmpty,
  operation: textOrEmpty,
  kind: textOrEmpty,
  start_time: nullable(bigint),
  end_time: nullable(bigint),
  refused_start: nullable(bigint),
  refused_end: nullable(bigint),
  self_time_ns: nullable(bigint),
  status_code: textOrEmpty,
  status_description: nullable(text),
  scope: textOrEmpty,
  agent: nullable(text),
  model: nullable(text),
  input_tokens: nullable(bigint),
  output_tokens: nullable(bigint),
  cost: nullable(number),
  attributes: ENTRIES,
  resource: ENTRIES,
  events: nullable(
    list(struct({ name: textOrEmpty, time: nullable(bigint), attributes: ENTRIES })),
  ),
  links: nullable(
    list(struct({ trace_id: textOrEmpty, span_id: textOrEmpty, attributes: ENTRIES })),
  ),
});

/** The whole row of a span by its number in the dataset; null where there is none. */
export async function querySpan(
  engine: Dataset,
  spanNo: number,
  signal: AbortSignal,
): Promise<SpanDetailRow | null> {
  // Entries, not maps: they keep the order of the file, also of keys that look like numbers.
  const result = await engine.query(
    sql`SELECT trace_id, span_id, parent_id, parent_no, is_orphan, is_unfinished, name, service, operation, kind, start_time, end_time,
          (SELECT start_time FROM refused_times WHERE span_no = ${spanNo}) AS refused_start,
          (SELECT end_time FROM refused_times WHERE span_no = ${spanNo}) AS refused_end,
          self_time_ns, status_code, status_description, scope, agent, model, input_tokens, output_tokens, cost,
          map_entries(attributes) AS attributes, map_entries(resource) AS resource,
          list_transform(events, lambda e: {'name': e.name, 'time': e.time, 'attributes': map_entries(e.attributes)}) AS events,
          list_transform(links, lambda l: {'trace_id': l.trace_id, 'span_id': l.span_id,
            'attributes': map_entries(l.attributes)}) AS links
        FROM spans WHERE span_no = ${spanNo} LIMIT 1`,
    { signal },
  );
  const row = SPAN.first(result);
  if (!row) return null;
  return {
    spanNo,
    traceId: row.trace_id,
    spanId: row.span_id,
    parentId: row.parent_id,
    parentNo: row.parent_no,
    isOrphan: row.is_orphan === true,
    isUnfinished: row.is_unfinished === true,
    name: row.name,
    service: row.service,
    operation: row.operation,
    kind: row.kind,
    startNs: row.start_time,
    endNs: row.end_time,
    refusedStartNs: row.refused_start,
    refusedEndNs: row.refused_end,
    selfNs: row.self_time_ns,
    status: row.status_code || 'UNSET',
    statusDescription: row.status_description,
    scope: row.scope,
    agent: row.agent,
    model: row.model,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cost: row.cost,
    attributes: row.attributes ?? [],
    resource: row.resource ?? [],
    events: (row.events ?? []).map((event) => ({
      name: event.name,
      timeNs: event.time,
      attributes: event.attributes ?? [],
    })),
    links: (row.links ?? []).map((link) => ({
      traceId: link.trace_id,
      spanId: link.span_id,
      attributes: link.attributes ?? [],
    })),
  };
}

/** Reads a MAP that was asked for as its entries. */
export function entriesOf(value: unknown, column: string): KeyValue[] {
  return ENTRIES(value, column) ?? [];
}

/** What a span took in and gave out, apart from the attributes that describe it. */
export interface AttributeSections {
  input: KeyValue[];
  output: KeyValue[];
  rest: KeyValue[];
}

/** Whole keys of conventions for language models, beside Flock's `input.<parameter>` and `output.value`. */
const INPUT_KEYS = new Set([
  'gen_ai.input.messages',
  'gen_ai.system_instructions',
  'gen_ai.prompt',
  'gen_ai.tool.call.arguments',
  'traceloop.entity.input',
  'ai.prompt',
  'ai.prompt.messages',
  'mlflow.spanInputs',
]);
const OUTPUT_KEYS = new Set([
  'output.value',
  'gen_ai.output.messages',
  'gen_ai.completion',
  'gen_ai.tool.call.result',
  'traceloop.entity.output',
  'ai.response.text',
  'mlflow.spanOutputs',
]);

export function attributeSections(attributes: readonly KeyValue[]): AttributeSections {
  const sections: AttributeSections = { input: [], output: [], rest: [] };
  for (const entry of attributes) {
    const isInput =
      INPUT_KEYS.has(entry.key) ||
      (entry.key.startsWith('input.') && entry.key !== 'input.mime_type');
    if (isInput) sections.input.push(entry);
    else if (OUTPUT_KEYS.has(entry.key)) sections.output.push(entry);
    else sections.rest.push(entry);
  }
  return sections;
}
