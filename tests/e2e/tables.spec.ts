/** Tables in the built page: the readers load when the first file asks for them, and a mapping opens rows of any names. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from './app';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

test.beforeEach(async ({ app }) => {
  await app.goto();
});

test('Parquet, packed by Snappy', async ({ app }) => {
  const rows = Array.from({ length: 500 }, (_, i) => i);
  const content = Buffer.from(
    parquetWriteBuffer({
      codec: 'SNAPPY',
      columnData: [
        { name: 'trace_id', data: rows.map(() => TRACE), type: 'STRING' },
        {
          name: 'span_id',
          data: rows.map((i) => i.toString(16).padStart(16, '0')),
          type: 'STRING',
        },
        { name: 'name', data: rows.map((i) => `step ${i % 7}`), type: 'STRING' },
        { name: 'service_name', data: rows.map(() => 'web'), type: 'STRING' },
        {
          name: 'start_time_unix_nano',
          data: rows.map((i) => 1_794_477_600_123_456_789n + BigInt(i)),
          type: 'INT64',
        },
        { name: 'duration_nano', data: rows.map(() => 5n), type: 'INT64' },
      ],
    }),
  );
  expect(await app.open({ name: 'spans.parquet', content })).toMatchObject({
    format: 'Parquet',
    spans: 500,
    traces: 1,
    services: 1,
    startNs: 1_794_477_600_123_456_789n,
    endNs: 1_794_477_600_123_457_293n,
  });
});

test('CSV that nobody knows is refused with its columns, and opens by a mapping', async ({
  page,
}) => {
  const open = (isMapped: boolean) =>
    page.evaluate(async (mapped) => {
      const file = new File(
        ['when,what,took_ms\n2026-03-01T10:00:00Z,boil,5\n2026-03-01T10:00:01Z,pour,7\n'],
        'tea.csv',
      );
      const mapping = {
        columns: { start: 'when', name: 'what', duration: 'took_ms' },
        withoutIds: 'one-trace' as const,
      };
      try {
        const { spans, traces, format } = await window.spanlight.open(
          file,
          mapped ? { mapping } : {},
        );
        return { spans, traces, format };
      } catch (error) {
        return { code: (error as Error & { code: string }).code };
      }
    }, isMapped);
  expect(await open(false)).toEqual({ code: 'needs-mapping' });
  await expect(page.getByRole('alert')).toContainText('when, what, took_ms');
  expect(await open(true)).toEqual({ spans: 2, traces: 1, format: 'CSV' });
});
