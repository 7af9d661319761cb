/**
 * Rollouts of Codex: `~/.codex/sessions/<year>/<month>/<day>/rollout-*.jsonl`.
 * https://github.com/openai/codex (codex-rs/protocol/src/protocol.rs: RolloutItem, EventMsg, TokenUsageInfo)
 *
 * Usage is given as the session's total so far, often twice, so a call's own usage is the increase of the total. A forked
 * session begins with the lines of the original, all written at the moment of the fork; they belong to the original and are
 * left out here, except for the total that this one continues from. A model call lasts from the item it answers to its last
 * item, a tool from its call to its output.
 */
import type { Source } from '$lib/bytes/source';
import type { Format, SpanSink } from '$lib/formats/contract';
import { firstValues, isObject } from '$lib/formats/sniff';
import type { JsonObject, JsonValue } from '$lib/json/reader';
import type { JsonWalk } from '$lib/json/walk';
import type { Resource, SpanEvent } from '$lib/model/span';
import {
  addUsage,
  AttributeList,
  contentText,
  earlier,
  exampleOf,
  later,
  messages,
  momentOf,
  NO_USAGE,
  numberOf,
  objectOf,
  readObjects,
  spanIdOf,
  spanOf,
  stringOf,
  traceIdOf,
  type Usage,
} from './parts';

export const codex: Format = {
  id: 'codex',
  label: 'Codex rollout',

  sniff: (head) => firstValues(head).some(isLine),

  async read(source, sink) {
    await new CodexReader(sink).run(source);
  },
};

const TYPES = new Set(['session_meta', 'response_item', 'event_msg', 'turn_context', 'compacted']);

const isLine = (value: JsonValue): boolean =>
  isObject(value) &&
  typeof value.timestamp === 'string' &&
  typeof value.type === 'string' &&
  TYPES.has(value.type) &&
  isObject(value.payload);

/** How long after its first line a fork may still be repeating the original session. */
const REPLAY_NS = 1_000_000_000n;

interface Turn {
  id: string;
  startNs: bigint | null;
  endNs: bigint | null;
  prompt: JsonValue | undefined;
  events: SpanEvent[];
  error: string | undefined;
}

interface Call {
  startNs: bigint | null;
  endNs: bigint | null;
  parts: JsonValue[];
  events: SpanEvent[];
  /** Whether one of its tools has returned a result. */
  isAnswered: boolean;
}

interface Tool {
  id: string;
  name: string;
  startNs: bigint | null;
  input: JsonValue | undefined;
  parentId: string;
  exitCode: number | null;
}

const COUNTS = [
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_output_tokens',
] as const;
type Counts = (number | null)[];

const countsOf = (usage: JsonObject): Counts => COUNTS.map((key) => numberOf(usage[key]));

class CodexReader {
  private meta: JsonObject | null = null;
  private id = '';
  private traceId = '';
  private resource: Resource = { service: 'codex', attributes: ['service.name', 'codex'] };
  private firstNs: bigint | null = null;
  private lastNs: bigint | null = null;
  private startNs: bigint | null = null;
  private isReplay = false;
  private turns = 0;
  private calls = 0;
  private turn: Turn | null = null;
  private call: Call | null = null;
  /** When the model last received input. */
  private askedNs: bigint | null = null;
  private model: string | null = null;
  private total: Counts = COUNTS.map(() => 0);
  private readonly tools = new Map<string, Tool>();

  constructor(private readonly sink: SpanSink) {}

  async run(source: Source): Promise<void> {
    await readObjects(source, this.sink, (line, walk) => this.take(line, walk, source.name));
    this.endTurn();
    for (const tool of this.tools.values()) this.endTool(tool, null, undefined, null);
    this.endSession();
  }

  private take(line: JsonObject, walk: JsonWalk, name: string): void {
    const payload = objectOf(line.payload);
    if (!payload || typeof line.type !== 'string') {
      walk.warn('skipped-record', 'a line without a payload');
      return;
    }
    const ns = momentOf(line.timestamp);
    if (ns === null) walk.warn('invalid-time', `“${exampleOf(line.timestamp)}”`);
    this.firstNs ??= ns;
    if (line.type === 'session_meta') {
      this.takeMeta(payload, name);
      return;
    }
    if (this.id === '') this.identify(`rollout ${name}`);
    if (this.isReplay && ns !== null && ns - (this.firstNs ?? ns) > REPLAY_NS) this.endReplay();
    if (this.isReplay) walk.warn('duplicate-span', 'lines of the session this was forked from');
    else {
      this.startNs = earlier(this.startNs, ns);
      this.lastNs = later(this.lastNs, ns);
    }
    if (line.type === 'turn_context') {
      this.model = stringOf(payload.model) ?? this.model;
      const id = stringOf(payload.turn_id);
      if (id !== null && this.turn && this.turn.id !== id) this.beginTurn(id, ns);
    } else if (line.type === 'event_msg') this.event(payload, ns);
    else if (line.type === 'response_item') this.item(payload, ns);
    else if (line.type === 'compacted') this.note('compacted', payload, ns);
    if (this.turn && !this.isReplay) this.turn.endNs = later(this.turn.endNs, ns);
  }

  private takeMeta(payload: JsonObject, name: string): void {
    const id = stringOf(payload.id) ?? `rollout ${name}`;
    if (this.meta) {
      // A second one is that of the original session, whose lines follow.
      if (id !== this.id) this.isReplay = true;
      return;
    }
    this.meta = payload;
    this.identify(id);
    this.isReplay = typeof payload.forked_from_id === 'string';
    this.startNs = momentOf(payload.timestamp);
    this.lastNs = this.firstNs;
    this.resource = {
      service: 'codex',
      attributes: new AttributeList()
        .add('service.name', 'codex')
        .add('service.version', payload.cli_version).pairs,
    };
  }

  private identify(id: string): void {
    this.id = id;
    this.traceId = traceIdOf(id);
  }

  /** Everything open belongs to the original session, except a turn that began at that very moment. */
  private endReplay(): void {
    this.isReplay = false;
    this.call = null;
    this.tools.clear();
  }

  private event(payload: JsonObject, ns: bigint | null): void {
    switch (payload.type) {
      case 'task_started':
      case 'turn_started':
        this.beginTurn(stringOf(payload.turn_id), ns);
        return;
      case 'user_message':
        // Older rollouts do not record turns; there, a message begins one.
        if (!this.turn || this.turn.prompt !== undefined) this.beginTurn(null, ns);
        if (this.turn) this.turn.prompt = payload.message;
        this.askedNs = ns ?? this.askedNs;
        return;
      case 'task_complete':
      case 'turn_complete':
        if (this.turn) this.turn.endNs = later(this.turn.endNs, ns);
        this.endTurn();
        return;
      case 'turn_aborted':
        this.note('turn_aborted', payload, ns);
        if (this.turn) this.turn.endNs = later(this.turn.endNs, ns);
        if (this.turn)
          this.turn.error = `aborted: ${stringOf(payload.reason) ?? 'no reason given'}`;
        this.endTurn();
        return;
      case 'error':
      case 'stream_error':
        this.note('error', payload, ns);
        if (payload.type === 'error' && this.turn)
          this.turn.error = stringOf(payload.message) ?? '';
        return;
      case 'token_count':
        this.tokens(objectOf(payload.info), ns);
        return;
      case 'exec_command_end': {
        const tool = this.tools.get(stringOf(payload.call_id) ?? '');
        if (tool) tool.exitCode = numberOf(payload.exit_code);
        return;
      }
      case 'context_compacted':
      case 'thread_rolled_back':
        this.note(payload.type, payload, ns);
    }
  }

  private item(payload: JsonObject, ns: bigint | null): void {
    const type = stringOf(payload.type) ?? '';
    if (type.endsWith('_output')) {
      this.output(payload, ns);
      return;
    }
    if (type === 'message' && payload.role !== 'assistant') {
      this.askedNs = ns ?? this.askedNs;
      return;
    }
    if (this.call?.isAnswered) this.endCall(NO_USAGE);
    this.call ??= {
      startNs: this.askedNs ?? ns,
      endNs: null,
      parts: [],
      events: [],
      isAnswered: false,
    };
    const { call } = this;
    call.endNs = later(call.endNs, ns);
    if (type === 'message')
      call.parts.push({ type: 'text', content: contentText(payload.content) });
    else if (type === 'reasoning') {
      const text = contentText(payload.summary) ?? contentText(payload.content);
      if (text !== null) call.parts.push({ type: 'reasoning', content: text });
    } else {
      const id = stringOf(payload.call_id);
      const name = stringOf(payload.name) ?? type.replace(/_call$/, '');
      const input = payload.arguments ?? payload.input ?? payload.action;
      call.parts.push({ type: 'tool_call', id, name, arguments: input ?? null });
      if (id !== null) {
        this.tools.set(id, {
          id,
          name,
          startNs: ns,
          input,
          parentId: this.above(),
          exitCode: null,
        });
      } else {
        // The provider ran it, and only reports that it did.
        const attributes = new AttributeList().add('action', payload.action).pairs;
        call.events.push({ name: type, timeNs: ns, attributes });
      }
    }
  }

  private output(payload: JsonObject, ns: bigint | null): void {
    this.askedNs = ns ?? this.askedNs;
    if (this.call) this.call.isAnswered = true;
    const tool = this.tools.get(stringOf(payload.call_id) ?? '');
    if (!tool) return;
    this.tools.delete(tool.id);
    const failed = tool.exitCode !== null && tool.exitCode !== 0;
    const isError = failed || objectOf(payload.output)?.success === false;
    this.endTool(
      tool,
      ns,
      payload.output,
      isError ? `exit code ${tool.exitCode ?? 'unknown'}` : null,
    );
  }

  private tokens(info: JsonObject | null, ns: bigint | null): void {
    const stated = objectOf(info?.total_token_usage);
    if (!info || !stated) return;
    const total = countsOf(stated);
    const before = this.total;
    if (total.every((count, i) => count === before[i])) return;
    const last = objectOf(info.last_token_usage);
    const grew = total.map((count, i) => (count === null ? null : count - (before[i] ?? 0)));
    this.total = total;
    // The total started over.
    const own = grew.some((count) => count !== null && count < 0) ? last && countsOf(last) : grew;
    if (this.isReplay) return;
    const [input = null, cacheRead = null, output = null, reasoning = null] = own ?? total;
    this.call ??= {
      startNs: this.askedNs ?? ns,
      endNs: ns,
      parts: [],
      events: [],
      isAnswered: false,
    };
    this.endCall({ ...NO_USAGE, input, cacheRead, output, reasoning });
  }

  private above(): string {
    return this.turn ? spanIdOf(this.id, 'turn', this.turn.id) : spanIdOf(this.id);
  }

  private note(name: string, payload: JsonObject, timeNs: bigint | null): void {
    const attributes = new AttributeList()
      .add('message', payload.message)
      .add('reason', payload.reason);
    this.turn?.events.push({ name, timeNs, attributes: attributes.pairs });
  }

  private beginTurn(id: string | null, ns: bigint | null): void {
    if (this.turn && id === this.turn.id) return;
    this.endTurn();
    this.turns++;
    this.turn = {
      id: id ?? `#${this.turns}`,
      startNs: ns,
      endNs: ns,
      prompt: undefined,
      events: [],
      error: undefined,
    };
    this.askedNs = ns ?? this.askedNs;
  }

  private endTurn(): void {
    if (this.call) this.endCall(NO_USAGE);
    const { turn } = this;
    this.turn = null;
    if (!turn || this.isReplay) return;
    this.sink.span(
      spanOf({
        traceId: this.traceId,
        spanId: spanIdOf(this.id, 'turn', turn.id),
        parentId: spanIdOf(this.id),
        name: 'turn',
        startNs: turn.startNs,
        endNs: turn.endNs,
        attributes: new AttributeList()
          .add('gen_ai.operation.name', 'invoke_agent')
          .add('gen_ai.agent.name', 'Codex')
          .add('gen_ai.request.model', this.model)
          .add('gen_ai.input.messages', messages('user', turn.prompt))
          .add('turn.id', turn.id),
        resource: this.resource,
        events: turn.events,
        error: turn.error,
      }),
    );
  }

  private endCall(usage: Usage): void {
    const { call } = this;
    this.call = null;
    if (!call || this.isReplay) return;
    this.calls++;
    const attributes = new AttributeList()
      .add('gen_ai.operation.name', 'chat')
      .add('gen_ai.provider.name', this.meta?.model_provider)
      .add('gen_ai.request.model', this.model)
      .add(
        'gen_ai.output.messages',
        call.parts.length > 0 ? messages('assistant', call.parts) : null,
      );
    this.sink.span(
      spanOf({
        traceId: this.traceId,
        spanId: spanIdOf(this.id, 'call', String(this.calls)),
        parentId: this.above(),
        name: `chat ${this.model ?? ''}`.trim(),
        startNs: call.startNs,
        endNs: call.endNs,
        attributes: addUsage(attributes, usage),
        resource: this.resource,
        events: call.events,
      }),
    );
    this.askedNs = later(this.askedNs, call.endNs);
  }

  private endTool(
    tool: Tool,
    endNs: bigint | null,
    result: JsonValue | undefined,
    error: string | null,
  ): void {
    if (this.isReplay) return;
    this.sink.span(
      spanOf({
        traceId: this.traceId,
        spanId: spanIdOf(this.id, 'tool', tool.id),
        parentId: tool.parentId,
        name: `execute_tool ${tool.name}`,
        startNs: tool.startNs,
        endNs,
        attributes: new AttributeList()
          .add('gen_ai.operation.name', 'execute_tool')
          .add('gen_ai.tool.name', tool.name)
          .add('gen_ai.tool.call.id', tool.id)
          .add('gen_ai.tool.call.arguments', tool.input)
          .add('gen_ai.tool.call.result', result)
          .add('process.exit.code', tool.exitCode),
        resource: this.resource,
        error: error ?? undefined,
      }),
    );
  }

  private endSession(): void {
    if (this.id === '') return;
    const meta = this.meta ?? {};
    const git = objectOf(meta.git);
    this.sink.span(
      spanOf({
        traceId: this.traceId,
        spanId: spanIdOf(this.id),
        parentId: null,
        name: 'session',
        startNs: this.startNs,
        endNs: this.lastNs,
        attributes: new AttributeList()
          .add('span.type', 'session')
          .add('session.id', this.id)
          .add('session.forked_from', meta.forked_from_id)
          .add('cwd', meta.cwd)
          .add('originator', meta.originator)
          .add('git.branch', git?.branch)
          .add('git.commit', git?.commit_hash),
        resource: this.resource,
      }),
    );
  }
}
