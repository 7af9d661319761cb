/** The benchmark asks what the views ask: every query of it runs. */
import { engineOverDemo, type Asked } from '../support/open-engine';
import { beforeAll, expect, test } from 'vitest';
import { figureQueries } from '../../bench/figure-queries';

const START_NS = 1_794_477_604_000_000_000n;
let demo: Asked;
beforeAll(async () => {
  demo = await engineOverDemo();
});

test.each(
  figureQueries(START_NS, START_NS + 1_200_000_000_000n).map(({ name, sql }) => [name, sql]),
)('%s', async (_, sql) => {
  expect((await demo.query(sql, { limit: 1_000_000 })).columns.length).toBeGreaterThan(0);
});
