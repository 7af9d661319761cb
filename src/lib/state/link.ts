/**
 * The hash of the page's address: which dataset, and what of it is on screen. Converts text to state and back.
 * Version 1 is written without a number; a later version will carry `v=`.
 */
import { AppError } from '$lib/model/errors';
import { NO_FILTER, parseTerm, termText, type Filter, type TimeRange } from '$lib/model/filter';
import { isFetchable, type Address } from '$lib/model/origin';

export const SORT_KEYS = [
  'start',
  'duration',
  'spans',
  'errors',
  'name',
  'workflow',
  'tokens',
  'cost',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface Sort {
  key: SortKey;
  descending: boolean;
}

/** Offsets in nanoseconds from the trace's start. */
export type Zoom = [startNs: number, endNs: number];

/** The part of the state that is about an open dataset. */
export interface ViewState {
  view: string;
  filter: Filter;
  traceId: string | null;
  spanId: string | null;
  sort: Sort;
  zoom: Zoom | null;
  find: string;
  /** The views' own settings, with names like `statistics.tab`. */
  options: Readonly<Record<string, string>>;
}

export interface LinkState extends ViewState {
  address: Address | null;
}

export const DEFAULT_VIEW_STATE: ViewState = {
  view: 'timeline',
  filter: NO_FILTER,
  traceId: null,
  spanId: null,
  sort: { key: 'start', descending: true },
  zoom: null,
  find: '',
  options: {},
};

const VERSION = 1;
/** A view's id and the view's name for the setting. */
const OPTION_KEY = /^[a-z]{1,30}\.[a-zA-Z]{1,30}$/;
/** Longer texts are left out of links: browsers and chats cut long addresses. */
const MAX_TEXT = 4_000;

/** The hash without its `#`; '' for an empty page. Defaults are left out. */
export function encodeLink(state: LinkState): string {
  const parts: string[] = [];
  const put = (key: string, value: string) => {
    if (value.length <= MAX_TEXT) parts.push(`${key}=${encodeValue(value)}`);
  };
  const { address } = state;
  if (address?.kind === 'demo') parts.push('demo');
  if (address?.kind === 'urls') for (const url of address.urls) put('src', url);
  if (address?.kind === 'library') put('kept', address.id);
  if (state.view !== DEFAULT_VIEW_STATE.view) put('view', state.view);
  if (state.traceId !== null) put('trace', state.traceId);
  if (state.spanId !== null) put('span', state.spanId);
  if (!sameSort(state.sort, DEFAULT_VIEW_STATE.sort)) {
    put('sort', (state.sort.descending ? '-' : '') + state.sort.key);
  }
  const { time, text, terms } = state.filter;
  if (time) put('time', `${time.startNs}~${time.endNs}`);
  if (text) put('q', text);
  for (const term of terms) put('f', termText(term));
  if (state.zoom) put('zoom', state.zoom.map((ns) => Math.round(ns)).join('~'));
  if (state.find) put('find', state.find);
  for (const [key, value] of Object.entries(state.options)) put(key, value);
  return parts.join('&');
}

export interface DecodedLink {
  state: LinkState;
  /** 'invalid-state' if parts of the link were invalid; the rest still applies. */
  error: AppError | null;
}

/** Reads a hash, with or without its `#`. Never throws: invalid parts keep their default and are named in `error`. */
export function decodeLink(hash: string): DecodedLink {
  const state: LinkState = { ...DEFAULT_VIEW_STATE, address: null };
  const bad: string[] = [];
  const urls: string[] = [];

  for (const part of hash.replace(/^#/, '').split('&')) {
    if (!part) continue;
    const equals = part.indexOf('=');
    const key = equals < 0 ? part : part.slice(0, equals);
    const value = decodeValue(equals < 0 ? '' : part.slice(equals + 1));
    if (value === null || !read(key, value)) bad.push(shorten(part));
  }
  if (urls.length) state.address = { kind: 'urls', urls };
  if (state.traceId === null) {
    state.spanId = null;
    state.zoom = null;
  }
  return { state, error: bad.length ? invalid(bad) : null };

  function read(key: string, value: string): boolean {
    switch (key) {
      case 'v':
        return value === String(VERSION);
      case 'demo':
        state.address = { kind: 'demo' };
        return true;
      case 'src':
        if (!isFetchable(value)) return false;
        urls.push(value);
        return true;
      case 'kept':
        if (!value) return false;
        state.address = { kind: 'library', id: value };
        return true;
      case 'view':
        if (!/^[a-z][a-z-]{0,30}$/.test(value)) return false;
        state.view = value;
        return true;
      case 'trace':
        state.traceId = value;
        return true;
      case 'span':
        state.spanId = value;
        return true;
      case 'sort': {
        const sort = readSort(value);
        if (sort) state.sort = sort;
        return sort !== null;
      }
      case 'time': {
        const time = readTime(value);
        if (time) state.filter = { ...state.filter, time };
        return time !== null;
      }
      case 'q':
        state.filter = { ...state.filter, text: value };
        return true;
      case 'f': {
        const term = parseTerm(value);
        if (term) state.filter = { ...state.filter, terms: [...state.filter.terms, term] };
        return term !== null;
      }
      case 'zoom':
        state.zoom = readZoom(value);
        return state.zoom !== null;
      case 'find':
        state.find = value;
        return true;
      default:
        if (!OPTION_KEY.test(key)) return false;
        state.options = { ...state.options, [key]: value };
        return true;
    }
  }
}

export function sameSort(a: Sort, b: Sort): boolean {
  return a.key === b.key && a.descending === b.descending;
}

/** Escapes only what would break the hash, so that links stay readable. */
function encodeValue(value: string): string {
  return value
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[^\w\-.~:/?@!$'()*,;=]/gu, (char) => encodeURIComponent(char))
    .replace(/%20/g, '+');
}

function decodeValue(text: string): string | null {
  if (text.length > MAX_TEXT * 3) return null;
  try {
    const value = decodeURIComponent(text.replaceAll('+', ' '));
    return value.length <= MAX_TEXT ? value : null;
  } catch {
    return null;
  }
}

function readSort(value: string): Sort | null {
  const descending = value.startsWith('-');
  const key = SORT_KEYS.find((known) => known === value.slice(descending ? 1 : 0));
  return key ? { key, descending } : null;
}

function readTime(value: string): TimeRange | null {
  const match = /^(-?\d{1,19})~(-?\d{1,19})$/.exec(value);
  if (!match) return null;
  const time = { startNs: BigInt(match[1]), endNs: BigInt(match[2]) };
  return time.startNs < time.endNs ? time : null;
}

function readZoom(value: string): Zoom | null {
  const match = /^(-?\d{1,16})~(-?\d{1,16})$/.exec(value);
  if (!match) return null;
  const zoom: Zoom = [Number(match[1]), Number(match[2])];
  return zoom.every(Number.isSafeInteger) && zoom[0] < zoom[1] ? zoom : null;
}

function invalid(parts: string[]): AppError {
  return new AppError(
    'invalid-state',
    'Parts of this link make no sense here and were left out. The link may be damaged, or made by another version.',
    { parts: parts.slice(0, 10).join(', ') },
  );
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
