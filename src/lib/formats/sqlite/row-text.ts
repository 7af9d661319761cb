import { cellText } from '$lib/formats/tables/cells';
import type { Cell } from '$lib/formats/tables/table';

/** A cell as text; null for none. */
export function textOfCell(cell: Cell | undefined): string | null {
  return cell === null || cell === undefined ? null : cellText(cell, { kind: 'any' });
}
