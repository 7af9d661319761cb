/**
 * A format turns foreign bytes into spans. Formats run in a worker and know nothing of the dataset or the page.
 */
import type { WarningSink } from '$lib/model/diagnostics';
import type { Span } from '$lib/model/span';
import type { Source } from '$lib/bytes/source';

/** Where a format puts what it reads. */
export interface SpanSink extends WarningSink {
  span(span: Span): void;
}

export interface Format {
  /** Stable id, also the name of its fixture folder: `otlp-json`. */
  readonly id: string;
  /** For people: `OTLP JSON`. The same as in `$lib/model/accepted-formats`, which says more of it. */
  readonly label: string;
  /** Does this look like the format? `head` is the first 64 KiB, unpacked. Content alone decides, never the file's name. */
  sniff(head: Uint8Array): boolean;
  /** Reads all spans. Bad records become warnings; throws AppError only where nothing can be read. */
  read(source: Source, sink: SpanSink): Promise<void>;
}
