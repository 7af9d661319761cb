/** Ways to break a file, for property tests: bytes, and the structure of what is JSON. */
import fc from 'fast-check';

/** One change; `at` places it, as a share of the file. */
export type Mutation =
  | { do: 'cut'; at: number }
  | { do: 'cut behind'; at: number; mark: string }
  | { do: 'flip'; at: number; bit: number }
  | { do: 'remove'; at: number; length: number }
  | { do: 'repeat'; at: number; length: number; times: number }
  | { do: 'insert'; at: number; text: string }
  | { do: 'replace value'; at: number; text: string }
  | { do: 'rename key'; at: number; text: string };

/** Bytes as characters of the same number, so that positions agree. */
const latin1 = new TextDecoder('latin1');

const BOUNDARIES = ['{', '}', '[', ']', ':', ',', '"', '\n', '\\', '.'];

/** Values where others belong. */
const ODD_VALUES = [
  'null',
  'true',
  '0',
  '-1',
  '1e400',
  '-0.0',
  '18446744073709551616',
  '9223372036854775807',
  '-9223372036854775808',
  '0.1234567890123456789',
  'NaN',
  '""',
  '"x"',
  '"\\u0000"',
  '"\\ud800"',
  '"2024-02-30T25:61:00Z"',
  '"__proto__"',
  '"\u202e<script>alert(1)</script>"',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  `"${'a'.repeat(5000)}"`,
  '['.repeat(1500),
  `${'['.repeat(400)}${']'.repeat(400)}`,
  `{"k":`.repeat(300) + '1' + '}'.repeat(300),
  `{${Array.from({ length: 300 }, (_, i) => `"k${i}":${i}`).join()}}`,
];

const ODD_KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  '\\u0000',
  'id',
  '🙂',
];

const ODD_TEXTS = [
  '\u0000\u0000\u0000',
  '\n\n',
  '\ufeff',
  ',',
  '}',
  ']',
  '"',
  '\\',
  '{"a":1}',
  'Traceback (most recent call last):\n',
  '\r\n--\r\n',
  '\u00ff\u00fe',
];

const at = fc.double({ min: 0, max: 1, noNaN: true });

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ do: fc.constant('cut' as const), at }),
  fc.record({
    do: fc.constant('cut behind' as const),
    at,
    mark: fc.constantFrom(...BOUNDARIES),
  }),
  fc.record({ do: fc.constant('flip' as const), at, bit: fc.integer({ min: 0, max: 7 }) }),
  fc.record({ do: fc.constant('remove' as const), at, length: fc.integer({ min: 1, max: 200 }) }),
  fc.record({
    do: fc.constant('repeat' as const),
    at,
    length: fc.integer({ min: 1, max: 200 }),
    times: fc.integer({ min: 1, max: 20 }),
  }),
  fc.record({ do: fc.constant('insert' as const), at, text: fc.constantFrom(...ODD_TEXTS) }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('replace value' as const),
      at,
      text: fc.constantFrom(...ODD_VALUES),
    }),
  },
  fc.record({ do: fc.constant('rename key' as const), at, text: fc.constantFrom(...ODD_KEYS) }),
);

export function mutate(file: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  return mutations.reduce(change, file);
}

function change(bytes: Uint8Array, how: Mutation): Uint8Array {
  const place = Math.floor(how.at * bytes.length);
  switch (how.do) {
    case 'cut':
      return bytes.slice(0, place);
    case 'cut behind': {
      const end = bytes.indexOf(how.mark.charCodeAt(0), place);
      return end < 0 ? bytes : bytes.slice(0, end + 1);
    }
    case 'flip': {
      const flipped = bytes.slice();
      if (place < flipped.length) flipped[place] ^= 1 << how.bit;
      return flipped;
    }
    case 'remove':
      return joined(bytes, place, place + how.length);
    case 'repeat': {
      const part = bytes.slice(place, place + how.length);
      const parts = new Uint8Array(part.length * how.times);
      for (let i = 0; i < how.times; i++) parts.set(part, i * part.length);
      return joined(bytes, place, place, parts);
    }
    case 'insert':
      return joined(bytes, place, place, new TextEncoder().encode(how.text));
    case 'replace value':
      return replaceNext(bytes, place, /(?<=[:[,]\s*)(?:"(?:[^"\\]|\\.)*"|[-\w.+]+)/g, how.text);
    case 'rename key':
      return replaceNext(bytes, place, /(?<=")(?:[^"\\]|\\.)*(?="\s*:)/g, how.text);
  }
}

/** Replaces the first match at or behind `place`, looking no further than some kilobytes. */
function replaceNext(bytes: Uint8Array, place: number, what: RegExp, by: string): Uint8Array {
  const from = Math.max(0, place - 1);
  const found = what.exec(latin1.decode(bytes.subarray(from, from + 8192)));
  if (!found) return bytes;
  const start = from + found.index;
  return joined(bytes, start, start + found[0].length, new TextEncoder().encode(by));
}

/** The bytes without those from `from` to `to`, with others in their place. */
function joined(
  bytes: Uint8Array,
  from: number,
  to: number,
  by: Uint8Array = new Uint8Array(),
): Uint8Array {
  const rest = bytes.subarray(Math.min(to, bytes.length));
  const result = new Uint8Array(from + by.length + rest.length);
  result.set(bytes.subarray(0, from));
  result.set(by, from);
  result.set(rest, from + by.length);
  return result;
}
