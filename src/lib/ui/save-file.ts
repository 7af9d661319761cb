/** Saves a file to the visitor's disk. */
export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has started by then, so the URL can be revoked.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** `demo-slow-operations.csv`, from `demo.duckdb` and 'Slow operations'. */
export function fileName(dataset: string, title: string, extension: string): string {
  const base = dataset.replace(/(\.(duckdb|db|jsonl?|ndjson|gz))+$/i, '') || 'traces';
  const name = `${base}-${title}`.toLowerCase().replace(/[^\p{L}\p{N}._-]+/gu, '-');
  return `${name.replace(/^-+|-+$/g, '')}.${extension}`;
}
