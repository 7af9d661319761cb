/** Cells of the view's tables: figures in their units, names in their colours. */
import { colourVar } from '$lib/draw/colour';
import type { QueryResult } from '$lib/engine/engine';
import { formatCount, formatShare } from '$lib/model/quantity';
import { exactDuration, exactTime, shortDuration, shortDurationParts } from '$lib/model/time';
import type { Cell } from '$lib/ui/table/data-table';

/** One row of a result, decoded when a cell asks. */
export interface ResultRow {
  result: QueryResult;
  index: number;
}

/** Text of a cell; null for NULL. */
export function textOf({ result, index }: ResultRow, column: string): string | null {
  const value = result.value(index, column);
  return value === null ? null : String(value);
}

/** A moment as its distance from the start of the dataset; null where it is unknown. */
export function momentCell(ns: bigint | null, datasetStartNs: bigint): Cell {
  if (ns === null) return UNKNOWN;
  return {
    text: `+${shortDuration(Number(ns - datasetStartNs))}`,
    title: exactTime(ns),
    tone: 'quiet',
  };
}

/** A figure; NaN for NULL. */
export function numberOf({ result, index }: ResultRow, column: string): number {
  const value = result.value(index, column);
  return value === null ? NaN : Number(value);
}

/** Shown in place of an unknown time. */
export const UNKNOWN: Cell = { text: '—', tone: 'faint', title: 'Unknown' };

/** @param ns NaN where it is unknown. */
export function durationCell(ns: number, more: Partial<Cell> = {}): Cell {
  if (Number.isNaN(ns)) return UNKNOWN;
  const { value, unit } = shortDurationParts(ns);
  return { text: value, unit, title: exactDuration(BigInt(Math.round(ns))), ...more };
}

export function countCell(count: number, more: Partial<Cell> = {}): Cell | null {
  if (Number.isNaN(count)) return null;
  return { text: formatCount(count), ...more };
}

/** Errors: zero is muted, anything else is highlighted. */
export function errorCell(count: number, text = formatCount(count)): Cell {
  return { text, tone: count > 0 ? 'error' : 'faint' };
}

export function shareCell(share: number, more: Partial<Cell> = {}): Cell | null {
  if (Number.isNaN(share)) return null;
  return { text: formatShare(share), title: `${share * 100}%`, ...more };
}

/** A name with its colour; '' and null are shown as 'none', with what is missing. */
export function nameCell(name: string | null, missing: string, more: Partial<Cell> = {}): Cell {
  if (!name) return { text: missing, tone: 'faint', ...more };
  return { text: name, dot: colourVar(name), ...more };
}

/** US dollars, to three digits. */
export function costCell(dollars: number): Cell | null {
  if (Number.isNaN(dollars)) return null;
  return { text: `$${Number(dollars.toPrecision(3))}`, title: `$${dollars}` };
}
