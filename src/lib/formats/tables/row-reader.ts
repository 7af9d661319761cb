/** Rows of a table as spans, by what is recognised of its columns. */
import type { SpanSink } from '$lib/formats/contract';
import { kindOf, statusOf } from '$lib/formats/enums';
import { SPAN_ID_BYTES, TRACE_ID_BYTES, hexId, isNoId } from '$lib/model/ids';
import { blankSpan, endAfter } from '$lib/formats/span-parts';
import {
  INVALID_NS,
  NO_ATTRIBUTES,
  NO_RESOURCE,
  type Attributes,
  type Resource,
  type Span,
  type SpanKind,
} from '$lib/model/span';
import { cellAttributes, cellText, hexText, isEmpty, memberType } from './cells';
import { readEvents, readLinks, zipEvents, zipLinks } from './events';
import type { Field } from './layouts';
import type { Recognised } from './mapping';
import type { Batch, Cell, Column, ColumnType } from './table';
import { DurationColumn, MomentColumn } from './times';
import { addUsage } from './usage';

/** What stands for no parent, beside nothing and ids of zeros. */
const NO_PARENT = new Set(['root', '-1', 'none', 'null', 'nan', '\\n']);
const KIND_WORDS: Record<string, SpanKind> = {
  entry: 'SERVER',
  exit: 'CLIENT',
  local: 'INTERNAL',
};
const OK_WORDS = new Set(['success', 'succeeded', 'completed']);
const ERROR_WORDS = new Set(['failure', 'failed']);
const TRUE = /^(?:true|t|1|yes)$/i;
/** What a pod adds to the name of its deployment: the hash of its template, and its own. */
const POD_SUFFIX = /-[0-9a-f]{8,10}-[0-9a-z]{5}$/;
const MAX_RESOURCES = 1024;

interface Ref {
  index: number;
  column: Column;
}

export class RowReader {
  private readonly refs: Partial<Record<Field, Ref[]>> = {};
  private readonly rest: { ref: Ref; rest: NonNullable<Recognised['rest'][number]> }[] = [];
  private readonly start: MomentColumn | null;
  private readonly end: MomentColumn | null;
  private readonly duration: DurationColumn | null;
  private readonly traceId: ((text: string) => string) | null;
  private readonly spanId: ((text: string) => string) | null;
  private readonly isNested: boolean;
  private readonly resources = new Map<string, Resource>();
  private batch: Batch = { rows: 0, columns: [] };
  private row = 0;
  /** From 0, over all batches. */
  private rowNo = -1;

  /** @param sample the first rows, by which units and ids are judged */
  constructor(
    private readonly columns: readonly Column[],
    private readonly recognised: Recognised,
    sample: Batch,
    private readonly sink: SpanSink,
  ) {
    const { fields, rest, layout } = recognised;
    this.isNested = layout?.isNested ?? false;
    for (const [field, indexes] of Object.entries(fields) as [Field, number[]][]) {
      this.refs[field] = indexes.map((index) => ({ index, column: columns[index] }));
    }
    rest.forEach((what, index) => {
      if (what && what.kind !== 'ignored') {
        this.rest.push({ ref: { index, column: columns[index] }, rest: what });
      }
    });
    this.start = this.moments('start', sample);
    this.end = this.moments('end', sample);
    this.duration = this.durations(sample);
    const ids = [...(fields.spanId ?? []), ...(fields.parentId ?? [])];
    this.traceId = fields.traceId ? idReader(sample, fields.traceId, TRACE_ID_BYTES) : null;
    this.spanId = fields.spanId ? idReader(sample, ids, SPAN_ID_BYTES) : null;
  }

  /** Each row of a batch as a span. */
  readBatch(batch: Batch): void {
    this.batch = batch;
    for (this.row = 0; this.row < batch.rows; this.row++) {
      this.rowNo++;
      this.sink.span(this.read());
    }
  }

  private read(): Span {
    const span = blankSpan();
    this.readIds(span);
    span.name = this.text('name') ?? '';
    span.operation = this.text('operation');
    this.readTimes(span);
    const attributes: Attributes = [];
    this.readAttributes(attributes);
    this.readStatus(span, attributes);
    this.readKind(span, attributes);
    this.readScope(span, attributes);
    const parallel = this.parallel('eventTimes', 'eventNames', 'eventAttributes');
    span.events = parallel
      ? zipEvents(parallel)
      : (this.nested('events', (cell, type) => readEvents(cell, type)) ?? span.events);
    const links = this.parallel('linkTraces', 'linkSpans', 'linkAttributes', 'linkStates');
    span.links = links
      ? zipLinks(links)
      : (this.nested('links', (cell, type) => readLinks(cell, type, span)) ?? span.links);
    const resourceAttributes: Attributes = [];
    this.readRest(attributes, resourceAttributes);
    this.readResource(span, resourceAttributes, attributes);
    if (attributes.length > 0) span.attributes = attributes;
    return span;
  }

  // ── Cells ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  private cell({ index }: Ref): Cell {
    return this.batch.columns[index][this.row] ?? null;
  }

  /** The first of a field's columns that has a value here. */
  private first(field: Field): { cell: Cell; type: ColumnType; name: string } | null {
    for (const ref of this.refs[field] ?? []) {
      const cell = this.cell(ref);
      if (!isEmpty(cell)) return { cell, type: ref.column.type, name: ref.column.name };
    }
    return null;
  }

  private text(field: Field): string | null {
    const found = this.first(field);
    return found ? cellText(found.cell, found.type) : null;
  }

  private where(): string {
    return `row ${this.rowNo + 1}`;
  }

  // ── Ids ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  private readIds(span: Span): void {
    const traceId = this.id('traceId', this.traceId);
    const spanId = this.id('spanId', this.spanId);
    const parentId = this.id('parentId', this.spanId ?? ((text) => text));
    const { withoutIds } = this.recognised;
    span.traceId = traceId ?? '';
    span.spanId = spanId ?? '';
    if (withoutIds && (traceId === null || spanId === null)) {
      this.sink.warn('made-id', this.where());
      if (spanId === null) span.spanId = (this.rowNo + 1).toString(16).padStart(16, '0');
      if (traceId === null) {
        const no = withoutIds === 'one-trace' ? 1 : this.rowNo + 1;
        span.traceId = no.toString(16).padStart(32, '0');
      }
    }
    const isNone = parentId === null || isNoId(parentId) || NO_PARENT.has(parentId.toLowerCase());
    span.parentId = isNone ? null : parentId;
  }

  private id(field: 'traceId' | 'spanId' | 'parentId', read: ((text: string) => string) | null) {
    const found = this.first(field);
    if (!found) return null;
    return found.cell instanceof Uint8Array
      ? hexText(found.cell)
      : (read ?? String)(cellText(found.cell, found.type));
  }

  // ── Times ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  private moments(field: 'start' | 'end', sample: Batch): MomentColumn | null {
    const [ref] = this.refs[field] ?? [];
    if (!ref) return null;
    const { name, type } = ref.column;
    const cells = cellsOf(sample, ref.index);
    return new MomentColumn(name, ref.index, type, this.recognised.units[field], cells, this.sink);
  }

  private durations(sample: Batch): DurationColumn | null {
    const [ref] = this.refs.duration ?? [];
    if (!ref) return null;
    const { start, end } = this;
    const startCells = start ? cellsOf(sample, start.index) : [];
    const endCells = end ? cellsOf(sample, end.index) : [];
    const lengths = startCells.map((cell, i) => {
      const from = start?.peek(cell) ?? null;
      const to = endCells.length > 0 ? (end?.peek(endCells[i]) ?? null) : null;
      return from === null || to === null ? null : to - from;
    });
    const cells = cellsOf(sample, ref.index);
    const neighbour = start?.hasNumbers ? start.unit : null;
    const stated = this.recognised.units.duration;
    return new DurationColumn(
      ref.column.name,
      ref.index,
      stated,
      cells,
      lengths,
      neighbour,
      this.sink,
    );
  }

  private readTimes(span: Span): void {
    const bad = (what: string) => (text: string) =>
      this.sink.warn('invalid-time', `${what} of ${this.where()}: “${text}”`);
    const at = (column: { index: number }) => this.batch.columns[column.index][this.row] ?? null;
    let startNs: bigint | null = null;
    let endNs: bigint | null = null;
    let isEndBad = false;
    if (this.start) startNs = this.start.read(at(this.start), bad('start'));
    if (this.end) {
      const cell = at(this.end);
      endNs = this.end.read(cell, (text) => {
        isEndBad = true;
        bad('end')(text);
      });
    }
    let isDurationBad = false;
    let durationNs: bigint | null = null;
    if (this.duration) {
      durationNs = this.duration.read(at(this.duration), (text) => {
        isDurationBad = true;
        bad('duration')(text);
      });
    }
    if (startNs === null && endNs !== null && durationNs !== null) startNs = endNs - durationNs;
    else if (endNs === null && durationNs !== null && !isEndBad) {
      endNs = endAfter(startNs, durationNs);
    } else if (startNs !== null && endNs !== null && durationNs !== null) {
      if (this.duration?.contradicts(durationNs, endNs - startNs)) {
        this.sink.warn(
          'duration-mismatch',
          `${this.where()}: ${durationNs} ns beside ${endNs - startNs} ns`,
        );
      }
    }
    span.startNs = startNs;
    span.endNs = isEndBad || (endNs === null && isDurationBad) ? INVALID_NS : endNs;
    if (TRUE.test(this.text('isUnfinished') ?? '')) span.endNs = null;
  }

  // ── What a span is ──────────────────────────────────────────────────────────────────────────────────────────────────

  private readStatus(span: Span, attributes: Attributes): void {
    const found = this.first('status');
    if (found) this.readStatusCell(span, found, attributes);
    span.statusDescription = this.text('statusMessage') ?? span.statusDescription;
    if (TRUE.test(this.text('isError') ?? '')) span.status = 'ERROR';
    const error = this.text('error');
    if (error === null || /^(?:false|0|null|none)$/i.test(error)) return;
    span.status = 'ERROR';
    if (!TRUE.test(error)) span.statusDescription ??= error;
  }

  private readStatusCell(
    span: Span,
    { cell, type, name }: { cell: Cell; type: ColumnType; name: string },
    attributes: Attributes,
  ): void {
    // `{code, message}`, as a struct or as JSON text.
    const isObject = typeof cell === 'object' || (typeof cell === 'string' && /^\s*\{/.test(cell));
    const members = isObject ? cellAttributes(cell, type, false) : null;
    if (members) {
      for (let i = 0; i < members.length; i += 2) {
        if (/^(?:status_?)?code$/i.test(members[i])) {
          this.readStatusText(span, members[i + 1], name, attributes);
        } else if (/^(?:message|description)$/i.test(members[i])) {
          span.statusDescription = members[i + 1] || null;
        }
      }
      return;
    }
    this.readStatusText(span, cellText(cell, type), name, attributes);
  }

  private readStatusText(span: Span, text: string, name: string, attributes: Attributes): void {
    const word = text.trim().toLowerCase();
    span.status = ERROR_WORDS.has(word) ? 'ERROR' : OK_WORDS.has(word) ? 'OK' : statusOf(text);
    const isKnown = span.status !== 'UNSET' || /^(?:.*unset|0|)$/.test(word);
    if (!isKnown) attributes.push(name, text);
  }

  private readKind(span: Span, attributes: Attributes): void {
    for (const ref of this.refs.kind ?? []) {
      const cell = this.cell(ref);
      if (isEmpty(cell)) continue;
      const text = cellText(cell, ref.column.type);
      const kind = kindOf(text);
      const word = text.toLowerCase();
      if (kind !== 'UNSPECIFIED') span.kind = kind;
      else if (Object.hasOwn(KIND_WORDS, word)) span.kind = KIND_WORDS[word];
      else if (!/^(?:.*unspecified|0)$/.test(word)) attributes.push(ref.column.name, text);
      if (span.kind !== 'UNSPECIFIED') return;
    }
  }

  private readScope(span: Span, attributes: Attributes): void {
    const version = this.text('scopeVersion');
    if (version) attributes.push('otel.scope.version', version);
    const own = this.nested('scopeAttributes', (cell, type) =>
      cellAttributes(cell, type, this.isNested),
    );
    if (own) {
      for (let i = 0; i < own.length; i += 2) attributes.push(`otel.scope.${own[i]}`, own[i + 1]);
    }
    const scope = this.first('scope');
    if (!scope) return;
    const isObject =
      typeof scope.cell === 'object' ||
      (typeof scope.cell === 'string' && /^\s*\{/.test(scope.cell));
    const members = isObject ? cellAttributes(scope.cell, scope.type, false) : null;
    if (!members) span.scope = cellText(scope.cell, scope.type);
    else {
      for (let i = 0; i < members.length; i += 2) {
        if (members[i] === 'name') span.scope = members[i + 1];
        else if (members[i + 1] !== '') attributes.push(`otel.scope.${members[i]}`, members[i + 1]);
      }
    }
  }

  // ── Attributes ──────────────────────────────────────────────────────────────────────────────────────────────────────

  private readAttributes(attributes: Attributes): void {
    for (const ref of this.refs.attributes ?? []) this.merge(ref, attributes);
  }

  private merge(ref: Ref, into: Attributes): void {
    const cell = this.cell(ref);
    if (isEmpty(cell)) return;
    const own = cellAttributes(cell, ref.column.type, this.isNested);
    if (own) for (const text of own) into.push(text);
    else {
      // Not what it should be, but not lost.
      const text = cellText(cell, ref.column.type);
      if (typeof cell === 'string' && /^\s*(?:\{|\[\s*\{)/.test(cell)) {
        this.sink.warn('broken-record', `column “${ref.column.name}” of ${this.where()}`);
      }
      into.push(ref.column.name, text);
    }
  }

  private readRest(attributes: Attributes, resource: Attributes): void {
    for (const { ref, rest } of this.rest) {
      const cell = this.cell(ref);
      if (isEmpty(cell)) continue;
      if (rest.kind === 'usage') {
        addUsage(cellAttributes(cell, ref.column.type, false) ?? NO_ATTRIBUTES, attributes);
      } else if (rest.kind !== 'ignored') {
        const into = rest.kind === 'resource' ? resource : attributes;
        const isObject =
          this.isNested && (typeof cell === 'object' || /^\s*[[{]/.test(String(cell)));
        const nested = isObject ? cellAttributes(cell, ref.column.type, true) : null;
        if (!nested) into.push(rest.key, cellText(cell, ref.column.type));
        else {
          for (let i = 0; i < nested.length; i += 2) {
            into.push(joinKey(rest.key, nested[i]), nested[i + 1]);
          }
        }
      }
    }
  }

  private readResource(span: Span, own: Attributes, attributes: Attributes): void {
    for (const ref of this.refs.resource ?? []) this.mergeResource(ref, own);
    const column = this.text('service') ?? '';
    const { hasPods, hasServiceInTags } = this.recognised.layout ?? {};
    const at = hasServiceInTags && column === '' ? attributes.indexOf('service.name') : -1;
    if (at >= 0 && at % 2 === 0) own.push(...attributes.splice(at, 2));
    const service = hasPods ? column.replace(POD_SUFFIX, '') : column;
    if (hasPods && column !== '') own.push('k8s.pod.name', column);
    let stated = '';
    for (let i = 0; i < own.length; i += 2) if (own[i] === 'service.name') stated = own[i + 1];
    if (stated === '' && service !== '') own.unshift('service.name', service);
    span.resource = this.shared(stated || service, own);
    // The column is what the writer's own views show.
    if (service !== '' && service !== span.resource.service) span.service = service;
  }

  private mergeResource(ref: Ref, into: Attributes): void {
    const { type } = ref.column;
    const cell = this.cell(ref);
    // OTLP's resource as a struct has its attributes one level below.
    if (type.kind === 'struct' && type.fields.some(({ name }) => name === 'attributes')) {
      if (cell === null || typeof cell !== 'object' || Array.isArray(cell)) return;
      const inner = (cell as Record<string, Cell>).attributes ?? null;
      const own = cellAttributes(inner, memberType(type, 'attributes'), this.isNested);
      if (own) for (const text of own) into.push(text);
    } else this.merge(ref, into);
  }

  private shared(service: string, attributes: Attributes): Resource {
    if (attributes.length === 0) return NO_RESOURCE;
    const key = attributes.join('\u0000');
    let resource = this.resources.get(key);
    if (!resource) {
      if (this.resources.size >= MAX_RESOURCES) this.resources.clear();
      this.resources.set(key, (resource = { service, attributes }));
    }
    return resource;
  }

  // ── Events and links ────────────────────────────────────────────────────────────────────────────────────────────────

  private nested<T>(field: Field, read: (cell: Cell, type: ColumnType) => T | null): T | null {
    const found = this.first(field);
    if (!found) return null;
    const value = read(found.cell, found.type);
    if (value === null) {
      this.sink.warn('broken-record', `column “${found.name}” of ${this.where()}`);
    }
    return value;
  }

  /** The cells of lists that run parallel; null where there are none in this row. */
  private parallel(...fields: Field[]): { cell: Cell; type: ColumnType }[] | null {
    if (!this.refs[fields[0]] && !this.refs[fields[1]]) return null;
    const found = fields.map((field) => this.first(field) ?? { cell: null, type: ANY });
    return found.some(({ cell }) => !isEmpty(cell)) ? found : null;
  }
}

const ANY: ColumnType = { kind: 'any' };

/** A key that begins with the name of its column has it once. */
function joinKey(prefix: string, key: string): string {
  if (key === '') return prefix;
  return `${prefix}.${key}`;
}

function cellsOf(sample: Batch, index: number): Cell[] {
  return Array.from({ length: sample.rows }, (_, row) => sample.columns[index][row] ?? null);
}

/** Ids in hex, base64 or as UUIDs as lower-case hex; in a column with any other, all as they are. */
function idReader(sample: Batch, indexes: readonly number[], bytes: number) {
  const isBinary = indexes.every((index) =>
    cellsOf(sample, index).every((cell) => {
      if (typeof cell !== 'string' || cell === '' || NO_PARENT.has(cell.toLowerCase())) return true;
      // A word can look like base64 without its padding.
      return /^(?:0x)?[0-9a-f]+$|^[0-9a-f-]{36}$|=$/i.test(cell) && hexId(cell, bytes) !== null;
    }),
  );
  return isBinary ? (text: string) => hexId(text, bytes) ?? text : (text: string) => text;
}
