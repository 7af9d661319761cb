/**
 * A canvas that stays sharp: it follows its element's size and the screen's pixel ratio, repaints on theme changes,
 * and paints at most once a frame however often it is invalidated.
 */
import { onThemeChange, readPalette, type CanvasPalette } from './colour';

export interface PaintTarget {
  /** Scaled so that one unit is a CSS pixel; cleared. */
  ctx: CanvasRenderingContext2D;
  widthPx: number;
  heightPx: number;
  /** Device pixels per CSS pixel. */
  pixelRatio: number;
  palette: CanvasPalette;
}

export class CanvasSurface {
  readonly #canvas: HTMLCanvasElement;
  readonly #ctx: CanvasRenderingContext2D;
  readonly #paint: (target: PaintTarget) => void;
  readonly #observer: ResizeObserver;
  readonly #stopTheme: () => void;
  #palette: CanvasPalette | null = null;
  #frame = 0;
  #widthPx = 0;
  #heightPx = 0;

  /** The canvas' CSS decides its size; `paint` draws the whole picture. */
  constructor(canvas: HTMLCanvasElement, paint: (target: PaintTarget) => void) {
    this.#canvas = canvas;
    this.#ctx = canvas.getContext('2d')!;
    this.#paint = paint;
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(canvas);
    this.#stopTheme = onThemeChange(() => {
      this.#palette = null;
      this.invalidate();
    });
    canvas.addEventListener('contextrestored', this.invalidate);
    this.#resize();
  }

  /** Paints in the next frame. */
  readonly invalidate = (): void => {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paintNow();
    });
  };

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.#stopTheme();
    this.#canvas.removeEventListener('contextrestored', this.invalidate);
  }

  #resize(): void {
    this.#widthPx = this.#canvas.clientWidth;
    this.#heightPx = this.#canvas.clientHeight;
    // A resize observer runs just before the paint: painting now keeps a resized canvas from blinking.
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#paintNow();
  }

  #paintNow(): void {
    const pixelRatio = window.devicePixelRatio || 1;
    const width = Math.round(this.#widthPx * pixelRatio);
    const height = Math.round(this.#heightPx * pixelRatio);
    if (width === 0 || height === 0) return;
    // Setting a canvas' size clears and reallocates it, even to the same size.
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#palette ??= readPalette(this.#canvas.parentElement ?? document.body);
    this.#ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.#ctx.clearRect(0, 0, width, height);
    this.#ctx.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
    this.#paint({
      ctx: this.#ctx,
      widthPx: this.#widthPx,
      heightPx: this.#heightPx,
      pixelRatio,
      palette: this.#palette,
    });
  }
}
