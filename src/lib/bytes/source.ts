/**
 * What an input contains, in pieces: unpacked where it is gzip or zstd, as bytes or as UTF-8 without a byte order mark. Never the
 * whole file at once.
 */
import { stopIfAborted } from '$lib/model/cancel';
import { gunzip, isGzip } from '$lib/bytes/containers/gunzip';
import { isMessages, unframed } from '$lib/bytes/containers/messages';
import { isZstd, unzstd } from '$lib/bytes/containers/zstd';
import { blobOf } from './blob-of';
import { Input } from './input';
import { encodingOf, toUtf8 } from './text-encoding';

/** Bytes decoded at once: fits in the processor's cache, and keeps memory flat even if they unpack to forty times as much. */
const PIECE_BYTES = 256 << 10;
const HEAD_BYTES = 64 << 10;

/** Traces shrink to a fiftieth at best. What unpacks to more than these is made to fill the memory. */
const MAX_RATIO = 500;
const ALWAYS_ALLOWED_BYTES = 1 << 30;

export interface SourceOptions {
  signal?: AbortSignal;
  /** Bytes of the file, as it is packed, that have been read. */
  onBytes?: (done: number) => void;
  /** Back-pressure: awaited before each piece. */
  ready?: () => Promise<void>;
}

export class Source {
  readonly name: string;
  /** Bytes of the file as it is, packed. */
  readonly size: number;
  /** What is wrong with the packing where the bytes ended early or were damaged; set at the end of `chunks`. */
  fault: string | null = null;
  /** What the bytes are packed in; known once some have been read. */
  container: 'gzip' | 'zstd' | null = null;

  private readonly input: Input;
  private readonly options: SourceOptions;
  private headBytes: Promise<Uint8Array> | null = null;

  constructor(input: Input, options: SourceOptions = {}) {
    this.input = input;
    this.name = input.name;
    this.size = input.size;
    this.options = options;
  }

  /**
   * The first 64 KiB, unpacked and in UTF-8; all of a smaller input. NUL bytes in front are left out: a log that was truncated
   * while it was open begins with as many as it had bytes.
   */
  head(): Promise<Uint8Array> {
    this.headBytes ??= beginning(withoutNuls(this.decoded(true)), HEAD_BYTES);
    return this.headBytes;
  }

  /** The first bytes, unpacked and as they are: files that are no text must not be taken for one. */
  binaryHead(length: number): Promise<Uint8Array> {
    return beginning(this.contents(true), length);
  }

  /** All bytes, unpacked, without decoding; otherwise like `chunks`. */
  binaryChunks({ quiet = false } = {}): AsyncGenerator<Uint8Array> {
    return this.contents(quiet);
  }

  /**
   * All bytes, from the start, in pieces of about 256 KiB. May be called again, to look ahead for something: `quiet` then, so
   * that progress does not run backwards. A piece is the receiver's own.
   *
   * @throws AppError `broken-file` where the file can't be read, AbortError when cancelled
   */
  chunks({ quiet = false } = {}): AsyncGenerator<Uint8Array> {
    return this.decoded(quiet);
  }

  /**
   * The bytes to be read here and there: the input itself, or what it is packed in unpacked. Bytes that broken packing
   * hides are missing at its end.
   */
  async whole(): Promise<Input> {
    await this.binaryHead(1);
    if (this.container === null) return this.input;
    const name = this.name.replace(/\.(gz|zst)$/i, '').replace(/\.tgz$/i, '.tar');
    return new Input(name, await blobOf(this.binaryChunks()));
  }

  /**
   * For what reads `whole()`: called now and then, so that it can be cancelled, waits for the writer and says how far it is.
   * @param share of all bytes, 0 to 1
   */
  async step(share: number): Promise<void> {
    const { signal, ready, onBytes } = this.options;
    await ready?.();
    stopIfAborted(signal);
    onBytes?.(Math.round(share * this.size));
  }

  private async *decoded(quiet: boolean): AsyncGenerator<Uint8Array> {
    const pieces = this.contents(quiet);
    try {
      const first = await pieces.next();
      if (first.done) return;
      const { encoding, skip } = encodingOf(first.value);
      const start = first.value.subarray(skip);
      if (encoding === 'utf-8') {
        if (start.length > 0) yield start;
        yield* pieces;
      } else yield* toUtf8(encoding, start, pieces);
    } finally {
      await pieces.return(undefined);
    }
  }

  /** What is unpacked, without the lengths that messages may have before them. */
  private async *contents(quiet: boolean): AsyncGenerator<Uint8Array> {
    const pieces = this.unpacked(quiet);
    try {
      const first = await pieces.next();
      if (first.done) return;
      if (isMessages(first.value)) {
        yield* unframed(first.value, pieces, (fault) => (this.fault ??= fault));
      } else {
        yield first.value;
        yield* pieces;
      }
    } finally {
      await pieces.return(undefined);
    }
  }

  private async *unpacked(quiet: boolean): AsyncGenerator<Uint8Array> {
    const packed = this.packed(quiet);
    try {
      const first = await packed.next();
      if (first.done) return;
      if (isGzip(first.value)) {
        this.container = 'gzip';
        yield* this.limited(
          gunzip(first.value, packed, PIECE_BYTES, (fault) => (this.fault = fault)),
        );
      } else if (isZstd(first.value)) {
        this.container = 'zstd';
        yield* this.limited(unzstd(first.value, packed, (fault) => (this.fault = fault)));
      } else {
        yield first.value;
        yield* packed;
      }
    } finally {
      await packed.return(undefined);
    }
  }

  private async *limited(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    const limit = Math.max(ALWAYS_ALLOWED_BYTES, MAX_RATIO * this.size);
    let total = 0;
    for await (const piece of pieces) {
      total += piece.length;
      if (total > limit) {
        this.fault = `it unpacks to more than ${MAX_RATIO} times its size, and is read no further than ${limit.toLocaleString('en')} bytes`;
        return;
      }
      yield piece;
    }
  }

  private async *packed(quiet: boolean): AsyncGenerator<Uint8Array> {
    const { signal, ready, onBytes } = this.options;
    let at = 0;
    for await (const value of this.input.stream()) {
      for (let from = 0; from < value.length; from += PIECE_BYTES) {
        await ready?.();
        stopIfAborted(signal);
        const piece = value.subarray(from, from + PIECE_BYTES);
        yield piece;
        at += piece.length;
        if (!quiet) onBytes?.(at);
      }
    }
  }
}

async function* withoutNuls(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isStart = true;
  for await (const piece of pieces) {
    let from = 0;
    if (isStart) while (from < piece.length && piece[from] === 0) from++;
    if (from === piece.length) continue;
    isStart = false;
    yield piece.subarray(from);
  }
}

/** Up to so many bytes of the start. */
async function beginning(
  pieces: AsyncGenerator<Uint8Array>,
  maxLength: number,
): Promise<Uint8Array> {
  const head = new Uint8Array(maxLength);
  let length = 0;
  for await (const piece of pieces) {
    const part = piece.subarray(0, maxLength - length);
    head.set(part, length);
    length += part.length;
    if (length === maxLength) break;
  }
  return head.subarray(0, length);
}
