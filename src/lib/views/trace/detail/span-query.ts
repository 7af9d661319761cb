/** The SQL of one span's detail, and how its attributes are sorted into sections. */
import { sql, type Dataset } from '$lib/engine/engine';

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
  if (result.rowCount === 0) return null;
  const row = result.row(0);
  const text = (column: string): string => (row[column] as string | null) ?? '';
  return {
    spanNo,
    traceId: text('trace_id'),
    spanId: text('span_id'),
    parentId: row.parent_id as string | null,
    parentNo: row.parent_no === null ? null : Number(row.parent_no),
    isOrphan: row.is_orphan === true,
    isUnfinished: row.is_unfinished === true,
    name: text('name'),
    service: text('service'),
    operation: text('operation'),
    kind: text('kind'),
    startNs: row.start_time as bigint | null,
    endNs: row.end_time as bigint | null,
    refusedStartNs: row.refused_start as bigint | null,
    refusedEndNs: row.refused_end as bigint | null,
    selfNs: row.self_time_ns as bigint | null,
    status: text('status_code') || 'UNSET',
    statusDescription: row.status_description as string | null,
    scope: text('scope'),
    agent: row.agent as string | null,
    model: row.model as string | null,
    inputTokens: row.input_tokens as bigint | null,
    outputTokens: row.output_tokens as bigint | null,
    cost: row.cost as number | null,
    attributes: entriesOf(row.attributes),
    resource: entriesOf(row.resource),
    events: list(row.events).map((event) => ({
      name: String(event.name ?? ''),
      timeNs: (event.time as bigint | null) ?? null,
      attributes: entriesOf(event.attributes),
    })),
    links: list(row.links).map((link) => ({
      traceId: String(link.trace_id ?? ''),
      spanId: String(link.span_id ?? ''),
      attributes: entriesOf(link.attributes),
    })),
  };
}

function list(value: unknown): Record<string, unknown>[] {
  return (value as Record<string, unknown>[] | null) ?? [];
}

/** A MAP that was asked for as its entries. */
export function entriesOf(value: unknown): KeyValue[] {
  return list(value).map((entry) => ({
    key: String(entry.key),
    value: entry.value === null ? '' : String(entry.value),
  }));
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
