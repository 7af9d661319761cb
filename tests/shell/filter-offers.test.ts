/** What the filter's editor and the command palette ask the dataset for. */
import { engineOverSpans, type Asked } from '../support/open-engine';
import { parseTerm, NO_FILTER, type Filter } from '$lib/model/filter';
import {
  durationsQuery,
  filledFieldsQuery,
  keysQuery,
  valuesQuery,
} from '$lib/shell/filter/offers-query';
import { WHERE_FILLED } from '$lib/shell/filter/subjects';
import { idQuery, namesQuery } from '$lib/shell/palette/palette-query';
import { beforeAll, expect, test } from 'vitest';
import { span } from '../support/spans';

let engine: Asked;

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');

const resources = {
  a: { service: 'a', attributes: ['service.name', 'a'] },
  b: { service: 'b', attributes: ['service.name', 'b'] },
};

/** Nine spans: number i is of service a or b, lasts i ms, and says its number; each third has a workflow. */
beforeAll(async () => {
  engine = await engineOverSpans(
    Array.from({ length: 9 }, (_, i) =>
      span({
        traceId: `abc${hex(i, 29)}`,
        spanId: `5${hex(i, 15)}`,
        name: `op ${i % 2}`,
        resource: resources[i % 3 ? 'a' : 'b'],
        startNs: 1_794_477_600_000_000_000n + BigInt(i),
        endNs: 1_794_477_600_000_000_000n + BigInt(i) + BigInt(i) * 1_000_000n,
        attributes: ['number', String(i), ...(i % 3 ? [] : ['workflow.name', `flow ${i}`])],
      }),
    ),
  );
});

async function ask(query: unknown) {
  return (await engine.query(query as never)).rows();
}

const filter = (...terms: string[]): Filter => ({
  ...NO_FILTER,
  terms: terms.map((text) => parseTerm(text)!),
});

test('values are counted among what the rest of the filter keeps', async () => {
  const services = { type: 'field', field: 'service' } as const;
  expect(await ask(valuesQuery(services, NO_FILTER, null, ''))).toEqual([
    { value: 'a', spans: 6n },
    { value: 'b', spans: 3n },
  ]);
  const both = filter('service=a', 'duration>=4ms');
  expect(await ask(valuesQuery(services, both, 0, ''))).toEqual([
    { value: 'a', spans: 4n },
    { value: 'b', spans: 1n },
  ]);
  expect(await ask(valuesQuery(services, both, null, ''))).toEqual([{ value: 'a', spans: 4n }]);
  expect(await ask(valuesQuery(services, NO_FILTER, null, 'B'))).toEqual([
    { value: 'b', spans: 3n },
  ]);
});

test('values of an attribute are those that are there; of a column also none', async () => {
  const number = { type: 'attribute', source: 'attributes', key: 'number' } as const;
  expect(await ask(valuesQuery(number, NO_FILTER, null, '8'))).toEqual([{ value: '8', spans: 1n }]);
  const workflow = { type: 'field', field: 'workflow' } as const;
  const [first, ...others] = await ask(valuesQuery(workflow, NO_FILTER, null, ''));
  expect(first).toEqual({ value: '', spans: 6n });
  expect(others.map(({ value }) => value)).toEqual(['flow 0', 'flow 3', 'flow 6']);
});

test('keys are counted by where they stand', async () => {
  const rows = await ask(keysQuery());
  expect(rows.filter(({ source }) => source === 'attributes')).toEqual([
    { source: 'attributes', key: 'number', spans: 9n },
    { source: 'attributes', key: 'workflow.name', spans: 3n },
  ]);
});

test('columns are offered where they are filled', async () => {
  expect((await ask(filledFieldsQuery(WHERE_FILLED)))[0]).toMatchObject({
    workflow: 3n,
    agent: 0n,
  });
});

test('durations come as quantiles in nanoseconds', async () => {
  const [row] = await ask(durationsQuery(filter('duration>=99ms'), 0));
  expect(row).toMatchObject({ p50: 4e6, longest: 8_000_000n });
});

test('names come with the services first, the busiest first', async () => {
  const rows = await ask(namesQuery());
  expect(rows.map(({ kind, value, spans }) => [kind, value, spans])).toEqual([
    ['service', 'a', 6n],
    ['service', 'b', 3n],
    ['operation', 'op 0', 5n],
    ['operation', 'op 1', 4n],
  ]);
});

test('ids are found by their beginning, of traces and of spans', async () => {
  const traces = await ask(idQuery('abc'));
  expect(traces).toHaveLength(6);
  expect(traces[0]).toMatchObject({ trace_id: `abc${hex(0, 29)}`, span_id: '' });
  expect(await ask(idQuery(`5${hex(4, 15)}`))).toMatchObject([
    { trace_id: `abc${hex(4, 29)}`, span_id: `5${hex(4, 15)}` },
  ]);
  expect(await ask(idQuery(`abc${hex(77, 29)}`))).toEqual([]);
});
