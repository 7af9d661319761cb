/**
 * The Trace Event Format of Chrome, which Perfetto, Bazel, Clang, PyTorch, VizTracer, Node.js, TypeScript and many others write.
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 *
 * A file is one trace, as in Perfetto, where all processes share one timeline: the launch of a kernel and the kernel, or the
 * browser and its renderers, are only understood together. So the list has a row for each file, under its name, which is what
 * people compare who open many (a file for each rank of a training, for each source of a compiler). Within it, spans that no
 * event stands for keep apart what a trace viewer draws as tracks: one for each process (and one around them where there are
 * several), one for each thread, and one for the asynchronous operations of each process. Their attribute `chrome.track` tells
 * them from slices; an idle thread is the self time of its span. A process is a service.
 *
 * Slices nest by time alone, within their thread or asynchronous operation: each is a child of the innermost slice around it.
 * Slices that only overlap are beside each other. Instants are events of the innermost span around them. Flows are links, from
 * what receives to what sent. Counters, samples and object events are counted and skipped.
 *
 * The file is read twice. An end, a name or the slice around another may stand anywhere in it, so the first reading keeps the
 * place and time of each event in typed arrays (`survey.ts`), from which follows what is inside what (`layout.ts`); the second
 * makes spans, each when the last record that it is made of has been read (`slices.ts`).
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
    // The text of a system trace, which fills the head and is no value yet.
    if (SYSTEM_TRACE.test(new TextDecoder().decode(head.subarray(0, 100)))) return true;
    return firstValues(head).some(
      (value) => isCapture(value) || elementsOf(value, 1).some(isEvent),
    );
  },

  async read(source, sink) {
    const survey = new Survey();
    const facts = new CaptureFacts();
    const values = firstValues(await source.head());
    // In an object that the head cuts off, what follows the cut may be lines of one event each.
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
  // What is no JSON was told in the first reading; what only the second looks into was not.
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

/** Events one after the other, or an array of them, which need not be closed: what writes it may have been killed. */
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

/** The events may be behind much else, so what else only such files have is taken for them. */
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
