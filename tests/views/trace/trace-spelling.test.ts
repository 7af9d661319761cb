/** Links spell a trace's id with 64 or 128 bits. */
import { expect, test } from 'vitest';
import { queryTraceHead } from '$lib/views/trace/trace-query';
import { engineOverSpans } from '../../support/open-engine';
import { id, span } from '../../support/spans';

const { signal } = new AbortController();

test('a trace is found by the other length of its id, if only one can be meant', async () => {
  const end = 'c4478a90e13d56b2';
  const own = await engineOverSpans([
    span({ spanId: id(1), traceId: `7b0c51f2aa10943e${end}` }),
    span({ spanId: id(2), traceId: `1111111111111111${'2'.repeat(16)}` }),
    span({ spanId: id(3), traceId: `3333333333333333${'2'.repeat(16)}` }),
    span({ spanId: id(4), traceId: '4'.repeat(16) }),
  ]);
  const found = async (traceId: string) =>
    (await queryTraceHead(own, traceId, signal))?.traceId ?? null;
  expect(await found(end)).toBe(`7b0c51f2aa10943e${end}`);
  expect(await found(end.padStart(32, '0'))).toBe(`7b0c51f2aa10943e${end}`);
  expect(await found(`5555555555555555${end}`)).toBe(null);
  expect(await found('2'.repeat(16))).toBe(null);
  expect(await found(`1111111111111111${'2'.repeat(16)}`)).toBe(
    `1111111111111111${'2'.repeat(16)}`,
  );
  expect(await found(`9999999999999999${'4'.repeat(16)}`)).toBe('4'.repeat(16));
  expect(await found('no id')).toBe(null);
});
