/** The queries of Statistics, RED Metrics and Dependencies, and the filter's count, as these views make them. */
import { sql, type Sql } from '../src/lib/engine/engine';
import { NO_FILTER, parseTerm } from '../src/lib/model/filter';
import { whereOf } from '../src/lib/queries/filter-sql';
import {
  edgesQuery,
  nodesQuery,
  pairsQuery,
  type EdgeKind,
  type Level,
} from '../src/lib/views/dependencies/dependency-query';
import { bucketLength, bucketsOver, type Range } from '../src/lib/views/red/buckets';
import {
  differencesQuery,
  heatmapQuery,
  regionCondition,
} from '../src/lib/views/red/heatmap/heatmap-query';
import {
  curvesQuery,
  errorsQuery,
  operationsQuery,
  seriesQuery,
  servicesQuery,
  totalQuery,
} from '../src/lib/views/red/red-query';
import {
  keyTableQuery,
  valueTableQuery,
} from '../src/lib/views/statistics/attributes/attributes-query';
import {
  figuresQuery,
  spreadQuery,
  type Grouping,
} from '../src/lib/views/statistics/groups/figures-query';
import type { KeyFacts } from '../src/lib/views/statistics/attributes/key-query';
import { parseSpanKey } from '../src/lib/views/statistics/spans/span-key';
import { orderQuery } from '../src/lib/views/statistics/spans/spans-query';
import { workflowsQuery } from '../src/lib/views/statistics/workflows/workflows-query';
import { comparisonSql } from '../src/lib/views/trace/detail/comparison-query';

/** Charts of a wide screen. */
const CHART_PX = 1_000;
const ALL = sql`true`;
/** No attribute of the benchmark's files is too long for the index. */
const NONE: ReadonlySet<string> = new Set();

const where = (...terms: string[]): Sql =>
  whereOf({ ...NO_FILTER, terms: terms.map((term) => parseTerm(term)!) });
const text = (needle: string): Sql => whereOf({ ...NO_FILTER, text: needle });

/** Names with SQL. @param startNs first start, @param endNs last end of the dataset, epoch nanoseconds. */
export function figureQueries(startNs: bigint, endNs: bigint): { name: string; sql: string }[] {
  const range: Range = { startNs, endNs, lengthNs: Number(endNs - startNs) };
  const buckets = bucketsOver(range, bucketLength(range, CHART_PX));
  const middleNs = startNs + (endNs - startNs) / 2n;
  const selected = regionCondition({
    time: { startNs: middleNs, endNs },
    minNs: 20_000_000,
    maxNs: 1_000_000_000,
  });
  const count = (condition: Sql) => sql`SELECT count(*) AS spans FROM spans WHERE ${condition}`;
  const figures = (grouping: Grouping, condition = ALL) =>
    figuresQuery({
      grouping,
      rowKeys: NONE,
      where: condition,
      sort: { column: 'total_ns', descending: true },
      find: '',
    });
  const operations: Grouping = { fields: ['service', 'operation'], by: null };
  const services: Grouping = { fields: ['service'], by: null };
  const byRoute: Grouping = { ...services, by: parseSpanKey('@http.route') };
  const route: KeyFacts = {
    source: 'attributes',
    key: 'http.route',
    type: 'text',
    hasLong: false,
    minimum: null,
    maximum: null,
  };
  const calls = { level: 'services' as Level, where: ALL, inside: false };
  const call: EdgeKind = 'call';
  const end = (name: string) => ({ name, operation: null });

  const all: [string, Sql][] = [
    ['Filter: service', count(where('service=cart'))],
    ['Filter: attribute equals', count(where('@user.id=user-1234'))],
    ['Filter: attribute contains', count(where('@http.route~check'))],
    ['Filter: attribute exists', count(where('@http.route?'))],
    ['Filter: text', count(text('user-1234'))],
    ['Filter: text of an attribute', count(text('user.id=user-1234'))],
    ['Filter: text that most spans hold', count(text('get'))],
    ['Filter: text that nothing holds', count(text('no such text'))],
    ['Statistics: operations', figures(operations)],
    ['Statistics: operations, of errors', figures(operations, where('status=ERROR'))],
    [
      'Statistics: operations, durations',
      spreadQuery({ grouping: operations, rowKeys: NONE, where: ALL }),
    ],
    ['Statistics: services', figures(services)],
    ['Statistics: services by an attribute', figures(byRoute)],
    [
      'Statistics: order of all spans',
      orderQuery({
        columns: [],
        where: ALL,
        sort: { column: 'duration_ns', descending: true },
        find: '',
      }),
    ],
    [
      'Statistics: keys',
      keyTableQuery({ where: null, sort: { column: 'spans', descending: true }, find: '' }),
    ],
    [
      'Statistics: keys, of a service',
      keyTableQuery({
        where: where('service=cart'),
        sort: { column: 'spans', descending: true },
        find: '',
      }),
    ],
    [
      'Statistics: values of an attribute',
      valueTableQuery({
        facts: route,
        where: ALL,
        sort: { column: 'spans', descending: true },
        find: '',
      }),
    ],
    [
      'Statistics: workflows',
      workflowsQuery({ where: null, sort: { column: 'runs', descending: true }, find: '' }),
    ],
    ['RED: all', totalQuery(ALL, range)],
    ['RED: services', servicesQuery(ALL, range)],
    ['RED: operations of a service', operationsQuery(ALL, range, ['cart'])],
    ['RED: series', seriesQuery(ALL, buckets)],
    ['RED: errors by what they say', errorsQuery(ALL, buckets)],
    ['RED: curves of services', curvesQuery(ALL, bucketsOver(range, bucketLength(range, 160)))],
    ['RED: heatmap', heatmapQuery(ALL, buckets)],
    ['RED: what is different', differencesQuery(ALL, selected)],
    ['Dependencies: services', edgesQuery(call, calls)],
    ['Dependencies: operations', edgesQuery(call, { ...calls, level: 'operations' })],
    [
      'Dependencies: operations, calls inside a service too',
      edgesQuery(call, { ...calls, level: 'operations', inside: true }),
    ],
    ['Dependencies: peers', edgesQuery('peer', calls)],
    ['Dependencies: links', edgesQuery('link', calls)],
    ['Dependencies: pairs of an edge', pairsQuery(call, end('frontend'), end('cart'), ALL)],
    ['Timeline: how a span compares', comparisonSql('cart', 'Get', 20_000_000n)],
  ];
  const nodes = nodesQuery(calls);
  if (nodes) all.push(['Dependencies: nodes', nodes]);
  return all.map(([name, query]) => ({ name, sql: String(query) }));
}
