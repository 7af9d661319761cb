/**
 * Zip archives. The directory is read by zip.js, which knows zip64, archives with something in front, and names in other
 * encodings; members are read where they lie, and unpacked by the platform's own inflate or by `zstddec`.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { AppError } from '$lib/model/errors';
import { blobOf } from '$lib/bytes/blob-of';
import type { Input } from '$lib/bytes/input';
import type { Member } from './archive';
import { unzstd } from './zstd';

const STORED = 0;
const DEFLATED = 8;
const ZSTD = 93;

/** Of the header in front of a member's bytes; its last two fields say how long name and extra field are. */
const LOCAL_HEADER_BYTES = 30;

export function isZip(head: Uint8Array): boolean {
  const [p, k, a, b] = head;
  // The last is an archive without members.
  return p === 0x50 && k === 0x4b && ((a === 3 && b === 4) || (a === 5 && b === 6));
}

/** @throws AppError `broken-file` where the directory, which comes last, is missing or damaged. */
export async function zipMembers(input: Input, maxMembers: number): Promise<Member[]> {
  const { ZipReader } = await import('@zip.js/zip.js/lib/zip-core-reader.js');
  const reader = new ZipReader({
    size: input.size,
    init: () => Promise.resolve(),
    readUint8Array: (at: number, length: number) => input.read(at, length),
  } as never);
  const members: Member[] = [];
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (members.length >= maxMembers) break;
      if (entry.directory) continue;
      members.push({
        name: entry.filename,
        size: entry.uncompressedSize,
        open: (maxBytes) => open(input, entry, maxBytes),
      });
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'broken-file',
      `${input.name} is a zip archive whose directory is missing or damaged: it may have been cut. Copy or download it again.`,
      { file: input.name },
      error,
    );
  } finally {
    await reader.close();
  }
  return members;
}

interface Entry {
  filename: string;
  encrypted: boolean;
  compressionMethod: number;
  compressedSize: number;
  uncompressedSize: number;
  offset: number;
}

async function open(input: Input, entry: Entry, maxBytes?: number): Promise<Blob> {
  const unreadable = (why: string) =>
    new AppError('broken-file', `${entry.filename} in ${input.name} ${why}.`, { file: input.name });
  if (entry.encrypted) throw unreadable('is encrypted. Unpack the archive first');
  const header = await input.read(entry.offset, LOCAL_HEADER_BYTES);
  if (header.length < LOCAL_HEADER_BYTES) throw unreadable('is missing: the archive is damaged');
  const view = new DataView(header.buffer);
  const start =
    entry.offset + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  const packed = input.blob.slice(start, start + entry.compressedSize);
  if (entry.compressionMethod === STORED) {
    return maxBytes === undefined ? packed : packed.slice(0, maxBytes);
  }
  // More than the directory states is no longer the member.
  const limit = Math.min(entry.uncompressedSize, maxBytes ?? Infinity);
  switch (entry.compressionMethod) {
    case DEFLATED:
      return blobOf(limited(inflate(packed), limit));
    case ZSTD:
      return blobOf(limited(unzstdOf(packed), limit));
    default:
      throw unreadable(
        `is packed by method ${entry.compressionMethod}, which can’t be read. Unpack the archive first`,
      );
  }
}

/** What damaged data still hold. */
async function* inflate(packed: Blob): AsyncGenerator<Uint8Array> {
  const stream = packed.stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader();
  try {
    for (;;) {
      // Damaged: the reader of the member's own format says that it ends early.
      const piece = await reader.read().catch(() => null);
      if (!piece || piece.done) return;
      yield piece.value;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function* unzstdOf(packed: Blob): AsyncGenerator<Uint8Array> {
  yield* unzstd(new Uint8Array(), packed.stream() as never, () => undefined);
}

async function* limited(
  pieces: AsyncGenerator<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let left = maxBytes;
  for await (const piece of pieces) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}
