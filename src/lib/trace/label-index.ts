/**
 * Numbers the distinct labels among many rows by their bytes: for 200,000 spans with fifty names, fifty are decoded. A join
 * in SQL costs several times as much.
 */
import type { QueryResult } from '$lib/engine/engine';
import type { SpanLabel } from './trace';

/** Text in Arrow's layout: https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-layout */
interface TextColumn {
  offsets: Int32Array;
  values: Uint8Array;
}

/** A record batch: the same rows of all three columns. */
interface Batch {
  firstRow: number;
  rows: number;
  columns: TextColumn[];
}

const COLUMNS = ['name', 'service', 'operation'] as const;

/** The label of each row as an index into the distinct ones. NULL counts as ''. */
export function indexLabels(result: QueryResult): { label: Int32Array; labels: SpanLabel[] } {
  const label = new Int32Array(result.rowCount);
  const labels: SpanLabel[] = [];
  /** For each label, the row where it was first seen, and its hash. */
  const seen: { batch: Batch; i: number; hash: number }[] = [];
  let slots = new Int32Array(1024).fill(-1);
  for (const batch of batchesOf(result)) {
    const hashes = hashesOf(batch);
    for (let i = 0; i < batch.rows; i++) {
      const hash = hashes[i];
      let slot = hash & (slots.length - 1);
      for (; slots[slot] >= 0; slot = (slot + 1) & (slots.length - 1)) {
        const known = seen[slots[slot]];
        if (known.hash === hash && isSameText(known.batch, known.i, batch, i)) break;
      }
      if (slots[slot] < 0) {
        slots[slot] = labels.length;
        seen.push({ batch, i, hash });
        labels.push(labelAt(result, batch.firstRow + i));
      }
      label[batch.firstRow + i] = slots[slot];
      if (labels.length * 2 > slots.length) {
        slots = new Int32Array(slots.length * 2).fill(-1);
        seen.forEach((known, index) => {
          let free = known.hash & (slots.length - 1);
          while (slots[free] >= 0) free = (free + 1) & (slots.length - 1);
          slots[free] = index;
        });
      }
    }
  }
  return { label, labels };
}

function labelAt(result: QueryResult, row: number): SpanLabel {
  const text = (column: string): string => (result.value(row, column) as string | null) ?? '';
  const name = text('name');
  return { name, service: text('service'), operation: text('operation') || name };
}

function batchesOf(result: QueryResult): Batch[] {
  let firstRow = 0;
  return result.table.batches.map((batch) => {
    const columns = COLUMNS.map((column) => {
      const [data] = batch.getChild(column)!.data;
      return { offsets: data.valueOffsets as Int32Array, values: data.values as Uint8Array };
    });
    const rows = Math.min(batch.numRows, result.rowCount - firstRow);
    firstRow += batch.numRows;
    return { firstRow: firstRow - batch.numRows, rows, columns };
  });
}

/** FNV-1a, with a separator so that ('ab', 'c') and ('a', 'bc') differ. */
function hashesOf({ rows, columns }: Batch): Uint32Array {
  const hashes = new Uint32Array(Math.max(0, rows)).fill(0x811c9dc5);
  for (const { offsets, values } of columns) {
    for (let i = 0; i < rows; i++) {
      let hash = hashes[i] ^ 0xff;
      for (let at = offsets[i]; at < offsets[i + 1]; at++) {
        hash = Math.imul(hash ^ values[at], 0x01000193);
      }
      hash = Math.imul(hash, 0x01000193);
      hashes[i] = hash ^ (hash >>> 15);
    }
  }
  return hashes;
}

function isSameText(batchA: Batch, a: number, batchB: Batch, b: number): boolean {
  for (let column = 0; column < COLUMNS.length; column++) {
    const { offsets: offsetsA, values: valuesA } = batchA.columns[column];
    const { offsets: offsetsB, values: valuesB } = batchB.columns[column];
    const length = offsetsA[a + 1] - offsetsA[a];
    if (length !== offsetsB[b + 1] - offsetsB[b]) return false;
    for (let i = 0; i < length; i++) {
      if (valuesA[offsetsA[a] + i] !== valuesB[offsetsB[b] + i]) return false;
    }
  }
  return true;
}
