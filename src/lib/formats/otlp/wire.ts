/**
 * Protocol Buffers' wire format, read from bytes. https://protobuf.dev/programming-guides/encoding/
 */
import { REPLACEMENT, StringCache, decodeUtf8 } from '$lib/json/string-cache';

/** The bytes are no message, or end before it does. */
export class WireError extends Error {}

export const VARINT = 0;
export const FIXED64 = 1;
export const LEN = 2;
export const FIXED32 = 5;

/** Longer strings hardly repeat. */
const CACHED_BYTES = 48;

/** A cursor over messages. `end` is where the current message ends; whatever passes it is an error. */
export class Wire {
  bytes: Uint8Array = new Uint8Array(0);
  pos = 0;
  end = 0;
  /** Halves of the last `varint64`, unsigned. */
  low = 0;
  high = 0;
  /** Texts so far in which something was replaced: bytes that are not UTF-8, or NUL. */
  replacedTexts = 0;
  private view: DataView = new DataView(this.bytes.buffer);
  private readonly strings = new StringCache(4096, CACHED_BYTES);

  reset(bytes: Uint8Array, from: number, to: number): this {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.pos = from;
    this.end = to;
    return this;
  }

  /** Field number × 8 + wire type. */
  tag(): number {
    const tag = this.varint32();
    if (tag >>> 3 === 0) throw new WireError('field number 0');
    return tag;
  }

  /** The lowest 32 bits of a varint, unsigned. */
  varint32(): number {
    if (this.pos < this.end) {
      const byte = this.bytes[this.pos];
      if (byte < 0x80) {
        this.pos++;
        return byte;
      }
    }
    this.varint64();
    return this.low;
  }

  /** Into `low` and `high`. */
  varint64(): void {
    const { bytes, end } = this;
    let low = 0;
    let high = 0;
    let { pos } = this;
    for (let shift = 0; ; shift += 7) {
      if (pos >= end || shift > 63) throw new WireError('a number without an end');
      const byte = bytes[pos++];
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    this.pos = pos;
    this.low = low >>> 0;
    this.high = high >>> 0;
  }

  /** A signed int64 as digits. */
  int64Text(): string {
    this.varint64();
    const { low, high } = this;
    const signed = high | 0;
    // Exact in a double up to 2^53.
    if (signed >= -0x200000 && signed < 0x200000) return String(signed * 2 ** 32 + low);
    return String((BigInt(signed) << 32n) | BigInt(low));
  }

  double(): number {
    return this.view.getFloat64(this.take(8), true);
  }

  fixed64(): bigint {
    return this.view.getBigUint64(this.take(8), true);
  }

  /** The length of a string, of bytes or of a message, which all lie inside the current message. */
  length(): number {
    const length = this.varint32();
    if (length > this.end - this.pos) throw new WireError('a part longer than the whole');
    return length;
  }

  /** Goes into a message; the result is for `leave`. */
  enter(): number {
    const length = this.length();
    const outer = this.end;
    this.end = this.pos + length;
    return outer;
  }

  leave(outer: number): void {
    this.pos = this.end;
    this.end = outer;
  }

  text(): string {
    const length = this.length();
    const from = this.pos;
    const to = (this.pos = from + length);
    if (length > CACHED_BYTES) {
      const text = decodeUtf8(this.bytes, from, to);
      if (text.includes(REPLACEMENT)) this.countReplaced(text, from, to);
      return text;
    }
    const { bytes } = this;
    let hash = length;
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
    const known = this.strings.find(bytes, from, to, hash);
    if (known !== undefined) return known;
    const text = decodeUtf8(bytes, from, to);
    // Not cached, so that each occurrence is counted.
    if (text.includes(REPLACEMENT) && this.countReplaced(text, from, to)) return text;
    this.strings.keep(bytes, from, to, hash, text);
    return text;
  }

  /** Whether the text has more U+FFFD than its bytes. */
  private countReplaced(text: string, from: number, to: number): boolean {
    const { bytes } = this;
    let own = 0;
    for (let i = from; i + 2 < to; i++) {
      if (bytes[i] === 0xef && bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd) own++;
    }
    if (text.split(REPLACEMENT).length - 1 <= own) return false;
    this.replacedTexts++;
    return true;
  }

  /** @param type of the field to pass over */
  skip(type: number): void {
    switch (type) {
      case VARINT:
        this.varint64();
        break;
      case FIXED64:
        this.take(8);
        break;
      case LEN:
        this.take(this.length());
        break;
      case FIXED32:
        this.take(4);
        break;
      default:
        throw new WireError(`wire type ${type}`);
    }
  }

  private take(length: number): number {
    const from = this.pos;
    if (length > this.end - from) throw new WireError('a value longer than its message');
    this.pos = from + length;
    return from;
  }
}
