/**
 * The first pass over a file of trace events: the place and time of each event, and facts about processes, threads and the
 * whole capture, which can be anywhere in the file.
 */
import { EventTable, KIND, NONE } from './event-table';
import { Fingerprint } from './fingerprint';
import type { JsonReader } from '$lib/json/reader';
import { textOf } from '$lib/formats/span-parts';

export interface Process {
  pid: string;
  /** '' if unknown, like the others. */
  name: string;
  labels: string;
  sortIndex: string;
  /** The tracks of its threads, by id. */
  threads: Map<string, number>;
}

/** A thread, or one asynchronous operation. Events nest within a track, never across. */
export interface Track {
  /** Index of its process; NONE for an operation, whose events may come from several. */
  process: number;
  tid: string;
  name: string;
  sortIndex: string;
}

/** Phases that become part of the timeline, by `ph`. */
const KIND_OF = new Map<string, number>([
  ['X', KIND.slice],
  ['B', KIND.begin],
  ['E', KIND.end],
  ['b', KIND.begin],
  ['e', KIND.end],
  ['n', KIND.instant],
  ['S', KIND.begin],
  ['T', KIND.instant],
  ['p', KIND.instant],
  ['F', KIND.end],
  ['i', KIND.instant],
  ['I', KIND.instant],
  ['R', KIND.instant],
  ['s', KIND.flowOut],
  ['t', KIND.flowStep],
  ['f', KIND.flowNext],
]);

/** Matched by id: the `n` family, which nests, and the `S` family, which does not and whose name is part of the id. */
const NESTED_ASYNC = 'bne';
const PLAIN_ASYNC = 'STpF';

/** Names of what is counted and skipped. */
const SKIPPED = new Map<string, string>([
  ['C', 'counters'],
  ['P', 'samples'],
  ['N', 'object events'],
  ['O', 'object events'],
  ['D', 'object events'],
  ['c', 'clock syncs'],
  ['M', 'other metadata'],
  ['V', 'memory dumps'],
  ['v', 'memory dumps'],
]);

export class Survey {
  readonly events = new EventTable();
  readonly processes: Process[] = [];
  readonly tracks: Track[] = [];
  /** How many of each kind are not part of the timeline. */
  readonly skipped = new Map<string, number>();
  /** Flows of the second version, which name an id in the slice itself: triples of slice, id and KIND. */
  readonly boundFlows: number[] = [];
  /** The first time in the file, in its own nanoseconds; the table's times count from here. */
  base: bigint | null = null;
  /** Events of the process as a whole, not of their thread. */
  readonly ofProcess = new Set<number>();

  private readonly fingerprint = new Fingerprint();
  private readonly processByPid = new Map<string, number>();
  private readonly operations = new Map<string, number>();
  private readonly names = new Map<string, number>();
  private readonly flows = new Map<string, number>();
  private lastPid: string | null = null;
  private lastTid = '';
  private lastThread = NONE;

  // The current event.
  private ph = '';
  private name = '';
  private cat = '';
  private pid = '';
  private tid = '';
  private ts: bigint | null = null;
  private dur: bigint | null = null;
  private id = '';
  private isLocal = false;
  private idScope = '';
  private bindId = '';
  private flowIn = false;
  private flowOut = false;
  private bindsAround = false;
  private instantScope = '';
  private argName = '';
  private argLabels = '';
  private argSortIndex = '';

  /** One event, or another value among them. */
  read(json: JsonReader): void {
    const offset = json.offset;
    this.clear();
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      switch (key) {
        case 'ph':
          this.ph = textOf(json);
          break;
        case 'name':
          this.name = textOf(json);
          break;
        case 'cat':
          this.cat = textOf(json);
          break;
        case 'pid':
          this.pid = textOf(json);
          break;
        case 'tid':
          this.tid = textOf(json);
          break;
        case 'ts':
          this.ts = json.integer(3);
          break;
        case 'dur':
          this.dur = json.integer(3);
          break;
        case 'id':
          this.id = textOf(json);
          break;
        case 'id2':
          this.readId2(json);
          break;
        case 'scope':
          this.idScope = textOf(json);
          break;
        case 'bind_id':
          this.bindId = textOf(json);
          break;
        case 'flow_in':
          this.flowIn = isYes(textOf(json));
          break;
        case 'flow_out':
          this.flowOut = isYes(textOf(json));
          break;
        case 'bp':
          this.bindsAround = textOf(json) === 'e';
          break;
        case 's':
          this.instantScope = textOf(json);
          break;
        case 'args':
          // Some writers sort the keys, and `args` comes before `ph`.
          if (this.ph === '' || this.ph === 'M') this.readNames(json);
          else json.skip();
          break;
        default:
          json.skip();
      }
    }
    if (this.ph === '') throw json.error('an event without a phase');
    this.keep(offset);
  }

  /** Counts what is not part of the timeline. */
  skip(what: string): void {
    this.skipped.set(what, (this.skipped.get(what) ?? 0) + 1);
  }

  /** 32 hex digits, identical for identical events. */
  traceId(): string {
    const { fingerprint, events } = this;
    fingerprint.text(String(this.base));
    fingerprint.words(events.start.buffer, events.count * 2);
    fingerprint.words(events.end.buffer, events.count * 2);
    fingerprint.words(events.thread.buffer, events.count);
    return fingerprint.hex();
  }

  private clear(): void {
    this.ph = this.name = this.cat = this.pid = this.tid = '';
    this.ts = this.dur = null;
    this.id = this.idScope = this.bindId = this.instantScope = '';
    this.isLocal = this.flowIn = this.flowOut = this.bindsAround = false;
    this.argName = this.argLabels = this.argSortIndex = '';
  }

  private readId2(json: JsonReader): void {
    if (json.peek() !== 'object') {
      this.id = textOf(json);
      return;
    }
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      this.isLocal = key === 'local';
      this.id = textOf(json);
    }
  }

  private readNames(json: JsonReader): void {
    if (json.peek() !== 'object') {
      json.skip();
      return;
    }
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      if (key === 'name') this.argName = textOf(json);
      else if (key === 'labels') this.argLabels = textOf(json);
      else if (key === 'sort_index') this.argSortIndex = textOf(json);
      else json.skip();
    }
  }

  private keep(offset: number): void {
    const { ph } = this;
    let kind = KIND_OF.get(ph);
    if (kind === undefined) {
      if (ph !== 'M' || !this.keepNames()) {
        this.skip(SKIPPED.get(ph) ?? `events of phase “${ph.slice(0, 20)}”`);
      }
      return;
    }
    const thread = this.threadOf(this.pid, this.tid);
    if (ph === 'f' && this.bindsAround) kind = KIND.flowIn;
    const start = this.sinceBase();
    let end = start;
    if (kind === KIND.begin) end = NaN;
    else if (kind === KIND.slice && this.dur !== null && this.dur > 0n) end += Number(this.dur);
    this.fingerprint.text(this.name);
    const at = this.events.add(
      offset,
      kind,
      start,
      end,
      thread,
      this.trackOf(thread),
      this.nameNumber(kind),
    );
    if (kind === KIND.instant && (this.instantScope === 'p' || this.instantScope === 'g')) {
      this.ofProcess.add(at);
    }
    if (this.bindId !== '' && kind <= KIND.begin && (this.flowIn || this.flowOut)) {
      const direction = !this.flowIn ? KIND.flowOut : this.flowOut ? KIND.flowStep : KIND.flowIn;
      this.boundFlows.push(at, numberOf(this.flows, this.bindId), direction);
    }
  }

  /** @returns whether it was metadata that names something */
  private keepNames(): boolean {
    const { name } = this;
    if (name === 'thread_name' || name === 'thread_sort_index') {
      const track = this.tracks[this.threadOf(this.pid, this.tid)];
      if (name === 'thread_name') track.name = this.argName;
      else track.sortIndex = this.argSortIndex;
      return true;
    }
    if (!/^process_(name|labels|sort_index)$/.test(name)) return false;
    const process = this.processes[this.processOf(this.pid)];
    if (name === 'process_name') process.name = this.argName;
    else if (name === 'process_labels') process.labels = this.argLabels;
    else process.sortIndex = this.argSortIndex;
    return true;
  }

  private sinceBase(): number {
    if (this.ts === null) return NaN;
    this.base ??= this.ts;
    return Number(this.ts - this.base);
  }

  private trackOf(thread: number): number {
    const isNested = NESTED_ASYNC.includes(this.ph);
    if (!isNested && !PLAIN_ASYNC.includes(this.ph)) return thread;
    const name = isNested ? '' : `=${this.name}`;
    const key = `${this.isLocal ? this.pid : ''}\0${this.cat}\0${this.idScope}\0${this.id}${name}`;
    let track = this.operations.get(key);
    if (track === undefined) {
      track = this.tracks.push({ process: NONE, tid: '', name: '', sortIndex: '' }) - 1;
      this.operations.set(key, track);
    }
    return track;
  }

  private nameNumber(kind: number): number {
    if (kind >= KIND.flowOut) {
      return numberOf(this.flows, `${this.cat}\0${this.name}\0${this.id}`);
    }
    if ((kind !== KIND.begin && kind !== KIND.end) || this.name === '') return NONE;
    return numberOf(this.names, this.name);
  }

  private threadOf(pid: string, tid: string): number {
    if (pid === this.lastPid && tid === this.lastTid) return this.lastThread;
    const process = this.processOf(pid);
    const { threads } = this.processes[process];
    let thread = threads.get(tid);
    if (thread === undefined) {
      thread = this.tracks.push({ process, tid, name: '', sortIndex: '' }) - 1;
      threads.set(tid, thread);
    }
    this.lastPid = pid;
    this.lastTid = tid;
    this.lastThread = thread;
    return thread;
  }

  private processOf(pid: string): number {
    let process = this.processByPid.get(pid);
    if (process === undefined) {
      const blank: Process = { pid, name: '', labels: '', sortIndex: '', threads: new Map() };
      process = this.processes.push(blank) - 1;
      this.processByPid.set(pid, process);
    }
    return process;
  }
}

function isYes(text: string): boolean {
  return text !== '' && text !== 'false' && text !== '0';
}

function numberOf(numbers: Map<string, number>, text: string): number {
  let number = numbers.get(text);
  if (number === undefined) {
    number = numbers.size;
    numbers.set(text, number);
  }
  return number;
}
