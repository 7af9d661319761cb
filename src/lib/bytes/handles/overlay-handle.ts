/** Writes over a handle that must not change: a copy that holds only the blocks that differ. */
import type { Handle } from './handle';

const BLOCK_BYTES = 1 << 18;

export class OverlayHandle implements Handle {
  /** Whole blocks that were written to. */
  readonly #blocks = new Map<number, Uint8Array<ArrayBuffer>>();
  readonly #base: Handle;
  #size: number;

  constructor(base: Handle) {
    this.#base = base;
    this.#size = base.getSize();
  }

  read(buffer: Uint8Array, { at }: { at: number }): number {
    const length = Math.max(0, Math.min(buffer.byteLength, this.#size - at));
    for (let done = 0; done < length;) {
      const index = Math.floor((at + done) / BLOCK_BYTES);
      const offset = (at + done) % BLOCK_BYTES;
      const step = Math.min(length - done, BLOCK_BYTES - offset);
      const target = buffer.subarray(done, done + step);
      const block = this.#blocks.get(index);
      if (block) target.set(block.subarray(offset, offset + step));
      else this.#readBase(target, at + done);
      done += step;
    }
    return length;
  }

  write(buffer: Uint8Array, { at }: { at: number }): number {
    const length = buffer.byteLength;
    for (let done = 0; done < length;) {
      const index = Math.floor((at + done) / BLOCK_BYTES);
      const offset = (at + done) % BLOCK_BYTES;
      const step = Math.min(length - done, BLOCK_BYTES - offset);
      this.#own(index).set(buffer.subarray(done, done + step), offset);
      done += step;
    }
    this.#size = Math.max(this.#size, at + length);
    return length;
  }

  getSize(): number {
    return this.#size;
  }

  truncate(size: number): void {
    // Bytes regained by growing must read as zeros, not as the old content.
    const first = Math.floor(size / BLOCK_BYTES);
    const last = Math.ceil(Math.max(this.#size, this.#base.getSize()) / BLOCK_BYTES);
    for (let index = first; index < last; index++) {
      const from = index === first ? size % BLOCK_BYTES : 0;
      if (index === first && from > 0) this.#own(index).fill(0, from);
      else this.#blocks.set(index, new Uint8Array(BLOCK_BYTES));
    }
    this.#size = size;
  }

  flush(): void {}
  /** Does not close the base, which it does not own. */
  close(): void {}

  #own(index: number): Uint8Array<ArrayBuffer> {
    let block = this.#blocks.get(index);
    if (!block) {
      block = new Uint8Array(BLOCK_BYTES);
      this.#readBase(block, index * BLOCK_BYTES);
      this.#blocks.set(index, block);
    }
    return block;
  }

  #readBase(target: Uint8Array, at: number): void {
    const there = Math.max(0, Math.min(target.byteLength, this.#base.getSize() - at));
    if (there > 0) this.#base.read(target.subarray(0, there), { at });
    if (there < target.byteLength) target.fill(0, there);
  }
}
