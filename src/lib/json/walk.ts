/**
 * Walks JSON of any size with a window of a few MiB: one value, an array, JSON Lines or concatenated values. A format
 * describes the shape of what is too large to be read at once; the leaves of the shape are its records, each read
 * synchronously.
 */
import type { DiagnosticCode, WarningSink } from '$lib/model/diagnostics';
import { JsonEnd, JsonError, JsonReader, MORE } from './reader';
import type { Source } from '$lib/bytes/source';

/** What to do with a value: walk into it, or read it whole. Members that the shape does not name are skipped. */
export interface Shape {
  /** For an object: the members to walk. */
  fields?: Map<string, Shape>;
  /** For an array: every element. */
  elements?: Shape;
  /** For a top-level array: it is no error if the text ends between two elements, without the closing bracket. */
  mayStayOpen?: boolean;
  /**
   * For any other value: reads all of it. If the window ends first, it is called again with more, so it must have no side
   * effects before it has read to the end. It may throw JsonError (`json.error`): the value is then skipped and counted.
   */
  read?(json: JsonReader): void;
  /** An object with `fields` begins. */
  enter?(): void;
  /** It has ended; not `whole` if the text broke off inside it. */
  leave?(whole: boolean): void;
}

export function fields(shapes: Record<string, Shape>): Map<string, Shape> {
  return new Map(Object.entries(shapes));
}

/** A record must fit in the window, and its text in a JavaScript string. */
const MAX_RECORD_BYTES = 256 << 20;
const MAX_DEPTH = 64;
/**
 * An error can lie far behind the line that caused it, and reading goes back to the line after that. No more than this many
 * bytes are read again per byte of input; beyond that, reading goes on after the error. Otherwise, a file whose every line
 * is broken could take quadratic time.
 */
const MAX_REREADS = 8;

interface Frame {
  shape: Shape;
  isArray: boolean;
}

/** A step other than the usual one: skipping something, getting past an error. Repeated when bytes run out. */
interface Task {
  run(): void;
  /** When repeated, it continues from where the bytes ran out. */
  keepsPlace: boolean;
}

export class JsonWalk {
  readonly json = new JsonReader();
  private readonly frames: Frame[] = [];
  private readonly warned = new Set<DiagnosticCode>();
  /** Warnings about the current record: dropped if it must be read again. */
  private readonly pending: { code: DiagnosticCode; example: string; count: number }[] = [];
  private task: Task | null = null;
  private pausedFor: (() => Promise<void>) | null = null;
  private ended = false;
  /** How many the sink has been told of. */
  private toldReplaced = 0;
  private toldNuls = 0;
  /** Top-level values so far, and where the current one began. */
  private values = 0;
  private valueOffset = 0;
  /** Bytes read again because of errors. */
  private rereadBytes = 0;
  private readonly skipTask: Task = { run: () => this.json.continueSkip(), keepsPlace: true };

  constructor(
    private readonly source: Source,
    private readonly sink: WarningSink,
  ) {}

  /** A recoverable problem in the current record. The line number is added. */
  warn(code: DiagnosticCode, what: string, count = 1): void {
    // Only the first example of each code is kept, and finding the line takes time.
    const example = this.warned.has(code) ? what : `${what} (line ${this.json.lineOf()})`;
    this.pending.push({ code, example, count });
  }

  /** Called by `read`, `enter` or `leave`: the walk continues when the work is done. */
  pauseFor(work: () => Promise<void>): void {
    this.pausedFor = work;
  }

  /**
   * Walks the whole source. Broken values are counted, and skipped if the next good place can be found.
   *
   * @param quiet reports no progress, for a second pass over the same source
   */
  async run(root: Shape, { quiet = false } = {}): Promise<void> {
    const pieces = this.source.chunks({ quiet });
    this.json.stream();
    try {
      while (!this.ended) {
        this.advance(root);
        if (this.ended) break;
        const work = this.pausedFor;
        this.pausedFor = null;
        if (work) await work();
        else await this.fill(pieces);
      }
    } finally {
      await pieces.return(undefined);
    }
    if (this.source.fault && !this.warned.has('truncated')) {
      this.sink.warn('truncated', `${this.source.name}: ${this.source.fault}`);
    }
  }

  private async fill(pieces: AsyncGenerator<Uint8Array>): Promise<void> {
    // A record larger than the window is read repeatedly; doubling the window keeps that linear.
    const wanted = this.json.uncommitted;
    let got = 0;
    do {
      const piece = await pieces.next();
      if (piece.done) {
        this.json.finish();
        return;
      }
      this.json.append(piece.value);
      got += piece.value.length;
    } while (got < wanted);
  }

  /** Runs until bytes run out, a pause is requested, or the input ends. */
  private advance(root: Shape): void {
    const json = this.json;
    for (;;) {
      try {
        for (;;) {
          const task = this.task;
          if (task) {
            task.run();
            if (this.task === task) this.task = null;
          } else if (!this.step(root)) this.ended = true;
          json.commit();
          if (this.pending.length > 0) this.flush();
          if (json.replacedTexts > this.toldReplaced || json.nulBytes > this.toldNuls) {
            this.tellReplaced();
          }
          if (this.ended || this.pausedFor) return;
        }
      } catch (error) {
        this.pending.length = 0;
        if (error === MORE) {
          if (this.task?.keepsPlace) json.commit();
          else json.rollback();
          if (json.uncommitted <= MAX_RECORD_BYTES || !this.passOversized()) return;
        } else if (error instanceof JsonError) {
          json.rollback();
          const inSkip = this.task === this.skipTask;
          this.task = { run: () => this.recover(error, inSkip), keepsPlace: false };
        } else throw error;
      }
    }
  }

  private tellReplaced(): void {
    const { json, sink } = this;
    const texts = json.replacedTexts - this.toldReplaced;
    if (texts > 0) sink.warn('replaced-text', `up to line ${json.lineOf()}`, texts);
    const nuls = json.nulBytes - this.toldNuls;
    if (nuls > 0) sink.warn('nul-bytes', `up to byte ${json.offset}`, nuls);
    this.toldReplaced = json.replacedTexts;
    this.toldNuls = json.nulBytes;
  }

  private flush(): void {
    for (const { code, example, count } of this.pending) {
      this.warned.add(code);
      this.sink.warn(code, example, count);
    }
    this.pending.length = 0;
  }

  /** One token of structure or one record; false at the end of the input. */
  private step(root: Shape): boolean {
    const json = this.json;
    const frame = this.frames.at(-1);
    if (!frame) {
      if (json.atEnd()) return false;
      // An error must not lead back to the previous line.
      json.commit();
      this.valueOffset = json.offset;
      const type = json.peek();
      if (type === 'object' || type === 'array') {
        this.value(root);
        this.values++;
      } else {
        json.text();
        if (!json.standsAlone()) throw json.error('more text behind a value');
        this.warn('skipped-record', `a ${type} by itself`);
      }
    } else if (frame.isArray) {
      if (json.nextElement()) this.value(frame.shape.elements as Shape);
      else this.frames.pop();
    } else {
      const key = json.nextKey();
      if (key === null) this.leave(true);
      else {
        const shape = frame.shape.fields?.get(key);
        if (!shape) this.beginSkip();
        else if (!json.tryNull()) this.value(shape);
      }
    }
    return true;
  }

  private value(shape: Shape): void {
    const type = this.json.peek();
    if (type === 'object' && shape.fields) {
      if (this.frames.length >= MAX_DEPTH) return this.pass('skipped-record', 'nested too deep');
      this.json.beginObject();
      this.frames.push({ shape, isArray: false });
      shape.enter?.();
    } else if (type === 'array' && shape.elements) {
      if (this.frames.length >= MAX_DEPTH) return this.pass('skipped-record', 'nested too deep');
      this.json.beginArray();
      this.frames.push({ shape, isArray: true });
    } else if (shape.read) shape.read(this.json);
    else
      this.pass(
        'broken-record',
        `${type} where ${shape.fields ? 'an object' : 'an array'} should be`,
      );
  }

  private leave(whole: boolean): void {
    const frame = this.frames.pop();
    if (frame && !frame.isArray) frame.shape.leave?.(whole);
  }

  private pass(code: DiagnosticCode, what: string): void {
    this.warn(code, what);
    this.beginSkip();
  }

  private beginSkip(): void {
    this.json.beginSkip();
    this.task = this.skipTask;
  }

  /** @returns false if nothing needs to be skipped, and reading can continue */
  private passOversized(): boolean {
    const what = `a record of more than ${MAX_RECORD_BYTES >> 20} MiB`;
    if (this.task?.keepsPlace) return false;
    if (this.task) {
      // Broken, and its end was not found.
      this.breakOff('broken-record', `${what}, line ${this.json.lineOf()}`);
      this.task = { run: () => this.json.seekLine(true), keepsPlace: true };
      const reached = this.json.offset + this.json.uncommitted;
      this.rereadBytes += this.json.uncommitted;
      if (this.rereadBytes > MAX_REREADS * reached) this.json.goTo(reached);
    } else {
      try {
        this.enterValue();
      } catch (error) {
        if (error !== MORE) throw error;
        this.json.rollback();
        return false;
      }
      this.pass('broken-record', what);
    }
    this.json.commit();
    this.flush();
    return true;
  }

  /** Reads the tokens before the value that failed, which were good the first time. */
  private enterValue(): void {
    const frame = this.frames.at(-1);
    if (!frame) this.json.atEnd();
    else if (frame.isArray) this.json.nextElement();
    else this.json.nextKey();
  }

  /** Called after an error, at the last good place. */
  private recover(error: JsonError, inSkip: boolean): void {
    const json = this.json;
    const frame = this.frames.at(-1);
    const line = json.lineOf(error.offset);
    if (!frame && !inSkip && !json.atEnd() && !json.atContainer) {
      // A line of other text, such as the program's own log.
      this.report('broken-line', `line ${line}: ${error.message}`);
      this.task = { run: () => json.seekLine(false), keepsPlace: true };
      return;
    }
    json.rollback();
    const where = `${error.message} (line ${line}, byte ${error.offset})`;
    if (!inSkip && this.isSound()) return this.report('broken-record', where);
    let reached = Math.max(error.offset, json.offset);
    json.rollback();
    const begin = json.offset;
    if (this.rereadBytes > MAX_REREADS * reached) {
      if (error instanceof JsonEnd) this.breakOff('truncated', `${this.source.name}: ${where}`);
      else this.breakOff('broken-record', where);
      json.goTo(reached);
      this.task = { run: () => json.seekLine(true), keepsPlace: true };
      return;
    }
    if (inSkip && json.atLineStart) {
      // The next line starts here, so there is nothing to search for.
      this.rereadBytes += reached - begin;
      this.breakOff('broken-line', `line ${json.lineOf() - 1}: ${error.message}`);
      return;
    }
    const singleLine = json.onLineOf(this.valueOffset);
    const nextBegins = json.nextLineBegins();
    if (error instanceof JsonEnd && !(singleLine && nextBegins)) {
      this.ended = true;
      if (frame?.isArray && frame.shape.mayStayOpen && this.frames.length === 1 && json.atEnd())
        return;
      this.breakOff('truncated', `${this.source.name}: ${this.source.fault ?? where}`);
      return;
    }
    const inLines = singleLine && (nextBegins || this.values > (frame ? 1 : 0));
    if (!inLines && !inSkip && frame) {
      try {
        if (json.skipBroken(singleLine, frame.isArray ? ']' : '}')) {
          return this.report('broken-record', where);
        }
      } catch (end) {
        if (!(end instanceof JsonEnd)) throw end;
      }
      reached = Math.max(reached, json.offset);
      json.rollback();
    }
    this.rereadBytes += reached - begin;
    if (inLines) this.breakOff('broken-line', `line ${json.lineOf()}: ${error.message}`);
    else this.breakOff('broken-record', where);
    this.task = { run: () => json.seekLine(!inLines), keepsPlace: true };
  }

  /** Skips the value that failed if it is valid JSON that merely does not fit the format. */
  private isSound(): boolean {
    try {
      this.enterValue();
      this.json.value();
      return true;
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      return false;
    }
  }

  /** Abandons all open values. */
  private breakOff(code: DiagnosticCode, example: string): void {
    this.report(code, example);
    while (this.frames.length > 0) this.leave(false);
  }

  private report(code: DiagnosticCode, example: string): void {
    this.pending.push({ code, example, count: 1 });
  }
}
