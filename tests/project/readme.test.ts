/** What README says of the code is what the code has. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withFormatTable } from '../../scripts/write-format-table';
import { ROOT } from '../support/paths';

test('README lists the formats that are read (npm run docs)', async () => {
  const readme = readFileSync(`${ROOT}README.md`, 'utf8');
  expect(readme).toBe(await withFormatTable(readme));
});
