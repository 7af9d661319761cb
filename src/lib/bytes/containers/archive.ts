/** Archives of files. Their members are opened like files of their own; names inside are labels and nothing else. */
import { AppError } from '$lib/model/errors';
import type { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { isTar, tarMembers } from './tar';
import { isZip, zipMembers } from './zip';

/** A file in an archive. */
export interface Member {
  /** With its folders. */
  name: string;
  /** In bytes, unpacked, as the archive states it. */
  size: number;
  /**
   * Its bytes, or with `maxBytes` the first of them.
   * @throws AppError `broken-file` where they are damaged, encrypted or packed in a way that can't be read.
   */
  open(maxBytes?: number): Promise<Blob>;
}

/** No archive of traces has more; what has is not looked through. */
export const MAX_MEMBERS = 10_000;
/** What members may unpack to, all together. */
export const MAX_UNPACKED_BYTES = 8 * 2 ** 30;

/**
 * The files in an archive, a zip or a tar that may itself be packed; null for anything else.
 * @throws AppError `broken-file`
 */
export async function membersOf(input: Input, signal?: AbortSignal): Promise<Member[] | null> {
  const source = new Source(input, { signal });
  const head = await source.binaryHead(512);
  const isZipped = isZip(head);
  if (!isZipped && !isTar(head)) return null;
  const whole = await source.whole();
  const members = isZipped
    ? await zipMembers(whole, MAX_MEMBERS + 1)
    : await tarMembers(whole, MAX_MEMBERS + 1);
  if (members.length > MAX_MEMBERS) {
    throw new AppError(
      'broken-file',
      `${input.name} contains more than ${MAX_MEMBERS.toLocaleString('en')} files. Unpack it, and open those that are traces.`,
      { file: input.name },
    );
  }
  const total = members.reduce((sum, { size }) => sum + size, 0);
  if (total > MAX_UNPACKED_BYTES) {
    throw new AppError(
      'broken-file',
      `${input.name} unpacks to ${total.toLocaleString('en')} bytes; up to ${MAX_UNPACKED_BYTES.toLocaleString('en')} are read. Unpack it, and open the files that are traces.`,
      { file: input.name },
    );
  }
  return members;
}
