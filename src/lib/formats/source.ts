/**
 * The bytes of one input, in pieces: unpacked where it is gzip, always UTF-8 without a byte order mark. Never the whole
 * file at once.
 */
import { AppError, abortError } from '$lib/model/errors';
import { gunzip, isGzip } from './gunzip';
import { encodingOf, toUtf8 } from './transcode';

/** Small enough that progress moves and memory stays flat, large enough that a read costs nothing per byte. */
const SLICE_BYTES = 1 << 20;
/** Trace files pack 10 to 40 times: what one slice unpacks to waits in memory. */
const PACKED_SLICE_BYTES = 256 << 10;
/** Slices that are on their way while one is used. */
const READ_AHEAD = 2;
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
    for await (const piece of this.decoded(HEAD_BYTES, true)) {
      const part = piece.subarray(0, HEAD_BYTES - length);
      head.set(part, length);
      length += part.length;
      if (length === HEAD_BYTES) break;
    }
    return head.subarray(0, length);
  }

  /**
   * All bytes, from the start, in pieces of about 1 MiB. May be called again, to look ahead for something: `quiet` then, so
   * that progress does not run backwards. A piece is the receiver's own.
   *
   * @throws AppError `broken-file` where the file can't be read, AbortError when cancelled
   */
  chunks({ quiet = false } = {}): AsyncGenerator<Uint8Array> {
    return this.decoded(SLICE_BYTES, quiet);
  }

  private async *decoded(sliceBytes: number, quiet: boolean): AsyncGenerator<Uint8Array> {
    const magic = await this.slice(0, 4);
    const unpacked = isGzip(magic)
      ? gunzip(
          this.packed(Math.min(sliceBytes, PACKED_SLICE_BYTES), quiet),
          sliceBytes,
          (fault) => {
            this.fault = fault;
          },
        )
      : this.packed(sliceBytes, quiet);
    try {
      const first = await unpacked.next();
      if (first.done) return;
      const { encoding, skip } = encodingOf(first.value);
      const start = first.value.subarray(skip);
      if (encoding === 'utf-8') {
        if (start.length > 0) yield start;
        yield* unpacked;
      } else yield* toUtf8(encoding, start, unpacked);
    } finally {
      await unpacked.return(undefined);
    }
  }

  private async *packed(sliceBytes: number, quiet: boolean): AsyncGenerator<Uint8Array> {
    const { signal, ready, onBytes } = this.options;
    const waiting: Promise<Uint8Array>[] = [];
    let asked = 0;
    let at = 0;
    while (at < this.size) {
      await ready?.();
      if (signal?.aborted) throw abortError();
      // The disk reads on while a piece is being decoded.
      while (asked < this.size && waiting.length <= READ_AHEAD) {
        const slice = this.slice(asked, asked + sliceBytes);
        slice.catch(() => undefined);
        waiting.push(slice);
        asked += sliceBytes;
      }
      const bytes = await (waiting.shift() as Promise<Uint8Array>);
      at += bytes.length;
      yield bytes;
      if (!quiet) onBytes?.(at);
    }
  }

  private async slice(from: number, to: number): Promise<Uint8Array> {
    if (from >= this.size) return new Uint8Array(0);
    try {
      return new Uint8Array(await this.blob.slice(from, to).arrayBuffer());
    } catch (cause) {
      throw new AppError(
        'broken-file',
        `${this.name} can no longer be read at byte ${from}: it may have been changed, moved or removed since it was chosen.`,
        { file: this.name, byte: String(from) },
        cause,
      );
    }
  }
}
