/** Span kinds and status codes in the spellings that occur. */
import { SPAN_KINDS, STATUS_CODES, type SpanKind, type StatusCode } from '$lib/model/span';

const KINDS = new Map<string, SpanKind>();
SPAN_KINDS.forEach((kind, number) => KINDS.set(kind, kind).set(String(number), kind));

const STATUSES = new Map<string, StatusCode>();
STATUS_CODES.forEach((status, number) => STATUSES.set(status, status).set(String(number), status));

/** `2`, `SERVER`, `server`, `SPAN_KIND_SERVER`, `SpanKind.SERVER`; anything else is UNSPECIFIED. */
export function kindOf(text: string): SpanKind {
  return KINDS.get(text) ?? KINDS.get(bare(text, 'SPAN_KIND_', 'SPANKIND.')) ?? 'UNSPECIFIED';
}

/** `2`, `ERROR`, `error`, `STATUS_CODE_ERROR`, `StatusCode.ERROR`; anything else is UNSET. */
export function statusOf(text: string): StatusCode {
  return STATUSES.get(text) ?? STATUSES.get(bare(text, 'STATUS_CODE_', 'STATUSCODE.')) ?? 'UNSET';
}

function bare(text: string, ...prefixes: string[]): string {
  const upper = text.toUpperCase();
  const prefix = prefixes.find((candidate) => upper.startsWith(candidate));
  return prefix ? upper.slice(prefix.length) : upper;
}
