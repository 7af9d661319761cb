/**
 * Gzip (RFC 1952) by the platform's own DecompressionStream, which takes a single member and refuses what follows it. Files
 * that were appended to have many, so each member gets its own stream.
 */

/** How long a stream may stay silent before it counts as drained. Only waited for at the end of a damaged file. */
const SILENCE_MS = 1000;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;
}

/**
 * Unpacks `first` and what follows it, in pieces of about `pieceBytes`. A truncated or damaged file yields what was intact;
 * `onFault` then says what was wrong. If garbage follows the last member, that member's last piece is lost with it.
 */
export async function* gunzip(
  first: Uint8Array,
  packed: AsyncIterable<Uint8Array>,
  pieceBytes: number,
  onFault: (fault: string) => void,
): AsyncGenerator<Uint8Array> {
  const input = packed[Symbol.asyncIterator]();
  let pending = new Uint8Array(0);
  let pendingLength = 0;
  let total = 0;
  let carried: Uint8Array | null = first;
  const state = { fault: null as string | null };
  try {
    for (;;) {
      const member = new Member();
      const rest = feed(member, input, carried);
      rest.catch(() => undefined);
      try {
        for await (const piece of member.pieces()) {
          total += piece.length;
          if (pendingLength + piece.length > pending.length) {
            if (pendingLength > 0) yield pending.subarray(0, pendingLength);
            pending = new Uint8Array(Math.max(pieceBytes, piece.length));
            pendingLength = 0;
          }
          pending.set(piece, pendingLength);
          pendingLength += piece.length;
        }
        carried = await rest;
      } catch (error) {
        if (!(error instanceof GzipFault)) throw error;
        state.fault = `the gzip data end early or are damaged after ${total.toLocaleString('en')} unpacked bytes`;
        break;
      } finally {
        member.cancel();
      }
      if (!carried) break;
    }
    if (pendingLength > 0) yield pending.subarray(0, pendingLength);
    if (state.fault) onFault(state.fault);
  } finally {
    await input.return?.();
  }
}

/** The data are damaged, as opposed to a file that can't be read. */
class GzipFault extends Error {}

/** One platform stream, with a check of its member's last bytes. */
class Member {
  private readonly stream = new DecompressionStream('gzip');
  private readonly writer = this.stream.writable.getWriter();
  private readonly reader = (this.stream.readable as ReadableStream<Uint8Array>).getReader();
  private readonly tail = new Uint8Array(8);
  private fed = 0;
  private produced = 0;
  /** When the reader started waiting for more; null while it is not waiting. */
  private waitingSince: number | null = null;
  private failure: { error: unknown } | null = null;
  private cancelled = false;

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      this.waitingSince = performance.now();
      let result: ReadableStreamReadResult<Uint8Array>;
      try {
        result = await this.reader.read();
      } catch (cause) {
        if (this.failure) throw this.failure.error;
        throw new GzipFault('damaged', { cause });
      }
      this.waitingSince = null;
      if (result.done) return;
      this.produced += result.value.length;
      yield result.value;
    }
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.fed += bytes.length;
    const last = bytes.subarray(-8);
    this.tail.copyWithin(0, last.length);
    this.tail.set(last, 8 - last.length);
    await this.writer.write(bytes);
  }

  /** Does the member end with the last byte that was written? Its last four bytes say how long it is unpacked. */
  async ended(): Promise<boolean> {
    // The smallest member: header, an empty block, trailer.
    if (this.fed < 20) return false;
    const length = new DataView(this.tail.buffer).getUint32(4, true);
    while (!this.cancelled) {
      if (this.produced % 2 ** 32 === length && this.waitingSince !== null) return true;
      await new Promise((done) => setTimeout(done));
      if (this.waitingSince !== null && performance.now() - this.waitingSince > SILENCE_MS)
        return false;
    }
    return false;
  }

  close(): Promise<void> {
    return this.writer.close();
  }

  /** Ends the reader with an error of ours instead of the stream's. */
  fail(error: unknown): void {
    this.failure = { error };
    this.writer.abort(error).catch(() => undefined);
  }

  cancel(): void {
    this.cancelled = true;
    this.reader.cancel().catch(() => undefined);
    this.writer.abort().catch(() => undefined);
  }
}

/** Gives a member its bytes; returns those after it, null at the end of the input. */
async function feed(
  member: Member,
  input: AsyncIterator<Uint8Array>,
  carried: Uint8Array | null,
): Promise<Uint8Array | null> {
  let inputFailure: { error: unknown } | null = null;
  const pull = async () => {
    try {
      return await input.next();
    } catch (error) {
      inputFailure = { error };
      throw error;
    }
  };
  try {
    let bytes = carried;
    // The member's own header is no boundary.
    let from = 1;
    for (;;) {
      if (!bytes) {
        const next = await pull();
        if (next.done) {
          // Waits until everything is read, because an error on closing throws away what was not.
          await member.ended();
          await member.close();
          return null;
        }
        bytes = next.value;
      }
      const boundary = nextHeader(bytes, from);
      if (boundary >= 0) {
        if (boundary > 0) await member.write(bytes.slice(0, boundary));
        bytes = bytes.subarray(boundary);
        if (await member.ended()) {
          await member.close();
          return bytes;
        }
        from = 1;
        continue;
      }
      // A header may lie across two pieces: keep what could be its start.
      const keep = Math.min(bytes.length, HEADER_BYTES - 1);
      const next: IteratorResult<Uint8Array> = await pull();
      if (next.done) {
        await member.write(bytes.slice());
        bytes = null;
        from = 0;
        continue;
      }
      await member.write(bytes.slice(0, bytes.length - keep));
      from = Math.max(0, from - (bytes.length - keep));
      const joined: Uint8Array = new Uint8Array(keep + next.value.length);
      joined.set(bytes.subarray(bytes.length - keep));
      joined.set(next.value, keep);
      bytes = joined;
    }
  } catch (error) {
    const failure = inputFailure as { error: unknown } | null;
    const reason = failure ? failure.error : new GzipFault('damaged', { cause: error });
    member.fail(reason);
    throw reason;
  }
}

const HEADER_BYTES = 10;

/** Where the header of a member could be: magic, deflate, no reserved flags, known XFL and OS. */
function nextHeader(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0x1f, from); at >= 0; at = bytes.indexOf(0x1f, at + 1)) {
    if (at + HEADER_BYTES > bytes.length) return -1;
    if (bytes[at + 1] !== 0x8b || bytes[at + 2] !== 0x08 || bytes[at + 3] > 0x1f) continue;
    const extra = bytes[at + 8];
    const system = bytes[at + 9];
    if ((extra === 0 || extra === 2 || extra === 4) && (system <= 13 || system === 255)) return at;
  }
  return -1;
}
