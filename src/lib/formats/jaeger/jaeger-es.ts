/**
 * Jaeger's spans as stored in Elasticsearch and OpenSearch: documents, exports with `_source`, or the response of a search.
 * https://github.com/jaegertracing/jaeger/blob/main/internal/storage/v1/elasticsearch/spanstore/internal/dbmodel/model.go
 */
import { recordFormat } from '$lib/formats/records';
import { KnownValues } from '$lib/json/known-values';
import { parseProcess } from './jaeger-json';
import { JaegerSpanReader } from './jaeger-span';

export const jaegerEs = recordFormat({
  id: 'jaeger-es',
  label: 'Jaeger Elasticsearch documents',
  around: [['_source'], ['hits', 'hits', '_source']],
  // The index repeats the start, for searching.
  isRecord: (value) =>
    typeof value.traceID === 'string' &&
    typeof value.spanID === 'string' &&
    'startTimeMillis' in value,
  reader: (walk) => {
    const processes = new KnownValues((json) => parseProcess(json, walk));
    const spans = new JaegerSpanReader(walk, (json) => processes.read(json));
    return (json) => [spans.read(json)];
  },
});
