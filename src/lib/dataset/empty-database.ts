/**
 * An empty database file of storage version 64, which every DuckDB since 1.0 reads. The engine refuses to attach an empty
 * file for writing, so each new dataset starts from these 12,288 bytes: three headers, made once by native DuckDB (create,
 * CHECKPOINT, close), gzipped here.
 */
const EMPTY_DATABASE =
  'H4sIAAAAAAACA+3XoQrCYBQF4H9gsO1JNjRs8icFbVotRqeLgsVuNFl8P9teY4YxhIFgXPi+cric+wLnlT0O98sz3ezX21X4z22eF3n5u5+VsapiHY9FAAAAAEZgsdxdz83p3d/twPdz0sW0iyTY/wAAAGD/2/8AAAAwFh+kZg2PADAAAA==';

export async function emptyDatabase(): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(EMPTY_DATABASE), (char) => char.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
