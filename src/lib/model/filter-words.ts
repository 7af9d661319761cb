/** The filter in words: `service is Agent`, `duration ≥ 10 ms`, `12:04:01 – 12:09:00`. */
import { CONVENTIONS, isField, type PromotedField } from './conventions';
import {
  NO_FILTER,
  withoutTerm,
  type AttributeSource,
  type AttributeTerm,
  type Filter,
  type FilterField,
  type FilterTerm,
  type TimeRange,
} from './filter';
import { exactDuration, zonedTime } from './time';

export const FIELD_WORDS: Record<FilterField, string> = {
  service: 'service',
  operation: 'operation',
  name: 'span name',
  kind: 'kind',
  status_code: 'status',
  status_description: 'status description',
  ...(Object.fromEntries(
    CONVENTIONS.filter(isField).map(({ column, words }) => [column, words]),
  ) as Record<PromotedField, string>),
  scope: 'scope',
  trace_id: 'trace id',
};

/** A term in three parts, for places that style them differently: `service`, `is not`, `Agent or Tool`. */
export interface TermWords {
  subject: string;
  /** '' if the subject is enough. */
  verb: string;
  /** '' if there is none. */
  values: string;
  /** The subject is a name from the data, not one of our words. */
  isKey: boolean;
}

export function termWords(term: FilterTerm): TermWords {
  switch (term.type) {
    case 'root':
      return {
        subject: term.exclude ? 'not root spans' : 'root spans only',
        verb: '',
        values: '',
        isKey: false,
      };
    case 'duration': {
      const { minNs, maxNs } = term;
      const subject = 'duration';
      if (minNs !== null && maxNs !== null) {
        const values = `${exactDuration(minNs)} – ${exactDuration(maxNs)}`;
        return { subject, verb: '', values, isKey: false };
      }
      return minNs !== null
        ? { subject, verb: '≥', values: exactDuration(minNs), isKey: false }
        : { subject, verb: '≤', values: exactDuration(maxNs ?? 0), isKey: false };
    }
    case 'field':
      return {
        subject: FIELD_WORDS[term.field],
        verb: term.exclude ? 'is not' : 'is',
        values: valueWords(term.values),
        isKey: false,
      };
    case 'attribute':
      return {
        subject: SOURCE_WORDS[term.source] + term.key,
        verb: ATTRIBUTE_VERBS[term.test][+term.exclude],
        values: valueWords(term.values),
        isKey: true,
      };
  }
}

const SOURCE_WORDS: Record<AttributeSource, string> = {
  attributes: '',
  resource: 'resource ',
  events: 'event ',
};

const ATTRIBUTE_VERBS: Record<AttributeTerm['test'], [holds: string, excluded: string]> = {
  equals: ['is', 'is not'],
  contains: ['contains', 'does not contain'],
  exists: ['is set', 'is not set'],
};

/** How many values a chip spells out. */
const SPELT = 3;

function valueWords(values: readonly string[]): string {
  const spelt = values.slice(0, SPELT).map((value) => (value === '' ? 'empty' : value));
  const left = values.length - SPELT;
  return spelt.join(' or ') + (left > 0 ? ` or ${left} more` : '');
}

/** A term in one line. */
export function termLine(term: FilterTerm): string {
  const { subject, verb, values } = termWords(term);
  return [subject, verb, values].filter(Boolean).join(' ');
}

/** `12:04:01 – 12:09:00`, with the day if the two ends fall on different days, or `withDay` is set. */
export function timeWords({ startNs, endNs }: TimeRange, withDay = false): string {
  const start = zonedTime(startNs);
  const end = zonedTime(endNs);
  if (!start || !end) return `${startNs} – ${endNs} ns`;
  const isLong = start.date !== end.date;
  const digits = shownDigits(startNs, endNs);
  const words = ({ date, time, fraction, half }: typeof start, day: boolean) =>
    [day ? date : '', time + (digits ? `.${fraction.slice(0, digits)}` : ''), half]
      .filter(Boolean)
      .join(' ');
  return `${words(start, withDay || isLong)} – ${words(end, isLong)}`;
}

/** As many digits below the second as both ends need: 0, 3, 6 or 9. */
function shownDigits(...times: bigint[]): number {
  if (times.every((ns) => ns % 1_000_000_000n === 0n)) return 0;
  if (times.every((ns) => ns % 1_000_000n === 0n)) return 3;
  return times.every((ns) => ns % 1_000n === 0n) ? 6 : 9;
}

/** One condition of a filter, and the filter without it. */
export interface FilterPart {
  words: string;
  without: Filter;
}

/** All conditions of a filter, in the order of its chips: the time, the terms, the text. */
export function filterParts(filter: Filter): FilterPart[] {
  const parts: FilterPart[] = [];
  const { time, text, terms } = filter;
  if (time) parts.push({ words: timeWords(time), without: { ...filter, time: null } });
  terms.forEach((term, index) =>
    parts.push({ words: termLine(term), without: withoutTerm(filter, index) }),
  );
  if (text.trim()) parts.push({ words: text.trim(), without: { ...filter, text: NO_FILTER.text } });
  return parts;
}
