/**
 * A multi-agent blackboard as traced by Flock: artifacts are published, and agents that wait for their type take them and
 * publish others. Span names, attributes and the duplicate exception events are those of Flock's `traced_and_logged`.
 */
import type { Producer, Recorder, OpenSpan, Failure } from './recorder';
import { flat } from './recorder';
import { TIMEOUT } from './blackboard-failures';
import type { Random } from './random';

/** A value that agents hand to each other. */
export interface Artifact {
  id: string;
  type: string;
  payload: Record<string, unknown>;
  producedBy: string;
}

export interface Agent {
  name: string;
  description: string;
  model: Model;
  /** The type that it publishes. */
  output: string;
  /** Its instructions. */
  instruction: string;
}

export interface Model {
  name: string;
  /** US dollars per million tokens. */
  inputPrice: number;
  outputPrice: number;
  /** Output tokens per second. */
  speed: number;
}

export const LARGE: Model = { name: 'gpt-4.1', inputPrice: 2, outputPrice: 8, speed: 62 };
export const SMALL: Model = { name: 'gpt-4.1-mini', inputPrice: 0.4, outputPrice: 1.6, speed: 110 };

/** A propagating exception: each span that it passes through ends with it. */
export class Raised extends Error {
  constructor(
    readonly failure: Failure,
    readonly atMs: number,
  ) {
    super(failure.message);
  }
}

interface Step {
  /** The agent's output for its inputs. */
  payload: Record<string, unknown>;
  /** The outcome of the model's first call; the engine retries unless `fatal`. */
  failure?: Failure;
  fatal?: boolean;
}

/** One run of a workflow. */
export class Run {
  readonly workflow: OpenSpan;
  readonly correlationId: string;

  constructor(
    private readonly random: Random,
    private readonly recorder: Recorder,
    private readonly producer: Producer,
    name: string,
    atMs: number,
    correlationId = random.uuid(),
  ) {
    this.correlationId = correlationId;
    this.workflow = recorder.start(null, producer, name, 'INTERNAL', atMs).set({
      'flock.workflow': true,
      'workflow.name': name,
      'workflow.flock_id': random.uuid(),
      correlation_id: correlationId,
    });
  }

  artifact(type: string, payload: Record<string, unknown>, producedBy: string): Artifact {
    return { id: this.random.uuid(), type, payload, producedBy };
  }

  /** Puts an artifact on the blackboard. Returns the time when it is there. */
  publish(artifact: Artifact, atMs: number, parent = this.workflow): number {
    const publish = this.call(parent, 'Flock', 'publish', 'flock.core.orchestrator', atMs);
    publish.set({
      'input.obj': json(artifact.payload),
      'input.publish_to': 'null',
      'input.correlation_id': json(this.correlationId),
      'input.partition_key': 'null',
      'input.tags': 'null',
      'input.is_dashboard': 'false',
      correlation_id: this.correlationId,
    });
    const stored = this.store(publish, artifact, atMs + this.random.latency(0.3));
    return returns(publish, serialised(artifact, this.correlationId), 'Artifact').end(
      stored + this.random.latency(0.4),
    );
  }

  /** Runs the agents until none has anything left to do. */
  untilIdle(atMs: number, body: (parent: OpenSpan, atMs: number) => number): number {
    const idle = this.call(
      this.workflow,
      'Flock',
      'run_until_idle',
      'flock.core.orchestrator',
      atMs,
    );
    try {
      const endMs = body(idle, atMs + this.random.latency(0.6));
      return returns(idle, null, null).end(endMs + this.random.latency(0.5));
    } catch (error) {
      throw passThrough(idle, error);
    }
  }

  /** Runs one agent. Throws Raised if its step is fatal. */
  execute(
    parent: OpenSpan,
    agent: Agent,
    inputs: Artifact[],
    step: Step,
    atMs: number,
  ): { artifact: Artifact; endMs: number } {
    const taskId = `${agent.name}-${this.random.hex(8)}`;
    const context = { correlation_id: this.correlationId, task_id: taskId };
    const execute = this.call(parent, 'Agent', 'execute', 'flock.core.agent', atMs).set({
      'agent.name': agent.name,
      'agent.description': agent.description.slice(0, 200),
      ...context,
      'input.ctx': json({ __class__: 'Context', __module__: 'flock.runtime', ...context }),
      'input.artifacts': json(inputs.map((input) => serialised(input, this.correlationId))),
    });
    const hook = (method: string, at: number) =>
      this.hook(execute, method, { ...context, agent: agent.name }, at);
    try {
      let at = hook('on_initialize', atMs + this.random.latency(0.3));
      at = hook('on_pre_consume', at);
      at = hook('on_pre_evaluate', at);
      at = this.evaluate(execute, agent, inputs, step, context, at);
      at = hook('on_post_evaluate', at);
      const artifact = this.artifact(agent.output, step.payload, agent.name);
      at = this.store(execute, artifact, at + this.random.latency(0.2));
      at = hook('on_post_publish', at);
      at = hook('on_terminate', at);
      returns(execute, [serialised(artifact, this.correlationId)], 'list', 1);
      return { artifact, endMs: execute.end(at + this.random.latency(0.2)) };
    } catch (error) {
      throw passThrough(execute, error);
    }
  }

  /** Ends the run. */
  finish(atMs: number): void {
    this.workflow.ok().end(atMs);
  }

  fail(raised: Raised): void {
    passThrough(this.workflow, raised);
  }

  private evaluate(
    execute: OpenSpan,
    agent: Agent,
    inputs: Artifact[],
    step: Step,
    context: Record<string, string>,
    atMs: number,
  ): number {
    const payloads = inputs.map((input) => ({ type: input.type, payload: input.payload }));
    const evaluate = this.call(
      execute,
      'DSPyEngine',
      'evaluate',
      'flock.engines.dspy_engine',
      atMs,
    ).set({
      ...context,
      'input.agent': json({ __class__: 'Agent', __module__: 'flock.core.agent', name: agent.name }),
      'input.ctx': json({ __class__: 'Context', __module__: 'flock.runtime', ...context }),
      'input.inputs': json({ __class__: 'EvalInputs', artifacts: payloads, state: {} }),
    });
    let at = this.history(evaluate, context, atMs + this.random.latency(1.5));
    const { failure } = step;
    if (failure) {
      const lostMs = at + (failure === TIMEOUT ? 30_000 : this.random.latency(420));
      this.completion(evaluate, agent, payloads, null, at)
        .set({ 'error.type': failure.type })
        .fail(failure, lostMs, 2)
        .end(lostMs);
      if (step.fatal) throw passThrough(evaluate, new Raised(failure, lostMs + 0.6));
      evaluate.event('retry', lostMs + 0.4, { attempt: 2, reason: failure.type });
      at = lostMs + 1_000;
    }
    const written = tokens(json(step.payload)) + this.random.int(8, 60);
    const thinkingMs = this.random.latency(480) + (written / agent.model.speed) * 1_000;
    const call = this.completion(evaluate, agent, payloads, step.payload, at);
    at = call
      .event('gen_ai.first_token', at + Math.min(thinkingMs, 480))
      .ok()
      .end(at + thinkingMs);
    returns(
      evaluate,
      { __class__: 'EvalResult', artifacts: [{ type: agent.output, payload: step.payload }] },
      'EvalResult',
    );
    return evaluate.end(at + this.random.latency(3));
  }

  /** The model call itself. @param answer null if there was none */
  private completion(
    parent: OpenSpan,
    agent: Agent,
    inputs: unknown[],
    answer: Record<string, unknown> | null,
    atMs: number,
  ): OpenSpan {
    const { model } = agent;
    const messages = [
      { role: 'system', content: agent.instruction },
      { role: 'user', content: json(inputs) },
    ];
    const span = this.recorder
      .start(parent, this.producer, 'LiteLLM.completion', 'CLIENT', atMs)
      .set({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.agent.name': agent.name,
        'gen_ai.request.model': model.name,
        'gen_ai.request.temperature': 0.7,
        'gen_ai.input.messages': json(messages),
        'server.address': 'api.openai.com',
        correlation_id: this.correlationId,
      });
    if (!answer) return span;
    const read = tokens(json(messages));
    const written = tokens(json(answer));
    const cost = (read * model.inputPrice + written * model.outputPrice) / 1e6;
    return span.set({
      'gen_ai.response.model': model.name,
      'gen_ai.response.id': `chatcmpl-${this.random.hex(24)}`,
      'gen_ai.response.finish_reasons': '["stop"]',
      'gen_ai.usage.input_tokens': read,
      'gen_ai.usage.output_tokens': written,
      'gen_ai.usage.cost': Number(cost.toFixed(6)),
      'gen_ai.output.messages': json([{ role: 'assistant', content: json(answer) }]),
    });
  }

  private history(parent: OpenSpan, context: Record<string, string>, atMs: number): number {
    const span = this.call(
      parent,
      'DSPyEngine',
      'fetch_conversation_context',
      'flock.engines.dspy_engine',
      atMs,
    ).set({ ...context, 'input.correlation_id': json(this.correlationId) });
    return returns(span, [], 'list', 0).end(atMs + this.random.latency(0.9));
  }

  private hook(
    parent: OpenSpan,
    method: string,
    context: Record<string, string>,
    atMs: number,
  ): number {
    const { agent, ...ids } = context;
    const span = this.call(
      parent,
      'OutputUtilityComponent',
      method,
      'flock.components.utility.output',
      atMs,
    ).set({ ...ids, 'input.agent': json({ __class__: 'Agent', name: agent }) });
    return returns(span, null, null).end(atMs + this.random.latency(0.25)) + 0.05;
  }

  private store(parent: OpenSpan, artifact: Artifact, atMs: number): number {
    const span = this.call(
      parent,
      'InMemoryBlackboardStore',
      'publish',
      'flock.core.store',
      atMs,
    ).set({
      correlation_id: this.correlationId,
      'input.artifact': json(serialised(artifact, this.correlationId)),
    });
    return returns(span, null, null).end(atMs + this.random.latency(0.2));
  }

  /** A traced method of a class. */
  private call(
    parent: OpenSpan,
    className: string,
    method: string,
    module: string,
    atMs: number,
  ): OpenSpan {
    const name = `${className}.${method}`;
    return this.recorder.start(parent, this.producer, name, 'INTERNAL', atMs).set({
      class: className,
      function: method,
      module,
    });
  }
}

/** The demo's Flock process. All spans share its resource, so the exporter uses the class as the service. */
export function flockProducer(random: Random): Producer {
  return {
    resource: {
      service: 'flock-auto-trace',
      attributes: flat({
        'service.name': 'flock-auto-trace',
        'service.instance.id': random.uuid(),
        'telemetry.sdk.language': 'python',
        'telemetry.sdk.name': 'opentelemetry',
        'telemetry.sdk.version': '1.38.0',
      }),
    },
    scope: 'flock.logging.auto_trace',
    skewMs: 0,
    namesFromDots: true,
  };
}

function returns(span: OpenSpan, value: unknown, type: string | null, length?: number): OpenSpan {
  span.set({ 'output.value': json(value) });
  if (type !== null) span.set({ 'output.type': type });
  if (length !== undefined) span.set({ 'output.length': length });
  return span.ok();
}

/** Ends a span with an exception and rethrows it slightly later. Any error other than the demo's own is a bug. */
function passThrough(span: OpenSpan, error: unknown): Raised {
  if (!(error instanceof Raised)) throw error;
  span.fail(error.failure, error.atMs, 2).end(error.atMs + 0.2);
  return new Raised(error.failure, error.atMs + 0.5);
}

function serialised({ id, type, payload, producedBy }: Artifact, correlationId: string): unknown {
  return {
    __class__: 'Artifact',
    __module__: 'flock.core.artifacts',
    id,
    type,
    payload,
    produced_by: producedBy,
    correlation_id: correlationId,
    visibility: { __class__: 'PublicVisibility', kind: 'Public' },
  };
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

function tokens(text: string): number {
  return Math.ceil(text.length / 4);
}
