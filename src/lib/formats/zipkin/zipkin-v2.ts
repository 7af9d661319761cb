/**
 * Zipkin v2 JSON: a trace, several, or single spans.
 * https://github.com/openzipkin/zipkin-api/blob/master/zipkin2-api.yaml
 */
import {
  INVALID_NS,
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_RESOURCE,
  type Attributes,
  type Resource,
  type Span,
  type SpanEvent,
} from '$lib/model/span';
import { kindOf } from '$lib/formats/enums';
import type { Format, SpanSink } from '$lib/formats/contract';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, isNoId } from '$lib/model/ids';
import { idHash, join, type Piece } from './pieces';
import type { JsonReader, JsonValue } from '$lib/json/reader';
import { JsonWalk, type Shape } from '$lib/json/walk';
import { elementsOf, firstValues, isObject } from '$lib/formats/sniff';
import type { Source } from '$lib/bytes/source';
import { isZipkinV1 } from './zipkin-v1';
import {
  IdReader,
  blankSpan,
  elementObject,
  endAfter,
  errorText,
  flatAttributes,
  partArray,
  partObject,
  textOf,
  type Warns,
} from '$lib/formats/span-parts';

export const zipkinV2: Format = {
  id: 'zipkin-v2',
  label: 'Zipkin v2 JSON',

  sniff(head) {
    const values = firstValues(head).flatMap((value) => elementsOf(value));
    return values.some(isSpan) && !values.some((value) => isObject(value) && isZipkinV1(value));
  },

  async read(source, sink) {
    await new ZipkinReader(source, sink).run();
  },
};

/** Members that rule out Zipkin: the spans of other tools also have `traceId` and `id`. */
const FOREIGN = [
  ...['spanId', 'spanID', 'startTime', 'startTimeUnixNano', 'observations', 'projectId'],
  // OpenTelemetry's SDK for JavaScript.
  ...['instrumentationScope', 'instrumentationLibrary', 'resource'],
];
const OWN = ['timestamp', 'duration', 'localEndpoint', 'remoteEndpoint', 'tags'];

function isSpan(value: JsonValue): boolean {
  return (
    isObject(value) &&
    typeof value.traceId === 'string' &&
    typeof value.id === 'string' &&
    !FOREIGN.some((key) => key in value) &&
    OWN.some((key) => key in value)
  );
}

interface Endpoint {
  service: string;
  /** Under names that follow `net.host.` or `net.peer.`. */
  address: [string, string][];
}

const NO_ENDPOINT: Endpoint = { service: '', address: [] };

/** How many reports are held for others of the same span. If a file has more, it is read ahead once for the ids that repeat. */
const MAX_HELD = 20_000;

class ZipkinReader {
  private readonly walk: JsonWalk;
  private readonly ids: IdReader;
  private readonly resources = new Map<string, Resource>();
  private held: Piece[] = [];
  /** How many reports are still to come, by repeated id; null until the file has been read ahead. */
  private awaited: Map<number, number> | null = null;
  /** By id, the reports held for more of the same. */
  private readonly waiting = new Map<number, Piece[]>();
  /** Reports read so far. */
  private taken = 0;

  constructor(
    private readonly source: Source,
    private readonly sink: SpanSink,
  ) {
    this.walk = new JsonWalk(source, sink);
    this.ids = new IdReader(this.walk);
  }

  async run(): Promise<void> {
    await this.walk.run(listsOf((json) => this.take(this.readPiece(json))));
    this.release(this.held);
    this.release([...this.waiting.values()].flat());
  }

  private take(piece: Piece): void {
    this.taken++;
    if (this.awaited) {
      this.await(piece, this.awaited);
      return;
    }
    this.held.push(piece);
    if (this.held.length >= MAX_HELD) this.walk.pauseFor(() => this.lookAhead());
  }

  private await(piece: Piece, awaited: Map<number, number>): void {
    const hash = idHash(piece);
    const left = awaited.get(hash);
    if (left === undefined) {
      this.release([piece]);
      return;
    }
    const pieces = this.waiting.get(hash);
    if (pieces) pieces.push(piece);
    else this.waiting.set(hash, [piece]);
    awaited.set(hash, left - 1);
    if (left > 1) return;
    this.release(this.waiting.get(hash) ?? []);
    this.waiting.delete(hash);
  }

  /** Counts the ids of the whole file, so that only repeated ones must be held. */
  private async lookAhead(): Promise<void> {
    let hashes = new Float64Array(MAX_HELD * 2);
    let count = 0;
    const silent = { warn: () => undefined };
    const ids = new IdReader(silent);
    const read = (json: JsonReader) => {
      const hash = idHash(readIds(json, ids));
      if (count === hashes.length) {
        const larger = new Float64Array(count * 2);
        larger.set(hashes);
        hashes = larger;
      }
      hashes[count++] = hash;
    };
    await new JsonWalk(this.source, silent).run(listsOf(read), { quiet: true });
    const sorted = hashes.subarray(0, count).sort();
    const awaited = new Map<number, number>();
    for (let i = 1; i < sorted.length; i++) {
      if (sorted[i] === sorted[i - 1]) awaited.set(sorted[i], (awaited.get(sorted[i]) ?? 1) + 1);
    }
    this.awaited = awaited;
    const held = this.held;
    this.held = [];
    for (const piece of held) this.await(piece, awaited);
  }

  private release(pieces: Piece[]): void {
    const { spans, joined, copies } =
      pieces.length > 1 ? join(pieces) : { spans: pieces, joined: 0, copies: 0 };
    if (copies > 0) {
      this.sink.warn('duplicate-span', `${copies} of the first ${this.taken} spans`, copies);
    }
    if (joined > 0) {
      this.sink.warn('joined-pieces', `${joined} of the first ${this.taken} spans`, joined);
    }
    for (const piece of spans) this.sink.span(this.toSpan(piece));
  }

  private toSpan(piece: Piece): Span {
    const span = blankSpan();
    span.traceId = piece.traceId;
    span.spanId = piece.spanId;
    span.parentId = piece.parentId;
    span.kind = piece.kind ?? 'INTERNAL';
    span.name = piece.name;
    span.events = piece.events;
    span.attributes = piece.facts.length > 0 ? piece.facts.concat(piece.tags) : piece.tags;
    const error = valueOf(piece.tags, 'error');
    if (error !== undefined) {
      span.status = 'ERROR';
      span.statusDescription = errorText(error);
    }
    span.startNs = startOf(piece.startNs, span);
    span.endNs = endAfter(span.startNs, piece.durationNs);
    span.resource = this.resourceOf(piece.service);
    return span;
  }

  private readPiece(json: JsonReader): Piece {
    const piece: Piece = {
      traceId: '',
      spanId: '',
      parentId: null,
      kind: null,
      service: '',
      isShared: false,
      name: '',
      startNs: null,
      durationNs: null,
      events: NO_EVENTS,
      facts: NO_ATTRIBUTES,
      tags: NO_ATTRIBUTES,
    };
    let local = NO_ENDPOINT;
    let remote = NO_ENDPOINT;
    const facts: Attributes = [];
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      switch (key) {
        case 'traceId':
          piece.traceId = this.ids.read(json, TRACE_ID_BYTES);
          break;
        case 'id':
          piece.spanId = this.ids.read(json, SPAN_ID_BYTES);
          break;
        case 'parentId': {
          const parentId = this.ids.read(json, SPAN_ID_BYTES);
          piece.parentId = isNoId(parentId) ? null : parentId;
          break;
        }
        case 'name':
          piece.name = textOf(json);
          break;
        case 'kind':
          if (!json.tryNull()) piece.kind = kindOf(json.text());
          break;
        case 'timestamp':
          piece.startNs = json.integer(3);
          break;
        case 'duration':
          if (json.tryNull()) break;
          piece.durationNs = json.integer(3) ?? INVALID_NS;
          break;
        case 'localEndpoint':
          local = readEndpoint(json, this.walk);
          break;
        case 'remoteEndpoint':
          remote = readEndpoint(json, this.walk);
          break;
        case 'annotations':
          piece.events = this.readAnnotations(json);
          break;
        case 'tags':
          piece.tags = flatAttributes(json, this.walk, 'tags');
          break;
        case 'shared':
        case 'debug':
          if (json.text() !== 'true') break;
          facts.push(`zipkin.${key}`, 'true');
          if (key === 'shared') piece.isShared = true;
          break;
        default:
          json.skip();
      }
    }
    if (piece.traceId === '' && piece.spanId === '') {
      throw json.error('an object without ids is no span');
    }
    piece.service = local.service;
    for (const [part, value] of local.address) facts.push(`net.host.${part}`, value);
    if (remote.service !== '') facts.push('peer.service', remote.service);
    for (const [part, value] of remote.address) facts.push(`net.peer.${part}`, value);
    if (facts.length > 0) piece.facts = facts;
    return piece;
  }

  private readAnnotations(json: JsonReader): SpanEvent[] {
    if (!partArray(json, this.walk, 'annotations')) return NO_EVENTS;
    const events: SpanEvent[] = [];
    while (json.nextElement()) {
      let name = '';
      let timeNs: bigint | null = null;
      if (!elementObject(json, this.walk, 'an annotation')) continue;
      for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
        if (key === 'value') name = textOf(json);
        else if (key === 'timestamp') {
          timeNs = json.integer(3);
          if (timeNs === null) this.walk.warn('invalid-time', 'the time of an annotation');
        } else json.skip();
      }
      events.push({ name, timeNs, attributes: NO_ATTRIBUTES });
    }
    return events.length > 0 ? events : NO_EVENTS;
  }

  private resourceOf(service: string): Resource {
    if (service === '') return NO_RESOURCE;
    let resource = this.resources.get(service);
    if (!resource) {
      resource = { service, attributes: ['service.name', service] };
      this.resources.set(service, resource);
    }
    return resource;
  }
}

/** Spans that an instrumentation cut short have no time of their own, but usually an annotation with one. */
function startOf(startNs: bigint | null, { events }: Span): bigint | null {
  if (startNs !== null && startNs !== 0n) return startNs;
  let earliest: bigint | null = null;
  for (const { timeNs } of events) {
    if (timeNs !== null && (earliest === null || timeNs < earliest)) earliest = timeNs;
  }
  return earliest ?? startNs;
}

/** A trace is an array of spans, and a response an array of traces. */
function listsOf(read: (json: JsonReader) => void): Shape {
  const root: Shape = { read };
  root.elements = root;
  return root;
}

function readIds(json: JsonReader, ids: IdReader): { traceId: string; spanId: string } {
  let traceId = '';
  let spanId = '';
  json.beginObject();
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (key === 'traceId') traceId = ids.read(json, TRACE_ID_BYTES);
    else if (key === 'id') spanId = ids.read(json, SPAN_ID_BYTES);
    else json.skip();
  }
  return { traceId, spanId };
}

function readEndpoint(json: JsonReader, walk: Warns): Endpoint {
  if (!partObject(json, walk, 'an endpoint')) return NO_ENDPOINT;
  let service = '';
  let ipv4 = '';
  let ipv6 = '';
  let port = '';
  for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
    if (key === 'serviceName') service = textOf(json);
    else if (key === 'ipv4') ipv4 = textOf(json);
    else if (key === 'ipv6') ipv6 = textOf(json);
    else if (key === 'port') port = textOf(json);
    else json.skip();
  }
  const address: [string, string][] = [];
  if (ipv4 || ipv6) address.push(['ip', ipv4 || ipv6]);
  if (ipv4 && ipv6) address.push(['ipv6', ipv6]);
  if (port && port !== '0') address.push(['port', port]);
  return { service, address };
}

function valueOf(attributes: Attributes, key: string): string | undefined {
  for (let i = attributes.length - 2; i >= 0; i -= 2) {
    if (attributes[i] === key) return attributes[i + 1];
  }
  return undefined;
}
