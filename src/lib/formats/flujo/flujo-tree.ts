/**
 * Flujo's trace trees as JSON, alone or in a debug export: a run is a trace, a node a span, its children inside it.
 * https://github.com/aandresalvarez/flujo
 */
import { type Attributes, type Span } from '$lib/model/span';
import { SECONDS, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { ResourceTable } from '$lib/formats/resource-table';
import { isObject } from '$lib/formats/sniff';
import { blankSpan, type Warns } from '$lib/formats/span-parts';
import type { JsonReader } from '$lib/json/reader';

export const flujoTree = recordFormat({
  id: 'flujo-tree',
  label: 'Flujo trace trees',
  around: [['trace_tree']],
  isRecord: (value) =>
    typeof value.name === 'string' &&
    'start_time' in value &&
    isObject(value.attributes) &&
    (Array.isArray(value.children) || value.name === 'pipeline_run') &&
    !('context' in value),
  reader: (walk) => {
    const reader = new FlujoTrees(walk);
    return (json) => reader.read(json);
  },
});

/** Children nested deeper stay JSON. */
const MAX_DEPTH = 300;

/** Reads tree after tree. */
export class FlujoTrees {
  readonly resources = new ResourceTable();
  private trees = 0;

  constructor(private readonly walk: Warns) {}

  /** @param runId where something else than the tree says it */
  read(json: JsonReader, runId?: string): Span[] {
    const spans: Span[] = [];
    const root = this.node(json, spans, 0);
    this.trees++;
    const at = root.attributes.indexOf('flujo.run_id');
    const run = runId ?? (at >= 0 ? root.attributes[at + 1] : root.spanId || `run-${this.trees}`);
    let made = 0;
    for (const span of spans) {
      span.traceId = run;
      // Parents come before their children in the list.
      if (span.spanId === '') span.spanId = `${run}:${++made}`;
    }
    if (made > 0) this.walk.warn('made-id', `${made} nodes of run ${run}`, made);
    for (const [child, parent] of this.parents) child.parentId ??= parent.spanId;
    this.parents.length = 0;
    return spans;
  }

  private readonly parents: [Span, Span][] = [];

  /** Adds the node, then its descendants. */
  private node(json: JsonReader, spans: Span[], depth: number): Span {
    if (depth === 0) this.parents.length = 0;
    const span = blankSpan();
    spans.push(span);
    const children = (reader: JsonReader) => {
      reader.beginArray();
      while (reader.nextElement()) this.parents.push([this.node(reader, spans, depth + 1), span]);
    };
    const members = Members.read(
      json,
      depth < MAX_DEPTH ? new Map([['children', children]]) : undefined,
    );
    span.spanId = members.take('span_id') ?? '';
    span.parentId = members.take('parent_span_id') || null;
    span.name = members.take('name') ?? '';
    span.startNs = timeOf(members.take('start_time'), SECONDS, this.walk);
    span.endNs = timeOf(members.take('end_time'), SECONDS, this.walk);
    const own = members.takeObject('attributes');
    const status = members.take('status') ?? '';
    span.events = members.takeList('events').map((text) => {
      const event = Members.parse(text);
      return {
        name: event?.take('name') ?? '',
        timeNs: null,
        attributes: event?.takeObject('attributes')?.attributes() ?? [],
      };
    });
    const others: Attributes = [];
    members.restTo(others, 'flujo.');
    flujoSpan(span, status, own, this.resources, others);
    return span;
  }
}

/**
 * What a status and attributes say of a span, wherever they are kept.
 * @param others attributes that come after its own
 */
export function flujoSpan(
  span: Span,
  status: string,
  own: Members | null,
  resources: ResourceTable,
  others: Attributes,
): void {
  span.kind = 'INTERNAL';
  if (status === 'failed' || status === 'error' || own?.get('success') === 'false') {
    span.status = 'ERROR';
    span.statusDescription = own?.get('feedback', 'error', 'error_summary') || null;
  } else if (status === 'completed') span.status = 'OK';
  span.resource = resources.ofService(own?.get('flujo.step.type') ?? null);
  const attributes: Attributes = own ? [...own.attributes()] : [];
  if (status !== '') attributes.push('flujo.status', status);
  span.attributes = [...attributes, ...others];
}
