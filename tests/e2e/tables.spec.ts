/** Tables in the built page: the readers load when the first file asks for them, and a mapping opens rows of any names. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './app';
import { sqliteFile } from './sqlite-file';

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

test('a SQLite table without ids is explained with the keys alone, remembered, and corrected', async ({
  app,
  page,
}) => {
  const content = await sqliteFile(
    `CREATE TABLE spans (name TEXT, start_time INTEGER, end_time INTEGER, cost REAL);
     INSERT INTO spans VALUES ('search', 1784265857670724800, 1784265857672993600, NULL), ('llm', 1784265857677513800, 1784265860964429500, 0.5);
     CREATE TABLE notes (body TEXT);`,
  );
  await app.pick({ name: 'zoom.db', content });
  const dialog = page.getByRole('dialog', { name: 'What the columns mean' });
  const preview = dialog.getByRole('region', { name: 'Preview of spans' });
  await expect(preview.getByRole('row')).toHaveCount(3);
  await expect(preview).toContainText('2.2688\u202fms');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Say what the columns mean…' }).press('Enter');
  await dialog.getByLabel('Service').press('ArrowDown');
  await dialog.getByLabel('Without ids').press('ArrowDown');
  await expect(preview.getByRole('cell', { name: 'search' })).toHaveCount(2);
  await dialog.getByRole('button', { name: 'Open' }).press('Enter');
  await expect(app.traceRow('search')).toBeVisible();
  expect(
    (await app.query('SELECT service, count(DISTINCT trace_id) AS n FROM spans GROUP BY 1')).rows,
  ).toHaveLength(2);

  // Another file with the same columns.
  await app.pick({ name: 'again.db', content });
  await expect(page.getByText('as you explained them before')).toBeVisible();
  await page.getByRole('button', { name: 'again.db' }).click();
  await page.getByRole('button', { name: 'Correct what the columns mean…' }).click();
  await expect(dialog.getByLabel('Service')).toHaveValue('name');
  await dialog.getByLabel('Service').selectOption('');
  await expect(preview.getByRole('cell', { name: 'search' })).toHaveCount(1);
  await dialog.getByRole('button', { name: 'Open' }).click();
  const named = () => app.query("SELECT 1 FROM spans WHERE service <> ''");
  await expect.poll(async () => (await named()).rows).toEqual([]);
});
