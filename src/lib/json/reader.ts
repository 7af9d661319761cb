/**
 * A pull parser for JSON (RFC 8259) over bytes, built to read many small records quickly and numbers exactly. It reads from
 * a window over a large file, which `walk.ts` moves.
 */
import { joinDigits, parseDecimal } from './digits';
import { unescapeJson } from './escapes';
import { JsonSkipper, WORD } from './skipper';
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  JsonError,
  LINE_FEED,
  MORE,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  STRING_STOP,
} from './window';
import { StringCache, decodeUtf8, wasReplaced } from './string-cache';

export { JsonEnd, JsonError, MORE } from './window';

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
export type JsonObject = { [key: string]: JsonValue };
/** Integers beyond 2^53 are BigInt. Objects have no prototype. */
export type JsonValue = null | boolean | string | number | bigint | JsonValue[] | JsonObject;

const NUMBER_WORD = /^-?(?:(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|Infinity)$/;

/** Deeper than any trace nests, and shallow enough for recursive code that walks the value. */
const MAX_DEPTH = 1000;

export class JsonReader extends JsonSkipper {
  private readonly keys = new StringCache(1024, 64);
  private readonly values = new StringCache(4096, 128);
  /** Words that have been validated as numbers. */
  private readonly numbers = new StringCache(1024, 24);
  /** The last string scanned, without its quotes. */
  private from = 0;
  private to = 0;
  private hash = 0;
  private escaped = false;

  // ── Structure ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The type of the next value. */
  peek(): JsonType {
    const c = this.token();
    if (c === QUOTE) return 'string';
    if (c === OPEN_OBJECT) return 'object';
    if (c === OPEN_ARRAY) return 'array';
    if (c === 0x74 || c === 0x66) return 'boolean';
    if (c === 0x6e) return 'null';
    // Digits, minus, and the first letters of NaN and Infinity.
    if ((c >= 0x30 && c <= 0x39) || c === 0x2d || c === 0x4e || c === 0x49) return 'number';
    throw this.unexpected('a value');
  }

  beginObject(): void {
    if (this.token() !== OPEN_OBJECT) throw this.unexpected('an object');
    this.pos++;
    this.fresh = true;
  }

  /** Begins an object if the next value is one. */
  tryObject(): boolean {
    if (this.token() !== OPEN_OBJECT) return false;
    this.pos++;
    this.fresh = true;
    return true;
  }

  /** Begins an array if the next value is one. */
  tryArray(): boolean {
    if (this.token() !== OPEN_ARRAY) return false;
    this.pos++;
    this.fresh = true;
    return true;
  }

  /** The next key of the current object; null at its end. Its value must be read before the next call. */
  nextKey(): string | null {
    let c = this.token();
    if (this.fresh) this.fresh = false;
    else if (c === COMMA) {
      this.pos++;
      c = this.token();
    } else if (c !== CLOSE_OBJECT) throw this.unexpected('a comma or the end of the object');
    if (c === CLOSE_OBJECT) {
      this.pos++;
      return null;
    }
    if (c !== QUOTE) throw this.unexpected('a key');
    this.scan();
    const key =
      this.keys.find(this.bytes, this.from, this.to, this.hash) ?? this.decodeInto(this.keys);
    if (this.bytes[this.pos] !== COLON && this.token() !== COLON) throw this.unexpected('a colon');
    this.pos++;
    return key;
  }

  beginArray(): void {
    if (this.token() !== OPEN_ARRAY) throw this.unexpected('an array');
    this.pos++;
    this.fresh = true;
  }

  /** Is there another element? It must be read before the next call. A trailing comma is accepted. */
  nextElement(): boolean {
    let c = this.token();
    if (this.fresh) this.fresh = false;
    else if (c === COMMA) {
      this.pos++;
      c = this.token();
    } else if (c !== CLOSE_ARRAY) throw this.unexpected('a comma or the end of the array');
    if (c !== CLOSE_ARRAY) return true;
    this.pos++;
    return false;
  }

  // ── Values ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  string(): string {
    if (this.token() !== QUOTE) throw this.unexpected('a string');
    this.scan();
    return (
      this.values.find(this.bytes, this.from, this.to, this.hash) ?? this.decodeInto(this.values)
    );
  }

  /** A number as written in the file. `NaN` and `Infinity`, which some writers emit, are accepted. */
  numberText(): string {
    this.scanWord();
    const { bytes, from, to, hash } = this;
    let number = this.numbers.find(bytes, from, to, hash);
    if (number === undefined) {
      number = decodeUtf8(bytes, from, to);
      if (!NUMBER_WORD.test(number)) throw this.badWord(number, 'number');
      this.numbers.keep(bytes, from, to, hash, number);
    }
    return number;
  }

  boolean(): boolean {
    const word = this.word();
    if (word !== 'true' && word !== 'false') throw this.badWord(word, 'boolean');
    return word === 'true';
  }

  /** Reads a `null` if it is the next value. */
  tryNull(): boolean {
    if (this.token() !== 0x6e) return false;
    const word = this.word();
    if (word !== 'null') throw this.badWord(word, 'null');
    return true;
  }

  /** Any value as text: strings decoded, numbers, objects and arrays as written in the file. */
  text(): string {
    const c = this.token();
    if (c === QUOTE) return this.string();
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) return this.raw();
    if (c === 0x6e) return this.tryNull() ? 'null' : '';
    if (c === 0x74 || c === 0x66) return this.boolean() ? 'true' : 'false';
    return this.numberText();
  }

  /**
   * A number times `10^shift` as an exact integer, truncated, from a number or a string that contains one (also `1.7e18`).
   * Null for any other value, or beyond 64 bits.
   */
  integer(shift: 0 | 3 = 0): bigint | null {
    const c = this.token();
    const bytes = this.bytes;
    const quoted = c === QUOTE;
    const start = quoted ? this.pos + 1 : this.pos;
    let at = start;
    let digit = bytes[at] - 0x30;
    // Up to 19 digits in two halves, each exact in a double: nine (less the shift) in the low half, the others in the high one.
    while (digit >= 0 && digit <= 9) digit = bytes[++at] - 0x30;
    const length = at - start;
    const clean = quoted ? bytes[at] === QUOTE : !WORD[bytes[at]] && at < this.end;
    if (
      clean &&
      length > 0 &&
      length + shift <= 19 &&
      (length + shift < 19 || bytes[start] < 0x39)
    ) {
      const split = Math.max(start, at - 9 + shift);
      let high = 0;
      for (let i = start; i < split; i++) high = high * 10 + bytes[i] - 0x30;
      let low = 0;
      for (let i = split; i < at; i++) low = low * 10 + bytes[i] - 0x30;
      this.pos = quoted ? at + 1 : at;
      return joinDigits(high, shift === 3 ? low * 1000 : low);
    }
    if (quoted) return parseDecimal(this.string(), shift);
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) this.skip();
    else return parseDecimal(this.word(), shift);
    return null;
  }

  /** The source text of any value. */
  raw(): string {
    this.token();
    const from = this.pos;
    this.skip();
    const text = decodeUtf8(this.bytes, from, this.pos);
    // Escapes are left as they are, so a replacement means invalid bytes.
    if (wasReplaced(text, this.bytes, from, this.pos)) this.replacedTexts++;
    return text;
  }

  /** A copy of any value's bytes. */
  source(): Uint8Array {
    this.token();
    const from = this.pos;
    this.skip();
    return this.bytes.slice(from, this.pos);
  }

  /** Skips an object or array if its bytes are exactly these. */
  trySource(source: Uint8Array): boolean {
    this.token();
    const bytes = this.bytes;
    const length = source.length;
    let at = this.pos;
    if (at + length > this.end) return false;
    for (let i = 0; i < length; i++, at++) if (bytes[at] !== source[i]) return false;
    this.pos = at;
    return true;
  }

  /** Any value as a tree. @param holder receives it as it grows, so that what was read of a truncated text is kept */
  value(holder: { value?: JsonValue } = {}): JsonValue {
    const open: (JsonValue[] | JsonObject)[] = [];
    let container: JsonValue[] | JsonObject | null = null;
    let key = '';
    for (;;) {
      if (container) {
        const next: string | null = Array.isArray(container)
          ? this.nextElement()
            ? ''
            : null
          : this.nextKey();
        if (next === null) {
          open.pop();
          container = open.at(-1) ?? null;
          if (!container) return holder.value as JsonValue;
          continue;
        }
        key = next;
      }
      const type = this.peek();
      const value: JsonValue =
        type === 'object' ? Object.create(null) : type === 'array' ? [] : this.scalar(type);
      if (!container) holder.value = value;
      else if (Array.isArray(container)) container.push(value);
      else container[key] = value;
      if (type === 'object' || type === 'array') {
        if (type === 'object') this.beginObject();
        else this.beginArray();
        container = value as JsonValue[] | JsonObject;
        open.push(container);
        if (open.length > MAX_DEPTH) throw this.error(`nested deeper than ${MAX_DEPTH}`);
      } else if (!container) return value;
    }
  }

  private scalar(type: JsonType): JsonValue {
    if (type === 'string') return this.string();
    if (type === 'boolean') return this.boolean();
    if (type === 'null') {
      if (!this.tryNull()) throw this.unexpected('null');
      return null;
    }
    const digits = this.numberText();
    const number = Number(digits);
    return /^-?\d{16,}$/.test(digits) && !Number.isSafeInteger(number) ? BigInt(digits) : number;
  }

  // ── Strings and words ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Scans the string whose quote is at `pos`, past its end: sets `from`, `to`, `hash`, `escaped`. */
  private scan(): void {
    const bytes = this.bytes;
    let pos = this.pos + 1;
    let hash = 0;
    this.from = pos;
    this.escaped = false;
    for (;;) {
      let c = bytes[pos];
      while (STRING_STOP[c] === 0) {
        hash = ((hash << 5) + (hash + c)) | 0;
        c = bytes[++pos];
      }
      if (c === QUOTE) break;
      if (c === 0 && pos >= this.end) this.outOfBytes();
      if (c === LINE_FEED) {
        this.pos = pos;
        throw this.error('a line break inside a string');
      }
      if (c === BACKSLASH) {
        if (pos + 1 >= this.end) this.outOfBytes();
        this.escaped = true;
        hash = ((hash << 5) + (hash + bytes[++pos])) | 0;
      }
      pos++;
    }
    this.to = pos;
    this.hash = hash;
    this.pos = pos + 1;
  }

  private decodeInto(cache: StringCache): string {
    const { bytes, from, to } = this;
    const string = this.escaped ? unescapeJson(bytes, from, to) : decodeUtf8(bytes, from, to);
    if (string === null) throw this.error('an escape that JSON does not have');
    if (wasReplaced(string, bytes, from, to)) {
      // Not cached, so that each occurrence is counted.
      this.replacedTexts++;
      return string;
    }
    cache.keep(bytes, from, to, this.hash, string);
    return string;
  }

  /** A run of word characters: any value except strings, objects and arrays. */
  private word(): string {
    this.scanWord();
    return decodeUtf8(this.bytes, this.from, this.to);
  }

  private scanWord(): void {
    this.token();
    const bytes = this.bytes;
    const from = this.pos;
    let pos = from;
    let hash = 0;
    let c = bytes[pos];
    while (WORD[c] === 1) {
      hash = ((hash << 5) + (hash + c)) | 0;
      c = bytes[++pos];
    }
    if (pos === from) throw this.unexpected('a value');
    // The word may continue beyond the window.
    if (pos >= this.end && !this.complete) throw MORE;
    this.from = from;
    this.to = this.pos = pos;
    this.hash = hash;
  }

  /** A word cut off by the end of the input is reported as the end, not as a bad word. */
  private badWord(word: string, wanted: string): JsonError {
    if (this.pos >= this.end) this.outOfBytes();
    return this.error(`“${clip(word)}” is no ${wanted}`);
  }
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
