/** Encodings other than UTF-8, found by their marks and turned into UTF-8 piece by piece. */

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Tabs, line breaks, blank, and what JSON text begins with. */
const JSON_START = new Set([0x09, 0x0a, 0x0d, 0x20, 0x5b, 0x7b]);

/** What a line of names begins with: letters, digits, a quote, an underscore. */
const isName = (byte: number) =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x22 ||
  byte === 0x5f;

/**
 * How text is encoded, by its byte order mark or, without one, by the zero bytes that UTF-16 has between the characters of
 * JSON or of a line of names. `skip` is the length of the mark. Binary files are called `utf-8`: they stay as they are.
 */
export function encodingOf(bytes: Uint8Array): { encoding: Encoding; skip: number } {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', skip: 3 };
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', skip: 2 };
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', skip: 2 };
  if (JSON_START.has(a) && b === 0 && c !== 0 && d === 0) return { encoding: 'utf-16le', skip: 0 };
  if (a === 0 && JSON_START.has(b) && c === 0 && d !== 0) return { encoding: 'utf-16be', skip: 0 };
  if (isName(a) && b === 0 && isName(c) && d === 0) return { encoding: 'utf-16le', skip: 0 };
  if (a === 0 && isName(b) && c === 0 && isName(d)) return { encoding: 'utf-16be', skip: 0 };
  return { encoding: 'utf-8', skip: 0 };
}

/** UTF-16 pieces, which may be cut inside a character, as UTF-8 pieces. Lone surrogates become U+FFFD. */
export async function* toUtf8(
  encoding: Encoding,
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  const encoder = new TextEncoder();
  const convert = (bytes?: Uint8Array) =>
    encoder.encode(bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode());
  const head = convert(first);
  if (head.length > 0) yield head;
  for await (const bytes of rest) {
    const piece = convert(bytes);
    if (piece.length > 0) yield piece;
  }
  const tail = convert();
  if (tail.length > 0) yield tail;
}
