/**
 * The trace that Next.js writes to `.next/trace`: a list of spans per line. Times are microseconds on a clock of its own;
 * `startTime` relates it to the epoch.
 * https://github.com/vercel/next.js/blob/canary/packages/next/src/trace/report/to-json.ts
 */
import { type Attributes, type Span } from '$lib/model/span';
import { MICROSECONDS, MILLISECONDS, durationOf, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { recordFormat } from '$lib/formats/records';
import { ResourceTable } from '$lib/formats/resource-table';
import { blankSpan, endAfter, type Warns } from '$lib/formats/span-parts';
import { parseDecimal } from '$lib/json/digits';
import type { JsonReader } from '$lib/json/reader';

export const nextTrace = recordFormat({
  id: 'next-trace',
  label: 'Next.js trace',
  isRecord: (value) =>
    typeof value.id === 'number' &&
    typeof value.name === 'string' &&
    typeof value.timestamp === 'number' &&
    'duration' in value,
  reader: (walk) => {
    const reader = new NextReader(walk);
    return (json) => [reader.read(json)];
  },
});

class NextReader {
  private readonly resources = new ResourceTable();
  /** By trace, the offset from its clock to the epoch. Each span gives it to the millisecond; one for all keeps distances exact. */
  private readonly offsets = new Map<string, bigint>();

  constructor(private readonly walk: Warns) {}

  read(json: JsonReader): Span {
    const members = Members.read(json);
    const span = blankSpan();
    span.traceId = members.take('traceId') ?? 'next';
    span.spanId = members.take('id') ?? '';
    const parentId = members.take('parentId');
    span.parentId = parentId === '' ? null : parentId;
    span.name = members.take('name') ?? '';
    span.kind = 'INTERNAL';
    const clockNs = parseDecimal(members.take('timestamp') ?? '', MICROSECONDS);
    const startedNs = timeOf(members.take('startTime'), MILLISECONDS, this.walk);
    span.startNs = this.startOf(span.traceId, clockNs, startedNs);
    span.endNs = endAfter(span.startNs, durationOf(members.take('duration'), MICROSECONDS));
    const attributes: Attributes = [];
    const tags = members.takeObject('tags');
    if (tags) attributes.push(...tags.attributes());
    members.restTo(attributes, 'next.');
    if (attributes.length > 0) span.attributes = attributes;
    span.resource = this.resources.ofService('next.js');
    return span;
  }

  private startOf(trace: string, clockNs: bigint | null, startedNs: bigint | null): bigint | null {
    if (clockNs === null) return startedNs;
    let offset = this.offsets.get(trace);
    if (offset === undefined) {
      if (startedNs === null) return clockNs;
      offset = startedNs - clockNs;
      this.offsets.set(trace, offset);
    }
    return clockNs + offset;
  }
}
