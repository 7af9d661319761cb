import { describe, expect, it } from 'vitest';
import { joinDigits, parseDecimal } from '$lib/json/digits';
import { JsonEnd, JsonError, JsonReader } from '$lib/json/reader';
import { plain, randomJson, randomNumbers, storable, wellFormed } from '../support/random-json';

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
