/** 128 bits that tell one file's events from another's: ids made of them are the same whenever the file is read. */
export class Fingerprint {
  private readonly lanes = Uint32Array.of(0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f);

  word(word: number): void {
    const { lanes } = this;
    for (let i = 0; i < 4; i++) {
      const mixed = Math.imul(lanes[i] ^ word, MULTIPLIERS[i]);
      lanes[i] = mixed ^ (mixed >>> 15);
    }
  }

  /** By its length and its first characters, which is enough beside times. */
  text(text: string): void {
    this.word(text.length);
    const end = Math.min(text.length, 16);
    for (let i = 0; i < end; i++) this.word(text.charCodeAt(i));
  }

  words(bytes: ArrayBufferLike, length: number): void {
    const words = new Uint32Array(bytes, 0, length);
    for (let i = 0; i < length; i++) this.word(words[i]);
  }

  /** 32 hex digits; each of the four words has its highest bit set, so that no part of it is an id of zeros. */
  hex(): string {
    return Array.from(this.lanes, (lane) => hexWord((lane | 0x80000000) >>> 0)).join('');
  }
}

const MULTIPLIERS = [0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];

/** Eight hex digits of an integer below 2^32. */
export function hexWord(word: number): string {
  return word.toString(16).padStart(8, '0');
}
