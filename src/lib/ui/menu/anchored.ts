/** Popovers anchored to an element: placed inside the window; the focus returns to where it was. */
import type { Attachment } from 'svelte/attachments';

const EDGE_PX = 8;
const GAP_PX = 4;

/** Below the anchor, or above it if there is more room; never outside the window. The panel must be `position: fixed`. */
export function placeAt(panel: HTMLElement, anchor: Element, align: 'start' | 'end' = 'start') {
  const { left, right, top, bottom } = anchor.getBoundingClientRect();
  panel.style.maxHeight = '';
  const { offsetWidth: width, offsetHeight: height } = panel;
  const below = innerHeight - bottom - GAP_PX - EDGE_PX;
  const above = top - GAP_PX - EDGE_PX;
  const isBelow = height <= below || below >= above;
  const room = Math.max(0, isBelow ? below : above);
  const wanted = align === 'start' ? left : right - width;
  const leftPx = Math.max(EDGE_PX, Math.min(wanted, innerWidth - width - EDGE_PX));
  const topPx = isBelow ? bottom + GAP_PX : top - GAP_PX - Math.min(height, room);
  panel.style.left = `${leftPx}px`;
  panel.style.top = `${topPx}px`;
  panel.style.maxHeight = `${room}px`;
}

/**
 * Shows a `popover` element at another one for as long as it is mounted, and repositions it when it grows or the window
 * changes. When it closes, the focus returns, unless something else has taken it by then.
 */
export function anchoredAt(anchor: Element, align?: 'start' | 'end'): Attachment<HTMLElement> {
  return (panel) => {
    const before = document.activeElement;
    // A long list may recycle the row; the list itself stays.
    const home = anchor.closest('[role="grid"], [role="treegrid"], [tabindex="0"]');
    const place = () => placeAt(panel, anchor, align);
    panel.showPopover();
    place();
    const grown = new ResizeObserver(place);
    grown.observe(panel);
    addEventListener('resize', place);
    return () => {
      grown.disconnect();
      removeEventListener('resize', place);
      const { activeElement } = document;
      const isOurs =
        !activeElement || activeElement === document.body || panel.contains(activeElement);
      if (!isOurs) return;
      const target = [before, anchor, home].find(
        (element) =>
          element instanceof HTMLElement && element.isConnected && element !== document.body,
      );
      (target as HTMLElement | undefined)?.focus({ preventScroll: true });
    };
  };
}
