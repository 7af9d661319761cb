/** The second pass over a file of trace events: makes the complete spans. */
import type { Attributes, Resource, Span } from '$lib/model/span';
import type { SpanSink } from '$lib/formats/contract';
import { blankSpan, endAfter, textOf } from '$lib/formats/span-parts';
import { fitsInt64 } from '$lib/json/digits';
import type { JsonReader } from '$lib/json/reader';
import type { JsonWalk } from '$lib/json/walk';
import type { CaptureFacts } from './capture-facts';
import { KIND, NONE, type EventTable } from './event-table';
import { hexWord } from './fingerprint';
import type { Group, Layout } from './layout';
import { processLabel, processNames } from './process-names';
import type { Survey } from './survey';

/** The resource of the span around several processes. */
const CAPTURE: Resource = { service: 'capture', attributes: ['service.name', 'capture'] };

export class SliceReader {
  /** Is this a record that the first pass accepted? */
  isInside = false;
  private readonly events: EventTable;
  private readonly traceId: string;
  private readonly epochNs: bigint;
  private readonly resources: Resource[];
  private readonly json: JsonReader;
  /** Spans that have been read in part, by number. */
  private readonly held = new Map<number, Span>();
  /** Those of them whose own record has not been read yet. */
  private readonly stubs = new Set<number>();
  /** The next event in the table. */
  private next = 0;
  private openExample = 'an event that begins';
  private endExample = 'an event that ends';
  private openSeen = false;

  // Of the current record.
  private name = '';
  private startNs: bigint | null = null;
  private durationNs: bigint | null = null;

  constructor(
    private readonly survey: Survey,
    private readonly layout: Layout,
    private readonly facts: CaptureFacts,
    private readonly fileName: string,
    private readonly walk: JsonWalk,
    private readonly sink: SpanSink,
  ) {
    this.events = survey.events;
    this.json = walk.json;
    this.traceId = survey.traceId();
    this.epochNs = facts.epochNs(survey.base);
    const services = processNames(survey.processes);
    this.resources = survey.processes.map(({ pid, name, labels }, i) => {
      const attributes = ['service.name', services[i]];
      if (pid !== '') attributes.push('process.pid', pid);
      if (name !== '') attributes.push('process.name', name);
      if (labels !== '') attributes.push('process.labels', labels);
      return { service: services[i], attributes };
    });
  }

  /** Spans without events of their own. */
  begin(): void {
    this.layout.groups.forEach((group, i) => {
      const number = this.events.count + i;
      const span = this.groupSpan(group, number);
      if (this.layout.records[number] === 0) this.sink.span(span);
      else this.held.set(number, span);
    });
  }

  /** One event, or something that the first pass skipped. */
  read(): void {
    const { events, json } = this;
    const { offset } = json;
    while (this.next < events.count && events.offset[this.next] < offset) this.next++;
    this.isInside = this.next < events.count && events.offset[this.next] === offset;
    if (!this.isInside) {
      json.skip();
      return;
    }
    const event = this.next;
    const kind = events.kind[event];
    if (kind <= KIND.begin) this.readSlice(event);
    else if (kind === KIND.end) this.readEnd(event);
    else if (kind === KIND.instant) this.readInstant(event);
    else if (this.layout.sender[event] !== NONE) this.readFlow(event);
    else json.skip();
    this.isInside = false;
  }

  /** Sends on spans of which the second pass could not read every record, and reports what was counted. */
  finish(): void {
    for (const [number, span] of this.held) if (!this.stubs.has(number)) this.sink.span(span);
    this.held.clear();
    const { opens, unmatchedEnds } = this.layout;
    if (opens > 0) this.sink.warn('unclosed', this.openExample, opens);
    if (unmatchedEnds > 0) {
      this.sink.warn('unmatched-end', this.endExample, unmatchedEnds);
    }
  }

  // ── Records ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  private readSlice(event: number): void {
    const attributes: Attributes = [];
    this.readMembers(attributes);
    this.addThread(attributes, event);
    const isBegin = this.events.kind[event] === KIND.begin;
    const isOpen = this.layout.isOpen[event] === 1;
    if (isOpen) {
      attributes.push('chrome.unclosed', 'true');
      if (!this.openSeen) this.openExample = `“${this.name}” (line ${this.json.lineOf()})`;
      this.openSeen = true;
    }
    const span = this.partOf(event);
    this.stubs.delete(event);
    span.name = this.name;
    // Its end may have been read first.
    const early = span.attributes;
    span.attributes = early.length > 0 ? [...attributes, ...early] : attributes;
    span.resource = this.resources[this.survey.tracks[this.events.thread[event]].process];
    this.setStart(span);
    if (isOpen) span.endNs = this.absolute(this.events.end[event]);
    else if (!isBegin) span.endNs = this.endAfter(span);
    for (const sender of this.layout.sendersOf.get(event) ?? []) this.link(span, sender, []);
    this.done(event, span);
  }

  private readEnd(event: number): void {
    const begin = this.layout.target[event];
    if (begin === NONE) {
      if (event === this.layout.exampleEnd) this.endExample = `line ${this.json.lineOf()}`;
      this.json.skip();
      return;
    }
    const attributes: Attributes = [];
    this.readMembers(attributes, true);
    const span = this.partOf(begin);
    span.endNs = this.startNs === null ? null : this.inRange(this.startNs + this.epochNs);
    span.attributes = [...span.attributes, ...attributes];
    this.done(begin, span);
  }

  private readInstant(event: number): void {
    const attributes: Attributes = [];
    this.readMembers(attributes);
    const { name } = this;
    if (this.layout.isSpan[event] === 1) {
      this.addThread(attributes, event);
      const span = this.blank(event);
      span.name = name;
      span.attributes = attributes;
      span.resource = this.resources[this.survey.tracks[this.events.thread[event]].process];
      this.setStart(span);
      span.endNs = this.startNs === null ? null : span.startNs;
      this.sink.span(span);
      return;
    }
    const target = this.layout.target[event];
    const timeNs = this.startNs === null ? null : this.inRange(this.startNs + this.epochNs);
    if (timeNs === null) this.walk.warn('invalid-time', `the time of “${name}”`);
    const span = this.partOf(target);
    span.events.push({ name, timeNs, attributes });
    this.done(target, span);
  }

  private readFlow(event: number): void {
    const attributes: Attributes = [];
    this.readMembers(attributes);
    if (this.name !== '') attributes.push('flow.name', this.name);
    const receiver = this.layout.target[event];
    const span = this.partOf(receiver);
    this.link(span, this.layout.sender[event], attributes);
    this.done(receiver, span);
  }

  /** Reads an event. Its arguments become attributes, and so do its other members without a field in the span. */
  private readMembers(attributes: Attributes, argsOnly = false): void {
    const { json } = this;
    this.name = '';
    this.startNs = this.durationNs = null;
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      switch (key) {
        case 'name':
          this.name = textOf(json);
          break;
        case 'ts':
          this.startNs = json.integer(3);
          break;
        case 'dur':
          this.durationNs = json.integer(3);
          break;
        case 'args':
          readArgs(json, attributes);
          break;
        case 'ph':
        case 'pid':
        case 'tid':
        case 's':
        case 'bp':
        case 'bind_id':
        case 'flow_in':
        case 'flow_out':
          json.skip();
          break;
        default:
          if (argsOnly) json.skip();
          else if (!json.tryNull()) attributes.push(key, json.text());
      }
    }
  }

  private addThread(attributes: Attributes, event: number): void {
    const { tid, name } = this.survey.tracks[this.events.thread[event]];
    if (tid !== '') attributes.push('thread.id', tid);
    if (name !== '') attributes.push('thread.name', name);
  }

  // ── Spans ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  private spanId(number: number): string {
    return this.traceId.slice(0, 8) + hexWord(number + 1);
  }

  private blank(number: number): Span {
    const span = blankSpan();
    span.traceId = this.traceId;
    span.spanId = this.spanId(number);
    span.kind = 'INTERNAL';
    const parent =
      number < this.events.count
        ? this.layout.target[number]
        : this.layout.groups[number - this.events.count].parent;
    if (parent !== NONE) span.parentId = this.spanId(parent);
    return span;
  }

  /** The span that a record adds to. */
  private partOf(number: number): Span {
    let span = this.held.get(number);
    if (span) return span;
    span = this.blank(number);
    // Lists must not be shared if more will be added to them.
    if (this.layout.records[number] > 1) {
      span.events = [];
      span.links = [];
      this.held.set(number, span);
      this.stubs.add(number);
    } else if (this.layout.sendersOf.has(number)) span.links = [];
    return span;
  }

  /** Called for each record of the span; the last one sends it on. */
  private done(number: number, span: Span): void {
    if (--this.layout.records[number] > 0) return;
    this.held.delete(number);
    if (!this.stubs.delete(number)) this.sink.span(span);
  }

  private link(span: Span, sender: number, attributes: Attributes): void {
    span.links.push({ traceId: this.traceId, spanId: this.spanId(sender), attributes });
  }

  private groupSpan({ kind, process, track, start, end }: Group, number: number): Span {
    const span = this.blank(number);
    const isRoot = span.parentId === null;
    const attributes: Attributes = ['chrome.track', kind];
    // The trace list shows the root, and a hundred files of one tool differ only in their names.
    span.name = isRoot ? this.fileName : this.groupName(kind, process, track);
    if (kind === 'thread') {
      const { tid, name, sortIndex } = this.survey.tracks[track];
      if (tid !== '') attributes.push('thread.id', tid);
      if (name !== '') attributes.push('thread.name', name);
      if (sortIndex !== '') attributes.push('thread.sort_index', sortIndex);
    } else if (kind === 'process') {
      const { sortIndex } = this.survey.processes[process];
      if (sortIndex !== '') attributes.push('process.sort_index', sortIndex);
    }
    if (isRoot) attributes.push(...this.facts.attributes);
    span.attributes = attributes;
    span.events = [];
    span.resource = process === NONE ? CAPTURE : this.resources[process];
    if (!Number.isNaN(start)) {
      span.startNs = this.absolute(start);
      span.endNs = this.absolute(end);
    }
    return span;
  }

  private groupName(kind: Group['kind'], process: number, track: number): string {
    if (kind === 'async') return 'asynchronous operations';
    if (kind === 'process') return processLabel(this.survey.processes[process].pid);
    const { name, tid } = this.survey.tracks[track];
    return name || (tid === '' ? 'thread without id' : `thread ${tid}`);
  }

  // ── Times ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  private setStart(span: Span): void {
    span.startNs = this.startNs === null ? null : this.inRange(this.startNs + this.epochNs);
  }

  private endAfter(span: Span): bigint | null {
    return endAfter(span.startNs, this.durationNs);
  }

  /** Converts a time of the table. */
  private absolute(time: number): bigint | null {
    return this.inRange((this.survey.base ?? 0n) + BigInt(time) + this.epochNs);
  }

  private inRange(ns: bigint): bigint | null {
    return fitsInt64(ns) ? ns : null;
  }
}

/** Arguments by name; nested values stay JSON. Some tools write a string instead of an object. */
function readArgs(json: JsonReader, attributes: Attributes): void {
  if (json.tryNull()) return;
  if (json.peek() !== 'object') {
    attributes.push('args', json.text());
    return;
  }
  json.beginObject();
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    attributes.push(key, json.text());
  }
}
