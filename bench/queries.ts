/**
 * The views' own queries, and a few that people type by hand. Each is timed in the page
 * and in native DuckDB on one thread, on the same dataset.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import type { Page } from '@playwright/test';
import { join } from 'node:path';
import { DEFAULT_VIEW_STATE } from '../src/lib/state/link';
import { holdsText } from '../src/lib/queries/span-text';
import { barsQuery, lanesQuery } from '../src/lib/views/traces/common-axis/common-axis-query';
import { GROUPINGS, GROUPING_IDS } from '../src/lib/views/traces/trace-groups';
import { DEFAULT_GROUP_SORT, traceGroupsQuery } from '../src/lib/views/traces/trace-groups-query';
import {
  TRACE_FACTS,
  TRACE_LIMIT,
  traceListQuery,
  traceTimesQuery,
} from '../src/lib/views/traces/trace-list-query';
import {
  queryEventTimes,
  queryMatches,
  queryTrace,
  queryTraceHead,
  type LoadedTrace,
  type TraceHead,
} from '../src/lib/views/trace/trace-query';
import { querySpan } from '../src/lib/views/trace/detail/span-query';
import type { Dataset, Sql } from '../src/lib/engine/engine';
import { openFile, withPage } from './measure';
import type { Input } from './inputs';
import { figureQueries } from './figure-queries';
import { median } from './report';

const WARM_UPS = 1;

export interface QueryRun {
  name: string;
  rows: number;
  pageMs: number;
  nativeMs: number;
}

interface Named {
  name: string;
  sql: string;
}

/** Facts about a dataset that its queries need. */
interface Subject {
  datasetStartNs: bigint;
  datasetEndNs: bigint;
  head: TraceHead;
  spanNo: number;
}

/** Queries as people type them, which any build can run. */
export const BY_HAND: Named[] = [
  { name: 'SQL: count', sql: 'SELECT count(*) FROM spans' },
  {
    name: 'SQL: rate, errors, duration by service',
    sql: `SELECT service, count(*) AS spans, count(*) FILTER (status_code = 'ERROR') AS errors,
      quantile_cont(duration_ms, [0.5, 0.95, 0.99]) AS quantiles FROM spans GROUP BY service ORDER BY spans DESC`,
  },
  {
    name: 'SQL: calls between services',
    sql: `SELECT p.service AS caller, c.service AS callee, count(*) AS calls, quantile_cont(c.duration_ms, 0.95) AS p95
      FROM spans c JOIN spans p ON c.parent_no = p.span_no WHERE c.service <> p.service GROUP BY ALL ORDER BY calls DESC`,
  },
  {
    name: 'SQL: group by an attribute',
    sql: `SELECT attributes->>'http.route' AS route, count(*) AS n, avg(duration_ms) AS mean FROM spans GROUP BY route ORDER BY n DESC`,
  },
];

async function viewQueries({
  datasetStartNs,
  datasetEndNs,
  head,
  spanNo,
}: Subject): Promise<Named[]> {
  const list = (name: string, search: string, sort = DEFAULT_VIEW_STATE.sort): Named => ({
    name: `Trace list: ${name}`,
    sql: String(traceListQuery(sort, search ? holdsText(search) : null, datasetStartNs)),
  });
  const { signal } = new AbortController();
  const loaded = { head } as LoadedTrace;
  return [
    list('by start', ''),
    list('by duration', '', { key: 'duration', descending: true }),
    list('by name', '', { key: 'name', descending: false }),
    list('search that finds a user', 'user-1234'),
    list('search that finds nothing', 'no such text'),
    { name: 'Trace list: facts', sql: String(TRACE_FACTS) },
    {
      name: 'Trace list: over time',
      sql: String(traceTimesQuery(datasetStartNs, 10_000_000_000, null)),
    },
    ...GROUPING_IDS.map((id) => ({
      name: `Trace list: by ${GROUPINGS[id].one}`,
      sql: String(traceGroupsQuery(GROUPINGS[id], DEFAULT_GROUP_SORT, null, datasetStartNs)),
    })),
    { name: 'Common axis: traces', sql: String(lanesQuery('listed', null, datasetStartNs)) },
    { name: 'Common axis: spans', sql: String(barsQuery('listed', null, datasetStartNs)) },
    {
      name: 'Timeline: head',
      sql: await asked((engine) => queryTraceHead(engine, head.traceId, signal)),
    },
    {
      name: 'Timeline: spans',
      sql: await asked((engine) => queryTrace(engine, head, signal)),
    },
    {
      name: 'Timeline: events',
      sql: await asked((engine) => queryEventTimes(engine, loaded, signal)),
    },
    {
      name: 'Timeline: find',
      sql: await asked((engine) => queryMatches(engine, loaded, 'user-1', signal)),
    },
    ...figureQueries(datasetStartNs, datasetEndNs),
    { name: 'Detail of a span', sql: await asked((engine) => querySpan(engine, spanNo, signal)) },
  ];
}

/** The first query that a view's function sends to an engine. */
async function asked(ask: (engine: Dataset) => Promise<unknown>): Promise<string> {
  let sql: string | null = null;
  const stop = new Error('asked');
  const query = (text: string | Sql) => {
    sql = String(text);
    return Promise.reject(stop);
  };
  await ask({ query } as Partial<Dataset> as Dataset).catch((error: unknown) => {
    if (error !== stop) throw error;
  });
  if (sql === null) throw new Error('The view asked nothing.');
  return sql;
}

/** Opens the input in the page, saves it as a dataset, and queries both engines. @param folder for the dataset */
export async function measureQueries(
  url: string,
  input: Input,
  folder: string,
  runs: number,
): Promise<QueryRun[]> {
  return withPage(url, async (page, browser) => {
    await openFile(page, input.path);
    const watch = browser.watch();
    await watch.idle();
    watch.stop();

    const path = join(folder, `${input.name}.duckdb`);
    await page.getByRole('button', { name: `${input.name}.json` }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as .duckdb' }).click();
    await (await download).saveAs(path);

    const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY', threads: '1' });
    const native = await instance.connect();
    try {
      const subject = await subjectOf(async (sql) =>
        (await native.runAndReadAll(sql)).getRowObjects(),
      );
      const measured: QueryRun[] = [];
      for (const { name, sql } of [...(await viewQueries(subject)), ...BY_HAND]) {
        const nativeTimes: number[] = [];
        let nativeRows = 0;
        for (let i = 0; i < runs + WARM_UPS; i++) {
          const startMs = performance.now();
          nativeRows = (await native.runAndReadAll(sql)).currentRowCount;
          nativeTimes.push(performance.now() - startMs);
        }
        const inPage = await timeQuery(page, sql, runs);
        if (inPage.rows !== nativeRows) {
          throw new Error(
            `${name}: ${inPage.rows} rows in the page, ${nativeRows} in native DuckDB`,
          );
        }
        measured.push({
          name,
          rows: nativeRows,
          pageMs: inPage.medianMs,
          nativeMs: median(nativeTimes.slice(WARM_UPS)),
        });
      }
      return measured;
    } finally {
      native.closeSync();
      instance.closeSync();
    }
  });
}

/** Time from query to answer as seen by the page: to the worker and back, without creating row objects. */
export async function timeQuery(
  page: Page,
  sql: string,
  runs: number,
): Promise<{ medianMs: number; rows: number }> {
  const { elapsed, rows } = await page.evaluate(
    async ([text, times, limit]) => {
      const elapsed: number[] = [];
      let rows = 0;
      for (let i = 0; i < times; i++) {
        const startMs = performance.now();
        const answer = await window.spanlight.query(text, { limit, timeoutMs: 300_000 });
        elapsed.push(window.probe.workerAt - startMs);
        rows = answer.rowCount;
      }
      return { elapsed, rows };
    },
    [sql, runs + WARM_UPS, TRACE_LIMIT] as const,
  );
  return { medianMs: median(elapsed.slice(WARM_UPS)), rows };
}

async function subjectOf(
  ask: (sql: string) => Promise<Record<string, unknown>[]>,
): Promise<Subject> {
  const [dataset] = await ask('SELECT min(start_time) AS start, max(end_time) AS last FROM traces');
  const [trace] = await ask(
    'SELECT trace_id, start_time, end_time, span_count, root_span_no FROM traces ORDER BY span_count DESC, trace_id LIMIT 1',
  );
  const startNs = trace.start_time as bigint;
  const endNs = trace.end_time as bigint;
  return {
    datasetStartNs: dataset.start as bigint,
    datasetEndNs: dataset.last as bigint,
    spanNo: Number(trace.root_span_no),
    head: {
      traceId: String(trace.trace_id),
      startNs,
      endNs,
      spanCount: Number(trace.span_count),
      workflow: null,
      correlationId: null,
      sessionId: null,
      inputTokens: null,
      outputTokens: null,
      cost: null,
    },
  };
}
