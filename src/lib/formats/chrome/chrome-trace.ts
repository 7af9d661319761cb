/**
 * The Trace Event Format of Chrome, which Perfetto, Bazel, Clang, PyTorch, VizTracer, Node.js, TypeScript and many others write.
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 *
 * A file is one trace, as in Perfetto, where all processes share one timeline: a kernel and its launch, or a browser and its
 * renderers, only make sense together. So the list has a row per file, under the file's name, which is what people compare
 * when they open many (a file per rank of a training run, or per source file of a compiler). Within the trace, extra spans
 * stand for what a trace viewer draws as tracks: one per process (and one around them if there are several), one per thread,
 * and one for the asynchronous operations of each process. The attribute `chrome.track` distinguishes them from slices; the
 * self time of a thread's span is the thread's idle time. A process is a service.
 *
 * Slices nest by time alone, within their thread or asynchronous operation: each is a child of the innermost slice around it.
 * Slices that only overlap are siblings. Instants are events of the innermost span around them. Flows are links, from the
 * receiver to the sender. Counters, samples and object events are counted and skipped.
 *
 * The file is read twice, because an end, a name or an enclosing slice can be anywhere in it. The first pass keeps the place
 * and time of each event in typed arrays (`survey.ts`), which determine the nesting (`layout.ts`). The second pass makes the
 * spans, each as soon as the last of its records has been read (`slices.ts`).
 */
import type { Format, SpanSink } from '$lib/formats/contract';
import { elementsOf, firstValues, isObject } from '$lib/formats/sniff';
import type { JsonValue } from '$lib/json/reader';
import { JsonWalk, fields, type Shape } from '$lib/json/walk';
import type { Source } from '$lib/bytes/source';
import { CaptureFacts } from './capture-facts';
import { layOut } from './layout';
import { SliceReader } from './slices';
import { Survey } from './survey';

const SYSTEM_TRACE = /^\s*\{\s*"systemTraceEvents"\s*:\s*"/;

export const chromeTrace: Format = {
  id: 'chrome-trace',
  label: 'Chrome Trace Event JSON',

  sniff(head) {
    // The text of a system trace fills the head, so there is no complete value yet.
    if (SYSTEM_TRACE.test(new TextDecoder().decode(head.subarray(0, 100)))) return true;
    return firstValues(head).some(
      (value) => isCapture(value) || elementsOf(value, 1).some(isEvent),
    );
  },

  async read(source, sink) {
    const survey = new Survey();
    const facts = new CaptureFacts();
    const values = firstValues(await source.head());
    // If the head cuts off an object, the later values may be lines with one event each.
    const bare = !values.some(isCapture) && values.some(isEvent);
    const first = new JsonWalk(source, sink);
    const read = () => survey.read(first.json);
    const skipSystemTrace = () => {
      first.json.skip();
      survey.skip('system traces');
    };
    await first.run(
      bare
        ? events(read)
        : capture(read, {
            ...facts.shapes(first.json),
            systemTraceEvents: { read: skipSystemTrace },
          }),
      { quiet: true },
    );
    await readSlices(source, sink, survey, facts, bare);
  },
};

async function readSlices(
  source: Source,
  sink: SpanSink,
  survey: Survey,
  facts: CaptureFacts,
  bare: boolean,
): Promise<void> {
  const layout = layOut(survey);
  if (layout.loose > 0) survey.skipped.set('flow events without a partner', layout.loose);
  let slices: SliceReader | null = null;
  // The first pass has reported invalid JSON, but not the problems in parts that only the second pass reads.
  const second = new JsonWalk(source, {
    warn(code, example, count) {
      if (slices?.isInside || !['broken-line', 'broken-record', 'truncated'].includes(code)) {
        sink.warn(code, example, count);
      }
    },
  });
  const reader = new SliceReader(survey, layout, facts, source.name, second, sink);
  slices = reader;
  reader.begin();
  const read = () => reader.read();
  await second.run(bare ? events(read) : capture(read, {}));
  reader.finish();
  const { skipped } = survey;
  if (skipped.size > 0) {
    const counts = [...skipped].map(([what, count]) => `${count} ${what}`);
    const total = [...skipped.values()].reduce((sum, count) => sum + count, 0);
    sink.warn('skipped-record', counts.join(', '), total);
  }
}

/** Events one after another, or an array of them, which may be unclosed if its writer was killed. */
function events(read: () => void): Shape {
  return { elements: { read }, read, mayStayOpen: true };
}

/** An array of events, or an object around one. */
function capture(read: () => void, others: Record<string, Shape>): Shape {
  return {
    ...events(read),
    read: undefined,
    fields: fields({ traceEvents: { elements: { read } }, ...others }),
  };
}

function isEvent(value: JsonValue | undefined): boolean {
  return (
    isObject(value) &&
    typeof value.ph === 'string' &&
    value.ph.length === 1 &&
    ['ts', 'pid', 'tid', 'args'].some((key) => key in value)
  );
}

/** The events may come late in the file, so other members that only such files have are accepted instead. */
function isCapture(value: JsonValue): boolean {
  if (!isObject(value)) return false;
  const { traceEvents, metadata } = value;
  if (traceEvents !== undefined) return Array.isArray(traceEvents);
  return (
    ('schemaVersion' in value && 'deviceProperties' in value) ||
    (isObject(value.viztracer_metadata) && 'version' in value.viztracer_metadata) ||
    (isObject(metadata) && metadata.dataOrigin === 'TraceEvents')
  );
}
