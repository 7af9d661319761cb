import { describe, expect, it } from 'vitest';
import {
  USUAL_LAYOUT,
  barsPath,
  isShown,
  isTableLayout,
  parseSort,
  placeColumns,
  sortAfterClick,
  sortText,
  templateOf,
  withColumn,
  withWidth,
  type TableColumn,
} from '$lib/ui/table/data-table';

const column = (some: Partial<TableColumn<string>> & { id: string }): TableColumn<string> => ({
  label: some.id,
  widthPx: 100,
  cell: (row) => ({ text: row }),
  ...some,
});

const COLUMNS = [
  column({ id: 'name', shown: 'always', widthPx: 240, grows: 2 }),
  column({ id: 'calls', isNumber: true }),
  column({ id: 'note', grows: 1 }),
  column({ id: 'rare', shown: 'chosen' }),
  column({ id: 'do', sorts: null, widthPx: 60, minPx: 40 }),
];

const ids = (tablePx: number, layout = USUAL_LAYOUT) =>
  placeColumns(COLUMNS, layout, tablePx).map(({ column: { id } }) => id);
const widths = (tablePx: number, layout = USUAL_LAYOUT) =>
  placeColumns(COLUMNS, layout, tablePx).map(({ widthPx }) => widthPx);

describe('columns', () => {
  it('are the usual ones until some are chosen', () => {
    expect(ids(900)).toEqual(['name', 'calls', 'note', 'do']);
    const more = withColumn(COLUMNS, USUAL_LAYOUT, 'rare', true);
    expect(ids(900, more)).toEqual(['name', 'calls', 'note', 'rare', 'do']);
    const less = withColumn(COLUMNS, more, 'calls', false);
    expect(ids(900, less)).toEqual(['name', 'note', 'rare', 'do']);
    expect(isShown(COLUMNS[0], withColumn(COLUMNS, less, 'name', false))).toBe(true);
  });

  it('share out the room that is left, to the pixel', () => {
    expect(widths(500)).toEqual([220 + 13, 100, 100 + 7, 60]);
    expect(widths(1001)).toEqual([240 + 334, 100, 100 + 167, 60]);
    expect(widths(1001).reduce((a, b) => a + b)).toBe(1001);
    expect(templateOf(placeColumns(COLUMNS, USUAL_LAYOUT, 300))).toBe('132px 100px 90px 60px');
  });

  it('keep the widths that were dragged, within limits', () => {
    const dragged = withWidth(COLUMNS[0], USUAL_LAYOUT, 300.4);
    expect(widths(1000, dragged)).toEqual([300, 100, 540, 60]);
    expect(withWidth(COLUMNS[4], dragged, 3).widths.do).toBe(40);
    expect(withWidth(COLUMNS[0], dragged, 1e6).widths.name).toBe(1200);
    expect(withWidth(COLUMNS[0], dragged, null)).toEqual(USUAL_LAYOUT);
  });

  it('are read back from storage when they are a layout', () => {
    expect(isTableLayout({ columns: ['a'], widths: { a: 3 } })).toBe(true);
    expect(isTableLayout(USUAL_LAYOUT)).toBe(true);
    for (const wrong of [null, {}, [], { columns: [1], widths: {} }, { columns: null }])
      expect(isTableLayout(wrong)).toBe(false);
    expect(isTableLayout({ columns: null, widths: { a: '3' } })).toBe(false);
  });
});

describe('orders', () => {
  it('begin with what a column is looked at for, and turn around', () => {
    expect(sortAfterClick(COLUMNS[1], null)).toEqual({ column: 'calls', descending: true });
    expect(sortAfterClick(COLUMNS[0], null)).toEqual({ column: 'name', descending: false });
    expect(sortAfterClick(COLUMNS[0], { column: 'name', descending: false })).toEqual({
      column: 'name',
      descending: true,
    });
    expect(sortAfterClick(COLUMNS[4], null)).toBeNull();
  });

  it('have a text', () => {
    for (const text of ['-calls', 'calls', '-name'])
      expect(sortText(parseSort(text, COLUMNS)!)).toBe(text);
    expect(parseSort('-do', COLUMNS)).toBeNull();
    expect(parseSort('nothing', COLUMNS)).toBeNull();
    expect(parseSort('', COLUMNS)).toBeNull();
  });
});

describe('bars in a row', () => {
  it('are as high as their share of the highest, and seen where there is anything', () => {
    expect(barsPath([1, 0, 4])).toBe('M0.08 1V0.75h.84V1zM2.08 1V0h.84V1z');
    expect(barsPath([1, 1_000_000])).toBe('M0.08 1V0.94h.84V1zM1.08 1V0h.84V1z');
    expect(barsPath([0, 0])).toBe('');
    expect(barsPath([])).toBe('');
  });
});
