/**
 * Several traces on one time axis: which traces (as written in links), how idle stretches are cut short, and where a time then
 * is on the axis.
 */
import type { Workspace } from '$lib/state/workspace.svelte';
import {
  groupKey,
  groupName,
  groupingOf,
  type Grouping,
  type GroupValues,
} from '$lib/views/traces/trace-groups';

/** More traces than this are not drawn; the view says so. */
export const LANE_LIMIT = 200;

/** Which traces share the axis: those of a group, or all that are listed. */
export type AxisSubject = { grouping: Grouping; values: GroupValues } | 'listed';

const OPTION = 'timeline.axis';

/** `correlation:8a49132d`, `operation:["frontend","GET /"]`, `workflow` (those without), `listed`. */
export function subjectText(subject: AxisSubject): string {
  if (subject === 'listed') return subject;
  const { grouping, values } = subject;
  if (values.length > 1) return `${grouping.id}:${groupKey(values)}`;
  return values[0] === null ? grouping.id : `${grouping.id}:${values[0]}`;
}

/** Parses the text that `subjectText` writes; null if it is invalid. */
export function parseSubject(text: string): AxisSubject | null {
  if (text === 'listed') return text;
  const colon = text.indexOf(':');
  const grouping = groupingOf(colon < 0 ? text : text.slice(0, colon));
  if (!grouping) return null;
  const value = colon < 0 ? null : text.slice(colon + 1);
  if (grouping.columns.length === 1) return { grouping, values: [value] };
  const values = value === null ? null : parseValues(value);
  return values?.length === grouping.columns.length ? { grouping, values } : null;
}

function parseValues(text: string): GroupValues | null {
  try {
    const values: unknown = JSON.parse(text);
    const isValues =
      Array.isArray(values) && values.every((value) => value === null || typeof value === 'string');
    return isValues ? (values as GroupValues) : null;
  } catch {
    return null;
  }
}

/** `correlation id 8a49132d`, `the listed traces`. */
export function subjectName(subject: AxisSubject): string {
  if (subject === 'listed') return 'the listed traces';
  const name = groupName(subject.grouping, subject.values);
  return name === subject.grouping.none ? name : `${subject.grouping.one} ${name}`;
}

/** Shows traces on one axis instead of the list; null returns to the list. */
export function showAxis(workspace: Workspace, subject: AxisSubject | null): void {
  if (subject) workspace.view = 'timeline';
  if (subject && workspace.traceId !== null) workspace.closeTrace();
  workspace.setOption(OPTION, subject && subjectText(subject));
}

/** What is shown on one axis; null if nothing is. */
export function axisOf(workspace: Workspace): AxisSubject | null {
  return parseSubject(workspace.option(OPTION));
}

/** A stretch of real time in which something ran, and where it begins on the axis; in nanoseconds. */
export interface Stretch {
  startNs: number;
  endNs: number;
  atNs: number;
}

/** The most that all shortened gaps together get, and each of them, as a share of the time in which something ran. */
const GAPS_SHARE = 0.25;
const GAP_SHARE = 0.04;

/**
 * The axis of several traces: real time, or with idle stretches shortened to one length, so that short traces are visible even
 * with hours between them. Piecewise linear and increasing, so every time has one place.
 */
export class AxisTime {
  readonly stretches: readonly Stretch[];
  /** Length of the whole axis, in nanoseconds as drawn; at least 1. */
  readonly lengthNs: number;

  /**
   * @param startNs of each trace, in any order; offsets, NaN for those without a place
   * @param endNs of each trace
   */
  constructor(startNs: Float64Array, endNs: Float64Array, cut: boolean) {
    const busy = merged(startNs, endNs);
    if (!busy.length) {
      this.stretches = [];
      this.lengthNs = 1;
      return;
    }
    const busyNs = busy.reduce((sum, [from, to]) => sum + to - from, 0);
    const keepNs = cut
      ? (busyNs || 1) * Math.min(GAP_SHARE, GAPS_SHARE / Math.max(1, busy.length - 1))
      : Infinity;
    let atNs = 0;
    const stretches: Stretch[] = [];
    for (const [from, to] of busy) {
      const last = stretches.at(-1);
      if (last) {
        const gapNs = from - last.endNs;
        if (gapNs <= keepNs) {
          // A short enough gap stays, and the stretches around it are one.
          last.endNs = to;
          atNs = last.atNs + (to - last.startNs);
          continue;
        }
        atNs += keepNs;
      }
      stretches.push({ startNs: from, endNs: to, atNs });
      atNs += to - from;
    }
    this.stretches = stretches;
    this.lengthNs = Math.max(1, atNs);
  }

  /** The place of a time on the axis. */
  place(ns: number): number {
    const stretch = this.#before((one) => one.startNs <= ns);
    if (!stretch) return this.stretches.length ? ns - this.stretches[0].startNs : 0;
    const { startNs, endNs, atNs } = stretch.one;
    if (ns <= endNs || !stretch.next) return atNs + (ns - startNs);
    const endAtNs = atNs + (endNs - startNs);
    const shareOfGap = (ns - endNs) / (stretch.next.startNs - endNs);
    return endAtNs + shareOfGap * (stretch.next.atNs - endAtNs);
  }

  /** The time at a place on the axis. */
  moment(axisNs: number): number {
    const stretch = this.#before((one) => one.atNs <= axisNs);
    if (!stretch) return this.stretches.length ? axisNs + this.stretches[0].startNs : 0;
    const { startNs, endNs, atNs } = stretch.one;
    const endAtNs = atNs + (endNs - startNs);
    if (axisNs <= endAtNs || !stretch.next) return startNs + (axisNs - atNs);
    const shareOfGap = (axisNs - endAtNs) / (stretch.next.atNs - endAtNs);
    return endNs + shareOfGap * (stretch.next.startNs - endNs);
  }

  /** The last stretch that begins before, and the one after it. */
  #before(test: (stretch: Stretch) => boolean) {
    let low = 0;
    let high = this.stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (test(this.stretches[middle])) low = middle + 1;
      else high = middle;
    }
    return low ? { one: this.stretches[low - 1], next: this.stretches.at(low) } : null;
  }
}

/** The union of intervals, sorted by start. */
function merged(startNs: Float64Array, endNs: Float64Array): [from: number, to: number][] {
  const order = Array.from(startNs.keys())
    .filter((i) => !Number.isNaN(startNs[i]))
    .sort((a, b) => startNs[a] - startNs[b]);
  const all: [number, number][] = [];
  for (const i of order) {
    const last = all.at(-1);
    if (last && startNs[i] <= last[1]) last[1] = Math.max(last[1], endNs[i]);
    else all.push([startNs[i], endNs[i]]);
  }
  return all;
}
