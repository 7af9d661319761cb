/**
 * Pointers and wheel on the graph: dragging the background pans, dragging a node moves it, the wheel or two fingers zoom at
 * the pointer, and a tap selects. Coordinates are relative to the element's box.
 */
import { DRAG_PX, LINE_PX } from '$lib/ui/gestures';

interface Handlers {
  pan(dxPx: number, dyPx: number): void;
  /** @param factor above 1 is closer. */
  zoom(factor: number, xPx: number, yPx: number): void;
  moveNode(id: string, dxPx: number, dyPx: number): void;
  /** The node or edge that was tapped; null for the background. */
  tap(id: string | null): void;
  hover(id: string | null): void;
}

/** The node or edge that an element belongs to. */
const targetOf = (event: Event) =>
  (event.target as Element).closest<SVGElement>('[data-node], [data-edge]');

/** An attachment. */
export function graphGestures(handlers: Handlers) {
  return (element: Element) => {
    const down = new Map<number, { x: number; y: number }>();
    let start: { x: number; y: number } | null = null;
    let pressed: SVGElement | null = null;
    let isDrag = false;

    const place = ({ clientX, clientY }: { clientX: number; clientY: number }) => {
      const { left, top } = element.getBoundingClientRect();
      return { x: clientX - left, y: clientY - top };
    };

    const wheeled = (event: WheelEvent) => {
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1;
      if (event.shiftKey) return handlers.pan(-event.deltaY * unit, -event.deltaX * unit);
      // A notch of a mouse wheel is about 100 px, a step of a trackpad's pinch about 5.
      const clamped = Math.max(-120, Math.min(120, event.deltaY * unit));
      const { x, y } = place(event);
      const isPinch = event.ctrlKey && Math.abs(clamped) < 40;
      handlers.zoom(Math.exp(-clamped * (isPinch ? 0.012 : 0.003)), x, y);
    };

    const presses = (event: PointerEvent) => {
      if (event.button !== 0) return;
      // A press that ends elsewhere must end too.
      element.setPointerCapture(event.pointerId);
      const at = place(event);
      down.set(event.pointerId, at);
      start = at;
      pressed = down.size === 1 ? targetOf(event) : null;
      isDrag = down.size > 1;
    };

    const moves = (event: PointerEvent) => {
      const before = down.get(event.pointerId);
      if (!before) {
        const target = targetOf(event);
        handlers.hover(target?.dataset.node ?? target?.dataset.edge ?? null);
        return;
      }
      const now = place(event);
      if (start && Math.hypot(now.x - start.x, now.y - start.y) > DRAG_PX) isDrag = true;
      if (!isDrag) return;
      const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
      down.set(event.pointerId, now);
      if (other) {
        const factor =
          Math.hypot(now.x - other.x, now.y - other.y) /
          (Math.hypot(before.x - other.x, before.y - other.y) || 1);
        handlers.zoom(factor, (now.x + other.x) / 2, (now.y + other.y) / 2);
      } else if (pressed?.dataset.node !== undefined) {
        handlers.moveNode(pressed.dataset.node, now.x - before.x, now.y - before.y);
      } else {
        handlers.pan(now.x - before.x, now.y - before.y);
      }
    };

    const ends = (event: PointerEvent) => {
      if (!down.delete(event.pointerId)) return;
      if (event.type === 'pointerup' && !isDrag) {
        handlers.tap(pressed?.dataset.node ?? pressed?.dataset.edge ?? null);
      }
      if (!down.size) pressed = start = null;
    };

    const leaves = () => handlers.hover(null);

    // A passive listener could not prevent the page from scrolling.
    element.addEventListener('wheel', wheeled as EventListener, { passive: false });
    element.addEventListener('pointerdown', presses as EventListener);
    element.addEventListener('pointermove', moves as EventListener);
    element.addEventListener('pointerup', ends as EventListener);
    element.addEventListener('pointercancel', ends as EventListener);
    element.addEventListener('pointerleave', leaves);
    return () => {
      element.removeEventListener('wheel', wheeled as EventListener);
      element.removeEventListener('pointerdown', presses as EventListener);
      element.removeEventListener('pointermove', moves as EventListener);
      element.removeEventListener('pointerup', ends as EventListener);
      element.removeEventListener('pointercancel', ends as EventListener);
      element.removeEventListener('pointerleave', leaves);
    };
  };
}
