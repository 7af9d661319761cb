/** An input's content as bytes: nothing of a file that is no text may be taken for the mark of an encoding. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { detect } from '$lib/engine/open/detect';

/** Begins like a DuckDB file whose checksum looks like the mark of an encoding. */
function databaseWith(mark: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(300_000).map((_, i) => i % 251);
  bytes.set(mark);
  bytes.set(new TextEncoder().encode('DUCK'), 8);
  return bytes;
}

describe.each([
  ['UTF-16 LE', [0xff, 0xfe]],
  ['UTF-16 BE', [0xfe, 0xff]],
  ['UTF-8', [0xef, 0xbb, 0xbf]],
])('a database that begins like %s', (_, mark) => {
  const bytes = databaseWith(mark);

  it.each([
    ['plain', null, bytes],
    ['packed', 'gzip', new Uint8Array(gzipSync(bytes))],
  ] as const)('is known and read as it is, %s', async (_how, container, packed) => {
    const source = new Source(new Input('x', new Blob([packed])));
    expect(await detect(source)).toEqual({ kind: 'database' });
    expect(source.container).toBe(container);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of source.binaryChunks()) parts.push(chunk.slice());
    const read = new Uint8Array(await new Blob(parts).arrayBuffer());
    expect(Buffer.compare(read, bytes)).toBe(0);
  });
});

it('an input gives parts of itself, fewer bytes at its end', async () => {
  const input = Input.ofText('x', 'abcdef');
  expect(input.size).toBe(6);
  expect(new TextDecoder().decode(await input.read(1, 3))).toBe('bcd');
  expect(new TextDecoder().decode(await input.read(4, 10))).toBe('ef');
});
