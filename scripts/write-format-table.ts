/** `npm run docs`: writes the README's table of formats from `$lib/model/accepted-formats`; a test compares them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { ACCEPTED_FORMATS } from '../src/lib/model/accepted-formats';

const README = fileURLToPath(new URL('../README.md', import.meta.url));
const TABLE = /(?<=<!-- formats: npm run docs -->\n\n)\|.*?\n(?=\n)/s;

/** The README with the current table. */
export async function withFormatTable(readme: string): Promise<string> {
  if (!TABLE.test(readme)) throw new Error('README.md has no table of formats');
  const rows = ACCEPTED_FORMATS.map(({ label, hint }) => `| ${label} | ${hint} |`);
  const table = ['| Format | From |', '| --- | --- |', ...rows, ''].join('\n');
  const options = await resolveConfig(README);
  return format(
    readme.replace(TABLE, () => table),
    { ...options, parser: 'markdown' },
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(README, await withFormatTable(readFileSync(README, 'utf8')));
