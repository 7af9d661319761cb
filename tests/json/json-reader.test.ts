import { describe, expect, it } from 'vitest';
import type { DiagnosticCode } from '$lib/model/diagnostics';
import { joinDigits, parseDecimal } from '$lib/json/digits';
import { JsonEnd, JsonError, JsonReader, type JsonValue } from '$lib/json/reader';
import { JsonWalk, fields, type Shape } from '$lib/json/walk';
import type { Source } from '$lib/bytes/source';

/** Deterministic, so that a failure can be looked at. */
function randomNumbers(seed: number) {
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
function randomJson(random: (below: number) => number): string {
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
const wellFormed = (text: string) => new TextDecoder().decode(new TextEncoder().encode(text));

/** The value with what no text of the dataset can hold replaced. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\p{Surrogate}|\0/gu, '\ufffd');
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [storable(key), storable(inner)]),
  );
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** A source that yields exactly these pieces. */
function sourceOf(pieces: Uint8Array[]): Source {
  return {
    name: 'test.json',
    fault: null,
    async *chunks() {
      for (const piece of pieces) yield piece.slice();
    },
  } as unknown as Source;
}

function split(bytes: Uint8Array, sizes: () => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = sizes();
    pieces.push(bytes.subarray(at, (at += size)));
  }
  return pieces;
}

/** All top-level values, read through the walk, with what it warned of. */
async function walkValues(pieces: Uint8Array[]) {
  const values: JsonValue[] = [];
  const warnings: [DiagnosticCode, string][] = [];
  const walk = new JsonWalk(sourceOf(pieces), {
    warn: (code, example) => warnings.push([code, example]),
  });
  await walk.run({ read: (json) => values.push(json.value()) });
  return { values, warnings };
}

/** Objects of ours have no prototype. */
const plain = (value: unknown) => structuredClone(value);

describe('JSON reader', () => {
  it('reads what JSON.parse reads', () => {
    const random = randomNumbers(1);
    const reader = new JsonReader();
    for (let i = 0; i < 3000; i++) {
      const json = randomJson(random);
      const value = reader.reset(json).value();
      expect(plain(value)).toEqual(storable(JSON.parse(json)));
      expect(reader.atEnd()).toBe(true);
    }
  });

  it('skips and returns the source of what JSON.parse reads', () => {
    const random = randomNumbers(2);
    const reader = new JsonReader();
    for (let i = 0; i < 1000; i++) {
      const json = randomJson(random);
      reader.reset(`[${json},1]`).beginArray();
      expect(reader.nextElement()).toBe(true);
      expect(reader.raw()).toBe(wellFormed(json));
      expect(reader.nextElement()).toBe(true);
      expect(reader.numberText()).toBe('1');
      expect(reader.nextElement()).toBe(false);
    }
  });

  it('refuses what JSON.parse refuses, wherever a text is cut or changed', () => {
    const reader = new JsonReader();
    const json = '{"a": [1, -2.5e+3, true, null, "x\\u00e9\\n"], "b": {"c": "d"}}';
    for (let end = 0; end < json.length; end++) {
      expect(() => reader.reset(json.slice(0, end)).value()).toThrow(JsonEnd);
    }
    for (const bad of [
      '{"a" 1}',
      '{"a":}',
      '{a:1}',
      '[1 2]',
      '[1,,2]',
      '[,1]',
      '{"a":1]',
      '[1}',
      'tru',
      'nul',
      '01',
      '1.',
      '.5',
      '+1',
      '1e',
      '--1',
      '"\\x"',
      '"\\u12g4"',
      '"a\nb"',
      '\u0000',
      'undefined',
      "{'a':1}",
    ]) {
      expect(() => reader.reset(bad).value(), bad).toThrow(JsonError);
    }
  });

  it('lets commas before the end pass, and NaN', () => {
    const reader = new JsonReader();
    expect(plain(reader.reset('{"a":[1,2,],}').value())).toEqual({ a: [1, 2] });
    expect(reader.reset('[NaN,-Infinity]').value()).toEqual([NaN, -Infinity]);
  });

  it('says where an error is', () => {
    const reader = new JsonReader();
    reader.reset('{\n "a": 1,\n "b": x\n}');
    let error: unknown;
    try {
      reader.value();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(JsonError);
    expect((error as JsonError).offset).toBe(17);
    expect(reader.lineOf((error as JsonError).offset)).toBe(3);
    expect((error as JsonError).message).toContain('“x” where a value should be');
  });

  it('keeps integers that doubles cannot hold', () => {
    const reader = new JsonReader();
    expect(reader.reset('1700000000123456789').value()).toBe(1700000000123456789n);
    expect(reader.reset('1700000000123456789').numberText()).toBe('1700000000123456789');
    expect(reader.reset('[9007199254740991]').value()).toEqual([9007199254740991]);
  });

  it('reads times exactly, from numbers and strings', () => {
    const reader = new JsonReader();
    const cases: [string, 0 | 3, bigint | null][] = [
      ['1700000000123456789', 0, 1700000000123456789n],
      ['"1700000000123456789"', 0, 1700000000123456789n],
      ['9223372036854775807', 0, 9223372036854775807n],
      ['9223372036854775808', 0, null],
      ['-5', 0, -5n],
      ['-9223372036854775808', 0, -9223372036854775808n],
      ['1.7e18', 0, 1700000000000000000n],
      ['1.700000000123456789e18', 0, 1700000000123456789n],
      ['1605223981761425', 3, 1605223981761425000n],
      ['1605223981761425.123', 3, 1605223981761425123n],
      ['"1605223981761425"', 3, 1605223981761425000n],
      ['12.9', 0, 12n],
      ['0', 3, 0n],
      ['1e400', 0, null],
      ['"soon"', 0, null],
      ['""', 0, null],
      ['null', 0, null],
      ['{"a":1}', 0, null],
      ['"0x10"', 0, null],
    ];
    for (const [json, shift, expected] of cases) {
      reader.reset(`[${json},7]`).beginArray();
      reader.nextElement();
      expect(reader.integer(shift), json).toBe(expected);
      reader.nextElement();
      expect(reader.integer()).toBe(7n);
    }
    const random = randomNumbers(3);
    for (let i = 0; i < 5000; i++) {
      const digits = Array.from({ length: 1 + random(18) }, () => random(10)).join('');
      expect(reader.reset(`"${digits}"`).integer()).toBe(BigInt(digits));
      expect(parseDecimal(digits)).toBe(BigInt(digits));
      expect(reader.reset(`${digits.slice(0, 15)} `).integer(3)).toBe(
        BigInt(digits.slice(0, 15)) * 1000n,
      );
    }
    expect(joinDigits(9_223_372_035, 999_999_999)).toBe(9_223_372_035_999_999_999n);
  });

  it('gives the same string object for what comes again', () => {
    const reader = new JsonReader();
    const words = Array.from({ length: 200 }, (_, i) => `service-${i}`);
    for (let round = 0; round < 3; round++) {
      expect(reader.reset(JSON.stringify(words)).value()).toEqual(words);
    }
  });

  it('replaces bytes that are no UTF-8', () => {
    const bytes = Uint8Array.from([0x22, 0x61, 0xff, 0xc3, 0x62, 0x22]);
    expect(new JsonReader().reset(bytes).string()).toBe('a\ufffd\ufffdb');
  });

  it('skips what is nested a million deep, and refuses to build it', () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    const reader = new JsonReader();
    reader.reset(deep).skip();
    expect(reader.atEnd()).toBe(true);
    expect(() => reader.reset(deep).value()).toThrow('nested deeper than');
  });

  it('does not mistake keys for what objects inherit', () => {
    const value = new JsonReader().reset('{"__proto__":{"a":1},"constructor":2}').value();
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
  });
});

describe('JSON walk', () => {
  it('reads the same whatever the pieces are', async () => {
    const random = randomNumbers(4);
    for (let i = 0; i < 150; i++) {
      const documents = Array.from({ length: 1 + random(4) }, () => `[${randomJson(random)}]`);
      const bytes = bytesOf(documents.join(['\n', '\r\n', ' ', ''][random(4)]));
      const expected = documents.map((json) => storable(JSON.parse(wellFormed(json))));
      for (const sizes of [() => 1, () => 1 + random(20), () => bytes.length]) {
        const { values, warnings } = await walkValues(split(bytes, sizes));
        expect(plain(values)).toEqual(plain(expected));
        // Half a surrogate pair or NUL is told; nothing else is odd.
        expect(warnings.filter(([code]) => code !== 'replaced-text')).toEqual([]);
      }
    }
  });

  const records = (read: (value: JsonValue) => void): Shape => {
    const root: Shape = {
      fields: fields({ list: { elements: { read: (json) => read(json.value()) } } }),
    };
    root.elements = root;
    return root;
  };

  async function walkRecords(text: string, size = text.length) {
    const values: JsonValue[] = [];
    const warnings: [DiagnosticCode, string, number | undefined][] = [];
    const walk = new JsonWalk(sourceOf(split(bytesOf(text), () => size)), {
      warn: (code, example, count) => warnings.push([code, example, count]),
    });
    await walk.run(records((value) => values.push(value)));
    return { values: plain(values), codes: warnings.map(([code]) => code), warnings };
  }

  it('keeps what was whole wherever the text is cut', async () => {
    const items = Array.from({ length: 6 }, (_, i) => ({ id: i, text: `“${i}” {[` }));
    const text = JSON.stringify({ before: { x: [1, { y: '}' }] }, list: items, after: 1 });
    const bytes = bytesOf(text);
    for (let end = 1; end < bytes.length; end++) {
      const values: JsonValue[] = [];
      const codes: string[] = [];
      const pieces = split(bytes.subarray(0, end), () => 7);
      const walk = new JsonWalk(sourceOf(pieces), { warn: (code) => codes.push(code) });
      await walk.run(records((value) => values.push(value)));
      const whole = items.filter(
        (item) =>
          bytesOf(text.slice(0, text.indexOf(JSON.stringify(item)))).length +
            bytesOf(JSON.stringify(item)).length <=
          end,
      );
      expect(plain(values)).toEqual(whole);
      expect(codes).toEqual(['truncated']);
    }
  });

  it('skips a broken element of an array and goes on', async () => {
    for (const size of [1, 5, 1000]) {
      const { values, codes, warnings } = await walkRecords(
        '{"list": [{"a": 1}, {"b": 1 "c": 2}, {"d": [1 5]}, {"e": tru}, {"f": 1}]}',
        size,
      );
      expect(values).toEqual([{ a: 1 }, { f: 1 }]);
      expect(new Set(codes)).toEqual(new Set(['broken-record']));
      expect(warnings[0][1]).toMatch(/line 1, byte 28/);
    }
  });

  it('skips a broken element over several lines', async () => {
    const { values, codes } = await walkRecords(
      '{\n "list": [\n  {\n   "a": 1\n  },\n  {\n   "b: 1,\n   "c": {}\n  },\n  {\n   "d": 1\n  }\n ]\n}\n',
    );
    expect(values).toEqual([{ a: 1 }, { d: 1 }]);
    expect(codes).toEqual(['broken-record']);
  });

  it('skips broken lines with their numbers', async () => {
    const good = (i: number) => JSON.stringify({ list: [i] });
    const broken = [
      'not json',
      '{"list": [1',
      '{"list": ["x',
      '{"list": [1]]}',
      '{"list": [[1, 2}]}',
      '{"other": {"list": [1',
      '}',
    ];
    for (const line of broken) {
      for (const size of [1, 9, 1000]) {
        const text = [good(1), line, good(3), line, good(5)].join('\n');
        const { values, codes, warnings } = await walkRecords(text, size);
        expect(values, `${line} in pieces of ${size}`).toEqual(expect.arrayContaining([3, 5]));
        expect(codes, line).toEqual(['broken-line', 'broken-line']);
        expect(warnings.map(([, example]) => /^line (\d+):/.exec(example)?.[1])).toEqual([
          '2',
          '4',
        ]);
      }
    }
  });

  it('finds the lines after a first one that is broken', async () => {
    const { values, codes } = await walkRecords(
      '{"list": [1, {"x": \n{"list": [2]}\n{"list": [3]}\n',
    );
    expect(values).toEqual([1, 2, 3]);
    expect(codes).toEqual(['broken-line']);
  });

  it('takes a last line that is cut for a cut file', async () => {
    const { values, warnings } = await walkRecords('{"list": [1]}\n{"list": [2, {"x": "y');
    expect(values).toEqual([1, 2]);
    expect(warnings).toEqual([
      ['truncated', expect.stringMatching(/test\.json: .*\(line 2, byte 35\)/), 1],
    ]);
  });

  it('counts what is no record, and goes on', async () => {
    const { values, codes } = await walkRecords(
      '5 {"list": 7} "x" {"list": [1]} [[{"list": [2]}]]',
    );
    expect(values).toEqual([1, 2]);
    expect(codes).toEqual(['skipped-record', 'broken-record', 'skipped-record']);
  });

  it('survives a bottomless nesting', async () => {
    const { values } = await walkRecords(
      `${'['.repeat(200_000)}${']'.repeat(200_000)}{"list":[1]}`,
    );
    expect(values).toEqual([1]);
  });

  it('reads on where a pause was asked for', async () => {
    const values: JsonValue[] = [];
    let pauses = 0;
    const walk = new JsonWalk(sourceOf([bytesOf('{"list":[1,2,3]}')]), { warn: () => undefined });
    await walk.run(
      records((value) => {
        values.push(value);
        walk.pauseFor(async () => {
          await Promise.resolve();
          pauses++;
        });
      }),
    );
    expect(values).toEqual([1, 2, 3]);
    expect(pauses).toBe(3);
  });
});
