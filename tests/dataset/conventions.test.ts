/**
 * A promoted attribute is one entry of `model/conventions.ts`. Here the table has a few more, of every kind, and each is
 * found wherever the others are; nothing else was told of them.
 */
import { engineOverSpans, type Asked } from '../support/open-engine';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SECTIONS } from '$lib/content/guide';
import type { Convention } from '$lib/model/conventions';
import { FILTER_FIELDS, parseTerm, termText, type FilterField } from '$lib/model/filter';
import { termLine } from '$lib/model/filter-words';
import { conditionOf } from '$lib/queries/filter-sql';
import { filledFieldsQuery } from '$lib/shell/filter/offers-query';
import { WHERE_FILLED } from '$lib/shell/filter/subjects';
import { valuesQuery } from '$lib/views/sql/editor/vocabulary';
import { spanColumns } from '$lib/views/statistics/spans/span-columns';
import { groupingOf, termsOfGroup } from '$lib/views/traces/trace-groups';
import { DEFAULT_GROUP_SORT, traceGroupsQuery } from '$lib/views/traces/trace-groups-query';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { ROOT } from '../support/paths';
import { id, span } from '../support/spans';

vi.mock('$lib/model/conventions', async (original) => {
  const actual = await original<typeof import('$lib/model/conventions')>();
  const more: Convention[] = [
    {
      column: 'tenant_id',
      type: 'VARCHAR',
      keys: ['tenant.id', 'tenant'],
      onTraces: 'first',
      values: 'names',
      words: 'tenant',
      about: 'who pays',
    },
    {
      column: 'is_call',
      type: 'BOOLEAN',
      keys: ['step'],
      value: (read) => read('step') === 'call',
      onTraces: 'none',
      words: 'call',
      about: 'whether its units count',
    },
    {
      column: 'units',
      type: 'BIGINT',
      // The second key is a part of the first in one convention and stands beside it in the other.
      keys: ['units.fresh', 'units.cached', 'units.all'],
      value: (read) => {
        const all = read('units.all');
        if (all !== undefined) return BigInt(all);
        return BigInt(read('units.fresh') ?? 0) + BigInt(read('units.cached') ?? 0);
      },
      onTraces: 'sum',
      sumsWhere: 'is_call',
      words: 'units',
      about: 'units taken in, the cached ones among them',
    },
    {
      column: 'cached_units',
      type: 'BIGINT',
      keys: ['units.cached'],
      onTraces: 'sum',
      words: 'cached units',
      about: 'units that were cached',
    },
    {
      column: 'is_draft',
      type: 'BOOLEAN',
      keys: ['draft'],
      onTraces: 'none',
      words: 'draft',
      about: 'a draft',
    },
    {
      column: 'warmth',
      type: 'DOUBLE',
      keys: ['warmth'],
      onTraces: 'none',
      words: 'warmth',
      about: 'how warm',
    },
  ];
  return { ...actual, CONVENTIONS: [...actual.CONVENTIONS, ...more] };
});

const LIB = join(ROOT, 'src/lib');

let engine: Asked;
beforeAll(async () => {
  const attributes: string[][] = [
    ['tenant', 'b', 'step', 'call', 'units.fresh', '5', 'units.cached', '2', 'draft', 'true'],
    ['tenant', 'b', 'tenant.id', 'a', 'step', 'agent', 'units.all', '7', 'draft', 'maybe'],
    ['step', 'call', 'units.all', '10', 'units.cached', '4', 'warmth', '0.5', 'draft', 'false'],
    ['other', 'x'],
    ['tenant.id', 'a', 'tenant.id', 'c', 'workflow.name', 'w', 'warmth', 'hot'],
  ];
  engine = await engineOverSpans(
    attributes.map((own, i) =>
      span({ spanId: id(i), parentId: i ? id(0) : null, attributes: own }),
    ),
  );
});

const ask = async (sql: unknown) => (await engine.query(sql as never)).rows();
const tenant = 'tenant_id' as FilterField;

test('is a column of spans, with its type and comment', async () => {
  expect(
    await ask(
      `SELECT column_name, data_type, comment FROM duckdb_columns()
       WHERE database_name = current_database() AND table_name = 'spans' AND column_name IN ('tenant_id', 'units', 'is_call', 'warmth')
       ORDER BY column_index`,
    ),
  ).toEqual([
    { column_name: 'tenant_id', data_type: 'VARCHAR', comment: 'From the attributes: who pays' },
    {
      column_name: 'is_call',
      data_type: 'BOOLEAN',
      comment: 'From the attributes: whether its units count',
    },
    {
      column_name: 'units',
      data_type: 'BIGINT',
      comment: 'From the attributes: units taken in, the cached ones among them',
    },
    { column_name: 'warmth', data_type: 'DOUBLE', comment: 'From the attributes: how warm' },
  ]);
});

test('is filled from the first of its keys, or computed from them, and NULL where a span has none', async () => {
  expect(
    await ask(
      `SELECT tenant_id, is_call, units, cached_units, is_draft, warmth, workflow FROM spans ORDER BY span_no`,
    ),
  ).toEqual(
    [
      ['b', true, 7n, 2n, true, null, null],
      ['a', false, 7n, null, null, null, null],
      [null, true, 10n, 4n, false, 0.5, null],
      [null, null, null, null, null, null, null],
      ['c', null, null, null, null, null, 'w'],
    ].map(([tenant_id, is_call, units, cached_units, is_draft, warmth, workflow]) => ({
      tenant_id,
      is_call,
      units,
      cached_units,
      is_draft,
      warmth,
      workflow,
    })),
  );
});

test('is a column of traces where it has an aggregate', async () => {
  expect(await ask('SELECT tenant_id, units, cached_units, workflow FROM traces')).toEqual([
    // The second span is no call: its units do not count once more.
    { tenant_id: 'b', units: 17n, cached_units: 6n, workflow: 'w' },
  ]);
  const columns = await ask(
    `SELECT column_name FROM duckdb_columns() WHERE database_name = current_database() AND table_name = 'traces'`,
  );
  expect(columns.map(({ column_name }) => column_name)).not.toContain('is_call');
});

test('can be asked for by the filter, where it is a text', async () => {
  expect(FILTER_FIELDS).toContain(tenant);
  expect(FILTER_FIELDS).not.toContain('units');
  const term = parseTerm('tenant_id=b,c')!;
  expect(termText(term)).toBe('tenant_id=b,c');
  expect(termLine(term)).toBe('tenant is b or c');
  expect(
    await ask(`SELECT span_no FROM spans WHERE ${conditionOf(term)} ORDER BY span_no`),
  ).toEqual([{ span_no: 0 }, { span_no: 4 }]);
});

test('is offered by the filter editor, by completion, and as a grouping', async () => {
  expect(WHERE_FILLED).toContain(tenant);
  expect((await ask(filledFieldsQuery(WHERE_FILLED)))[0]).toMatchObject({ tenant_id: 3n });
  expect(await ask(valuesQuery())).toContainEqual({ field: 'tenant_id', value: 'b', spans: 1n });
  const grouping = groupingOf('tenant')!;
  expect(grouping).toMatchObject({ label: 'Tenant', many: 'tenants', none: 'no tenant' });
  expect(termsOfGroup(grouping, ['b']).map(termText)).toEqual(['tenant_id=b']);
  const query = traceGroupsQuery(grouping, DEFAULT_GROUP_SORT, null, 0n);
  expect(await ask(query)).toMatchObject([{ tenant_id: 'b' }]);
});

test('is a column of the table of spans, and named in the Guide', () => {
  const columns = spanColumns({
    keys: [],
    rowKeys: new Set(),
    datasetStartNs: 0n,
    longestNs: () => NaN,
    offer: () => {},
  });
  const labels = Object.fromEntries(columns.map((column) => [column.id, column.label]));
  expect(labels).toMatchObject({ tenant_id: 'Tenant', units: 'Units', is_call: 'Call' });
  expect(JSON.stringify(SECTIONS.find((section) => section.id === 'filter'))).toContain(
    '`tenant_id`',
  );
});

describe('no other list', () => {
  // Views may show such a column in a place of its own; what carries all of them may not name any. Formats, and the rules by
  // which tokens are counted, know some of these words as members of files.
  const NAMES = ['correlation_id', 'session_id', 'input_tokens', 'output_tokens'];
  const OWN_NAMES = ['correlation_id', 'is_inference'];
  test.each([
    ...['model', 'dataset', 'engine', 'queries', 'state', 'shell'].map(
      (folder) => [folder, [...NAMES, ...OWN_NAMES, 'span_type']] as const,
    ),
    ['formats', OWN_NAMES] as const,
    ['model/genai', OWN_NAMES] as const,
  ])('of promoted columns in %s', (folder, names) => {
    const naming = readdirSync(join(LIB, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|svelte)$/.test(file) && file !== 'conventions.ts')
      .filter((file) => !(folder === 'model' && file.startsWith('genai')))
      .filter((file) =>
        new RegExp(`\\b(${names.join('|')})\\b`).test(
          readFileSync(join(LIB, folder, file), 'utf8'),
        ),
      );
    expect(naming).toEqual([]);
  });
});
