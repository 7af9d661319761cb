/** The first spans that a mapping makes of a file's rows. */
import type { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import type { SpanSink } from '$lib/formats/contract';
import { untilAborted } from '$lib/model/cancel';
import { AppError } from '$lib/model/errors';
import type { Mapping, PreviewSpan } from '$lib/model/mapping';
import { INVALID_NS, type Span } from '$lib/model/span';
import { nextTask } from '$lib/engine/worker/yield';
import { attachCandidate, dropCandidate } from './candidate';
import { detect } from './detect';
import { readForeign } from './foreign-database';
import type { OpeningEngine } from './opening';

export const PREVIEW_SPANS = 10;

/** Thrown to end the reading once there are enough. */
class Enough extends Error {}

/**
 * @throws AppError `needs-mapping` if the mapping does not suffice; `broken-file`; AbortError
 */
export async function previewSpans(
  engine: OpeningEngine,
  input: Input,
  mapping: Mapping,
  signal: AbortSignal,
): Promise<PreviewSpan[]> {
  const spans: PreviewSpan[] = [];
  const sink: SpanSink = {
    span(span) {
      spans.push(previewOf(span));
      if (spans.length === PREVIEW_SPANS) throw new Enough();
    },
    warn: () => undefined,
  };
  try {
    await untilAborted(readInto(engine, input, mapping, sink, signal), signal);
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return spans;
}

async function readInto(
  engine: OpeningEngine,
  input: Input,
  mapping: Mapping,
  sink: SpanSink,
  signal: AbortSignal,
): Promise<void> {
  const source = new Source(input, { signal, ready: nextTask });
  const detected = await detect(source, mapping);
  if (detected.kind === 'format') return detected.format.read(source, sink, { mapping });
  if (detected.kind === 'unknown') {
    throw new AppError('unknown-format', `${input.name} is no table.`, { file: input.name });
  }
  const candidate = await attachCandidate(engine, await source.whole(), signal);
  try {
    const { admin, file, kind } = candidate;
    if (kind !== 'foreign') return;
    await readForeign(admin, file.alias, input.name, sink, nextTask, { mapping });
  } finally {
    dropCandidate(engine, candidate);
  }
}

function previewOf(span: Span): PreviewSpan {
  const { startNs, endNs } = span;
  const isKnown = startNs !== null && startNs !== INVALID_NS;
  const isEnded = endNs !== null && endNs !== INVALID_NS;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentId,
    name: span.name,
    service: span.service ?? span.resource.service,
    startNs: isKnown ? startNs : null,
    durationNs: isKnown && isEnded ? endNs - startNs : null,
    status: span.status,
  };
}
