/**
 * Walks JSON of any size with a window of a few MiB: one value, an array, JSON Lines or values one after another. A format
 * gives a shape of what is too large to be read at once; the leaves of the shape are its records, each read synchronously.
 */
import type { DiagnosticCode, WarningSink } from '$lib/model/diagnostics';
import { JsonEnd, JsonError, JsonReader, MORE } from './reader';
import type { Source } from '$lib/bytes/source';

/** What to do with a value: walk into it, or read it whole. Members that no shape names are skipped. */
export interface Shape {
  /** For an object: the members to walk. */
  fields?: Map<string, Shape>;
  /** For an array: every element. */
  elements?: Shape;
  /** For an array of the top level: that the text ends before its bracket, between two elements, is no fault. */
  mayStayOpen?: boolean;
  /**
   * For any other value: reads all of it. Where the window ends first, it is called again with more, so it must do nothing
   * else before it has read to the end. It may throw JsonError (`json.error`): the value is skipped then and counted.
   */
  read?(json: JsonReader): void;
  /** An object with `fields` begins. */
  enter?(): void;
  /** It has ended; not `whole` where the text broke off inside. */
  leave?(whole: boolean): void;
}

export function fields(shapes: Record<string, Shape>): Map<string, Shape> {
  return new Map(Object.entries(shapes));
}

/** A record is held whole in the window, and its strings must fit in one of JavaScript's. */
const MAX_RECORD_BYTES = 256 << 20;
const MAX_DEPTH = 64;

interface Frame {
  shape: Shape;
  isArray: boolean;
}

/** A step that is not the usual one: skipping something, getting past an error. Repeated when bytes run out. */
interface Task {
  run(): void;
  /** What was got through before the bytes ran out need not be seen again. */
  keepsPlace: boolean;
}

export class JsonWalk {
  readonly json = new JsonReader();
  private readonly frames: Frame[] = [];
  private readonly warned = new Set<DiagnosticCode>();
  /** Of the record that is being read: dropped if it must be read again. */
  private readonly pending: { code: DiagnosticCode; example: string; count: number }[] = [];
  private task: Task | null = null;
  private pausedFor: (() => Promise<void>) | null = null;
  private ended = false;
  /** What the sink knows of. */
  private toldReplaced = 0;
  private toldNuls = 0;
  /** Values of the top level so far, and where the present one began. */
  private values = 0;
  private valueOffset = 0;
  private readonly skipTask: Task = { run: () => this.json.continueSkip(), keepsPlace: true };

  constructor(
    private readonly source: Source,
    private readonly sink: WarningSink,
  ) {}

  /** A recoverable oddity in the record that is being read. The line is added. */
  warn(code: DiagnosticCode, what: string, count = 1): void {
    // Only the first example of each code is kept by anybody, and finding out the line takes time.
    const example = this.warned.has(code) ? what : `${what} (line ${this.json.lineOf()})`;
    this.pending.push({ code, example, count });
  }

  /** Called by `read`, `enter` or `leave`: the walk goes on when the work is done. */
  pauseFor(work: () => Promise<void>): void {
    this.pausedFor = work;
  }

  /**
   * Walks the whole source. Broken values are counted and skipped where what follows can be found again.
   *
   * @param quiet a second look at the same source: no progress
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
    // A record larger than the window is read again and again: doubling keeps that linear.
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

  /** Goes on until bytes run out, a pause is asked for, or the end. */
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
      // An error must not lead back to the line before.
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

  /** @returns false where there is nothing to pass, only more to read */
  private passOversized(): boolean {
    const what = `a record of more than ${MAX_RECORD_BYTES >> 20} MiB`;
    if (this.task?.keepsPlace) return false;
    if (this.task) {
      // Broken, and its end is nowhere near.
      this.breakOff('broken-record', `${what}, line ${this.json.lineOf()}`);
      this.task = { run: () => this.json.seekLine(true), keepsPlace: true };
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

  /** Over the tokens before the value that could not be read, which were good when it was first tried. */
  private enterValue(): void {
    const frame = this.frames.at(-1);
    if (!frame) this.json.atEnd();
    else if (frame.isArray) this.json.nextElement();
    else this.json.nextKey();
  }

  /** After an error, at the last place that was good. */
  private recover(error: JsonError, inSkip: boolean): void {
    const json = this.json;
    const frame = this.frames.at(-1);
    const line = json.lineOf(error.offset);
    if (!frame && !inSkip && !json.atEnd() && !json.atContainer) {
      // A line of something else, such as the program's own log.
      this.report('broken-line', `line ${line}: ${error.message}`);
      this.task = { run: () => json.seekLine(false), keepsPlace: true };
      return;
    }
    json.rollback();
    const where = `${error.message} (line ${line}, byte ${error.offset})`;
    if (!inSkip && this.isSound()) return this.report('broken-record', where);
    json.rollback();
    if (inSkip && json.atLineStart) {
      // The next line is not read yet: nothing to look for.
      this.breakOff('broken-line', `line ${json.lineOf() - 1}: ${error.message}`);
      return;
    }
    const singleLine = json.onLineOf(this.valueOffset);
    const nextBegins = json.nextLineBegins();
    if (error instanceof JsonEnd && !(singleLine && nextBegins)) {
      this.ended = true;
      if (frame?.shape.mayStayOpen && this.frames.length === 1 && json.atEnd()) return;
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
      json.rollback();
    }
    if (inLines) this.breakOff('broken-line', `line ${json.lineOf()}: ${error.message}`);
    else this.breakOff('broken-record', where);
    this.task = { run: () => json.seekLine(!inLines), keepsPlace: true };
  }

  /** Reads over the value that failed if it is sound JSON, only not what the format says. */
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

  /** Gives up what is open. */
  private breakOff(code: DiagnosticCode, example: string): void {
    this.report(code, example);
    while (this.frames.length > 0) this.leave(false);
  }

  private report(code: DiagnosticCode, example: string): void {
    this.pending.push({ code, example, count: 1 });
  }
}
