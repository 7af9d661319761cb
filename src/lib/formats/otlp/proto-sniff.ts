/** Whether bytes begin an OTLP message in protobuf. They may be cut anywhere. */
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from '$lib/model/ids';
import { signalOf } from './proto-span';
import { Wire, WireError } from './wire';

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Below this, and other than tabs and line ends, bytes are no text. */
const BLANK = 0x20;

/** Strict, because bytes have no marks of their own: at least one whole record must be what it should be. */
export function isOtlpProto(head: Uint8Array): boolean {
  if (head[0] !== 0x0a) return false;
  const check = new Check(head);
  try {
    check.root();
  } catch (error) {
    // Whatever is wrong behind the last byte is only the cut.
    if (!(error instanceof Cut)) {
      if (error instanceof WireError || error instanceof TypeError) return false;
      throw error;
    }
  }
  return check.records > 0;
}

class Cut extends Error {}

class Check {
  records = 0;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  root(): void {
    while (this.at < this.bytes.length) {
      this.expect(this.byte() === 0x0a);
      this.message(0x0a, (end) => this.resource(end));
    }
  }

  /** ResourceSpans: a resource, scopes, a schema. */
  private resource(end: number): void {
    while (this.at < end) {
      const tag = this.varint();
      if (tag === 0x12 || tag === 1000 * 8 + 2) this.message(tag, (to) => this.scope(to));
      else if (tag === 0x0a) this.message(tag, (to) => this.attributes(to, 0x0a));
      else this.text(tag, 0x1a);
    }
  }

  /** ScopeSpans: a scope, records, a schema. */
  private scope(end: number): void {
    while (this.at < end) {
      const tag = this.varint();
      if (tag === 0x12) this.message(tag, (to) => this.record(to));
      else if (tag === 0x0a) this.message(tag, (to) => this.attributes(to, 0x1a));
      else this.text(tag, 0x1a);
    }
  }

  private record(end: number): void {
    const { bytes, at } = this;
    if (end > bytes.length) throw new Cut();
    this.at = end;
    try {
      this.whole(at, end);
      this.records++;
    } catch (error) {
      // One broken record among good ones is for the reader to skip.
      if (this.records === 0) throw error;
    }
  }

  private whole(at: number, end: number): void {
    const { bytes } = this;
    const signal = signalOf(new Wire().reset(bytes, at, end));
    if (signal === 'span') {
      this.expect(bytes[at] === 0x0a && bytes[at + 1] === TRACE_ID_BYTES);
      const next = at + 2 + TRACE_ID_BYTES;
      this.expect(bytes[next] === 0x12 && bytes[next + 1] === SPAN_ID_BYTES);
    }
    const wire = new Wire().reset(bytes, at, end);
    while (wire.pos < wire.end) wire.skip(wire.tag() & 7);
  }

  /** A resource or a scope, of which only the attributes are looked at. */
  private attributes(end: number, attribute: number): void {
    const { bytes } = this;
    if (end > bytes.length) throw new Cut();
    const wire = new Wire().reset(bytes, this.at, end);
    while (wire.pos < wire.end) {
      const tag = wire.tag();
      if (tag !== attribute) {
        wire.skip(tag & 7);
        continue;
      }
      const outer = wire.enter();
      if (wire.pos < wire.end && bytes[wire.pos] === 0x0a) {
        wire.pos++;
        const length = wire.length();
        this.plain(wire.pos, wire.pos + length);
      }
      wire.leave(outer);
    }
    this.at = end;
  }

  private text(tag: number, expected: number): void {
    this.expect(tag === expected);
    const length = this.varint();
    if (this.at + length > this.bytes.length) throw new Cut();
    this.plain(this.at, this.at + length);
    this.at += length;
  }

  private plain(from: number, to: number): void {
    const part = this.bytes.subarray(from, to);
    utf8.decode(part);
    this.expect(part.every((byte) => byte >= BLANK || byte === 9 || byte === 10 || byte === 13));
  }

  private message(tag: number, read: (end: number) => void): void {
    this.expect((tag & 7) === 2);
    const length = this.varint();
    read(this.at + length);
  }

  private varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      this.expect(scale <= 2 ** 28);
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  private byte(): number {
    if (this.at >= this.bytes.length) throw new Cut();
    return this.bytes[this.at++];
  }

  private expect(holds: boolean): void {
    if (!holds) throw new WireError('not OTLP');
  }
}
