/** What a file is, by its first bytes alone: the one place that tells. Packing does not matter. */
import type { Source } from '$lib/bytes/source';
import type { Format } from '$lib/formats/contract';
import { FORMATS } from '$lib/formats/registry';

export type Detected =
  { kind: 'database' } | { kind: 'format'; format: Format } | { kind: 'unknown' };

/** `DUCK` stands behind the checksum of the first header. */
const DUCK = [0x44, 0x55, 0x43, 0x4b];
const DUCK_AT = 8;

export async function detect(source: Source): Promise<Detected> {
  const start = await source.binaryHead(DUCK_AT + DUCK.length);
  if (DUCK.every((byte, i) => start[DUCK_AT + i] === byte)) return { kind: 'database' };
  const head = await source.head();
  const format = FORMATS.find((candidate) => candidate.sniff(head));
  return format ? { kind: 'format', format } : { kind: 'unknown' };
}
