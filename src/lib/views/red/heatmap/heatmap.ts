/**
 * Spans by time and by the logarithm of their duration. Durations are counted in 20 bins per decade; a smaller
 * chart merges neighbouring bins, which is exact because coarse bins consist of whole fine ones.
 */

/** Fine bins a decade, as the engine counts them. */
export const BINS_PER_DECADE = 20;
/** Bins a decade that the fine ones add up to, finest first. */
const COARSER = [20, 10, 5, 4, 2, 1] as const;
/** The bin of durations of 0, which have no logarithm. */
export const ZERO_BIN = -1;

/**
 * Cells by column (bucket of time) and row (bin of duration, row 0 the shortest): `counts[row * columns + column]`. The
 * arrays are dense, because a picture has few cells.
 */
export interface Heatmap {
  columns: number;
  rows: number;
  binsPerDecade: number;
  /** The coarse bin of row 0, or of row 1 if row 0 is for durations of 0. */
  firstBin: number;
  hasZero: boolean;
  counts: Float64Array;
  errors: Float64Array;
  largest: number;
  total: number;
}

/** Selected cells, both ends inclusive. */
export interface Region {
  firstColumn: number;
  lastColumn: number;
  firstRow: number;
  lastRow: number;
}

/** The query's rows, one for each cell that is not empty. */
export interface HeatmapRows {
  bucket: ArrayLike<number>;
  bin: ArrayLike<number>;
  spans: ArrayLike<number>;
  errors: ArrayLike<number>;
}

/** Null if there are no spans. @param maxRows as many as fit */
export function heatmapOf(rows: HeatmapRows, columns: number, maxRows: number): Heatmap | null {
  let low = Infinity;
  let high = -Infinity;
  let hasZero = false;
  for (let i = 0; i < rows.bin.length; i++) {
    const bin = rows.bin[i];
    if (bin === ZERO_BIN) hasZero = true;
    else {
      if (bin < low) low = bin;
      if (bin > high) high = bin;
    }
  }
  if (!rows.bin.length) return null;
  const hasOthers = high >= low;
  const binsPerDecade = !hasOthers
    ? BINS_PER_DECADE
    : (COARSER.find((bins) => {
        const merge = BINS_PER_DECADE / bins;
        return Math.floor(high / merge) - Math.floor(low / merge) + 1 <= maxRows;
      }) ?? 1);
  const merge = BINS_PER_DECADE / binsPerDecade;
  const firstBin = hasOthers ? Math.floor(low / merge) : 0;
  const binRows = hasOthers ? Math.floor(high / merge) - firstBin + 1 : 0;
  const rowCount = binRows + (hasZero ? 1 : 0);
  const counts = new Float64Array(columns * rowCount);
  const errors = new Float64Array(columns * rowCount);
  let total = 0;
  for (let i = 0; i < rows.bin.length; i++) {
    const column = rows.bucket[i];
    if (column < 0 || column >= columns) continue;
    const row =
      rows.bin[i] === ZERO_BIN ? 0 : Math.floor(rows.bin[i] / merge) - firstBin + (hasZero ? 1 : 0);
    counts[row * columns + column] += rows.spans[i];
    errors[row * columns + column] += rows.errors[i];
    total += rows.spans[i];
  }
  const largest = counts.reduce((most, count) => Math.max(most, count), 0);
  return {
    columns,
    rows: rowCount,
    binsPerDecade,
    firstBin,
    hasZero,
    counts,
    errors,
    largest,
    total,
  };
}

/**
 * Durations of a row in whole nanoseconds, both ends inclusive: exactly the durations that the engine counts in its bins. A
 * bin's edge can be a whole nanosecond only at whole decades, and there the power of ten is exact.
 */
export function durationsOf(
  { firstBin, binsPerDecade, hasZero }: Heatmap,
  row: number,
): { minNs: number; maxNs: number } {
  if (hasZero && row === 0) return { minNs: 0, maxNs: 0 };
  const bin = firstBin + row - (hasZero ? 1 : 0);
  return {
    minNs: edgeNs(bin, binsPerDecade),
    maxNs: edgeNs(bin + 1, binsPerDecade) - 1,
  };
}

/** The least whole nanosecond of a bin. */
function edgeNs(bin: number, binsPerDecade: number): number {
  const decade = Math.floor(bin / binsPerDecade);
  const part = bin - decade * binsPerDecade;
  return part === 0 ? 10 ** decade : Math.ceil(10 ** (bin / binsPerDecade));
}

/** The fine bin of a duration, as the engine's expression computes it. For tests, and to place a duration. */
export function fineBin(ns: number): number {
  if (ns <= 0) return ZERO_BIN;
  let bin = Math.floor(Math.log10(ns) * BINS_PER_DECADE);
  // Logarithms are off by the last bit at some whole decades.
  while (edgeNs(bin + 1, BINS_PER_DECADE) <= ns) bin++;
  while (edgeNs(bin, BINS_PER_DECADE) > ns) bin--;
  return bin;
}

/** The place of a duration among the rows, from 0 at the lower edge of row 0 to `rows` at the upper edge of the last. */
export function rowAt({ firstBin, binsPerDecade, hasZero }: Heatmap, ns: number): number {
  return Math.log10(ns) * binsPerDecade - firstBin + (hasZero ? 1 : 0);
}

/** Spans and errors of a region. */
export function sumOf(
  { columns, counts, errors }: Heatmap,
  { firstColumn, lastColumn, firstRow, lastRow }: Region,
): { spans: number; errors: number } {
  let spans = 0;
  let failed = 0;
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      spans += counts[row * columns + column];
      failed += errors[row * columns + column];
    }
  }
  return { spans, errors: failed };
}

/** The region between two cells. */
export function regionOf(
  a: { column: number; row: number },
  b: { column: number; row: number },
): Region {
  return {
    firstColumn: Math.min(a.column, b.column),
    lastColumn: Math.max(a.column, b.column),
    firstRow: Math.min(a.row, b.row),
    lastRow: Math.max(a.row, b.row),
  };
}

/** Clips a region to the picture; null if nothing is left. */
export function clipRegion({ columns, rows }: Heatmap, region: Region): Region | null {
  const clipped = {
    firstColumn: Math.max(0, region.firstColumn),
    lastColumn: Math.min(columns - 1, region.lastColumn),
    firstRow: Math.max(0, region.firstRow),
    lastRow: Math.min(rows - 1, region.lastRow),
  };
  return clipped.firstColumn > clipped.lastColumn || clipped.firstRow > clipped.lastRow
    ? null
    : clipped;
}

/**
 * How strongly a cell is drawn, 0–1. Logarithmic, because a heatmap is read for cells with a single slow span among thousands
 * of fast ones; the faintest is still visible.
 */
export function strengthOf(count: number, largest: number): number {
  if (count <= 0) return 0;
  if (largest <= 1) return 1;
  return 0.18 + 0.82 * (Math.log(count) / Math.log(largest));
}
