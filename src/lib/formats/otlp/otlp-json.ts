/**
 * OTLP JSON: TracesData, one or many, as collectors, SDKs and Tempo write it.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#json-protobuf-encoding
 */
import {
  NO_ATTRIBUTES,
  NO_RESOURCE,
  type Attributes,
  type Resource,
  type Span,
} from '$lib/model/span';
import type { Format, SpanSink } from '$lib/formats/contract';
import type { JsonReader, JsonValue } from '$lib/json/reader';
import { JsonWalk, fields, type Shape } from '$lib/json/walk';
import { KnownValues } from '$lib/json/known-values';
import { OtlpSpanReader } from './otlp-span';
import { readAttributes } from './otlp-values';
import { partObject, type Warns } from '$lib/formats/span-parts';
import { elementsOf, firstValues, isObject } from '$lib/formats/sniff';
import type { Source } from '$lib/bytes/source';

const RESOURCE_SPANS = ['resourceSpans', 'resource_spans'];
const SCOPE_SPANS = [
  'scopeSpans',
  'scope_spans',
  'instrumentationLibrarySpans',
  'instrumentation_library_spans',
];
const SCOPE = ['scope', 'instrumentationLibrary', 'instrumentation_library'];
const LOGS = [
  ['resourceLogs', 'resource_logs'],
  ['scopeLogs', 'scope_logs'],
  ['logRecords', 'log_records'],
];
const METRICS = [
  ['resourceMetrics', 'resource_metrics'],
  ['scopeMetrics', 'scope_metrics'],
  ['metrics'],
];

export const otlpJson: Format = {
  id: 'otlp-json',
  label: 'OTLP JSON',

  sniff(head) {
    return firstValues(head)
      .flatMap((value) => elementsOf(value))
      .some((value) => {
        const root = insideOf(value);
        if (!isObject(root)) return false;
        if (
          [...RESOURCE_SPANS, ...LOGS[0], ...METRICS[0]].some((key) => Array.isArray(root[key]))
        ) {
          return true;
        }
        // Tempo's word for resource spans is a common one: it takes more to be sure.
        const batch = Array.isArray(root.batches) ? root.batches[0] : null;
        return isObject(batch) && ['resource', ...SCOPE_SPANS].some((key) => key in batch);
      });
  },

  async read(source, sink) {
    await new OtlpReader(source, sink).run();
  },
};

/** What Tempo's and Jaeger's APIs put around it. */
const AROUND = ['trace', 'result'];

function insideOf(value: JsonValue): JsonValue {
  if (!isObject(value)) return value;
  return AROUND.map((key) => value[key]).find((inner) => isObject(inner)) ?? value;
}

interface Scope {
  name: string;
  /** Its version and attributes, which each span of it gets. */
  attributes: Attributes;
}

const NO_SCOPE: Scope = { name: '', attributes: NO_ATTRIBUTES };

/** Spans that wait for a resource behind them; more are not held, but the file is read twice. */
const MAX_HELD = 20_000;

class OtlpReader {
  private readonly walk: JsonWalk;
  private readonly spans: OtlpSpanReader;
  private readonly resources = new KnownValues((json) => parseResource(json, this.walk));
  private readonly scopes = new KnownValues((json) => parseScope(json, this.walk));

  /** Null until it was seen: the spans wait then. */
  private resource: Resource | null = null;
  private scope: Scope | null = null;
  /** Where the present ones began: the same in a second reading. */
  private resourceAt = 0;
  private scopeAt = 0;
  private held: Span[] = [];
  /** The first of the held spans that belongs to the present scope. */
  private heldOfScope = 0;
  /** By where they begin, once the file was read ahead. */
  private ahead: { resources: Map<number, Resource>; scopes: Map<number, Scope> } | null = null;

  private known = false;
  private logs = 0;
  private metrics = 0;

  constructor(
    private readonly source: Source,
    private readonly sink: SpanSink,
  ) {
    this.walk = new JsonWalk(source, sink);
    this.spans = new OtlpSpanReader(this.walk);
  }

  async run(): Promise<void> {
    const log = this.counted(() => this.logs++);
    const metric = this.counted(() => this.metrics++);
    const resourceSpans = this.resourceSpans();
    const root: Shape = {
      fields: fields({
        ...named([...RESOURCE_SPANS, 'batches'], { elements: resourceSpans }),
        ...nested(LOGS, log),
        ...nested(METRICS, metric),
      }),
      enter: () => (this.known = false),
      leave: (whole) => this.leaveRoot(whole),
    };
    root.elements = root;
    for (const key of AROUND) root.fields?.set(key, { fields: root.fields });
    await this.walk.run(root);
    if (this.logs + this.metrics > 0) {
      const example = `${this.logs} log records, ${this.metrics} metrics`;
      this.sink.warn('skipped-signal', example, this.logs + this.metrics);
    }
  }

  private resourceSpans(): Shape {
    const { json } = this.walk;
    return tracesShape({
      spans: { elements: { read: () => this.emit(this.spans.read(json)) } },
      resource: () => this.setResource(this.resources.read(json)),
      scope: () => this.setScope(this.scopes.read(json)),
      enterResource: () => {
        this.known = true;
        this.resourceAt = json.offset;
        this.resource = this.ahead ? (this.ahead.resources.get(json.offset) ?? NO_RESOURCE) : null;
      },
      leaveResource: () => this.setResource(this.resource ?? NO_RESOURCE),
      enterScope: () => {
        this.scopeAt = json.offset;
        this.scope = this.ahead ? (this.ahead.scopes.get(json.offset) ?? NO_SCOPE) : null;
        this.heldOfScope = this.held.length;
      },
      leaveScope: () => {
        if (this.scope === null) this.setScope(NO_SCOPE);
      },
    });
  }

  private counted(count: () => void): Shape {
    return {
      read: (json) => {
        json.skip();
        count();
        this.known = true;
      },
    };
  }

  private leaveRoot(whole: boolean): void {
    if (whole && !this.known) this.walk.warn('skipped-record', 'an object without spans');
  }

  // ── Spans wait for what is said of all of them ──────────────────────────────────────────────────────────────────────

  private emit(span: Span): void {
    if (this.scope) applyScope(span, this.scope);
    if (this.scope && this.resource) {
      span.resource = this.resource;
      this.sink.span(span);
      return;
    }
    this.held.push(span);
    if (this.held.length >= MAX_HELD) this.walk.pauseFor(() => this.lookAhead());
  }

  private setScope(scope: Scope): void {
    // Spans that came after it have it already, whatever they wait for still.
    if (this.scope === null) {
      for (let i = this.heldOfScope; i < this.held.length; i++) applyScope(this.held[i], scope);
    }
    this.scope = scope;
    this.heldOfScope = this.held.length;
    if (this.resource) this.release(this.resource);
  }

  private setResource(resource: Resource): void {
    this.resource = resource;
    this.release(resource);
  }

  private release(resource: Resource): void {
    for (const span of this.held) {
      span.resource = resource;
      this.sink.span(span);
    }
    this.held = [];
    this.heldOfScope = 0;
  }

  /** Reads all resources and scopes of the file, so that no span has to wait any more. */
  private async lookAhead(): Promise<void> {
    const ahead = { resources: new Map<number, Resource>(), scopes: new Map<number, Scope>() };
    const walk = new JsonWalk(this.source, { warn: () => undefined });
    const { json } = walk;
    let resourceAt = 0;
    let scopeAt = 0;
    const elements = tracesShape({
      resource: () => ahead.resources.set(resourceAt, this.resources.read(json)),
      scope: () => ahead.scopes.set(scopeAt, this.scopes.read(json)),
      enterResource: () => (resourceAt = json.offset),
      enterScope: () => (scopeAt = json.offset),
    });
    const root: Shape = { fields: fields(named([...RESOURCE_SPANS, 'batches'], { elements })) };
    root.elements = root;
    for (const key of AROUND) root.fields?.set(key, { fields: root.fields });
    await walk.run(root, { quiet: true });
    this.ahead = ahead;
    if (!this.scope) this.setScope(ahead.scopes.get(this.scopeAt) ?? NO_SCOPE);
    if (!this.resource) this.setResource(ahead.resources.get(this.resourceAt) ?? NO_RESOURCE);
  }
}

function parseResource(json: JsonReader, walk: Warns): Resource {
  let attributes = NO_ATTRIBUTES;
  if (!partObject(json, walk, 'a resource')) return NO_RESOURCE;
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (key === 'attributes') attributes = readAttributes(json, walk);
    else json.skip();
  }
  let service = '';
  for (let i = 0; i < attributes.length; i += 2) {
    if (attributes[i] === 'service.name') service = attributes[i + 1];
  }
  return { service, attributes };
}

function parseScope(json: JsonReader, walk: Warns): Scope {
  let name = '';
  const attributes: Attributes = [];
  if (!partObject(json, walk, 'a scope')) return NO_SCOPE;
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (key === 'name') name = json.tryNull() ? '' : json.text();
    else if (key === 'version') {
      const version = json.tryNull() ? '' : json.text();
      if (version !== '') attributes.push('otel.scope.version', version);
    } else if (key === 'attributes') {
      const own = readAttributes(json, walk);
      for (let i = 0; i < own.length; i += 2) attributes.push(`otel.scope.${own[i]}`, own[i + 1]);
    } else json.skip();
  }
  return { name, attributes };
}

function applyScope(span: Span, scope: Scope): void {
  span.scope = scope.name;
  if (scope.attributes.length === 0) return;
  // Lists without attributes are shared: a span that gets some needs its own.
  if (span.attributes.length === 0) span.attributes = scope.attributes.slice();
  else for (const text of scope.attributes) span.attributes.push(text);
}

interface TracesHandlers {
  /** Left out: spans are skipped. */
  spans?: Shape;
  resource: () => void;
  scope: () => void;
  enterResource: () => void;
  leaveResource?: () => void;
  enterScope: () => void;
  leaveScope?: () => void;
}

/** ResourceSpans in all its spellings. */
function tracesShape(on: TracesHandlers): Shape {
  const scopeSpans: Shape = {
    fields: fields({
      ...named(SCOPE, { read: on.scope }),
      ...(on.spans ? { spans: on.spans } : {}),
    }),
    enter: on.enterScope,
    leave: on.leaveScope,
  };
  return {
    fields: fields({
      resource: { read: on.resource },
      ...named(SCOPE_SPANS, { elements: scopeSpans }),
    }),
    enter: on.enterResource,
    leave: on.leaveResource,
  };
}

function named(names: string[], shape: Shape): Record<string, Shape> {
  return Object.fromEntries(names.map((name) => [name, shape]));
}

/** Arrays of objects of arrays of …, each level under one of its names. */
function nested(levels: string[][], leaf: Shape): Record<string, Shape> {
  const [names, ...inner] = levels;
  const elements = inner.length > 0 ? { fields: fields(nested(inner, leaf)) } : leaf;
  return named(names, { elements });
}
