/**
 * Pointer and wheel on the bars: zoom at the pointer (Ctrl or Alt and wheel, pinch), pan (Shift and wheel, horizontal
 * wheel, drag), hover, tap and double tap. Everything else is left to the browser, above all vertical scrolling.
 */

interface Handlers {
  /** @param factor below 1 is closer. */
  zoom(factor: number, clientX: number): void;
  /** Positive moves the window to later times. */
  pan(px: number): void;
  canPan(): boolean;
  hover(clientX: number, clientY: number): void;
  leave(): void;
  /** @param shift whether Shift was held. */
  tap(clientY: number, shift: boolean): void;
  doubleTap(clientX: number, clientY: number): void;
}

/** A press that moves less than this is a click. */
export const DRAG_PX = 4;
/** Height of a line, for wheels that count in lines. */
export const LINE_PX = 16;

export function readGestures(handlers: Handlers) {
  const down = new Map<number, { x: number; y: number }>();
  let start: { x: number; y: number } | null = null;
  let isDrag = false;

  const wheeled = (event: WheelEvent): void => {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1;
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    if (event.ctrlKey || event.altKey || event.metaKey) {
      event.preventDefault();
      // A notch of a mouse wheel is about 100 px, a step of a trackpad's pinch about 5.
      const clamped = Math.max(-120, Math.min(120, dy || dx));
      handlers.zoom(
        Math.exp(clamped * (event.ctrlKey && Math.abs(dy) < 40 ? 0.012 : 0.003)),
        event.clientX,
      );
    } else if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) {
      event.preventDefault();
      if (handlers.canPan()) handlers.pan(event.shiftKey && !dx ? dy : dx);
    }
  };

  const pressed = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    // A press must also end if it is released elsewhere.
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    start = { x: event.clientX, y: event.clientY };
    isDrag = down.size > 1;
  };

  const moved = (event: PointerEvent): void => {
    const before = down.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== 'touch') handlers.hover(event.clientX, event.clientY);
      return;
    }
    const now = { x: event.clientX, y: event.clientY };
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, now);
    if (other) {
      const was = Math.max(20, Math.abs(before.x - other.x));
      const is = Math.max(20, Math.abs(now.x - other.x));
      handlers.zoom(was / is, (now.x + other.x) / 2);
      return;
    }
    if (start && Math.hypot(now.x - start.x, now.y - start.y) > DRAG_PX) isDrag = true;
    if (isDrag) {
      handlers.leave();
      handlers.pan(before.x - now.x);
    }
  };

  const released = (event: PointerEvent): void => {
    if (!down.delete(event.pointerId)) return;
    if (!isDrag && event.type === 'pointerup') handlers.tap(event.clientY, event.shiftKey);
  };

  const doubled = (event: MouseEvent): void => handlers.doubleTap(event.clientX, event.clientY);

  return {
    hover(event: PointerEvent): void {
      if (event.pointerType !== 'touch') handlers.hover(event.clientX, event.clientY);
    },
    leave: handlers.leave,
    /** An attachment: declared wheel listeners are passive, and zooming must prevent the page's own. */
    wheel(element: HTMLElement): () => void {
      element.addEventListener('wheel', wheeled, { passive: false });
      return () => element.removeEventListener('wheel', wheeled);
    },
    pointer(element: HTMLElement): () => void {
      const stop = new AbortController();
      const { signal } = stop;
      element.addEventListener('pointerdown', pressed, { signal });
      element.addEventListener('pointermove', moved, { signal });
      element.addEventListener('pointerup', released, { signal });
      element.addEventListener('pointercancel', released, { signal });
      element.addEventListener('pointerleave', handlers.leave, { signal });
      element.addEventListener('dblclick', doubled, { signal });
      return () => stop.abort();
    },
  };
}
