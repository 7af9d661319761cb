/** Figures and ids of a span as people read them. */
import { exactDuration } from './time';

/** An id shortened in the middle: `4bf92f…4736`. Short ones stay whole. */
export function shortId(id: string): string {
  return id.length > 16 ? `${id.slice(0, 6)}…${id.slice(-4)}` : id;
}

/** A part of a whole in percent with at most three digits; `< 0.01 %` for less, '' if the whole is 0. */
export function share(part: number, whole: number): string {
  if (!(whole > 0)) return '';
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 0.01) return '<\u202f0.01\u202f%';
  // 99.98 must not round to the whole.
  const digits =
    percent >= 99.95 && percent < 100 ? '99.9' : String(Number(percent.toPrecision(3)));
  return `${digits}\u202f%`;
}

/** An offset with its sign: `+1.2 ms`. */
export function offset(ns: number | bigint): string {
  const text = exactDuration(ns);
  return text.startsWith('-') ? `−${text.slice(1)}` : `+${text}`;
}

/** A time in the visitor's own zone, for a tooltip beside the exact UTC time. */
export function localTime(epochNs: bigint): string {
  const date = new Date(Number(epochNs / 1_000_000n));
  if (Number.isNaN(date.getTime())) return '';
  return date.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' });
}

/** US dollars, finer than cents, which are too coarse for a single model call. */
export function dollars(cost: number): string {
  if (cost === 0) return '$0';
  if (Math.abs(cost) >= 1) return `$${cost.toLocaleString('en', { maximumFractionDigits: 4 })}`;
  return `$${Number(cost.toPrecision(4))}`;
}
