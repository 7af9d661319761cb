/** What the writer makes of spans, batch by batch, without the engine. */
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import type { Batch } from '$lib/dataset/write/batch';
import { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import type { Span } from '$lib/model/span';
import { EPOCH_NS, family, id, span } from '../../support/spans';

function write(spans: Iterable<Span>) {
  const batches: Batch[] = [];
  const writer = new DatasetWriter((batch) => batches.push(batch));
  for (const one of spans) writer.span(one);
  const { diagnostics } = writer.finish();
  const counts = Object.fromEntries(diagnostics.map(({ code, count }) => [code, count]));
  return { batches, rows: writer.spans, counts };
}

describe('copies of a span', () => {
  const full = span({
    spanId: id(900_000),
    traceId: 'b'.repeat(32),
    parentId: id(900_001),
    status: 'ERROR',
    statusDescription: 'card refused',
    scope: 'http 1.2',
    attributes: ['code', '402', 'héad', 'x'.repeat(3000), 'code', '403', '', ''],
    events: [
      { name: 'retry', timeNs: EPOCH_NS + 3n, attributes: ['n', '1', 'n', '2'] },
      { name: 'retry', timeNs: null, attributes: [] },
    ],
    links: [{ traceId: 'c'.repeat(32), spanId: id(5), attributes: ['why', 'batch'] }],
  });
  // So many that the columns have begun anew in between.
  const others = family(5000);

  test('are left out, however far apart and whatever they hold', () => {
    const { rows, counts, batches } = write([full, ...others, structuredClone(full), ...others]);
    expect(batches.length).toBeGreaterThan(1);
    expect(rows).toBe(5001);
    expect(counts['duplicate-span']).toBe(5001);
    expect(counts).not.toHaveProperty('duplicate-id');
  });

  const last = full.attributes.length - 1;
  test.each<[string, Partial<Span>]>([
    ['a value', { attributes: full.attributes.with(last, '1') }],
    ['a key', { attributes: full.attributes.with(last - 1, 'k') }],
    ['a value that wins over an earlier one', { attributes: full.attributes.with(5, '404') }],
    ['the order of events', { events: full.events.toReversed() }],
    ['an attribute of a link', { links: [{ ...full.links[0], attributes: ['why', 'retry'] }] }],
    ['the status', { status: 'OK' }],
    ['the scope', { scope: 'http 1.3' }],
    ['the resource', { resource: { service: 'svc', attributes: ['service.name', 'b'] } }],
  ])('that differ in %s are kept', (_, other) => {
    const { rows, counts } = write([full, ...others, { ...full, ...other }]);
    expect(rows).toBe(5002);
    expect(counts['duplicate-id']).toBe(1);
  });
});

test('promoted columns are null for runs of spans of any length without their keys', () => {
  const has = (i: number) => i === 0 || i === 3 || (i > 20 && i % 97 === 0) || i > 4990;
  const spans = Array.from({ length: 5000 }, (_, i) =>
    span({
      spanId: id(i),
      attributes: has(i)
        ? [
            'gen_ai.request.model',
            `m${i}`,
            'gen_ai.usage.input_tokens',
            String(i),
            'gen_ai.usage.cost',
            `${i}.5`,
          ]
        : ['other', 'x'],
    }),
  );
  const rows = write(spans).batches.flatMap((batch) =>
    batch.spans ? tableFromIPC(batch.spans.ipc).toArray() : [],
  );
  expect(rows.map((row) => [row?.model, row?.input_tokens, row?.cost] as unknown[])).toEqual(
    spans.map((_, i) => (has(i) ? [`m${i}`, BigInt(i), i + 0.5] : [null, null, null])),
  );
});
