/** All rows of a table as a CSV file that the browser saves. */
import type { Sql } from '$lib/engine/engine';
import type { Workspace } from '$lib/state/workspace.svelte';
import { fileQuery, type FileColumn } from './table-sql';

/** Rows are written for as long as it takes; the visitor can stop it. */
const TIMEOUT_MS = 600_000;

/** @throws AppError as `Engine.export`; AbortError when stopped. */
export async function saveCsv(
  { engine, summary }: Workspace,
  title: string,
  query: Sql,
  columns: readonly FileColumn[],
  { signal, onRows }: { signal: AbortSignal; onRows: (rows: number) => void },
): Promise<void> {
  const blob = await engine.export(fileQuery(query, columns), 'csv', {
    signal,
    onRows,
    timeoutMs: TIMEOUT_MS,
  });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName(summary.name, title);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** `demo-operations.csv`. */
export function fileName(dataset: string, title: string): string {
  const base = dataset.replace(/\.(duckdb|db|jsonl?|ndjson|gz)+$/gi, '') || 'traces';
  return `${base}-${title}`.toLowerCase().replace(/[^\p{L}\p{N}._-]+/gu, '-') + '.csv';
}
