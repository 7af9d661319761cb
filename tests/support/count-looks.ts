/**
 * Counts how often the JSON reader touches bytes of its window, so that tests can show how its work grows. Unlike `work.ts`,
 * this includes what built-in functions do, such as moving and searching bytes.
 */
import { vi } from 'vitest';
import type { JsonReader } from '$lib/json/reader';

/**
 * Replaces a reader's window by one that counts. Returns the number of bytes read, searched, copied or decoded so far.
 * @param most after so many an error is thrown, so that a test of quadratic work fails instead of running for minutes
 */
export function countLooks(json: JsonReader, most = Infinity): () => number {
  let looks = 0;
  const add = (bytes: number) => {
    looks += bytes;
    if (looks > most) throw new Error(`more than ${most} looks`);
  };
  const bytesOf = new WeakMap<object, Uint8Array>();
  const unwrap = <T extends object>(value: T) => (bytesOf.get(value) ?? value) as T;

  const count = (bytes: Uint8Array): Uint8Array => {
    const methods: Record<PropertyKey, unknown> = {
      subarray: (from?: number, to?: number) => count(bytes.subarray(from, to)),
      slice: (from?: number, to?: number) => {
        const copy = bytes.slice(from, to);
        add(copy.length);
        return copy;
      },
      indexOf: (byte: number, from = 0) => {
        const at = bytes.indexOf(byte, from);
        add((at < 0 ? bytes.length : at + 1) - from);
        return at;
      },
      lastIndexOf: (byte: number) => {
        const at = bytes.lastIndexOf(byte);
        add(bytes.length - Math.max(0, at));
        return at;
      },
      copyWithin: (to: number, from: number, end: number) => {
        add(end - from);
        bytes.copyWithin(to, from, end);
      },
      set: (source: Uint8Array, at?: number) => {
        add(source.length);
        bytes.set(unwrap(source), at);
      },
    };
    const counting = new Proxy(bytes, {
      get(_, key) {
        if (key in methods) return methods[key];
        if (key === 'length') return bytes.length;
        if (key === Symbol.iterator) add(bytes.length);
        else add(1);
        const value = bytes[key as unknown as number] as unknown;
        return typeof value === 'function' ? value.bind(bytes) : value;
      },
      set(_, key, value: number) {
        bytes[key as unknown as number] = value;
        return true;
      },
    });
    bytesOf.set(counting, bytes);
    return counting;
  };

  let window = count(new Uint8Array(1));
  Object.defineProperty(json, 'bytes', {
    get: () => window,
    set: (bytes: Uint8Array) => (window = count(bytes)),
  });
  // The platform's coders take no proxies.
  const { decode } = TextDecoder.prototype;
  vi.spyOn(TextDecoder.prototype, 'decode').mockImplementation(function (this: TextDecoder, bytes) {
    if (bytes) add(bytes.byteLength);
    return decode.call(this, bytes && unwrap(bytes));
  });
  const { encodeInto } = TextEncoder.prototype;
  vi.spyOn(TextEncoder.prototype, 'encodeInto').mockImplementation(function (
    this: TextEncoder,
    text,
    bytes,
  ) {
    return encodeInto.call(this, text, unwrap(bytes));
  });
  return () => looks;
}
