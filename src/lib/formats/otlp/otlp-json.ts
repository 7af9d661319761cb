/**
 * OTLP JSON: TracesData, one or many, as collectors, SDKs and Tempo write it.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#json-protobuf-encoding
 */
import { NO_ATTRIBUTES, NO_RESOURCE, type Resource } from '$lib/model/span';
import type { Format, SpanSink } from '$lib/formats/contract';
import type { JsonReader, JsonValue } from '$lib/json/reader';
import { JsonWalk, fields, type Shape } from '$lib/json/walk';
import { KnownValues } from '$lib/json/known-values';
import { OtlpSpanReader } from './otlp-span';
import { readAttributes } from './otlp-values';
import { NO_SCOPE, Placing, resourceOf, scopeOf, type Ahead, type Scope } from './placing';
import { partObject, textOf, type Warns } from '$lib/formats/span-parts';
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

class OtlpReader {
  private readonly walk: JsonWalk;
  private readonly spans: OtlpSpanReader;
  private readonly resources = new KnownValues((json) => parseResource(json, this.walk));
  private readonly scopes = new KnownValues((json) => parseScope(json, this.walk));

  private readonly placing: Placing;
  private known = false;
  private logs = 0;
  private metrics = 0;

  constructor(
    private readonly source: Source,
    private readonly sink: SpanSink,
  ) {
    this.walk = new JsonWalk(source, sink);
    this.spans = new OtlpSpanReader(this.walk);
    this.placing = new Placing(sink);
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
    const { placing } = this;
    const { json } = this.walk;
    return tracesShape({
      spans: {
        elements: {
          read: () => {
            if (placing.add(this.spans.read(json))) this.walk.pauseFor(() => this.lookAhead());
          },
        },
      },
      resource: () => placing.setResource(this.resources.read(json)),
      scope: () => placing.setScope(this.scopes.read(json)),
      enterResource: () => {
        this.known = true;
        placing.enterResource(json.offset);
      },
      leaveResource: () => placing.leaveResource(),
      enterScope: () => placing.enterScope(json.offset),
      leaveScope: () => placing.leaveScope(),
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

  /** Reads all resources and scopes of the file, so that no span has to wait any more. */
  private async lookAhead(): Promise<void> {
    const ahead: Ahead = { resources: new Map(), scopes: new Map() };
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
    this.placing.setAhead(ahead);
  }
}

function parseResource(json: JsonReader, walk: Warns): Resource {
  let attributes = NO_ATTRIBUTES;
  if (!partObject(json, walk, 'a resource')) return NO_RESOURCE;
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (key === 'attributes') attributes = readAttributes(json, walk);
    else json.skip();
  }
  return resourceOf(attributes);
}

function parseScope(json: JsonReader, walk: Warns): Scope {
  let name = '';
  let version = '';
  let attributes = NO_ATTRIBUTES;
  if (!partObject(json, walk, 'a scope')) return NO_SCOPE;
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (key === 'name') name = textOf(json);
    else if (key === 'version') version = textOf(json);
    else if (key === 'attributes') attributes = readAttributes(json, walk);
    else json.skip();
  }
  return scopeOf(name, version, attributes);
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
