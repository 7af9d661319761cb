/** Input that is odd in ways that real writers, logs and disks make it: what can be read is, and what could not is told. */
import { describe, expect, it } from 'vitest';
import { hexId, idNeedle, maySpellSame, normalTraceId } from '$lib/model/ids';
import { INVALID_NS } from '$lib/model/span';
import { asObject, countsOf, readFormat } from '../support/read-format';

const TRACE = '5'.repeat(32);
const otlpSpan = (n: number, more = '') =>
  `{"traceId":"${TRACE}","spanId":"500000000000000${n}","name":"n${n}","startTimeUnixNano":"1790000000000000000","endTimeUnixNano":"1790000000000005000"${more}}`;
const otlp = (...spans: string[]) =>
  `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeSpans":[{"spans":[${spans.join(',')}]}]}]}`;
const jaegerSpan = (id: string, more: string) =>
  `{"traceID":"${TRACE}","spanID":"${id}","operationName":"op","startTime":1790000000000000,"processID":"p1",${more}}`;
const jaeger = (...spans: string[]) =>
  `{"data":[{"traceID":"${TRACE}","spans":[${spans.join(',')}],"processes":{"p1":{"serviceName":"shop"}}}]}`;

describe('ids', () => {
  it.each([
    ['f3a9c1d2e4b567', '00f3a9c1d2e4b567'],
    ['7777777777771c9e2f47ab38d650', '00007777777777771c9e2f47ab38d650'],
    ['8E3479CA-2854-49A2-b753-bc2482da9a59', '8e3479ca285449a2b753bc2482da9a59'],
    ['0xAB', '00000000000000ab'],
  ])('%s is %s in files, and where it is typed', (written, id) => {
    expect(hexId(written, 8)).toBe(id);
    expect(normalTraceId(` ${written}`)).toBe(id);
  });

  it('are found by other spellings', () => {
    expect(idNeedle('0x00F3a9c1d2e4b567')).toBe('f3a9c1d2e4b567');
    expect(idNeedle('8e3479ca-2854-49a2-b753-bc2482da9a59')).toBe(
      '8e3479ca285449a2b753bc2482da9a59',
    );
    expect(idNeedle('00f3a9c1d2e4b567')).toBe('f3a9c1d2e4b567');
    // Two digits alone would be found in many ids.
    expect(idNeedle('0000000000000000000000000000002b')).toBeNull();
    for (const text of ['abc', 'GET /cart', '8e34-79', '0000000000000000', '']) {
      expect(idNeedle(text), text).toBeNull();
    }
  });

  it('of 64 bits may be the end of ones of 128', () => {
    expect(maySpellSame('7b0c51f2aa10943ec4478a90e13d56b2', 'c4478a90e13d56b2')).toBe(true);
    expect(maySpellSame(`${'0'.repeat(16)}c4478a90e13d56b2`, 'c4478a90e13d56b2')).toBe(true);
    expect(
      maySpellSame('7b0c51f2aa10943ec4478a90e13d56b2', `${'1'.repeat(16)}c4478a90e13d56b2`),
    ).toBe(false);
    expect(maySpellSame('not hex, but long', 'not hex, but long')).toBe(true);
    expect(maySpellSame('abc', 'c')).toBe(false);
  });
});

describe('logs', () => {
  const lines = [1, 2, 3].map((n) => otlp(otlpSpan(n)));

  it('are read past NUL bytes, however many', async () => {
    const nuls = '\0'.repeat(100_000);
    const result = await readFormat(
      `${nuls}${lines[0]}\n${nuls}${lines[1]}${nuls}\n${lines[2]}\n${nuls}`,
      'x',
    );
    expect(result.spans.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3']);
    expect(countsOf(result)).toEqual({ 'nul-bytes': 400_000 });
  });

  it('are read between lines of something else, each of which is counted', async () => {
    const other = '2026-09-21T14:13:20.101Z\tinfo\tStarting…\t{"Version": "0.130.0"}';
    const text = [
      ...Array(20).fill(other),
      lines[0],
      '404 not found',
      'null and void',
      lines[1],
      other,
      lines[2],
    ];
    const result = await readFormat(text.join('\n'), 'x');
    expect(result.spans.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3']);
    expect(countsOf(result)).toEqual({ 'broken-line': 23 });
    expect(result.diagnostics['broken-line']?.example).toMatch(/^line 1: /);
  });

  it.each(['collector-1  | ', '2026-09-21T14:13:20.101123Z stdout F '])(
    'are read behind “%s”',
    async (prefix) => {
      const text = ['Starting…', ...lines, 'Stopping…'].map((line) => prefix + line).join('\n');
      const result = await readFormat(text, 'x');
      expect(result.spans.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3']);
      expect(countsOf(result)).toEqual({ 'broken-line': 2 });
    },
  );
});

it('texts get � for what is no character, and each such text is counted', async () => {
  const attribute = (key: string, value: string) =>
    `{"key":"${key}","value":{"stringValue":"${value}"}}`;
  const text = otlp(
    otlpSpan(
      1,
      `,"attributes":[${attribute('half', 'fox \\ud83e')},${attribute('nul', 'a\\u0000b')},${attribute('own', '\\ufffd �')},${attribute('raw', 'BAD(')}]`,
    ),
    otlpSpan(2, `,"attributes":[${attribute('half', 'fox \\ud83e')}]`),
  );
  const bytes = Buffer.from(text);
  const at = bytes.indexOf('BAD(');
  bytes.set([0xff, 0xc3, 0], at);
  const result = await readFormat(bytes, 'x');
  expect(asObject(result.spans[0].attributes)).toEqual({
    half: 'fox �',
    nul: 'a�b',
    own: '� �',
    raw: '���(',
  });
  expect(countsOf(result)).toEqual({ 'replaced-text': 4 });
});

describe('a part that is not what it should be', () => {
  it.each([
    ['"attributes":5', 1],
    ['"attributes":[null,7,{"key":"a","value":{"stringValue":"b"}}]', 2],
    ['"attributes":null', 0],
    ['"attributes":[{"key":"a","value":{"arrayValue":null}}]', 0],
    ['"events":{"name":"e"}', 1],
    ['"events":[null,{"name":"e","attributes":"none"}]', 2],
    ['"links":"none"', 1],
    ['"links":[null,{},{"traceId":"1","spanId":"2"}]', 2],
    ['"status":[2]', 1],
  ])('of OTLP, %s, is skipped and counted, and the span stays', async (part, count) => {
    const result = await readFormat(otlp(otlpSpan(1, `,${part}`), otlpSpan(2)), 'x');
    expect(result.spans.map(({ name, resource }) => [name, resource.service])).toEqual([
      ['n1', 's'],
      ['n2', 's'],
    ]);
    expect(countsOf(result)).toEqual(count ? { 'broken-part': count } : {});
  });

  it.each([
    ['"references":null', 0],
    ['"references":{"spanID":"1"}', 1],
    ['"references":[null]', 1],
    ['"tags":"none"', 1],
    ['"tags":[null,{"key":"a","value":{"b":[1]}}]', 1],
    ['"logs":7', 1],
    ['"logs":[null,{"fields":{}}]', 2],
    ['"processID":"p9"', 1],
  ])('of Jaeger, %s, is skipped and counted, and the span stays', async (part, count) => {
    const result = await readFormat(
      jaeger(jaegerSpan('1', `"duration":1,${part}`), jaegerSpan('2', '"duration":1')),
      'x',
    );
    expect(result.spans.map(({ spanId }) => spanId)).toEqual([
      '0000000000000001',
      '0000000000000002',
    ]);
    expect(countsOf(result)).toEqual(count ? { 'broken-part': count } : {});
  });

  it.each([
    ['"tags":[1]', 1],
    ['"annotations":[null,{"value":null,"timestamp":1}]', 1],
    ['"localEndpoint":"here"', 1],
  ])('of Zipkin, %s, is skipped and counted, and the span stays', async (part, count) => {
    const result = await readFormat(
      `[{"traceId":"1","id":"2","timestamp":1790000000000000,"duration":1,${part}}]`,
      'x',
    );
    expect(result.spans.length).toBe(1);
    expect(countsOf(result)).toEqual({ 'broken-part': count });
  });
});

describe('Jaeger', () => {
  it.each(['18446744073709517944', '"long"', 'true', '9223372036854775807'])(
    'a duration of %s leaves the end unknown',
    async (duration) => {
      const result = await readFormat(jaeger(jaegerSpan('1', `"duration":${duration}`)), 'x');
      expect(result.spans).toMatchObject([{ startNs: 1790000000000000000n, endNs: INVALID_NS }]);
    },
  );

  it.each([
    ['true', 'ERROR', null],
    ['"True"', 'ERROR', null],
    ['1', 'ERROR', null],
    ['""', 'ERROR', null],
    ['"connection reset"', 'ERROR', 'connection reset'],
    ['false', 'UNSET', null],
    ['"FALSE"', 'UNSET', null],
    ['0', 'UNSET', null],
  ])('the tag error of %s is status %s', async (value, status, statusDescription) => {
    const tags = `"duration":1,"tags":[{"key":"error","value":${value}}]`;
    const { spans } = await readFormat(jaeger(jaegerSpan('1', tags)), 'x');
    expect(spans).toMatchObject([{ status, statusDescription }]);
  });

  it('spans of one entry are of one trace, however they spell it', async () => {
    const short = jaegerSpan(
      '2',
      `"duration":1,"references":[{"refType":"CHILD_OF","traceID":"${TRACE}","spanID":"1"}]`,
    ).replace(TRACE, TRACE.slice(16));
    const result = await readFormat(jaeger(jaegerSpan('1', '"duration":1'), short), 'x');
    expect(result.spans.map(({ traceId, parentId }) => [traceId, parentId])).toEqual([
      [TRACE, null],
      [TRACE, '0000000000000001'],
    ]);
    expect(countsOf(result)).toEqual({ 'short-trace-id': 1 });
  });
});

describe('Zipkin, a span in pieces', () => {
  const piece = (id: string, more: string) =>
    `{"traceId":"1","id":"${id}","kind":"CLIENT","localEndpoint":{"serviceName":"pay"},${more}}`;
  const first = piece(
    '2',
    '"name":"post","timestamp":1790000000005000,"annotations":[{"timestamp":1790000000005100,"value":"ws"}]',
  );
  const second = piece(
    '2',
    '"timestamp":1790000000005000,"duration":60000,"tags":{"error":"upstream"}',
  );
  const late = '{"traceId":"1","id":"2","tags":{"late":"yes"}}';
  const whole = {
    name: 'post',
    kind: 'CLIENT',
    status: 'ERROR',
    statusDescription: 'upstream',
    startNs: 1790000000005000000n,
    endNs: 1790000000065000000n,
    events: [{ name: 'ws' }],
    resource: { service: 'pay' },
  };

  it.each([[[first, second, late]], [[late, second, first]]])(
    'is one span in any order',
    async (pieces) => {
      const result = await readFormat(`[${pieces.join(',')}]`, 'x');
      expect(result.spans).toMatchObject([whole]);
      expect(asObject(result.spans[0].attributes)).toEqual({ error: 'upstream', late: 'yes' });
      expect(countsOf(result)).toEqual({ 'joined-pieces': 2 });
    },
  );

  it('is one span where the pieces lie far apart', async () => {
    const between = Array.from({ length: 45_000 }, (_, i) =>
      piece((i + 16).toString(16), '"name":"n","timestamp":1,"duration":1'),
    );
    const result = await readFormat([first, ...between, second].join('\n'), 'x');
    expect(result.spans.length).toBe(45_001);
    expect(result.spans.find(({ name }) => name === 'post')).toMatchObject(whole);
    expect(countsOf(result)).toEqual({ 'joined-pieces': 1 });
  });

  it('is not joined with the other side, or with a span that only has its id', async () => {
    const others = [
      first,
      piece('2', '"name":"get","timestamp":1790000000005000,"duration":1'),
      first.replace('CLIENT', 'SERVER').replace('"name"', '"shared":true,"name"'),
      first.replace('pay', 'bank'),
      first.replace('5000,', '5001,'),
    ];
    const { spans } = await readFormat(`[${others.join(',')}]`, 'x');
    expect(spans.length).toBe(5);
  });
});
