/** Sorts the rows of a complete result in the page. */
import type { QueryResult } from '$lib/engine/engine';
import { jsonText } from '$lib/model/table-text';
import type { ResultColumn } from './cell-text';

export interface RowSort {
  column: string;
  descending: boolean;
}

/**
 * Row indexes in the order of a column, stable, NULLs last either way; null for the original order. Numbers are compared by
 * value, texts by characters, as in the engine.
 */
export function sortedRows(
  result: QueryResult,
  column: ResultColumn,
  descending: boolean,
): Int32Array {
  const { rowCount } = result;
  const values = Array.from({ length: rowCount }, (_, row) => {
    const value = result.value(row, column.name);
    if (value === null) return null;
    if (column.isNumber || typeof value === 'boolean') return value as bigint | number | boolean;
    return typeof value === 'string' ? value : jsonText(value);
  });
  const sign = descending ? -1 : 1;
  return Int32Array.from({ length: rowCount }, (_, row) => row).sort((a, b) => {
    const [x, y] = [values[a], values[b]];
    if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1;
    // NaN is larger than every number, as in the engine.
    const [xNaN, yNaN] = [Number.isNaN(x), Number.isNaN(y)];
    if (xNaN || yNaN) return xNaN === yNaN ? a - b : (xNaN ? 1 : -1) * sign;
    if (x === y) return a - b;
    return (x < y ? -1 : 1) * sign;
  });
}
