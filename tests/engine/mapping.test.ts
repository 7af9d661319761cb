/** Tables through the engine: refused with what there is to map, opened by a mapping. */
import { beforeAll, describe, expect, it } from 'vitest';
import { bootOne, type OneDataset } from '../support/one-dataset';
import { Input } from '$lib/bytes/input';

const ROWS = [
  'when,what,took_ms,who',
  '2026-03-01T10:00:00Z,boil,5,anna',
  '2026-03-01T10:00:01Z,pour,7,bert',
].join('\n');

describe('a table that nobody knows', () => {
  let engine: OneDataset;
  beforeAll(async () => {
    engine = await bootOne();
  });

  it('is refused with its columns', async () => {
    await expect(engine.open([Input.ofText('tea.csv', ROWS)])).rejects.toMatchObject({
      code: 'needs-mapping',
      message: expect.stringContaining('when, what, took_ms, who'),
    });
  });

  it('opens by a mapping', async () => {
    const summary = await engine.open([Input.ofText('tea.csv', ROWS)], {
      mapping: {
        columns: { start: 'when', name: 'what', duration: 'took_ms', service: 'who' },
        withoutIds: 'trace-per-row',
      },
    });
    expect(summary).toMatchObject({ spans: 2, traces: 2, services: 2, format: 'CSV' });
    expect(summary.diagnostics).toMatchObject([{ code: 'made-id', count: 2 }]);
  });

  it('takes rows of JSON that a mapping is given for', async () => {
    const rows = '{"at":1700000000,"what":"boil"}\n{"at":1700000001,"what":"pour"}\n';
    const summary = await engine.open([Input.ofText('tea.jsonl', rows)], {
      mapping: { columns: { start: 'at', name: 'what' }, withoutIds: 'one-trace' },
    });
    expect(summary).toMatchObject({ spans: 2, traces: 1 });
  });
});
