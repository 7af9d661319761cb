/** The selected cells of a grid: a block between the cell where the selection started and the active one. */

export interface CellPlace {
  row: number;
  column: number;
}

export interface Selection {
  /** Where it started. */
  anchor: CellPlace;
  /** The active cell. */
  head: CellPlace;
}

/** First and last row and column, inclusive. */
export interface Block {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export function at(row: number, column: number): Selection {
  return { anchor: { row, column }, head: { row, column } };
}

export function blockOf({ anchor, head }: Selection): Block {
  return {
    top: Math.min(anchor.row, head.row),
    bottom: Math.max(anchor.row, head.row),
    left: Math.min(anchor.column, head.column),
    right: Math.max(anchor.column, head.column),
  };
}

export function isInside(
  { top, bottom, left, right }: Block,
  row: number,
  column: number,
): boolean {
  return row >= top && row <= bottom && column >= left && column <= right;
}

export function cellCount({ top, bottom, left, right }: Block): number {
  return (bottom - top + 1) * (right - left + 1);
}

export interface GridSize {
  rows: number;
  columns: number;
  /** Rows per page. */
  pageRows: number;
}

/** The relevant parts of a key press; `mod` is Ctrl or ⌘. */
export interface GridKey {
  key: string;
  shift: boolean;
  mod: boolean;
}

/** The selection after a key, as in spreadsheets; null if the key does not move it. */
export function moved(selection: Selection, key: GridKey, size: GridSize): Selection | null {
  const { row, column } = selection.head;
  const lastRow = size.rows - 1;
  const lastColumn = size.columns - 1;
  const to = (nextRow: number, nextColumn: number): Selection => {
    const head = {
      row: Math.max(0, Math.min(lastRow, nextRow)),
      column: Math.max(0, Math.min(lastColumn, nextColumn)),
    };
    return { anchor: key.shift ? selection.anchor : head, head };
  };
  switch (key.key) {
    case 'ArrowDown':
      return to(key.mod ? lastRow : row + 1, column);
    case 'ArrowUp':
      return to(key.mod ? 0 : row - 1, column);
    case 'ArrowRight':
      return to(row, key.mod ? lastColumn : column + 1);
    case 'ArrowLeft':
      return to(row, key.mod ? 0 : column - 1);
    case 'PageDown':
      return to(row + size.pageRows, column);
    case 'PageUp':
      return to(row - size.pageRows, column);
    case 'Home':
      return key.mod ? to(0, 0) : to(row, 0);
    case 'End':
      return key.mod ? to(lastRow, lastColumn) : to(row, lastColumn);
    case 'a':
      if (!key.mod || size.rows === 0) return null;
      return { anchor: { row: 0, column: 0 }, head: { row: lastRow, column: lastColumn } };
    default:
      return null;
  }
}
