/**
 * Trajectories of agents in ATIF, the Agent Trajectory Interchange Format of Harbor.
 * https://github.com/laude-institute/harbor (docs/rfcs/0001-trajectory-format.md)
 *
 * A step has one time and lasts until the next; the end of the last is unknown. A step's metrics are those of its model call,
 * and `prompt_tokens` include cached ones. Continued trajectories share their `session_id`, so they form one trace when opened
 * together; steps copied from the previous one are marked and do not count. Sub-agents are nested trajectories.
 */
import type { Format, SpanSink } from '$lib/formats/contract';
import { elementsOf, firstValues, isObject } from '$lib/formats/sniff';
import type { JsonObject, JsonValue } from '$lib/json/reader';
import { JsonWalk, type Shape } from '$lib/json/walk';
import type { Resource } from '$lib/model/span';
import {
  addUsage,
  AttributeList,
  attributeText,
  earlier,
  jsonText,
  later,
  listOf,
  messages,
  momentOf,
  NO_USAGE,
  numberOf,
  objectOf,
  objectsOf,
  spanIdOf,
  spanOf,
  stringOf,
  traceIdOf,
} from './parts';

export const trajectory: Format = {
  id: 'agent-trajectory',
  label: 'ATIF trajectory',

  sniff: (head) =>
    firstValues(head)
      .flatMap((value) => elementsOf(value))
      .some(isTrajectory),

  async read(source, sink) {
    const walk = new JsonWalk(source, sink);
    const one: Shape = {
      read(json) {
        const value = json.value();
        if (!isTrajectory(value)) throw json.error('no trajectory');
        new TrajectoryReader(sink, walk).take(value as JsonObject, source.name, null, 0);
      },
    };
    await walk.run({ ...one, elements: one });
  },
};

const isTrajectory = (value: JsonValue): boolean =>
  isObject(value) &&
  typeof value.schema_version === 'string' &&
  value.schema_version.startsWith('ATIF-');

const MAX_DEPTH = 64;

/** The step that called a sub-agent. */
interface Caller {
  traceId: string;
  session: string;
  spanId: string;
}

const STEP_KEYS = new Set([
  'step_id',
  'timestamp',
  'source',
  'message',
  'model_name',
  'reasoning_content',
  'tool_calls',
  'observation',
  'metrics',
]);
const METRIC_KEYS = new Set(['prompt_tokens', 'completion_tokens', 'cached_tokens', 'cost_usd']);

class TrajectoryReader {
  constructor(
    private readonly sink: SpanSink,
    private readonly walk: JsonWalk,
  ) {}

  take(document: JsonObject, name: string, caller: Caller | null, depth: number): void {
    const agent = objectOf(document.agent) ?? {};
    const agentName = stringOf(agent.name) ?? 'agent';
    const id = stringOf(document.trajectory_id);
    const session = caller?.session ?? stringOf(document.session_id) ?? id ?? name;
    const traceId = caller?.traceId ?? traceIdOf(session);
    const steps = objectsOf(document.steps);
    const times = steps.map((step) => momentOf(step.timestamp));
    const startNs = times.reduce(earlier, null);
    // Continuations repeat step numbers, so ids depend on the whole document.
    const own = spanIdOf(
      ...[session, 'trajectory', caller?.spanId ?? '', id ?? '', agentName, String(steps.length)],
      jsonText(document.final_metrics ?? null) + attributeText(document.continued_trajectory_ref),
    );
    const resource: Resource = {
      service: agentName,
      attributes: new AttributeList()
        .add('service.name', agentName)
        .add('service.version', agent.version).pairs,
    };
    const calls = new Map<string, string>();
    const ends = endsOf(times);
    steps.forEach((step, i) => {
      this.step(step, {
        ...{ traceId, session, own, resource, agent, agentName, calls },
        place: i,
        startNs: times[i],
        endNs: ends[i],
      });
    });
    this.sink.span(
      spanOf({
        traceId,
        spanId: own,
        parentId: caller?.spanId ?? null,
        name: `invoke_agent ${agentName}`,
        startNs,
        endNs: times.reduce(later, null),
        attributes: new AttributeList()
          .add('gen_ai.operation.name', 'invoke_agent')
          .add('gen_ai.agent.name', agentName)
          .add('gen_ai.agent.version', agent.version)
          .add('gen_ai.request.model', agent.model_name)
          .add('gen_ai.tool.definitions', agent.tool_definitions)
          .add('session.id', session)
          .add('atif.trajectory_id', id)
          .add('atif.schema_version', document.schema_version)
          .add('atif.final_metrics', document.final_metrics)
          .add('atif.continued_trajectory_ref', document.continued_trajectory_ref)
          .add('atif.notes', document.notes)
          .add('atif.extra', document.extra),
        resource,
      }),
    );
    for (const inner of objectsOf(document.subagent_trajectories)) {
      if (depth >= MAX_DEPTH) {
        this.walk.warn('skipped-record', 'sub-agents nested too deep');
        return;
      }
      const spanId =
        calls.get(stringOf(inner.trajectory_id) ?? '') ??
        calls.get(stringOf(inner.session_id) ?? '') ??
        own;
      this.take(inner, name, { traceId, session, spanId }, depth + 1);
    }
  }

  private step(
    step: JsonObject,
    place: {
      traceId: string;
      session: string;
      own: string;
      resource: Resource;
      agent: JsonObject;
      agentName: string;
      /** The span that called each sub-agent, by the id of its trajectory. */
      calls: Map<string, string>;
      place: number;
      startNs: bigint | null;
      endNs: bigint | null;
    },
  ): void {
    const { traceId, own, resource, startNs, endNs } = place;
    const source = stringOf(step.source) ?? 'step';
    const number = stringOf(step.step_id) ?? String(numberOf(step.step_id) ?? place.place + 1);
    const spanId = spanIdOf(own, 'step', String(place.place));
    const metrics = objectOf(step.metrics);
    const isCopy = step.is_copied_context === true;
    // A step of the agent is a model call, unless it says otherwise.
    const isCall = source === 'agent' && !isCopy && (step.llm_call_count !== 0 || metrics !== null);
    const model = stringOf(step.model_name) ?? stringOf(place.agent.model_name) ?? '';
    const attributes = new AttributeList();
    if (isCall)
      attributes.add('gen_ai.operation.name', 'chat').add('gen_ai.request.model', model || null);
    else attributes.add('span.type', 'step');
    const role = source === 'agent' ? 'assistant' : source;
    attributes
      .add('gen_ai.agent.name', place.agentName)
      .add('atif.step_id', number)
      .add('atif.source', source)
      .add(
        source === 'agent' ? 'gen_ai.output.messages' : 'gen_ai.input.messages',
        messages(role, step.message),
      )
      .add('gen_ai.reasoning', step.reasoning_content);
    if (isCall && metrics) {
      addUsage(attributes, {
        ...NO_USAGE,
        input: numberOf(metrics.prompt_tokens),
        cacheRead: numberOf(metrics.cached_tokens),
        output: numberOf(metrics.completion_tokens),
        cost: numberOf(metrics.cost_usd),
      }).addRest('atif.metrics.', metrics, METRIC_KEYS);
    } else attributes.add('atif.metrics', metrics);
    attributes.addRest('atif.', step, STEP_KEYS);
    const results = objectsOf(objectOf(step.observation)?.results);
    const tools = objectsOf(step.tool_calls);
    const toolIds = new Map(
      tools.map((tool, i) => [
        stringOf(tool.tool_call_id) ?? `#${i}`,
        spanIdOf(spanId, 'tool', stringOf(tool.tool_call_id) ?? `#${i}`),
      ]),
    );
    const loose: JsonValue[] = [];
    const resultOf = new Map<string, JsonObject>();
    for (const result of results) {
      const caller = stringOf(result.source_call_id) ?? '';
      for (const ref of listOf(result.subagent_trajectory_ref)) {
        const target = objectOf(ref);
        const id = stringOf(target?.trajectory_id) ?? stringOf(target?.session_id);
        if (id !== null) place.calls.set(id, toolIds.get(caller) ?? spanId);
      }
      if (toolIds.has(caller)) resultOf.set(caller, result);
      else loose.push(result);
    }
    attributes.add('atif.observation', loose.length > 0 ? loose : null);
    this.sink.span(
      spanOf({
        ...{ traceId, spanId, parentId: own, startNs, endNs, attributes, resource },
        name: isCall ? `chat ${model}`.trim() : isCopy ? `${source} (copied)` : source,
      }),
    );
    tools.forEach((tool, i) => {
      const id = stringOf(tool.tool_call_id) ?? `#${i}`;
      const toolName = stringOf(tool.function_name) ?? 'tool';
      this.sink.span(
        spanOf({
          ...{ traceId, spanId: toolIds.get(id)!, parentId: spanId, startNs, endNs, resource },
          name: `execute_tool ${toolName}`,
          attributes: new AttributeList()
            .add('gen_ai.operation.name', 'execute_tool')
            .add('gen_ai.tool.name', toolName)
            .add('gen_ai.tool.call.id', id)
            .add('gen_ai.tool.call.arguments', tool.arguments)
            .add('gen_ai.tool.call.result', resultOf.get(id)?.content)
            .add('atif.extra', tool.extra),
        }),
      );
    });
  }
}

/** For each time, the next known one. */
function endsOf(times: (bigint | null)[]): (bigint | null)[] {
  const ends = new Array<bigint | null>(times.length).fill(null);
  for (let i = times.length - 1, next: bigint | null = null; i >= 0; i--) {
    ends[i] = next;
    next = times[i] ?? next;
  }
  return ends;
}
