/**
 * Where a dataset's bytes are stored. The engine reads and writes a handle as if it were a FileSystemSyncAccessHandle;
 * only the handle differs between a dataset in memory, in the browser's private file system, and a dropped file.
 */

/** The part of FileSystemSyncAccessHandle that the engine calls. Positions and sizes in bytes. */
export interface Handle {
  read(buffer: Uint8Array, options: { at: number }): number;
  write(buffer: Uint8Array, options: { at: number }): number;
  getSize(): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

const CHUNK_BYTES = 1 << 20;

/** Growing memory, in chunks, so that growing never copies what is there. */
export class MemoryHandle implements Handle {
  private chunks: (Uint8Array | undefined)[] = [];
  private size = 0;

  constructor(bytes?: Uint8Array) {
    if (bytes) this.write(bytes, { at: 0 });
  }

  read(buffer: Uint8Array, { at }: { at: number }): number {
    const length = Math.max(0, Math.min(buffer.byteLength, this.size - at));
    for (let done = 0; done < length;) {
      const chunk = this.chunks[Math.floor((at + done) / CHUNK_BYTES)];
      const offset = (at + done) % CHUNK_BYTES;
      const step = Math.min(length - done, CHUNK_BYTES - offset);
      if (chunk) buffer.set(chunk.subarray(offset, offset + step), done);
      else buffer.fill(0, done, done + step);
      done += step;
    }
    return length;
  }

  write(buffer: Uint8Array, { at }: { at: number }): number {
    const length = buffer.byteLength;
    for (let done = 0; done < length;) {
      const index = Math.floor((at + done) / CHUNK_BYTES);
      const offset = (at + done) % CHUNK_BYTES;
      const step = Math.min(length - done, CHUNK_BYTES - offset);
      const chunk = (this.chunks[index] ??= new Uint8Array(CHUNK_BYTES));
      chunk.set(buffer.subarray(done, done + step), offset);
      done += step;
    }
    this.size = Math.max(this.size, at + length);
    return length;
  }

  getSize(): number {
    return this.size;
  }

  truncate(size: number): void {
    if (size < this.size) {
      const keep = Math.ceil(size / CHUNK_BYTES);
      this.chunks.length = Math.min(this.chunks.length, keep);
      this.chunks[keep - 1]?.fill(0, size - (keep - 1) * CHUNK_BYTES);
    }
    this.size = size;
  }

  flush(): void {}
  close(): void {}
}

/** A user's file, read in place; only in workers, where reading can be synchronous. */
export class FileHandle implements Handle {
  private readonly reader = new FileReaderSync();

  constructor(private readonly blob: Blob) {}

  read(buffer: Uint8Array, { at }: { at: number }): number {
    const part = this.blob.slice(at, at + buffer.byteLength);
    buffer.set(new Uint8Array(this.reader.readAsArrayBuffer(part)));
    return part.size;
  }

  write(): number {
    throw new Error('The file is read only');
  }

  getSize(): number {
    return this.blob.size;
  }

  truncate(): void {
    throw new Error('The file is read only');
  }

  flush(): void {}
  close(): void {}
}

/** A handle in front of another. */
abstract class HandleOver implements Handle {
  constructor(protected inner: Handle) {}

  read(buffer: Uint8Array, options: { at: number }): number {
    return this.inner.read(buffer, options);
  }

  write(buffer: Uint8Array, options: { at: number }): number {
    return this.inner.write(buffer, options);
  }

  getSize(): number {
    return this.inner.getSize();
  }

  truncate(size: number): void {
    this.inner.truncate(size);
  }

  flush(): void {
    this.inner.flush();
  }

  close(): void {
    this.inner.close();
  }
}

/** A file of the private file system that moves to memory when the browser gives it no more room. */
export class RoomyHandle extends HandleOver {
  /** False once the bytes are in memory and the file is obsolete. */
  isOnDisk = true;

  override write(buffer: Uint8Array, options: { at: number }): number {
    if (this.isOnDisk) {
      try {
        if (this.inner.write(buffer, options) === buffer.byteLength) return buffer.byteLength;
      } catch {
        // The quota is used up.
      }
      this.moveToMemory();
    }
    return this.inner.write(buffer, options);
  }

  /** Moves the bytes to memory and closes the file; also callable on demand. */
  moveToMemory(): void {
    if (!this.isOnDisk) return;
    const memory = new MemoryHandle();
    const piece = new Uint8Array(CHUNK_BYTES);
    const size = this.inner.getSize();
    for (let at = 0; at < size; at += CHUNK_BYTES) {
      const length = this.inner.read(piece, { at });
      memory.write(piece.subarray(0, length), { at });
    }
    this.inner.close();
    this.inner = memory;
    this.isOnDisk = false;
  }
}

/**
 * A handle that refuses writes once sealed. The engine lets SQL re-attach a read-only database as writable under the
 * path that it knows, so the bytes themselves must refuse.
 */
export class SealableHandle extends HandleOver {
  private sealed = false;

  seal(): void {
    this.sealed = true;
  }

  override write(buffer: Uint8Array, options: { at: number }): number {
    if (this.sealed) throw new Error('The dataset is sealed');
    return super.write(buffer, options);
  }

  override truncate(size: number): void {
    if (this.sealed) throw new Error('The dataset is sealed');
    super.truncate(size);
  }

  override flush(): void {
    if (!this.sealed) super.flush();
  }
}

/**
 * Refuses to read past the end. A database file is read in whole blocks, and for a truncated file the engine
 * requests the missing rest of a block in an endless loop.
 */
export class WholeBlocks extends HandleOver {
  override read(buffer: Uint8Array, options: { at: number }): number {
    const length = super.read(buffer, options);
    if (length < buffer.byteLength) throw new Error(`The file ends at byte ${options.at + length}`);
    return length;
  }
}

/** All bytes of a handle. */
export function readAll(handle: Handle): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(handle.getSize());
  handle.read(bytes, { at: 0 });
  return bytes;
}
