/**
 * A format turns foreign bytes into spans. Formats run in a worker and know nothing of the dataset or the page.
 */
import type { WarningSink } from '$lib/model/diagnostics';
import type { Mapping } from '$lib/model/mapping';
import type { Span } from '$lib/model/span';
import type { Source } from '$lib/bytes/source';

/** Where a format puts what it reads. */
export interface SpanSink extends WarningSink {
  span(span: Span): void;
}

export interface ReadOptions {
  /** What the columns of a table mean; only used by formats with columns. */
  mapping?: Mapping;
}

export interface Format {
  /** Stable id, also the name of its fixture folder: `otlp-json`. */
  readonly id: string;
  /** For people: `OTLP JSON`. The same as in `$lib/model/accepted-formats`, which describes it. */
  readonly label: string;
  /** Does this look like the format? `head` is the first 64 KiB, unpacked. Content alone decides, never the file's name. */
  sniff(head: Uint8Array): boolean;
  /**
   * For formats of tables: can this be read with the given mapping, or with one that a person might give? Asked first if
   * there is a mapping, otherwise after every `sniff` has said no; `read` then throws `needs-mapping` with what to map.
   */
  sniffTable?(head: Uint8Array, mapping?: Mapping): boolean;
  /** Reads all spans. Bad records become warnings; throws AppError only if nothing can be read. */
  read(source: Source, sink: SpanSink, options?: ReadOptions): Promise<void>;
}
