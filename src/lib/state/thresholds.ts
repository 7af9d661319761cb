/**
 * Thresholds (service level objectives) for error rates and durations, for all services and for single ones. They are kept
 * in the link as the option `red.slo`; every display of services is coloured by them.
 */
import { durationText, parseNs } from '$lib/model/filter';
import { formatShare } from '$lib/model/quantity';
import { shortDuration } from '$lib/model/time';

/** The workspace option that holds them as text. */
export const SLO_OPTION = 'red.slo';

export const SLO_PERCENTILES = [50, 95, 99] as const;
export type SloPercentile = (typeof SLO_PERCENTILES)[number];

export interface Slo {
  /** The largest share of spans that may fail, 0–1; null for no limit. */
  errorRate: number | null;
  /** The upper limit of a percentile of the durations; null for none. */
  duration: { percentile: SloPercentile; limitNs: number } | null;
}

export interface Slos {
  /** For services without their own, and for all spans together. */
  usual: Slo;
  /** For single services; each replaces the usual one as a whole. */
  services: ReadonlyMap<string, Slo>;
}

export const NO_SLO: Slo = { errorRate: null, duration: null };
export const NO_SLOS: Slos = { usual: NO_SLO, services: new Map() };

/** Measured values of a service, an operation or a bucket; absent ones are not judged. */
export interface SloFigures {
  /** 0–1; null or NaN if there are no spans. */
  errorRate: number | null;
  p50Ns?: number;
  p95Ns?: number;
  p99Ns?: number;
}

export interface Breach {
  of: 'errors' | 'duration';
  /** Of a duration: the percentile that is too long. */
  percentile?: SloPercentile;
  /** `Error rate 4.2% is above 1%` */
  text: string;
}

/** The objective for a service; null means all spans together. */
export function sloOf(slos: Slos, service: string | null): Slo {
  return (service === null ? undefined : slos.services.get(service)) ?? slos.usual;
}

export function isSet({ errorRate, duration }: Slo): boolean {
  return errorRate !== null || duration !== null;
}

/** The objectives with that of a service replaced; null means the usual one. */
export function withSlo(slos: Slos, service: string | null, slo: Slo): Slos {
  if (service === null) return { ...slos, usual: slo };
  return { ...slos, services: new Map(slos.services).set(service, slo) };
}

/** Drops a service's own objective, so that the usual one applies. */
export function withoutSlo(slos: Slos, service: string): Slos {
  return { ...slos, services: new Map([...slos.services].filter(([name]) => name !== service)) };
}

/** The parts of an objective that are missed; a value exactly at its limit meets it. */
export function breachesOf(slo: Slo, figures: SloFigures): Breach[] {
  const breaches: Breach[] = [];
  const { errorRate } = figures;
  if (slo.errorRate !== null && errorRate !== null && errorRate > slo.errorRate) {
    breaches.push({
      of: 'errors',
      text: `Error rate ${formatShare(errorRate)} is above ${formatShare(slo.errorRate)}`,
    });
  }
  if (slo.duration) {
    const { percentile, limitNs } = slo.duration;
    const ns = percentileNs(figures, percentile);
    if (ns !== undefined && ns > limitNs) {
      breaches.push({
        of: 'duration',
        percentile,
        text: `p${percentile} ${shortDuration(ns)} is above ${shortDuration(limitNs)}`,
      });
    }
  }
  return breaches;
}

function percentileNs(figures: SloFigures, percentile: SloPercentile): number | undefined {
  return { 50: figures.p50Ns, 95: figures.p95Ns, 99: figures.p99Ns }[percentile];
}

/**
 * The burn rate: how fast the error budget is used up, the observed error rate divided by the allowed one (Google, The Site
 * Reliability Workbook, chapter 5). 1 uses exactly the budget. Infinite if no error is allowed and there is one; NaN without spans.
 */
export function burnRate(errorRate: number, allowed: number): number {
  if (allowed > 0) return errorRate / allowed;
  return errorRate > 0 ? Infinity : errorRate === 0 ? 0 : NaN;
}

/**
 * `errors:1,p95:500ms;cart/errors:5;"a/b"/none`: the usual objective first, error rates in percent, then single services by
 * name. '' for none. `parseSlos` reads it back.
 */
export function slosText({ usual, services }: Slos): string {
  const entries = [...services]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([service, slo]) => `${nameText(service)}/${sloText(slo) || 'none'}`);
  const first = sloText(usual);
  return [...(first ? [first] : []), ...entries].join(';');
}

function sloText({ errorRate, duration }: Slo): string {
  return [
    // Keep the percentage as typed: 0.1 must not come back as 0.10000000000000001.
    errorRate === null ? '' : `errors:${Number((errorRate * 100).toPrecision(12))}`,
    duration ? `p${duration.percentile}:${durationText(duration.limitNs)}` : '',
  ]
    .filter(Boolean)
    .join(',');
}

function nameText(service: string): string {
  return /^[\w.-]+$/.test(service) ? service : JSON.stringify(service);
}

/** Reads what `slosText` writes; invalid parts are ignored. */
export function parseSlos(text: string): Slos {
  let usual = NO_SLO;
  const services = new Map<string, Slo>();
  const entry = /(?:("(?:[^"\\]|\\.)*"|[\w.-]+)\/)?([^;"/]*)(?:;|$)/gy;
  while (entry.lastIndex < text.length) {
    const match = entry.exec(text);
    if (!match) break;
    const slo = parseSlo(match[2]);
    if (!slo) continue;
    if (match[1] === undefined) usual = slo;
    else {
      const name = unquoted(match[1]);
      if (name !== null) services.set(name, slo);
    }
  }
  return usual === NO_SLO && !services.size ? NO_SLOS : { usual, services };
}

function parseSlo(text: string): Slo | null {
  if (text.trim() === 'none') return NO_SLO;
  let slo: Slo | null = null;
  for (const part of text.split(',')) {
    const match = /^\s*(errors|p50|p95|p99):(.+)$/.exec(part);
    if (!match) continue;
    if (match[1] === 'errors') {
      const errorRate = parsePercent(match[2]);
      if (errorRate !== null) slo = { ...(slo ?? NO_SLO), errorRate };
    } else {
      const limitNs = parseNs(match[2]);
      const percentile = Number(match[1].slice(1)) as SloPercentile;
      if (limitNs !== null) slo = { ...(slo ?? NO_SLO), duration: { percentile, limitNs } };
    }
  }
  return slo;
}

/** `1`, `0.1 %`: a share of 0–1; null if it is not a share. */
export function parsePercent(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(text);
  if (!match) return null;
  const percent = Number(match[1]);
  return percent <= 100 ? percent / 100 : null;
}

function unquoted(text: string): string | null {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return null;
  }
}
