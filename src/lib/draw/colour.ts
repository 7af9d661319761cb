/**
 * Colour: the stable categorical index of a name, and the page's design tokens as canvas colours.
 * The tokens themselves live in app.css.
 */

/** How many categorical hues there are: `--cat-0` … `--cat-11`. */
export const CATEGORY_COUNT = 12;

/** Names that have another hue than `hashedHue` gives them, since names beside them have that one. */
let assigned: ReadonlyMap<string, number> = new Map();

/**
 * The categorical hue of a name, 0–11: the same in every view and embed of a dataset. A name has the same hue in every
 * file too, unless another service of the file has it: see `assignHues`.
 */
export function colourIndex(name: string): number {
  return assigned.get(name) ?? hashedHue(name);
}

/** Gives the services of the open dataset their hues, for all views; before anything of it is drawn. */
export function useHuesOf(services: Parameters<typeof assignHues>[0]): void {
  assigned = assignHues(services);
}

/**
 * A hue for each service. Each gets the hue of its name's hash, or the first behind it that no service before it has; where
 * all are taken, the first that no service has which occurs in one trace with it. So services of one trace differ as long as
 * there are hues.
 */
export function assignHues({
  names,
  together,
}: {
  /** The one with the most spans first. */
  names: readonly string[];
  /** Services that occur in one trace. Left out where all of them can differ. */
  together: readonly (readonly string[])[];
}): Map<string, number> {
  const setsOf = new Map<string, (readonly string[])[]>();
  for (const set of together) {
    for (const name of set) {
      const sets = setsOf.get(name);
      if (sets) sets.push(set);
      else setsOf.set(name, [set]);
    }
  }
  const hues = new Map<string, number>();
  const used = new Set<number>();
  for (const name of names) {
    const hashed = hashedHue(name);
    const order = Array.from({ length: CATEGORY_COUNT }, (_, i) => (hashed + i) % CATEGORY_COUNT);
    let hue = order.find((one) => !used.has(one));
    if (hue === undefined) {
      const near = new Set((setsOf.get(name) ?? []).flat().map((other) => hues.get(other)));
      hue = order.find((one) => !near.has(one)) ?? hashed;
    }
    hues.set(name, hue);
    used.add(hue);
  }
  return hues;
}

/**
 * The hue that a name alone has. FNV-1a over UTF-16 units with the finaliser of MurmurHash3, because FNV's low bits alone cluster for names that share a suffix. The seed is
 * chosen so that names that often appear together (a shop's services, Flock's classes) get different hues.
 */
function hashedHue(name: string): number {
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
