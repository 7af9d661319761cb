/** Every template runs as it stands, and finds something in the demo where it should. */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineOverDemo, engineOverSpans, type Asked } from '../support/open-engine';
import { sql } from '$lib/engine/engine';
import { TEMPLATE_GROUPS } from '$lib/content/query-templates';
import { isFilterable, narrowed } from '$lib/views/sql/scope';

const templates = TEMPLATE_GROUPS.flatMap((group) => group.templates);

/** Those that ask for what the demo does not have. */
const EMPTY_ON_DEMO = new Set([
  'flock-one-service',
  'flock-one-trace',
  'flock-slowest-workflows',
  'orphans',
]);

let demo: Asked;

beforeAll(async () => {
  demo = await engineOverDemo();
});

test('ids are unique', () => {
  const ids = templates.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

describe('on the demo', () => {
  test.each(templates.map(({ id, sql }) => [id, sql]))('%s', async (id, sql) => {
    const result = await demo.query(sql);
    if (!EMPTY_ON_DEMO.has(id)) expect(result.rowCount).toBeGreaterThan(0);
  });
});

test('and inside the filter’s brackets', async () => {
  for (const { id, sql: text } of templates) {
    if (!isFilterable(text)) continue;
    const { rowCount } = await demo.query(narrowed(text, sql`service <> 'cart'`).text);
    if (!EMPTY_ON_DEMO.has(id)) expect(rowCount, id).toBeGreaterThan(0);
  }
});

test('and none fails where there are no spans', async () => {
  const nothing = await engineOverSpans([]);
  for (const { sql } of templates) await nothing.query(sql);
});
