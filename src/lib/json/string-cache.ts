/**
 * Decodes bytes to strings, and caches them. Trace data repeat a few hundred keys and values millions of times; a cached one
 * costs neither an allocation nor a call of TextDecoder, and being the same string object makes comparisons cheap.
 */

// 'ignoreBOM' keeps U+FEFF, which is an ordinary character inside a string.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Up to this many bytes, converting character by character is faster than TextDecoder. */
const SHORT = 80;
/** An array for each length, because `apply` is only fast with plain arrays of exactly the right length. */
const codes: number[][] = Array.from({ length: SHORT + 1 }, (_, length) =>
  new Array<number>(length).fill(0),
);

/** Decodes UTF-8. Invalid bytes become U+FFFD, and so does NUL, which the dataset can't store. */
export function decodeUtf8(bytes: Uint8Array, from: number, to: number): string {
  const length = to - from;
  if (length <= SHORT) {
    const list = codes[length];
    let all = 0;
    // Negative if any byte is zero.
    let less = 0;
    for (let i = 0; i < length; i++) {
      const byte = (list[i] = bytes[from + i]);
      all |= byte;
      less |= byte - 1;
    }
    if (all < 0x80 && less >= 0) return String.fromCharCode.apply(null, list);
  }
  const text = utf8.decode(bytes.subarray(from, to));
  return text.includes('\0') ? text.replaceAll('\0', REPLACEMENT) : text;
}

/** Replaces what can't be decoded or stored. */
export const REPLACEMENT = '\ufffd';

/** Whether something was replaced in a JSON string: whether its text has more U+FFFD than its bytes. */
export function wasReplaced(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (!text.includes(REPLACEMENT)) return false;
  let own = 0;
  for (let i = from; i < to; i++) {
    if (bytes[i] === 0xef && bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd) own++;
    else if (bytes[i] === 0x5c) {
      const escape = String.fromCharCode(...bytes.subarray(i + 1, i + 6)).toLowerCase();
      if (escape === 'ufffd') own++;
      i++;
    }
  }
  return text.split(REPLACEMENT).length - 1 > own;
}

/**
 * Direct-mapped and lossy: a new string replaces the previous one in its slot. Strings longer than `width` bytes are not
 * cached.
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

  /** The string with these bytes, if it is cached. */
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
