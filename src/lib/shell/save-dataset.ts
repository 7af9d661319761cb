/** Saves the open dataset to the visitor's disk, with the queries saved in this browser. */
import { errorShape, type Session } from '$lib/state/session.svelte';
import { sqlShelf } from '$lib/state/sql/sql-shelf.svelte';
import { saveFile } from '$lib/ui/save-file';

/** Starts the download; a failure becomes a notice. */
export async function saveDataset(session: Session, name: string): Promise<void> {
  const dataset = session.workspace?.dataset;
  if (!dataset) return;
  try {
    const queries = sqlShelf.saved.map(({ name, sql }) => ({ name, sql }));
    const blob = await dataset.save(queries);
    saveFile(blob, `${name.replace(/\.(duckdb|db|jsonl?|ndjson|gz)+$/gi, '') || 'traces'}.duckdb`);
  } catch (error) {
    const { message } = errorShape(error);
    session.notices.add('warning', `The dataset could not be saved: ${message}`);
  }
}
