/**
 * Zstandard (RFC 8878): any number of frames one after another, and skippable ones between them. Decoded by `zstddec`, which
 * is the reference implementation in WebAssembly and is fetched when the first such file is opened.
 */

/** Bytes decoded at a time. What is left of such a slice has to be decoded before a decoder can be given up. */
const SLICE_BYTES = 32 << 10;

/**
 * The decoder does not look at the library's errors, and asks for the same bytes for ever. A piece may also be empty where a
 * frame begins or is skipped, which takes 8 bytes at least.
 */
const MAX_EMPTY = SLICE_BYTES / 8;

export function isZstd(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return true;
  return a >= 0x50 && a <= 0x5f && b === 0x2a && c === 0x4d && d === 0x18;
}

/**
 * Unpacks `first` and what follows it. Truncated or damaged data yield what was intact; `onFault` then says what was wrong.
 */
export async function* unzstd(
  first: Uint8Array,
  packed: AsyncIterable<Uint8Array>,
  onFault: (fault: string) => void,
): AsyncGenerator<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const input = slices(first, packed);
  // The decoder takes one slice for at least one piece, so one slice is always there when it asks.
  let next = await input.next();
  let isTaken = false;
  const feed: Iterable<Uint8Array> = {
    [Symbol.iterator]: () => ({
      next: () => {
        if (next.done || isTaken) return { done: true, value: undefined };
        isTaken = true;
        return { done: false, value: next.value };
      },
    }),
  };
  const pieces = decoder.decodeStreaming(feed);
  let total = 0;
  let empty = 0;
  let isDamaged = false;
  try {
    for (;;) {
      if (isTaken) {
        next = await input.next();
        isTaken = false;
        empty = 0;
      }
      const piece = pieces.next();
      if (piece.done) return;
      if (piece.value.length > 0) {
        empty = 0;
        total += piece.value.length;
        yield piece.value;
      } else if (++empty > MAX_EMPTY) {
        isDamaged = true;
        break;
      }
    }
  } catch (error) {
    // What it says where the input ends inside a frame.
    if (!(error instanceof Error) || !error.message.startsWith('Incomplete')) throw error;
    isDamaged = true;
  } finally {
    await input.return(undefined);
    next = { done: true, value: undefined };
    if (!isDamaged) giveUp(pieces);
  }
  onFault(
    `the zstd data end early or are damaged after ${total.toLocaleString('en')} unpacked bytes`,
  );
}

/** Lets a decoder that is no longer wanted free its memory, which it does only at the end of its input. */
function giveUp(pieces: Generator<Uint8Array>): void {
  let empty = 0;
  try {
    for (const piece of pieces) if (piece.length === 0 && ++empty > MAX_EMPTY) return;
  } catch {
    // The input ends inside a frame, of course.
  }
}

async function* slices(
  first: Uint8Array,
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of joined(first, packed)) {
    for (let from = 0; from < piece.length; from += SLICE_BYTES) {
      yield piece.subarray(from, from + SLICE_BYTES);
    }
  }
}

async function* joined(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}
