/**
 * A window of bytes that moves over JSON text, with a mark to go back to. This class knows about bytes, lines and the end of
 * the input; `JsonReader`, which extends it, knows about values.
 */

/** The text is not JSON, or not the JSON that was expected. */
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

/** Thrown if the window ends inside a value and the input continues. Not an Error: it is thrown often, and always caught. */
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

/** 1 for the bytes that pass the test. */
export function byteTable(test: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (test(byte) ? 1 : 0));
}

/** Where the fast scan of a string stops: its quote, an escape, a line break, or the zero after the window. */
export const STRING_STOP = byteTable((b) => [QUOTE, BACKSLASH, LINE_FEED, 0].includes(b));

/** The prefix of each line of a container's log. https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md */
const PREFIX =
  /^(?:[\w./-]+ +\| ?|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP] )/;
const MAX_PREFIX = 256;

const encoder = new TextEncoder();

export class JsonWindow {
  /** The window. The byte at `end` is always 0, so that scans stop there without comparing with `end`. */
  protected bytes = new Uint8Array(1);
  protected pos = 0;
  protected end = 0;
  /** True if no bytes follow the window. */
  protected complete = true;
  /** A container has just begun, so no comma is expected. */
  protected fresh = false;
  /** Texts so far in which something was replaced: invalid UTF-8, a lone surrogate, NUL. */
  replacedTexts = 0;
  /** NUL bytes between values so far. A log that is truncated while it is open gets filled with them. */
  nulBytes = 0;
  private mark = 0;
  private markFresh = false;
  private markReplaced = 0;
  private markNuls = 0;
  /** Line breaks in the window are counted up to this place, and counting continues from there. */
  private countedTo = 0;
  private countedLines = 0;
  /** The byte of the input that `onLineOf` was last asked about, and its line. */
  private askedOffset = -1;
  private askedLine = 0;
  /** The line break that `nextBreak` found, and the place from which it is the next. */
  private breakFrom = 1;
  private breakAt = 0;
  /** Of the input before the window. */
  private bytesBefore = 0;
  private linesBefore = 0;
  private lastBreakBefore = -1;
  /** The last byte before the window, and the last that is not white space. */
  private byteBefore = 0;
  private tokenBefore = COMMA;

  /** Starts reading a complete text. Reusing a reader keeps its caches warm. */
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
    this.lastBreakBefore = this.askedOffset = -1;
    this.byteBefore = 0;
    this.tokenBefore = COMMA;
    this.fresh = this.markFresh = false;
    this.complete = true;
    return this;
  }

  /** Starts an input whose bytes are added by `append`. */
  stream(): this {
    this.reset('');
    this.complete = false;
    return this;
  }

  /** Moves the window: drops what lies before the mark, and adds the piece at the end. */
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
    } else if (this.mark > 0) this.bytes.copyWithin(0, this.mark, this.end);
    this.bytes.set(piece, kept);
    this.end = kept + piece.length;
    this.bytes[this.end] = 0;
    this.pos -= this.mark;
    this.mark = 0;
  }

  /** There are no more pieces. */
  finish(): void {
    this.complete = true;
  }

  /** Everything before this place is done. */
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

  /** To a byte of the input that is in the window. */
  goTo(offset: number): void {
    this.pos = offset - this.bytesBefore;
  }

  /** Bytes from the last commit to the end of the window. */
  get uncommitted(): number {
    return this.end - this.mark;
  }

  /** Byte of the input, from 0. */
  get offset(): number {
    return this.bytesBefore + this.pos;
  }

  /** Line, from 1, of a byte in the window, by default the current one. Counts from the place of the last call. */
  lineOf(offset = this.offset): number {
    const at = Math.max(0, offset - this.bytesBefore);
    const { bytes, countedTo } = this;
    if (at < countedTo) this.countedLines -= countLines(bytes, at, countedTo);
    else this.countedLines += countLines(bytes, countedTo, at);
    this.countedTo = at;
    return this.linesBefore + this.countedLines + 1;
  }

  /** Moves to the next byte that is not white space, and returns it. */
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
   * Before a top-level value: skips white space, separators, NUL bytes and the line prefix of a container's log. True at the
   * end of the input.
   */
  atEnd(): boolean {
    const bytes = this.bytes;
    // Commas do not belong here, and RFC 7464 has record separators: both merely separate values.
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

  /** Does a top-level value begin here? Otherwise, the line is something else. */
  get atContainer(): boolean {
    return this.isContainer(this.pos);
  }

  /** Is the rest of the line empty, or another value? A word in a line of a log can look like a value. */
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

  /** Is the last commit just after a line break? */
  get atLineStart(): boolean {
    return this.beginsLine(this.mark);
  }

  /** Can a value begin here, judging by the last byte before the white space? */
  protected followsStructure(pos: number): boolean {
    do pos--;
    while (pos >= 0 && this.bytes[pos] <= 0x20);
    const c = pos < 0 ? this.tokenBefore : this.bytes[pos];
    return c === COMMA || c === COLON || c === OPEN_ARRAY;
  }

  /**
   * The place after the prefix that `docker compose logs` (`collector-1  | `) or Kubernetes' CRI logs (time, `stdout F `) put
   * before a line; the same place if there is none.
   */
  private behindPrefix(pos: number): number {
    if (this.isContainer(pos)) return pos;
    const end = this.prefixEnd(pos);
    const match = PREFIX.exec(String.fromCharCode(...this.bytes.subarray(pos, end)));
    return match ? pos + match[0].length : pos;
  }

  /** Whether more bytes are needed to know if there is such a prefix. */
  private isPrefixCut(pos: number): boolean {
    if (this.complete || this.isContainer(pos)) return false;
    return this.prefixEnd(pos) === this.end && this.end < pos + MAX_PREFIX;
  }

  /** The latest place where a prefix can end. */
  private prefixEnd(pos: number): number {
    const most = Math.min(this.end, pos + MAX_PREFIX);
    while (pos < most && this.bytes[pos] !== LINE_FEED && this.bytes[pos] < 0x80) pos++;
    return pos;
  }

  private isContainer(pos: number): boolean {
    return this.bytes[pos] === OPEN_OBJECT || this.bytes[pos] === OPEN_ARRAY;
  }

  /** Does the line at `pos` begin with an object or array, perhaps after a prefix? NUL bytes count, since a value may follow them. */
  private lineHolds(pos: number): boolean {
    if (this.isContainer(pos) || (this.bytes[pos] === 0 && pos < this.end)) return true;
    return this.isContainer(this.behindPrefix(pos));
  }

  /**
   * Moves to the start of the next line, or with `valuesOnly` the next one that begins with an object or array; to the end of
   * the input if there is none. Keeps its place on MORE.
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

  /** Does the next line begin with an object or array? Only looks inside the window. */
  nextLineBegins(): boolean {
    const at = this.nextBreak();
    return at + 1 < this.end && this.lineHolds(at + 1);
  }

  /** Is this still the line of that byte of the input? Remembered, since every error in a value asks about its start. */
  onLineOf(offset: number): boolean {
    if (this.lastBreakBefore >= offset) return false;
    if (this.askedOffset !== offset) {
      this.askedLine = this.lineOf(offset);
      this.askedOffset = offset;
    }
    return this.askedLine === this.lineOf();
  }

  /** The next line break in the window, or its end. Remembered, since every error on a line asks for it. */
  private nextBreak(): number {
    if (this.pos > this.breakAt || this.pos < this.breakFrom) {
      const at = this.bytes.subarray(0, this.end).indexOf(LINE_FEED, this.pos);
      this.breakFrom = this.pos;
      this.breakAt = at < 0 ? this.end : at;
    }
    return this.breakAt;
  }

  // ── Errors ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** An error at the current place: in the text, or a value that does not fit the format. */
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

/** Counts the line breaks between two places. */
function countLines(bytes: Uint8Array, from: number, to: number): number {
  const text = bytes.subarray(0, to);
  let lines = 0;
  let at = text.indexOf(LINE_FEED, from);
  while (at >= 0) {
    lines++;
    at++;
    // `indexOf` is faster for long lines; a plain loop for short ones.
    if (at - from < lines * 50) break;
    at = text.indexOf(LINE_FEED, at);
  }
  if (at >= 0) for (; at < to; at++) if (bytes[at] === LINE_FEED) lines++;
  return lines;
}
