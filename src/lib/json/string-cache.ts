/**
 * Bytes to strings, cheaper the second time. Trace data repeat a few hundred keys and values millions of times; found here,
 * one costs neither an allocation nor a call of TextDecoder, and is the very same string object for whoever compares.
 */

// 'ignoreBOM' keeps U+FEFF, which is a character like others inside a string.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Below this many bytes, characters one by one are faster than a call of TextDecoder. */
const SHORT = 80;
/** For each length an array of its own: `apply` is only fast with plain arrays that are exactly full. */
const codes: number[][] = Array.from({ length: SHORT + 1 }, (_, length) =>
  new Array<number>(length).fill(0),
);

/** Decodes UTF-8; what is no UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, from: number, to: number): string {
  const length = to - from;
  if (length <= SHORT) {
    const list = codes[length];
    let all = 0;
    for (let i = 0; i < length; i++) all |= list[i] = bytes[from + i];
    if (all < 0x80) return String.fromCharCode.apply(null, list);
  }
  return utf8.decode(bytes.subarray(from, to));
}

/**
 * Direct-mapped and lossy: a new string takes the place of the one before in its slot. Strings longer than `width` bytes are
 * not kept.
 */
export class StringCache {
  private readonly store: Uint8Array;
  private readonly lengths: Int16Array;
  private readonly strings: string[];
  private readonly mask: number;
  private readonly width: number;

  /** @param slots a power of two */
  constructor(slots: number, width: number) {
    this.store = new Uint8Array(slots * width);
    this.lengths = new Int16Array(slots).fill(-1);
    this.strings = new Array<string>(slots).fill('');
    this.mask = slots - 1;
    this.width = width;
  }

  /** The string whose bytes lie there, if it was the last in its slot. */
  find(bytes: Uint8Array, from: number, to: number, hash: number): string | undefined {
    const length = to - from;
    const slot = (hash ^ (hash >>> 15)) & this.mask;
    if (this.lengths[slot] !== length) return undefined;
    const store = this.store;
    let at = slot * this.width;
    for (let i = from; i < to; i++, at++) if (bytes[i] !== store[at]) return undefined;
    return this.strings[slot];
  }

  keep(bytes: Uint8Array, from: number, to: number, hash: number, string: string): void {
    const length = to - from;
    if (length > this.width) return;
    const slot = (hash ^ (hash >>> 15)) & this.mask;
    const store = this.store;
    let at = slot * this.width;
    for (let i = from; i < to; i++, at++) store[at] = bytes[i];
    this.lengths[slot] = length;
    this.strings[slot] = string;
  }
}
