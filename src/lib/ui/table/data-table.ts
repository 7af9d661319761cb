/** What a DataTable is told of its columns, and how wide they are. Pure: the owner asks the engine for rows in an order. */

/**
 * One cell as it is drawn: a text (or what stands in its place), with what helps to compare it. `null` from a column's
 * `cell` leaves the cell empty.
 */
export interface Cell {
  text: string;
  /** Drawn quieter behind the text. */
  unit?: string;
  /** A second text, quieter and a little apart. */
  beside?: string;
  /** The whole value, on hover; the text where it is left out. */
  title?: string;
  tone?: 'quiet' | 'faint' | 'error' | 'warn';
  /** For ids and code. */
  isMono?: boolean;
  /** A CSS colour: a dot in front of the text. */
  dot?: string;
  /** For the first cell of a row of a tree: how deep it stands (from 1), and whether it is open, null with nothing inside. */
  branch?: { level: number; isOpen: boolean | null };
  /** A red mark behind the text: its accessible name. */
  failure?: string;
  /** An amber mark before the text: its accessible name. */
  warning?: string;
  /** Names in place of the text, as many as there is room for. */
  badges?: readonly CellBadge[];
  /** Values in place of the text, each as wide as its share. */
  segments?: readonly CellSegment[];
  /** 0–1: a bar under the figure. */
  bar?: number;
  /** Width of the figure, for a bar that stands beside it where there is room. */
  figurePx?: number;
  /** Heights, of any unit, from left to right: bars in place of the text, which then is their accessible name. */
  histogram?: readonly number[];
  /** A CSS colour for `bar` and `histogram`. */
  colour?: string;
  /** A click on the value, or Enter with the keys at its cell: usually opens the value menu. */
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
  /** The `d` of a 24 × 24 stroked icon: a component for each cell would cost every scrolled row dearly. */
  icon: string;
  run: (event: MouseEvent) => void;
}

export interface TableColumn<Row> {
  /** Stable: sorting, widths and choices are kept by it. */
  id: string;
  label: string;
  /** What the figure is, as a tooltip of its header. */
  about?: string;
  /** Right-aligned figures. */
  isNumber?: boolean;
  widthPx: number;
  /** Default 56. */
  minPx?: number;
  /** Takes a share of the room that is left, in parts; 0 where it is left out. */
  grows?: number;
  /** What the first click on its header asks for; null: not to be sorted by. Default: 'descending' for figures. */
  sorts?: 'ascending' | 'descending' | null;
  /** 'always' can't be hidden; 'chosen' is hidden until it is asked for. */
  shown?: 'always' | 'chosen';
  cell: (row: Row) => Cell | null;
}

/** Which column the rows are in order of. */
export interface TableSort {
  column: string;
  descending: boolean;
}

/** What a person made of a table; kept by its owner. */
export interface TableLayout {
  /** Ids of the columns that are shown, in the table's order; null for the usual ones. */
  columns: readonly string[] | null;
  /** Widths that were dragged, by id. */
  widths: Readonly<Record<string, number>>;
}

export const USUAL_LAYOUT: TableLayout = { columns: null, widths: {} };

export const MAX_COLUMN_PX = 1200;
const MIN_COLUMN_PX = 56;
/** The first column stays in place while the others scroll, and may take this much of a narrow table. */
const FIRST_COLUMN_SHARE = 0.44;
/** Under this width, the other columns that grow get less at first, so that figures are seen beside them. */
const NARROW_PX = 600;
const NARROW_SHARE = 0.3;

/** A column as it stands: with its width. */
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

/** The columns that are shown, with their widths in a table of this width; room that is left is shared out. */
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

/** The order that a click on the column's header asks for; null where it can't be sorted by. */
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

/** `-calls`, `service`: how links and storage keep an order. */
export function sortText({ column, descending }: TableSort): string {
  return (descending ? '-' : '') + column;
}

/** Reads what `sortText` writes; null where the column is none of these. */
export function parseSort<Row>(
  text: string,
  columns: readonly TableColumn<Row>[],
): TableSort | null {
  const descending = text.startsWith('-');
  const id = descending ? text.slice(1) : text;
  const column = columns.find((known) => known.id === id);
  return column && column.sorts !== null ? { column: id, descending } : null;
}

/** Whether something that was stored is a layout. */
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

/** The `d` of bars of these heights in a box of one unit a bar by one unit; what is not nothing is seen. */
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
