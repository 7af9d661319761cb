/** Measuring and cutting text for a canvas, with a cache: the same few labels are measured in every frame. */

const CACHE_SIZE = 5_000;

export class TextMeasure {
  #widths = new Map<string, number>();
  #cuts = new Map<string, string>();

  constructor(
    private readonly ctx: CanvasRenderingContext2D,
    /** A CSS font: `12px system-ui`. */
    readonly font: string,
  ) {}

  /** Width in CSS pixels. Sets the context's font. */
  widthPx(text: string): number {
    const known = this.#widths.get(text);
    if (known !== undefined) return known;
    this.ctx.font = this.font;
    const width = this.ctx.measureText(text).width;
    remember(this.#widths, text, width);
    return width;
  }

  /** The text, or as much of it as fits with an ellipsis; '' where not even one letter does. */
  fit(text: string, maxPx: number): string {
    // Nobody sees the thousandth letter, and measuring a megabyte takes a second.
    const head = text.length > 500 ? text.slice(0, 500) + '…' : text;
    if (this.widthPx(head) <= maxPx) return head;
    const key = `${Math.floor(maxPx)} ${head}`;
    const known = this.#cuts.get(key);
    if (known !== undefined) return known;
    const letters = Array.from(head);
    let low = 0;
    let high = letters.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      this.ctx.font = this.font;
      const width = this.ctx.measureText(letters.slice(0, middle).join('') + '…').width;
      if (width <= maxPx) low = middle;
      else high = middle - 1;
    }
    const cut = low === 0 ? '' : letters.slice(0, low).join('') + '…';
    remember(this.#cuts, key, cut);
    return cut;
  }
}

function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(key, value);
}
