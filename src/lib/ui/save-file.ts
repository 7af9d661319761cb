/** A file for the visitor's disk, saved by the browser. */
export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has begun by then; the address may go.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** `demo-slow-operations.csv`, of `demo.duckdb` and 'Slow operations'. */
export function fileName(dataset: string, title: string, extension: string): string {
  const base = dataset.replace(/(\.(duckdb|db|jsonl?|ndjson|gz))+$/i, '') || 'traces';
  const name = `${base}-${title}`.toLowerCase().replace(/[^\p{L}\p{N}._-]+/gu, '-');
  return `${name.replace(/^-+|-+$/g, '')}.${extension}`;
}
