/** Named bytes to open: a file, the response of an address, a text. Read piece by piece. */
import { AppError } from '$lib/model/errors';

export class Input {
  constructor(
    readonly name: string,
    /** Where the bytes lie. Crosses to other workers, which make an Input of their own of it. */
    readonly blob: Blob,
  ) {}

  /** A text, in UTF-8. */
  static ofText(name: string, text: string): Input {
    return new Input(name, new Blob([text]));
  }

  /** In bytes as stored, compressed. */
  get size(): number {
    return this.blob.size;
  }

  /**
   * The bytes from `at` on: `length` of them, fewer at the end.
   * @throws AppError `broken-file` where they can't be read any more.
   */
  async read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return new Uint8Array(await this.blob.slice(at, at + length).arrayBuffer());
    } catch (cause) {
      throw this.unreadable(at, cause);
    }
  }

  /**
   * All bytes from the start, in pieces of whatever size.
   * @throws AppError `broken-file` where they can't be read any more.
   */
  async *stream(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    // Twice as fast as reading slice by slice, and it reads on while a piece is being decoded.
    const reader = this.blob.stream().getReader();
    let at = 0;
    try {
      for (;;) {
        const { done, value } = await reader.read().catch((cause) => {
          throw this.unreadable(at, cause);
        });
        if (done) return;
        yield value;
        at += value.length;
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
