/** Rows of figures for the cards and the table: sorted, unfolded, with the objectives that they miss. */
import type { QueryResult } from '$lib/engine/engine';
import { breachesOf, sloOf, type Breach, type Slos } from '$lib/state/thresholds';

export interface RedRow {
  /** `all` is the total. */
  kind: 'all' | 'service' | 'operation';
  /** Null only for `all`. */
  service: string | null;
  /** Null except for `operation`. */
  operation: string | null;
  spans: number;
  /** NaN if the range has no length. */
  perSecond: number;
  errors: number;
  errorRate: number;
  /** Durations in nanoseconds; NaN if no span has one. */
  meanNs: number;
  p50Ns: number;
  p95Ns: number;
  p99Ns: number;
  breaches: Breach[];
}

export const ROW_SORTS = [
  'name',
  'spans',
  'rate',
  'errors',
  'errorRate',
  'mean',
  'p50',
  'p95',
  'p99',
] as const;
export type RowSort = (typeof ROW_SORTS)[number];

/** Rows of `totalQuery`, `servicesQuery` or `operationsQuery`. */
export function rowsOf(result: QueryResult, kind: RedRow['kind'], slos: Slos): RedRow[] {
  const column = (name: string) => result.numbers(name);
  const spans = column('spans');
  const perSecond = column('spans_per_second');
  const errors = column('errors');
  const errorRate = column('error_rate');
  const [mean, p50, p95, p99] = ['mean_ms', 'p50_ms', 'p95_ms', 'p99_ms'].map((name) =>
    column(name).map((ms) => ms * 1e6),
  );
  return Array.from(spans, (count, i) => {
    const service = kind === 'all' ? null : String(result.value(i, 'service') ?? '');
    const row: RedRow = {
      kind,
      service,
      operation: kind === 'operation' ? String(result.value(i, 'operation') ?? '') : null,
      spans: count,
      perSecond: perSecond[i],
      errors: errors[i],
      errorRate: errorRate[i],
      meanNs: mean[i],
      p50Ns: p50[i],
      p95Ns: p95[i],
      p99Ns: p99[i],
      breaches: [],
    };
    row.breaches = breachesOf(sloOf(slos, service), row);
    return row;
  });
}

/** The display name of a row. */
export function nameOf({ kind, service, operation }: RedRow): string {
  if (kind === 'all') return 'All matching spans';
  return (kind === 'service' ? service : operation) || '(no name)';
}

function valueOf(row: RedRow, sort: Exclude<RowSort, 'name'>): number {
  switch (sort) {
    case 'spans':
      return row.spans;
    case 'rate':
      return row.perSecond;
    case 'errors':
      return row.errors;
    case 'errorRate':
      return row.errorRate;
    case 'mean':
      return row.meanNs;
    default:
      return row[`${sort}Ns`];
  }
}

/** Sorts rows; equal ones are ordered by spans, most first, and then by name. */
export function sortRows(rows: readonly RedRow[], sort: RowSort, descending: boolean): RedRow[] {
  const sign = descending ? -1 : 1;
  const byName = (a: RedRow, b: RedRow) =>
    nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0;
  return rows.toSorted((a, b) => {
    const order =
      sort === 'name' ? sign * byName(a, b) : compare(valueOf(a, sort), valueOf(b, sort), sign);
    return order || b.spans - a.spans || byName(a, b);
  });
}

/** NaN means unknown, and comes last in either direction. */
function compare(a: number, b: number, sign: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return sign * (a - b);
}

/** Services, each followed by its operations if it is open and they have been loaded. */
export function unfold(
  services: readonly RedRow[],
  operations: readonly RedRow[],
  open: readonly string[],
): RedRow[] {
  if (!open.length) return [...services];
  const inside = new Map<string | null, RedRow[]>();
  for (const row of operations) {
    const known = inside.get(row.service);
    if (known) known.push(row);
    else inside.set(row.service, [row]);
  }
  return services.flatMap((row) =>
    open.includes(row.service!) ? [row, ...(inside.get(row.service) ?? [])] : [row],
  );
}

/** One unit of rates for the whole view: per second, or per longer period if even the largest rate is below one. */
export interface RateUnit {
  seconds: number;
  /** `/s` */
  label: string;
}

const RATE_UNITS: RateUnit[] = [
  { seconds: 1, label: '/s' },
  { seconds: 60, label: '/min' },
  { seconds: 3600, label: '/h' },
  { seconds: 86_400, label: '/d' },
];

export function rateUnit(largestPerSecond: number): RateUnit {
  if (!(largestPerSecond > 0)) return RATE_UNITS[0];
  return RATE_UNITS.find(({ seconds }) => largestPerSecond * seconds >= 1) ?? RATE_UNITS[3];
}

const GROUPED = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Three significant digits, or all before the point: `0.42`, `12.3`, `4,310`. NaN is '—'. */
export function figureText(value: number): string {
  if (!Number.isFinite(value)) return value === Infinity ? '∞' : '—';
  return Math.abs(value) >= 1000 ? WHOLE.format(value) : GROUPED.format(value);
}
