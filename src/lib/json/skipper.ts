/** Skips values: whole ones, ones larger than the window, and broken ones. */
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  JsonWindow,
  LINE_FEED,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  STRING_STOP,
  byteTable,
} from './window';

/** The characters of numbers, `true`, `false`, `null`, and the `NaN` of some writers. */
export const WORD = byteTable((b) => /[\w+.-]/.test(String.fromCharCode(b)));

/** Where skipping stops: quotes, brackets, the zero after the window. */
const SKIP_STOP = byteTable((b) =>
  [0, QUOTE, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT].includes(b),
);

export class JsonSkipper extends JsonWindow {
  private skipDepth = 0;
  private skipInString = false;

  /** Skips one value of any depth. Strings and brackets are checked; anything between them is not. */
  skip(): void {
    this.beginSkip();
    this.continueSkip();
  }

  beginSkip(): void {
    this.skipDepth = 0;
    this.skipInString = false;
  }

  /** Continues skipping; after MORE and a commit, from where the window ended. */
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
        this.skipWord();
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
        // Otherwise, a truncated line would swallow all lines after it.
        if (this.beginsLine(pos) && !this.followsStructure(pos)) {
          throw this.error('a line that ends inside a value');
        }
        this.skipDepth++;
      }
    }
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

  /** Skips a run of word characters: any value except strings, objects and arrays. The word is not checked. */
  private skipWord(): void {
    const from = this.pos;
    let pos = from;
    while (WORD[this.bytes[pos]] === 1) pos++;
    if (pos === from) throw this.unexpected('a value');
    if (pos >= this.end && !this.complete) this.outOfBytes();
    this.pos = pos;
  }

  /**
   * Skips a broken value by its brackets alone. A string ends at the end of its line at the latest, so that a missing quote
   * does not swap inside and outside for the rest of the file.
   *
   * @param singleLine the value ends at the end of its line at the latest
   * @returns whether a comma or `closer` follows, so that reading can continue
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
}
