/**
 * Input files of the benchmark: microservice traces of about 30 spans with 8 to 12 attributes, as written by a collector and by
 * Jaeger, and single traces of many spans. Streamed to disk and kept, because a million spans take a gigabyte.
 */
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../scripts/demo/random';

export type InputFormat = 'otlp' | 'jaeger';

export interface Input {
  name: string;
  format: InputFormat;
  path: string;
  spans: number;
  traces: number;
  bytes: number;
  /** Slices of the file, each a list of complete JSON values without its brackets, and small enough for one string. */
  pieces: [from: number, to: number][];
}

const FOLDER = fileURLToPath(new URL('./data/', import.meta.url));
/** Raised when existing files differ from what this generates. */
const VERSION = 1;
const SPANS_PER_TRACE = 30;
const PIECE_BYTES = 64e6;
const START_MS = 1_794_477_600_000;

const SERVICES = [
  'frontend',
  'cart',
  'checkout',
  'payment',
  'inventory',
  'shipping',
  'recommendation',
  'email',
  'ads',
  'currency',
  'fraud',
  'search',
];
const OPERATIONS = ['Get', 'List', 'Create', 'Update', 'Quote', 'Reserve', 'Charge', 'Render'];
const ROUTES = ['/', '/product/{id}', '/cart', '/checkout', '/orders/{id}', '/search', '/account'];

interface BenchSpan {
  traceId: string;
  spanId: string;
  parentId: string;
  service: number;
  name: string;
  kind: number;
  startNs: bigint;
  durationNs: bigint;
  failed: boolean;
  attributes: [key: string, value: string | number | boolean][];
  event: boolean;
}

/** Creates the file unless it exists. @param shape `traces`: many of about 30 spans; `one`: all in one. */
export async function makeInput(
  format: InputFormat,
  spans: number,
  shape: 'traces' | 'one' = 'traces',
): Promise<Input> {
  mkdirSync(FOLDER, { recursive: true });
  const name = `${format}-${shape}-${spans}`;
  const path = join(FOLDER, `${name}.json`);
  const facts = join(FOLDER, `${name}.v${VERSION}.facts`);
  if (existsSync(path) && existsSync(facts))
    return JSON.parse(readFileSync(facts, 'utf8')) as Input;
  const input = await write({ name, format, path, spans, traces: 0, bytes: 0, pieces: [] }, shape);
  writeFileSync(facts, JSON.stringify(input));
  return input;
}

async function write(input: Input, shape: 'traces' | 'one'): Promise<Input> {
  const unfinished = `${input.path}.unfinished`;
  const stream = createWriteStream(unfinished);
  let failure: Error | null = null;
  stream.on('error', (error) => (failure = error));
  let pieceFrom = 0;
  const put = async (text: string) => {
    if (failure) throw failure;
    input.bytes += Buffer.byteLength(text);
    if (!stream.write(text)) await once(stream, 'drain');
  };
  const [head, tail] =
    input.format === 'otlp'
      ? ['{"resourceSpans":[', ']}']
      : ['{"data":[', '],"total":0,"limit":0,"offset":0,"errors":null}'];

  await put(head);
  pieceFrom = input.bytes;
  let isFirst = true;
  for (const batch of batches(input, shape)) {
    for (const value of input.format === 'otlp' ? otlpValues(batch) : jaegerValues(batch)) {
      if (input.bytes - pieceFrom > PIECE_BYTES) {
        input.pieces.push([pieceFrom, input.bytes]);
        pieceFrom = input.bytes + 1;
      }
      await put(isFirst ? value : `,${value}`);
      isFirst = false;
    }
  }
  input.pieces.push([pieceFrom, input.bytes]);
  await put(tail);
  stream.end();
  await once(stream, 'finish');
  renameSync(unfinished, input.path);
  return input;
}

/** What a program sends at once: the spans of a few traces, or a part of the one trace. */
function* batches(input: Input, shape: 'traces' | 'one'): Iterable<BenchSpan[]> {
  const random = new Random(input.spans * 7 + (shape === 'one' ? 1 : 0));
  if (shape === 'one') {
    input.traces = 1;
    const spans = oneTrace(random, input.spans, 60_000, 0);
    // Jaeger nests spans in their trace: one value.
    if (input.format === 'jaeger') yield spans;
    else for (let at = 0; at < spans.length; at += 512) yield spans.slice(at, at + 512);
    return;
  }
  let left = input.spans;
  let batch: BenchSpan[] = [];
  // An hour, however many traces there are.
  const gapMs = 3_600_000 / (input.spans / SPANS_PER_TRACE);
  while (left > 0) {
    const size = Math.min(left, random.int(SPANS_PER_TRACE - 12, SPANS_PER_TRACE + 12));
    batch.push(...oneTrace(random, size, random.latency(240, 0.8), input.traces * gapMs));
    input.traces++;
    left -= size;
    if (batch.length >= 512) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length) yield batch;
}

/** A tree in preorder: each span lies inside its parent. */
function oneTrace(random: Random, size: number, durationMs: number, atMs: number): BenchSpan[] {
  const traceId = random.hex(32);
  const spans: BenchSpan[] = [];
  const startNs = BigInt(START_MS + Math.floor(atMs)) * 1_000_000n + BigInt(random.int(0, 999_999));
  /** Open spans with the time that is left in them, the innermost last. */
  const open: { span: BenchSpan; nextNs: number; endNs: number }[] = [];
  for (let i = 0; i < size; i++) {
    const depth = open.length === 0 ? 0 : random.int(1, Math.min(open.length, 8));
    open.length = depth;
    const parent = open[depth - 1];
    // The steps of a long trace follow each other from its start to its end; other spans lie in the remaining time of their parent.
    const isStep = size > 1_000 && depth === 1;
    const fromNs = !parent ? 0 : isStep ? Math.floor((i / size) * parent.endNs) : parent.nextNs;
    const roomNs = parent ? parent.endNs - fromNs : durationMs * 1e6;
    const share = !parent ? 1 : isStep ? random.between(0.0001, 0.01) : random.between(0.1, 0.6);
    const lengthNs = Math.floor(roomNs * share);
    const offsetNs =
      fromNs + (isStep ? 0 : Math.floor((roomNs - lengthNs) * random.between(0, 0.2)));
    const service =
      parent && random.chance(0.45) ? parent.span.service : random.int(0, SERVICES.length - 1);
    const span = makeSpan(random, traceId, parent?.span.spanId ?? '', service, depth);
    span.startNs = startNs + BigInt(Math.floor(offsetNs));
    span.durationNs = BigInt(Math.max(1_000, Math.floor(lengthNs)));
    if (parent) parent.nextNs = offsetNs + lengthNs;
    open.push({ span, nextNs: offsetNs, endNs: offsetNs + lengthNs });
    spans.push(span);
  }
  return spans;
}

function makeSpan(
  random: Random,
  traceId: string,
  parentId: string,
  service: number,
  depth: number,
): BenchSpan {
  const operation = random.pick(OPERATIONS);
  const failed = random.chance(0.02);
  const attributes: BenchSpan['attributes'] = [
    ['http.request.method', random.pick(['GET', 'GET', 'POST'])],
    ['http.route', random.pick(ROUTES)],
    ['http.response.status_code', failed ? 500 : 200],
    ['server.address', `${SERVICES[service]}.shop.internal`],
    ['network.protocol.version', '1.1'],
    ['user.id', `user-${random.int(1, 20_000)}`],
    ['request.id', random.hex(24)],
    ['thread.id', random.int(1, 64)],
  ];
  const more: BenchSpan['attributes'] = [
    ['db.query.text', `SELECT * FROM items WHERE id = ${random.int(1, 99_999)}`],
    ['cache.hit', random.chance(0.7)],
    ['feature.variant', random.pick(['control', 'a', 'b'])],
    ['app.build', '2026.11.3'],
  ];
  return {
    traceId,
    spanId: random.hex(16),
    parentId,
    service,
    name: depth === 0 ? `GET ${random.pick(ROUTES)}` : `${SERVICES[service]}.${operation}`,
    kind: depth === 0 ? 2 : random.int(1, 3),
    startNs: 0n,
    durationNs: 0n,
    failed,
    attributes: [...attributes, ...more.slice(0, random.int(0, 4))],
    event: failed || random.chance(0.05),
  };
}

const resourceOf = (service: number): [string, string][] => [
  ['service.name', SERVICES[service]],
  ['service.version', `1.${service}.0`],
  ['host.name', `${SERVICES[service]}-7d9f-${service}`],
  ['telemetry.sdk.language', 'go'],
];

function* otlpValues(batch: BenchSpan[]): Iterable<string> {
  const attribute = ([key, value]: [string, string | number | boolean]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'number'
          ? { intValue: String(value) }
          : { boolValue: value },
  });
  const byService = new Map<number, BenchSpan[]>();
  for (const span of batch) {
    const list = byService.get(span.service);
    if (list) list.push(span);
    else byService.set(span.service, [span]);
  }
  for (const [service, spans] of byService) {
    yield JSON.stringify({
      resource: { attributes: resourceOf(service).map(attribute) },
      scopeSpans: [
        {
          scope: { name: 'go.opentelemetry.io/contrib/net/http', version: '0.63.0' },
          spans: spans.map((span) => ({
            traceId: span.traceId,
            spanId: span.spanId,
            parentSpanId: span.parentId,
            traceState: '',
            flags: 257,
            name: span.name,
            kind: span.kind,
            startTimeUnixNano: String(span.startNs),
            endTimeUnixNano: String(span.startNs + span.durationNs),
            attributes: span.attributes.map(attribute),
            droppedAttributesCount: 0,
            ...(span.event
              ? {
                  events: [
                    {
                      timeUnixNano: String(span.startNs + span.durationNs / 2n),
                      name: span.failed ? 'exception' : 'checkpoint',
                      attributes: [attribute(['message', 'something worth a line'])],
                    },
                  ],
                }
              : {}),
            status: span.failed ? { code: 2, message: 'internal error' } : {},
          })),
        },
      ],
    });
  }
}

function* jaegerValues(batch: BenchSpan[]): Iterable<string> {
  const tag = ([key, value]: [string, string | number | boolean]) => ({
    key,
    type: typeof value === 'string' ? 'string' : typeof value === 'number' ? 'int64' : 'bool',
    value,
  });
  const byTrace = new Map<string, BenchSpan[]>();
  for (const span of batch) {
    const list = byTrace.get(span.traceId);
    if (list) list.push(span);
    else byTrace.set(span.traceId, [span]);
  }
  for (const [traceID, spans] of byTrace) {
    const services = [...new Set(spans.map(({ service }) => service))];
    yield JSON.stringify({
      traceID,
      spans: spans.map((span) => ({
        traceID,
        spanID: span.spanId,
        flags: 1,
        operationName: span.name,
        references: span.parentId ? [{ refType: 'CHILD_OF', traceID, spanID: span.parentId }] : [],
        startTime: Number(span.startNs / 1_000n),
        duration: Number(span.durationNs / 1_000n),
        tags: [
          ...span.attributes.map(tag),
          tag(['span.kind', ['internal', 'server', 'client'][span.kind - 1]]),
          tag(['otel.scope.name', 'go.opentelemetry.io/contrib/net/http']),
          ...(span.failed ? [tag(['error', true])] : []),
        ],
        logs: span.event
          ? [
              {
                timestamp: Number((span.startNs + span.durationNs / 2n) / 1_000n),
                fields: [tag(['event', span.failed ? 'exception' : 'checkpoint'])],
              },
            ]
          : [],
        processID: `p${services.indexOf(span.service) + 1}`,
        warnings: null,
      })),
      processes: Object.fromEntries(
        services.map((service, i) => [
          `p${i + 1}`,
          {
            serviceName: SERVICES[service],
            tags: resourceOf(service).slice(1).map(tag),
          },
        ]),
      ),
      warnings: null,
    });
  }
}
