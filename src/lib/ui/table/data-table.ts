/** A DataTable's columns and their widths. Pure: the owner queries the rows in an order. */

/**
 * One cell as drawn: a text (or a replacement), with visual aids to compare it. `null` from a column's
 * `cell` leaves the cell empty.
 */
export interface Cell {
  text: string;
  /** Drawn quieter behind the text. */
  unit?: string;
  /** A second text, muted and slightly apart. */
  beside?: string;
  /** The whole value, on hover; by default the text. */
  title?: string;
  tone?: 'quiet' | 'faint' | 'error' | 'warn';
  /** For ids and code. */
  isMono?: boolean;
  /** A CSS colour: a dot in front of the text. */
  dot?: string;
  /** For the first cell of a tree row: its level (from 1), and whether it is open; null without children. */
  branch?: { level: number; isOpen: boolean | null };
  /** A red mark behind the text: its accessible name. */
  failure?: string;
  /** An amber mark before the text: its accessible name. */
  warning?: string;
  /** Names in place of the text, as many as fit. */
  badges?: readonly CellBadge[];
  /** Values in place of the text, each as wide as its share. */
  segments?: readonly CellSegment[];
  /** 0–1: a bar under the figure. */
  bar?: number;
  /** Width of the figure, for a bar beside it if there is room. */
  figurePx?: number;
  /** Heights, of any unit, from left to right: bars in place of the text, which then is their accessible name. */
  histogram?: readonly number[];
  /** A CSS colour for `bar` and `histogram`. */
  colour?: string;
  /** A click on the value, or Enter on its cell: usually opens the value menu. */
  onclick?: (event: MouseEvent) => void;
  /** Small icon buttons in place of the text. */
  actions?: readonly CellAction[];
}

export interface CellBadge {
  text: string;
  /** A CSS colour. */
  colour: string;
  onclick: (event: MouseEvent) => void;
}

export interface CellSegment {
  text: string;
  /** 0–1. */
  share: number;
  onclick?: (event: MouseEvent) => void;
}

export interface CellAction {
  /** Its accessible name and tooltip. */
  label: string;
  /** The `d` of a 24 × 24 stroked icon: a component per cell would make scrolling slow. */
  icon: string;
  run: (event: MouseEvent) => void;
}

export interface TableColumn<Row> {
  /** Stable: key of the stored sorting, widths and choices. */
  id: string;
  label: string;
  /** What the figure is, as a tooltip of its header. */
  about?: string;
  /** Right-aligned figures. */
  isNumber?: boolean;
  widthPx: number;
  /** Default 56. */
  minPx?: number;
  /** Its share of the remaining width, in parts; default 0. */
  grows?: number;
  /** The order of the first click on its header; null: not sortable. Default: 'descending' for figures. */
  sorts?: 'ascending' | 'descending' | null;
  /** 'always' can't be hidden; 'chosen' is hidden by default. */
  shown?: 'always' | 'chosen';
  cell: (row: Row) => Cell | null;
}

/** The column the rows are sorted by. */
export interface TableSort {
  column: string;
  descending: boolean;
}

/** The visitor's changes to a table; stored by its owner. */
export interface TableLayout {
  /** Ids of the shown columns, in the table's order; null for the default. */
  columns: readonly string[] | null;
  /** Widths that were dragged, by id. */
  widths: Readonly<Record<string, number>>;
}

export const USUAL_LAYOUT: TableLayout = { columns: null, widths: {} };

export const MAX_COLUMN_PX = 1200;
const MIN_COLUMN_PX = 56;
/** The sticky first column may take this share of a narrow table. */
const FIRST_COLUMN_SHARE = 0.44;
/** Below this width, other growing columns start narrower, so that figures stay visible beside them. */
const NARROW_PX = 600;
const NARROW_SHARE = 0.3;

/** A column with its current width. */
export interface PlacedColumn<Row> {
  column: TableColumn<Row>;
  widthPx: number;
}

export function isShown<Row>(column: TableColumn<Row>, { columns }: TableLayout): boolean {
  if (column.shown === 'always') return true;
  return columns ? columns.includes(column.id) : column.shown !== 'chosen';
}

/** The layout with a column shown or hidden. */
export function withColumn<Row>(
  all: readonly TableColumn<Row>[],
  layout: TableLayout,
  id: string,
  shown: boolean,
): TableLayout {
  const columns = all
    .filter((column) => (column.id === id ? shown : isShown(column, layout)))
    .map((column) => column.id);
  return { ...layout, columns };
}

/** The layout with a column of this width; null: the usual one. */
export function withWidth<Row>(
  column: TableColumn<Row>,
  layout: TableLayout,
  widthPx: number | null,
): TableLayout {
  const widths = { ...layout.widths };
  if (widthPx === null) delete widths[column.id];
  else widths[column.id] = clampWidth(column, widthPx);
  return { ...layout, widths };
}

/** The shown columns with their widths in a table of this width; remaining width is shared out. */
export function placeColumns<Row>(
  all: readonly TableColumn<Row>[],
  layout: TableLayout,
  tablePx: number,
): PlacedColumn<Row>[] {
  const placed = all
    .filter((column) => isShown(column, layout))
    .map((column, index) => {
      const isNarrow = tablePx < NARROW_PX && column.grows !== undefined;
      const most = index === 0 ? FIRST_COLUMN_SHARE : isNarrow ? NARROW_SHARE : 1;
      const usualPx = tablePx > 0 ? Math.min(column.widthPx, tablePx * most) : column.widthPx;
      return { column, widthPx: clampWidth(column, layout.widths[column.id] ?? usualPx) };
    });
  const growing = placed.filter(
    ({ column }) => column.grows && layout.widths[column.id] === undefined,
  );
  const parts = growing.reduce((sum, { column }) => sum + column.grows!, 0);
  let sparePx = tablePx - placed.reduce((sum, { widthPx }) => sum + widthPx, 0);
  if (sparePx <= 0 || !parts) return placed;
  const perPart = sparePx / parts;
  for (const [i, one] of growing.entries()) {
    const sharePx = i === growing.length - 1 ? sparePx : Math.floor(perPart * one.column.grows!);
    one.widthPx += sharePx;
    sparePx -= sharePx;
  }
  return placed;
}

/** `grid-template-columns`. */
export function templateOf<Row>(columns: readonly PlacedColumn<Row>[]): string {
  return columns.map(({ widthPx }) => `${widthPx}px`).join(' ');
}

export function clampWidth<Row>({ minPx = MIN_COLUMN_PX }: TableColumn<Row>, px: number): number {
  return Math.round(Math.max(minPx, Math.min(MAX_COLUMN_PX, px)));
}

/** The order that a click on the column's header requests; null if it is not sortable. */
export function sortAfterClick<Row>(
  column: TableColumn<Row>,
  sort: TableSort | null,
): TableSort | null {
  const first = column.sorts === undefined ? usualOrder(column) : column.sorts;
  if (first === null) return null;
  const descending = sort?.column === column.id ? !sort.descending : first === 'descending';
  return { column: column.id, descending };
}

function usualOrder<Row>({ isNumber }: TableColumn<Row>): 'ascending' | 'descending' {
  return isNumber ? 'descending' : 'ascending';
}

/** `-calls`, `service`: an order as stored in links and the browser. */
export function sortText({ column, descending }: TableSort): string {
  return (descending ? '-' : '') + column;
}

/** Reads what `sortText` writes; null if the column is not one of these. */
export function parseSort<Row>(
  text: string,
  columns: readonly TableColumn<Row>[],
): TableSort | null {
  const descending = text.startsWith('-');
  const id = descending ? text.slice(1) : text;
  const column = columns.find((known) => known.id === id);
  return column && column.sorts !== null ? { column: id, descending } : null;
}

/** Whether a stored value is a layout. */
export function isTableLayout(value: unknown): value is TableLayout {
  if (typeof value !== 'object' || value === null) return false;
  const { columns, widths } = value as Record<string, unknown>;
  return (
    (columns === null ||
      (Array.isArray(columns) && columns.every((id) => typeof id === 'string'))) &&
    typeof widths === 'object' &&
    widths !== null &&
    Object.values(widths).every((px) => typeof px === 'number' && Number.isFinite(px))
  );
}

/** The `d` of bars of these heights in a box of one unit a bar by one unit; anything above 0 is visible. */
export function barsPath(heights: readonly number[]): string {
  const most = Math.max(...heights);
  if (!(most > 0)) return '';
  return heights
    .map((height, i) => {
      if (!(height > 0)) return '';
      const top = 1 - Math.max(0.06, height / most);
      return `M${i + 0.08} 1V${Number(top.toFixed(3))}h.84V1z`;
    })
    .join('');
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
