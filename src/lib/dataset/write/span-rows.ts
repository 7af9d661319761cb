/** Rows of `spans`, with what the index of attributes takes of each. */
import type { Resource, Span } from '$lib/model/span';
import { SPANS } from '$lib/dataset/schema/spans';
import { LONG_VALUE, UNINDEXED_KEY, type AttributeIndex } from './attribute-index';
import type { Rows } from './batch';
import { StructListColumn } from './columns/lists';
import { MapColumn, SharedMapColumn } from './columns/maps';
import { NumberColumn } from './columns/numbers';
import { PlainStringColumn, StringColumn } from './columns/strings';
import { contentHash, mixEvent, mixLink } from './content-hash';
import { Promotion } from './promotion';
import type { Resources } from './resources';
import { storable } from './lineage/span-times';
import { TableWriter } from './table-writer';

/** Characters of a row beside its values: ids, names, numbers. */
const ROW_CHARS = 200;

export class SpanRows {
  private readonly table = new TableWriter(SPANS);
  private readonly spanNo = this.table.column('span_no');
  private readonly traceId = this.table.column('trace_id');
  private readonly spanId = this.table.own('span_id', new PlainStringColumn());
  private readonly parentId = this.table.own('parent_id', new PlainStringColumn());
  private readonly name = this.table.column('name');
  private readonly service = this.table.column('service');
  private readonly operation = this.table.column('operation');
  private readonly kind = this.table.column('kind');
  private readonly startTime = this.table.column('start_time');
  private readonly endTime = this.table.column('end_time');
  private readonly status = this.table.column('status_code');
  private readonly statusDescription = this.table.column('status_description');
  private readonly attributes = this.table.own('attributes', new MapColumn());
  private readonly eventName = new StringColumn();
  private readonly eventTime = new NumberColumn(BigInt64Array);
  private readonly eventAttributes = new MapColumn();
  private readonly events = this.table.own(
    'events',
    new StructListColumn({
      name: this.eventName,
      time: this.eventTime,
      attributes: this.eventAttributes,
    }),
  );
  private readonly linkTraceId = new StringColumn();
  private readonly linkSpanId = new StringColumn();
  private readonly linkAttributes = new MapColumn();
  private readonly links = this.table.own(
    'links',
    new StructListColumn({
      trace_id: this.linkTraceId,
      span_id: this.linkSpanId,
      attributes: this.linkAttributes,
    }),
  );
  private readonly resource = this.table.own('resource', new SharedMapColumn());
  private readonly scope = this.table.column('scope');
  private readonly promotion = new Promotion((name) => this.table.column(name as never));
  private readonly traceNo = this.table.column('trace_no');
  private readonly operationNo = this.table.column('operation_no');
  private readonly resourceNo = this.table.column('resource_no');
  private readonly hasLongText = this.table.column('has_long_text');
  private readonly hasUnindexedKey = this.table.column('has_unindexed_key');
  private readonly indexedAttributes;
  private readonly indexedEvents;
  private chars = 0;
  private eventsHash = 0;
  private linksHash = 0;
  /** The content hash of the last span. */
  contentHash = 0;

  constructor(
    private readonly index: AttributeIndex,
    private readonly resources: Resources,
  ) {
    this.indexedAttributes = index.entriesOf('attributes', this.attributes);
    this.indexedEvents = index.entriesOf('events', this.eventAttributes);
  }

  /**
   * @param service the span's own, else its resource's.
   * @returns whether the batch is full.
   */
  push(
    span: Span,
    spanNo: number,
    service: string,
    operation: string,
    traceNo: number,
    operationNo: number,
  ): boolean {
    this.chars = ROW_CHARS;
    this.spanNo.push(spanNo);
    this.traceNo.push(traceNo);
    this.operationNo.push(operationNo);
    this.traceId.push(span.traceId);
    this.spanId.push(span.spanId);
    this.parentId.push(span.parentId || null);
    this.name.push(span.name);
    this.service.push(service);
    this.operation.push(operation);
    this.kind.push(span.kind);
    this.startTime.push(storable(span.startNs));
    this.endTime.push(storable(span.endNs));
    this.status.push(span.status);
    this.statusDescription.push(span.statusDescription || null);
    const missing = this.pushAttributes(span, spanNo) | this.pushEvents(span, spanNo);
    this.pushLinks(span);
    this.pushResource(span.resource);
    this.hasLongText.push((missing & LONG_VALUE) !== 0);
    this.hasUnindexedKey.push((missing & UNINDEXED_KEY) !== 0 || this.resources.isLastIncomplete);
    this.scope.push(span.scope || null);
    const attributesHash = this.attributes.hashLast();
    this.contentHash = contentHash(span, attributesHash, this.eventsHash, this.linksHash);
    return this.table.endRow(this.chars);
  }

  /** Values that were lost to a later one of the same key, and the first such key; null where there are none. */
  get replaced(): { count: number; key: string } | null {
    const columns = [this.attributes, this.eventAttributes, this.linkAttributes];
    const count = columns.reduce((sum, column) => sum + column.replaced, 0);
    const key = columns.find(({ replacedKey }) => replacedKey !== null)?.replacedKey;
    return count > 0 ? { count, key: key ?? '' } : null;
  }

  finish(): Rows | null {
    this.promotion.flush();
    return this.table.finish();
  }

  /** Returns what is not in the index, as `IndexedEntries.take` does; as `pushEvents`. */
  private pushAttributes({ attributes }: Span, spanNo: number): number {
    const before = this.attributes.entries;
    this.attributes.push(attributes);
    for (let i = 0; i + 1 < attributes.length; i += 2) {
      this.chars += attributes[i + 1].length;
      this.promotion.take(attributes[i], attributes[i + 1]);
    }
    this.promotion.endSpan();
    return this.indexedAttributes.take(spanNo, before);
  }

  private pushEvents({ events }: Span, spanNo: number): number {
    const before = this.eventAttributes.entries;
    let missing = 0;
    this.eventsHash = 0;
    for (const event of events) {
      this.eventName.push(event.name);
      this.eventTime.push(event.timeNs);
      this.eventAttributes.push(event.attributes);
      this.eventsHash = mixEvent(this.eventsHash, event, this.eventAttributes.hashLast());
      for (let i = 1; i < event.attributes.length; i += 2) this.chars += event.attributes[i].length;
      if (this.index.takeEventName(spanNo, event.name)) missing |= LONG_VALUE;
    }
    this.events.next(events.length);
    return this.indexedEvents.take(spanNo, before) | missing;
  }

  private pushLinks({ links }: Span): void {
    this.linksHash = 0;
    for (const link of links) {
      this.linkTraceId.push(link.traceId);
      this.linkSpanId.push(link.spanId);
      this.linkAttributes.push(link.attributes);
      this.linksHash = mixLink(this.linksHash, link, this.linkAttributes.hashLast());
    }
    this.links.next(links.length);
  }

  private pushResource(resource: Resource): void {
    this.resource.push(resource, resource.attributes);
    this.resourceNo.push(this.resources.number(resource));
  }
}
