/**
 * SQL that people already have: every example of Flock's dashboard and guide, and of the documents written for it, letter
 * by letter, with what it must return. Some of them fail on Flock's own table.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineOverSpans, type Asked } from '../support/open-engine';
import type { Span } from '$lib/model/span';
import { EPOCH_NS, id, span } from '../support/spans';

const MS = 1_000_000n;
const TRACES = ['a', 'b', 'c'].map((letter) => letter.repeat(32));

/** Flock's spans: a workflow, in it an agent that calls its engine; the third workflow fails, and is slow. */
const SPANS: Span[] = TRACES.flatMap((traceId, i) => {
  const startNs = EPOCH_NS + BigInt(i) * 60_000n * MS;
  const slow = i === 2 ? 100n : 1n;
  const common = { traceId, resource: { service: 'flock-auto-trace', attributes: [] } };
  return [
    span({
      ...common,
      spanId: id(i * 3),
      name: i === 0 ? 'pizza_workflow' : 'essay_workflow',
      service: i === 0 ? 'pizza_workflow' : 'essay_workflow',
      operation: i === 0 ? 'pizza_workflow' : 'essay_workflow',
      startNs,
      endNs: startNs + 30n * slow * MS,
      status: i === 2 ? 'ERROR' : 'OK',
      attributes: ['flock.workflow', 'true', 'workflow.name', i === 0 ? 'pizza' : 'essay'],
    }),
    span({
      ...common,
      spanId: id(i * 3 + 1),
      parentId: id(i * 3),
      name: 'Agent.execute',
      service: 'Agent',
      operation: 'execute',
      startNs: startNs + MS,
      endNs: startNs + 21n * slow * MS,
      attributes: ['agent.name', 'critic', 'correlation_id', `c-${i}`],
    }),
    span({
      ...common,
      spanId: id(i * 3 + 2),
      parentId: id(i * 3 + 1),
      name: 'DSPyEngine.evaluate',
      service: 'DSPyEngine',
      operation: 'evaluate',
      startNs: startNs + 2n * MS,
      endNs: startNs + 12n * slow * MS,
      status: i === 2 ? 'ERROR' : 'OK',
      attributes: ['output.value', '{"score": 3}'],
    }),
  ];
});

let engine: Asked;
beforeAll(async () => {
  engine = await engineOverSpans(SPANS);
});

async function ask(sql: string): Promise<Record<string, unknown>[]> {
  return (await engine.query(sql)).rows();
}

const SERVICES = ['Agent', 'DSPyEngine', 'essay_workflow', 'pizza_workflow'];

describe('the dashboard’s buttons', () => {
  test('All, which is also what the editor begins with', async () => {
    const rows = await ask('SELECT * FROM spans LIMIT 10');
    expect(rows).toHaveLength(9);
    expect(rows[1]).toMatchObject({
      name: 'Agent.execute',
      service: 'Agent',
      service_name: 'Agent',
      duration_ms: 20,
    });
    // What Flock's table has comes first, and the names that only SQL of old needs come last.
    const names = Object.keys(rows[0]);
    expect(names.slice(0, 5)).toEqual(['span_no', 'trace_id', 'span_id', 'parent_id', 'name']);
    expect(names.slice(-3)).toEqual(['service_name', 'timestamp', 'created_at']);
  });

  test('By Service', async () => {
    const rows = await ask('SELECT service_name, COUNT(*) FROM spans GROUP BY service_name');
    const counts = rows.map((row) => [row.service_name, Number(row['count_star()'])]);
    expect(counts.sort()).toEqual(SERVICES.map((name, i) => [name, [3, 3, 2, 1][i]]));
  });

  test('Errors', async () => {
    const rows = await ask("SELECT * FROM spans WHERE status_code = 'ERROR'");
    expect(rows.map(({ name }) => name)).toEqual(['essay_workflow', 'DSPyEngine.evaluate']);
  });

  test('Avg Duration', async () => {
    const rows = await ask(
      'SELECT service_name, AVG(duration_ms) FROM spans GROUP BY service_name',
    );
    const means = rows.map((row) => [row.service_name, row['avg(duration_ms)']]);
    expect(means.sort()).toEqual([
      ['Agent', (20 + 20 + 2099) / 3],
      ['DSPyEngine', (10 + 10 + 1198) / 3],
      ['essay_workflow', (30 + 3000) / 2],
      ['pizza_workflow', 30],
    ]);
  });

  test('the editor’s placeholder', async () => {
    expect(
      await ask("SELECT * FROM spans WHERE service_name = 'my-service' LIMIT 100"),
    ).toHaveLength(0);
    expect(await ask("SELECT * FROM spans WHERE service_name = 'Agent' LIMIT 100")).toHaveLength(3);
  });
});

describe('the dashboard’s guide', () => {
  test('Find slow operations', async () => {
    expect(
      await ask(
        'SELECT service_name, name, duration_ms FROM spans WHERE duration_ms > 1000 ORDER BY duration_ms DESC LIMIT 10',
      ),
    ).toEqual([
      { service_name: 'essay_workflow', name: 'essay_workflow', duration_ms: 3000 },
      { service_name: 'Agent', name: 'Agent.execute', duration_ms: 2099 },
      { service_name: 'DSPyEngine', name: 'DSPyEngine.evaluate', duration_ms: 1198 },
    ]);
  });

  test('Error rate by service', async () => {
    const rows = await ask(
      "SELECT service_name, COUNT(*) as total, SUM(CASE WHEN status_code = 'ERROR' THEN 1 ELSE 0 END) as errors FROM spans GROUP BY service_name",
    );
    const rates = rows.map((row) => [row.service_name, Number(row.total), Number(row.errors)]);
    expect(rates.sort()).toEqual([
      ['Agent', 3, 0],
      ['DSPyEngine', 3, 1],
      ['essay_workflow', 2, 1],
      ['pizza_workflow', 1, 0],
    ]);
  });

  test('Recent traces', async () => {
    const rows = await ask(
      'SELECT DISTINCT trace_id, MIN(timestamp) as start_time FROM spans GROUP BY trace_id ORDER BY start_time DESC LIMIT 20',
    );
    expect(rows.map(({ trace_id }) => trace_id)).toEqual([...TRACES].reverse());
    const [{ at }] = await ask(
      "SELECT strftime(min(timestamp), '%Y-%m-%d %H:%M:%S.%f') AS at FROM spans",
    );
    expect(at).toBe('2025-10-09 08:53:20.000000');
  });

  test('Operation hotspots', async () => {
    const rows = await ask(
      'SELECT name, COUNT(*) as call_count, AVG(duration_ms) as avg_duration FROM spans GROUP BY name ORDER BY call_count DESC LIMIT 10',
    );
    expect(rows.map((row) => [row.name, Number(row.call_count), row.avg_duration])).toEqual(
      expect.arrayContaining([
        ['Agent.execute', 3, (20 + 20 + 2099) / 3],
        ['pizza_workflow', 1, 30],
      ]),
    );
    expect(rows).toHaveLength(4);
  });
});

describe('the documents', () => {
  test('How many traces stored?', async () => {
    expect(await ask('SELECT COUNT(*) FROM traces')).toEqual([{ 'count_star()': 3n }]);
  });

  test('Find all workflow traces', async () => {
    const rows = await ask(`
    SELECT
        trace_id,
        json_extract(attributes, '$.workflow.name') as workflow_name,
        COUNT(*) as span_count,
        MIN(start_time) as start_time,
        MAX(end_time) as end_time,
        (MAX(end_time) - MIN(start_time)) / 1000000.0 as duration_ms
    FROM spans
    WHERE json_extract(attributes, '$.flock.workflow') = 'true'
    GROUP BY trace_id
    ORDER BY start_time DESC
`);
    expect(rows.map((row) => [row.trace_id, row.workflow_name, row.duration_ms])).toEqual([
      [TRACES[2], 'essay', 3000],
      [TRACES[1], 'essay', 30],
      [TRACES[0], 'pizza', 30],
    ]);
    expect(rows[2].start_time).toBe(EPOCH_NS);
  });

  test('Find Slowest Workflows', async () => {
    const rows = await ask(`SELECT
    json_extract(attributes, '$.workflow.name') as workflow,
    AVG((end_time - start_time) / 1000000.0) as avg_duration_ms,
    COUNT(*) as executions
FROM spans
WHERE name LIKE '%workflow%'
  AND json_extract(attributes, '$.flock.workflow') = 'true'
GROUP BY workflow
ORDER BY avg_duration_ms DESC
LIMIT 10`);
    expect(rows).toEqual([
      { workflow: 'essay', avg_duration_ms: 1515, executions: 2n },
      { workflow: 'pizza', avg_duration_ms: 30, executions: 1n },
    ]);
  });

  test('the spans of a trace, in their order', async () => {
    expect(
      await ask(`
    SELECT name, parent_id
    FROM spans
    WHERE trace_id = '${TRACES[0]}'
    ORDER BY start_time
`),
    ).toEqual([
      { name: 'pizza_workflow', parent_id: null },
      { name: 'Agent.execute', parent_id: id(0) },
      { name: 'DSPyEngine.evaluate', parent_id: id(1) },
    ]);
  });

  test('what Flock’s exporter and its server ask', async () => {
    expect(
      await ask(`SELECT
    trace_id, span_id, parent_id, name, service, operation, kind, start_time, end_time, duration_ms,
    status_code, status_description, attributes, events, links, resource
FROM spans
ORDER BY start_time DESC`),
    ).toHaveLength(9);
    const services = await ask('SELECT DISTINCT service FROM spans ORDER BY service');
    expect(services.map(({ service }) => service)).toEqual(SERVICES);
    expect(
      await ask('SELECT MIN(start_time) AS oldest, COUNT(DISTINCT trace_id) AS n FROM spans'),
    ).toEqual([{ oldest: EPOCH_NS, n: 3n }]);
    expect(
      await ask(
        `SELECT count(*) AS n FROM spans WHERE created_at < TIMESTAMP '2025-10-09 08:54:00'`,
      ),
    ).toEqual([{ n: 3n }]);
  });
});

describe('JSON spellings on attributes', () => {
  test.each([
    [`json_extract_string(attributes, '$."workflow.name"')`],
    [`json_extract(attributes, '$."workflow.name"')`],
    [`json_extract(attributes, '$.workflow.name')`],
    [`json_extract(attributes, '$["workflow.name"]')`],
    [`json_extract_string(attributes, 'workflow.name')`],
    [`attributes->>'workflow.name'`],
    [`attributes ->> 'workflow.name'`],
    [`attributes['workflow.name']`],
  ])('%s', async (expression) => {
    const rows = await ask(`SELECT ${expression} AS name FROM spans ORDER BY span_no`);
    expect(rows.slice(0, 4).map(({ name }) => name)).toEqual(['pizza', null, null, 'essay']);
    expect(await ask(`SELECT count(*) AS n FROM spans WHERE ${expression} = 'essay'`)).toEqual([
      { n: 2n },
    ]);
  });

  test('json_keys and json_exists', async () => {
    expect(
      await ask(`SELECT json_keys(attributes) AS keys, json_exists(attributes, '$.flock.workflow') AS has
        FROM spans WHERE span_no < 2 ORDER BY span_no`),
    ).toEqual([
      { keys: ['flock.workflow', 'workflow.name'], has: true },
      { keys: ['agent.name', 'correlation_id'], has: false },
    ]);
  });
});

test('columns that are computed when read can be used like any other', async () => {
  const kept = "FROM spans WHERE duration_ms = 20 AND service_name = 'Agent'";
  expect(await ask(`SELECT duration_ms, count(*) AS n ${kept} GROUP BY duration_ms`)).toEqual([
    { duration_ms: 20, n: 2n },
  ]);
  expect(
    await ask(
      `SELECT service_name, duration_ms, count(*) AS n ${kept} GROUP BY ALL HAVING max(duration_ms) > 1`,
    ),
  ).toEqual([{ service_name: 'Agent', duration_ms: 20, n: 2n }]);
  expect(
    await ask(`SELECT s.duration_ms, p.self_time_ms, rank() OVER (ORDER BY s.duration_ms) AS r
      FROM spans s JOIN spans p ON s.parent_no = p.span_no WHERE s.service_name = 'Agent' ORDER BY s.duration_ms DESC LIMIT 1`),
  ).toEqual([{ duration_ms: 2099, self_time_ms: 901, r: 3n }]);
  expect(await ask(`SELECT timestamp, created_at ${kept} ORDER BY timestamp LIMIT 1`)).toHaveLength(
    1,
  );
});

describe('columns beside a GROUP BY', () => {
  test('are any value of the group, and say so in their name', async () => {
    const rows = await ask('SELECT trace_id, upper(kind) FROM spans GROUP BY trace_id');
    expect(rows).toHaveLength(3);
    expect(rows[0]).toEqual({ trace_id: expect.any(String), 'upper(any_value(kind))': 'INTERNAL' });
  });

  test.each([
    ['SELECT trace_id, service FROM spans GROUP BY trace_id', 3],
    ['SELECT s.trace_id, upper(s.service), "name" FROM spans s GROUP BY s.trace_id', 3],
    ['SELECT trace_id, max(name) FROM spans GROUP BY trace_id ORDER BY start_time', 3],
    ['WITH t AS (\n SELECT trace_id, name\n FROM spans GROUP BY 1\n)\nSELECT * FROM t', 3],
    [`SELECT '${'ä'.repeat(200)}' AS long, trace_id, name FROM spans GROUP BY trace_id`, 3],
    ['EXPLAIN SELECT trace_id, service FROM spans GROUP BY trace_id', 1],
  ])('%s', async (sql, rows) => {
    expect(await ask(sql)).toHaveLength(rows);
  });

  test.each([
    ['SELECT trace_id, nothing FROM spans GROUP BY trace_id', /"nothing" not found/],
    ['SELECT name, nothing FROM spans GROUP BY trace_id', /"nothing" not found/],
    ['SELECT * FROM spans GROUP BY trace_id', /must appear/],
    ['SELECT name, count(*) FROM spans', /must appear/],
  ])('%s fails as the engine says it', async (sql, message) => {
    await expect(ask(sql)).rejects.toThrow(message);
  });
});
