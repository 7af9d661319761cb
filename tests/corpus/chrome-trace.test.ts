/** Real files of trace events: as many slices as the index has events of them, nested as a look at all pairs says. */
import { openAsBlob, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { bootOne, type OneDataset } from '../support/one-dataset';
import { Input } from '$lib/bytes/input';
import type { DiagnosticCode } from '$lib/model/diagnostics';
import { countsOf, readFormat, type ReadResult } from '../support/read-format';
import { CORPUS, HAS_CORPUS } from '../support/paths';

type Counts = Partial<Record<DiagnosticCode, number>>;

/** What is told of a file, and where its spans are not one for each X, B, b and S, as the index counts them. */
const TOLD: Record<string, { diagnostics: Counts; instants?: number; why: string }> = {
  'bad/speedscope--te-not-enough-end-events.json': {
    diagnostics: { unclosed: 2 },
    why: 'two begins without ends',
  },
  'bad/speedscope--te-simple-partial.json': { diagnostics: {}, why: 'an open array is no fault' },
  'chrome-trace/bazel-invocation-analyzer--tiny.json.gz': {
    diagnostics: { 'skipped-record': 122 },
    why: '122 counters',
  },
  'chrome-trace/catapult--flow.json': {
    diagnostics: { unclosed: 3, 'skipped-record': 293 },
    why: 'flows that nobody sent, because the capture began after it',
  },
  'chrome-trace/catapult--main_thread_has_unclosed_slices.json': {
    diagnostics: { unclosed: 4 },
    why: 'as its name says',
  },
  'chrome-trace/catapult--trace-with-bad-world-bounds.json': {
    diagnostics: { 'skipped-record': 2 },
    why: 'an object and a system trace, but no slice',
  },
  'chrome-trace/catapult--x_event_trace.json': {
    diagnostics: { 'skipped-record': 46 },
    why: '42 counters, 4 object events',
  },
  'chrome-trace/hta--negative_queue-rank0.json.gz': {
    diagnostics: { 'skipped-record': 28_196 },
    why: 'flows to kernels that nobody sent',
  },
  'chrome-trace/hta--trace_diff-control.json.gz': {
    diagnostics: { 'skipped-record': 15_242 },
    why: 'flows to kernels that nobody sent',
  },
  'chrome-trace/lighthouse--amp-trace.json.gz': {
    diagnostics: { 'skipped-record': 101 },
    instants: 5270,
    why: 'threads with more instants outside of slices than a span takes as events',
  },
  'chrome-trace/lighthouse--pid-change.json': {
    diagnostics: { 'skipped-record': 68 },
    why: '7 other metadata, 61 object events',
  },
  'chrome-trace/speedscope--chrome141-no-arg-data.json': {
    diagnostics: { 'skipped-record': 15 },
    why: 'samples, but no slice',
  },
  'chrome-trace/speedscope--te-zero-duration.json': {
    diagnostics: { unclosed: 1, 'unmatched-end': 1 },
    why: 'C ends before it begins',
  },
};

const rows = HAS_CORPUS
  ? readFileSync(join(CORPUS, 'INDEX.tsv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
      .filter(
        ([path, folder]) => folder === 'chrome-trace' || path.startsWith('bad/speedscope--te-'),
      )
  : [];

const PARTS = new Set('XBEbneSTpFiIRstf');

interface RawEvent {
  ph: string;
  name?: string;
  pid?: unknown;
  tid?: unknown;
  ts: number;
  dur?: number;
}

/** Parents of slices on threads, by the place of their event among those of the timeline: every pair is looked at. */
function parentsByPairs(path: string): Map<number, number> {
  const bytes = readFileSync(join(CORPUS, path));
  const json = JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')) as
    RawEvent[] | { traceEvents: RawEvent[] };
  const events = (Array.isArray(json) ? json : json.traceEvents).filter(({ ph }) => PARTS.has(ph));
  const threads = new Map<string, number[]>();
  events.forEach(({ ph, pid, tid }, i) => {
    if (!'XBE'.includes(ph)) return;
    const key = JSON.stringify([pid, tid]);
    threads.set(key, [...(threads.get(key) ?? []), i]);
  });
  const parents = new Map<number, number>();
  const latest = Math.max(...events.map(({ ts, dur }) => ts + (dur ?? 0)));
  for (const own of threads.values()) {
    const ends = new Map<number, number>();
    const open: number[] = [];
    own.sort((a, b) => events[a].ts - events[b].ts || a - b);
    for (const i of own) {
      const { ph, name, ts, dur } = events[i];
      if (ph === 'X') ends.set(i, ts + (dur ?? 0));
      else if (ph === 'B') open.push(i);
      else {
        const at = open.findLastIndex((begin) => !name || events[begin].name === name);
        if (at >= 0) ends.set(open.splice(at, 1)[0], ts);
      }
    }
    const endOf = (i: number) => ends.get(i) ?? Infinity;
    const slices = own.filter((i) => events[i].ph !== 'E');
    slices.sort((a, b) => {
      const byStart = events[a].ts - events[b].ts;
      if (byStart !== 0) return byStart;
      return endOf(a) === endOf(b) ? a - b : endOf(b) - endOf(a);
    });
    slices.forEach((i, place) => {
      const holders = slices.slice(0, place).filter((around) => {
        const end = endOf(around);
        if (end <= events[around].ts) return false;
        return ends.has(i) ? end >= endOf(i) : end > events[i].ts;
      });
      const parent = holders.at(-1);
      if (parent !== undefined) parents.set(i, parent);
      if (!ends.has(i)) ends.set(i, parent === undefined ? latest : endOf(parent));
    });
  }
  return parents;
}

/** The number that a span's id ends in: the place of its event. */
const placeOf = (id: string) => parseInt(id.slice(8), 16) - 1;

function slicesOf({ spans }: ReadResult) {
  return spans.filter(({ attributes }) => attributes[0] !== 'chrome.track');
}

describe.skipIf(rows.length === 0)('trace events of the corpus', () => {
  const results = new Map<string, ReadResult>();
  const read = async (path: string) => {
    const known = results.get(path);
    if (known) return known;
    const result = await readFormat(await openAsBlob(join(CORPUS, path)), path);
    results.set(path, result);
    return result;
  };

  it.each(rows)('%s', { timeout: 60_000 }, async (path, _folder, _bytes, events) => {
    const result = await read(path);
    const told = TOLD[path];
    expect(result.format).toBe('chrome-trace');
    expect(slicesOf(result).length).toBe(Number(events) + (told?.instants ?? 0));
    expect(countsOf(result)).toEqual(told?.diagnostics ?? {});
    expect(new Set(result.spans.map(({ traceId }) => traceId)).size).toBe(
      result.spans.length > 0 ? 1 : 0,
    );
    const ids = new Set(result.spans.map(({ spanId }) => spanId));
    expect(ids.size).toBe(result.spans.length);
    const roots = result.spans.filter(({ parentId }) => parentId === null);
    expect(roots.length).toBe(result.spans.length > 0 ? 1 : 0);
    expect(result.spans.every(({ parentId }) => parentId === null || ids.has(parentId))).toBe(true);
  });

  it.each([
    'chrome-trace/bazel-invocation-analyzer--tiny.json.gz',
    'chrome-trace/catapult--main_thread_has_unclosed_slices.json',
    'chrome-trace/catapult--tall_trace.json',
    'chrome-trace/clangbuildanalyzer--clang11-SkiaHelper.json',
    'chrome-trace/lighthouse--pid-change.json',
    'chrome-trace/speedscope--te-bex-interaction.json',
    'chrome-trace/speedscope--te-zero-duration.json',
    'chrome-trace/viztracer--multithread.json',
    'bad/speedscope--te-not-enough-end-events.json',
    'bad/speedscope--te-out-of-order-unbalanced-name.json',
  ])('%s is nested as a look at all pairs says', { timeout: 60_000 }, async (path) => {
    const parents = parentsByPairs(path);
    const { spans } = await read(path);
    const groups = new Set(
      spans.filter(({ attributes }) => attributes[0] === 'chrome.track').map((s) => s.spanId),
    );
    let compared = 0;
    for (const { spanId, parentId, attributes } of spans) {
      if (groups.has(spanId) || attributes.includes('id') || attributes.includes('id2')) continue;
      const expected = parents.get(placeOf(spanId));
      if (expected === undefined) expect(groups.has(parentId ?? ''), spanId).toBe(true);
      else expect(placeOf(parentId ?? ''), spanId).toBe(expected);
      compared++;
    }
    expect(compared).toBeGreaterThan(1);
  });

  describe('as datasets', () => {
    let engine: OneDataset;

    beforeAll(async () => {
      engine = await bootOne();
    });

    it.each([
      'bazel-invocation-analyzer--tiny.json.gz',
      'lighthouse--amp-trace.json.gz',
      'hta--trace_diff-control.json.gz',
    ])('%s', { timeout: 60_000 }, async (name) => {
      const path = `chrome-trace/${name}`;
      const blob = await openAsBlob(join(CORPUS, path));
      const { signal } = new AbortController();
      const { spans } = await read(path);
      const summary = await engine.open([new Input(name, blob)], { signal, onProgress: () => {} });
      expect(summary).toMatchObject({ spans: spans.length, traces: 1 });
      const codes = summary.diagnostics.map(({ code }) => code);
      for (const code of ['orphan', 'cycle', 'duplicate-id', 'several-roots'] as const) {
        expect(codes).not.toContain(code);
      }
    });
  });
});
