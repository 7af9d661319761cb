/** Random JSON texts, and what reading them must give. */

/** Deterministic, so that a failure can be looked at. */
export function randomNumbers(seed: number) {
  return (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    return Math.floor(((seed >>> 0) / 2 ** 32) * below);
  };
}

const PIECES = [
  'a',
  'http.method',
  ' ',
  '"',
  '\\',
  '/',
  '\n',
  '\t',
  '\u0001',
  '\0',
  'é',
  '日本語',
  '😀',
  '\ud800',
  '\udc00',
  '\ufeff',
  '\u2028',
  'x'.repeat(50),
  'y'.repeat(200),
];

function randomText(random: (below: number) => number): string {
  return Array.from({ length: random(4) }, () => PIECES[random(PIECES.length)]).join('');
}

function randomValue(random: (below: number) => number, depth: number): unknown {
  const kind = random(depth > 5 ? 5 : 8);
  if (kind === 0) return null;
  if (kind === 1) return random(2) === 0;
  if (kind === 2) return random(1000) - 500;
  if (kind === 3) return [0.1, -1.5e-7, 1e21, 1.7976931348623157e308, -0, 12345.678][random(6)];
  if (kind === 4) return randomText(random);
  if (kind < 6) return Array.from({ length: random(5) }, () => randomValue(random, depth + 1));
  const object: Record<string, unknown> = {};
  for (let i = random(5); i > 0; i--) {
    object[randomText(random) + i] = randomValue(random, depth + 1);
  }
  return object;
}

/** Sometimes with escapes that JSON.stringify does not make. */
export function randomJson(random: (below: number) => number): string {
  const json = JSON.stringify(randomValue(random, 0), null, [0, 0, 2, '\t'][random(4)]);
  return random(2) === 0
    ? json
    : json.replace(/[xyé日😀]/gu, (char) =>
        random(6) > 0
          ? char
          : Array.from({ length: char.length }, (_, i) => {
              const hex = char.charCodeAt(i).toString(16).padStart(4, '0');
              return `\\u${random(2) ? hex : hex.toUpperCase()}`;
            }).join(''),
      );
}

/** Lone surrogates that stand in a text as they are have no UTF-8. */
export const wellFormed = (text: string) =>
  new TextDecoder().decode(new TextEncoder().encode(text));

/** The value with what no text of the dataset can hold replaced. */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\p{Surrogate}|\0/gu, '\ufffd');
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [storable(key), storable(inner)]),
  );
}

/** Objects of ours have no prototype. */
export const plain = (value: unknown) => structuredClone(value);
