/** Sessions of agents: what of their lines becomes which span, and that nothing counts twice. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Span } from '$lib/model/span';
import { FIXTURES } from '../support/paths';
import { asObject, readFormat } from '../support/read-format';

/** 2026-03-01T09:00:00Z. */
const START = 1_772_355_600_000_000_000n;

const read = async (path: string) => (await readFormat(readFileSync(FIXTURES + path), path)).spans;

const seconds = (ns: bigint | null) => (ns === null ? null : Number(ns - START) / 1e9);
const attribute = (span: Span, key: string) => asObject(span.attributes)[key];

/** Name, parent's name, seconds of start and end, tokens in and out, by start. */
function outline(spans: Span[]) {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return [...spans]
    .sort((a, b) => Number((a.startNs ?? a.endNs ?? 0n) - (b.startNs ?? b.endNs ?? 0n)))
    .map((span) => {
      const parent = span.parentId === null ? null : byId.get(span.parentId);
      const tokens = ['input', 'output'].flatMap(
        (key) => attribute(span, `gen_ai.usage.${key}_tokens`) ?? [],
      );
      return [
        span.name,
        parent === undefined ? 'elsewhere' : (parent?.name ?? null),
        ...[seconds(span.startNs), seconds(span.endNs), ...tokens],
      ];
    });
}

const named = (spans: Span[], name: string) => spans.filter((span) => span.name === name);

describe('Claude Code', () => {
  test('an answer counts once, by its last usage; tools last to their results', async () => {
    const spans = await read('claude-code/main.jsonl');
    expect(outline(spans)).toEqual([
      ['chat claude-sonnet-4-5', 'turn', 0, 3.5, '154', '60'],
      ['turn', 'session', 0, 11],
      ['session', null, 0, 23],
      ['execute_tool Bash', 'turn', 3, 4],
      ['execute_tool Task', 'turn', 3.5, 9],
      ['chat claude-sonnet-4-5', 'turn', 9.5, 11, '206', '20'],
      ['notice', 'turn', 21, 21.5],
      ['turn', 'session', 21, 23],
      ['chat claude-sonnet-4-5', 'turn', 21.5, 23, '318', '40'],
      ['execute_tool Edit', 'turn', 23, null],
    ]);
    expect(spans.filter(({ status }) => status === 'ERROR').map((span) => span.name)).toEqual([
      'execute_tool Bash',
      'notice',
    ]);
    const [, answer] = named(spans, 'chat claude-sonnet-4-5');
    // The resumed session repeats the text as well.
    expect(JSON.parse(attribute(answer, 'gen_ai.output.messages'))).toEqual([
      { role: 'assistant', parts: [{ type: 'text', text: 'It is cleared twice.' }] },
    ]);
    expect(attribute(answer, 'gen_ai.usage.cache_read.input_tokens')).toBe('200');
    expect(attribute(named(spans, 'session')[0], 'session.title')).toBe('Mend the basket');
  });

  test('the file of a sub-agent hangs below its call in the session’s file', async () => {
    const main = await read('claude-code/main.jsonl');
    const agent = await read('claude-code/agent.jsonl');
    expect(outline(agent)[0]).toEqual([
      'chat claude-haiku-4-5',
      'invoke_agent sub-agent',
      4,
      6,
      '10',
      '5',
    ]);
    const root = agent.find(({ name }) => name === 'invoke_agent sub-agent')!;
    expect(root.parentId).toBe(named(main, 'execute_tool Task')[0].spanId);
    expect(root.traceId).toBe(main[0].traceId);
  });

  test('a sidechain in the file hangs below the call with its prompt', async () => {
    expect(outline(await read('claude-code/sidechain.jsonl'))).toEqual([
      ['chat claude-sonnet-4-5', 'turn', 0, 1, '1', '2'],
      ['turn', 'session', 0, 4],
      ['session', null, 0, 4],
      ['execute_tool Task', 'turn', 1, 4],
      ['chat claude-sonnet-4-5', 'invoke_agent sub-agent', 1.5, 3, '3', '4'],
      ['invoke_agent sub-agent', 'execute_tool Task', 1.5, 3],
    ]);
  });
});

describe('Codex', () => {
  test('a call has what the total grew by', async () => {
    const spans = await read('codex/rollout.jsonl');
    expect(outline(spans)).toEqual([
      ['session', null, 0.5, 13],
      ['chat gpt-5.4', 'turn', 1, 3.5, '100', '10'],
      ['turn', 'session', 1, 7.2],
      ['execute_tool exec_command', 'turn', 3.5, 4],
      ['chat gpt-5.4', 'turn', 4, 7, '150', '15'],
      ['chat gpt-5.4', 'turn', 10, 12, '50', '5'],
      ['turn', 'session', 10, 13],
      ['execute_tool apply_patch', 'turn', 12, null],
    ]);
    expect(named(spans, 'execute_tool exec_command')[0]).toMatchObject({
      status: 'ERROR',
      statusDescription: 'exit code 1',
    });
    expect(named(spans, 'turn')[1].statusDescription).toBe('aborted: interrupted');
  });

  test('a fork counts nothing of the session that it repeats', async () => {
    expect(outline(await read('codex/fork.jsonl'))).toEqual([
      ['session', null, 30, 42],
      ['chat gpt-5.5', 'turn', 40, 42, '80', '7'],
      ['turn', 'session', 40, 42],
    ]);
  });
});

test('Pi: branches are kept apart, and the input holds the cached part', async () => {
  const spans = await read('pi-session/branched.jsonl');
  expect(outline(spans)).toEqual([
    ['session', null, 0, 33],
    ['turn', 'session', 1, 8],
    ['chat claude-sonnet-4-5', 'turn', 2, 5, '53', '10'],
    ['execute_tool write', 'turn', 5, 6],
    ['chat claude-sonnet-4-5', 'turn', 6, 8, '54', '11'],
    ['chat gpt-5.4', 'turn', 20, 22, '5', '12'],
    ['turn', 'session', 20, 22],
    ['chat gpt-5.4', 'turn (branch 1)', 30, 33, '6', '13'],
    ['turn (branch 1)', 'session', 30, 33],
    ['execute_tool write', 'turn (branch 1)', 33, null],
  ]);
  expect(spans.filter((span) => attribute(span, 'session.branch') === '1')).toHaveLength(3);
  expect(attribute(named(spans, 'session')[0], 'session.branches')).toBe('2');
});

test('ATIF: steps last to the next, copies count nothing, sub-agents hang below their call', async () => {
  const spans = await read('agent-trajectory/sub-agents.json');
  expect(outline(spans).sort((a, b) => String(a[0]).localeCompare(String(b[0])))).toEqual([
    ['agent', 'invoke_agent lead', 5, 6],
    ['agent (copied)', 'invoke_agent lead', 6, 7],
    ['chat gpt-5.4', 'invoke_agent lead', 1, 5, '100', '7'],
    ['chat gpt-5.4', 'invoke_agent lead', 7, null, '120', '9'],
    ['chat gpt-5.4-mini', 'invoke_agent helper', 3, null, '30', '4'],
    ['execute_tool delegate', 'chat gpt-5.4', 1, 5],
    ['invoke_agent helper', 'execute_tool delegate', 2, 3],
    ['invoke_agent lead', null, 0, 7],
    ['user', 'invoke_agent lead', 0, 1],
    ['user', 'invoke_agent helper', 2, 3],
  ]);
  const [call] = named(spans, 'chat gpt-5.4');
  expect(attribute(call, 'gen_ai.usage.cache_read.input_tokens')).toBe('60');
  expect(attribute(call, 'atif.metrics.logprobs')).toBe('[1]');
  expect(attribute(call, 'atif.observation')).toBe('[{"content":"loose"}]');
});

describe('Inspect', () => {
  test('an epoch is a trace; cached parts are added, and Inspect’s own cache uses nothing', async () => {
    const spans = await read('inspect-json/epochs.json');
    const [first] = new Set(spans.map(({ traceId }) => traceId));
    const one = spans.filter(({ traceId }) => traceId === first);
    expect(outline(one)).toEqual([
      ['solvers', 'arithmetic', 1, 9.5],
      ['arithmetic', null, 1, 9.5],
      ['react', 'solvers', 2, 8],
      ['chat openai/gpt-5.4-mini', 'react', 3, 4.5, '57', '5'],
      ['execute_tool python', 'react', 5, 6],
      ['chat openai/gpt-5.4-mini', 'react', 7, 7.5],
    ]);
    const [call] = named(one, 'chat openai/gpt-5.4-mini');
    expect(attribute(call, 'gen_ai.input.messages')).toBe(
      '[{"role":"user","content":"What is 2 + 2?"}]',
    );
    expect(attribute(call, 'gen_ai.output.messages')).toContain('It is 4.');
    expect(attribute(call, 'gen_ai.usage.cost')).toBe('0.25');
    expect(named(one, 'execute_tool python')[0].statusDescription).toBe('Too slow');
    expect(named(one, 'react')[0].events.map(({ name }) => name)).toEqual(['info']);
    // The second epoch has the same events by the same ids, and spans of its own.
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(12);
  });

  test('steps of logs of before; a call that was noted at its end began as long before as it took', async () => {
    const hour = 7200;
    expect(outline(await read('inspect-json/steps.json'))).toEqual([
      ['generate', 'arithmetic', 1 - hour, 7 - hour],
      ['arithmetic', null, 1 - hour, 7 - hour],
      ['chat ollama/llama3.1', 'generate', 1.75 - hour, 3 - hour, '6', '2'],
      ['inner', 'execute_tool bash', 4 - hour, 5.5 - hour],
      ['chat ollama/llama3.1', 'inner', null, 5 - hour, '7', '3'],
      ['execute_tool bash', 'generate', null, 6 - hour],
    ]);
  });
});
