/** 128 bits that identify a file's events, so that ids made from them are the same whenever the file is read. */
export class Fingerprint {
  private readonly lanes = Uint32Array.of(0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f);

  word(word: number): void {
    const { lanes } = this;
    for (let i = 0; i < 4; i++) {
      const mixed = Math.imul(lanes[i] ^ word, MULTIPLIERS[i]);
      lanes[i] = mixed ^ (mixed >>> 15);
    }
  }

  /** Hashes only the length and the first characters, which is enough together with the times. */
  text(text: string): void {
    this.word(text.length);
    const end = Math.min(text.length, 16);
    for (let i = 0; i < end; i++) this.word(text.charCodeAt(i));
  }

  words(bytes: ArrayBufferLike, length: number): void {
    const words = new Uint32Array(bytes, 0, length);
    for (let i = 0; i < length; i++) this.word(words[i]);
  }

  /** 32 hex digits. The highest bit of each of the four words is set, so that no part of it is an all-zero id. */
  hex(): string {
    return Array.from(this.lanes, (lane) => hexWord((lane | 0x80000000) >>> 0)).join('');
  }
}

const MULTIPLIERS = [0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];

/** An integer below 2^32 as eight hex digits. */
export function hexWord(word: number): string {
  return word.toString(16).padStart(8, '0');
}
