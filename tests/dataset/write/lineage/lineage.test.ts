/** Ids that repeat, spellings of one trace, and how the work grows, without the engine. */
import { describe, expect, test } from 'vitest';
import { hashSpan } from '$lib/dataset/write/content-hash';
import { Lineage } from '$lib/dataset/write/lineage/lineage';
import type { Span } from '$lib/model/span';
import { EPOCH_NS, id, span } from '../../../support/spans';

function read(spans: Iterable<Span>) {
  const warnings: Record<string, number> = {};
  const lineage = new Lineage((code, _, count = 1) => {
    warnings[code] = (warnings[code] ?? 0) + count;
  });
  for (const one of spans) {
    if (lineage.add(one, one.service ?? 'svc')) lineage.setContent(lineage.rows - 1, hashSpan(one));
  }
  return { lineage, derived: lineage.finish(), warnings };
}

const failed = { status: 'ERROR', statusDescription: 'closed' } as const;

describe('spans of equal id, name and times', () => {
  test.each<[string, Partial<Span>]>([
    ['status', failed],
    ['a value', { attributes: ['code', '499'] }],
    ['a value far into a text', { attributes: ['code', `${'x'.repeat(900)}y`] }],
    ['a key', { attributes: ['kode', '200'] }],
    ['the parent', { parentId: id(9) }],
    ['an event', { events: [{ name: 'e', timeNs: EPOCH_NS, attributes: [] }] }],
    ['a link', { links: [{ traceId: '1', spanId: '2', attributes: [] }] }],
  ])('that differ in %s are both kept, in either order', (_, other) => {
    const one = span({ spanId: id(1), attributes: ['code', '200'] });
    const two = { ...one, ...other };
    for (const pair of [
      [one, two],
      [two, one],
    ]) {
      const { lineage, warnings } = read([...pair, ...pair]);
      expect(lineage.rows).toBe(2);
      expect(warnings).toMatchObject({ 'duplicate-id': 1, 'duplicate-span': 2 });
    }
  });
});

describe('trace ids of 64 and 128 bits', () => {
  const long = `7b0c51f2aa10943e${'c4478a90e13d56b2'}`;
  const short = long.slice(16);
  const root = span({ spanId: id(1), traceId: long });
  const child = span({ spanId: id(2), traceId: short, parentId: id(1), startNs: EPOCH_NS + 5n });

  test.each([[[root, child]], [[child, root]]])('are one trace in either order', (spans) => {
    const { derived, warnings } = read(spans);
    expect(warnings).toEqual({ 'short-trace-id': 1 });
    expect(derived.spellings).toMatchObject([{ traceId: long }]);
    expect([...derived.isOrphan]).toEqual([0, 0]);
    expect(derived.parentNo[spans.indexOf(child)]).toBe(spans.indexOf(root));
    // The child lies inside its parent whatever the spelling was.
    expect(derived.selfTimeNs[spans.indexOf(root)]).toBe(5);
  });

  test('stay apart where two of 128 end alike', () => {
    const other = span({ spanId: id(3), traceId: `${'1'.repeat(16)}${short}` });
    const { derived, warnings } = read([root, child, other]);
    expect(derived.spellings).toEqual([]);
    expect(warnings).toEqual({ orphan: 1 });
  });
});

test('a span that follows from its own descendant is a root', () => {
  const link = {
    traceId: 'a'.repeat(32),
    spanId: id(3),
    attributes: ['opentracing.ref_type', 'follows_from'],
  };
  const { derived, warnings } = read([
    span({ spanId: id(2), parentId: id(1) }),
    span({ spanId: id(1), parentId: id(3), links: [link], startNs: EPOCH_NS + 9n }),
    span({ spanId: id(3), parentId: id(2) }),
  ]);
  expect([...derived.parentNo]).toEqual([1, -1, 0]);
  expect([...derived.isRoot]).toEqual([0, 1, 0]);
  expect(derived.hasParentsTakenBack).toBe(true);
  expect(warnings).not.toHaveProperty('cycle');
});

describe('the work grows with the spans', () => {
  const kinds = ['CLIENT', 'SERVER', 'INTERNAL'] as const;
  test.each<[string, (i: number, n: number) => Span]>([
    [
      'one id for all',
      (i) => span({ spanId: id(1), parentId: id(1), startNs: EPOCH_NS + BigInt(i) }),
    ],
    [
      'one id for all, of two kinds',
      (i, n) =>
        span({ spanId: id(1), kind: kinds[i < n / 2 ? 0 : 1], startNs: EPOCH_NS + BigInt(i) }),
    ],
    [
      'one id for all, of many services',
      (i) => span({ spanId: id(1), parentId: id(1), service: `s${i}`, kind: kinds[i % 3] }),
    ],
    ['own parents that are no hex', (i) => span({ spanId: `run ${i}`, parentId: `run ${i}` })],
  ])('%s', (_, make) => {
    const stepsOf = (n: number) =>
      read(Array.from({ length: n }, (_, i) => make(i, n))).lineage.steps;
    expect(stepsOf(4000)).toBeLessThan(4000 * 25);
    expect(stepsOf(8000)).toBeLessThan(stepsOf(4000) * 2 + 1000);
  });
});
