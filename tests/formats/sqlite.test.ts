/** SQLite databases, each made of SQL text: tables of spans, and those of tools in all their generations. */
import { describe, expect, it } from 'vitest';
import { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { CachedBlocks } from '$lib/formats/sqlite/blob-bytes';
import { sqlite } from '$lib/formats/sqlite/sqlite';
import { INVALID_NS } from '$lib/model/span';
import { asObject, countsOf, readFormat } from '../support/read-format';
import { sqliteFile } from '../support/sqlite';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const ROOT = 'b7ad6b7169203331';
const CHILD = '00f067aa0ba902b7';
const SPANS = `CREATE TABLE spans (trace_id TEXT, span_id TEXT PRIMARY KEY, parent_span_id TEXT, name TEXT,
  start_time_ns INTEGER, end_time_ns INTEGER, attributes JSON, ratio REAL);`;

const read = (sql: string, isLogged = false) => readFormat(sqliteFile(sql, isLogged), 'x.db');

/** The code and the message that a file is refused with. */
async function refusal(bytes: Uint8Array): Promise<{ code: string; message: string }> {
  const source = new Source(new Input('x.db', new Blob([bytes as BlobPart])));
  return sqlite.read(source, { span: () => undefined, warn: () => undefined }).then(
    () => ({ code: 'none', message: '' }),
    (error: { code: string; message: string }) => error,
  );
}

describe('a table of spans', () => {
  it('is read by the names of its columns, to the nanosecond', async () => {
    const { format, spans, diagnostics } = await read(
      `${SPANS} INSERT INTO spans VALUES
        ('${TRACE}', '${ROOT}', NULL, 'root', 1700000000000000001, 1700000000000000009, '{"a":1,"b":"x"}', 0.1),
        ('${TRACE}', '${CHILD}', '${ROOT}', 'child', 1700000000000000002, NULL, NULL, NULL);`,
    );
    expect(format).toBe('sqlite');
    expect(spans).toMatchObject([
      { traceId: TRACE, spanId: ROOT, parentId: null, name: 'root' },
      { spanId: CHILD, parentId: ROOT, endNs: null },
    ]);
    expect(spans[0].startNs).toBe(1_700_000_000_000_000_001n);
    expect(spans[0].endNs).toBe(1_700_000_000_000_000_009n);
    expect(asObject(spans[0].attributes)).toEqual({ a: '1', b: 'x', ratio: '0.1' });
    expect(diagnostics).toEqual({});
  });

  it('is read beside others, which are told, and not its logs', async () => {
    const { spans, diagnostics } = await read(
      `${SPANS} CREATE TABLE logs (trace_id TEXT, span_id TEXT, timestamp INTEGER, body TEXT);
       CREATE TABLE "odd ""name""" (x, y);
       INSERT INTO spans VALUES ('${TRACE}', '${ROOT}', NULL, 'root', 1700000000000000001, 1700000000000000009, NULL, NULL);
       INSERT INTO logs VALUES ('${TRACE}', '${ROOT}', 1700000000000000002, 'hello');`,
    );
    expect(spans.map(({ name }) => name)).toEqual(['root']);
    expect(diagnostics['skipped-table']).toEqual({ count: 2, example: '“logs”' });
  });

  it('may have ids of bytes and binary JSON', async () => {
    const { spans } = await read(
      `${SPANS} INSERT INTO spans VALUES (x'${TRACE}', x'${ROOT}', NULL, 'root', 1700000000000000001,
        1700000000000000009, jsonb('{"a":[1,2]}'), NULL);`,
    );
    expect(spans).toMatchObject([{ traceId: TRACE, spanId: ROOT, attributes: ['a', '[1,2]'] }]);
  });

  it('is read without its write-ahead log, which is told', async () => {
    const { spans, diagnostics } = await read(
      `${SPANS} INSERT INTO spans VALUES ('${TRACE}', '${ROOT}', NULL, 'root', 1700000000000000001, 1700000000000000009, NULL, NULL);`,
      true,
    );
    expect(spans).toHaveLength(1);
    expect(diagnostics).toEqual({ 'missing-wal': { count: 1, example: 'x.db' } });
  });

  it('is read in batches', async () => {
    const { spans } = await read(
      `${SPANS} WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
       INSERT INTO spans SELECT '${TRACE}', printf('%016x', i + 1), NULL, 'span ' || i, 1700000000000000000 + i,
         1700000000000000001 + i, NULL, NULL FROM n;`,
    );
    expect(spans).toHaveLength(10_000);
    expect(spans[9_999]).toMatchObject({ name: 'span 9999', startNs: 1_700_000_000_000_009_999n });
  });

  it('without ids asks what its columns are', async () => {
    const error = await refusal(
      sqliteFile('CREATE TABLE spans (name TEXT, start_time INTEGER, end_time INTEGER, cost REAL)'),
    );
    expect(error).toMatchObject({
      code: 'needs-mapping',
      message: expect.stringContaining('name, start_time, end_time, cost'),
    });
  });
});

describe('a database that can’t be read', () => {
  const whole = () =>
    sqliteFile(
      `${SPANS} WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
       INSERT INTO spans SELECT '${TRACE}', printf('%016x', i + 1), NULL, 'span ' || i, 1700000000000000000 + i,
         1700000000000000001 + i, NULL, NULL FROM n;`,
    );

  it('keeps what was whole of one that was cut short', async () => {
    const bytes = whole();
    const { spans, diagnostics } = await readFormat(bytes.slice(0, bytes.length / 2), 'x.db');
    expect(spans.length).toBeGreaterThan(100);
    expect(spans.length).toBeLessThan(5000);
    expect(spans[99].name).toBe('span 99');
    expect(diagnostics.truncated?.count).toBe(2);
  });

  it('says what is wrong', async () => {
    const bytes = whole();
    expect(await refusal(bytes.slice(0, 60))).toMatchObject({
      code: 'broken-file',
      message: expect.stringContaining('ends within its header'),
    });
    const sized = bytes.slice();
    sized.set([0x03, 0xe9], 16);
    expect(await refusal(sized)).toMatchObject({
      code: 'broken-file',
      message: expect.stringContaining('a page size of 1001 bytes'),
    });
    // As SQLCipher leaves it where the header stays plain.
    const encrypted = bytes.slice();
    for (let i = 100; i < encrypted.length; i++) encrypted[i] = (i * 7919 + (i >> 8) * 31) & 0xff;
    expect(await refusal(encrypted)).toMatchObject({ code: 'broken-file' });
    expect(await refusal(sqliteFile('VACUUM'))).toMatchObject({
      code: 'empty-file',
      message: expect.stringContaining('no table'),
    });
  });
});

describe('Flujo', () => {
  const RUNS = `CREATE TABLE runs (run_id TEXT PRIMARY KEY, pipeline_id TEXT, pipeline_name TEXT, pipeline_version TEXT,
      status TEXT, created_at TEXT, updated_at TEXT, execution_time_ms INTEGER, total_steps INTEGER, error_message TEXT,
      end_time TEXT, total_cost REAL);`;
  const ROWS = `CREATE TABLE spans (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, span_id TEXT NOT NULL,
      parent_span_id TEXT, name TEXT NOT NULL, start_time REAL NOT NULL, end_time REAL, status TEXT NOT NULL,
      attributes TEXT, created_at TEXT NOT NULL);`;
  const run = (id: string, status = 'completed', error = 'NULL') =>
    `INSERT INTO runs VALUES ('${id}', 'p1', 'billing', '1.2', '${status}', '2025-08-01T12:00:00.5+00:00',
      '2025-08-01T12:00:09+00:00', 2500, 2, ${error}, NULL, 0.25);`;
  const CREATED = 1_754_049_600_500_000_000n;

  it('reads rows by the clock that does not know the date, with runs, steps and evaluations', async () => {
    const { spans, diagnostics } = await read(
      `${RUNS} ${ROWS} CREATE TABLE steps (id INTEGER PRIMARY KEY, run_id TEXT, step_name TEXT, step_index INTEGER,
         status TEXT, output TEXT, cost_usd REAL, token_counts INTEGER, execution_time_ms INTEGER, created_at TEXT);
       CREATE TABLE evaluations (id INTEGER PRIMARY KEY, run_id TEXT, step_name TEXT, score REAL, feedback TEXT,
         metadata TEXT, created_at TEXT);
       ${run('r1', 'failed', "'out of money'")}
       INSERT INTO spans VALUES
         (1, 'r1', 'a', NULL, 'pipeline_run', 715332.598, 715335.1, 'failed', '{"flujo.input":"hi"}', ''),
         (2, 'r1', 'b', 'a', 'ask', 715332.6, NULL, 'running', '{"flujo.step.type":"Step","flujo.attempt_number":2}', '');
       INSERT INTO steps VALUES (1, 'r1', 'ask', 0, 'completed', '"yes"', 0.25, 12, 1500, '2025-08-01T12:00:02+00:00');
       INSERT INTO evaluations VALUES (1, 'r1', 'ask', 0.5, 'meh', NULL, '2025-08-01 12:01:00');`,
      true,
    );
    expect(spans).toMatchObject([
      { traceId: 'r1', spanId: 'a', parentId: null, status: 'ERROR' },
      { traceId: 'r1', spanId: 'b', parentId: 'a', name: 'ask', status: 'UNSET', endNs: null },
    ]);
    const [root, step] = spans;
    expect(root.statusDescription).toBe('out of money');
    expect(root.startNs).toBe(CREATED);
    expect(root.endNs).toBe(CREATED + 2_502_000_000n);
    expect(step.startNs).toBe(CREATED + 2_000_000n);
    expect(step.resource.service).toBe('Step');
    expect(asObject(root.attributes)).toMatchObject({
      'flujo.input': 'hi',
      'flujo.run_id': 'r1',
      'flujo.pipeline.name': 'billing',
      'flujo.run.total_cost': '0.25',
    });
    expect(JSON.parse(asObject(root.attributes)['flujo.steps'])).toMatchObject([
      { step_name: 'ask', output: '"yes"', cost_usd: 0.25, token_counts: 12 },
    ]);
    expect(root.events).toMatchObject([{ name: 'evaluation', timeNs: 1_754_049_660_000_000_000n }]);
    expect(asObject(root.events[0].attributes)).toEqual({
      'flujo.evaluation.step_name': 'ask',
      'flujo.evaluation.score': '0.5',
      'flujo.evaluation.feedback': 'meh',
    });
    expect(Object.keys(diagnostics).sort()).toEqual([
      'missing-wal',
      'no-time-zone',
      'undated-clock',
    ]);
  });

  it('reads rows by the epoch', async () => {
    const { spans, diagnostics } = await read(
      `CREATE TABLE spans (span_id TEXT PRIMARY KEY, run_id TEXT, parent_span_id TEXT, name TEXT, start_time REAL,
         end_time REAL, status TEXT DEFAULT 'running', attributes TEXT, created_at DATETIME);
       INSERT INTO spans VALUES ('0123456789abcdef', 'r1', NULL, 'run', 1754049600.25, 1754049601.5, 'running', '{}', '');`,
    );
    expect(spans).toMatchObject([
      { spanId: '0123456789abcdef', startNs: 1_754_049_600_250_000_000n, status: 'UNSET' },
    ]);
    expect(spans[0].endNs).toBe(1_754_049_601_500_000_000n);
    expect(diagnostics).toEqual({});
  });

  it.each(['trace_json', 'trace_data'])('reads trees in %s', async (column) => {
    const tree = JSON.stringify({
      span_id: 'a',
      name: 'pipeline_run',
      start_time: 100.5,
      end_time: 102,
      status: 'completed',
      attributes: { 'flujo.run_id': 'r1' },
      children: [
        {
          span_id: 'b',
          parent_span_id: 'a',
          name: 'ask',
          start_time: 101,
          end_time: null,
          status: 'paused',
          attributes: {},
          events: [{ name: 'flujo.paused', attributes: { why: 'human' } }],
          children: [],
        },
      ],
    });
    const { spans, diagnostics } = await read(
      `${RUNS} ${ROWS} CREATE TABLE traces (run_id TEXT PRIMARY KEY, ${column} TEXT NOT NULL, created_at TEXT);
       ${run('r1')} INSERT INTO traces VALUES ('r1', '${tree}', '2025-08-01T12:00:03Z');
       INSERT INTO traces VALUES ('r2', '{"name": ', '');
       INSERT INTO spans VALUES (1, 'r1', 'a', NULL, 'pipeline_run', 100.5, 102, 'completed', '{}', '');`,
    );
    expect(spans.map(({ traceId, spanId, parentId }) => [traceId, spanId, parentId])).toEqual([
      ['r1', 'a', null],
      ['r1', 'b', 'a'],
      // Nothing can be read of the other's tree.
      ['r2', 'r2:0', null],
    ]);
    expect(spans[0].startNs).toBe(CREATED);
    expect(spans[1]).toMatchObject({
      startNs: CREATED + 500_000_000n,
      endNs: null,
      events: [{ name: 'flujo.paused', attributes: ['why', 'human'] }],
    });
    expect(diagnostics['broken-record']?.count).toBe(1);
    expect(diagnostics['bare-trace']).toEqual({ count: 1, example: 'run r2' });
  });

  it('lists runs without a trace with what is known of them', async () => {
    const { spans, diagnostics } = await read(
      `${RUNS} ${ROWS} CREATE TABLE steps (id INTEGER PRIMARY KEY, run_id TEXT, step_name TEXT, step_index INTEGER,
         status TEXT, output TEXT, raw_response TEXT, cost_usd REAL, token_counts INTEGER, execution_time_ms INTEGER, created_at TEXT);
       CREATE TABLE workflow_state (run_id TEXT PRIMARY KEY, pipeline_name TEXT, status TEXT, created_at TEXT, parent_run_id TEXT);
       ${run('r1')}
       INSERT INTO steps VALUES (1, 'r1', 'ask', 0, 'failed', 'x', NULL, 0.25, 12, 1500, '2025-08-01T12:00:02+00:00');
       INSERT INTO workflow_state VALUES ('r2', 'nightly', 'running', '2025-08-01T13:00:00+00:00', 'r1');`,
    );
    expect(spans).toMatchObject([
      { traceId: 'r1', name: 'pipeline_run', status: 'OK', startNs: CREATED },
      { traceId: 'r1', parentId: 'r1:0', name: 'ask', status: 'ERROR' },
      { traceId: 'r2', parentId: null, status: 'UNSET', endNs: null },
    ]);
    expect(spans[0].endNs).toBe(CREATED + 2_500_000_000n);
    expect(spans[1].startNs).toBe(CREATED);
    expect(spans[1].endNs).toBe(CREATED + 1_500_000_000n);
    expect(asObject(spans[1].attributes)).toMatchObject({
      'flujo.budget.actual_cost_usd': '0.25',
      'flujo.budget.actual_tokens': '12',
      'flujo.step.output': 'x',
    });
    expect(asObject(spans[2].attributes)).toMatchObject({
      'flujo.pipeline.name': 'nightly',
      'flujo.run.parent_run_id': 'r1',
    });
    expect(diagnostics).toEqual({ 'bare-trace': { count: 2, example: 'run r1' } });
  });
});

describe('MLflow', () => {
  const INFO = `CREATE TABLE trace_info (request_id TEXT PRIMARY KEY, experiment_id INTEGER, timestamp_ms BIGINT,
      execution_time_ms BIGINT, status TEXT, request_preview TEXT);
    CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE trace_tags (key TEXT, value TEXT, request_id TEXT);
    CREATE TABLE trace_request_metadata (key TEXT, value TEXT, request_id TEXT);
    INSERT INTO experiments VALUES (1, 'shop');`;

  it('reads rows of spans with their content', async () => {
    const content = JSON.stringify({
      trace_id: Buffer.from(TRACE, 'hex').toString('base64'),
      span_id: Buffer.from(ROOT, 'hex').toString('base64'),
      name: 'agent',
      start_time_unix_nano: '#start#',
      end_time_unix_nano: null,
      status: { code: 'STATUS_CODE_ERROR', message: 'boom' },
      attributes: { 'mlflow.spanType': '"AGENT"', 'mlflow.spanInputs': '{"q":1}' },
      events: [],
    }).replace('"#start#"', '1700000000000000001');
    const { spans, diagnostics } = await read(
      `${INFO} CREATE TABLE spans (trace_id TEXT, experiment_id INTEGER, span_id TEXT, parent_span_id TEXT, name TEXT,
         type TEXT, status TEXT, start_time_unix_nano BIGINT, end_time_unix_nano BIGINT,
         duration_ns BIGINT GENERATED ALWAYS AS (end_time_unix_nano - start_time_unix_nano) STORED, content TEXT);
       INSERT INTO trace_info VALUES ('tr-${TRACE}', 1, 1700000000000, 5, 'ERROR', 'hi');
       INSERT INTO trace_tags VALUES ('team', 'x', 'tr-${TRACE}');
       INSERT INTO trace_request_metadata VALUES ('mlflow.trace.session', 's1', 'tr-${TRACE}'),
         ('mlflow.trace.tokenUsage', '{"input_tokens":7}', 'tr-${TRACE}');
       INSERT INTO spans (trace_id, span_id, parent_span_id, name, type, status, start_time_unix_nano, end_time_unix_nano, content)
         VALUES ('tr-${TRACE}', '${ROOT}', NULL, 'agent', 'AGENT', 'ERROR', 1700000000000000001, NULL, '${content}'),
         ('tr-${TRACE}', '${CHILD}', '${ROOT}', 'llm', 'LLM', 'OK', 1700000000000000002, 1700000000000000003, '{"cut');`,
    );
    expect(spans).toMatchObject([
      { traceId: TRACE, spanId: ROOT, parentId: null, status: 'ERROR', statusDescription: 'boom' },
      { traceId: TRACE, spanId: CHILD, parentId: ROOT, name: 'llm', status: 'OK' },
    ]);
    expect(spans[0]).toMatchObject({ startNs: 1_700_000_000_000_000_001n, endNs: null });
    expect(spans[1].endNs).toBe(1_700_000_000_000_000_003n);
    expect(asObject(spans[0].attributes)).toMatchObject({
      'mlflow.trace.session': 's1',
      'mlflow.tag.team': 'x',
      'mlflow.spanType': 'AGENT',
      'mlflow.spanInputs': '{"q":1}',
    });
    expect(asObject(spans[0].attributes)).not.toHaveProperty(['mlflow.trace.tokenUsage']);
    expect(spans[0].resource.attributes).toEqual(['mlflow.experiment.name', 'shop']);
    expect(countsOf({ format: '', spans, diagnostics })).toEqual({ 'broken-record': 1 });
  });

  it('lists traces whose spans are elsewhere', async () => {
    const { spans, diagnostics } = await read(
      `${INFO} INSERT INTO trace_info VALUES ('${TRACE}', 1, 1700000000123, 5, 'OK', NULL), ('${'1'.repeat(32)}', 1, 1700000000000, NULL, 'IN_PROGRESS', NULL);
       INSERT INTO trace_tags VALUES ('mlflow.traceName', 'answer', '${TRACE}');`,
    );
    expect(spans).toMatchObject([
      { traceId: TRACE, name: 'answer', status: 'OK', startNs: 1_700_000_000_123_000_000n },
      { name: 'trace', status: 'UNSET', endNs: null },
    ]);
    expect(spans[0].endNs).toBe(1_700_000_000_128_000_000n);
    expect(diagnostics['bare-trace']?.count).toBe(2);
  });
});

describe('Phoenix', () => {
  const TABLES = `CREATE TABLE projects (id INTEGER PRIMARY KEY, name VARCHAR);
    CREATE TABLE traces (id INTEGER PRIMARY KEY, project_rowid INTEGER, trace_id VARCHAR, start_time TIMESTAMP, end_time TIMESTAMP);
    CREATE TABLE spans (id INTEGER PRIMARY KEY, trace_rowid INTEGER, span_id VARCHAR, parent_id VARCHAR, name VARCHAR,
      span_kind VARCHAR, start_time TIMESTAMP, end_time TIMESTAMP, attributes JSONB, events JSONB, status_code VARCHAR,
      status_message VARCHAR, cumulative_error_count INTEGER);
    CREATE TABLE span_annotations (id INTEGER PRIMARY KEY, span_rowid INTEGER, name VARCHAR);
    INSERT INTO projects VALUES (1, 'default');`;

  it('joins spans with their traces; nested attributes get their dots', async () => {
    const { spans, diagnostics } = await read(
      `${TABLES} INSERT INTO traces VALUES (7, 1, '${TRACE}', NULL, NULL);
       INSERT INTO spans VALUES (1, 7, '${ROOT}', NULL, 'ask', 'LLM', '2024-05-01 12:34:56.789012', '2024-05-01 12:34:57',
         '{"llm":{"token_count":{"prompt":3,"completion":4},"input_messages":[{"message":{"role":"user"}}]}}',
         '[{"name":"exception","timestamp":"2024-05-01T12:34:56.9+00:00","attributes":{"exception.message":"boom"}}]',
         'ERROR', 'boom', 1);`,
    );
    expect(spans).toMatchObject([
      {
        traceId: TRACE,
        spanId: ROOT,
        status: 'ERROR',
        statusDescription: 'boom',
        startNs: 1_714_566_896_789_012_000n,
        endNs: 1_714_566_897_000_000_000n,
        resource: { attributes: ['openinference.project.name', 'default'] },
      },
    ]);
    expect(asObject(spans[0].attributes)).toEqual({
      'openinference.span.kind': 'LLM',
      'llm.token_count.prompt': '3',
      'llm.token_count.completion': '4',
      'llm.input_messages.0.message.role': 'user',
    });
    expect(spans[0].events).toMatchObject([
      { name: 'exception', timeNs: 1_714_566_896_900_000_000n },
    ]);
    expect(diagnostics).toEqual({});
  });

  it('may be empty', async () => {
    expect(await read(TABLES)).toMatchObject({ format: 'sqlite', spans: [] });
  });
});

it('reads Copilot’s agent-traces.db', async () => {
  const { spans, diagnostics } = await read(
    `CREATE TABLE schema_version (version INTEGER);
     CREATE TABLE spans (span_id TEXT PRIMARY KEY, trace_id TEXT, parent_span_id TEXT, name TEXT, start_time_ms INTEGER,
       end_time_ms INTEGER, status_code INTEGER, status_message TEXT, operation_name TEXT, request_model TEXT,
       input_tokens INTEGER, cached_tokens INTEGER, ttft_ms REAL, repo_branch TEXT);
     CREATE TABLE span_attributes (span_id TEXT, key TEXT, value TEXT, PRIMARY KEY (span_id, key));
     CREATE TABLE span_events (id INTEGER PRIMARY KEY, span_id TEXT, name TEXT, timestamp_ms INTEGER, attributes TEXT);
     INSERT INTO spans VALUES ('${ROOT}', '${TRACE}', NULL, 'chat gpt', 1700000000123, 1700000000456, 2, 'boom', 'chat',
       'gpt', 9, 4, 12.5, 'main');
     INSERT INTO span_attributes VALUES ('${ROOT}', 'gen_ai.operation.name', 'chat'), ('${ROOT}', 'gen_ai.usage.input_tokens', '9'),
       ('${ROOT}', '__proto__', 'x');
     INSERT INTO span_events VALUES (1, '${ROOT}', 'first', 1700000000200, '{"a":1}');`,
    true,
  );
  expect(spans).toMatchObject([
    {
      traceId: TRACE,
      spanId: ROOT,
      status: 'ERROR',
      statusDescription: 'boom',
      startNs: 1_700_000_000_123_000_000n,
      endNs: 1_700_000_000_456_000_000n,
      events: [{ name: 'first', timeNs: 1_700_000_000_200_000_000n, attributes: ['a', '1'] }],
    },
  ]);
  const keys = spans[0].attributes.filter((_, i) => i % 2 === 0);
  expect(keys.sort()).toEqual([
    '__proto__',
    'copilot_chat.time_to_first_token',
    'gen_ai.operation.name',
    'gen_ai.request.model',
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.input_tokens',
    'repo_branch',
  ]);
  expect(Object.keys(diagnostics)).toEqual(['missing-wal']);
  expect(spans[0].endNs).not.toBe(INVALID_NS);
});

it('reads blocks of a file, and few of them twice', () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) & 0xff);
  let slices = 0;
  const blocks = new CachedBlocks(
    bytes.length,
    (start, end) => {
      slices++;
      return bytes.subarray(start, end);
    },
    2,
  );
  const into = new Uint8Array(100_000);
  expect(blocks.read(50_000, into)).toBe(100_000);
  expect(into).toEqual(bytes.subarray(50_000, 150_000));
  expect(blocks.read(299_990, into)).toBe(10);
  expect(blocks.read(300_000, into)).toBe(0);
  expect(slices).toBe(4);
  blocks.read(299_000, into.subarray(0, 10));
  expect(slices).toBe(4);
  blocks.read(0, into.subarray(0, 10));
  expect(slices).toBe(5);
});
