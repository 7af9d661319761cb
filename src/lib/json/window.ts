/**
 * A window of bytes that moves over JSON text, with a place in it to go back to. `JsonReader` reads from it; here is what knows
 * of bytes, lines and the end, but not of values.
 */

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

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const BACKSLASH = 0x5c;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const LINE_FEED = 0x0a;

/** 1 for the bytes that pass. */
export function byteTable(test: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (test(byte) ? 1 : 0));
}

/** Ends the fast run through a string: its quote, an escape, a line break, or the zero after the window. */
export const STRING_STOP = byteTable((b) => [QUOTE, BACKSLASH, LINE_FEED, 0].includes(b));

const encoder = new TextEncoder();

export class JsonWindow {
  /** The window. The byte at `end` is always 0, so that scans stop there without looking at `end`. */
  protected bytes = new Uint8Array(1);
  protected pos = 0;
  protected end = 0;
  /** True where no bytes come after the window. */
  protected complete = true;
  /** A container was just begun: no comma comes before what is next. */
  protected fresh = false;
  private mark = 0;
  private markFresh = false;
  /** Input before the window. */
  private bytesBefore = 0;
  private linesBefore = 0;
  private lastBreakBefore = -1;
  /** The last byte before the window, and the last that is no white space. */
  private byteBefore = 0;
  private tokenBefore = COMMA;

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

  /** Begins an input whose bytes come by `append`. */
  stream(): this {
    this.reset('');
    this.complete = false;
    return this;
  }

  /** Moves the window on: what lies before the mark is dropped, the piece comes behind. */
  append(piece: Uint8Array): void {
    const kept = this.end - this.mark;
    const lines = countLines(this.bytes, this.mark);
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
    return this.linesBefore + countLines(this.bytes, offset - this.bytesBefore) + 1;
  }

  /** The next byte that is no white space, or 0 at the end of the input. */
  protected token(): number {
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

  // ── Lines ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  protected beginsLine(pos: number): boolean {
    return (pos > 0 ? this.bytes[pos - 1] : this.byteBefore) === LINE_FEED;
  }

  /** Is the last commit behind a line break? */
  get atLineStart(): boolean {
    return this.beginsLine(this.mark);
  }

  /** May a value begin here, by the last byte before the white space? */
  protected followsStructure(pos: number): boolean {
    do pos--;
    while (pos >= 0 && this.bytes[pos] <= 0x20);
    const c = pos < 0 ? this.tokenBefore : this.bytes[pos];
    return c === COMMA || c === COLON || c === OPEN_ARRAY;
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

  // ── Errors ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** An error at the current place: the text of it, or a value that is not what the format says. */
  error(message: string): JsonError {
    return new JsonError(message, this.offset);
  }

  protected unexpected(wanted: string): JsonError {
    const c = this.bytes[this.pos];
    const seen = c > 0x20 && c < 0x7f ? `“${String.fromCharCode(c)}”` : `byte ${c}`;
    return this.error(`${seen} where ${wanted} should be`);
  }

  protected outOfBytes(): never {
    if (!this.complete) throw MORE;
    this.pos = this.end;
    throw new JsonEnd('the text ends inside a value', this.offset);
  }
}

function countLines(bytes: Uint8Array, to: number): number {
  const text = bytes.subarray(0, to);
  let lines = 0;
  let at = text.indexOf(LINE_FEED);
  while (at >= 0) {
    lines++;
    at++;
    // Long lines are hopped over; where lines are short, a plain loop is faster.
    if (at < lines * 50) break;
    at = text.indexOf(LINE_FEED, at);
  }
  if (at >= 0) for (; at < to; at++) if (bytes[at] === LINE_FEED) lines++;
  return lines;
}
