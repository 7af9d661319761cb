/**
 * MLflow's tracking store: from 3.4 on a row per span, with the span as JSON. Before that, and for traces whose spans are
 * kept as files elsewhere, only what `trace_info` says of a trace.
 * https://github.com/mlflow/mlflow (mlflow/store/tracking/dbmodels/models.py)
 */
import { mlflowSpan } from '$lib/formats/agents/mlflow';
import { statusOf } from '$lib/formats/enums';
import { MILLISECONDS, NANOSECONDS, durationOf, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { ResourceTable } from '$lib/formats/resource-table';
import { IdReader, blankSpan, endAfter } from '$lib/formats/span-parts';
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from '$lib/model/ids';
import type { Attributes, Resource, Span } from '$lib/model/span';
import type { SpanSink } from '$lib/formats/contract';
import type { Database, Row } from './database';
import { textOfCell } from './row-text';
import type { Store } from './store';

export const MLFLOW: Store = {
  has: (database) => database.has('trace_info', 'request_id', 'timestamp_ms', 'status'),
  async read(database, sink) {
    const ids = new IdReader(sink);
    const resources = new ResourceTable();
    const hasSpans = database.has('spans', 'trace_id', 'span_id', 'content');
    if (hasSpans) {
      const columns = ['status', 'name', 'parent_span_id', 'start_time_unix_nano']
        .concat('end_time_unix_nano', 'type')
        .map((name) => `${database.optional('spans', name, 's')} AS ${name}`);
      const sql = `SELECT s.trace_id, s.span_id, s.content, ${columns.join(', ')},
        ${experiment(database)} AS experiment,
        CASE WHEN ${database.optional('spans', 'parent_span_id', 's')} IS NULL THEN ${about(database, 's.trace_id')} END AS about
        FROM spans AS s LEFT JOIN trace_info AS t ON t.request_id = s.trace_id`;
      for await (const row of database.rows('spans', sql)) {
        sink.span(readSpan(row, ids, sink, resourceOf(row, resources)));
      }
    }
    const columns = [
      'execution_time_ms',
      'request_preview',
      'response_preview',
      'client_request_id',
    ]
      .map((name) => `${database.optional('trace_info', name, 't')} AS ${name}`)
      .join(', ');
    const sql = `SELECT t.request_id, t.timestamp_ms, t.status, ${columns}, ${experiment(database)} AS experiment,
      ${about(database, 't.request_id')} AS about FROM trace_info AS t
      ${hasSpans ? 'WHERE NOT EXISTS (SELECT 1 FROM spans AS s WHERE s.trace_id = t.request_id)' : ''}`;
    for await (const row of database.rows('trace_info', sql)) {
      sink.span(readTrace(row, ids, sink, resourceOf(row, resources)));
    }
  },
};

const experiment = (database: Database) =>
  database.has('experiments', 'experiment_id', 'name')
    ? '(SELECT e.name FROM experiments AS e WHERE e.experiment_id = t.experiment_id)'
    : 'NULL';

/** Metadata and tags of a trace as one object. */
function about(database: Database, id: string): string {
  const parts: string[] = [];
  if (database.has('trace_request_metadata', 'request_id', 'key', 'value')) {
    parts.push(
      `SELECT m.key AS key, m.value AS value FROM trace_request_metadata AS m WHERE m.request_id = ${id}`,
    );
  }
  if (database.has('trace_tags', 'request_id', 'key', 'value')) {
    parts.push(
      `SELECT 'mlflow.tag.' || g.key AS key, g.value AS value FROM trace_tags AS g WHERE g.request_id = ${id}`,
    );
  }
  if (parts.length === 0) return 'NULL';
  return `(SELECT json_group_object(key, value) FROM (${parts.join(' UNION ALL ')}))`;
}

function resourceOf(row: Row, resources: ResourceTable): Resource {
  const name = textOfCell(row.experiment);
  return resources.of(name ? ['mlflow.experiment.name', name] : []);
}

/** Of the whole trace. */
function aboutOf(row: Row): Attributes {
  const attributes: Attributes = [];
  Members.parse(textOfCell(row.about) ?? '')?.restTo(attributes);
  return attributes;
}

/** What a trace's spans say themselves. */
const OF_SPANS = /tokenUsage|cost/i;

function readSpan(row: Row, ids: IdReader, sink: SpanSink, resource: Resource): Span {
  const members = Members.parse(textOfCell(row.content) ?? '');
  let span: Span;
  if (members) span = mlflowSpan(members, ids, sink);
  else {
    sink.warn('broken-record', `the content of span ${textOfCell(row.span_id)}`);
    span = blankSpan();
    span.kind = 'INTERNAL';
    span.status = statusOf(textOfCell(row.status) ?? '');
    span.startNs = timeOf(textOfCell(row.start_time_unix_nano), NANOSECONDS, sink);
    span.endNs = timeOf(textOfCell(row.end_time_unix_nano), NANOSECONDS, sink);
    const type = textOfCell(row.type);
    if (type) span.attributes = ['mlflow.spanType', type];
  }
  // The row's own words are what joins it to its trace and to its parent.
  span.traceId = traceIdOf(row.trace_id, ids);
  span.spanId = ids.of(textOfCell(row.span_id) ?? '', SPAN_ID_BYTES);
  const parent = textOfCell(row.parent_span_id);
  span.parentId = parent ? ids.of(parent, SPAN_ID_BYTES) : null;
  span.name ||= textOfCell(row.name) ?? '';
  const about = aboutOf(row);
  const own = about.filter((_, i) => !OF_SPANS.test(about[i - (i % 2)]));
  if (own.length > 0) span.attributes = [...own, ...span.attributes];
  span.resource = resource;
  return span;
}

const traceIdOf = (id: Row[string], ids: IdReader) =>
  ids.of((textOfCell(id) ?? '').replace(/^tr-/, ''), TRACE_ID_BYTES);

/** A trace whose spans are not in the database, as one span. */
function readTrace(row: Row, ids: IdReader, sink: SpanSink, resource: Resource): Span {
  const span = blankSpan();
  span.traceId = traceIdOf(row.request_id, ids);
  span.spanId = span.traceId.slice(0, 2 * SPAN_ID_BYTES);
  sink.warn('bare-trace', `trace ${textOfCell(row.request_id)}`);
  const attributes = aboutOf(row);
  const at = attributes.indexOf('mlflow.tag.mlflow.traceName');
  span.name = at >= 0 ? attributes[at + 1] : 'trace';
  span.kind = 'INTERNAL';
  span.startNs = timeOf(textOfCell(row.timestamp_ms), MILLISECONDS, sink);
  span.endNs = endAfter(span.startNs, durationOf(textOfCell(row.execution_time_ms), MILLISECONDS));
  const status = textOfCell(row.status) ?? '';
  span.status = statusOf(status);
  if (status) attributes.push('mlflow.trace.status', status);
  for (const [column, key] of [
    ['request_preview', 'mlflow.spanInputs'],
    ['response_preview', 'mlflow.spanOutputs'],
    ['client_request_id', 'mlflow.client_request_id'],
  ]) {
    const text = textOfCell(row[column]);
    if (text) attributes.push(key, text);
  }
  span.attributes = attributes;
  span.resource = resource;
  return span;
}
