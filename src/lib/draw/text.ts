/**
 * Measures and cuts text for a canvas. A width is the sum of its characters' widths, each measured once: labels with
 * exact figures all differ, and asking the browser to measure each would cost more than drawing it.
 */

export class TextMeasure {
  #characters = new Map<string, number>();

  constructor(
    private readonly ctx: CanvasRenderingContext2D,
    /** A CSS font: `12px system-ui`. */
    readonly font: string,
  ) {}

  /** Width in CSS pixels, without kerning. */
  widthPx(text: string): number {
    let width = 0;
    for (const character of text) width += this.#characterPx(character);
    return width;
  }

  /** The text, or as much of it as fits with an ellipsis; '' if not even one letter does. */
  fit(text: string, maxPx: number): string {
    let width = 0;
    let cut = 0;
    const ellipsisPx = this.#characterPx('…');
    for (const character of text) {
      if (width + ellipsisPx <= maxPx) cut += character.length;
      width += this.#characterPx(character);
      if (width > maxPx) {
        // The last letter counted may itself be the one that does not fit.
        const head = this.#within(text, cut, maxPx - ellipsisPx);
        return head && `${head}…`;
      }
    }
    return text;
  }

  #within(text: string, length: number, maxPx: number): string {
    let head = text.slice(0, length);
    while (head && this.widthPx(head) > maxPx) head = head.slice(0, -1);
    return head;
  }

  #characterPx(character: string): number {
    let width = this.#characters.get(character);
    if (width === undefined) {
      this.ctx.font = this.font;
      width = this.ctx.measureText(character).width;
      this.#characters.set(character, width);
    }
    return width;
  }
}
