/** Keys in the rows of a trace, following the ARIA practices for a treegrid. */
import type { Waterfall } from './waterfall.svelte';

/** Handles a key, and returns whether it did. @param pageRows rows per page */
export function rowKey(waterfall: Waterfall, event: KeyboardEvent, pageRows: number): boolean {
  const { cursor } = waterfall;
  switch (event.key) {
    case 'ArrowDown':
      waterfall.step(1);
      break;
    case 'ArrowUp':
      waterfall.step(-1);
      break;
    case 'PageDown':
      waterfall.step(pageRows);
      break;
    case 'PageUp':
      waterfall.step(-pageRows);
      break;
    case 'Home':
      waterfall.step(-Infinity);
      break;
    case 'End':
      waterfall.step(Infinity);
      break;
    case 'ArrowRight':
      if (event.shiftKey) waterfall.toggleSubtree(cursor, false);
      else waterfall.inwards();
      break;
    case 'ArrowLeft':
      if (event.shiftKey) waterfall.toggleSubtree(cursor, true);
      else waterfall.outwards();
      break;
    case '*':
      waterfall.toggleSubtree(cursor, false);
      break;
    default:
      return false;
  }
  return true;
}
