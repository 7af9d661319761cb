/** The same spans as Parquet and as OTLP protobuf, as otlp2parquet wrote them. */
import { openAsBlob, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SPAN_KINDS, STATUS_CODES } from '$lib/model/span';
import { readFormat } from '../support/read-format';
import { CORPUS, HAS_CORPUS } from '../support/paths';

interface Field {
  no: number;
  bytes: Buffer;
  number: bigint;
}

/** Just enough of protobuf to know what is in the file. */
function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const field: Field = { no: tag >> 3, bytes: Buffer.alloc(0), number: 0n };
    if ((tag & 7) === 0) field.number = varint();
    else if ((tag & 7) === 1) {
      field.number = bytes.readBigUInt64LE(at);
      at += 8;
    } else if ((tag & 7) === 5) at += 4;
    else {
      const length = Number(varint());
      field.bytes = bytes.subarray(at, (at += length));
    }
    fields.push(field);
  }
  return fields;
}

const all = (bytes: Buffer, no: number) => fieldsOf(bytes).filter((field) => field.no === no);
const one = (bytes: Buffer, no: number) => all(bytes, no).at(0)?.bytes ?? Buffer.alloc(0);
const number = (bytes: Buffer, no: number) => all(bytes, no).at(0)?.number ?? 0n;

describe.skipIf(!HAS_CORPUS)('otlp2parquet', () => {
  it('wrote the spans of traces.pb to otel_traces.parquet', async () => {
    const path = 'parquet/otlp2parquet--otel_traces.parquet';
    const { spans } = await readFormat(await openAsBlob(CORPUS + path), path);
    const read = spans.map((span) => ({
      traceId: span.traceId,
      spanId: span.spanId,
      parentId: span.parentId ?? '',
      name: span.name,
      kind: span.kind,
      status: span.status,
      scope: span.scope,
      startUs: span.startNs! / 1000n,
      lengthNs: span.endNs! - span.startNs!,
      events: span.events.map(({ name, timeNs }) => `${name} ${timeNs! / 1000n}`),
      attributes: span.attributes.filter((_, i) => i % 2 === 0).sort(),
    }));
    const file = readFileSync(`${CORPUS}otlp-proto/otlp2parquet--traces.pb`);
    const written = all(file, 1).flatMap(({ bytes: resource }) =>
      all(resource, 2).flatMap(({ bytes: scope }) =>
        all(scope, 2).map(({ bytes: span }) => ({
          traceId: one(span, 1).toString('hex'),
          spanId: one(span, 2).toString('hex'),
          parentId: one(span, 4).toString('hex'),
          name: one(span, 5).toString(),
          kind: SPAN_KINDS[Number(number(span, 6))],
          status: STATUS_CODES[Number(number(one(span, 15), 3))],
          scope: one(one(scope, 1), 1).toString(),
          // The Parquet file has microseconds.
          startUs: number(span, 7) / 1000n,
          lengthNs: number(span, 8) - number(span, 7),
          events: all(span, 11).map(
            ({ bytes }) => `${one(bytes, 2).toString()} ${number(bytes, 1) / 1000n}`,
          ),
          attributes: all(span, 9)
            .map(({ bytes }) => one(bytes, 1).toString())
            .sort(),
        })),
      ),
    );
    const bySpan = (a: { spanId: string }, b: { spanId: string }) =>
      a.spanId.localeCompare(b.spanId);
    expect(read.length).toBe(19);
    expect(read.sort(bySpan)).toEqual(written.sort(bySpan));
  });
});
