import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FORMATS } from '$lib/formats/registry';
import type { Span } from '$lib/model/span';
import { CORPUS, HAS_CORPUS } from '../support/paths';
import { asObject, countsOf, readFormat } from '../support/read-format';
import { fixed64, joinBytes, number, part, protobufOf, text } from '../support/otlp-proto';

type Traces = Parameters<typeof protobufOf>[0];

/** What protobuf has no room for: attributes of other sizes, names in another order, digits of doubles. */
const VALUES: Traces = {
  resourceSpans: [
    {
      resource: {
        attributes: [
          { key: 'service.name', value: { stringValue: 'checkout' } },
          { key: 'args', value: { arrayValue: { values: [{ stringValue: 'a' }, {}] } } },
        ],
      },
      scopeSpans: [
        {
          scope: {
            name: 'shop',
            version: '1.4.0',
            attributes: [{ key: 'team', value: { stringValue: 'blue' } }],
          },
          spans: [
            {
              traceId: '5b8efff798038103d269b633813fc60c',
              spanId: 'eee19b7ec3c1b174',
              traceState: 'vendor=1',
              name: 'place order',
              kind: 2,
              startTimeUnixNano: '1544712660123456789',
              endTimeUnixNano: '1544712661987654321',
              attributes: [
                { key: 'text', value: { stringValue: 'a "quoted"\nline, 😀 and 日本' } },
                { key: 'long', value: { stringValue: 'é'.repeat(5000) } },
                { key: 'empty', value: { stringValue: '' } },
                { key: 'nul', value: { stringValue: 'a\0b' } },
                { key: 'max', value: { intValue: '9223372036854775807' } },
                { key: 'min', value: { intValue: '-9223372036854775808' } },
                { key: 'edge', value: { intValue: '-9007199254740993' } },
                { key: 'minus', value: { intValue: '-1' } },
                { key: 'large', value: { intValue: '4294967296' } },
                { key: 'double', value: { doubleValue: 72.5 } },
                { key: 'tiny', value: { doubleValue: 1.5e-7 } },
                { key: 'nan', value: { doubleValue: 'NaN' } },
                { key: 'infinite', value: { doubleValue: '-Infinity' } },
                { key: 'yes', value: { boolValue: true } },
                { key: 'no', value: { boolValue: false } },
                { key: 'bytes', value: { bytesValue: 'AAAwOQ==' } },
                {
                  key: 'list',
                  value: {
                    arrayValue: {
                      values: [
                        { stringValue: 'x"y' },
                        { intValue: '1234567890123456789' },
                        { doubleValue: 0.5 },
                        { doubleValue: 'Infinity' },
                        { boolValue: true },
                        { bytesValue: 'AQI=' },
                        {},
                      ],
                    },
                  },
                },
                { key: 'none', value: { arrayValue: {} } },
                {
                  key: 'map',
                  value: {
                    kvlistValue: {
                      values: [
                        { key: 'a', value: { intValue: '1' } },
                        { key: 'b', value: { kvlistValue: { values: [{ key: 'c', value: {} }] } } },
                      ],
                    },
                  },
                },
                { key: 'nothing', value: {} },
                { key: '__proto__', value: { stringValue: 'a key' } },
              ],
              droppedAttributesCount: 3,
              events: [
                {
                  timeUnixNano: '1544712661000000001',
                  name: 'exception',
                  attributes: [{ key: 'exception.type', value: { stringValue: 'IOError' } }],
                },
                { name: 'without a time' },
              ],
              droppedEventsCount: 2,
              links: [
                {
                  traceId: '5b8efff798038103d269b633813fc60d',
                  spanId: 'eee19b7ec3c1b175',
                  attributes: [{ key: 'why', value: { stringValue: 'retry' } }],
                },
              ],
              droppedLinksCount: 1,
              status: { code: 2, message: 'out of stock' },
            },
            {
              traceId: '5b8efff798038103d269b633813fc60c',
              spanId: 'eee19b7ec3c1b176',
              parentSpanId: 'eee19b7ec3c1b174',
              name: 'still running',
              startTimeUnixNano: '1544712660223456789',
            },
          ],
        },
        { spans: [{ traceId: '5b8efff798038103d269b633813fc60e', spanId: 'eee19b7ec3c1b177' }] },
      ],
    },
    {
      scopeSpans: [
        {
          scope: { name: 'no resource' },
          spans: [
            {
              traceId: '5b8efff798038103d269b633813fc60f',
              spanId: 'eee19b7ec3c1b178',
              parentSpanId: '0000000000000000',
              name: 'alone',
              kind: 5,
              startTimeUnixNano: '1544712660323456789',
              endTimeUnixNano: '1544712660423456789',
              status: { code: 1 },
            },
          ],
        },
      ],
    },
  ],
};

/** Many spans; the n-th has the number n. */
function many(count: number): Traces {
  const spans = Array.from({ length: count }, (_, i) => ({
    traceId: (i >> 3).toString(16).padStart(32, 'a'),
    spanId: (i + 1).toString(16).padStart(16, '0'),
    parentSpanId: i % 8 ? i.toString(16).padStart(16, '0') : '',
    name: `operation ${i % 5}`,
    kind: (i % 5) + 1,
    startTimeUnixNano: String(1_760_000_000_000_000_000n + BigInt(i)),
    endTimeUnixNano: String(1_760_000_000_000_001_000n + BigInt(i)),
    attributes: [{ key: 'number', value: { intValue: String(i) } }],
  }));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'many' } }] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'one' }, spans }] }] };
}

async function expectEqual(traces: Traces, bytes: Uint8Array): Promise<void> {
  const json = await readFormat(JSON.stringify(traces), 'json');
  const proto = await readFormat(bytes, 'proto');
  expect(proto.format).toBe('otlp-proto');
  expect(countsOf(proto)).toEqual(countsOf(json));
  expect(proto.spans).toEqual(json.spans);
}

describe('OTLP protobuf', () => {
  it('gives what the same spans give in JSON', async () => {
    await expectEqual(VALUES, protobufOf(VALUES));
    await expectEqual(many(3000), protobufOf(many(3000)));
  });

  it('takes several messages in a row for one, and shares equal resources', async () => {
    const bytes = protobufOf(many(10));
    const { spans } = await readFormat(joinBytes(bytes, bytes, bytes), 'three');
    expect(spans.length).toBe(30);
    expect(new Set(spans.map(({ resource }) => resource)).size).toBe(1);
  });

  it('reads resources and scopes behind their spans, however many wait for them', async () => {
    const traces = many(20_010);
    const { spans } = await readFormat(protobufOf(traces, true), 'resource last');
    expect(spans.length).toBe(20_010);
    for (const span of spans) {
      if (span.resource.service !== 'many' || span.scope !== 'one') throw new Error(span.spanId);
    }
  });

  it('keeps the whole spans of a message that is cut anywhere', async () => {
    const bytes = protobufOf(many(4));
    const whole = (await readFormat(bytes, 'whole')).spans;
    let most = 0;
    for (let end = 100; end < bytes.length; end += 5) {
      const cut = await readFormat(bytes.subarray(0, end), 'cut');
      if (cut.format === null) {
        expect(most).toBe(0);
        continue;
      }
      expect(cut.spans).toEqual(whole.slice(0, cut.spans.length));
      expect(cut.spans.length).toBeGreaterThanOrEqual(most);
      expect(countsOf(cut)).toEqual({ truncated: 1 });
      most = cut.spans.length;
    }
    expect(most).toBe(3);
  });

  it('skips a broken span, and no other', async () => {
    const good = (name: string) =>
      joinBytes(
        part(1, new Uint8Array(16).fill(1)),
        part(2, new Uint8Array(8).fill(2)),
        text(5, name),
        fixed64(7, '1760000000000000000'),
      );
    const broken = joinBytes(good('broken'), [0x4a, 0x7f, 0x01]);
    const bytes = part(
      1,
      part(2, joinBytes(part(2, good('a')), part(2, broken), part(2, good('b')))),
    );
    const result = await readFormat(bytes, 'broken');
    expect(result.spans.map(({ name }: Span) => name)).toEqual(['a', 'b']);
    expect(countsOf(result)).toEqual({ 'broken-record': 1 });
  });

  it('counts logs and metrics, which have messages of the same form', async () => {
    const log = part(2, joinBytes(fixed64(1, '1760000000000000000'), text(3, 'INFO')));
    const logs = await readFormat(part(1, part(2, joinBytes(log, log))), 'logs');
    expect([logs.format, countsOf(logs)]).toEqual(['otlp-proto', { 'skipped-signal': 2 }]);
    const point = part(1, fixed64(3, '1760000000000000000'));
    // As long as a trace id, with a description as long as a span id.
    const sum = part(
      2,
      joinBytes(text(1, 'sixteen.letters.'), text(2, 'eight ls'), part(7, point)),
    );
    const gauge = part(2, joinBytes(text(1, 'gauge'), part(5, point), number(0, 0)));
    const metrics = await readFormat(part(1, part(2, joinBytes(sum, gauge))), 'metrics');
    expect([metrics.format, countsOf(metrics)]).toEqual(['otlp-proto', { 'skipped-signal': 2 }]);
  });

  it('is recognised only by whole records', () => {
    const format = FORMATS.find(({ id }) => id === 'otlp-proto')!;
    const bytes = protobufOf(many(3));
    expect(format.sniff(bytes)).toBe(true);
    const shortId = protobufOf({
      resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'abcd', spanId: 'abcd' }] }] }],
    });
    for (const other of [
      new Uint8Array(0),
      shortId,
      new TextEncoder().encode('\n\n\n some text\n'),
      new TextEncoder().encode('\n{"a":1}'),
      bytes.subarray(1),
      joinBytes(bytes, [0x12, 0x00]).subarray(0, 40),
    ]) {
      expect(format.sniff(other)).toBe(false);
    }
  });
});

/** After its length, as the Collector's file exporter writes it. */
function framed(message: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, message.length);
  return joinBytes(length, message);
}

/** A zstd frame with its bytes stored in blocks, not compressed: RFC 8878, 3.1.1. */
function zstd(bytes: Uint8Array): Uint8Array {
  const MAX = 100_000;
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += MAX) {
    const block = bytes.subarray(at, at + MAX);
    const head = (block.length << 3) | (at + MAX >= bytes.length ? 1 : 0);
    blocks.push(joinBytes([head & 255, (head >> 8) & 255, head >> 16], block));
  }
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, bytes.length, true);
  // A single segment, its size in four bytes.
  return joinBytes([0x28, 0xb5, 0x2f, 0xfd, 0xa0], size, ...blocks);
}

describe('messages after their length', () => {
  const first = protobufOf(VALUES);
  const second = protobufOf(many(3000));
  const traces = {
    resourceSpans: [VALUES, many(3000)].flatMap(({ resourceSpans }) => resourceSpans),
  };

  it('are read like one message', async () => {
    const plain = joinBytes(framed(first), framed(new Uint8Array(0)), framed(second));
    await expectEqual(traces, plain);
    await expectEqual(traces, gzipSync(plain));
  });

  it('may each be compressed, and may be JSON then', async () => {
    await expectEqual(traces, joinBytes(framed(zstd(first)), framed(zstd(second))));
    const json = [VALUES, many(20)].map((part) => new TextEncoder().encode(JSON.stringify(part)));
    const result = await readFormat(joinBytes(...json.map((part) => framed(zstd(part)))), 'json');
    expect([result.format, result.spans.length]).toEqual(['otlp-json', 4 + 20]);
    expect(countsOf(result)).toEqual({ 'replaced-text': 1 });
  });

  it('are kept if they are whole', async () => {
    const plain = joinBytes(framed(first), framed(second));
    const cut = await readFormat(plain.subarray(0, -10), 'cut');
    expect([cut.spans.length, countsOf(cut)]).toEqual([
      4 + 2999,
      { 'replaced-text': 1, truncated: 1 },
    ]);
    const packed = joinBytes(framed(zstd(first)), framed(zstd(second)));
    const half = await readFormat(packed.subarray(0, -10), 'half');
    expect([half.spans.length, countsOf(half)]).toEqual([4, { 'replaced-text': 1, truncated: 1 }]);
    const damaged = zstd(second);
    // A block of the reserved type.
    damaged[9] |= 6;
    const skipped = await readFormat(
      joinBytes(framed(zstd(first)), framed(damaged), framed(zstd(first))),
      'damaged',
    );
    expect(skipped.spans.length).toBe(8);
    expect(skipped.diagnostics.truncated?.example).toContain('message 2');
  });
});

describe.skipIf(!HAS_CORPUS)('a real file', () => {
  it('has the spans of the Parquet file with the same spans', async () => {
    const proto = await readFormat(
      readFileSync(`${CORPUS}otlp-proto/otlp2parquet--traces.pb`),
      'traces.pb',
    );
    const table = await readFormat(
      readFileSync(`${CORPUS}parquet/otlp2parquet--otel_traces.parquet`),
      'traces.parquet',
    );
    const facts = (spans: readonly Span[]) =>
      spans
        .map(
          ({
            traceId,
            spanId,
            parentId,
            name,
            kind,
            startNs,
            endNs,
            status,
            attributes,
            events,
            ...rest
          }) => ({
            ...{ traceId, spanId, parentId, name, kind, startNs, endNs, status },
            service: rest.service ?? rest.resource.service,
            attributes: asObject(attributes),
            events: events.map((event) => ({ ...event, attributes: asObject(event.attributes) })),
          }),
        )
        .sort((a, b) => (a.spanId < b.spanId ? -1 : 1));
    expect(facts(proto.spans).length).toBe(19);
    expect(facts(proto.spans)).toEqual(facts(table.spans));
  });
});
