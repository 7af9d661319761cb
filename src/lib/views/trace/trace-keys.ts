/** Keys of an open trace, whichever picture of it is shown. */
import type { Layout } from './choices.svelte';
import type { OpenTrace } from './open-trace.svelte';
import { FLAG } from '$lib/trace/trace';

const LAYOUT_KEYS: Record<string, Layout> = { w: 'waterfall', g: 'flame', t: 'table' };

/** Handles a key. Returns whether it did. */
export function traceKey(open: OpenTrace, { key }: KeyboardEvent): boolean {
  const { waterfall, choices } = open;
  if (!waterfall) return false;
  if (key in LAYOUT_KEYS) {
    choices.layout = LAYOUT_KEYS[key];
    return true;
  }
  const anchorNs = waterfall.hover?.timeNs ?? undefined;
  switch (key) {
    case '[':
      waterfall.collapseLevel();
      break;
    case ']':
      waterfall.expandLevel();
      break;
    case '+':
    case '=':
      waterfall.zoomAround(0.5, anchorNs);
      break;
    case '-':
      waterfall.zoomAround(2, anchorNs);
      break;
    case '0':
      waterfall.zoom = null;
      break;
    case 'a':
      waterfall.pan(-0.2);
      break;
    case 'd':
      waterfall.pan(0.2);
      break;
    case 'z':
      waterfall.fit(waterfall.cursor);
      break;
    case 'n':
      open.toMatch(1);
      break;
    case 'N':
      open.toMatch(-1);
      break;
    case 'e':
      open.toFlag(FLAG.ERROR);
      break;
    case 'E':
      open.toFlag(FLAG.ERROR, -1);
      break;
    case 'p':
      choices.critical = !choices.critical;
      break;
    case '.':
      if (waterfall.cursor === waterfall.focus) waterfall.leaveFocus();
      else waterfall.focusOn(waterfall.cursor);
      break;
    case 'h':
      waterfall.hide(waterfall.kindOf(waterfall.cursor));
      break;
    case 'H':
      choices.hidden = [];
      break;
    case 'r':
      choices.folds = !waterfall.isFolding;
      break;
    case 'm':
      choices.onlyMatches = !choices.onlyMatches;
      break;
    default:
      return false;
  }
  return true;
}
