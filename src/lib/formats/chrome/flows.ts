/** Matches the receivers of flows with their senders: a receiver is linked to the last sender before it. */
import { KIND, NONE, type EventTable } from './event-table';

export interface Flows {
  /** By flow event: the slice that sent what it receives; NONE if there is none. */
  sender: Int32Array;
  /** Senders of slices that name a flow themselves (`bind_id`), by the slice. */
  sendersOf: Map<number, number[]>;
  /** Receipts without a sender in the file, and flow events outside all slices. */
  loose: number;
}

/** @param boundFlows triples of slice, flow and KIND, as the survey has them */
export function joinFlows(events: EventTable, target: Int32Array, boundFlows: number[]): Flows {
  const { kind, start, name, count } = events;
  const sender = new Int32Array(count).fill(NONE);
  const sendersOf = new Map<number, number[]>();
  let loose = 0;

  // Points of the second version are numbered after the events.
  const slice = (point: number) =>
    point < count ? target[point] : boundFlows[(point - count) * 3];
  const flow = (point: number) =>
    point < count ? name[point] : boundFlows[(point - count) * 3 + 1];
  const role = (point: number) =>
    point < count ? kind[point] : boundFlows[(point - count) * 3 + 2];
  const time = (point: number) => start[point < count ? point : slice(point)];

  const points: number[] = [];
  for (let i = 0; i < count; i++) {
    if (kind[i] < KIND.flowOut) continue;
    if (target[i] === NONE) loose++;
    else points.push(i);
  }
  for (let i = 0; i < boundFlows.length / 3; i++) points.push(count + i);
  // At equal times, senders come first.
  const sorted = Int32Array.from(points).sort(
    (a, b) => flow(a) - flow(b) || time(a) - time(b) || role(a) - role(b) || a - b,
  );
  let present = NONE;
  let last = NONE;
  for (const point of sorted) {
    if (flow(point) !== present) {
      present = flow(point);
      last = NONE;
    }
    const own = slice(point);
    if (role(point) !== KIND.flowOut) {
      if (last === NONE) loose++;
      else if (last === own) {
        // A slice does not link to itself.
      } else if (point < count) sender[point] = last;
      else {
        const senders = sendersOf.get(own);
        if (senders) senders.push(last);
        else sendersOf.set(own, [last]);
      }
    }
    if (role(point) <= KIND.flowStep) last = own;
  }
  return { sender, sendersOf, loose };
}
