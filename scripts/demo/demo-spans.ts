/** The demo: twenty minutes of a small shop, and the agents that write, triage and answer for it. */
import type { Span } from '../../src/lib/model/span';
import { Random } from './random';
import { Recorder, type RecordedSpan } from './recorder';
import { recordShop } from './shop';
import { recordWorkflows } from './workflows';

const SEED = 20_261_112;

export interface Demo {
  /** Sorted by start. */
  spans: RecordedSpan[];
  /** Ids of parents that are missing from the data on purpose. */
  lostSpanIds: ReadonlySet<string>;
}

export function makeDemo(): Demo {
  const random = new Random(SEED);
  const recorder = new Recorder(random);
  const failed = recordShop(random, recorder);
  recordWorkflows(random, recorder, failed);
  const spans = recorder.spans.sort((a, b) =>
    a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : a.spanId < b.spanId ? -1 : 1,
  );
  return { spans, lostSpanIds: recorder.lost };
}

/** Returns the same spans on every call, on every machine. */
export function demoSpans(): Iterable<Span> {
  return makeDemo().spans;
}
