/** What can be opened, in words: the landing page lists it, and so does the message about an unknown file. */

export interface AcceptedFormat {
  label: string;
  /** Where such a file comes from, or what it is. */
  hint: string;
}

/** Each may also come gzipped. Detected by content, so names and extensions do not matter. */
export const ACCEPTED_FORMATS: readonly AcceptedFormat[] = [
  { label: 'OTLP JSON', hint: 'OpenTelemetry Collector file exporter, JSON or JSON Lines' },
  { label: 'Jaeger JSON', hint: 'the Jaeger UI’s “Trace JSON”, its API' },
  { label: 'Zipkin v2 JSON', hint: 'Zipkin’s API and its “Download JSON”' },
  { label: 'Flock .duckdb', hint: '.flock/traces.duckdb, as Flock writes it' },
  { label: 'Spanlight .duckdb', hint: 'a dataset saved from this page' },
];
