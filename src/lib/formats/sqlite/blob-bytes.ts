/** Bytes that SQLite asks for here and there, at once: it can't wait for them. */
import type { Input } from '$lib/bytes/input';

export interface SyncBytes {
  readonly size: number;
  /** Copies the bytes from `at` on. @returns how many there were: fewer than asked for at the end */
  read(at: number, into: Uint8Array): number;
}

const BLOCK_BYTES = 64 << 10;
/** Together 32 MiB. */
const MAX_BLOCKS = 512;

/** Reads whole blocks and keeps those that were asked for last. */
export class CachedBlocks implements SyncBytes {
  /** The least recently used first. */
  private readonly blocks = new Map<number, Uint8Array>();

  /** @param slice the bytes from `start` to before `end` */
  constructor(
    readonly size: number,
    private readonly slice: (start: number, end: number) => Uint8Array,
    private readonly maxBlocks = MAX_BLOCKS,
  ) {}

  read(at: number, into: Uint8Array): number {
    const end = Math.min(at + into.length, this.size);
    for (let from = at; from < end;) {
      const no = Math.floor(from / BLOCK_BYTES);
      const start = no * BLOCK_BYTES;
      const part = this.block(no).subarray(from - start, end - start);
      into.set(part, from - at);
      from += part.length;
    }
    return Math.max(0, end - at);
  }

  private block(no: number): Uint8Array {
    let block = this.blocks.get(no);
    if (block) this.blocks.delete(no);
    else {
      const start = no * BLOCK_BYTES;
      block = this.slice(start, Math.min(start + BLOCK_BYTES, this.size));
      if (block.length === 0) throw new Error('The file has become shorter.');
      if (this.blocks.size >= this.maxBlocks) {
        for (const oldest of this.blocks.keys()) {
          this.blocks.delete(oldest);
          break;
        }
      }
    }
    this.blocks.set(no, block);
    return block;
  }
}

/** Only workers have it. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** In a worker the file stays where it is; elsewhere (in Node) all of it is read first. */
export async function syncBytes(input: Input): Promise<SyncBytes> {
  if (typeof FileReaderSync === 'undefined') {
    const bytes = await input.read(0, input.size);
    return new CachedBlocks(input.size, (start, end) => bytes.subarray(start, end));
  }
  const reader = new FileReaderSync();
  return new CachedBlocks(
    input.size,
    (start, end) => new Uint8Array(reader.readAsArrayBuffer(input.blob.slice(start, end))),
  );
}
