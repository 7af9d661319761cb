/** A window that moves over a message of any size, for reading its parts one by one. */

export class WireStream {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the next byte is in `bytes`. */
  pos = 0;
  /** Where `bytes` begins in the whole. */
  private start = 0;
  private isAtEnd = false;

  constructor(private readonly pieces: AsyncGenerator<Uint8Array>) {}

  /** Of the next byte in the whole. */
  get offset(): number {
    return this.start + this.pos;
  }

  get available(): number {
    return this.bytes.length - this.pos;
  }

  /** Reads until so many bytes are there. False at the end of the input, with fewer of them. */
  async need(count: number): Promise<boolean> {
    if (this.available >= count) return true;
    const parts = [this.bytes.subarray(this.pos)];
    let length = parts[0].length;
    while (length < count && !this.isAtEnd) {
      const { done, value } = await this.pieces.next();
      if (done) this.isAtEnd = true;
      else {
        parts.push(value);
        length += value.length;
      }
    }
    this.start += this.pos;
    this.pos = 0;
    const full = parts.filter((part) => part.length > 0);
    this.bytes = full.length === 1 ? full[0] : joined(full, length);
    return length >= count;
  }

  /** False if the input ends before. */
  async skip(count: number): Promise<boolean> {
    let left = count;
    while (left > this.available) {
      left -= this.available;
      this.pos = this.bytes.length;
      if (!(await this.need(1))) return false;
    }
    this.pos += left;
    return true;
  }

  async close(): Promise<void> {
    await this.pieces.return(undefined);
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
