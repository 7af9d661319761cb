/**
 * `npm run fuzz`: the property tests of `tests/fuzz` over a million broken files.
 *
 *   --cases 1000000
 *   --seed N          repeats a run; by default others each time
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});

const { status } = spawnSync('npx', ['vitest', 'run', 'tests/fuzz/broken-files.test.ts'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: {
    ...process.env,
    FUZZ_CASES: values.cases,
    FUZZ_SEED: values.seed,
  },
});
process.exitCode = status ?? 1;
