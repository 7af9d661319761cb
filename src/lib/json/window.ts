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

/** What stands before each line of a container's log. https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md */
const PREFIX =
  /^(?:[\w./-]+ +\| ?|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP] )/;
const MAX_PREFIX = 256;

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
  /** Texts so far in which something was replaced: bad UTF-8, half a surrogate pair, NUL. */
  replacedTexts = 0;
  /** NUL bytes between values so far: what a log that was truncated while it was open is filled with. */
  nulBytes = 0;
  private mark = 0;
  private markFresh = false;
  private markReplaced = 0;
  private markNuls = 0;
  /** A place in the window up to which line breaks are counted, so that counting goes on from there. */
  private countedTo = 0;
  private countedLines = 0;
  /** The line break that `nextBreak` found, and from where on it is the next. */
  private breakFrom = 1;
  private breakAt = 0;
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
    this.countedTo = this.countedLines = 0;
    this.breakFrom = 1;
    this.breakAt = 0;
    this.replacedTexts = this.nulBytes = this.markReplaced = this.markNuls = 0;
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
    const lines = countLines(this.bytes, 0, this.mark);
    this.countedTo = this.countedLines = 0;
    this.breakFrom = 1;
    this.breakAt = 0;
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
    this.markReplaced = this.replacedTexts;
    this.markNuls = this.nulBytes;
  }

  /** Back to the last commit. */
  rollback(): void {
    this.pos = this.mark;
    this.fresh = this.markFresh;
    this.replacedTexts = this.markReplaced;
    this.nulBytes = this.markNuls;
  }

  /** Bytes from the last commit to the end of the window. */
  get uncommitted(): number {
    return this.end - this.mark;
  }

  /** Byte of the input, from 0. */
  get offset(): number {
    return this.bytesBefore + this.pos;
  }

  /** Line, from 1, of a byte of the input that is in the window, by default the present one. Counts on from the last call. */
  lineOf(offset = this.offset): number {
    const at = Math.max(0, offset - this.bytesBefore);
    if (at < this.countedTo) this.countedTo = this.countedLines = 0;
    this.countedLines += countLines(this.bytes, this.countedTo, at);
    this.countedTo = at;
    return this.linesBefore + this.countedLines + 1;
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

  /**
   * Before a value of the top level: over white space, separators, NUL bytes and what a container's log puts before each
   * line. True at the end of the input.
   */
  atEnd(): boolean {
    const bytes = this.bytes;
    // A comma is wrong there and a record separator belongs to RFC 7464: both only stand between.
    while (this.pos < this.end && (bytes[this.pos] <= 0x20 || bytes[this.pos] === COMMA)) {
      if (bytes[this.pos] === 0) this.nulBytes++;
      this.pos++;
    }
    this.fresh = false;
    if (this.pos < this.end && !this.isPrefixCut(this.pos)) {
      this.pos = this.behindPrefix(this.pos);
      return false;
    }
    if (this.pos >= this.end && this.complete) return true;
    this.commit();
    throw MORE;
  }

  /** Does a value of the top level begin here? Anything else is a line of something else. */
  get atContainer(): boolean {
    return this.isContainer(this.pos);
  }

  /** Is nothing else on this line, or another value? A word of a log's line may look like a value. */
  standsAlone(): boolean {
    const bytes = this.bytes;
    let pos = this.pos;
    while ([0x20, 0x09, 0x0d, COMMA].includes(bytes[pos])) pos++;
    if (pos >= this.end && !this.complete) throw MORE;
    return [LINE_FEED, QUOTE].includes(bytes[pos]) || pos >= this.end || this.isContainer(pos);
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
   * Behind the name that `docker compose logs` (`collector-1  | `) or the stream that Kubernetes' CRI logs (time, `stdout F `)
   * put before a line; the same place where there is none.
   */
  private behindPrefix(pos: number): number {
    if (this.isContainer(pos)) return pos;
    const end = this.prefixEnd(pos);
    const match = PREFIX.exec(String.fromCharCode(...this.bytes.subarray(pos, end)));
    return match ? pos + match[0].length : pos;
  }

  /** Whether more bytes are needed to tell whether there is such a prefix. */
  private isPrefixCut(pos: number): boolean {
    if (this.complete || this.isContainer(pos)) return false;
    return this.prefixEnd(pos) === this.end && this.end < pos + MAX_PREFIX;
  }

  /** Where a prefix ends at the latest. */
  private prefixEnd(pos: number): number {
    const most = Math.min(this.end, pos + MAX_PREFIX);
    while (pos < most && this.bytes[pos] !== LINE_FEED && this.bytes[pos] < 0x80) pos++;
    return pos;
  }

  private isContainer(pos: number): boolean {
    return this.bytes[pos] === OPEN_OBJECT || this.bytes[pos] === OPEN_ARRAY;
  }

  /** Does the line that starts at `pos` hold an object or array, maybe behind a container's name? NUL bytes are looked behind later. */
  private lineHolds(pos: number): boolean {
    if (this.isContainer(pos) || (this.bytes[pos] === 0 && pos < this.end)) return true;
    return this.isContainer(this.behindPrefix(pos));
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
      if (valuesOnly && this.isPrefixCut(at + 1)) {
        this.commit();
        throw MORE;
      }
      this.pos++;
      if (!valuesOnly || this.lineHolds(this.pos)) return;
    }
  }

  /** Does the line after this one begin with an object or array? Looks no further than the window. */
  nextLineBegins(): boolean {
    const at = this.nextBreak();
    return at + 1 < this.end && this.lineHolds(at + 1);
  }

  /** Is this still the line of that byte of the input? */
  onLineOf(offset: number): boolean {
    if (this.lastBreakBefore >= offset) return false;
    return this.lineOf(offset) === this.lineOf();
  }

  /** The next line break in the window, else its end. Remembered, since errors on one line each ask for it. */
  private nextBreak(): number {
    if (this.pos > this.breakAt || this.pos < this.breakFrom) {
      const at = this.bytes.subarray(0, this.end).indexOf(LINE_FEED, this.pos);
      this.breakFrom = this.pos;
      this.breakAt = at < 0 ? this.end : at;
    }
    return this.breakAt;
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

/** Line breaks from one place to another. */
function countLines(bytes: Uint8Array, from: number, to: number): number {
  const text = bytes.subarray(0, to);
  let lines = 0;
  let at = text.indexOf(LINE_FEED, from);
  while (at >= 0) {
    lines++;
    at++;
    // Long lines are hopped over; where lines are short, a plain loop is faster.
    if (at - from < lines * 50) break;
    at = text.indexOf(LINE_FEED, at);
  }
  if (at >= 0) for (; at < to; at++) if (bytes[at] === LINE_FEED) lines++;
  return lines;
}
