/**
 * `npm run bench`: times the built page in Chromium. Needs `npm run build` before, and Linux, for memory figures from /proc.
 *
 *   --sizes 10k,100k,1m    spans in files of many traces
 *   --traces 10k,50k,200k  spans in files of one trace
 *   --formats otlp,jaeger
 *   --only boot,open,floor,trace,queries
 *   --runs 5               instead of 5, 3 at 100 k, 2 at 1 M
 *   --against DIR          another checkout's build/, such as the previous release: both are measured alternately,
 *                          and the result is a table of medians and their ratio
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serve } from '../scripts/serve';
import { Comparison } from './compare';
import { makeInput, type Input, type InputFormat } from './inputs';
import { measureBoot, measureFloor, measureOpen, measureTrace } from './measure';
import { measureQueries } from './queries';
import { markdown, type Results } from './report';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'bench/out');
const PARTS = ['boot', 'open', 'floor', 'trace', 'queries'] as const;

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10k,100k,1m' },
    traces: { type: 'string', default: '10k,50k,200k' },
    formats: { type: 'string', default: 'otlp,jaeger' },
    only: { type: 'string', default: PARTS.join() },
    runs: { type: 'string' },
    against: { type: 'string' },
  },
});

if (process.platform !== 'linux') fail('The benchmark reads /proc, which only Linux has.');
if (!existsSync(join(ROOT, 'build/index.html')))
  fail('There is no build to time. Run: npm run build');
const sizes = values.sizes.split(',').map(spanCount);
const traceSizes = values.traces.split(',').map(spanCount);
const formats = values.formats.split(',').map((format): InputFormat => {
  if (format === 'otlp' || format === 'jaeger') return format;
  return fail(`--formats takes otlp and jaeger, not “${format}”.`);
});
const parts = values.only.split(',');
for (const part of parts) {
  if (!PARTS.some((known) => known === part))
    fail(`--only takes ${PARTS.join(', ')}, not “${part}”.`);
}
const wants = (part: (typeof PARTS)[number]) => parts.includes(part);
const givenRuns = values.runs === undefined ? null : Number(values.runs);
if (givenRuns !== null && !(Number.isInteger(givenRuns) && givenRuns > 0))
  fail('--runs takes a number.');
const runsFor = (spans: number) => givenRuns ?? (spans >= 1e6 ? 2 : spans >= 1e5 ? 3 : 5);

const results: Results = {
  machine: {
    date: new Date().toISOString(),
    processor: `${cpus()[0].model.trim()}, ${cpus().length} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    commit: commit(),
  },
  boot: [],
  open: [],
  traces: [],
  queries: [],
};

mkdirSync(OUT, { recursive: true });
const site = await serve({ dir: join(ROOT, 'build') });
if (values.against !== undefined) {
  await compareWith(values.against);
  process.exit();
}
try {
  await boot(wants('boot') ? (givenRuns ?? 5) : 1);
  for (const spans of sizes) {
    for (const format of formats) {
      if (!wants('open') && !wants('floor') && !wants('queries')) continue;
      const input = await made(format, spans, 'traces');
      if (wants('open') || wants('floor')) await open(input);
      // The dataset is the same whatever format it was read from.
      if (wants('queries') && format === formats[0]) await queries(input);
    }
  }
  if (wants('trace')) for (const spans of traceSizes) await trace(await made('otlp', spans, 'one'));
} finally {
  await site.close();
}
console.log(`\n${markdown(results)}\nWritten to bench/out/report.md and report.json`);

async function compareWith(dir: string): Promise<void> {
  if (!existsSync(join(dir, 'index.html'))) fail(`There is no build in ${dir}.`);
  const old = await serve({ dir });
  const comparison = new Comparison({ old: old.url, new: site.url });
  const machine = `${results.machine.processor}, ${results.machine.memory}, ${results.machine.date}`;
  const report = () => `# Old and new\n\n${machine}\n\n${comparison.markdown()}\n`;
  const measured = async (measure: Promise<void>) => {
    await measure;
    writeFileSync(join(OUT, 'compare.md'), report());
    writeFileSync(join(OUT, 'compare.json'), JSON.stringify(comparison, null, 2));
  };
  try {
    if (wants('open')) {
      for (const spans of sizes) {
        for (const format of formats)
          await measured(comparison.open(await made(format, spans, 'traces'), runsFor(spans)));
      }
    }
    if (wants('trace')) {
      for (const spans of traceSizes)
        await measured(comparison.trace(await made('otlp', spans, 'one'), runsFor(spans)));
    }
  } finally {
    await old.close();
    await site.close();
  }
  console.log(`\n${report()}\nWritten to bench/out/compare.md and compare.json`);
}

async function made(format: InputFormat, spans: number, shape: 'traces' | 'one'): Promise<Input> {
  console.log(`${format}, ${spans} spans, ${shape}: input`);
  return makeInput(format, spans, shape);
}

async function boot(runs: number): Promise<void> {
  for (let i = 0; i < runs; i++) {
    const run = await measureBoot(site.url);
    results.machine.chromium = run.chromium;
    if (wants('boot')) results.boot.push(run);
  }
  keep();
}

async function open(input: Input): Promise<void> {
  const entry: Results['open'][number] = {
    input,
    others: await othersShare(),
    runs: [],
    floor: [],
  };
  results.open.push(entry);
  await guarded(entry, async () => {
    // Alternates, so that a busy spell of the machine affects both.
    for (let i = 0; i < runsFor(input.spans); i++) {
      if (wants('floor')) entry.floor.push(await measureFloor(input));
      if (wants('open')) entry.runs.push(await measureOpen(site.url, input));
      console.log(`  run ${i + 1}`, entry.runs.at(-1) ?? '', entry.floor.at(-1) ?? '');
    }
  });
}

async function trace(input: Input): Promise<void> {
  const entry: Results['traces'][number] = { input, others: await othersShare(), runs: [] };
  results.traces.push(entry);
  await guarded(entry, async () => {
    for (let i = 0; i < runsFor(input.spans); i++) {
      entry.runs.push(await measureTrace(site.url, input));
      console.log(`  run ${i + 1}`, entry.runs.at(-1));
    }
  });
}

async function queries(input: Input): Promise<void> {
  const entry: Results['queries'][number] = { input, others: await othersShare(), queries: [] };
  results.queries.push(entry);
  await guarded(entry, async () => {
    entry.queries = await measureQueries(site.url, input, OUT, givenRuns ?? 5);
  });
}

/** A failed measurement is recorded as a result, and the others continue. */
async function guarded(entry: { failure?: string }, measure: () => Promise<void>): Promise<void> {
  try {
    await measure();
  } catch (error) {
    entry.failure = (error as Error).message.split('\n')[0];
    console.error(error);
  }
  keep();
}

function keep(): void {
  writeFileSync(join(OUT, 'report.json'), JSON.stringify(results, null, 2));
  writeFileSync(join(OUT, 'report.md'), markdown(results));
}

/** How busy the machine is while the benchmark is idle. */
async function othersShare(): Promise<number> {
  const ticks = () => {
    const fields = readFileSync('/proc/stat', 'utf8')
      .split('\n')[0]
      .trim()
      .split(/\s+/)
      .slice(1, 9);
    const [user, nice, system, idle, wait, ...rest] = fields.map(Number);
    const busy = user + nice + system + rest.reduce((sum, value) => sum + value, 0);
    return { busy, all: busy + idle + wait };
  };
  const before = ticks();
  await new Promise((done) => setTimeout(done, 1_000));
  const after = ticks();
  return (after.busy - before.busy) / (after.all - before.all);
}

function spanCount(text: string): number {
  const match = /^(\d+)([km]?)$/i.exec(text.trim());
  if (!match) return fail(`“${text}” is no number of spans; say 10k or 1m.`);
  return Number(match[1]) * { '': 1, k: 1e3, m: 1e6 }[match[2].toLowerCase() as '' | 'k' | 'm'];
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? ' with changes' : '')
    );
  } catch {
    return 'unknown';
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
