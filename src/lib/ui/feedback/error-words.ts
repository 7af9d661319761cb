/** The title of a failure, and what one can do about it, by its code. */
import type { ErrorCode } from '$lib/model/errors';

export interface ErrorWords {
  title: string;
  advice: string;
}

export const ERROR_WORDS: Record<ErrorCode, ErrorWords> = {
  'unknown-format': {
    title: 'This is no trace file that Spanlight knows',
    advice: 'Detected by content. Supported formats, each also packed (gzip, zstd, zip, tar):',
  },
  'needs-mapping': {
    title: 'Nothing says what the columns of this table mean',
    advice:
      'Say which columns hold ids and times. From a script: spanlight.open(file, { mapping }), as the README has it.',
  },
  'empty-file': {
    title: 'The file is empty',
    advice: 'Export the traces again, or choose another file.',
  },
  'no-spans': {
    title: 'No spans in this file',
    advice:
      'The format is known, but there is nothing to show. Check that the export covers the time you want.',
  },
  'broken-file': {
    title: 'The file could not be read',
    advice: 'It may be damaged or cut off. Export or copy it again.',
  },
  'unsupported-version': {
    title: 'This DuckDB version cannot be read',
    advice:
      'Open the file with the DuckDB that wrote it, and export it in an older storage version.',
  },
  'fetch-failed': {
    title: 'The address did not answer with a file',
    advice:
      'Check the address. Its host must allow other pages to read it (CORS); if it does not, download the file and drop it here.',
  },
  'part-missing': {
    title: 'A part of the page did not come',
    advice:
      'The connection may be gone for a moment, or the page has been replaced by a newer one: reload it then. What is open stays as it is.',
  },
  'no-dataset': {
    title: 'No dataset is open',
    advice: 'Open a file first.',
  },
  'refused-sql': {
    title: 'Only queries can be run',
    advice:
      'The dataset is read-only: use SELECT, WITH, FROM, DESCRIBE, SUMMARIZE, SHOW or EXPLAIN.',
  },
  'query-failed': {
    title: 'The query failed',
    advice: 'The engine’s message says where.',
  },
  'query-timeout': {
    title: 'The query took too long and was stopped',
    advice: 'Ask for less: a shorter time, a filter, fewer columns.',
  },
  'engine-restarted': {
    title: 'The engine had to be restarted',
    advice: 'The dataset came back by itself. Try again.',
  },
  'engine-failed': {
    title: 'The engine failed',
    advice:
      'It may have run out of memory: close other tabs, or try a smaller file. Reload the page to start afresh.',
  },
  'storage-failed': {
    title: 'This browser’s storage refused',
    advice:
      'It may be full or forbidden, as in private windows. Remove kept datasets to make room.',
  },
  'invalid-state': {
    title: 'This link makes no sense here',
    advice: 'Check that it was copied whole.',
  },
  unexpected: {
    title: 'Something in this page broke',
    advice:
      'This is a fault of Spanlight, not of your data. Reload the page and open the file again.',
  },
};
