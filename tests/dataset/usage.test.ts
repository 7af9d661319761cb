/** What a trace adds up: calls of models, each once. */
import { expect, test } from 'vitest';
import { engineOverSpans } from '../support/open-engine';
import { id, span } from '../support/spans';

const CHAT = ['gen_ai.operation.name', 'chat'];
const AGENT = ['gen_ai.operation.name', 'invoke_agent'];
const used = (input: number, output: number) => [
  ...['gen_ai.usage.input_tokens', `${input}`, 'gen_ai.usage.output_tokens', `${output}`],
  ...['gen_ai.usage.cost', `${(input + output) / 4}`],
];

/** A root and its children, of a trace. */
const traceOf = (trace: string, ...spans: string[][]) =>
  spans.map((attributes, i) =>
    span({
      traceId: trace,
      spanId: id(Number(`${trace}${i}`)),
      parentId: i ? id(Number(`${trace}0`)) : null,
      attributes,
    }),
  );

test('a trace adds up its calls of models, and knows nothing where there are none', async () => {
  const engine = await engineOverSpans([
    // The root repeats what its calls used.
    ...traceOf(
      '1',
      [...AGENT, ...used(30, 3)],
      [...CHAT, ...used(10, 1)],
      [...CHAT, ...used(20, 2)],
    ),
    // Only an agent says anything: it may have counted anything, so nothing is known.
    ...traceOf('2', [...AGENT, ...used(30, 3)], ['gen_ai.operation.name', 'execute_tool']),
    // Neither is it where the calls below it are silent.
    ...traceOf('3', [...AGENT, ...used(30, 3)], CHAT),
    // A call that used nothing is not one that says nothing.
    ...traceOf('4', CHAT, [...CHAT, ...used(0, 0)]),
    ...traceOf('5', ['cost_usd', '2'], ['cost_usd', '1']),
    ...traceOf('6', ['http.method', 'GET']),
  ]);
  const result = await engine.query(
    'SELECT trace_id, input_tokens, output_tokens, cost, cache_read_tokens FROM traces ORDER BY trace_id',
  );
  expect(result.rows().map((row) => Object.values(row))).toEqual([
    ['1', 30n, 3n, 8.25, null],
    ['2', null, null, null, null],
    ['3', null, null, null, null],
    ['4', 0n, 0n, 0, null],
    ['5', null, null, 3, null],
    ['6', null, null, null, null],
  ]);
});
