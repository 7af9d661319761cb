/** The filter: its text is read back as it was, and its SQL keeps the spans that it says. */
import {
  NO_FILTER,
  durationText,
  parseNs,
  parseTerm,
  termText,
  withOnly,
  without,
  type FilterTerm,
} from '$lib/model/filter';
import { describe, expect, it } from 'vitest';

const TERMS: FilterTerm[] = [
  { type: 'root', exclude: false },
  { type: 'root', exclude: true },
  { type: 'duration', minNs: 10_000_000, maxNs: null },
  { type: 'duration', minNs: null, maxNs: 1 },
  { type: 'duration', minNs: 1_500_000, maxNs: 7_200_000_000_000 },
  { type: 'field', field: 'service', values: ['Agent', 'a, "b"', ''], exclude: true },
  { type: 'field', field: 'status_code', values: ['ERROR'], exclude: false },
  {
    type: 'attribute',
    source: 'attributes',
    key: 'http.method',
    test: 'equals',
    values: ['GET'],
    exclude: false,
  },
  {
    type: 'attribute',
    source: 'attributes',
    key: 'a=b ?"',
    test: 'contains',
    values: [' x '],
    exclude: true,
  },
  {
    type: 'attribute',
    source: 'resource',
    key: 'k8s.pod',
    test: 'exists',
    values: [],
    exclude: true,
  },
  {
    type: 'attribute',
    source: 'events',
    key: 'exception.type',
    test: 'equals',
    values: ['KeyError'],
    exclude: false,
  },
  {
    type: 'attribute',
    source: 'attributes',
    key: '@odd',
    test: 'equals',
    values: ['line\nbreak', 'ü🙂'],
    exclude: false,
  },
];

describe('terms as text', () => {
  it.each(TERMS.map((term) => [termText(term), term] as const))('%s is read back', (text, term) => {
    expect(parseTerm(text)).toEqual(term);
  });

  it('takes what people type', () => {
    expect(parseTerm(' status = error ')).toEqual({
      type: 'field',
      field: 'status_code',
      values: ['ERROR'],
      exclude: false,
    });
    expect(parseTerm('duration > 1.5 s')).toEqual({
      type: 'duration',
      minNs: 1_500_000_001,
      maxNs: null,
    });
  });

  it.each([
    '',
    'service',
    'service=',
    'colour=red',
    'duration>=fast',
    'duration=2s..1s',
    '@?',
    '@a',
    '@a="',
    'service=a,,b',
  ])('%j is no term', (text) => expect(parseTerm(text)).toBeNull());

  it('reads lengths of time to the nanosecond', () => {
    expect(parseNs('1.5 ms')).toBe(1_500_000);
    expect(parseNs('830µs')).toBe(830_000);
    expect(parseNs('3 weeks')).toBeNull();
    for (const ns of [0, 1, 999, 1000, 1_234_567, 3_600_000_000_000])
      expect(parseNs(durationText(ns))).toBe(ns);
  });
});

describe('only and without', () => {
  const service = (values: string[], exclude = false): FilterTerm & { type: 'field' } => ({
    type: 'field',
    field: 'service',
    values,
    exclude,
  });

  it('only takes the place of what was asked of the same column', () => {
    const filter = withOnly({ ...NO_FILTER, terms: [service(['a']), TERMS[0]] }, service(['b']));
    expect(filter.terms).toEqual([TERMS[0], service(['b'])]);
  });

  it('without joins what is excluded, and takes away what was wanted', () => {
    const filter = without(
      { ...NO_FILTER, terms: [service(['a'], true), service(['b', 'c'])] },
      service(['b']),
    );
    expect(filter.terms).toEqual([service(['c']), service(['a', 'b'], true)]);
  });
});
