/** JSON strings that contain escapes. This path is hot too: the inputs and outputs of language models are full of them. */
import { BACKSLASH } from './window';
import { decodeUtf8 } from './string-cache';

const ESCAPES = new Uint8Array(256);
for (const [escape, plain] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
  ESCAPES[escape.charCodeAt(0)] = plain.charCodeAt(0);
}

/** Grows with the longest string. */
let scratch = new Uint8Array(1024);

/**
 * The string between two quotes; null if it contains an escape that JSON does not define. Lone surrogates and NUL, which
 * the dataset can't store, become U+FFFD.
 */
export function unescapeJson(bytes: Uint8Array, from: number, to: number): string | null {
  if (scratch.length < to - from) scratch = new Uint8Array((to - from) * 2);
  const plain = scratch;
  let length = 0;
  for (let at = from; at < to; at++) {
    const c = bytes[at];
    if (c !== BACKSLASH) {
      plain[length++] = c;
      continue;
    }
    const escape = bytes[++at];
    if (escape !== 0x75) {
      if (ESCAPES[escape] === 0) return null;
      plain[length++] = ESCAPES[escape];
      continue;
    }
    let unit = hex4(bytes, at + 1, to);
    if (unit < 0) return null;
    at += 4;
    const isHigh = unit >= 0xd800 && unit < 0xdc00;
    if (isHigh && bytes[at + 1] === BACKSLASH && bytes[at + 2] === 0x75) {
      const low = hex4(bytes, at + 3, to);
      if (low >= 0xdc00 && low < 0xe000) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      }
    }
    if (unit === 0 || (unit >= 0xd800 && unit < 0xe000)) unit = 0xfffd;
    length = putUtf8(plain, length, unit);
  }
  return decodeUtf8(plain, 0, length);
}

/** Four hex digits, or -1. */
function hex4(bytes: Uint8Array, at: number, to: number): number {
  if (at + 4 > to) return -1;
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const digit = HEX[bytes[i]];
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

const HEX = Int8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return /[0-9a-fA-F]/.test(char) ? parseInt(char, 16) : -1;
});

function putUtf8(bytes: Uint8Array, at: number, point: number): number {
  if (point < 0x80) bytes[at++] = point;
  else if (point < 0x800) {
    bytes[at++] = 0xc0 | (point >> 6);
    bytes[at++] = 0x80 | (point & 0x3f);
  } else if (point < 0x10000) {
    bytes[at++] = 0xe0 | (point >> 12);
    bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
    bytes[at++] = 0x80 | (point & 0x3f);
  } else {
    bytes[at++] = 0xf0 | (point >> 18);
    bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
    bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
    bytes[at++] = 0x80 | (point & 0x3f);
  }
  return at;
}
