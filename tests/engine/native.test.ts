/** The views' figures, of the page's engine and of native DuckDB over the same file: every query, every cell. */
import { engineOverDemo, engineOverFile, type Asked } from '../support/open-engine';
import { DuckDBInstance } from '@duckdb/node-api';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from '$lib/engine/engine';
import { traceGroupsQuery, DEFAULT_GROUP_SORT } from '$lib/views/traces/trace-groups-query';
import { GROUPINGS, GROUPING_IDS } from '$lib/views/traces/trace-groups';
import { traceListQuery } from '$lib/views/traces/trace-list-query';
import { DEFAULT_VIEW_STATE } from '$lib/state/link';
import { describe, expect, test } from 'vitest';
import { figureQueries } from '../../bench/figure-queries';
import { CORPUS } from '../support/paths';

const FILES = [
  'otlp-json/jaeger--otel_traces_01.json',
  'otlp-jsonl/robotframework-trace-report--all_types_trace.json',
  'jaeger/docker-buildx--jaeger.json',
  'jaeger/crisp--case24.json',
  'zipkin-v2/zipkin--messaging.json',
  'zipkin-v2/zipkin--yelp.json',
];

const SOURCES: [name: string, open: () => Promise<Asked>][] = [
  ['the demo', engineOverDemo],
  ...FILES.filter((file) => existsSync(join(CORPUS, file))).map(
    (file): [string, () => Promise<Asked>] => [file, () => engineOverFile(join(CORPUS, file))],
  ),
];

/** Sums of doubles may differ in their last digits: twelve are compared. */
const rounded = (row: unknown): string =>
  String(row).replace(/-?\d+\.\d+(e[-+]?\d+)?/g, (number) =>
    String(Number(Number(number).toPrecision(12))),
  );

describe.each(SOURCES)('%s', (_, open) => {
  test('every query has the same answer', async () => {
    const page = await open();
    const folder = mkdtempSync(join(tmpdir(), 'spanlight-'));
    const path = join(folder, 'saved.duckdb');
    writeFileSync(path, new Uint8Array(await (await page.save()).arrayBuffer()));
    const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY', threads: '1' });
    const native = await instance.connect();
    try {
      const times = (
        await page.query('SELECT min(start_time) AS first, max(end_time) AS last FROM spans')
      ).row(0) as { first: bigint; last: bigint };
      const queries = [
        ...figureQueries(times.first, times.last),
        ...GROUPING_IDS.map((id) => ({
          name: `groups by ${id}`,
          sql: String(traceGroupsQuery(GROUPINGS[id], DEFAULT_GROUP_SORT, sql`true`, times.first)),
        })),
        {
          name: 'list',
          sql: String(traceListQuery(DEFAULT_VIEW_STATE.sort, null, times.first)),
        },
      ];
      for (const { name, sql: text } of queries) {
        // A row as the engine's own text, in an order that ties can't change.
        const compared = `SELECT answer::VARCHAR AS line FROM (\n${text}\n) AS answer ORDER BY line`;
        const wanted = (await native.runAndReadAll(compared)).getRowObjects();
        const asked = await page.query(compared, { limit: 100_000 });
        expect(
          asked.rows().map(({ line }) => rounded(line)),
          name,
        ).toEqual(wanted.map(({ line }) => rounded(line)));
      }
    } finally {
      native.closeSync();
      instance.closeSync();
      rmSync(folder, { recursive: true });
    }
  });
});
