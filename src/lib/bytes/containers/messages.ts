/**
 * Messages that follow their length in four bytes, big-endian, as the OpenTelemetry Collector's file exporter writes them:
 * protobuf as it is, or protobuf or JSON with each message compressed by zstd.
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/fileexporter#file-format
 *
 * OTLP messages in a row, without their lengths, are a message of all of them, and so is OTLP JSON.
 */

const LENGTH_BYTES = 4;
/** A compressed message is held whole: what claims to be larger is broken. */
const MAX_COMPRESSED = 256 << 20;

/** Whether bytes begin with a length and such a message. */
export function isMessages(bytes: Uint8Array): boolean {
  // One message without its length also begins with field 1. Read as a length, that would be more than 160 MiB.
  if (bytes[0] === 0x0a && !isZstdFrame(bytes, LENGTH_BYTES)) return false;
  const length = lengthAt(bytes, 0);
  if (!isMessage(bytes, LENGTH_BYTES, length)) return false;
  const next = LENGTH_BYTES + length;
  if (next + LENGTH_BYTES + 8 > bytes.length) return true;
  const nextLength = lengthAt(bytes, next);
  return nextLength === 0 || isMessage(bytes, next + LENGTH_BYTES, nextLength);
}

/**
 * The messages that begin with `first`, unpacked and without their lengths. A message that can't be unpacked is left out, and
 * what is cut at the end is yielded as far as it goes; `onFault` says so.
 */
export async function* unframed(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
  onFault: (fault: string) => void,
): AsyncGenerator<Uint8Array> {
  let piece: Uint8Array = first;
  /** Up to so many bytes that are already there; none at the end. */
  async function take(most: number): Promise<Uint8Array> {
    while (piece.length === 0) {
      const next = await rest.next();
      if (next.done) return piece;
      piece = next.value;
    }
    const part = piece.subarray(0, most);
    piece = piece.subarray(part.length);
    return part;
  }
  async function fill(into: Uint8Array): Promise<boolean> {
    for (let at = 0; at < into.length;) {
      const part = await take(into.length - at);
      if (part.length === 0) return false;
      into.set(part, at);
      at += part.length;
    }
    return true;
  }

  const cut = (number: number) => onFault(`message ${number} ends early`);
  for (let number = 1; ; number++) {
    const start = await take(1);
    if (start.length === 0) return;
    const header = new Uint8Array(LENGTH_BYTES);
    header.set(start);
    if (!(await fill(header.subarray(1)))) return cut(number);
    const length = lengthAt(header, 0);
    const magic = new Uint8Array(Math.min(length, 4));
    if (!(await fill(magic))) return cut(number);
    if (!isZstdFrame(magic, 0)) {
      if (length > 0) yield magic;
      for (let left = length - magic.length; left > 0;) {
        const part = await take(left);
        if (part.length === 0) return cut(number);
        yield part;
        left -= part.length;
      }
      continue;
    }
    if (length > MAX_COMPRESSED) {
      return onFault(
        `message ${number} has ${length.toLocaleString('en')} bytes, too many for one`,
      );
    }
    const packed = new Uint8Array(length);
    packed.set(magic);
    if (!(await fill(packed.subarray(magic.length)))) return cut(number);
    let message: Uint8Array;
    try {
      const { compressors } = await import('hyparquet-compressors');
      message = compressors.ZSTD!(packed, 0);
    } catch {
      onFault(`message ${number} can’t be unpacked: its zstd data are damaged`);
      continue;
    }
    if (message.length > 0) yield message;
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** A zstd frame, or a protobuf field 1 that fits and begins with one of the first three fields. */
function isMessage(bytes: Uint8Array, at: number, length: number): boolean {
  if (length < 2) return false;
  if (isZstdFrame(bytes, at)) return true;
  if (bytes[at] !== 0x0a) return false;
  let inner = 0;
  let pos = at + 1;
  for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
    const byte = bytes[pos++];
    inner += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      return pos - at + inner <= length && [0x0a, 0x12, 0x1a].includes(bytes[pos]);
    }
  }
  return false;
}

function isZstdFrame(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 0x28 && bytes[at + 1] === 0xb5 && bytes[at + 2] === 0x2f && bytes[at + 3] === 0xfd
  );
}
