/** Who sent a flow to whom: what receives one is linked to what sent it last. */
import { KIND, NONE, type EventTable } from './event-table';

export interface Flows {
  /** Of a flow event: the slice that sent what it receives; NONE where there is none. */
  sender: Int32Array;
  /** Senders of slices that name a flow themselves (`bind_id`), by the slice. */
  sendersOf: Map<number, number[]>;
  /** Receipts of what nobody in the file sent, and flow events outside of all slices. */
  loose: number;
}

/** @param boundFlows triples of slice, flow and KIND, as the survey has them */
export function joinFlows(events: EventTable, target: Int32Array, boundFlows: number[]): Flows {
  const { kind, start, name, count } = events;
  const sender = new Int32Array(count).fill(NONE);
  const sendersOf = new Map<number, number[]>();
  let loose = 0;

  // Points of the second version have numbers behind those of events.
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
  // At the same time, what sends comes first.
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
        // A slice that calls itself is no link.
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
