/**
 * Sessions of Pi and of tools built on it (OpenClaw, STS): `~/.pi/agent/sessions/**.jsonl`.
 * https://github.com/badlogic/pi-mono (packages/coding-agent/docs/session.md)
 *
 * Line 1 is the session, the others are its entries. From version 2 on, an entry names its predecessor, so a session that was
 * rewound and continued differently is a tree; spans carry the number of their branch. An entry is written when it is
 * finished; it began at the time in its message, or else when the previous entry was written.
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
  attributeText,
  contentText,
  earlier,
  later,
  messages,
  momentOf,
  numberOf,
  objectOf,
  objectsOf,
  readObjects,
  spanIdOf,
  spanOf,
  stringOf,
  traceIdOf,
  wholeInput,
} from './parts';

export const pi: Format = {
  id: 'pi-session',
  label: 'Pi session',

  sniff(head) {
    const [first] = firstValues(head);
    return isObject(first) && isHeader(first);
  },

  async read(source, sink) {
    await new PiReader(sink).run(source);
  },
};

const isHeader = (value: JsonObject): boolean =>
  value.type === 'session' &&
  typeof value.id === 'string' &&
  ['timestamp', 'cwd', 'harness', 'version'].some((key) => key in value);

interface Turn {
  spanId: string;
  branch: number;
  startNs: bigint | null;
  endNs: bigint | null;
  prompt: JsonValue | undefined;
  events: SpanEvent[];
}

/** What an entry's successors need to know about it. */
interface Entry {
  branch: number;
  turn: Turn | null;
  ns: bigint | null;
  hasNext: boolean;
}

interface Tool {
  id: string;
  name: string;
  startNs: bigint | null;
  input: JsonValue | undefined;
  turn: Turn | null;
  branch: number;
}

class PiReader {
  private header: JsonObject = {};
  private id = '';
  private resource: Resource = { service: 'pi', attributes: ['service.name', 'pi'] };
  private readonly entries = new Map<string, Entry>();
  private last: Entry = { branch: 0, turn: null, ns: null, hasNext: false };
  private readonly turns: Turn[] = [];
  private readonly tools = new Map<string, Tool>();
  private branches = 1;
  private count = 0;
  private startNs: bigint | null = null;
  private endNs: bigint | null = null;

  constructor(private readonly sink: SpanSink) {}

  async run(source: Source): Promise<void> {
    await readObjects(source, this.sink, (line, walk) => this.take(line, walk));
    this.endSession();
  }

  private take(line: JsonObject, walk: JsonWalk): void {
    if (isHeader(line)) {
      this.endSession();
      this.begin(line);
      return;
    }
    if (this.id === '') {
      walk.warn('skipped-record', 'an entry before its session');
      return;
    }
    const ns = momentOf(line.timestamp) ?? momentOf(objectOf(line.message)?.timestamp);
    const id = stringOf(line.id);
    if (id !== null && this.entries.has(id)) {
      walk.warn('duplicate-span', `entry ${id}`);
      return;
    }
    this.startNs = earlier(this.startNs, ns);
    this.endNs = later(this.endNs, ns);
    const above = this.above(line);
    const entry: Entry = { branch: above.branch, turn: above.turn, ns, hasNext: false };
    // Entries other than messages, such as labels, can be leaves without being a branch.
    if (line.type === 'message') {
      if (above.hasNext) entry.branch = this.branches++;
      above.hasNext = true;
    }
    const message = objectOf(line.message);
    if (line.type === 'message' && message) this.message(message, id, entry, above);
    else this.note(line, entry);
    if (entry.turn) entry.turn.endNs = later(entry.turn.endNs, ns);
    if (id !== null) this.entries.set(id, entry);
    this.last = entry;
  }

  private above(line: JsonObject): Entry {
    const parent = stringOf(line.parentId);
    return (parent !== null ? this.entries.get(parent) : undefined) ?? this.last;
  }

  private begin(line: JsonObject): void {
    const service = stringOf(line.harness) ?? 'pi';
    this.header = line;
    this.id = line.id as string;
    this.resource = {
      service,
      attributes: new AttributeList()
        .add('service.name', service)
        .add('service.version', line.harnessVersion).pairs,
    };
    this.startNs = momentOf(line.timestamp);
    this.endNs = this.startNs;
    this.last = { branch: 0, turn: null, ns: this.startNs, hasNext: false };
    this.branches = 1;
    this.count = 0;
  }

  private message(message: JsonObject, id: string | null, entry: Entry, above: Entry): void {
    this.count++;
    const key = id ?? `#${this.count}`;
    switch (message.role) {
      case 'user':
        entry.turn = {
          spanId: spanIdOf(this.id, 'turn', key),
          branch: entry.branch,
          startNs: entry.ns,
          endNs: entry.ns,
          prompt: message.content,
          events: [],
        };
        this.turns.push(entry.turn);
        return;
      case 'assistant':
        this.answer(message, key, entry, above);
        return;
      case 'toolResult':
      case 'tool': {
        const tool = this.tools.get(stringOf(message.toolCallId) ?? '');
        if (!tool) return;
        this.tools.delete(tool.id);
        const error = message.isError === true ? (contentText(message.content) ?? '') : null;
        this.endTool(tool, entry.ns, message.content, error);
        return;
      }
      default:
        this.note({ type: `message.${stringOf(message.role) ?? 'unknown'}`, data: message }, entry);
    }
  }

  private answer(message: JsonObject, key: string, entry: Entry, above: Entry): void {
    const { branch, turn, ns } = entry;
    const usage = objectOf(message.usage);
    const cacheRead = numberOf(usage?.cacheRead);
    const cacheWrite = numberOf(usage?.cacheWrite);
    const begun = momentOf(message.timestamp);
    const model = stringOf(message.responseModel) ?? stringOf(message.model) ?? '';
    const attributes = new AttributeList()
      .add('gen_ai.operation.name', 'chat')
      .add('gen_ai.provider.name', message.provider)
      .add('gen_ai.request.model', message.model)
      .add('gen_ai.response.model', model || null)
      .add('gen_ai.response.id', message.responseId)
      .add('gen_ai.response.finish_reasons', message.stopReason ? [message.stopReason] : null)
      .add('gen_ai.output.messages', messages('assistant', message.content));
    addUsage(attributes, {
      input: wholeInput(numberOf(usage?.input), cacheRead, cacheWrite),
      cacheRead,
      cacheWrite,
      output: numberOf(usage?.output),
      reasoning: numberOf(usage?.reasoning),
      cost: numberOf(objectOf(usage?.cost)?.total),
    });
    const failed = message.stopReason === 'error' || message.stopReason === 'aborted';
    this.sink.span(
      spanOf({
        traceId: traceIdOf(this.id),
        spanId: spanIdOf(this.id, 'answer', key),
        parentId: turn?.spanId ?? spanIdOf(this.id),
        name: `chat ${model}`.trim(),
        // The message has the time of its start, and the entry that of its end, unless both are the same.
        startNs: begun !== null && ns !== null && begun < ns ? begun : (above.ns ?? ns),
        endNs: ns,
        attributes: attributes.add('session.branch', branch || null),
        resource: this.resource,
        error: failed
          ? (stringOf(message.errorMessage) ?? attributeText(message.stopReason) ?? '')
          : undefined,
      }),
    );
    for (const part of objectsOf(message.content)) {
      if (part.type !== 'toolCall' && part.type !== 'tool_call') continue;
      const id = stringOf(part.id);
      if (id === null) continue;
      const name = stringOf(part.name) ?? 'tool';
      this.tools.set(id, { id, name, startNs: ns, input: part.arguments, turn, branch });
    }
  }

  private note(line: JsonObject, entry: Entry): void {
    const known = new Set(['type', 'id', 'parentId', 'timestamp']);
    entry.turn?.events.push({
      name: stringOf(line.type) ?? 'entry',
      timeNs: entry.ns,
      attributes: new AttributeList().addRest('', line, known).pairs,
    });
  }

  private endTool(
    tool: Tool,
    endNs: bigint | null,
    result: JsonValue | undefined,
    error: string | null,
  ): void {
    this.sink.span(
      spanOf({
        traceId: traceIdOf(this.id),
        spanId: spanIdOf(this.id, 'tool', tool.id),
        parentId: tool.turn?.spanId ?? spanIdOf(this.id),
        name: `execute_tool ${tool.name}`,
        startNs: tool.startNs,
        endNs,
        attributes: new AttributeList()
          .add('gen_ai.operation.name', 'execute_tool')
          .add('gen_ai.tool.name', tool.name)
          .add('gen_ai.tool.call.id', tool.id)
          .add('gen_ai.tool.call.arguments', tool.input)
          .add('gen_ai.tool.call.result', result)
          .add('session.branch', tool.branch || null),
        resource: this.resource,
        error: error ?? undefined,
      }),
    );
  }

  private endSession(): void {
    if (this.id === '') return;
    const traceId = traceIdOf(this.id);
    for (const tool of this.tools.values()) this.endTool(tool, null, undefined, null);
    for (const turn of this.turns) {
      this.sink.span(
        spanOf({
          traceId,
          spanId: turn.spanId,
          parentId: spanIdOf(this.id),
          name: turn.branch === 0 ? 'turn' : `turn (branch ${turn.branch})`,
          startNs: turn.startNs,
          endNs: turn.endNs,
          attributes: new AttributeList()
            .add('gen_ai.operation.name', 'invoke_agent')
            .add('gen_ai.agent.name', this.resource.service)
            .add('gen_ai.input.messages', messages('user', turn.prompt))
            .add('session.branch', turn.branch || null),
          resource: this.resource,
          events: turn.events,
        }),
      );
    }
    this.sink.span(
      spanOf({
        traceId,
        spanId: spanIdOf(this.id),
        parentId: null,
        name: 'session',
        startNs: this.startNs,
        endNs: this.endNs,
        attributes: new AttributeList()
          .add('span.type', 'session')
          .add('session.id', this.id)
          .add('session.title', this.header.name)
          .add('session.parent', this.header.parentSession)
          .add('session.branches', this.branches > 1 ? this.branches : null)
          .add('cwd', this.header.cwd),
        resource: this.resource,
      }),
    );
    this.tools.clear();
    this.turns.length = 0;
    this.entries.clear();
    this.id = '';
  }
}
