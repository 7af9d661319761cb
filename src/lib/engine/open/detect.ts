/** Identifies files by their first bytes, compressed or not; the only place that does. */
import type { Source } from '$lib/bytes/source';
import type { Format } from '$lib/formats/contract';
import type { Mapping } from '$lib/model/mapping';
import { FORMATS } from '$lib/formats/registry';

export type Detected =
  { kind: 'database' } | { kind: 'format'; format: Format } | { kind: 'unknown' };

/** `DUCK` follows the checksum of the first header. */
const DUCK = [0x44, 0x55, 0x43, 0x4b];
const DUCK_AT = 8;

/** @param mapping what the columns of a table mean: then it is one, whatever else it looks like */
export async function detect(source: Source, mapping?: Mapping): Promise<Detected> {
  const start = await source.binaryHead(DUCK_AT + DUCK.length);
  if (DUCK.every((byte, i) => start[DUCK_AT + i] === byte)) return { kind: 'database' };
  const head = await source.head();
  const table = () => FORMATS.find((candidate) => candidate.sniffTable?.(head, mapping));
  const format =
    (mapping && table()) ?? FORMATS.find((candidate) => candidate.sniff(head)) ?? table();
  return format ? { kind: 'format', format } : { kind: 'unknown' };
}
