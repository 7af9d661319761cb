/**
 * Tar archives (POSIX.1-2001 pax, ustar and GNU): where each file lies. Nothing is copied.
 * https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13
 */
import type { Input } from '$lib/bytes/input';
import type { Member } from './archive';

const BLOCK = 512;

/** A header of its own for a long name is no longer than this. */
const MAX_EXTENSION = 1 << 20;

const text = new TextDecoder();

export function isTar(head: Uint8Array): boolean {
  return head.length >= BLOCK && isHeader(head);
}

/** The files in the archive, in their order. A cut archive has those that are whole, and the first part of the last. */
export async function tarMembers(input: Input, maxMembers: number): Promise<Member[]> {
  const members: Member[] = [];
  let at = 0;
  let longName: string | null = null;
  let longSize: number | null = null;
  while (at + BLOCK <= input.size && members.length < maxMembers) {
    const header = await input.read(at, BLOCK);
    // Two blocks of zeros end the archive; what follows is padding.
    if (!isHeader(header)) break;
    const size = longSize ?? numberIn(header, 124, 12);
    const start = at + BLOCK;
    const type = String.fromCharCode(header[156]);
    if (type === 'x' || type === 'L') {
      const extension = text.decode(await input.read(start, Math.min(size, MAX_EXTENSION)));
      if (type === 'L') longName = extension.replace(/\0[\s\S]*$/, '');
      else {
        const records = paxRecords(extension);
        longName = records.get('path') ?? longName;
        const stated = Number(records.get('size'));
        longSize = Number.isSafeInteger(stated) ? stated : null;
      }
    } else {
      const isFile = type === '0' || type === '\0' || type === '7';
      const blob = input.blob.slice(start, start + size);
      const name = longName ?? nameIn(header);
      if (isFile) members.push({ name, size, open: () => Promise.resolve(blob) });
      longName = null;
      longSize = null;
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return members;
}

/** Whether the checksum is right: the sum of all bytes, its own taken for spaces. */
function isHeader(block: Uint8Array): boolean {
  if (block[0] === 0) return false;
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : block[i];
  return numberIn(block, 148, 8) === sum;
}

/** Octal digits, or binary where GNU's mark says so. */
function numberIn(block: Uint8Array, at: number, length: number): number {
  if (block[at] & 0x80) {
    let value = block[at] & 0x7f;
    for (let i = at + 1; i < at + length; i++) value = value * 256 + block[i];
    return Number.isSafeInteger(value) ? value : 0;
  }
  const digits = /^ *([0-7]+)/.exec(text.decode(block.subarray(at, at + length)));
  return digits ? parseInt(digits[1], 8) : 0;
}

function nameIn(block: Uint8Array): string {
  const field = (at: number, length: number) =>
    text.decode(block.subarray(at, at + length)).replace(/\0[\s\S]*$/, '');
  const isUstar = text.decode(block.subarray(257, 262)) === 'ustar';
  const prefix = isUstar ? field(345, 155) : '';
  return prefix ? `${prefix}/${field(0, 100)}` : field(0, 100);
}

/** `27 path=a/long/name\n`: the length, a space, key=value. */
function paxRecords(extension: string): Map<string, string> {
  const records = new Map<string, string>();
  for (const line of extension.split('\n')) {
    const match = /^\d+ ([^=]+)=(.*)$/s.exec(line);
    if (match) records.set(match[1], match[2]);
  }
  return records;
}
