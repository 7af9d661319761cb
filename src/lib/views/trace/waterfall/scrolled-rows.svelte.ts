/** The visible part of the rows, kept in step with a natively scrolling container. */
import { MAX_SPACER_PX, rowPx, ScrollMap } from '$lib/draw/row-layout';

export class ScrolledRows {
  /** Height of the view; set by the component. */
  viewPx = $state(0);
  /** The scroll position, in pixels of the list. */
  topPx = $state(0);
  /** Width of the container's scrollbar. */
  scrollbarPx = $state(0);
  readonly #scroll = new ScrollMap();
  readonly #count: () => number;
  #container: HTMLElement | null = null;

  /** @param count number of rows; read reactively */
  constructor(count: () => number) {
    this.#count = count;
  }

  readonly firstRow = $derived(Math.floor(this.topPx / rowPx()));
  /** How many pixels of the first row are scrolled away. */
  readonly offsetPx = $derived(this.topPx - this.firstRow * rowPx());
  /** Rows per page, for the keys. */
  readonly pageRows = $derived(Math.max(1, Math.floor(this.viewPx / rowPx()) - 1));
  readonly #contentPx = $derived.by(() => this.#count() * rowPx());
  /** Height of the scrolled content. */
  readonly spacerPx = $derived.by(() =>
    Math.max(this.viewPx, Math.min(this.#contentPx, MAX_SPACER_PX)),
  );

  /** Attaches to the scrolling container. */
  attach(container: HTMLElement): void {
    this.#container = container;
  }

  /** Keeps the position in the list when rows or size change; the container follows once its content has the new height. */
  resized(): void {
    const container = this.#container;
    if (!container) return;
    void this.spacerPx;
    this.#place(this.#scroll.resize(this.#contentPx, this.viewPx));
    this.scrollbarPx = container.offsetWidth - container.clientWidth;
  }

  scrolled(): void {
    if (!this.#container) return;
    const put = this.#scroll.scrolled(this.#container.scrollTop);
    if (put !== null) this.#container.scrollTop = put;
    this.topPx = this.#scroll.topPx;
  }

  settled(): void {
    const scrollTop = this.#scroll.settle();
    if (scrollTop !== null && this.#container) this.#container.scrollTop = scrollTop;
  }

  /** Scrolls just far enough to show a whole row. */
  reveal(row: number): void {
    if (this.viewPx > 0) this.#place(this.#scroll.moveTo(this.#scroll.reveal(row)));
  }

  /** The row at a vertical position in the view; -1 for none. */
  rowAt(y: number): number {
    const row = Math.floor((y + this.topPx) / rowPx());
    return y >= 0 && y < this.viewPx && row < this.#count() ? row : -1;
  }

  isInView(row: number): boolean {
    return row >= this.firstRow - 1 && row <= this.firstRow + this.viewPx / rowPx();
  }

  #place(scrollTop: number): void {
    if (this.#container && this.#container.scrollTop !== scrollTop) {
      this.#container.scrollTop = scrollTop;
    }
    this.topPx = this.#scroll.topPx;
  }
}
