/**
 * Sessions of Claude Code: `~/.claude/projects/<project>/<session>.jsonl`, and the files of its sub-agents.
 * https://code.claude.com/docs/en/sessions · as read by https://github.com/ryoppippi/ccusage
 *
 * A line is a message. The model's answer is split into lines of one block each, which repeat its id and usage, so only the
 * last one's usage counts. A resumed session repeats lines with their old ids. Sub-agents are lines with `isSidechain`, in the
 * session's file or a separate one, and join the session's trace. An answer starts when the line before it was written,
 * because that is what it answers; a tool runs from its `tool_use` to its `tool_result`.
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
  jsonText,
  later,
  listOf,
  messages,
  momentOf,
  NO_USAGE,
  numberOf,
  objectOf,
  objectsOf,
  readObjects,
  spanIdOf,
  spanOf,
  stringOf,
  traceIdOf,
  type Usage,
  wholeInput,
} from './parts';

export const claudeCode: Format = {
  id: 'claude-code',
  label: 'Claude Code session',

  sniff: (head) => firstValues(head).some(isLine),

  async read(source, sink) {
    await new ClaudeCodeReader(sink).run(source);
  },
};

function isLine(value: JsonValue): boolean {
  if (!isObject(value)) return false;
  if (value.type === 'summary') return typeof value.leafUuid === 'string';
  if (value.type === 'file-history-snapshot') return typeof value.messageId === 'string';
  return typeof value.sessionId === 'string' && 'parentUuid' in value && 'isSidechain' in value;
}

/** How many answers are held because more of their lines may come. */
const MAX_OPEN_ANSWERS = 1000;

interface Answer {
  id: string;
  model: string;
  startNs: bigint | null;
  endNs: bigint | null;
  parts: JsonValue[];
  /** Hashes of the parts, since a resumed session may repeat them. */
  known: Set<string>;
  usage: Usage;
  stopReason: string | null;
  requestId: string | null;
  error: string | undefined;
  parentId: string;
}

interface Tool {
  id: string;
  name: string;
  startNs: bigint | null;
  input: JsonValue | undefined;
  parentId: string;
  agentId: string | null;
}

interface Turn {
  spanId: string;
  startNs: bigint | null;
  prompt: JsonValue | undefined;
  events: SpanEvent[];
}

/** The main agent of a session, or one of its sub-agents. */
interface Chain {
  spanId: string;
  agentId: string | null;
  isSidechain: boolean;
  /** The call that started it, for a sub-agent without an id. */
  toolId: string | null;
  turn: Turn | null;
  prompt: JsonValue | undefined;
  startNs: bigint | null;
  lastNs: bigint | null;
}

interface Session {
  id: string;
  traceId: string;
  resource: Resource;
  first: JsonObject;
  main: Chain | null;
  chains: Map<string, Chain>;
  /** The chain of each line of a sub-agent without an id. */
  chainOf: Map<string, Chain>;
  answers: Map<string, Answer>;
  /** Answers that have been written, whose lines may be repeated. */
  written: Set<string>;
  tools: Map<string, Tool>;
  /** Calls of agents, by the hash of their prompt. */
  callers: Map<string, string>;
  /** Agents for which the call is known. */
  called: Set<string>;
  /** The agent that each call turned out to have started. */
  agentOf: Map<string, string>;
  seen: Set<string>;
  startNs: bigint | null;
  endNs: bigint | null;
}

class ClaudeCodeReader {
  private readonly sessions = new Map<string, Session>();
  private title: string | null = null;

  constructor(private readonly sink: SpanSink) {}

  async run(source: Source): Promise<void> {
    await readObjects(source, this.sink, (line, walk) => this.take(line, walk));
    for (const session of this.sessions.values()) this.endSession(session);
  }

  private take(line: JsonObject, walk: JsonWalk): void {
    if (line.type === 'summary' || line.type === 'custom-title') {
      this.title = stringOf(line.summary) ?? stringOf(line.customTitle) ?? this.title;
      return;
    }
    const sessionId = stringOf(line.sessionId);
    const isMessage = line.type === 'user' || line.type === 'assistant';
    if (sessionId === null || (isMessage && !objectOf(line.message))) {
      // Snapshots of files and the like do not describe anything that ran.
      if (sessionId !== null || typeof line.type !== 'string') {
        walk.warn('skipped-record', `a line of type “${exampleOf(line.type)}”`);
      }
      return;
    }
    if (!isMessage && line.type !== 'system' && line.type !== 'progress') return;
    const session = this.sessionOf(sessionId, line);
    const uuid = stringOf(line.uuid);
    if (uuid !== null) {
      if (session.seen.has(uuid)) {
        walk.warn('duplicate-span', `line ${uuid}`);
        return;
      }
      session.seen.add(uuid);
    }
    const ns = momentOf(line.timestamp);
    if (ns === null) walk.warn('invalid-time', `of line ${uuid ?? '?'}`);
    if (line.type === 'progress') {
      const tool = session.tools.get(stringOf(line.parentToolUseID) ?? '');
      const agentId = stringOf(objectOf(line.data)?.agentId);
      if (tool && agentId !== null) tool.agentId = agentId;
      return;
    }
    const chain = this.chainOf(session, line, uuid);
    session.startNs = earlier(session.startNs, ns);
    session.endNs = later(session.endNs, ns);
    chain.startNs = earlier(chain.startNs, ns);
    if (line.type === 'assistant') this.assistant(session, chain, line, ns);
    else if (line.type === 'user') this.user(session, chain, line, uuid, ns);
    else this.system(chain, line, ns);
    // Claude Code's messages to itself are not part of the previous turn.
    if (line.isMeta !== true && line.isCompactSummary !== true) {
      chain.lastNs = later(chain.lastNs, ns);
    }
  }

  private sessionOf(id: string, line: JsonObject): Session {
    let session = this.sessions.get(id);
    if (!session) {
      session = {
        id,
        traceId: traceIdOf(id),
        resource: {
          service: 'claude-code',
          attributes: new AttributeList()
            .add('service.name', 'claude-code')
            .add('service.version', line.version).pairs,
        },
        first: line,
        main: null,
        chains: new Map(),
        chainOf: new Map(),
        answers: new Map(),
        written: new Set(),
        tools: new Map(),
        callers: new Map(),
        called: new Set(),
        agentOf: new Map(),
        seen: new Set(),
        startNs: null,
        endNs: null,
      };
      this.sessions.set(id, session);
    }
    return session;
  }

  private chainOf(session: Session, line: JsonObject, uuid: string | null): Chain {
    if (line.isSidechain !== true) {
      session.main ??= {
        spanId: spanIdOf(session.id),
        agentId: null,
        isSidechain: false,
        toolId: null,
        turn: null,
        prompt: undefined,
        startNs: null,
        lastNs: null,
      };
      return session.main;
    }
    const agentId = stringOf(line.agentId);
    const above = stringOf(line.parentUuid);
    let chain =
      agentId !== null
        ? session.chains.get(agentId)
        : above !== null
          ? session.chainOf.get(above)
          : undefined;
    if (!chain) {
      const key = agentId ?? uuid ?? `chain ${session.chains.size}`;
      chain = {
        spanId: spanIdOf(session.id, 'agent', key),
        agentId,
        isSidechain: true,
        toolId: agentId === null ? this.callerOf(session, line) : null,
        turn: null,
        prompt: objectOf(line.message)?.content,
        startNs: null,
        lastNs: null,
      };
      session.chains.set(key, chain);
    }
    if (agentId === null && uuid !== null) session.chainOf.set(uuid, chain);
    return chain;
  }

  /** The call whose prompt is the first message of a sub-agent without an id. */
  private callerOf(session: Session, line: JsonObject): string | null {
    const prompt = contentText(objectOf(line.message)?.content);
    return prompt === null ? null : (session.callers.get(spanIdOf(prompt)) ?? null);
  }

  private system(chain: Chain, line: JsonObject, timeNs: bigint | null): void {
    chain.turn?.events.push({
      name: `system.${stringOf(line.subtype) ?? 'message'}`,
      timeNs,
      attributes: new AttributeList().add('content', line.content).add('level', line.level).pairs,
    });
  }

  private user(
    session: Session,
    chain: Chain,
    line: JsonObject,
    uuid: string | null,
    ns: bigint | null,
  ): void {
    const message = line.message as JsonObject;
    const results = objectsOf(message.content).filter((part) => part.type === 'tool_result');
    for (const result of results) this.toolResult(session, line, result, ns);
    const isPrompt =
      results.length === 0 &&
      message.content !== undefined &&
      line.isMeta !== true &&
      line.isCompactSummary !== true;
    if (!isPrompt || chain.isSidechain) return;
    this.endTurn(session, chain);
    chain.turn = {
      spanId: spanIdOf(session.id, 'turn', uuid ?? String(ns)),
      startNs: ns,
      prompt: message.content,
      events: [],
    };
  }

  private assistant(session: Session, chain: Chain, line: JsonObject, ns: bigint | null): void {
    const message = line.message as JsonObject;
    const parentId = chain.turn?.spanId ?? chain.spanId;
    const content = listOf(message.content);
    for (const part of content) {
      if (!isObject(part) || part.type !== 'tool_use') continue;
      const id = stringOf(part.id);
      if (id === null || session.tools.has(id)) continue;
      const name = stringOf(part.name) ?? 'tool';
      const prompt = stringOf(objectOf(part.input)?.prompt);
      if (prompt !== null) session.callers.set(spanIdOf(prompt), id);
      session.tools.set(id, {
        ...{ id, name, startNs: ns, input: part.input, parentId, agentId: null },
      });
    }
    const id = stringOf(message.id) ?? stringOf(line.uuid) ?? String(session.written.size);
    if (session.written.has(id)) return;
    let answer = session.answers.get(id);
    if (!answer) {
      if (session.answers.size >= MAX_OPEN_ANSWERS) {
        this.endAnswer(session, session.answers.values().next().value as Answer);
      }
      answer = {
        id,
        model: stringOf(message.model) ?? '',
        startNs: chain.lastNs ?? ns,
        endNs: null,
        parts: [],
        known: new Set(),
        usage: NO_USAGE,
        stopReason: null,
        requestId: stringOf(line.requestId),
        error: undefined,
        parentId,
      };
      session.answers.set(id, answer);
    }
    answer.endNs = later(answer.endNs, ns);
    for (const part of content.length > 0 ? content : [message.content ?? '']) {
      const hash = spanIdOf(jsonText(part));
      if (part !== '' && !answer.known.has(hash)) answer.parts.push(part);
      answer.known.add(hash);
    }
    answer.stopReason = stringOf(message.stop_reason) ?? answer.stopReason;
    if (line.isApiErrorMessage === true) answer.error = contentText(message.content) ?? '';
    const usage = usageOf(objectOf(message.usage), numberOf(line.costUSD));
    // Later lines are more complete, but a resumed session may repeat an early one.
    if ((usage.output ?? -1) >= (answer.usage.output ?? -1)) {
      answer.usage = { ...usage, cost: usage.cost ?? answer.usage.cost };
    }
  }

  private toolResult(
    session: Session,
    line: JsonObject,
    result: JsonObject,
    ns: bigint | null,
  ): void {
    const tool = session.tools.get(stringOf(result.tool_use_id) ?? '');
    if (!tool) return;
    session.tools.delete(tool.id);
    tool.agentId = stringOf(objectOf(line.toolUseResult)?.agentId) ?? tool.agentId;
    const text = contentText(result.content);
    this.endTool(session, tool, ns, result.content, result.is_error === true ? (text ?? '') : null);
  }

  private endTool(
    session: Session,
    tool: Tool,
    endNs: bigint | null,
    result: JsonValue | undefined,
    error: string | null,
  ): void {
    if (tool.agentId !== null) {
      session.called.add(tool.agentId);
      session.agentOf.set(tool.id, tool.agentId);
    }
    this.sink.span(
      spanOf({
        traceId: session.traceId,
        spanId: toolSpanOf(session, tool.id),
        parentId: tool.parentId,
        name: `execute_tool ${tool.name}`,
        startNs: tool.startNs,
        endNs,
        attributes: new AttributeList()
          .add('gen_ai.operation.name', 'execute_tool')
          .add('gen_ai.tool.name', tool.name)
          .add('gen_ai.tool.call.id', tool.id)
          .add('gen_ai.tool.call.arguments', tool.input)
          .add('gen_ai.tool.call.result', result),
        resource: session.resource,
        error: error ?? undefined,
      }),
    );
  }

  private endAnswer(session: Session, answer: Answer): void {
    session.answers.delete(answer.id);
    session.written.add(answer.id);
    // Claude Code's own messages, such as API errors, are not from a model.
    const isModel = answer.model !== '<synthetic>';
    const attributes = new AttributeList();
    if (isModel) {
      attributes
        .add('gen_ai.operation.name', 'chat')
        .add('gen_ai.provider.name', 'anthropic')
        .add('gen_ai.response.model', answer.model || null);
    } else attributes.add('span.type', 'notice');
    attributes
      .add('gen_ai.response.id', answer.id)
      .add('gen_ai.response.finish_reasons', answer.stopReason && [answer.stopReason])
      .add('gen_ai.output.messages', messages('assistant', answer.parts))
      .add('request_id', answer.requestId);
    if (isModel) addUsage(attributes, answer.usage);
    this.sink.span(
      spanOf({
        traceId: session.traceId,
        spanId: spanIdOf(session.id, 'answer', answer.id),
        parentId: answer.parentId,
        name: isModel ? `chat ${answer.model}`.trim() : 'notice',
        startNs: answer.startNs,
        endNs: answer.endNs,
        attributes,
        resource: session.resource,
        error: answer.error,
      }),
    );
  }

  private endTurn(session: Session, chain: Chain): void {
    for (const answer of [...session.answers.values()]) {
      if (answer.parentId === (chain.turn?.spanId ?? chain.spanId)) this.endAnswer(session, answer);
    }
    const { turn } = chain;
    if (!turn) return;
    chain.turn = null;
    this.sink.span(
      spanOf({
        traceId: session.traceId,
        spanId: turn.spanId,
        parentId: chain.spanId,
        name: 'turn',
        startNs: turn.startNs,
        endNs: chain.lastNs,
        attributes: new AttributeList()
          .add('gen_ai.operation.name', 'invoke_agent')
          .add('gen_ai.agent.name', 'Claude Code')
          .add('gen_ai.input.messages', messages('user', turn.prompt)),
        resource: session.resource,
        events: turn.events,
      }),
    );
  }

  private endSession(session: Session): void {
    if (session.main) this.endTurn(session, session.main);
    for (const answer of [...session.answers.values()]) this.endAnswer(session, answer);
    for (const tool of session.tools.values()) this.endTool(session, tool, null, undefined, null);
    for (const chain of session.chains.values()) this.endAgent(session, chain);
    const { main, first } = session;
    if (!main) return;
    this.sink.span(
      spanOf({
        traceId: session.traceId,
        spanId: main.spanId,
        parentId: null,
        name: 'session',
        startNs: session.startNs,
        endNs: session.endNs,
        attributes: new AttributeList()
          .add('span.type', 'session')
          .add('session.id', session.id)
          .add('session.title', this.title)
          .add('cwd', first.cwd)
          .add('git.branch', first.gitBranch || null),
        resource: session.resource,
      }),
    );
  }

  private endAgent(session: Session, chain: Chain): void {
    const { agentId, toolId } = chain;
    const caller = toolId === null ? null : toolSpanOf(session, toolId);
    // The call that started an agent with an id may be in another file of the session.
    const isElsewhere = agentId !== null && (!session.main || session.called.has(agentId));
    const parentId = isElsewhere
      ? callOf(session, agentId)
      : (caller ?? session.main?.spanId ?? null);
    this.sink.span(
      spanOf({
        traceId: session.traceId,
        spanId: chain.spanId,
        parentId,
        name: 'invoke_agent sub-agent',
        startNs: chain.startNs,
        endNs: chain.lastNs,
        attributes: new AttributeList()
          .add('gen_ai.operation.name', 'invoke_agent')
          .add('gen_ai.agent.name', 'sub-agent')
          .add('gen_ai.agent.id', agentId)
          .add('session.id', session.id)
          .add('gen_ai.input.messages', messages('user', chain.prompt)),
        resource: session.resource,
      }),
    );
  }
}

/** The id of the span of the call that started an agent, derived from the agent alone, because the call may be in another file. */
const callOf = (session: Session, agentId: string): string =>
  spanIdOf(session.id, 'agent call', agentId);

function toolSpanOf(session: Session, toolId: string): string {
  const agentId = session.agentOf.get(toolId);
  return agentId === undefined ? spanIdOf(session.id, 'tool', toolId) : callOf(session, agentId);
}

function usageOf(usage: JsonObject | null, cost: number | null): Usage {
  if (!usage) return { ...NO_USAGE, cost };
  const cacheRead = numberOf(usage.cache_read_input_tokens);
  const cacheWrite = numberOf(usage.cache_creation_input_tokens);
  return {
    input: wholeInput(numberOf(usage.input_tokens), cacheRead, cacheWrite),
    cacheRead,
    cacheWrite,
    output: numberOf(usage.output_tokens),
    reasoning: null,
    cost,
  };
}
