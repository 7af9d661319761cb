/** The pure model and geometry of one trace: tree, collapsing, self time, zoom, scrolling, JSON text. */
import { describe, expect, test } from 'vitest';
import {
  jsonChildren,
  jsonPretty,
  jsonRoot,
  jsonScalar,
  looksLikeJson,
} from '$lib/ui/text/json-text';
import {
  barRect,
  cardPosition,
  clampWindow,
  labelSide,
  MAX_SPACER_PX,
  ownParts,
  rowPx,
  ScrollMap,
  windowAround,
  zoomAround,
} from '$lib/draw/row-layout';
import { ERROR_PIXEL, minimapPixels } from '$lib/views/trace/waterfall/minimap-draw';
import { offset, share, shortId } from '$lib/model/span-words';
import { childIntervals, FLAG, nextWithFlag, type Trace } from '$lib/trace/trace';
import { colourByLabel, colourByRank, colourByValue, legend } from '$lib/views/trace/trace-colour';
import {
  collapseOneLevel,
  expandOneLevel,
  expandTo,
  findRuns,
  kindsOf,
  parentRow,
  ROW,
  rowBefore,
  rowIndexOf,
  rowsSaved,
  runFigures,
  runIntervals,
  setSubtree,
  shownRows,
  unfoldTo,
  withAncestors,
  type RowRules,
} from '$lib/trace/rows';
import { traceOf } from '../support/traces';

/** Rules that show everything. */
const rulesOf = (trace: Trace, rules: Partial<RowRules> = {}): RowRules => ({
  collapsed: new Uint8Array(trace.count),
  focus: -1,
  hidden: null,
  kinds: kindsOf(trace),
  keep: null,
  runs: null,
  unfolded: new Uint8Array(trace.count),
  ...rules,
});

/** Span numbers in preorder, from 0. */
const order = (trace: Trace) => [...trace.spanNo].map((no) => no - 100);

describe('trace', () => {
  test('children follow their parent, ordered by start, then number, however rows come', () => {
    const trace = traceOf([
      { start: 0, end: 100 },
      { parent: 0, start: 50, end: 60 },
      { parent: 0, start: 10, end: 20 },
      { parent: 2, start: 12, end: 15 },
      { parent: 0, start: 10, end: 11 },
    ]);
    expect(order(trace)).toEqual([0, 2, 3, 4, 1]);
    expect([...trace.depth]).toEqual([0, 1, 2, 1, 1]);
    expect([...trace.parent]).toEqual([-1, 0, 1, 0, 0]);
    expect([...trace.subtreeEnd]).toEqual([5, 3, 3, 4, 5]);
    expect([...trace.childCount]).toEqual([3, 1, 0, 0, 0]);
    expect(trace.positionOf(101)).toBe(4);
    expect(trace.positionOf(7)).toBe(-1);
    expect(trace).toMatchObject({ durationNs: 100, maxDepth: 2, rootCount: 1 });
  });

  test('several roots and orphans stand by start', () => {
    const trace = traceOf([
      { start: 5, end: 6, flags: FLAG.ORPHAN },
      { start: 0, end: 9 },
      { parent: 0, start: 5, end: 6 },
    ]);
    expect(order(trace)).toEqual([1, 0, 2]);
    expect(trace).toMatchObject({ orphanCount: 1, rootCount: 2 });
  });

  test('a cycle that the dataset left is cut at its earliest span, and all are shown', () => {
    const trace = traceOf([
      { start: 0, end: 9 },
      { parent: 3, start: 4, end: 5 },
      { parent: 1, start: 3, end: 5 },
      { parent: 2, start: 5, end: 6 },
      { parent: 4, start: 7, end: 8 },
    ]);
    expect(order(trace).toSorted()).toEqual([0, 1, 2, 3, 4]);
    // A span that is its own parent is a root; of the three in a ring the first by start is.
    expect(order(trace)).toEqual([0, 4, 2, 3, 1]);
    expect(trace.flags[2] & FLAG.CUT).toBe(FLAG.CUT);
    expect(trace.cutCount).toBe(1);
  });

  test('skew is told by the rule of the dataset', () => {
    const trace = traceOf([
      { start: 10_000, end: 20_000, service: 'a' },
      { parent: 0, start: 0, end: 500, service: 'b' },
      { parent: 0, start: 0, end: 500, service: 'a' },
      { parent: 0, start: 9_500, end: 11_000, service: 'b' },
      { parent: 0, start: 30_000, end: 31_000, service: 'b' },
      { parent: 0, start: 30_000, end: 31_000, service: 'b', flags: FLAG.CONSUMER },
    ]);
    const skewed = order(trace).filter((_, at) => trace.flags[at] & FLAG.SKEWED);
    expect(skewed.toSorted()).toEqual([1, 4]);
  });

  test('a chain of 200,000 spans and 200,000 children are built quickly', () => {
    const n = 200_000;
    const chain = Array.from({ length: n }, (_, i) => ({
      parent: i ? i - 1 : undefined,
      start: i,
      end: n,
    }));
    const star = Array.from({ length: n }, (_, i) => ({
      parent: i ? 0 : undefined,
      start: i,
      end: n,
    }));
    for (const rows of [chain, star]) {
      const trace = traceOf(rows);
      expect(trace.count).toBe(n);
      expect(shownRows(trace, rulesOf(trace)).at.length).toBe(n);
      expect(childIntervals(trace, 0)).toEqual(Float64Array.of(1, n));
    }
    expect(traceOf(chain).maxDepth).toBe(n - 1);
  });

  test('an empty trace has no rows', () => {
    const trace = traceOf([]);
    expect(trace).toMatchObject({ count: 0, durationNs: 1 });
    expect(shownRows(trace, rulesOf(trace)).at.length).toBe(0);
  });
});

describe('collapsing', () => {
  //  0 ─ 1 ─ 2
  //  │    └─ 3 ─ 4
  //  └─ 5 ─ 6
  const trace = traceOf([
    { start: 0, end: 100 },
    { parent: 0, start: 1, end: 50 },
    { parent: 1, start: 2, end: 3 },
    { parent: 1, start: 4, end: 30 },
    { parent: 3, start: 5, end: 6 },
    { parent: 0, start: 60, end: 90 },
    { parent: 5, start: 61, end: 62 },
  ]);
  const all = [0, 1, 2, 3, 4, 5, 6];
  const rowsOf = (collapsed: Uint8Array) => shownRows(trace, rulesOf(trace, { collapsed }));
  const shown = (collapsed: Uint8Array) => [...rowsOf(collapsed).at];

  test('a collapsed span hides what is below it', () => {
    const collapsed = Uint8Array.of(0, 1, 0, 0, 0, 0, 0);
    expect(shown(collapsed)).toEqual([0, 1, 5, 6]);
    const { at: rows } = rowsOf(collapsed);
    expect(rowIndexOf(rows, 5)).toBe(2);
    expect(rowIndexOf(rows, 4)).toBe(-1);
    expect(rows[rowBefore(rows, 4)]).toBe(1);
    expect(rows[rowBefore(rows, 6)]).toBe(6);
    expect([...rowsOf(collapsed).state]).toEqual([ROW.OPEN, ROW.COLLAPSED, ROW.OPEN, ROW.LEAF]);
  });

  test('levels go one by one, deepest first, and come back shallowest first', () => {
    const collapsed = new Uint8Array(7);
    const steps = [];
    while (collapseOneLevel(rowsOf(collapsed), collapsed)) steps.push(shown(collapsed));
    expect(steps).toEqual([[0, 1, 2, 3, 5, 6], [0, 1, 5], [0]]);
    const back = [];
    while (expandOneLevel(rowsOf(collapsed), collapsed)) back.push(shown(collapsed));
    expect(back).toEqual([[0, 1, 5], [0, 1, 2, 3, 5, 6], all]);
  });

  test('subtrees, and the way to a hidden span', () => {
    const collapsed = new Uint8Array(7);
    setSubtree(trace, collapsed, 1, true);
    expect([...collapsed]).toEqual([0, 1, 0, 1, 0, 0, 0]);
    expect(expandTo(trace, collapsed, 4)).toBe(true);
    expect(shown(collapsed)).toEqual(all);
    expect(expandTo(trace, collapsed, 4)).toBe(false);
  });
});

test('the next error wraps around in both directions', () => {
  const E = FLAG.ERROR;
  const trace = traceOf([
    { start: 0, end: 9 },
    { parent: 0, start: 1, end: 2, flags: E },
    { parent: 0, start: 3, end: 4 },
    { parent: 0, start: 5, end: 6, flags: E },
  ]);
  expect([0, 1, 3].map((from) => nextWithFlag(trace, from, E, 1))).toEqual([1, 3, 1]);
  expect([0, 1, 3].map((from) => nextWithFlag(trace, from, E, -1))).toEqual([3, 3, 1]);
  expect(nextWithFlag(trace, 0, FLAG.ORPHAN, 1)).toBe(-1);
});

test('the legend counts spans and errors of a colour, most first', () => {
  const trace = traceOf([
    { start: 0, end: 9, service: 'a' },
    { parent: 0, start: 1, end: 2, service: 'b', flags: FLAG.ERROR },
    { parent: 0, start: 1, end: 2, service: 'b' },
  ]);
  const entries = legend(trace, colourByLabel(trace, 'service'));
  expect(entries.map(({ key, spans, errors }) => [key, spans, errors])).toEqual([
    ['b', 2, 1],
    ['a', 1, 0],
  ]);
});

test('colours follow names, statuses and ranks; what has no value is grey', () => {
  const trace = traceOf([
    { start: 0, end: 9 },
    { parent: 0, start: 1, end: 2 },
    { parent: 0, start: 3, end: 4 },
  ]);
  const values = ['gpt', '', 'gpt'];
  const byValue = colourByValue(trace, '@model', 'model', (at) => values[at]);
  expect(byValue.keys).toEqual(['gpt', '']);
  expect([...byValue.of]).toEqual([0, 1, 0]);
  expect(byValue.tokens[0]).toMatch(/^--cat-\d+$/);
  expect(byValue.tokens[1]).toBe('--line-control');
  const statuses = ['ERROR', 'OK', 'UNSET'];
  expect(colourByValue(trace, 'status', 'status', (at) => statuses[at]).tokens).toEqual([
    '--error',
    '--cat-0',
    '--line-control',
  ]);
  const ranks = [0.49, 0.99, NaN];
  const byRank = colourByRank(trace, (at) => ranks[at]);
  expect(legend(trace, byRank).map(({ key }) => key)).toEqual(['below p50', 'above p99', '']);
});

describe('rows', () => {
  // root ─ query × 8, the third of them over an inner span; work ─ deep
  const eight = (operation: string, parent: number, from: number) =>
    Array.from({ length: 8 }, (_, i) => ({
      parent,
      operation,
      start: from + i * 10,
      end: from + i * 10 + 4 + i,
      flags: i === 7 ? FLAG.ERROR : 0,
    }));
  const trace = traceOf([
    { start: 0, end: 500, operation: 'root' },
    ...eight('query', 0, 10),
    { parent: 3, start: 31, end: 32, operation: 'inner' },
    { parent: 0, start: 200, end: 400, operation: 'work' },
    { parent: 10, start: 210, end: 300, operation: 'deep' },
  ]);
  const kinds = kindsOf(trace);
  const runs = findRuns(trace, kinds, null);
  const shown = (rules: Partial<RowRules>) => shownRows(trace, rulesOf(trace, { kinds, ...rules }));
  const names = ({ at }: { at: Int32Array }) =>
    [...at].map((position) => trace.labels[trace.label[position]].operation);
  const mask = (of: Trace, ...operations: string[]) =>
    Uint8Array.from(of.labels, ({ operation }) => Number(operations.includes(operation)));

  test('a run of like siblings folds into its first, with what is below', () => {
    expect(runs.count).toBe(1);
    expect(rowsSaved(runs)).toBe(7);
    const folded = shown({ runs });
    expect(names(folded)).toEqual(['root', 'query', 'work', 'deep']);
    expect([...folded.state]).toEqual([ROW.OPEN, ROW.RUN, ROW.OPEN, ROW.LEAF]);
    const unfolded = new Uint8Array(trace.count);
    expect(unfoldTo(trace, runs, unfolded, 4)).toBe(true);
    expect(unfoldTo(trace, runs, unfolded, 4)).toBe(false);
    expect(shown({ runs, unfolded }).at.length).toBe(trace.count);
  });

  test('a run says how many, how long together, and how long the slow ones are', () => {
    const isError = (at: number) => (trace.flags[at] & FLAG.ERROR) !== 0;
    // 4, 5 … 11: the 95th percentile lies at 0.65 between the last two.
    expect(runFigures(trace, runs, 0, isError)).toEqual({
      size: 8,
      timed: 8,
      sumNs: 60,
      p95Ns: 11,
      errors: 1,
    });
    // The seventh ends where the eighth begins.
    expect([...runIntervals(trace, runs, 0)].slice(-4)).toEqual([60, 69, 70, 91]);
  });

  test('hidden operations leave their children, and part a run only where those would stand', () => {
    const without = shown({ hidden: mask(trace, 'work') });
    expect(names(without).slice(-2)).toEqual(['query', 'deep']);
    expect(without.depth[without.at.length - 1]).toBe(1);
    const mixed = traceOf([
      { start: 0, end: 500, operation: 'root' },
      ...eight('query', 0, 10).flatMap((query) => [
        query,
        { parent: 0, start: query.start + 1, end: query.start + 2, operation: 'ping' },
      ]),
    ]);
    expect(findRuns(mixed, kindsOf(mixed), null).count).toBe(0);
    expect(findRuns(mixed, kindsOf(mixed), mask(mixed, 'ping')).count).toBe(1);
  });

  test('a focus shows a subtree from depth 0, also where its kind is hidden', () => {
    const focus = trace.positionOf(110);
    const rows = shown({ focus, hidden: mask(trace, 'work'), runs });
    expect(names(rows)).toEqual(['work', 'deep']);
    expect([...rows.depth]).toEqual([0, 1]);
    expect(parentRow(rows, 1)).toBe(0);
    expect(parentRow(rows, 0)).toBe(-1);
  });

  test('matches stand with their ancestors; what closes over nothing is a leaf', () => {
    const matches = new Uint8Array(trace.count);
    matches[trace.positionOf(111)] = 1;
    const keep = withAncestors(trace, matches);
    expect(names(shown({ keep }))).toEqual(['root', 'work', 'deep']);
    const collapsed = new Uint8Array(trace.count);
    collapsed[trace.positionOf(110)] = 1;
    const closed = shown({ hidden: mask(trace, 'deep'), collapsed });
    expect(closed.state[closed.at.length - 1]).toBe(ROW.LEAF);
  });
});

describe('bars', () => {
  const scale = { startNs: 0, endNs: 1000, widthPx: 100 };

  test('are at least two pixels wide and cut to a margin', () => {
    expect(barRect(scale, 500, 0)).toEqual({ xPx: 50, widthPx: 2 });
    expect(barRect(scale, 100, 200)).toEqual({ xPx: 10, widthPx: 20 });
    expect(barRect(scale, -1e15, 2e15)).toEqual({ xPx: -20, widthPx: 140 });
    expect(barRect(scale, 5000, 10)).toBeNull();
    expect(barRect(scale, -5000, 10)).toBeNull();
  });

  test('own time is what the merged children leave free', () => {
    const trace = traceOf([
      { start: 0, end: 1000 },
      { parent: 0, start: 100, end: 300 },
      { parent: 0, start: 200, end: 400 },
      { parent: 0, start: 250, end: 260 },
      { parent: 0, start: 900, end: 2000 },
      { parent: 0, start: 3000, end: 4000 },
    ]);
    const waiting = childIntervals(trace, 0);
    expect([...waiting]).toEqual([100, 400, 900, 1000]);
    expect(ownParts(scale, 0, 1000, waiting)).toEqual([0, 10, 40, 50]);
    // Zoomed in: only what is near the window.
    const close = { startNs: 395, endNs: 405, widthPx: 100 };
    const [x, width] = ownParts(close, 0, 1000, waiting);
    expect(x).toBeCloseTo(50);
    expect(width).toBeCloseTo(70);
  });

  test('thousands of parts in a pixel become one of their summed width', () => {
    const edges = Float64Array.from({ length: 20_000 }, (_, i) => i * 0.05);
    const parts = ownParts(scale, 0, 1000, edges);
    expect(parts.length / 2).toBeLessThanOrEqual(101);
    const width = parts.filter((_, i) => i % 2 === 1).reduce((sum, part) => sum + part, 0);
    expect(width).toBeCloseTo(50, 1);
  });

  test('labels stand right of the bar, else left, else inside', () => {
    expect(labelSide({ xPx: 0, widthPx: 20 }, 40, 100)).toBe('right');
    expect(labelSide({ xPx: 60, widthPx: 30 }, 40, 100)).toBe('left');
    expect(labelSide({ xPx: 10, widthPx: 85 }, 40, 100)).toBe('inside');
  });
});

describe('the window of time', () => {
  test('stays inside the trace and above the narrowest', () => {
    expect(clampWindow(-50, 100, 1000)).toEqual([0, 150]);
    expect(clampWindow(950, 1100, 1000)).toEqual([850, 1000]);
    expect(clampWindow(0, 1000, 1000)).toBeNull();
    expect(clampWindow(-5, 5000, 1000)).toBeNull();
    expect(clampWindow(500, 500, 1000)).toEqual([500, 510]);
    expect(clampWindow(NaN, 5, 1000)).toBeNull();
    expect(clampWindow(0, 1, 1)).toBeNull();
  });

  test('zooming keeps the anchor where it is', () => {
    const [start, end] = zoomAround([0, 1000], 0.5, 250, 1000)!;
    expect((250 - start) / (end - start)).toBeCloseTo(0.25);
    expect(end - start).toBeCloseTo(500);
    expect(zoomAround([100, 200], 100, 150, 1000)).toBeNull();
  });

  test('fits a span with air, also one without length', () => {
    expect(windowAround(400, 100, 1000)).toEqual([390, 510]);
    expect(windowAround(400, 0, 1000)).toEqual([395, 405]);
  });
});

describe('scrolling', () => {
  test('is native where the list fits', () => {
    const scroll = new ScrollMap();
    expect(scroll.resize(2400, 240)).toBe(0);
    expect(scroll.scrolled(300)).toBeNull();
    expect(scroll.topPx).toBe(300);
    expect(scroll.reveal(0)).toBe(0);
    expect(scroll.reveal(12)).toBe(288);
    expect(scroll.reveal(13)).toBe(300);
    expect(scroll.reveal(30)).toBe(30 * rowPx() + rowPx() - 240);
    expect(scroll.settle()).toBeNull();
  });

  test('reaches every row of a list taller than browsers can lay out', () => {
    const content = 1_000_000 * rowPx();
    const view = 600;
    const scroll = new ScrollMap();
    scroll.resize(content, view);
    scroll.scrolled(MAX_SPACER_PX - view);
    expect(scroll.topPx).toBe(content - view);
    // A wheel notch moves by itself, not by its share of the list.
    const put = scroll.moveTo(12_000_000);
    scroll.scrolled(put + 100);
    expect(scroll.topPx).toBe(12_000_100);
    expect(scroll.settle()).toBeCloseTo(put, -2);
    // The thumb jumps in proportion.
    scroll.scrolled(0);
    expect(scroll.topPx).toBe(0);
  });

  test('a container that reached its end before the list gets room again', () => {
    const scroll = new ScrollMap();
    scroll.resize(100_000_000, 600);
    const put = scroll.moveTo(3000);
    expect(put).toBeLessThan(300);
    expect(scroll.scrolled(0)).toBeGreaterThan(0);
    expect(scroll.topPx).toBe(3000 - put);
  });
});

test('the hover card never leaves the window', () => {
  const viewport = { width: 400, height: 300 };
  const card = { width: 200, height: 100 };
  expect(cardPosition({ x: 10, y: 10 }, card, viewport)).toEqual({ x: 24, y: 24 });
  expect(cardPosition({ x: 390, y: 290 }, card, viewport)).toEqual({ x: 176, y: 176 });
  expect(cardPosition({ x: 200, y: 5 }, { width: 500, height: 400 }, viewport)).toEqual({
    x: 6,
    y: 6,
  });
});

describe('the minimap', () => {
  test('puts later spans over earlier ones and errors over all', () => {
    const trace = traceOf([
      { start: 0, end: 100, service: 'a', flags: FLAG.ERROR },
      { parent: 0, start: 50, end: 100, service: 'b' },
    ]);
    const pixels = minimapPixels(trace, colourByLabel(trace, 'service'), 10, 1);
    expect([...pixels]).toEqual(Array(10).fill(ERROR_PIXEL));
  });

  test('shows each of few spans in its own line, and the shortest as a pixel', () => {
    const trace = traceOf([
      { start: 0, end: 100 },
      { parent: 0, start: 50, end: 50 },
    ]);
    const width = 10;
    const pixels = minimapPixels(trace, colourByLabel(trace, 'service'), width, 40);
    const lines = Array.from({ length: 40 }, (_, y) =>
      [...pixels.subarray(y * width, (y + 1) * width)].map((value) => value !== 255),
    );
    expect(lines[0]).toEqual(Array(width).fill(true));
    expect(lines.filter((line) => line.filter(Boolean).length === 1).length).toBeGreaterThan(0);
    expect(lines.findLast((line) => line.some(Boolean))!.indexOf(true)).toBe(5);
  });

  test('stays linear: 200,000 full-width spans', () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => ({
      parent: i ? 0 : undefined,
      start: 0,
      end: 1000,
    }));
    const trace = traceOf(rows);
    const started = performance.now();
    const pixels = minimapPixels(trace, colourByLabel(trace, 'service'), 2000, 80);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(pixels.includes(255)).toBe(false);
  });
});

describe('JSON text', () => {
  const text =
    ' {"b": 1, "a": [9007199254740993, "x\\"]y", null], "2": {}, "b": 1e400, "e\\u0301": -0.50 } ';

  test('keeps digits, order and doubled keys', () => {
    expect(looksLikeJson(text)).toBe(true);
    const root = jsonRoot(text)!;
    const members = jsonChildren(text, root);
    expect(members.map(({ key }) => key)).toEqual(['b', 'a', '2', 'b', 'é'.normalize('NFD')]);
    expect(members.map(({ node }) => node.kind)).toEqual([
      'number',
      'array',
      'object',
      'number',
      'number',
    ]);
    expect(jsonScalar(text, members[3].node)).toBe('1e400');
    expect(jsonScalar(text, members[4].node)).toBe('-0.50');
    const items = jsonChildren(text, members[1].node);
    expect(items.map(({ node }) => jsonScalar(text, node))).toEqual([
      '9007199254740993',
      'x"]y',
      'null',
    ]);
    expect(jsonChildren(text, members[2].node)).toEqual([]);
    expect(jsonChildren(text, root, 1)).toHaveLength(1);
  });

  test('pretty text means the same', () => {
    const root = jsonRoot(text)!;
    const pretty = jsonPretty(text, root);
    expect(pretty).toContain(
      '"a": [\n    9007199254740993,\n    "x\\"]y",\n    null\n  ],\n  "2": {},',
    );
    expect(JSON.parse(pretty)).toEqual(JSON.parse(text));
  });

  test('what is not JSON stays text, however deep', () => {
    expect(looksLikeJson('[ok] done')).toBe(false);
    expect(looksLikeJson('')).toBe(false);
    expect(jsonRoot('{"a": 1, ... (string truncated at 5000 chars)}')).toBeNull();
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const root = jsonRoot(deep);
    if (root) expect(jsonChildren(deep, root)).toHaveLength(1);
    expect(jsonRoot('"a \\\\"')).toMatchObject({ kind: 'string' });
  });
});

test('words', () => {
  expect(shortId('4bf92f3577b34da6a3ce929d0e0e4736')).toBe('4bf92f…4736');
  expect(shortId('051581bf3cb55c13')).toBe('051581bf3cb55c13');
  expect(share(1, 3)).toBe('33.3\u202f%');
  expect(share(9_999, 10_000)).toBe('99.9\u202f%');
  expect(share(1, 1e9)).toBe('<\u202f0.01\u202f%');
  expect(share(5, 5)).toBe('100\u202f%');
  expect(share(5, 0)).toBe('');
  expect(offset(-1500n)).toBe('−1.5\u202fµs');
  expect(offset(0)).toBe('+0\u202fns');
});
