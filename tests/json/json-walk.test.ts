import { describe, expect, it } from 'vitest';
import type { DiagnosticCode } from '$lib/model/diagnostics';
import type { JsonValue } from '$lib/json/reader';
import { JsonWalk, fields, type Shape } from '$lib/json/walk';
import type { Source } from '$lib/bytes/source';
import { plain, randomJson, randomNumbers, storable, wellFormed } from '../support/random-json';

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
