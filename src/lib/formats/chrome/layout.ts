/**
 * The tree of one capture: its nested slices, below a span for each thread, each process and, if there are several processes,
 * the capture itself. Every span has a number: that of its event, or one after those of all events.
 */
import { KIND, NONE, type EventTable } from './event-table';
import { joinFlows, type Flows } from './flows';
import { nest } from './nesting';
import type { Survey } from './survey';

export type GroupKind = 'capture' | 'process' | 'thread' | 'async';

/** A span without an event of its own. */
export interface Group {
  kind: GroupKind;
  /** Index of the process; NONE for the capture. */
  process: number;
  /** Index of the thread's track, or NONE. */
  track: number;
  parent: number;
  /** As in the event table; NaN if no event in it has a time. */
  start: number;
  end: number;
}

/**
 * If a span has more instants than this, they become zero-length spans instead of its events: nobody can read a list of a
 * hundred thousand events, and a span and its events are held in memory until the last one has been read.
 */
export const MAX_INSTANTS = 1000;

export interface Layout extends Flows {
  groups: Group[];
  /** Of a slice: its parent. Of an end: its begin. Of an instant: the span it is an event of. Of a flow: its receiver. */
  target: Int32Array;
  isOpen: Uint8Array;
  /** How many records each span is made of: when the last of them has been read, the span is complete. */
  records: Int32Array;
  /** 1 for instants that become spans. */
  isSpan: Uint8Array;
  opens: number;
  unmatchedEnds: number;
  exampleEnd: number;
}

export function layOut(survey: Survey): Layout {
  const { events } = survey;
  const { target, isOpen } = nest(events, survey.tracks.length);
  const flows = joinFlows(events, target, survey.boundFlows);
  const groups = new Groups(survey);
  groups.adopt(target);
  const { count, kind } = events;
  const instants = new Int32Array(count + groups.list.length);
  for (let i = 0; i < count; i++) if (kind[i] === KIND.instant) instants[target[i]]++;
  const records = new Int32Array(count + groups.list.length);
  const isSpan = new Uint8Array(count);
  let opens = 0;
  let unmatchedEnds = 0;
  let exampleEnd = NONE;
  for (let i = 0; i < count; i++) {
    if (kind[i] <= KIND.begin) {
      records[i]++;
      opens += isOpen[i];
    } else if (kind[i] === KIND.end) {
      if (target[i] !== NONE) records[target[i]]++;
      else if (unmatchedEnds++ === 0) exampleEnd = i;
    } else if (kind[i] === KIND.instant) {
      if (instants[target[i]] > MAX_INSTANTS) isSpan[i] = 1;
      else records[target[i]]++;
    } else if (flows.sender[i] !== NONE) records[target[i]]++;
  }
  return {
    ...flows,
    groups: groups.list,
    target,
    isOpen,
    records,
    isSpan,
    opens,
    unmatchedEnds,
    exampleEnd,
  };
}

/** Spans around events that are in no slice, made on demand. */
class Groups {
  readonly list: Group[] = [];
  private readonly events: EventTable;
  private readonly capture: number;
  private readonly ofProcess: Int32Array;
  private readonly ofThread: Int32Array;
  private readonly asyncOf: Int32Array;

  constructor(private readonly survey: Survey) {
    this.events = survey.events;
    this.ofProcess = new Int32Array(survey.processes.length).fill(NONE);
    this.asyncOf = new Int32Array(survey.processes.length).fill(NONE);
    this.ofThread = new Int32Array(survey.tracks.length).fill(NONE);
    this.capture = this.usedProcesses() > 1 ? this.add('capture', NONE, NONE, NONE) : NONE;
  }

  /** Gives a parent to every event that is in no slice. */
  adopt(target: Int32Array): void {
    const { kind, thread, track, count } = this.events;
    for (let i = 0; i < count; i++) {
      if (kind[i] > KIND.begin && kind[i] !== KIND.instant) continue;
      const { process } = this.survey.tracks[thread[i]];
      const isAsync = track[i] !== thread[i];
      let group: number;
      if (this.survey.ofProcess.has(i)) target[i] = group = this.processGroup(process);
      else {
        group = isAsync ? this.asyncGroup(process) : this.threadGroup(thread[i]);
        if (target[i] === NONE) target[i] = group;
      }
      this.stretch(group, i);
    }
  }

  private usedProcesses(): number {
    const { kind, thread, count } = this.events;
    const isUsed = new Uint8Array(this.survey.processes.length);
    for (let i = 0; i < count; i++) {
      if (kind[i] <= KIND.begin || kind[i] === KIND.instant) {
        isUsed[this.survey.tracks[thread[i]].process] = 1;
      }
    }
    return isUsed.reduce((sum, used) => sum + used, 0);
  }

  private processGroup(process: number): number {
    if (this.ofProcess[process] === NONE) {
      this.ofProcess[process] = this.add('process', process, NONE, this.capture);
    }
    return this.ofProcess[process];
  }

  private threadGroup(track: number): number {
    if (this.ofThread[track] === NONE) {
      const { process } = this.survey.tracks[track];
      this.ofThread[track] = this.add('thread', process, track, this.processGroup(process));
    }
    return this.ofThread[track];
  }

  private asyncGroup(process: number): number {
    if (this.asyncOf[process] === NONE) {
      this.asyncOf[process] = this.add('async', process, NONE, this.processGroup(process));
    }
    return this.asyncOf[process];
  }

  private add(kind: GroupKind, process: number, track: number, parent: number): number {
    this.list.push({ kind, process, track, parent, start: NaN, end: NaN });
    return this.events.count + this.list.length - 1;
  }

  /** Extends a group, and those around it, to include the event. */
  private stretch(number: number, event: number): void {
    const start = this.events.start[event];
    const end = this.events.end[event];
    if (Number.isNaN(start)) return;
    for (let at = number; at !== NONE;) {
      const group = this.list[at - this.events.count];
      if (!(group.start <= start)) group.start = start;
      if (!(group.end >= end)) group.end = end;
      at = group.parent;
    }
  }
}
