/**
 * Inspect's `.eval`: a zip with the log's header and each sample as a file of JSON. Put together they are the log as Inspect
 * writes it in JSON, which `inspect.ts` reads.
 * https://inspect.aisi.org.uk/eval-logs.html
 */
import { Input } from '$lib/bytes/input';
import type { Member } from '$lib/bytes/containers/archive';
import { AppError } from '$lib/model/errors';

/** Written at the end, with all that the log says but its samples. */
const HEADER = 'header.json';
/** Written at the beginning: what a log has that never ended. */
const START = '_journal/start.json';
const SAMPLE = /^samples\/.+\.json$/;

export function isEval(members: readonly Member[]): boolean {
  return members.some(({ name }) => name === HEADER || name === START);
}

/** @throws AppError `broken-file` */
export async function logOfEval(name: string, members: readonly Member[]): Promise<Input> {
  // A file that was written again stands twice, and the last one counts.
  const byName = new Map(members.map((member) => [member.name, member]));
  const header = byName.get(HEADER) ?? byName.get(START)!;
  const text = await (await header.open()).text();
  const end = text.lastIndexOf('}');
  if (end < 0) {
    throw new AppError('broken-file', `${header.name} in ${name} ends early.`, { file: name });
  }
  const parts: BlobPart[] = [text.slice(0, end), ',"samples":['];
  let isFirst = true;
  for (const member of byName.values()) {
    if (!SAMPLE.test(member.name)) continue;
    if (!isFirst) parts.push(',');
    parts.push(await member.open());
    isFirst = false;
  }
  parts.push(']}');
  return new Input(name, new Blob(parts));
}
