/** The demo: twenty minutes of a small shop, and beside it the agents that write, triage and answer for it. */
import type { Span } from '../../src/lib/model/span';
import { Random } from './random';
import { Recorder, type RecordedSpan } from './recorder';
import { recordShop } from './shop';
import { recordWorkflows } from './workflows';

const SEED = 20_261_112;

export interface Demo {
  /** By start. */
  spans: RecordedSpan[];
  /** Ids of spans that others name as their parent and that are not in the data, on purpose. */
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

/** The same spans at every call, on every machine. */
export function demoSpans(): Iterable<Span> {
  return makeDemo().spans;
}
