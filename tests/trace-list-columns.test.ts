import { expect, it } from 'vitest';
import {
  fittingBadges,
  gridTemplate,
  visibleColumns,
} from '../src/lib/views/timeline/trace-list-columns';

const ids = (listPx: number, hasWorkflows = true) =>
  visibleColumns(listPx, hasWorkflows, {}).map(({ id }) => id);

it('shows what there is room for', () => {
  expect(ids(400)).toEqual(['status', 'name', 'duration']);
  expect(ids(800)).toEqual(['status', 'name', 'spans', 'errors', 'start', 'duration']);
  expect(ids(1440)).toContain('workflow');
  expect(ids(1440, false)).not.toContain('workflow');
});

it('never asks for more room than there is, unless widths were dragged', () => {
  for (let listPx = 320; listPx <= 3840; listPx += 7) {
    const columns = visibleColumns(listPx, true, {});
    const sumPx = columns.reduce((sum, { widthPx }) => sum + widthPx, 0);
    expect(sumPx, `${listPx} px`).toBeLessThanOrEqual(Math.max(listPx, 364) + 1);
  }
});

it('keeps dragged widths, within bounds', () => {
  const width = (services: number) =>
    visibleColumns(1440, false, { services }).find(({ id }) => id === 'services')!.widthPx;
  expect(width(333)).toBe(333);
  expect(width(1)).toBe(60);
  expect(width(1e9)).toBe(800);
});

it('lets the name take the rest', () => {
  expect(gridTemplate(visibleColumns(400, false, {}))).toBe('32px minmax(240px, 1fr) 97px');
});

it('cuts badges with room for the count of the others', () => {
  expect(fittingBadges(['cart', 'checkout', 'payment'], 1000)).toBe(3);
  expect(fittingBadges(['cart', 'checkout', 'payment'], 200)).toBe(2);
  expect(fittingBadges(['a-service-with-a-very-long-name'], 50)).toBe(1);
  expect(fittingBadges(['a-service-with-a-very-long-name', 'b'], 50)).toBe(1);
  expect(fittingBadges([], 50)).toBe(0);
});
