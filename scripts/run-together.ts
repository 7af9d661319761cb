/**
 * Runs npm scripts at the same time: `tsx scripts/run-together.ts lint check`. Each one's output comes as a whole when it
 * ends; fails if one of them does.
 */
import { exec } from 'node:child_process';

const run = (script: string) =>
  new Promise<boolean>((done) => {
    const startMs = performance.now();
    exec(`npm run --silent ${script}`, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const seconds = Math.round((performance.now() - startMs) / 1000);
      console.log(`${script}: ${error ? 'failed' : 'passed'} in ${seconds} s\n${stdout}${stderr}`);
      done(error === null);
    });
  });

const passed = await Promise.all(process.argv.slice(2).map(run));
process.exitCode = passed.every(Boolean) ? 0 : 1;
