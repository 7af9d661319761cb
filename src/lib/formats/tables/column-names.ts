/** Names of columns, compared without regard to case, separators and the unit at their end. */
import type { TimeUnit } from '$lib/model/mapping';

const UNIT_WORDS: Record<string, TimeUnit> = {
  ns: 'ns',
  nano: 'ns',
  nanos: 'ns',
  nanosecond: 'ns',
  nanoseconds: 'ns',
  us: 'us',
  µs: 'us',
  μs: 'us',
  micro: 'us',
  micros: 'us',
  microsecond: 'us',
  microseconds: 'us',
  ms: 'ms',
  msec: 'ms',
  milli: 'ms',
  millis: 'ms',
  millisecond: 'ms',
  milliseconds: 'ms',
  s: 's',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
};
/** Say what the number counts from, not what it is. */
const EPOCH_WORDS = new Set(['unix', 'epoch', 'utc', 'in']);

export interface ColumnName {
  /** `traceid` for `trace_id`, `TraceId` and `traceID`. */
  plain: string;
  /** Without unit: `starttime` for `start_time_unix_nano`. */
  bare: string;
  /** The unit that the name states. */
  unit: TimeUnit | null;
}

export function readColumnName(name: string): ColumnName {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  const plain = words.join('');
  let unit: TimeUnit | null = null;
  while (words.length > 1) {
    const last = words[words.length - 1];
    if (unit === null && Object.hasOwn(UNIT_WORDS, last)) unit = UNIT_WORDS[last];
    else if (!EPOCH_WORDS.has(last)) break;
    words.pop();
  }
  return { plain, bare: words.join(''), unit };
}
