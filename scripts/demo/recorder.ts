/**
 * Records spans as an instrumented program would: starts, fills and ends them. Times are milliseconds from the demo's start; a
 * producer with a wrong clock records all its times shifted.
 */
import type { Attributes, Resource, Span, SpanKind, SpanLink } from '../../src/lib/model/span';
import type { Random } from './random';

/** 2026-11-12T10:00:00Z, from which all times of the demo count, in epoch nanoseconds. */
export const DEMO_START_NS = 1_794_477_600_000_000_000n;

export type AttributeValues = Record<string, string | number | boolean>;

/** A process that records spans. */
export interface Producer {
  resource: Resource;
  scope: string;
  /** How far its clock is ahead, in milliseconds. */
  skewMs: number;
  /** Flock's exporter splits the span's name at its first dot into service and operation. */
  namesFromDots: boolean;
}

/** What went wrong, as a language's runtime reports it. */
export interface Failure {
  type: string;
  message: string;
  stack: string;
}

export function flat(values: AttributeValues): Attributes {
  return Object.entries(values).flatMap(([key, value]) => [key, String(value)]);
}

/** A span that is known to have a start. */
export type RecordedSpan = Span & { startNs: bigint };

export class OpenSpan {
  private readonly values: AttributeValues = {};

  constructor(
    readonly span: RecordedSpan,
    readonly producer: Producer,
    private readonly recorder: Recorder,
  ) {}

  set(values: AttributeValues): this {
    Object.assign(this.values, values);
    return this;
  }

  event(name: string, atMs: number, attributes: AttributeValues = {}): this {
    const timeNs = toNs(atMs + this.producer.skewMs);
    this.span.events.push({ name, timeNs, attributes: flat(attributes) });
    return this;
  }

  link(to: OpenSpan, attributes: AttributeValues = {}): this {
    const { traceId, spanId } = to.span;
    const link: SpanLink = { traceId, spanId, attributes: flat(attributes) };
    this.span.links.push(link);
    return this;
  }

  /** @param times how often the exception was recorded: once by the code, and again where it passes through */
  fail(failure: Failure, atMs: number, times = 1, description = failure.message): this {
    this.span.status = 'ERROR';
    this.span.statusDescription = description;
    for (let i = 0; i < times; i++) {
      this.event('exception', atMs + i * 0.04, {
        'exception.type': failure.type,
        'exception.message': failure.message,
        'exception.stacktrace': failure.stack,
        'exception.escaped': i > 0,
      });
    }
    return this;
  }

  ok(): this {
    this.span.status = 'OK';
    return this;
  }

  /** Returns `atMs`, so that the caller can continue from there. */
  end(atMs: number): number {
    this.span.endNs = toNs(atMs + this.producer.skewMs);
    this.span.attributes = flat(this.values);
    this.recorder.spans.push(this.span);
    return atMs;
  }

  /** The span never reaches the exporter, which leaves its children as orphans. */
  lose(): void {
    this.recorder.lost.add(this.span.spanId);
  }
}

export class Recorder {
  readonly spans: RecordedSpan[] = [];
  /** Ids of spans that were started but never exported. */
  readonly lost = new Set<string>();

  constructor(private readonly random: Random) {}

  start(
    parent: OpenSpan | null,
    producer: Producer,
    name: string,
    kind: SpanKind,
    atMs: number,
  ): OpenSpan {
    const dot = producer.namesFromDots ? name.indexOf('.') : -1;
    const span: RecordedSpan = {
      traceId: parent?.span.traceId ?? this.random.hex(32),
      spanId: this.random.hex(16),
      parentId: parent?.span.spanId ?? null,
      name,
      service: producer.namesFromDots ? (dot < 0 ? name : name.slice(0, dot)) : null,
      operation: producer.namesFromDots ? name.slice(dot + 1) : null,
      kind,
      startNs: toNs(atMs + producer.skewMs),
      endNs: null,
      status: 'UNSET',
      statusDescription: null,
      attributes: [],
      events: [],
      links: [],
      resource: producer.resource,
      scope: producer.scope,
    };
    return new OpenSpan(span, producer, this);
  }
}

function toNs(atMs: number): bigint {
  return DEMO_START_NS + BigInt(Math.round(atMs * 1e6));
}
