/** The rows of a result in another order, in the page: for results that are there whole. */
import type { QueryResult } from '$lib/engine/engine';
import { jsonText } from '$lib/model/table-text';
import type { ResultColumn } from './cell-text';

export interface RowSort {
  column: string;
  descending: boolean;
}

/**
 * Places of rows in the order of a column, NULLs last either way and equal ones as they were; null for the order that
 * the rows came in. Numbers by their size, texts by their characters as the engine does.
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
    // NaN is larger than every number, as the engine has it.
    const [xNaN, yNaN] = [Number.isNaN(x), Number.isNaN(y)];
    if (xNaN || yNaN) return xNaN === yNaN ? a - b : (xNaN ? 1 : -1) * sign;
    if (x === y) return a - b;
    return (x < y ? -1 : 1) * sign;
  });
}
