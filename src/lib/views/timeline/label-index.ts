/**
 * Numbers the distinct labels among many rows by their bytes: of 200,000 spans with fifty names, fifty are decoded. Doing
 * the same by a join in SQL costs several times as much.
 */
import type { QueryResult } from '$lib/engine/engine';
import type { SpanLabel } from './trace';

/** One column of text, as the chunks of Arrow's layout: https://arrow.apache.org/docs/format/Columnar.html */
interface TextChunk {
  firstRow: number;
  length: number;
  /** Chunk-relative row → range of `values`. */
  offsets: Int32Array;
  values: Uint8Array;
}

const COLUMNS = ['name', 'service', 'operation'] as const;

/** The label of each row as an index into the distinct ones. NULL counts as ''. */
export function indexLabels(result: QueryResult): { label: Int32Array; labels: SpanLabel[] } {
  const rows = result.rowCount;
  const columns = COLUMNS.map((column) => chunksOf(result, column));
  const hashes = new Uint32Array(rows).fill(0x811c9dc5);
  for (const chunks of columns) for (const chunk of chunks) mixIn(hashes, chunk);

  const label = new Int32Array(rows);
  const labels: SpanLabel[] = [];
  /** First row of each label. */
  const firstRows: number[] = [];
  let slots = new Int32Array(1024).fill(-1);
  for (let row = 0; row < rows; row++) {
    let slot = hashes[row] & (slots.length - 1);
    while (slots[slot] >= 0) {
      const first = firstRows[slots[slot]];
      if (hashes[first] === hashes[row] && sameText(columns, first, row)) break;
      slot = (slot + 1) & (slots.length - 1);
    }
    if (slots[slot] < 0) {
      slots[slot] = labels.length;
      firstRows.push(row);
      labels.push(labelAt(result, row));
    }
    label[row] = slots[slot];
    if (labels.length * 2 > slots.length) slots = enlarged(slots.length * 2, firstRows, hashes);
  }
  return { label, labels };
}

function enlarged(size: number, firstRows: number[], hashes: Uint32Array): Int32Array<ArrayBuffer> {
  const slots = new Int32Array(size).fill(-1);
  firstRows.forEach((row, index) => {
    let slot = hashes[row] & (size - 1);
    while (slots[slot] >= 0) slot = (slot + 1) & (size - 1);
    slots[slot] = index;
  });
  return slots;
}

function labelAt(result: QueryResult, row: number): SpanLabel {
  const text = (column: string): string => (result.value(row, column) as string | null) ?? '';
  const name = text('name');
  return { name, service: text('service'), operation: text('operation') || name };
}

function chunksOf(result: QueryResult, column: string): TextChunk[] {
  let firstRow = 0;
  return (result.table.getChild(column)?.data ?? []).map((data) => {
    const chunk: TextChunk = {
      firstRow,
      length: data.length,
      offsets: data.valueOffsets as Int32Array,
      values: data.values as Uint8Array,
    };
    firstRow += data.length;
    return chunk;
  });
}

/** FNV-1a, with a separator so that ('ab', 'c') and ('a', 'bc') differ. */
function mixIn(hashes: Uint32Array, { firstRow, length, offsets, values }: TextChunk): void {
  const last = Math.min(length, hashes.length - firstRow);
  for (let i = 0; i < last; i++) {
    let hash = hashes[firstRow + i] ^ 0xff;
    for (let at = offsets[i]; at < offsets[i + 1]; at++) {
      hash = Math.imul(hash ^ values[at], 0x01000193);
    }
    hashes[firstRow + i] = Math.imul(hash, 0x01000193) ^ (hash >>> 15);
  }
}

function sameText(columns: TextChunk[][], a: number, b: number): boolean {
  return columns.every((chunks) => {
    const chunkA = chunkOf(chunks, a);
    const chunkB = chunkOf(chunks, b);
    const startA = chunkA.offsets[a - chunkA.firstRow];
    const startB = chunkB.offsets[b - chunkB.firstRow];
    const length = chunkA.offsets[a - chunkA.firstRow + 1] - startA;
    if (length !== chunkB.offsets[b - chunkB.firstRow + 1] - startB) return false;
    for (let i = 0; i < length; i++) {
      if (chunkA.values[startA + i] !== chunkB.values[startB + i]) return false;
    }
    return true;
  });
}

function chunkOf(chunks: TextChunk[], row: number): TextChunk {
  let low = 0;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (chunks[middle].firstRow <= row) low = middle;
    else high = middle - 1;
  }
  return chunks[low];
}
