/** What is kept of each event between the two passes over a file: about 40 bytes in columns, however large its arguments. */

/** An event's role in the timeline. */
export const KIND = {
  /** A complete slice, with its duration. */
  slice: 0,
  begin: 1,
  end: 2,
  instant: 3,
  flowOut: 4,
  /** Receives a flow and sends it on. */
  flowStep: 5,
  /** Received by the slice around it. */
  flowIn: 6,
  /** Received by the next slice that begins on its thread. */
  flowNext: 7,
} as const;

export const NONE = -1;

export class EventTable {
  count = 0;
  private capacity = 4096;
  /** The byte of the file at which it begins, by which the second pass recognises it. Ascending. */
  offset = new Float64Array(this.capacity);
  kind = new Uint8Array(this.capacity);
  /** Nanoseconds after the first time in the file; NaN if it has none. */
  start = new Float64Array(this.capacity);
  /** The same for its end; NaN for a begin that has not been matched with an end. */
  end = new Float64Array(this.capacity);
  /** The thread it names. */
  thread = new Int32Array(this.capacity);
  /** Where it nests: its thread, or a track of one asynchronous operation. */
  track = new Int32Array(this.capacity);
  /** For begins and ends: the number of their name, NONE if it is empty. For flows: the number of their id. */
  name = new Int32Array(this.capacity);

  add(
    offset: number,
    kind: number,
    start: number,
    end: number,
    thread: number,
    track: number,
    name: number,
  ): number {
    const at = this.count;
    if (at === this.capacity) this.enlarge();
    this.offset[at] = offset;
    this.kind[at] = kind;
    this.start[at] = start;
    this.end[at] = end;
    this.thread[at] = thread;
    this.track[at] = track;
    this.name[at] = name;
    this.count++;
    return at;
  }

  private enlarge(): void {
    this.capacity *= 2;
    this.offset = grown(this.offset, this.capacity);
    this.kind = grown(this.kind, this.capacity);
    this.start = grown(this.start, this.capacity);
    this.end = grown(this.end, this.capacity);
    this.thread = grown(this.thread, this.capacity);
    this.track = grown(this.track, this.capacity);
    this.name = grown(this.name, this.capacity);
  }
}

function grown<T extends Int32Array | Uint8Array | Float64Array>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  return larger;
}
