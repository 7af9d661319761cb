import { describe, expect, it } from 'vitest';
import {
  DEFAULT_VIEW_STATE,
  decodeLink,
  encodeLink,
  SORT_KEYS,
  type LinkState,
} from '$lib/state/link';
import { isFetchable, sameAddress } from '$lib/model/origin';

const empty: LinkState = { ...DEFAULT_VIEW_STATE, address: null };

function roundTrip(state: Partial<LinkState>) {
  const whole = { ...empty, ...state };
  const { state: back, error } = decodeLink('#' + encodeLink(whole));
  expect(error).toBeNull();
  expect(back).toEqual(whole);
}

describe('link codec', () => {
  it('writes nothing for an empty page', () => {
    expect(encodeLink(empty)).toBe('');
    expect(decodeLink('')).toEqual({ state: empty, error: null });
    expect(decodeLink('#')).toEqual({ state: empty, error: null });
  });

  it('stays readable', () => {
    expect(encodeLink({ ...empty, address: { kind: 'demo' } })).toBe('demo');
    expect(
      encodeLink({
        ...empty,
        address: { kind: 'urls', urls: ['https://example.org/a/run.duckdb'] },
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        sort: { key: 'duration', descending: true },
        filter: { time: null, text: 'GET /cart', terms: [] },
        zoom: [1200.4, 98000],
        find: 'redis',
      }),
    ).toBe(
      'src=https://example.org/a/run.duckdb&trace=4bf92f3577b34da6a3ce929d0e0e4736&span=00f067aa0ba902b7' +
        '&sort=-duration&q=GET+/cart&zoom=1200~98000&find=redis',
    );
  });

  it('round-trips everything', () => {
    roundTrip({ address: { kind: 'demo' } });
    roundTrip({ address: { kind: 'library', id: '2026 run #3.duckdb' } });
    roundTrip({
      address: { kind: 'urls', urls: ['a.json', '../b.json.gz', 'https://h.x/?a=1&b=2#c'] },
    });
    for (const key of SORT_KEYS) {
      for (const descending of [true, false]) roundTrip({ sort: { key, descending } });
    }
    roundTrip({ view: 'statistics' });
    roundTrip({ traceId: 't', spanId: 's', zoom: [0, 9_007_199_254_740_991] });
    roundTrip({ traceId: '', find: '' });
    for (const text of [
      'a&b=c#d+e f',
      '100 %',
      '日本語 🦆',
      '"quoted" \'x\'',
      '\n\t\0',
      '<script>',
      '==',
      '++',
    ]) {
      roundTrip({
        filter: { time: null, text, terms: [] },
        find: text,
        traceId: text,
        spanId: text,
      });
    }
  });

  it('takes what stands and names what does not', () => {
    const { state, error } = decodeLink(
      '#demo&sort=sideways&trace=abc&zoom=9~1&view=SQL!&what=1&q=x',
    );
    expect(state).toEqual({
      ...empty,
      address: { kind: 'demo' },
      traceId: 'abc',
      filter: { time: null, text: 'x', terms: [] },
    });
    expect(error?.code).toBe('invalid-state');
    expect(error?.data.parts).toBe('sort=sideways, zoom=9~1, view=SQL!, what=1');
  });

  it('never throws', () => {
    const garbage = [
      '#%',
      '#%E0%A4%A',
      '#=',
      '#===&&&',
      '#trace=%ff',
      '#zoom=1e99~2e99',
      '#zoom=99999999999999999999~1',
      '#v=2',
      '#src=',
      '#src=javascript:alert(1)',
      '#src=data:text/html,x',
      '#src=file:///etc/passwd',
      '#__proto__=x&constructor=y',
      '#' + 'a'.repeat(100_000),
      '#q=' + 'a'.repeat(100_000),
      '#\ud800',
    ];
    for (const hash of garbage) {
      const { state, error } = decodeLink(hash);
      expect(state, hash.slice(0, 40)).toEqual(empty);
      expect(error?.code, hash.slice(0, 40)).toBe('invalid-state');
      expect(error!.data.parts.length).toBeLessThan(1000);
    }
    expect(encodeLink({ ...empty, filter: { time: null, text: '\ud800', terms: [] } })).toBe(
      'q=%EF%BF%BD',
    );
  });

  it('survives random bytes', () => {
    let seed = 42;
    const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32;
    const alphabet = 'srcdemoviewtracespansortzoomfindq=&=&%~-+#/:0123456789é';
    for (let i = 0; i < 3000; i++) {
      const hash = Array.from(
        { length: 1 + random() * 60 },
        () => alphabet[Math.floor(random() * alphabet.length)],
      ).join('');
      const { state } = decodeLink(hash);
      const again = decodeLink(encodeLink(state));
      expect(again.state).toEqual(state);
      expect(again.error).toBeNull();
    }
  });

  it('forgets what belongs to no trace', () => {
    expect(decodeLink('span=abc&zoom=1~2').state).toEqual(empty);
  });

  it('knows what can be fetched', () => {
    expect(
      ['https://a.b/c', 'http://localhost:1/x', 'demo.duckdb', '/x', '../x?y=1'].every(isFetchable),
    ).toBe(true);
    expect(
      ['', ' ', 'javascript:1', 'blob:x', 'data:,x', 'file:///x', 'ftp://x/y', 'http://'].some(
        isFetchable,
      ),
    ).toBe(false);
  });

  it('compares addresses', () => {
    expect(sameAddress({ kind: 'demo' }, { kind: 'demo' })).toBe(true);
    expect(sameAddress({ kind: 'demo' }, { kind: 'library', id: 'demo' })).toBe(false);
    expect(
      sameAddress({ kind: 'urls', urls: ['a', 'b'] }, { kind: 'urls', urls: ['a', 'b'] }),
    ).toBe(true);
    expect(
      sameAddress({ kind: 'urls', urls: ['a', 'b'] }, { kind: 'urls', urls: ['b', 'a'] }),
    ).toBe(false);
  });
});
