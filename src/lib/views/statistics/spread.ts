/** Histograms of groups, all over the same range of lengths, so that rows can be compared by eye. Pure. */
import type { QueryResult } from '$lib/engine/engine';
import { shortDuration } from '$lib/model/time';
import { BINS_PER_DECADE } from '$lib/views/statistics/groups/figures-query';

export interface Spread {
  firstBin: number;
  lastBin: number;
  /** Counts by bin, from the first, of each group. */
  groups: ReadonlyMap<string, readonly number[]>;
}

/** The group of a row, told by the values of its keys. */
export function groupId(values: readonly (string | null)[]): string {
  return JSON.stringify(values);
}

/** Reads the answer of `spreadQuery`. */
export function spreadOf(result: QueryResult, keys: readonly string[]): Spread {
  const bins = result.numbers('bin');
  const counts = result.numbers('spans');
  let firstBin = Infinity;
  let lastBin = -Infinity;
  for (const bin of bins) {
    if (bin < firstBin) firstBin = bin;
    if (bin > lastBin) lastBin = bin;
  }
  const groups = new Map<string, number[]>();
  for (let row = 0; row < result.rowCount; row++) {
    const id = groupId(keys.map((key) => result.value(row, key) as string | null));
    let group = groups.get(id);
    if (!group) groups.set(id, (group = new Array<number>(lastBin - firstBin + 1).fill(0)));
    group[bins[row] - firstBin] = counts[row];
  }
  return { firstBin, lastBin, groups };
}

/** The lengths that a bin holds, in words: `1 ms – 1.78 ms`. */
export function binWords(bin: number): string {
  const at = (edge: number) => shortDuration(Math.round(10 ** (edge / BINS_PER_DECADE)));
  return bin <= 0 ? `up to ${at(1)}` : `${at(bin)} – ${at(bin + 1)}`;
}

/** What a group's histogram shows, for those who can't see it: its fullest bin and its ends. */
export function spreadWords({ firstBin }: Spread, counts: readonly number[]): string {
  const filled = counts.flatMap((count, i) => (count > 0 ? [i] : []));
  if (filled.length === 0) return 'No spans';
  const first = filled[0];
  const last = filled[filled.length - 1];
  const most = filled.reduce((a, b) => (counts[b] > counts[a] ? b : a));
  const range =
    first === last
      ? binWords(firstBin + first)
      : `${binWords(firstBin + first).split(' – ')[0]} – ${binWords(firstBin + last)
          .split(' – ')
          .at(-1)}`;
  return `Durations ${range}, most in ${binWords(firstBin + most)}`;
}
