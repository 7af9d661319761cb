/** The columns of the trace list: which fit a width, how wide they are, what was dragged. Pure. */
import type { SortKey } from '$lib/state/url';

export type ColumnId =
  'status' | 'name' | 'workflow' | 'spans' | 'errors' | 'services' | 'start' | 'duration';

export interface Column {
  id: ColumnId;
  label: string;
  sort: SortKey | null;
  /** What a first click on the header sorts by. */
  descendingFirst: boolean;
  widthPx: number;
  minPx: number;
  isNumber: boolean;
}

/** Widths that were dragged, by column. */
export type Widths = Partial<Record<ColumnId, number>>;

export const MAX_WIDTH_PX = 800;

const COLUMNS: Column[] = [
  column('status', '', null, 32, 32),
  column('name', 'Trace', 'name', 240, 120, { descendingFirst: false }),
  column('workflow', 'Workflow', null, 150, 60),
  column('services', 'Services', null, 170, 60),
  column('spans', 'Spans', 'spans', 76, 52, { isNumber: true }),
  column('errors', 'Errors', 'errors', 76, 52, { isNumber: true }),
  column('start', 'Start', 'start', 92, 64, { isNumber: true }),
  column('duration', 'Duration', 'duration', 240, 84),
];

/** From which width of the list on a column has room. */
const SHOWN_FROM_PX: Record<ColumnId, number> = {
  status: 0,
  name: 0,
  duration: 0,
  spans: 520,
  errors: 600,
  start: 780,
  services: 930,
  workflow: 1080,
};

/** On a narrow list, the duration is a figure without a bar. */
const BAR_FROM_PX = 700;

/** How the room that is left is shared out, where a column was not dragged; the name takes the rest. */
const SHARE: Widths = { services: 0.45, duration: 0.15 };

export function visibleColumns(listPx: number, hasWorkflows: boolean, widths: Widths): Column[] {
  const shown = COLUMNS.filter(
    ({ id }) => listPx >= SHOWN_FROM_PX[id] && (id !== 'workflow' || hasWorkflows),
  ).map((column) => {
    const narrow = column.id === 'duration' && listPx < BAR_FROM_PX;
    const widthPx = clampWidth(column, widths[column.id] ?? (narrow ? 92 : column.widthPx));
    return { ...column, widthPx };
  });
  const sparePx = Math.max(0, listPx - shown.reduce((sum, { widthPx }) => sum + widthPx, 0));
  for (const column of shown) {
    const share = widths[column.id] === undefined ? (SHARE[column.id] ?? 0) : 0;
    column.widthPx = clampWidth(column, column.widthPx + sparePx * share);
  }
  return shown;
}

export function clampWidth(column: Column, widthPx: number): number {
  return Math.round(Math.max(column.minPx, Math.min(MAX_WIDTH_PX, widthPx)));
}

/** `grid-template-columns`: the name takes what is left. */
export function gridTemplate(columns: Column[]): string {
  return columns
    .map(({ id, widthPx }) => (id === 'name' ? `minmax(${widthPx}px, 1fr)` : `${widthPx}px`))
    .join(' ');
}

/** How many of the names fit as badges into the width, with room for '+n' where not all do. At least one. */
export function fittingBadges(names: readonly string[], widthPx: number): number {
  const CHARACTER_PX = 6.6;
  const BADGE_PX = 27;
  const MORE_PX = 34;
  let usedPx = 0;
  for (let i = 0; i < names.length; i++) {
    usedPx += BADGE_PX + names[i].length * CHARACTER_PX;
    const isLast = i === names.length - 1;
    if (usedPx > widthPx - (isLast ? 0 : MORE_PX)) return Math.max(1, i);
  }
  return names.length;
}

function column(
  id: ColumnId,
  label: string,
  sort: SortKey | null,
  widthPx: number,
  minPx: number,
  { descendingFirst = true, isNumber = false } = {},
): Column {
  return { id, label, sort, widthPx, minPx, descendingFirst, isNumber };
}
