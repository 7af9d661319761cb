/**
 * The bytes of one input, in pieces: unpacked where it is gzip, always UTF-8 without a byte order mark. Never the whole
 * file at once.
 */
import { AppError, abortError } from '$lib/model/errors';
import { gunzip, isGzip } from '$lib/bytes/containers/gunzip';
import { encodingOf, toUtf8 } from './text-encoding';

/** What is decoded at once: fits in the processor's cache, and keeps memory flat where it unpacks to forty times as much. */
const PIECE_BYTES = 256 << 10;
const HEAD_BYTES = 64 << 10;

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

  private readonly blob: Blob;
  private readonly options: SourceOptions;
  private headBytes: Promise<Uint8Array> | null = null;

  constructor(blob: Blob, name: string, options: SourceOptions = {}) {
    this.blob = blob;
    this.name = name;
    this.size = blob.size;
    this.options = options;
  }

  /** The first 64 KiB, unpacked and in UTF-8; all of a smaller input. */
  head(): Promise<Uint8Array> {
    this.headBytes ??= this.readHead();
    return this.headBytes;
  }

  private async readHead(): Promise<Uint8Array> {
    const head = new Uint8Array(HEAD_BYTES);
    let length = 0;
    for await (const piece of this.decoded(true)) {
      const part = piece.subarray(0, HEAD_BYTES - length);
      head.set(part, length);
      length += part.length;
      if (length === HEAD_BYTES) break;
    }
    return head.subarray(0, length);
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

  private async *decoded(quiet: boolean): AsyncGenerator<Uint8Array> {
    const packed = this.packed(quiet);
    let pieces: AsyncGenerator<Uint8Array> = packed;
    try {
      let first = await pieces.next();
      if (first.done) return;
      if (isGzip(first.value)) {
        pieces = gunzip(first.value, packed, PIECE_BYTES, (fault) => (this.fault = fault));
        first = await pieces.next();
        if (first.done) return;
      }
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

  private async *packed(quiet: boolean): AsyncGenerator<Uint8Array> {
    const { signal, ready, onBytes } = this.options;
    // Twice as fast as reading slice by slice, and it reads on while a piece is being decoded.
    const reader = this.blob.stream().getReader();
    let at = 0;
    try {
      for (;;) {
        const { done, value } = await reader.read().catch((cause) => {
          throw this.unreadable(at, cause);
        });
        if (done) return;
        for (let from = 0; from < value.length; from += PIECE_BYTES) {
          await ready?.();
          if (signal?.aborted) throw abortError();
          const piece = value.subarray(from, from + PIECE_BYTES);
          yield piece;
          at += piece.length;
          if (!quiet) onBytes?.(at);
        }
      }
    } finally {
      reader.cancel().catch(() => undefined);
    }
  }

  private unreadable(at: number, cause: unknown): AppError {
    return new AppError(
      'broken-file',
      `${this.name} can no longer be read at byte ${at}: it may have been changed, moved or removed since it was chosen.`,
      { file: this.name, byte: String(at) },
      cause,
    );
  }
}
