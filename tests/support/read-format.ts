/** Detects and reads a file like the ingest, and keeps the spans. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { FORMATS } from '../../src/lib/formats/registry';
import { Input } from '../../src/lib/bytes/input';
import { Source, type SourceOptions } from '../../src/lib/bytes/source';
import type { Diagnostic, DiagnosticCode } from '../../src/lib/model/diagnostics';
import { SPAN_KINDS, STATUS_CODES, type Attributes, type Span } from '../../src/lib/model/span';
import { FIXTURES } from './paths';

export interface ReadResult {
  /** Null if no format recognised it. */
  format: string | null;
  spans: Span[];
  diagnostics: Partial<Record<DiagnosticCode, Omit<Diagnostic, 'code'>>>;
}

/** Checks everything that the dataset's writer relies on. */
export async function readFormat(
  input: Blob | Uint8Array | string,
  name: string,
  options: SourceOptions = {},
): Promise<ReadResult> {
  const source = new Source(
    new Input(name, input instanceof Blob ? input : new Blob([input as BlobPart])),
    options,
  );
  const head = await source.head();
  const claims = FORMATS.filter((format) => format.sniff(head));
  expect(claims.length, `${name} is claimed once at most`).toBeLessThanOrEqual(1);
  const result: ReadResult = { format: claims[0]?.id ?? null, spans: [], diagnostics: {} };
  await claims[0]?.read(source, {
    span(span) {
      expectSound(span);
      result.spans.push(span);
    },
    warn(code, example, count = 1) {
      expect(example).not.toBe('');
      const known = result.diagnostics[code];
      if (known) known.count += count;
      else result.diagnostics[code] = { count, example };
    },
  });
  return result;
}

/** Only the counts of the diagnostics. */
export function countsOf({ diagnostics }: ReadResult): Partial<Record<DiagnosticCode, number>> {
  return Object.fromEntries(Object.entries(diagnostics).map(([code, { count }]) => [code, count]));
}

/** Attributes as an object; if a key occurs twice, the last one counts. */
export function asObject(attributes: Attributes): Record<string, string> {
  const object: Record<string, string> = {};
  for (let i = 0; i < attributes.length; i += 2) object[attributes[i]] = attributes[i + 1];
  return object;
}

const SPAN_KEYS = [
  'attributes',
  'endNs',
  'events',
  'kind',
  'links',
  'name',
  'operation',
  'parentId',
  'resource',
  'scope',
  'service',
  'spanId',
  'startNs',
  'status',
  'statusDescription',
  'traceId',
];

/** Throws plain errors, because `expect` is too slow for millions of checks. */
export function expectSound(span: Span): void {
  const check = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`${what}: ${String(span.name)} ${String(span.spanId)}`);
  };
  const isText = (value: unknown) => typeof value === 'string';
  const isTime = (value: unknown) =>
    typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
  const isPairs = (value: unknown) =>
    Array.isArray(value) && value.length % 2 === 0 && value.every(isText);
  check(Object.keys(span).sort().join() === SPAN_KEYS.join(), 'keys');
  check(isText(span.traceId) && isText(span.spanId), 'ids');
  check(span.parentId === null || (isText(span.parentId) && span.parentId !== ''), 'parent');
  check(isText(span.name) && isText(span.scope), 'name, scope');
  check(span.service === null || isText(span.service), 'service');
  check(span.operation === null || isText(span.operation), 'operation');
  check(SPAN_KINDS.includes(span.kind) && STATUS_CODES.includes(span.status), 'kind, status');
  check(span.statusDescription === null || isText(span.statusDescription), 'description');
  check(
    (span.startNs === null || isTime(span.startNs)) && (span.endNs === null || isTime(span.endNs)),
    'times',
  );
  check(isPairs(span.attributes), 'attributes');
  check(isText(span.resource.service) && isPairs(span.resource.attributes), 'resource');
  for (const event of span.events) {
    check(isText(event.name) && isPairs(event.attributes), 'event');
    check(event.timeNs === null || isTime(event.timeNs), 'time of an event');
  }
  for (const link of span.links) {
    check(isText(link.traceId) && isText(link.spanId) && isPairs(link.attributes), 'link');
  }
}

/** A fixture's bytes. */
export const fixture = (path: string) => readFileSync(FIXTURES + path);

/** A fixture's spans by their ids; if several share an id, the first. */
export async function spansOf(path: string): Promise<Record<string, Span>> {
  const { spans } = await readFormat(fixture(path), path);
  return Object.fromEntries([...spans].reverse().map((span) => [span.spanId, span]));
}

/** How many spans have each resource's service and scope. */
export function producersOf(spans: readonly Span[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { scope, resource } of spans) {
    const key = `${resource.service} ${scope}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
