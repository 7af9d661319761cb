/** Which rows of a long list are on screen, and where. Rows are of one height. */

/** Browsers stop laying out boxes somewhere between 17 and 33 million px. */
const MAX_HEIGHT_PX = 12_000_000;
/** Rows created at once: a whole screenful would block the page. */
const MADE_AT_ONCE = 8;
/** Rows mounted beyond each edge, so that scrolling shows no gap. */
const OVERSCAN = 5;

export class VirtualWindow {
  /** The scroll container's; the owner keeps them up to date. */
  scrollTopPx = $state(0);
  viewportPx = $state(0);
  readonly #count: () => number;
  readonly #rowPx: () => number;

  constructor(count: () => number, rowPx: () => number) {
    this.#count = count;
    this.#rowPx = rowPx;
  }

  /** Height of the scrolled box: all rows, or less if that is too much for a browser. */
  readonly heightPx = $derived.by(() => Math.min(this.#count() * this.#rowPx(), MAX_HEIGHT_PX));

  /** Px of rows per px scrolled: 1 unless the height was capped. */
  readonly #scale = $derived.by(() => {
    const rowsPx = this.#count() * this.#rowPx() - this.viewportPx;
    const scrollPx = this.heightPx - this.viewportPx;
    return scrollPx > 0 && rowsPx > scrollPx ? rowsPx / scrollPx : 1;
  });

  /** First row on screen, as a fraction of rows. */
  readonly #top = $derived.by(() => (this.scrollTopPx * this.#scale) / this.#rowPx());

  /** How many rows have been created so far. */
  #made = $state(MADE_AT_ONCE);
  readonly #wanted = $derived.by(() =>
    Math.min(this.#count(), Math.ceil(this.viewportPx / this.#rowPx()) + 1 + 2 * OVERSCAN),
  );
  /** How many rows are mounted: the same at every scroll position. */
  readonly #mounted = $derived(Math.min(this.#wanted, this.#made));
  readonly isFilling = $derived(this.#made < this.#wanted);

  /** Creates more rows; call once per frame while `isFilling`. */
  fill(): void {
    this.#made += MADE_AT_ONCE;
  }

  readonly first = $derived.by(() =>
    Math.max(0, Math.min(Math.floor(this.#top) - OVERSCAN, this.#count() - this.#mounted)),
  );
  /** Exclusive. */
  readonly last = $derived(this.first + this.#mounted);

  /**
   * The mounted rows by slot: row i is always in slot i modulo their number, so that scrolling refills only the slots of rows
   * that left.
   */
  readonly slots = $derived.by(() =>
    Array.from({ length: this.#mounted }, (_, slot) => {
      const ahead = (slot - this.first) % this.#mounted;
      return this.first + (ahead < 0 ? ahead + this.#mounted : ahead);
    }),
  );

  /** The first row that is not cut off at the top. */
  readonly firstWhole = $derived(Math.ceil(this.#top));

  /** Whole rows per page. */
  readonly pageRows = $derived.by(() =>
    Math.max(1, Math.floor(this.viewportPx / this.#rowPx()) - 1),
  );

  /** A row's position in the scrolled box. */
  topOf(index: number): number {
    return (index - this.#top) * this.#rowPx() + this.scrollTopPx;
  }

  /** The scroll position that brings the row into view with the least movement; null if it is already in view. */
  scrollTopFor(index: number): number | null {
    const pageRows = this.viewportPx / this.#rowPx();
    let top = this.#top;
    if (index < top) top = index;
    else if (index + 1 > top + pageRows) top = index + 1 - pageRows;
    else return null;
    return (top * this.#rowPx()) / this.#scale;
  }
}
