/** Traces as numbers in the order of their first span, and which of them are one trace in two spellings. */
import { isShortTraceId } from '$lib/model/ids';

const NONE = -1;
/** Several 128-bit ids share their last 64 bits. */
const AMBIGUOUS = -2;

/** A trace written with 64 bits of its id, and the trace it is part of. */
export interface TraceSpelling {
  traceNo: number;
  intoNo: number;
  traceId: string;
}

export class TraceNumbers {
  /** By number. */
  readonly ids: string[] = [];
  private readonly numbers = new Map<string, number>();
  private shortIds = 0;
  private last = '';
  private lastNo = NONE;

  number(traceId: string): number {
    // Spans of one trace mostly come together.
    if (traceId === this.last && this.lastNo !== NONE) return this.lastNo;
    let traceNo = this.numbers.get(traceId);
    if (traceNo === undefined) {
      traceNo = this.ids.length;
      this.numbers.set(traceId, traceNo);
      this.ids.push(traceId);
      if (isShortTraceId(traceId)) this.shortIds++;
    }
    this.last = traceId;
    this.lastNo = traceNo;
    return traceNo;
  }

  /**
   * Traces with a 64-bit id that belong to a trace with a 128-bit id: the only one with the same last 64 bits. Libraries
   * that keep half of the id and libraries that keep all of it took part in one request.
   */
  spellings(): TraceSpelling[] {
    if (this.shortIds === 0 || this.shortIds === this.ids.length) return [];
    const byEnd = new Map<string, { long: number; shorts: number[] }>();
    this.ids.forEach((id, traceNo) => {
      const isShort = isShortTraceId(id);
      if (!isShort && id.length !== 32) return;
      const end = id.slice(-16);
      let same = byEnd.get(end);
      if (!same) byEnd.set(end, (same = { long: NONE, shorts: [] }));
      if (isShort) same.shorts.push(traceNo);
      else same.long = same.long === NONE ? traceNo : AMBIGUOUS;
    });
    return [...byEnd.values()].flatMap(({ long, shorts }) =>
      long < 0 ? [] : shorts.map((traceNo) => ({ traceNo, intoNo: long, traceId: this.ids[long] })),
    );
  }
}
