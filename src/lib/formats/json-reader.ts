/**
 * A pull parser of JSON (RFC 8259) over bytes: made for the speed of reading many small records from a window that moves
 * over a large file, and for exact numbers. `json-walk.ts` moves the window.
 */
import { joinDigits, parseDecimal } from './digits';
import { StringCache, decodeUtf8 } from './string-cache';

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
export type JsonObject = { [key: string]: JsonValue };
/** Integers beyond 2^53 are BigInt. Objects have no prototype. */
export type JsonValue = null | boolean | string | number | bigint | JsonValue[] | JsonObject;

/** Text that is no JSON, or JSON that is not what was asked for. */
export class JsonError extends Error {
  override name = 'JsonError';
  constructor(
    message: string,
    /** Byte of the input, unpacked, from 0. */
    readonly offset: number,
  ) {
    super(message);
  }
}

/** The input ends inside a value. */
export class JsonEnd extends JsonError {
  override name = 'JsonEnd';
}

/** Thrown where the window ends inside a value and the input goes on. No Error: it is thrown often, and always caught. */
export const MORE = Symbol('more bytes needed');

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LINE_FEED = 0x0a;

function byteTable(test: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (test(byte) ? 1 : 0));
}

/** Ends the fast run through a string: its quote, an escape, a line break, or the zero after the window. */
const STRING_STOP = byteTable((b) => b === QUOTE || b === BACKSLASH || b === LINE_FEED || b === 0);
/** What numbers, `true`, `false`, `null` and the `NaN` of some writers are made of. */
const WORD = byteTable((b) => /[\w+.-]/.test(String.fromCharCode(b)) && b < 0x80);
/** What skipping looks at: quotes, brackets, the zero after the window. */
const SKIP_STOP = byteTable((b) =>
  [0, QUOTE, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT].includes(b),
);

const NUMBER_WORD = /^-?(?:(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|Infinity)$/;

/** Nested deeper than any trace is; what walks the value afterwards may be recursive. */
const MAX_DEPTH = 1000;

const encoder = new TextEncoder();

export class JsonReader {
  /** The window. The byte at `end` is always 0, so that scans stop there without looking at `end`. */
  private bytes = new Uint8Array(1);
  private pos = 0;
  private end = 0;
  /** True where no bytes come after the window. */
  private complete = true;
  /** A container was just begun: no comma comes before what is next. */
  private fresh = false;
  private mark = 0;
  private markFresh = false;
  /** Input before the window. */
  private bytesBefore = 0;
  private linesBefore = 0;
  private lastBreakBefore = -1;
  /** The last byte before the window, and the last that is no white space. */
  private byteBefore = 0;
  private tokenBefore = COMMA;

  private readonly keys = new StringCache(1024, 64);
  private readonly values = new StringCache(4096, 128);
  /** Only what was found to be a number. */
  private readonly numbers = new StringCache(1024, 24);
  private scratch = new Uint8Array(256);
  /** The last string scanned, without its quotes. */
  private from = 0;
  private to = 0;
  private hash = 0;
  private escaped = false;
  private skipDepth = 0;
  private skipInString = false;

  /** Reads a whole text. The reader can be used again: its caches stay warm. */
  reset(text: string | Uint8Array): this {
    if (typeof text === 'string') {
      const most = text.length * 3 + 1;
      if (this.bytes.length < most) this.bytes = new Uint8Array(Math.max(1024, most * 2));
      this.end = encoder.encodeInto(text, this.bytes).written;
    } else {
      if (this.bytes.length <= text.length) this.bytes = new Uint8Array(text.length + 1);
      this.bytes.set(text);
      this.end = text.length;
    }
    this.bytes[this.end] = 0;
    this.pos = this.mark = this.bytesBefore = this.linesBefore = 0;
    this.lastBreakBefore = -1;
    this.byteBefore = 0;
    this.tokenBefore = COMMA;
    this.fresh = this.markFresh = false;
    this.complete = true;
    return this;
  }

  // ── The window ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Begins an input whose bytes come by `append`. */
  stream(): this {
    this.reset('');
    this.complete = false;
    return this;
  }

  /** Moves the window on: what lies before the mark is dropped, the piece comes behind. */
  append(piece: Uint8Array): void {
    const kept = this.end - this.mark;
    const lines = countLines(this.bytes, 0, this.mark);
    if (lines > 0) {
      const dropped = this.bytes.subarray(0, this.mark);
      this.lastBreakBefore = this.bytesBefore + dropped.lastIndexOf(LINE_FEED);
      this.linesBefore += lines;
    }
    for (let i = this.mark - 1; i >= 0; i--) {
      if (i === this.mark - 1) this.byteBefore = this.bytes[i];
      if (this.bytes[i] <= 0x20) continue;
      this.tokenBefore = this.bytes[i];
      break;
    }
    this.bytesBefore += this.mark;
    const needed = kept + piece.length + 1;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      larger.set(this.bytes.subarray(this.mark, this.end));
      this.bytes = larger;
    } else this.bytes.copyWithin(0, this.mark, this.end);
    this.bytes.set(piece, kept);
    this.end = kept + piece.length;
    this.bytes[this.end] = 0;
    this.pos -= this.mark;
    this.mark = 0;
  }

  /** No more pieces come. */
  finish(): void {
    this.complete = true;
  }

  /** What lies before is read and done with. */
  commit(): void {
    this.mark = this.pos;
    this.markFresh = this.fresh;
  }

  /** Back to the last commit. */
  rollback(): void {
    this.pos = this.mark;
    this.fresh = this.markFresh;
  }

  /** Bytes from the last commit to the end of the window. */
  get uncommitted(): number {
    return this.end - this.mark;
  }

  /** Byte of the input, from 0. */
  get offset(): number {
    return this.bytesBefore + this.pos;
  }

  /** Line, from 1, of a byte of the input that is in the window, by default the present one. Counts, so only for messages. */
  lineOf(offset = this.offset): number {
    return this.linesBefore + countLines(this.bytes, 0, offset - this.bytesBefore) + 1;
  }

  // ── Structure ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The next byte that is no white space, or 0 at the end of the input. */
  private token(): number {
    const bytes = this.bytes;
    let pos = this.pos;
    let c = bytes[pos];
    while (c <= 0x20 && (c === 0x20 || c === LINE_FEED || c === 0x0d || c === 0x09)) {
      c = bytes[++pos];
    }
    this.pos = pos;
    if (c === 0 && pos >= this.end) this.outOfBytes();
    return c;
  }

  /** Before a value of the top level: over white space and separators, true at the end of the input. */
  atEnd(): boolean {
    const bytes = this.bytes;
    // A comma is wrong there and a record separator belongs to RFC 7464: both only stand between.
    while (this.pos < this.end && (bytes[this.pos] <= 0x20 || bytes[this.pos] === COMMA))
      this.pos++;
    this.fresh = false;
    if (this.pos < this.end) return false;
    if (this.complete) return true;
    this.commit();
    throw MORE;
  }

  /** The type of the value that comes. */
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

  /** The next key of the object that was begun; null at its end. The value must be read before the next call. */
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

  /** Is there another element? It must be read before the next call. A comma before the end is let pass. */
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

  /** A number by its digits in the file. `NaN` and `Infinity`, which some writers use, are taken too. */
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

  /** Reads a `null` if one comes. */
  tryNull(): boolean {
    if (this.token() !== 0x6e) return false;
    const word = this.word();
    if (word !== 'null') throw this.badWord(word, 'null');
    return true;
  }

  /** Any value as text: strings as they are, numbers by their digits, objects and arrays as their JSON in the file. */
  text(): string {
    const c = this.token();
    if (c === QUOTE) return this.string();
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) return this.raw();
    if (c === 0x6e) return this.tryNull() ? 'null' : '';
    if (c === 0x74 || c === 0x66) return this.boolean() ? 'true' : 'false';
    return this.numberText();
  }

  /**
   * An integer times `10^shift`, exactly, from a number or a string that holds one (also `1.7e18`; digits below one are
   * dropped). Null for any other value or one beyond 64 bits.
   */
  integer(shift: 0 | 3 = 0): bigint | null {
    const c = this.token();
    const bytes = this.bytes;
    const quoted = c === QUOTE;
    const start = quoted ? this.pos + 1 : this.pos;
    let at = start;
    let digit = bytes[at] - 0x30;
    // 18 digits in two halves that doubles hold exactly: nine below, which the shift moves, the others above.
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
    return decodeUtf8(this.bytes, from, this.pos);
  }

  /** Reads over one value of any depth. Strings and brackets are checked, what stands between them is not. */
  skip(): void {
    this.beginSkip();
    this.continueSkip();
  }

  /** Any value as a tree. @param holder gets it as it grows, so that a cut text leaves what was there */
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

  // ── Skipping ────────────────────────────────────────────────────────────────────────────────────────────────────────

  beginSkip(): void {
    this.skipDepth = 0;
    this.skipInString = false;
  }

  /** Goes on skipping: after MORE and a commit, from where the window ended. */
  continueSkip(): void {
    const bytes = this.bytes;
    if (this.skipInString) this.skipString();
    else if (this.skipDepth === 0) {
      const c = this.token();
      if (c === QUOTE) {
        this.pos++;
        this.skipString();
        return;
      }
      if (c !== OPEN_OBJECT && c !== OPEN_ARRAY) {
        this.word();
        return;
      }
      this.pos++;
      this.skipDepth = 1;
    }
    while (this.skipDepth > 0) {
      let pos = this.pos;
      while (SKIP_STOP[bytes[pos]] === 0) pos++;
      this.pos = pos;
      const c = bytes[pos];
      if (c === 0) {
        if (pos >= this.end) this.outOfBytes();
        throw this.unexpected('a value');
      }
      this.pos++;
      if (c === QUOTE) this.skipString();
      else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) this.skipDepth--;
      else {
        // A line that was cut short would otherwise swallow all lines after it.
        if (this.beginsLine(pos) && !this.followsStructure(pos)) {
          throw this.error('a line that ends inside a value');
        }
        this.skipDepth++;
      }
    }
  }

  private beginsLine(pos: number): boolean {
    return (pos > 0 ? this.bytes[pos - 1] : this.byteBefore) === LINE_FEED;
  }

  /** Is the last commit behind a line break? */
  get atLineStart(): boolean {
    return this.beginsLine(this.mark);
  }

  /** May a value begin here, by the last byte before the white space? */
  private followsStructure(pos: number): boolean {
    do pos--;
    while (pos >= 0 && this.bytes[pos] <= 0x20);
    const c = pos < 0 ? this.tokenBefore : this.bytes[pos];
    return c === COMMA || c === COLON || c === OPEN_ARRAY;
  }

  private skipString(): void {
    const bytes = this.bytes;
    this.skipInString = true;
    let pos = this.pos;
    for (;;) {
      while (STRING_STOP[bytes[pos]] === 0) pos++;
      const c = bytes[pos];
      this.pos = pos;
      if (c === QUOTE) break;
      if (c === 0 && pos >= this.end) this.outOfBytes();
      if (c === LINE_FEED) throw this.error('a line break inside a string');
      if (c === BACKSLASH) {
        if (pos + 1 >= this.end) this.outOfBytes();
        pos++;
      }
      pos++;
    }
    this.pos++;
    this.skipInString = false;
  }

  /**
   * From a broken value to what follows it, by its brackets alone. Strings end with their line, so that one missing quote
   * does not turn all that follows inside out.
   *
   * @param singleLine a line break is no part of the value
   * @returns whether what follows is a comma or `closer`: whether reading can go on
   */
  skipBroken(singleLine: boolean, closer: ']' | '}'): boolean {
    const bytes = this.bytes;
    this.fresh = false;
    if (this.token() === COMMA) this.pos++;
    let depth = 0;
    let inString = false;
    for (; ; this.pos++) {
      const c = bytes[this.pos];
      if (c === 0 && this.pos >= this.end) this.outOfBytes();
      if (c === LINE_FEED) {
        if (singleLine) return false;
        inString = false;
      } else if (inString) {
        if (c === QUOTE) inString = false;
        else if (c === BACKSLASH && bytes[this.pos + 1] !== LINE_FEED) this.pos++;
      } else if (c === QUOTE) inString = true;
      else if (c === OPEN_OBJECT || c === OPEN_ARRAY) depth++;
      else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
        if (depth > 0) depth--;
        else return c === closer.charCodeAt(0);
      } else if (c === COMMA && depth === 0) return true;
    }
  }

  /**
   * To the start of the next line; with `valuesOnly` to the next that begins with an object or array. At the end of the
   * input where there is none. Keeps its place over MORE.
   */
  seekLine(valuesOnly: boolean): void {
    const window = this.bytes.subarray(0, this.end);
    for (;;) {
      const at = window.indexOf(LINE_FEED, this.pos);
      this.pos = at < 0 ? this.end : at;
      if (at < 0 || at + 1 >= this.end) {
        if (this.complete) {
          this.pos = this.end;
          return;
        }
        this.commit();
        throw MORE;
      }
      this.pos++;
      if (!valuesOnly || window[this.pos] === OPEN_OBJECT || window[this.pos] === OPEN_ARRAY)
        return;
    }
  }

  /** Does the line after this one begin with an object or array? Looks no further than the window. */
  nextLineBegins(): boolean {
    const at = this.bytes.subarray(0, this.end).indexOf(LINE_FEED, this.pos);
    return at >= 0 && (this.bytes[at + 1] === OPEN_OBJECT || this.bytes[at + 1] === OPEN_ARRAY);
  }

  /** Is this still the line of that byte of the input? */
  onLineOf(offset: number): boolean {
    if (this.lastBreakBefore >= offset) return false;
    const from = Math.max(0, offset - this.bytesBefore);
    return this.bytes.subarray(0, this.pos).indexOf(LINE_FEED, from) < 0;
  }

  // ── Strings and words ───────────────────────────────────────────────────────────────────────────────────────────────

  /** From the quote at `pos` to behind its end: sets `from`, `to`, `hash`, `escaped`. */
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
    const { from, to } = this;
    const string = this.escaped ? this.unescape(from, to) : decodeUtf8(this.bytes, from, to);
    cache.keep(this.bytes, from, to, this.hash, string);
    return string;
  }

  /** A run of word characters: all values but strings, objects and arrays. */
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
    // The word may go on behind the window.
    if (pos >= this.end && !this.complete) throw MORE;
    this.from = from;
    this.to = this.pos = pos;
    this.hash = hash;
  }

  private unescape(from: number, to: number): string {
    const bytes = this.bytes;
    if (this.scratch.length < to - from) this.scratch = new Uint8Array((to - from) * 2);
    const scratch = this.scratch;
    let result = '';
    let length = 0;
    for (let at = from; at < to; at++) {
      if (bytes[at] !== BACKSLASH) {
        scratch[length++] = bytes[at];
        continue;
      }
      const c = bytes[++at];
      if (c !== 0x75) {
        const plain = ESCAPES[c];
        if (!plain) throw this.error('an escape that JSON does not have');
        scratch[length++] = plain;
        continue;
      }
      let unit = this.hex4(at + 1, to);
      at += 4;
      if (
        unit >= 0xd800 &&
        unit < 0xdc00 &&
        bytes[at + 1] === BACKSLASH &&
        bytes[at + 2] === 0x75
      ) {
        const low = this.hex4(at + 3, to);
        if (low >= 0xdc00 && low < 0xe000) {
          unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
          at += 6;
        }
      }
      if (unit >= 0xd800 && unit < 0xe000) {
        // UTF-8 has no lone surrogates; JavaScript's strings do.
        result += decodeUtf8(scratch, 0, length) + String.fromCharCode(unit);
        length = 0;
      } else length = putUtf8(scratch, length, unit);
    }
    return result + decodeUtf8(scratch, 0, length);
  }

  private hex4(at: number, to: number): number {
    let unit = 0;
    for (let i = 0; i < 4; i++) {
      const digit = at + i < to ? parseInt(String.fromCharCode(this.bytes[at + i]), 16) : NaN;
      if (Number.isNaN(digit)) throw this.error('an escape that JSON does not have');
      unit = unit * 16 + digit;
    }
    return unit;
  }

  // ── Errors ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** An error at the current place: the text of it, or a value that is not what the format says. */
  error(message: string): JsonError {
    return new JsonError(message, this.offset);
  }

  /** A word that is cut off by the end of the input is no error of its own. */
  private badWord(word: string, wanted: string): JsonError {
    if (this.pos >= this.end) this.outOfBytes();
    return this.error(`“${clip(word)}” is no ${wanted}`);
  }

  private unexpected(wanted: string): JsonError {
    const c = this.bytes[this.pos];
    const seen = c > 0x20 && c < 0x7f ? `“${String.fromCharCode(c)}”` : `byte ${c}`;
    return this.error(`${seen} where ${wanted} should be`);
  }

  private outOfBytes(): never {
    if (!this.complete) throw MORE;
    this.pos = this.end;
    throw new JsonEnd('the text ends inside a value', this.offset);
  }
}

const ESCAPES = new Uint8Array(256);
for (const [escape, plain] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
  ESCAPES[escape.charCodeAt(0)] = plain.charCodeAt(0);
}

function putUtf8(bytes: Uint8Array, at: number, point: number): number {
  if (point < 0x80) bytes[at++] = point;
  else if (point < 0x800) {
    bytes[at++] = 0xc0 | (point >> 6);
    bytes[at++] = 0x80 | (point & 0x3f);
  } else if (point < 0x10000) {
    bytes[at++] = 0xe0 | (point >> 12);
    bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
    bytes[at++] = 0x80 | (point & 0x3f);
  } else {
    bytes[at++] = 0xf0 | (point >> 18);
    bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
    bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
    bytes[at++] = 0x80 | (point & 0x3f);
  }
  return at;
}

function countLines(bytes: Uint8Array, from: number, to: number): number {
  let lines = 0;
  // Long lines are hopped over; where lines are short, a plain loop is faster.
  let hops = 0;
  let at = bytes.subarray(0, to).indexOf(LINE_FEED, from);
  while (at >= 0 && hops < 64) {
    lines++;
    hops++;
    from = at + 1;
    at = bytes.subarray(0, to).indexOf(LINE_FEED, from);
  }
  if (at >= 0) for (let i = at; i < to; i++) if (bytes[i] === LINE_FEED) lines++;
  return lines;
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
