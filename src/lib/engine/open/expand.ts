/** Archives among what is opened: their files take their place. */
import { membersOf, type Member } from '$lib/bytes/containers/archive';
import { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { logOfEval, isEval } from '$lib/formats/sessions/eval-archive';
import { stopIfAborted } from '$lib/model/cancel';
import { AppError } from '$lib/model/errors';
import { detect } from './detect';

/** Enough of a file to tell what it is. */
const HEAD_BYTES = 64 << 10;

/** An archive may lie in another one; deeper, it is a file like others. */
const MAX_DEPTH = 2;

/**
 * The files to read: an archive's are named after it. Of a file that no reader takes only the beginning comes, for the
 * message.
 * @throws AppError `broken-file`, `empty-file`; AbortError
 */
export async function expand(
  files: readonly Input[],
  signal: AbortSignal,
  depth = 0,
): Promise<Input[]> {
  const expanded: Input[] = [];
  for (const file of files) {
    stopIfAborted(signal);
    const members = depth < MAX_DEPTH ? await membersOf(file, signal) : null;
    if (!members) expanded.push(file);
    else if (isEval(members)) expanded.push(await logOfEval(file.name, members));
    else expanded.push(...(await expand(await inputsOf(file, members, signal), signal, depth + 1)));
  }
  return expanded;
}

async function inputsOf(file: Input, members: Member[], signal: AbortSignal): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const member of members) {
    stopIfAborted(signal);
    if (member.size === 0 || isHousekeeping(member.name)) continue;
    const name = `${file.name}/${member.name}`;
    const head = new Input(name, await member.open(HEAD_BYTES));
    const isWanted =
      (await detect(new Source(head, { signal }))).kind !== 'unknown' ||
      (await membersOf(head, signal).catch(() => [])) !== null;
    inputs.push(isWanted ? new Input(name, await member.open()) : head);
  }
  if (inputs.length === 0) {
    throw new AppError('empty-file', `${file.name} is an archive without files.`, {
      file: file.name,
    });
  }
  return inputs;
}

/** What file managers add. */
function isHousekeeping(name: string): boolean {
  return /(^|\/)(__MACOSX\/|\.DS_Store$|\._)/.test(name);
}
