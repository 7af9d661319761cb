/**
 * OTLP in protobuf: TracesData or ExportTraceServiceRequest, one or several in a row, which is the same as one of all.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 *
 * Messages after their length, as the Collector's file exporter writes them, are taken apart by `Source`.
 */
import type { Format, SpanSink } from '$lib/formats/contract';
import { NO_ATTRIBUTES, type Attributes, type Resource } from '$lib/model/span';
import type { Source } from '$lib/bytes/source';
import { Placing, resourceOf, scopeOf, type Ahead, type Scope } from './placing';
import { isOtlpProto } from './proto-sniff';
import { ProtoSpanReader, signalOf, type Signal } from './proto-span';
import { readAttribute } from './proto-values';
import { LEN, Wire, WireError } from './wire';
import { WireStream } from './wire-stream';

export const otlpProto: Format = {
  id: 'otlp-proto',
  label: 'OTLP protobuf',
  sniff: isOtlpProto,
  read: (source, sink) => new ProtoReader(source, sink).run(),
};

/** A tag and a length take ten bytes each at most. */
const HEADER_BYTES = 20;
/** A record is held whole: what claims to be larger is broken. */
const MAX_RECORD = 512 << 20;
/** Different resources or scopes that are known by their bytes. */
const MAX_KNOWN = 4096;

const RESOURCE = 0x0a;
const SCOPE_SPANS = 0x12;
/** `instrumentation_library_spans` of OTLP up to 0.14. */
const LIBRARY_SPANS = 1000 * 8 + LEN;
const SCOPE = 0x0a;
const RECORD = 0x12;

interface Handlers {
  enterResource(at: number): void;
  leaveResource?(): void;
  enterScope(at: number): void;
  leaveScope?(): void;
  resource(wire: Wire): undefined;
  scope(wire: Wire): undefined;
  /** True pauses the walk for `pause`. Left out: records are passed over. */
  record?(wire: Wire): boolean;
  pause?(): Promise<void>;
  broken(what: string, at: number): void;
  cut(at: number): void;
}

class ProtoReader {
  private readonly wire = new Wire();
  private readonly spans: ProtoSpanReader;
  private readonly resources = new Map<string, Resource>();
  private readonly scopes = new Map<string, Scope>();
  private readonly placing: Placing;
  private readonly skipped = { log: 0, metric: 0 };

  constructor(
    private readonly source: Source,
    private readonly sink: SpanSink,
  ) {
    this.spans = new ProtoSpanReader(this.wire, sink);
    this.placing = new Placing(sink);
  }

  async run(): Promise<void> {
    const { placing, sink, skipped } = this;
    let signal: Signal | null = null;
    await walk(this.source.binaryChunks(), this.wire, {
      enterResource: (at) => placing.enterResource(at),
      leaveResource: () => placing.leaveResource(),
      enterScope(at) {
        placing.enterScope(at);
        signal = null;
      },
      leaveScope: () => placing.leaveScope(),
      resource: (wire) => void placing.setResource(this.resource(wire)),
      scope: (wire) => void placing.setScope(this.scope(wire)),
      record: (wire) => {
        if (signal === null) {
          const { bytes, pos, end } = wire;
          signal = signalOf(wire);
          wire.reset(bytes, pos, end);
        }
        if (signal === 'span') return placing.add(this.spans.read());
        skipped[signal]++;
        return false;
      },
      pause: async () => placing.setAhead(await this.lookAhead()),
      broken: (what, at) => sink.warn('broken-record', `byte ${at}: ${what}`),
      cut: (at) => (this.source.fault ??= `the message ends early at byte ${at}`),
    });
    const { fault } = this.source;
    if (fault !== null) sink.warn('truncated', fault);
    const { replacedTexts } = this.wire;
    if (replacedTexts > 0) {
      sink.warn('replaced-text', `in ${this.source.name}`, replacedTexts);
    }
    const { log, metric } = skipped;
    if (log + metric > 0) {
      sink.warn('skipped-signal', `${log} log records, ${metric} metrics`, log + metric);
    }
  }

  /** All resources and scopes of the file, so that no span has to wait any more. */
  private async lookAhead(): Promise<Ahead> {
    const ahead: Ahead = { resources: new Map(), scopes: new Map() };
    let resourceAt = 0;
    let scopeAt = 0;
    await walk(this.source.binaryChunks({ quiet: true }), new Wire(), {
      enterResource: (at) => (resourceAt = at),
      enterScope: (at) => (scopeAt = at),
      resource: (wire) => void ahead.resources.set(resourceAt, this.resource(wire)),
      scope: (wire) => void ahead.scopes.set(scopeAt, this.scope(wire)),
      broken: () => undefined,
      cut: () => undefined,
    });
    return ahead;
  }

  private resource(wire: Wire): Resource {
    return known(this.resources, wire, () => {
      let attributes: Attributes = NO_ATTRIBUTES;
      while (wire.pos < wire.end) {
        const tag = wire.tag();
        if (tag === 0x0a) attributes = readAttribute(wire, attributes);
        else wire.skip(tag & 7);
      }
      return resourceOf(attributes);
    });
  }

  private scope(wire: Wire): Scope {
    return known(this.scopes, wire, () => {
      let name = '';
      let version = '';
      let attributes: Attributes = NO_ATTRIBUTES;
      while (wire.pos < wire.end) {
        const tag = wire.tag();
        if (tag === 0x0a) name = wire.text();
        else if (tag === 0x12) version = wire.text();
        else if (tag === 0x1a) attributes = readAttribute(wire, attributes);
        else wire.skip(tag & 7);
      }
      return scopeOf(name, version, attributes);
    });
  }
}

/** Equal messages give the same object, because the dataset's writer keeps an entry per object. */
function known<T>(values: Map<string, T>, wire: Wire, read: () => T): T {
  // Windows-1252 has a character for each byte, so the text is equal if the bytes are.
  const key = new TextDecoder('windows-1252').decode(wire.bytes.subarray(wire.pos, wire.end));
  const value = values.get(key) ?? read();
  if (values.size >= MAX_KNOWN) values.clear();
  values.set(key, value);
  return value;
}

/**
 * Goes through ResourceSpans and ScopeSpans of any size; resources, scopes and records are handed over whole. What is broken
 * inside a message is skipped up to the end of the smallest message around it.
 */
async function walk(pieces: AsyncGenerator<Uint8Array>, wire: Wire, on: Handlers): Promise<void> {
  const input = new WireStream(pieces);
  /** Where the current ResourceSpans and ScopeSpans end. */
  const ends: number[] = [];
  const leave = () => {
    if (ends.length === 2) on.leaveScope?.();
    else on.leaveResource?.();
    ends.pop();
  };
  const leaveEnded = () => {
    while (ends.length > 0 && input.offset >= ends[ends.length - 1]) leave();
  };
  try {
    for (;;) {
      leaveEnded();
      if (input.available < HEADER_BYTES) await input.need(HEADER_BYTES);
      if (input.available === 0) break;
      const limit = ends.at(-1) ?? Infinity;
      const { offset, bytes, pos } = input;
      const room = Math.min(input.available, limit - offset);
      wire.reset(bytes, pos, pos + room);
      let tag = 0;
      let length = 0;
      try {
        tag = wire.tag();
        if ((tag & 7) === LEN) length = wire.varint32();
        else wire.skip(tag & 7);
        if (wire.pos - pos + length > limit - offset)
          throw new WireError('a part longer than the whole');
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        // Without a message around it, there is no telling where the next one begins.
        if (ends.length === 0 || limit - offset > input.available) {
          if (room < HEADER_BYTES && room === input.available) on.cut(offset);
          else on.broken(error.message, offset);
          if (ends.length === 0) return;
        } else on.broken(error.message, offset);
        if (!(await input.skip(limit - offset))) return;
        continue;
      }
      input.pos = wire.pos;
      if ((tag & 7) !== LEN) continue;
      const end = input.offset + length;
      if (ends.length === 0 && tag === 0x0a) {
        ends.push(end);
        on.enterResource(offset);
        continue;
      }
      if (ends.length === 1 && (tag === SCOPE_SPANS || tag === LIBRARY_SPANS)) {
        ends.push(end);
        on.enterScope(offset);
        continue;
      }
      const read =
        ends.length === 1 && tag === RESOURCE
          ? on.resource
          : ends.length === 2 && tag === SCOPE
            ? on.scope
            : ends.length === 2 && tag === RECORD
              ? on.record
              : undefined;
      if (read === undefined || length > MAX_RECORD) {
        if (read) on.broken(`a record of ${length} bytes`, offset);
        if (!(await input.skip(length))) return on.cut(offset);
        continue;
      }
      if (input.available < length && !(await input.need(length))) return on.cut(offset);
      wire.reset(input.bytes, input.pos, input.pos + length);
      input.pos += length;
      let pauses = false;
      try {
        pauses = read(wire) ?? false;
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        on.broken(error.message, offset);
      }
      if (pauses) await on.pause?.();
    }
    if (ends.length > 0) on.cut(input.offset);
  } finally {
    while (ends.length > 0) leave();
    await input.close();
  }
}
