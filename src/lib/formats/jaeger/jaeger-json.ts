/**
 * Jaeger JSON, as downloaded from the Jaeger UI and returned by its HTTP API.
 * https://github.com/jaegertracing/jaeger/blob/main/internal/uimodel/model.go
 */
import { NO_ATTRIBUTES, NO_RESOURCE, type Resource, type Span } from '$lib/model/span';
import type { Format, SpanSink } from '$lib/formats/contract';
import { partObject, type Warns } from '$lib/formats/span-parts';
import { JaegerSpanReader, readTagFields, readTags } from './jaeger-span';
import type { JsonReader, JsonValue } from '$lib/json/reader';
import { JsonWalk, fields, type Shape } from '$lib/json/walk';
import { KnownValues } from '$lib/json/known-values';
import { elementsOf, firstValues, isObject } from '$lib/formats/sniff';
import type { Source } from '$lib/bytes/source';

export const jaegerJson: Format = {
  id: 'jaeger-json',
  label: 'Jaeger JSON',

  sniff(head) {
    return firstValues(head).some((value) => {
      if (isSpanList(value)) return true;
      return elementsOf(value, 1).some(
        (element) => isTrace(element) || (isObject(element) && isAnswer(element.data, element)),
      );
    });
  },

  async read(source, sink) {
    const bare = firstValues(await source.head()).some(isSpanList);
    await new JaegerReader(source, sink).run(bare);
  },
};

function isAnswer(data: JsonValue | undefined, answer: JsonValue): boolean {
  if (!Array.isArray(data)) return false;
  if (data.length > 0) return data.some(isTrace);
  return isObject(answer) && ['total', 'limit', 'offset', 'errors'].every((key) => key in answer);
}

function isTrace(value: JsonValue): boolean {
  if (!isObject(value)) return false;
  if (Array.isArray(value.spans) && value.spans.some(isSpan)) return true;
  // Processes may fill the whole head.
  const processes = isObject(value.processes) ? Object.values(value.processes) : [];
  return (
    value.spans === undefined &&
    processes.some((process) => isObject(process) && typeof process.serviceName === 'string')
  );
}

function isSpanList(value: JsonValue): boolean {
  return Array.isArray(value) && value.some(isSpan);
}

/** Members that rule out Jaeger JSON: Elasticsearch's documents and tools such as highlight.io also use `traceID` and `spanID`. */
const FOREIGN = ['spanName', 'spanKind', 'projectID', '__typename', 'startTimeMillis'];

function isSpan(value: JsonValue): boolean {
  return (
    isObject(value) &&
    typeof value.traceID === 'string' &&
    typeof value.spanID === 'string' &&
    ['operationName', 'references', 'processID', 'process', 'duration'].some(
      (key) => key in value,
    ) &&
    !FOREIGN.some((key) => key in value)
  );
}

/** Jaeger writes processes after spans, so up to this many spans are held. If a trace has more, the file is read twice. */
const MAX_HELD = 40_000;

type Processes = Map<string, Resource>;

const NO_PROCESSES: Processes = new Map();

class JaegerReader {
  private readonly walk: JsonWalk;
  private readonly spans: JaegerSpanReader;
  private readonly known = new KnownValues((json) => parseProcess(json, this.walk));

  /** Null until they have been seen. */
  private processes: Processes | null = null;
  /** Where the current trace began; the same in a second pass. */
  private traceAt = 0;
  private heldSpans: Span[] = [];
  private heldProcesses: string[] = [];
  /** By where the trace begins, if the file has been read ahead. */
  private ahead: Map<number, Processes> | null = null;

  constructor(
    private readonly source: Source,
    private readonly sink: SpanSink,
  ) {
    this.walk = new JsonWalk(source, sink);
    this.spans = new JaegerSpanReader(this.walk, (json) => this.known.read(json));
  }

  /** @param bare an array of spans without traces around them */
  async run(bare: boolean): Promise<void> {
    const { json } = this.walk;
    const span: Shape = { read: () => this.emit(this.spans.read(json), this.spans.processId) };
    const trace: Shape = {
      fields: fields({
        traceID: { read: () => (this.spans.traceIdAround = this.spans.id(json)) },
        spans: { elements: span },
        processes: { read: () => this.setProcesses(this.readProcesses(json)) },
      }),
      enter: () => {
        this.traceAt = json.offset;
        this.spans.traceIdAround = '';
        this.processes = this.ahead ? (this.ahead.get(json.offset) ?? NO_PROCESSES) : null;
      },
      leave: () => this.setProcesses(this.processes ?? NO_PROCESSES),
    };
    if (bare) {
      this.processes = NO_PROCESSES;
      const list: Shape = { elements: span };
      await this.walk.run(list);
    } else await this.walk.run(answer(trace));
  }

  private emit(span: Span, processId: string): void {
    if (this.processes || span.resource !== NO_RESOURCE) {
      this.sink.span(this.withResource(span, processId));
      return;
    }
    this.heldSpans.push(span);
    this.heldProcesses.push(processId);
    if (this.heldSpans.length >= MAX_HELD) this.walk.pauseFor(() => this.lookAhead());
  }

  private withResource(span: Span, processId: string): Span {
    if (span.resource !== NO_RESOURCE) return span;
    const resource = this.processes?.get(processId);
    if (resource) span.resource = resource;
    else if (processId !== '') {
      const example = `process “${processId}” of span ${span.spanId} is not in the file`;
      this.sink.warn('broken-part', example);
    }
    return span;
  }

  private setProcesses(processes: Processes): void {
    this.processes = processes;
    this.heldSpans.forEach((span, i) => {
      this.sink.span(this.withResource(span, this.heldProcesses[i]));
    });
    this.heldSpans = [];
    this.heldProcesses = [];
  }

  /** Reads all processes of the file ahead, so that no more spans need to be held. */
  private async lookAhead(): Promise<void> {
    const ahead = new Map<number, Processes>();
    const walk = new JsonWalk(this.source, { warn: () => undefined });
    const { json } = walk;
    let traceAt = 0;
    const trace: Shape = {
      fields: fields({
        processes: { read: () => ahead.set(traceAt, this.readProcesses(json)) },
      }),
      enter: () => (traceAt = json.offset),
    };
    await walk.run(answer(trace), { quiet: true });
    this.ahead = ahead;
    this.setProcesses(ahead.get(this.traceAt) ?? NO_PROCESSES);
  }

  private readProcesses(json: JsonReader): Processes {
    const processes: Processes = new Map();
    if (!partObject(json, this.walk, 'processes')) return processes;
    for (let id = json.nextKey(); id !== null; id = json.nextKey()) {
      processes.set(id, this.known.read(json));
    }
    return processes;
  }
}

/** A process as a resource. */
export function parseProcess(json: JsonReader, walk: Warns): Resource {
  let service = '';
  let tags = NO_ATTRIBUTES;
  if (!partObject(json, walk, 'a process')) return NO_RESOURCE;
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (key === 'serviceName') service = json.tryNull() ? '' : json.text();
    else if (key === 'tags') tags = tags.concat(readTags(json, walk));
    else if (key === 'tag') tags = tags.concat(readTagFields(json, walk));
    else json.skip();
  }
  return { service, attributes: service ? ['service.name', service, ...tags] : tags };
}

/** A trace, a list of them, or the API's response around such a list. */
function answer(trace: Shape): Shape {
  trace.elements = trace;
  trace.fields?.set('data', { elements: trace });
  return trace;
}
