/** What the colours of a trace tell apart: its spans' keys, a design token for each key, and the legend of them. */
import { colourIndex } from '$lib/draw/colour';
import { FLAG, type SpanLabel, type Trace } from '$lib/trace/trace';

export type Token = `--${string}`;

export interface Colouring {
  /** `service`, `operation`, `kind`, `status`, `type`, `percentile`, or `@` and the key of an attribute. */
  readonly by: string;
  /** What the keys are: 'service'. */
  readonly noun: string;
  /** '' for spans that have none. */
  readonly keys: readonly string[];
  /** The key of each position, as an index into `keys`. */
  readonly of: Int32Array;
  /** The colour of each key. */
  readonly tokens: readonly Token[];
  /** Whether keys stand in an order of their own; otherwise the legend puts the most spans first. */
  readonly isOrdered: boolean;
}

/** Before there are any. */
export const NO_COLOURS: Colouring = {
  by: '',
  noun: '',
  keys: [],
  of: new Int32Array(),
  tokens: [],
  isOrdered: false,
};

/** For spans without a value. */
const NO_VALUE: Token = '--line-control';

/** True where the trace has more than one service, so that colour tells services apart. */
export function hasServices(trace: Trace): boolean {
  return trace.labels.some((label) => label.service !== trace.labels[0].service);
}

export function nameToken(name: string): Token {
  return name === '' ? NO_VALUE : `--cat-${colourIndex(name)}`;
}

/** Colours by what every span's label has. */
export function colourByLabel(trace: Trace, by: 'service' | 'operation'): Colouring {
  const keyOf = (label: SpanLabel): string =>
    by === 'service' ? label.service : label.operation || label.name;
  const keys: string[] = [];
  const known = new Map<string, number>();
  const ofLabel = trace.labels.map((label) => {
    const key = keyOf(label);
    let index = known.get(key);
    if (index === undefined) {
      index = keys.push(key) - 1;
      known.set(key, index);
    }
    return index;
  });
  const of = new Int32Array(trace.count);
  for (let at = 0; at < trace.count; at++) of[at] = ofLabel[trace.label[at]];
  return { by, noun: by, keys, of, tokens: keys.map(nameToken), isOrdered: false };
}

/**
 * Colours by values that were queried.
 * @param valueOf the value of a position; '' for none.
 */
export function colourByValue(
  trace: Trace,
  by: string,
  noun: string,
  valueOf: (position: number) => string,
): Colouring {
  const keys: string[] = [];
  const known = new Map<string, number>();
  const of = new Int32Array(trace.count);
  for (let at = 0; at < trace.count; at++) {
    const key = valueOf(at);
    let index = known.get(key);
    if (index === undefined) {
      index = keys.push(key) - 1;
      known.set(key, index);
    }
    of[at] = index;
  }
  const tokenOf = by === 'status' ? statusToken : nameToken;
  return { by, noun, keys, of, tokens: keys.map(tokenOf), isOrdered: false };
}

function statusToken(status: string): Token {
  if (status === 'ERROR') return '--error';
  return status === 'OK' ? '--cat-0' : NO_VALUE;
}

/** Names of the bands of percentiles, and from which share on each begins. */
const BANDS: readonly [name: string, from: number][] = [
  ['below p50', 0],
  ['p50 – p75', 0.5],
  ['p75 – p90', 0.75],
  ['p90 – p95', 0.9],
  ['p95 – p99', 0.95],
  ['above p99', 0.99],
];

/**
 * Colours by how slow a span is among its kind.
 * @param rankOf the share of the others of its kind that a span is slower than, 0 to 1; NaN where it has no duration.
 */
export function colourByRank(trace: Trace, rankOf: (position: number) => number): Colouring {
  const of = new Int32Array(trace.count);
  for (let at = 0; at < trace.count; at++) {
    const rank = rankOf(at);
    of[at] = Number.isNaN(rank) ? BANDS.length : BANDS.findLastIndex(([, from]) => rank >= from);
  }
  return {
    by: 'percentile',
    noun: 'percentile',
    keys: [...BANDS.map(([name]) => name), ''],
    of,
    tokens: [...BANDS.map((_, band): Token => `--rank-${band}`), NO_VALUE],
    isOrdered: true,
  };
}

/** How many spans have a colour's key. */
export interface LegendEntry {
  /** Index into the colouring's `keys`. */
  index: number;
  key: string;
  token: Token;
  spans: number;
  errors: number;
}

/** The keys that spans have, most first, or in their own order. */
export function legend(trace: Trace, { keys, of, tokens, isOrdered }: Colouring): LegendEntry[] {
  const spans = new Float64Array(keys.length);
  const errors = new Float64Array(keys.length);
  for (let at = 0; at < trace.count; at++) {
    spans[of[at]]++;
    if (trace.flags[at] & FLAG.ERROR) errors[of[at]]++;
  }
  const entries = keys
    .map((key, index) => ({
      index,
      key,
      token: tokens[index],
      spans: spans[index],
      errors: errors[index],
    }))
    .filter((entry) => entry.spans > 0);
  if (isOrdered) return entries;
  return entries.sort((a, b) => b.spans - a.spans || (a.key < b.key ? -1 : 1));
}
