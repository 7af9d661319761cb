/**
 * Logs of Inspect in JSON. https://inspect.aisi.org.uk/eval-logs.html
 * (inspect_ai/log/_log.py: EvalLog, EvalSample · inspect_ai/event · inspect_ai/model/_model_output.py: ModelUsage)
 *
 * Each epoch of a sample is a trace. Its spans are enclosed by `span_begin` and `span_end`, or `step` in older logs; model and
 * tool calls are their children, and other events become their events. Input tokens exclude the cached part in these logs. A
 * call that Inspect answered from its own cache used no tokens.
 */
import type { Format, SpanSink } from '$lib/formats/contract';
import { firstValues, isObject } from '$lib/formats/sniff';
import type { JsonObject, JsonValue } from '$lib/json/reader';
import { JsonWalk, fields } from '$lib/json/walk';
import { NO_EVENTS, type Resource, type SpanEvent } from '$lib/model/span';
import {
  addUsage,
  AttributeList,
  attributeText,
  contentText,
  earlier,
  later,
  momentOf,
  numberOf,
  objectOf,
  objectsOf,
  secondsOf,
  spanIdOf,
  spanOf,
  stringOf,
  traceIdOf,
  wholeInput,
} from './parts';

export const inspectJson: Format = {
  id: 'inspect-json',
  label: 'Inspect log',

  sniff: (head) => firstValues(head).some(isLog),

  async read(source, sink) {
    const walk = new JsonWalk(source, sink);
    const log = new InspectLog(sink);
    await walk.run({
      fields: fields({
        eval: { read: (json) => log.takeEval(json.value()) },
        samples: {
          elements: {
            read(json) {
              const sample = json.value();
              if (!isObject(sample)) throw json.error('no sample');
              log.takeSample(sample);
            },
          },
        },
      }),
    });
  },
};

const isLog = (value: JsonValue): boolean =>
  isObject(value) &&
  isObject(value.eval) &&
  typeof value.eval.task === 'string' &&
  (typeof value.status === 'string' || typeof value.eval.run_id === 'string');

/** Older logs nest events, but not this deep. */
const MAX_DEPTH = 100;

/** A span that has not ended yet. */
interface Open {
  id: string;
  parentId: string;
  name: string;
  type: string;
  startNs: bigint | null;
  events: SpanEvent[];
}

const COMMON = new Set(['event', 'timestamp', 'span_id', 'uuid', 'working_start', 'pending']);
const MODEL_KEYS = new Set([
  ...COMMON,
  ...['model', 'input', 'output', 'completed', 'error', 'config', 'tools', 'call'],
]);
const TOOL_KEYS = new Set([
  ...COMMON,
  ...['id', 'function', 'arguments', 'result', 'error', 'completed', 'events', 'type'],
]);

/** Receives the parts of a log: the facts about the evaluation, then its samples. */
export class InspectLog {
  private evaluation: JsonObject = {};
  private resource: Resource = { service: 'inspect', attributes: ['service.name', 'inspect'] };

  constructor(private readonly sink: SpanSink) {}

  /** @param value `eval` of the log or its header */
  takeEval(value: JsonValue): void {
    this.evaluation = objectOf(value) ?? {};
    const packages = objectOf(this.evaluation.packages);
    this.resource = {
      service: 'inspect',
      attributes: new AttributeList()
        .add('service.name', 'inspect')
        .add('service.version', packages?.inspect_ai)
        .add('inspect.task', this.evaluation.task)
        .add('inspect.run_id', this.evaluation.run_id)
        .add('inspect.model', this.evaluation.model).pairs,
    };
  }

  takeSample(sample: JsonObject): void {
    new SampleReader(this.sink, this.evaluation, this.resource, sample).run();
  }
}

class SampleReader {
  private readonly traceId: string;
  private readonly key: string;
  private readonly attachments: JsonObject;
  private readonly open = new Map<string, Open>();
  /** The open steps, which have no ids. */
  private readonly steps: string[] = [];
  private readonly root: Open;
  private startNs: bigint | null;
  private endNs: bigint | null;
  private count = 0;

  constructor(
    private readonly sink: SpanSink,
    private readonly evaluation: JsonObject,
    private readonly resource: Resource,
    private readonly sample: JsonObject,
  ) {
    const id = attributeText(sample.id) ?? '';
    const epoch = attributeText(sample.epoch) ?? '1';
    const run = stringOf(evaluation.eval_id) ?? stringOf(evaluation.run_id) ?? '';
    this.key = `${run}/${stringOf(evaluation.task_id) ?? ''}/${id}/${epoch}`;
    this.traceId = traceIdOf(spanIdOf(this.key) + spanIdOf(this.key, 'trace'));
    this.attachments = {
      ...objectOf(objectOf(sample.transcript)?.content),
      ...objectOf(sample.attachments),
    };
    this.startNs = momentOf(sample.started_at);
    this.endNs = momentOf(sample.completed_at);
    const task = stringOf(evaluation.task) ?? 'sample';
    this.root = {
      ...{ id: spanIdOf(this.key, 'sample'), parentId: '', name: task, type: 'sample' },
      ...{ startNs: null, events: [] },
    };
  }

  run(): void {
    const { sample } = this;
    const events = Array.isArray(sample.events)
      ? sample.events
      : objectOf(sample.transcript)?.events;
    for (const event of objectsOf(events)) this.take(event, null, 0);
    for (const open of this.open.values()) this.end(open, null);
    const error = objectOf(sample.error);
    this.emit({
      ...{ spanId: this.root.id, parentId: null, name: this.root.name },
      ...{ startNs: this.startNs, endNs: this.endNs, events: this.root.events },
      attributes: new AttributeList()
        .add('gen_ai.operation.name', 'invoke_workflow')
        .add('workflow.name', this.evaluation.task)
        .add('inspect.sample.id', sample.id)
        .add('inspect.sample.epoch', sample.epoch)
        .add('inspect.sample.uuid', sample.uuid)
        .add('inspect.input', this.resolved(sample.input))
        .add('inspect.target', sample.target)
        .add('inspect.scores', this.resolved(sample.scores))
        .add('inspect.metadata', this.resolved(sample.metadata))
        .add('inspect.model_usage', sample.model_usage)
        .add('inspect.limit', sample.limit)
        .add('inspect.total_time', sample.total_time)
        .add('inspect.working_time', sample.working_time),
      error: error ? (stringOf(error.message) ?? '') : undefined,
    });
  }

  /** @param inside the span of the event in whose own list this one is */
  private take(event: JsonObject, inside: string | null, depth: number): void {
    const ns = momentOf(event.timestamp);
    this.startNs = earlier(this.startNs, ns);
    this.endNs = later(this.endNs, ns);
    const parentId = inside ?? this.above(event);
    switch (event.event) {
      case 'span_begin': {
        const id = stringOf(event.id) ?? `#${this.count++}`;
        const parent = stringOf(event.parent_id);
        this.begin(id, event, parent === null ? this.root.id : this.idOf(parent), ns);
        return;
      }
      case 'span_end': {
        const open = this.open.get(stringOf(event.id) ?? '');
        if (!open) return;
        this.open.delete(stringOf(event.id) ?? '');
        this.end(open, ns);
        return;
      }
      case 'step':
        if (event.action === 'begin') {
          const id = `step ${this.count++}`;
          this.begin(id, event, parentId, ns);
          this.steps.push(id);
        } else {
          const id = this.steps.pop();
          const open = id === undefined ? undefined : this.open.get(id);
          if (id === undefined || !open) return;
          this.open.delete(id);
          this.end(open, ns);
        }
        return;
      case 'model':
        this.model(event, parentId, ns);
        return;
      case 'tool':
        this.tool(event, parentId, ns, depth);
        return;
      case 'subtask':
        this.subtask(event, parentId, ns, depth);
        return;
      default:
        this.eventsOf(event).push({
          name: stringOf(event.event) ?? 'event',
          timeNs: ns,
          attributes: new AttributeList().addRest('', this.resolvedObject(event), COMMON).pairs,
        });
    }
  }

  private begin(id: string, event: JsonObject, parentId: string, startNs: bigint | null): void {
    const type = stringOf(event.type) ?? 'span';
    this.open.set(id, {
      ...{ id: this.idOf(id), parentId, type, startNs, events: [] },
      name: stringOf(event.name) ?? type,
    });
  }

  private idOf(id: string): string {
    return spanIdOf(this.key, 'span', id);
  }

  private above(event: JsonObject): string {
    const step = this.steps.at(-1);
    if (step !== undefined) return this.idOf(step);
    const span = stringOf(event.span_id);
    return span === null ? this.root.id : this.idOf(span);
  }

  private eventsOf(event: JsonObject): SpanEvent[] {
    const id = this.steps.at(-1) ?? stringOf(event.span_id);
    return (
      (id === null || id === undefined ? undefined : this.open.get(id))?.events ?? this.root.events
    );
  }

  private end(open: Open, endNs: bigint | null): void {
    const isAgent = open.type === 'agent';
    this.emit({
      ...{ spanId: open.id, parentId: open.parentId, name: open.name },
      ...{ startNs: open.startNs, endNs, events: open.events },
      attributes: new AttributeList()
        .add(isAgent ? 'gen_ai.operation.name' : 'span.type', isAgent ? 'invoke_agent' : open.type)
        .add('gen_ai.agent.name', isAgent ? open.name : null),
    });
  }

  private model(event: JsonObject, parentId: string, ns: bigint | null): void {
    const output = objectOf(event.output) ?? {};
    const usage = objectOf(output.usage);
    const cacheRead = numberOf(usage?.input_tokens_cache_read);
    const cacheWrite = numberOf(usage?.input_tokens_cache_write);
    const isFromCache = event.cache === 'read';
    const name = stringOf(event.model) ?? '';
    const slash = name.indexOf('/');
    const reasons = objectsOf(output.choices).flatMap(
      (choice) => stringOf(choice.stop_reason) ?? [],
    );
    const attributes = new AttributeList()
      .add('gen_ai.operation.name', 'chat')
      .add('gen_ai.provider.name', slash > 0 ? name.slice(0, slash) : null)
      .add('gen_ai.request.model', name || null)
      .add('gen_ai.response.model', output.model)
      .add('gen_ai.response.finish_reasons', reasons.length > 0 ? reasons : null)
      .add('gen_ai.input.messages', this.resolved(event.input))
      .add('gen_ai.output.messages', this.resolved(outputMessages(output)))
      .add(
        'gen_ai.tool.definitions',
        Array.isArray(event.tools) && event.tools.length > 0 ? event.tools : null,
      )
      .add('inspect.config', event.config);
    if (isFromCache) attributes.add('inspect.usage', usage);
    else if (usage) {
      addUsage(attributes, {
        input: wholeInput(numberOf(usage.input_tokens), cacheRead, cacheWrite),
        cacheRead,
        cacheWrite,
        output: numberOf(usage.output_tokens),
        reasoning: numberOf(usage.reasoning_tokens),
        cost: numberOf(usage.total_cost),
      });
    }
    attributes.addRest('inspect.', this.resolvedObject(event), MODEL_KEYS);
    this.call(event, `chat ${name}`.trim(), parentId, ns, attributes, secondsOf(output.time));
  }

  private tool(event: JsonObject, parentId: string, ns: bigint | null, depth: number): void {
    const name = stringOf(event.function) ?? 'tool';
    const attributes = new AttributeList()
      .add('gen_ai.operation.name', 'execute_tool')
      .add('gen_ai.tool.name', name)
      .add('gen_ai.tool.call.id', event.id)
      .add('gen_ai.tool.call.arguments', this.resolved(event.arguments))
      .add('gen_ai.tool.call.result', this.resolved(event.result))
      .addRest('inspect.', this.resolvedObject(event), TOOL_KEYS);
    const id = this.call(event, `execute_tool ${name}`, parentId, ns, attributes, null);
    this.nested(event, id, depth);
  }

  private subtask(event: JsonObject, parentId: string, ns: bigint | null, depth: number): void {
    const name = stringOf(event.name) ?? 'subtask';
    const attributes = new AttributeList()
      .add('span.type', 'subtask')
      .add('inspect.input', this.resolved(event.input))
      .add('inspect.result', this.resolved(event.result));
    this.nested(event, this.call(event, name, parentId, ns, attributes, null), depth);
  }

  /** Events nested in the event that they belong to, as in older logs. */
  private nested(event: JsonObject, id: string, depth: number): void {
    if (depth >= MAX_DEPTH) return;
    const steps = this.steps.splice(0);
    for (const inner of objectsOf(event.events)) {
      this.take(inner, this.steps.length > 0 ? null : id, depth + 1);
    }
    this.steps.push(...steps);
  }

  /**
   * @param tookNs how long it took, if its completion is not recorded
   * @returns the id of the span
   */
  private call(
    event: JsonObject,
    name: string,
    parentId: string,
    ns: bigint | null,
    attributes: AttributeList,
    tookNs: bigint | null,
  ): string {
    const spanId = spanIdOf(this.key, 'event', stringOf(event.uuid) ?? `#${this.count++}`);
    const completed = momentOf(event.completed);
    // Logs without the time when work on the sample began record calls when they ended.
    const isNotedAtEnd = completed === null && event.working_start === undefined;
    const startNs = !isNotedAtEnd ? ns : ns !== null && tookNs !== null ? ns - tookNs : null;
    const endNs = isNotedAtEnd
      ? ns
      : (completed ?? (ns !== null && tookNs !== null ? ns + tookNs : null));
    this.endNs = later(this.endNs, endNs);
    this.startNs = earlier(this.startNs, startNs);
    const error = typeof event.error === 'string' ? event.error : objectOf(event.error);
    this.emit({
      ...{ spanId, parentId, name, startNs, endNs, attributes, events: NO_EVENTS },
      error:
        error === null
          ? undefined
          : typeof error === 'string'
            ? error
            : (stringOf(error.message) ?? ''),
    });
    return spanId;
  }

  private emit(step: {
    spanId: string;
    parentId: string | null;
    name: string;
    startNs: bigint | null;
    endNs: bigint | null;
    attributes: AttributeList;
    events: SpanEvent[];
    error?: string;
  }): void {
    this.sink.span(spanOf({ ...step, traceId: this.traceId, resource: this.resource }));
  }

  private resolvedObject(object: JsonObject): JsonObject {
    return objectOf(this.resolved(object)) ?? {};
  }

  /** The value with references to attachments replaced by their texts. */
  private resolved(value: JsonValue | undefined): JsonValue | undefined {
    if (typeof value === 'string') {
      const hash = /^(?:attachment|tc):\/\/([0-9a-f]+)$/.exec(value)?.[1];
      return (hash === undefined ? undefined : stringOf(this.attachments[hash])) ?? value;
    }
    if (Array.isArray(value)) return value.map((element) => this.resolved(element) ?? null);
    if (!isObject(value)) return value;
    const object = Object.create(null) as JsonObject;
    for (const [key, inner] of Object.entries(value)) object[key] = this.resolved(inner) ?? null;
    return object;
  }
}

function outputMessages(output: JsonObject): JsonValue | null {
  const choices = objectsOf(output.choices).flatMap((choice) => objectOf(choice.message) ?? []);
  return choices.length > 0 ? choices : contentText(output.completion);
}
