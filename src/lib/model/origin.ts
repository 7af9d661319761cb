/** Where a dataset comes from: one type for what people open, what links name, and what is reopened. */
import { AppError } from './errors';
import type { Mapping } from './mapping';

/** Several files or addresses make one dataset. */
export type Origin =
  | { kind: 'files'; files: File[]; mapping?: Mapping }
  | { kind: 'text'; text: string; name: string; mapping?: Mapping }
  | Address;

/** An origin that a link can carry. Files from the visitor's disk have no address. */
export type Address =
  | { kind: 'demo' }
  /** As written; relative ones are resolved against the page. */
  | { kind: 'urls'; urls: string[]; mapping?: Mapping }
  /** A dataset of this browser's library. */
  | { kind: 'library'; id: string };

const DEMO_FILE = 'demo.duckdb';

/** The part of an origin that a link can carry; null if there is none. */
export function addressOf(origin: Origin): Address | null {
  return origin.kind === 'files' || origin.kind === 'text' ? null : origin;
}

export function sameAddress(a: Address, b: Address): boolean {
  return JSON.stringify(addressKey(a)) === JSON.stringify(addressKey(b));
}

function addressKey(address: Address): string[] {
  switch (address.kind) {
    case 'demo':
      return ['demo'];
    case 'urls':
      return ['urls', ...address.urls];
    case 'library':
      return ['library', address.id];
  }
}

/** Web addresses and paths relative to the page; nothing that could run code or read anything else. */
export function isFetchable(address: string): boolean {
  try {
    const { protocol } = new URL(address, 'https://page.invalid/');
    return address.trim() !== '' && (protocol === 'https:' || protocol === 'http:');
  } catch {
    return false;
  }
}

/** An origin that can be read without knowing the page: addresses are absolute, and the demo is an address. */
export type ResolvedOrigin = Exclude<Origin, { kind: 'demo' }>;

/**
 * The origin with absolute addresses.
 * @param base the page's own address
 * @throws AppError `invalid-state` for anything but a web address.
 */
export function resolveOrigin(origin: Origin, base: string): ResolvedOrigin {
  if (origin.kind === 'demo') return { kind: 'urls', urls: [new URL(DEMO_FILE, base).href] };
  if (origin.kind !== 'urls') return origin;
  const urls = origin.urls.map((url) => {
    if (isFetchable(url)) return new URL(url, base).href;
    throw new AppError('invalid-state', `“${url}” is not an address of the web.`, { url });
  });
  return { ...origin, urls };
}

/** What the columns of its tables mean, where it was said. */
export function mappingOf(origin: Origin): Mapping | undefined {
  return 'mapping' in origin ? origin.mapping : undefined;
}

/** For people: a file's name, '3 files', an address. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'files':
      return origin.files.length === 1 ? origin.files[0].name : `${origin.files.length} files`;
    case 'text':
      return origin.name;
    case 'demo':
      return 'the demo';
    case 'library':
      return 'a dataset kept in this browser';
    case 'urls':
      return origin.urls.length === 1 ? origin.urls[0] : `${origin.urls.length} addresses`;
  }
}
