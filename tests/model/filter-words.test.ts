/** The filter in people's words. */
import { NO_FILTER, parseTerm, type Filter } from '$lib/model/filter';
import { filterParts, termLine, timeWords } from '$lib/model/filter-words';
import { describe, expect, it } from 'vitest';

const START = 1_794_477_600_000_000_000n;

describe('terms in words', () => {
  it.each([
    ['service=Agent', 'service is Agent'],
    ['service=""', 'service is empty'],
    ['kind!=SERVER', 'kind is not SERVER'],
    ['status=error', 'status is ERROR'],
    ['operation=a,b', 'operation is a or b'],
    ['operation=a,b,c,d,e', 'operation is a or b or c or 2 more'],
    ['duration>=10ms', 'duration ≥ 10\u202fms'],
    ['duration<=1.5s', 'duration ≤ 1.5\u202fs'],
    ['duration=1ms..2s', 'duration 1\u202fms – 2\u202fs'],
    ['@http.method~GET', 'http.method contains GET'],
    ['@http.method!~GET', 'http.method does not contain GET'],
    ['@@k8s.pod!=a', 'resource k8s.pod is not a'],
    ['@user.id?', 'user.id is set'],
    ['@user.id!?', 'user.id is not set'],
    ['root', 'root spans only'],
    ['!root', 'not root spans'],
  ])('%s', (text, words) => {
    expect(termLine(parseTerm(text)!)).toBe(words);
  });
});

describe('times in words', () => {
  it('says the day only where it is needed', () => {
    const range = { startNs: START, endNs: START + 300_000_000_000n };
    expect(timeWords(range)).toBe('10:00:00 – 10:05:00');
    expect(timeWords(range, true)).toBe('2026-11-12 10:00:00 – 10:05:00');
    expect(timeWords({ startNs: START, endNs: START + 86_400_000_000_000n })).toBe(
      '2026-11-12 10:00:00 – 2026-11-13 10:00:00',
    );
  });

  it('keeps every digit that makes a difference', () => {
    expect(timeWords({ startNs: START, endNs: START + 1_000_000n })).toBe(
      '10:00:00.000 – 10:00:00.001',
    );
    expect(timeWords({ startNs: START + 1n, endNs: START + 2_000n })).toBe(
      '10:00:00.000000001 – 10:00:00.000002000',
    );
  });
});

describe('the parts of a filter', () => {
  it('each comes with the filter that does not ask for it', () => {
    const filter: Filter = {
      time: { startNs: START, endNs: START + 1_000_000_000n },
      text: ' boom ',
      terms: [parseTerm('root')!, parseTerm('service=Agent')!],
    };
    const parts = filterParts(filter);
    expect(parts.map(({ words }) => words)).toEqual([
      '10:00:00 – 10:00:01',
      'root spans only',
      'service is Agent',
      'boom',
    ]);
    expect(parts[0].without).toEqual({ ...filter, time: null });
    expect(parts[2].without.terms).toEqual([filter.terms[0]]);
    expect(parts[3].without.text).toBe('');
    expect(filterParts(NO_FILTER)).toEqual([]);
  });
});
