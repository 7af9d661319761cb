/**
 * Databases whose spans lie in several tables that a query joins to one, whose columns `tables/layouts.ts` then knows.
 */
import { readTables } from '$lib/formats/tables/read-tables';
import type { Column } from '$lib/formats/tables/table';
import type { Database } from './database';
import type { Store } from './store';

/** Expressions by the name of the column that they make. */
type Select = Record<string, { sql: string; kind?: 'any' | 'json' | 'integer' | 'number' }>;

function joined(
  table: string,
  has: (database: Database) => boolean,
  select: (database: Database) => Select,
  from: string,
): Store {
  return {
    has,
    async read(database, sink, name) {
      const entries = Object.entries(select(database));
      const columns = entries.map(([column, { kind = 'any' }]): Column => ({
        name: column,
        type: { kind },
      }));
      const list = entries.map(([, { sql }], i) => `${sql} AS c${i}`).join(', ');
      const tables = [database.table(table, columns, `SELECT ${list} FROM ${from}`)];
      await readTables({ tables }, name, sink);
    },
  };
}

/** All other columns of a table, as they are. */
function others(
  database: Database,
  table: string,
  alias: string,
  known: readonly string[],
  prefix = '',
): Select {
  const columns = database.tables.find(({ name }) => name === table)?.columns ?? [];
  return Object.fromEntries(
    columns
      .filter(({ name }) => !known.includes(name))
      .map(({ name }) => [prefix + name, { sql: `${alias}."${name.replaceAll('"', '""')}"` }]),
  );
}

/** Written in UTC, without saying so. */
const inUtc = (column: string) =>
  `CASE WHEN typeof(${column}) = 'text' AND ${column} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]*' AND ${column} NOT GLOB '*[-+][0-9][0-9]:[0-9][0-9]' THEN ${column} || 'Z' ELSE ${column} END`;

/**
 * Arize Phoenix. Its columns are called here as in the dataframes that its client makes.
 * https://github.com/Arize-ai/phoenix (src/phoenix/db/models.py)
 */
const phoenix = joined(
  'spans',
  (database) =>
    database.has('spans', 'trace_rowid', 'span_id', 'start_time', 'attributes') &&
    database.has('traces', 'id', 'trace_id'),
  (database) => ({
    'context.trace_id': { sql: 't.trace_id' },
    'context.span_id': { sql: 's.span_id' },
    parent_id: { sql: database.optional('spans', 'parent_id', 's') },
    name: { sql: database.optional('spans', 'name', 's') },
    span_kind: { sql: database.optional('spans', 'span_kind', 's') },
    start_time: { sql: inUtc('s.start_time') },
    end_time: { sql: inUtc('s.end_time') },
    status_code: { sql: database.optional('spans', 'status_code', 's') },
    status_message: { sql: database.optional('spans', 'status_message', 's') },
    attributes: { sql: 's.attributes', kind: 'json' },
    events: { sql: database.optional('spans', 'events', 's'), kind: 'json' },
    ...(database.has('projects', 'id', 'name') && {
      'resource.openinference.project.name': {
        sql: '(SELECT p.name FROM projects AS p WHERE p.id = t.project_rowid)',
      },
    }),
  }),
  'spans AS s LEFT JOIN traces AS t ON t.id = s.trace_rowid',
);

/** Names that the columns' attributes have. */
const COPILOT = {
  operation_name: 'gen_ai.operation.name',
  provider_name: 'gen_ai.provider.name',
  agent_name: 'gen_ai.agent.name',
  conversation_id: 'gen_ai.conversation.id',
  request_model: 'gen_ai.request.model',
  response_model: 'gen_ai.response.model',
  input_tokens: 'gen_ai.usage.input_tokens',
  output_tokens: 'gen_ai.usage.output_tokens',
  cached_tokens: 'gen_ai.usage.cache_read.input_tokens',
  reasoning_tokens: 'gen_ai.usage.reasoning_tokens',
  tool_name: 'gen_ai.tool.name',
  tool_call_id: 'gen_ai.tool.call.id',
  tool_type: 'gen_ai.tool.type',
  chat_session_id: 'copilot_chat.chat_session_id',
  turn_index: 'copilot_chat.turn.index',
  ttft_ms: 'copilot_chat.time_to_first_token',
} as const;

/**
 * GitHub Copilot Chat's `agent-traces.db`. Its columns repeat some of the attributes, which lie in a table of their own: a
 * column counts where that has no such key.
 * https://github.com/microsoft/vscode-copilot-chat (src/platform/otel/node/sqlite/otelSqliteStore.ts)
 */
const copilot = joined(
  'spans',
  (database) =>
    database.has('spans', 'span_id', 'trace_id', 'start_time_ms', 'operation_name') &&
    database.has('span_attributes', 'span_id', 'key', 'value'),
  (database) => {
    const repeated = Object.entries(COPILOT).filter(([column]) => database.has('spans', column));
    const known = [
      ...['span_id', 'trace_id', 'parent_span_id', 'name', 'start_time_ms', 'end_time_ms'],
      ...['status_code', 'status_message', ...Object.keys(COPILOT)],
    ];
    return {
      trace_id: { sql: 's.trace_id' },
      span_id: { sql: 's.span_id' },
      parent_span_id: { sql: database.optional('spans', 'parent_span_id', 's') },
      name: { sql: database.optional('spans', 'name', 's') },
      start_time_ms: { sql: 's.start_time_ms', kind: 'number' },
      end_time_ms: { sql: database.optional('spans', 'end_time_ms', 's'), kind: 'number' },
      status_code: { sql: database.optional('spans', 'status_code', 's') },
      status_message: { sql: database.optional('spans', 'status_message', 's') },
      attributes: {
        sql: '(SELECT json_group_object(a.key, a.value) FROM span_attributes AS a WHERE a.span_id = s.span_id AND a.value IS NOT NULL)',
        kind: 'json',
      },
      ...(database.has('span_events', 'span_id', 'name', 'timestamp_ms') && {
        events: {
          sql: `(SELECT json_group_array(json_object('name', e.name, 'timestamp', e.timestamp_ms,
                 'attributes', CASE WHEN json_valid(e.attributes) THEN json(e.attributes) ELSE e.attributes END))
                 FROM span_events AS e WHERE e.span_id = s.span_id)`,
          kind: 'json',
        } as const,
      }),
      ...Object.fromEntries(
        repeated.map(([column, key]) => [
          `attributes.${key}`,
          {
            sql: `CASE WHEN s.${column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM span_attributes AS a WHERE a.span_id = s.span_id AND a.key = '${key}') THEN s.${column} END`,
          },
        ]),
      ),
      ...others(database, 'spans', 's', known),
    };
  },
  'spans AS s',
);

/**
 * agent-replay: a trace has steps one after the other; what is known of the trace is its steps' resource.
 * https://github.com/clay-good/agent-replay
 */
const agentReplay = joined(
  'agent_trace_steps',
  (database) =>
    database.has('agent_trace_steps', 'id', 'trace_id', 'started_at') &&
    database.has('agent_traces', 'id', 'agent_name'),
  (database) => ({
    trace_id: { sql: 's.trace_id' },
    span_id: { sql: 's.id' },
    name: { sql: database.optional('agent_trace_steps', 'name', 's') },
    service: { sql: 't.agent_name' },
    start_time: { sql: inUtc('s.started_at') },
    end_time: { sql: inUtc(database.optional('agent_trace_steps', 'ended_at', 's')) },
    duration_ms: {
      sql: database.optional('agent_trace_steps', 'duration_ms', 's'),
      kind: 'number',
    },
    error: { sql: database.optional('agent_trace_steps', 'error', 's') },
    'node.type': { sql: database.optional('agent_trace_steps', 'step_type', 's') },
    'input.value': { sql: database.optional('agent_trace_steps', 'input', 's') },
    'output.value': { sql: database.optional('agent_trace_steps', 'output', 's') },
    'gen_ai.request.model': { sql: database.optional('agent_trace_steps', 'model', 's') },
    ...others(database, 'agent_trace_steps', 's', [
      ...['id', 'trace_id', 'name', 'started_at', 'ended_at', 'duration_ms', 'error'],
      ...['step_type', 'input', 'output', 'model'],
    ]),
    ...others(database, 'agent_traces', 't', ['id', 'agent_name'], 'resource.agent_trace.'),
  }),
  'agent_trace_steps AS s LEFT JOIN agent_traces AS t ON t.id = s.trace_id',
);

export const JOINED: readonly Store[] = [phoenix, copilot, agentReplay];
