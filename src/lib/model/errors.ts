/** Failed operations that people should know about. Any error other than AppError and AbortError is a bug. */

export const ERROR_CODES = [
  'unknown-format', // no format recognises the file
  'empty-file', // a file without content
  'no-spans', // a known format, but without spans
  'broken-file', // a known format that can't be read at all
  'unsupported-version', // a DuckDB file in a storage version that the engine can't read
  'needs-mapping', // a table whose columns nobody knows: `data.tables` is a list of UnmappedTable as JSON text, `data.table` its first
  'fetch-failed', // an address that did not respond, or not with a file
  'part-missing', // a part of this page that failed to load
  'no-dataset', // a request without an open dataset
  'refused-sql', // a statement other than a query
  'query-failed', // the engine reported an error in a query
  'query-timeout', // the time limit
  'engine-restarted', // the worker had to be ended; the dataset was reopened
  'engine-failed', // the engine did not start, or ran out of memory
  'storage-failed', // the browser's storage failed
  'invalid-state', // a link or a call with values that make no sense
  'unexpected', // a bug of ours
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface AppErrorShape {
  code: ErrorCode;
  message: string;
  /** Facts for the details of the error card: file, line, what was seen. */
  data: Record<string, string>;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly data: Record<string, string>;

  /** @param message for people: what happened, where, and what to do. */
  constructor(
    code: ErrorCode,
    message: string,
    data: Record<string, string> = {},
    cause?: unknown,
  ) {
    super(message, { cause });
    this.code = code;
    this.data = data;
  }
}

/** A cancelled operation: never shown. */
export function abortError(): DOMException {
  return new DOMException('Cancelled', 'AbortError');
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
