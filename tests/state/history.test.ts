import { describe, expect, it } from 'vitest';
import { NO_FILTER, parseTerm } from '$lib/model/filter';
import { carriedOptions, changedParts, historyChange, isCarried } from '$lib/state/history';
import { DEFAULT_VIEW_STATE, type LinkState } from '$lib/state/link';

const before: LinkState = { ...DEFAULT_VIEW_STATE, address: null };
const changeOf = (change: Partial<LinkState>, consequences?: readonly string[]) =>
  historyChange(before, { ...before, ...change }, consequences);

const error = parseTerm('status_code=ERROR')!;

describe('a step of Back', () => {
  it.each<[string, Partial<LinkState>]>([
    ['view', { view: 'sql' }],
    ['trace', { traceId: 't' }],
    ['sort', { sort: { key: 'spans', descending: true } }],
    ['filter term', { filter: { ...NO_FILTER, terms: [error] } }],
    ['time range', { filter: { ...NO_FILTER, time: { startNs: 1n, endNs: 2n } } }],
    ['option', { options: { 'statistics.tab': 'spans' } }],
  ])('is made by a choice: %s', (_, change) => {
    expect(changeOf(change)).toBe('push');
  });

  it.each<[string, Partial<LinkState>]>([
    ['text of the filter', { filter: { ...NO_FILTER, text: 'cart' } }],
    ['zoom', { zoom: [1, 2] }],
    ['find', { find: 'cart' }],
    ['selected span', { spanId: 's' }],
    ['SQL text', { options: { 'sql.q': 'SELECT 1' } }],
  ])('is replaced by what changes continuously: %s', (_, change) => {
    expect(changeOf(change)).toBe('replace');
  });

  it('is none where nothing changed', () => {
    expect(changeOf({ filter: { time: null, text: '', terms: [] }, options: {} })).toBeNull();
  });

  it('is one for all that changes together', () => {
    expect(changeOf({ zoom: [1, 2], traceId: 't' })).toBe('push');
  });

  it('is made also by what is taken back', () => {
    const chosen = { ...before, options: { 'statistics.tab': 'spans' } };
    expect(historyChange(chosen, before)).toBe('push');
  });

  it('is not made by what follows from a choice', () => {
    const focus = { options: { 'timeline.focus': 's' } };
    const parts = [...changedParts(before, { ...before, ...focus }).keys()];
    expect(changeOf(focus, parts)).toBe('replace');
    expect(changeOf({ ...focus, traceId: 't' }, parts)).toBe('push');
  });
});

describe('an option', () => {
  it('of one view alone leaves the link together with it', () => {
    const options = { 'sql.q': 'SELECT 1', 'statistics.tab': 'spans' };
    expect(carriedOptions(options, 'sql')).toBe(options);
    expect(carriedOptions(options, 'timeline')).toEqual({ 'statistics.tab': 'spans' });
    expect(isCarried('sql.q', 'timeline')).toBe(false);
    expect(isCarried('red.layout', 'timeline')).toBe(true);
  });
});
