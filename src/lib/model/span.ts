/**
 * The one model of a span, in OpenTelemetry's terms. Every format is read into it, and the dataset's schema stores it.
 */

export const SPAN_KINDS = [
  'UNSPECIFIED',
  'INTERNAL',
  'SERVER',
  'CLIENT',
  'PRODUCER',
  'CONSUMER',
] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

export const STATUS_CODES = ['UNSET', 'OK', 'ERROR'] as const;
export type StatusCode = (typeof STATUS_CODES)[number];

/**
 * Attributes as alternating keys and values, in the order of the file: `['http.method', 'GET', 'http.status_code', '200']`.
 *
 * Values are text: strings as they are, numbers with the file's digits, booleans `true`/`false`, bytes as base64,
 * lists and maps as JSON. A key that occurs twice keeps its last value. Flat pairs, because there are millions of them.
 */
export type Attributes = string[];

export interface SpanEvent {
  name: string;
  /** Epoch nanoseconds; null if the format records no time. */
  timeNs: bigint | null;
  attributes: Attributes;
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  attributes: Attributes;
}

/** What a producer says about itself. Spans of one producer share one object, which the dataset's writer relies on. */
export interface Resource {
  /** `service.name`, or the format's equivalent; '' if there is none. */
  service: string;
  attributes: Attributes;
}

export interface Span {
  /** Lower-case hex if the format has binary ids, otherwise as written; '' if missing. */
  traceId: string;
  spanId: string;
  parentId: string | null;
  name: string;
  /** Null means the resource's service. Flock's exporter has its own rule, so its reader sets both. */
  service: string | null;
  /** Null means the name. */
  operation: string | null;
  kind: SpanKind;
  /** Epoch nanoseconds as in the file, however odd; null if it has none. INVALID_NS is allowed. */
  startNs: bigint | null;
  /** The same; null for a span that had not ended when it was written. */
  endNs: bigint | null;
  status: StatusCode;
  statusDescription: string | null;
  attributes: Attributes;
  events: SpanEvent[];
  links: SpanLink[];
  resource: Resource;
  /** Name of the instrumentation scope, '' if there is none. */
  scope: string;
}

/** A time that is given but can't be read: unknown like null, but as an end it does not mean a span still running. */
export const INVALID_NS = -(2n ** 63n);

export const NO_ATTRIBUTES: Attributes = [];
export const NO_EVENTS: SpanEvent[] = [];
export const NO_LINKS: SpanLink[] = [];
export const NO_RESOURCE: Resource = { service: '', attributes: NO_ATTRIBUTES };

/** Formats in microseconds round, so a child may seem to start this much before its parent without a skewed clock. */
export const SKEW_TOLERANCE_NS = 1000;

/** Longer values of attributes and events are only in the spans, not in the attribute index. */
export const MAX_INDEXED_CHARS = 200;
