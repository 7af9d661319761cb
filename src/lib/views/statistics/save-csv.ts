/** All rows of a table as a CSV file that the browser saves. */
import type { Sql } from '$lib/engine/engine';
import type { Workspace } from '$lib/state/workspace.svelte';
import { fileName, saveFile } from '$lib/ui/save-file';
import { preferences } from '$lib/state/preferences.svelte';
import { fileQuery } from './table-sql';

/** Rows are written for as long as it takes; the visitor can stop it. */
const TIMEOUT_MS = 600_000;

/** @throws AppError as `Dataset.export`; AbortError when stopped. */
export async function saveCsv(
  { dataset, summary }: Workspace,
  title: string,
  query: Sql,
  columns: readonly string[],
  { signal, onRows }: { signal: AbortSignal; onRows: (rows: number) => void },
): Promise<void> {
  const blob = await dataset.export(fileQuery(query, columns), 'csv', {
    signal,
    onRows,
    guardsFormulas: preferences.guardsFormulas,
    timeoutMs: TIMEOUT_MS,
  });
  saveFile(blob, fileName(summary.name, title, 'csv'));
}
