/** Columns of the trace list: what the dataset has, what was chosen, what there is room for. */
import { expect, it } from 'vitest';
import { USUAL_LAYOUT, fittingBadges, placeColumns, withColumn } from '$lib/ui/table/data-table';
import {
  fittingColumns,
  traceColumns,
  type RareColumn,
} from '$lib/views/traces/trace-list-columns';

const columnsWith = (...had: RareColumn[]) =>
  traceColumns({ had: new Set(had), longestNs: () => 1, offer: () => {} });

/** Ids of what is shown. */
function ids(listPx: number, columns = columnsWith('workflow'), layout = USUAL_LAYOUT): string[] {
  return placeColumns(fittingColumns(columns, layout, listPx), layout, listPx).map(
    ({ column }) => column.id,
  );
}

it('shows what there is room for', () => {
  expect(ids(400)).toEqual(['name', 'duration']);
  expect(ids(800)).toEqual(['name', 'spans', 'errors', 'start', 'duration']);
  expect(ids(1440)).toContain('workflow');
  expect(ids(1440, columnsWith())).not.toContain('workflow');
});

it('fills the room there is, unless widths were dragged', () => {
  const columns = columnsWith('workflow');
  for (let listPx = 320; listPx <= 3840; listPx += 7) {
    const placed = placeColumns(
      fittingColumns(columns, USUAL_LAYOUT, listPx),
      USUAL_LAYOUT,
      listPx,
    );
    const sumPx = placed.reduce((sum, { widthPx }) => sum + widthPx, 0);
    expect(sumPx, `${listPx} px`).toBeCloseTo(listPx, 6);
  }
});

it('shows and hides what was chosen, of what the dataset has', () => {
  const columns = columnsWith('tokens', 'cost');
  expect(ids(1440, columns)).not.toContain('cost');
  const chosen = withColumn(
    columns,
    withColumn(columns, USUAL_LAYOUT, 'cost', true),
    'spans',
    false,
  );
  expect(ids(1440, columns, chosen)).toEqual([
    'name',
    'services',
    'errors',
    'cost',
    'start',
    'duration',
  ]);
  expect(ids(720, columns, chosen)).toContain('cost');
  expect(ids(400, columns, chosen)).toEqual(['name', 'duration']);
  expect(ids(1440, columnsWith(), chosen)).not.toContain('cost');
});

it('cuts badges with room for the count of the others', () => {
  expect(fittingBadges(['cart', 'checkout', 'payment'], 1000)).toBe(3);
  expect(fittingBadges(['cart', 'checkout', 'payment'], 200)).toBe(2);
  expect(fittingBadges(['a-service-with-a-very-long-name'], 50)).toBe(1);
  expect(fittingBadges(['a-service-with-a-very-long-name', 'b'], 50)).toBe(1);
  expect(fittingBadges([], 50)).toBe(0);
});
