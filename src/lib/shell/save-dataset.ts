/** The open dataset as a file of the visitor's disk. */
import { errorShape, type Session } from '$lib/state/session.svelte';

/** Begins the download; a failure becomes a notice. */
export async function saveDataset(session: Session, name: string): Promise<void> {
  try {
    const blob = await session.engine.save();
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${name.replace(/\.(duckdb|db|jsonl?|ndjson|gz)+$/gi, '') || 'traces'}.duckdb`;
    link.click();
    // The download has begun by then; the address may go.
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    const { message } = errorShape(error);
    session.notices.add('warning', `The dataset could not be saved: ${message}`);
  }
}
