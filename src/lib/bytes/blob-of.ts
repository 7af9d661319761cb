/** Handed to the browser, which may keep it on disk, in parts of this size. */
const PART_BYTES = 64 << 20;

/** All bytes as a Blob. */
export async function blobOf(pieces: AsyncIterable<Uint8Array>): Promise<Blob> {
  const done: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    parts.push(piece.slice());
    if ((bytes += piece.length) < PART_BYTES) continue;
    done.push(new Blob(parts));
    parts = [];
    bytes = 0;
  }
  return new Blob([...done, ...parts]);
}
