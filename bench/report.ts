/** The figures as tables for people and as JSON for comparisons. The targets are the project's own. */
import type { BootRun, FloorRun, OpenRun, TraceRun } from './measure';
import type { Input } from './inputs';
import type { QueryRun } from './queries';

export interface Measured {
  input: Input;
  /** Share of all cores, from 0 to 1, that other processes used in the second before, which distorts the figures. */
  others: number;
  failure?: string;
}

export interface Results {
  machine: Record<string, string>;
  boot: BootRun[];
  open: (Measured & { runs: OpenRun[]; floor: FloorRun[] })[];
  traces: (Measured & { runs: TraceRun[] })[];
  queries: (Measured & { queries: QueryRun[] })[];
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const ms = (value: number) => (Number.isFinite(value) ? `${Math.round(value)} ms` : '–');
const fine = (value: number) => (Number.isFinite(value) ? `${value.toPrecision(3)} ms` : '–');
const seconds = (value: number) =>
  Number.isFinite(value) ? `${(value / 1_000).toFixed(2)} s` : '–';
const megabytes = (value: number) =>
  Number.isFinite(value) ? `${Math.round(value / 1e6)} MB` : '–';
const times = (value: number) => (Number.isFinite(value) ? `${value.toFixed(2)} ×` : '–');
/** Above this share of the cores, something other than the benchmark was running. */
const BUSY = 0.15;

const count = (value: number) => value.toLocaleString('en');

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i ? '--:' : '---'))), ...rows.map(line)].join('\n');
}

/** A figure with its target: `1.5 × (target ≤ 2: met)`. */
function against(text: string, value: number, target: number | undefined): string {
  if (target === undefined || !Number.isFinite(value)) return text;
  return `${text} ${value <= target ? '✓' : '✗'}`;
}

export function markdown(results: Results): string {
  const { machine, boot, open, traces, queries } = results;
  const parts = [
    '# Benchmark',
    Object.entries(machine)
      .map(([key, value]) => `- ${key}: ${value}`)
      .join('\n'),
  ];
  const others = [...open, ...traces, ...queries].map((measured) => measured.others);
  if (others.some((share) => share > BUSY)) {
    const percent = (share: number) => `${Math.round(share * 100)} %`;
    parts.push(
      `**Other work ran on this machine**: ${percent(Math.min(...others))} to ${percent(Math.max(...others))} of its cores before the measurements. These figures are upper bounds, not results.`,
    );
  }
  parts.push(
    'Medians; each run has a browser of its own. ✓ and ✗ say whether the project’s target is met.',
  );

  if (boot.length) {
    parts.push(
      '## Boot',
      table(
        ['runs', 'first paint', 'engine ready'],
        [
          [
            String(boot.length),
            ms(median(boot.map((run) => run.firstPaintMs))),
            ms(median(boot.map((run) => run.readyMs))),
          ],
        ],
      ),
    );
  }
  if (open.length) {
    parts.push(
      '## File chosen → trace list painted',
      'Targets: 100 k spans ≤ 2 × the floor and ≤ 4 × the file in memory; 1 M spans ≤ 2.5 × and < 3.5 GB; no main-thread task over 50 ms. The floor is reading the file and `JSON.parse` of it in the same browser, on a blank page. Settled: what is written out behind the list is done.',
      table(
        [
          'input',
          'spans',
          'file',
          'runs',
          'list',
          'floor',
          'list ÷ floor',
          'settled',
          'peak memory',
          'memory ÷ file',
          'longest task',
          'longest frame gap',
        ],
        open.map(({ input, runs, floor, failure }) => {
          const pick = (figure: (run: OpenRun) => number) => median(runs.map(figure));
          const list = pick((run) => run.listMs);
          const bottom = median(floor.map((run) => run.floorMs));
          const peak = pick((run) => run.peakBytes);
          const task = pick((run) => run.longestTaskMs);
          const isHuge = input.spans >= 1e6;
          const isLarge = input.spans >= 1e5;
          return [
            input.name,
            count(input.spans),
            megabytes(input.bytes),
            failure ? `failed: ${failure}` : String(runs.length),
            seconds(list),
            seconds(bottom) + (floor[0]?.pieces > 1 ? ` in ${floor[0].pieces} pieces` : ''),
            against(times(list / bottom), list / bottom, isHuge ? 2.5 : isLarge ? 2 : undefined),
            seconds(pick((run) => run.settledMs)),
            against(megabytes(peak), peak, isHuge ? 3.5e9 : undefined),
            against(
              times(peak / input.bytes),
              peak / input.bytes,
              isLarge && !isHuge ? 4 : undefined,
            ),
            task === 0 ? 'under 50 ms ✓' : against(ms(task), task, 50),
            ms(pick((run) => run.longestGapMs)),
          ];
        }),
      ),
    );
  }
  if (traces.length) {
    parts.push(
      '## One trace: row clicked → waterfall painted, then the wheel for 3 s',
      'Targets: 200 k spans painted ≤ 1.5 s; scrolling p95 ≤ 20 ms a frame.',
      table(
        [
          'input',
          'runs',
          'painted',
          'longest task',
          'scroll p50',
          'scroll p95',
          'scroll longest',
          'zoom p50',
          'zoom p95',
          'zoom longest',
        ],
        traces.map(({ input, runs, failure }) => {
          const pick = (figure: (run: TraceRun) => number) => median(runs.map(figure));
          const painted = pick((run) => run.paintMs);
          const p95 = pick((run) => run.scroll.p95Ms);
          return [
            `${count(input.spans)} spans`,
            failure ? `failed: ${failure}` : String(runs.length),
            against(ms(painted), painted, 1_500),
            ms(pick((run) => run.longestTaskMs)),
            fine(pick((run) => run.scroll.p50Ms)),
            against(fine(p95), p95, 20),
            fine(pick((run) => run.scroll.longestMs)),
            fine(pick((run) => run.zoom.p50Ms)),
            fine(pick((run) => run.zoom.p95Ms)),
            fine(pick((run) => run.zoom.longestMs)),
          ];
        }),
      ),
    );
  }
  for (const { input, queries: list, failure } of queries) {
    parts.push(
      `## Queries on ${input.name}`,
      failure
        ? `Failed: ${failure}`
        : table(
            ['query', 'rows', 'page', 'native, 1 thread', 'page ÷ native'],
            list.map(({ name, rows, pageMs, nativeMs }) => [
              name,
              count(rows),
              fine(pageMs),
              fine(nativeMs),
              against(
                times(pageMs / nativeMs),
                pageMs / nativeMs,
                input.spans >= 1e6 ? 3 : undefined,
              ),
            ]),
          ),
    );
  }
  return parts.join('\n\n') + '\n';
}
