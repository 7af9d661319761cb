/**
 * Colour: the stable categorical index of a name, and the page's design tokens as canvas colours.
 * The tokens themselves live in app.css.
 */

/** How many categorical hues there are: `--cat-0` … `--cat-11`. */
export const CATEGORY_COUNT = 12;

/**
 * The categorical hue of a name, 0–11: the same name has the same hue in every view, file and embed. FNV-1a over UTF-16
 * units with the finaliser of MurmurHash3, because FNV's low bits alone cluster for names that share a suffix. The seed is
 * chosen so that names that often appear together (a shop's services, Flock's classes) get different hues.
 */
export function colourIndex(name: string): number {
  let hash = 0x8ffb5649;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) % CATEGORY_COUNT;
}

/** The CSS colour of a name, for DOM elements: `var(--cat-7)`. */
export function colourVar(name: string): string {
  return `var(--cat-${colourIndex(name)})`;
}

/** Colours that a canvas can use, as the page's theme has them now. */
export interface CanvasPalette {
  categories: readonly string[];
  /** The computed colour of a token, `token('--error')`; the text colour if the page has no such token. */
  token(name: `--${string}`): string;
}

/**
 * Reads the palette at an element. A canvas can't use `var()` or `light-dark()`, so each token is resolved by the
 * browser through a probe element; read it once per theme change, not once per frame.
 */
export function readPalette(at: Element): CanvasPalette {
  const probe = document.createElement('span');
  probe.style.display = 'none';
  at.append(probe);
  const computed = getComputedStyle(probe);
  const known = new Map<string, string>();
  const resolve = (name: string): string => {
    let colour = known.get(name);
    if (colour === undefined) {
      probe.style.color = `var(${name})`;
      colour = computed.color;
      known.set(name, colour);
    }
    return colour;
  };
  const categories = Array.from({ length: CATEGORY_COUNT }, (_, i) => resolve(`--cat-${i}`));
  probe.remove();
  return {
    categories,
    token(name) {
      if (known.has(name)) return known.get(name)!;
      at.append(probe);
      const colour = resolve(name);
      probe.remove();
      return colour;
    },
  };
}

/** Calls `changed` when the page's theme does: its switch, or the system's. Returns the function that stops it. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, {
    attributes: true,
    attributeFilter: ['data-theme', 'data-colours', 'class', 'style'],
  });
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    system.removeEventListener('change', changed);
  };
}

/** A CSS colour as RGBA packed for a little-endian Uint32 view of image data, converted by the browser itself. */
export function packedRgba(colour: string): number {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const ctx = canvas.getContext('2d', { willReadFrequently: true })!;
  ctx.fillStyle = colour;
  ctx.fillRect(0, 0, 1, 1);
  return new Uint32Array(ctx.getImageData(0, 0, 1, 1).data.buffer)[0];
}
